/** apply(D, record): the only writer of D. Total; reads neither the market nor a clock. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { DurableState } from "./durable.ts";
import { instrumentRow, parseInstrument } from "./instrument_bytes.ts";

export { instrumentText, parseInstrument } from "./instrument_bytes.ts";

/** Recovery, replicas, standby and verification are this function over the journal's records, and nothing else. */
export function apply(state: DurableState, record: Readonly<TradingRecord>): void {
  state.advance(record.record, record.input, record.timeUs);
  switch (record.kind) {
    case RecordKind.AccountOpened:
      state.accounts.apply(record);
      state.risk.apply(record);
      return;
    case RecordKind.InstrumentDefined:
      // The ledger first: a revision with a larger scale multiplies what is held at the old one.
      state.ledger.apply(record);
      defineInstrument(state, record);
      state.risk.apply(record);
      return;
    case RecordKind.InstanceStarted:
    case RecordKind.InstancePaused:
    case RecordKind.InstanceStopped:
    case RecordKind.InstanceDeleted:
    case RecordKind.StateCell:
      state.instances.apply(record);
      return;
    case RecordKind.AssetDefined:
    case RecordKind.CashMoved:
    case RecordKind.LeverageSet:
    case RecordKind.CashBroken:
      state.ledger.apply(record);
      return;
    case RecordKind.OrderTriggered:
    case RecordKind.WatermarkMoved:
    case RecordKind.OrderResized:
      state.orders.apply(record);
      state.risk.apply(record);
      return;
    case RecordKind.SessionStarted:
      state.epochs.apply(record.text, state.orders.nextOrder);
      return;
    case RecordKind.OrderAdopted:
      state.orders.apply(record);
      return;
    case RecordKind.PositionAdjusted:
      state.readiness.apply(record);
      state.ledger.apply(record);
      return;
    case RecordKind.PositionBroken:
    case RecordKind.ReadinessChanged:
      state.readiness.apply(record);
      return;
    case RecordKind.ProblemNoted:
    case RecordKind.ReportOrphaned:
    case RecordKind.CancelDenied:
    case RecordKind.Sealed:
      return; // Kept for the reader of the journal; they change nothing.
    default:
      if (isControl(record.kind)) return state.risk.apply(record);
      assert(record.kind >= RecordKind.OrderIntent && record.kind < RecordKind.CashMoved, Code.InvariantBroken);
      state.orders.apply(record);
      state.ledger.apply(record);
      state.risk.apply(record);
  }
}

/** Records of limits and controls: the memory of risk is all that they change. */
function isControl(kind: RecordKind): boolean {
  switch (kind) {
    case RecordKind.LimitsSet:
    case RecordKind.Killed:
    case RecordKind.Resumed:
    case RecordKind.TradingStateSet:
    case RecordKind.BreakerTripped:
    case RecordKind.BreakerReset:
    case RecordKind.AccountArmed:
    case RecordKind.OverrideGranted:
    case RecordKind.DenialsCounted:
    case RecordKind.ProfitMarked:
      return true;
    default:
      return false;
  }
}

function defineInstrument(state: DurableState, record: Readonly<TradingRecord>): void {
  const instrument = parseInstrument(record.text);
  assert(instrument.id === record.instrument, Code.IdNotDense);
  const known = state.instruments.get(instrument.id);
  if (known !== undefined) instrumentRow(state.rows, known).takeOut();
  state.instruments.define(instrument);
  instrumentRow(state.rows, instrument).putIn();
}
