/** The replay venue against the cards of every venue: query_desk.ts and wallet.ts answer reconciliation as a real one does. */

import { conformance, type VenueUnderTest } from "../../../test/conformance/venue.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { apply, instrumentText } from "../../engine/apply.ts";
import { DurableState } from "../../engine/durable.ts";
import { ETH } from "../../engine/engine.testing.ts";
import { MarketState } from "../../market/market.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import { CashCause, InstrumentKind } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { ReplayGateway } from "./gateway.ts";

const BID = 26_800_000;
const ASK = 26_801_000;
const ONE = 1_000_000;
const START_US = 1_700_000_000_000_000;

/** A venue of its own D: two listings, money in both assets. */
function make(kind: InstrumentKind): VenueUnderTest {
  let nowUs = START_US;
  const state = new DurableState(DEFAULT_LIMITS);
  const emit = (of: RecordKind, fields: Partial<TradingRecord>) => {
    const record = Object.assign(new TradingRecord().reset(of), { record: state.record + 1, timeUs: nowUs }, fields);
    apply(state, record);
  };
  for (const [asset, text] of ["USDT", "ETH"].entries()) emit(RecordKind.AssetDefined, { asset, text });
  emit(RecordKind.AccountOpened, { text: "paper" });
  const market = new MarketState(DEFAULT_LIMITS);
  for (const id of [0, 1]) {
    const instrument = { ...ETH, id, kind, name: `${ETH.name}-${id}` };
    emit(RecordKind.InstrumentDefined, { instrument: id, instrumentRevision: 1, text: instrumentText(instrument) });
    market.define(instrument);
  }
  for (const asset of [0, 1]) {
    emit(RecordKind.CashMoved, { asset, code: CashCause.OpeningBalance, amountHi: 1_000_000_000 });
  }
  const reports: TradingRecord[] = [];
  const sink = { put: (record: Readonly<TradingRecord>) => reports.push(new TradingRecord().copyFrom(record)) > 0 };
  const terms = {
    entryLatencyUs: 5_000,
    ackLatencyUs: 3_000,
    makerRate: 10_000,
    takerRate: 40_000,
    feeIn: "quote",
  } as const;
  const clock = { nowUs: () => nowUs };
  const asset = (code: string) => state.ledger.assetId(code) ?? 0;
  const gateway = new ReplayGateway(0, market, state.instruments, asset, sink, clock, DEFAULT_LIMITS, terms);
  const lane = MarketLane.create(DEFAULT_LIMITS);
  lane.put(SlotKind.DepthSnapshot, 0, 1, 0, 0, nowUs, 1, -1, 1, 1, 1);
  lane.put(SlotKind.Level, 0, 1, 0, 0, nowUs, BID, 50 * ONE, 0, 0, 0);
  lane.put(SlotKind.Level, SlotFlag.Sell, 1, 0, 0, nowUs, ASK, 50 * ONE, 0, 0, 0);
  lane.publish();
  for (; lane.pending() > 0; lane.release(1)) market.onSlot(lane, lane.peek(0));
  gateway.restore(state);
  return {
    gateway,
    instrument: 0,
    quietInstrument: 1,
    bid: BID,
    ask: ASK,
    tick: ETH.tick,
    qty: ONE,
    hasPositions: kind !== InstrumentKind.Spot,
    settle() {
      while (gateway.nextDueUs() < Number.POSITIVE_INFINITY) {
        nowUs = Math.max(nowUs, gateway.nextDueUs());
        gateway.advance(gateway.nextDueUs());
      }
      nowUs += 10_000;
      return reports.splice(0);
    },
    disconnect: () => gateway.disconnect(1_000_000),
  };
}

conformance("replay, spot", () => make(InstrumentKind.Spot));
conformance("replay, perpetual", () => make(InstrumentKind.LinearPerpetual));
