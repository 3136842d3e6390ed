/** apply(D, record): the only writer of D. Total; reads neither the market nor a clock. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Instrument } from "../model/instrument.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { DurableState } from "./durable.ts";

const INSTRUMENT_TABLE = 3;

/** Recovery, replicas, standby and verification are this function over the journal's records, and nothing else. */
export function apply(state: DurableState, record: Readonly<TradingRecord>): void {
  state.advance(record.record, record.input, record.timeUs);
  switch (record.kind) {
    case RecordKind.AccountOpened:
      state.accounts.apply(record);
      return;
    case RecordKind.InstrumentDefined:
      // The ledger first: a revision with a larger scale multiplies what is held at the old one.
      state.ledger.apply(record);
      defineInstrument(state, record);
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
      state.ledger.apply(record);
      return;
    case RecordKind.LimitsSet:
    case RecordKind.Killed:
    case RecordKind.Resumed:
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
    case RecordKind.CashBroken:
    case RecordKind.ReadinessChanged:
      state.readiness.apply(record);
      return;
    case RecordKind.ProblemNoted:
    case RecordKind.ReportOrphaned:
    case RecordKind.CancelDenied:
    case RecordKind.ReplaceDenied:
    case RecordKind.Sealed:
      return; // Kept for the reader of the journal; they change nothing.
    default:
      assert(record.kind >= RecordKind.OrderIntent && record.kind < RecordKind.CashMoved, Code.InvariantBroken);
      state.orders.apply(record);
      state.ledger.apply(record);
      state.risk.apply(record);
  }
}

/** The payload of InstrumentDefined, as it is written and read. */
export function instrumentText(instrument: Instrument): string {
  return JSON.stringify(instrument);
}

export function parseInstrument(text: string): Instrument {
  return JSON.parse(text) as Instrument;
}

function defineInstrument(state: DurableState, record: Readonly<TradingRecord>): void {
  const instrument = parseInstrument(record.text);
  assert(instrument.id === record.instrument, Code.IdNotDense);
  const known = state.instruments.get(instrument.id);
  if (known !== undefined) row(state, known).takeOut();
  state.instruments.define(instrument);
  row(state, instrument).putIn();
}

function row(state: DurableState, instrument: Instrument) {
  return state.rows.begin(INSTRUMENT_TABLE, instrument.id).addText(instrumentText(instrument));
}
