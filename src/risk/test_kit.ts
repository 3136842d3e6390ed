/** Parts that the tests of this room share: an instrument, full limits, a state with a gate. */

import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import type { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { GateContext } from "./context.ts";
import { RiskGate } from "./gate.ts";
import type { LimitsPayload } from "./limits_payload.ts";
import { limitsRecord, RiskState } from "./risk_state.ts";

export const NOW_US = 1_723_075_200_000_000;
export const TEST_LIMITS: Limits = { ...DEFAULT_LIMITS, releasesMax: 64, instrumentsMax: 64, instancesMax: 16 };

/** Price in cents, tick 5 cents (finer digits pass a precision check and must still fail); lot 0.002 at scale 3. */
export const INSTRUMENT: Instrument = {
  id: 0,
  revision: 1,
  name: "test:ETH-USDT",
  venue: "test-spot",
  venueSymbol: "ETHUSDT",
  kind: InstrumentKind.Spot,
  base: "ETH",
  quote: "USDT",
  settle: "USDT",
  priceScale: 2,
  qtyScale: 3,
  priceDecimals: 2,
  qtyDecimals: 3,
  tick: 5,
  lot: 2,
  qtyMin: 10,
  qtyMax: 9_000,
  notionalMin: 500_000, // 5.00000
};

/** Every control, at one level. Values that the table test knows by heart. */
export const FULL: LimitsPayload = {
  scope: "firm",
  key: 0,
  version: 1,
  maxOrderValue: "1000.00",
  maxOrderQty: "8",
  maxLongPosition: "10",
  maxShortPosition: "4",
  collarBps: 200,
  referenceAgeUsMax: 1_000_000,
  newOrders: { count: 5, windowUs: 1_000_000 },
  cancels: { count: 3, windowUs: 1_000_000, reserve: 2 },
  maxOpenOrders: 10,
};

export class TestDesk {
  readonly hash = new RowHash();
  readonly state: RiskState;
  readonly gate: RiskGate;
  readonly context = new GateContext();
  readonly order = new TradingRecord();

  constructor(...levels: LimitsPayload[]) {
    this.state = new RiskState(TEST_LIMITS, this.hash);
    for (const level of levels) this.set(level);
    this.gate = new RiskGate(this.state, TEST_LIMITS);
    this.context.instrument = INSTRUMENT;
    this.context.nowUs = NOW_US;
    this.context.referencePrice = 10_000; // 100.00
    this.context.referenceValid = true;
    this.limit(Side.Buy, 10_000, 1_000);
  }

  set(level: LimitsPayload): void {
    const record = new TradingRecord();
    const problems = limitsRecord(record, level, TEST_LIMITS);
    if (problems.length > 0) throw new Error(problems.map((p) => p.detail).join("; "));
    this.state.apply(record);
  }

  /** The candidate becomes a limit order of instance 1. */
  limit(side: Side, price: number, qty: number): this {
    const { order } = this;
    order.reset(RecordKind.OrderIntent);
    order.instance = 1;
    order.instrumentRevision = 1;
    order.side = side;
    order.orderType = OrderType.Limit;
    order.timeInForce = TimeInForce.Gtc;
    order.price = price;
    order.qty = qty;
    order.timeUs = this.context.nowUs;
    return this;
  }

  market(side: Side, qty: number): this {
    this.limit(side, 0, qty);
    this.order.orderType = OrderType.Market;
    return this;
  }

  /** What the gate says about the candidate; the pooled copy is given back. */
  check(): Denial {
    const approved = this.gate.approve(this.order, this.context);
    if (approved !== undefined) this.gate.recycle(approved);
    return this.gate.denial;
  }

  /** Applies a record of this kind with the candidate's columns at a time. */
  note(kind: RecordKind, timeUs: number): void {
    const record = new TradingRecord().copyFrom(this.order, kind);
    record.timeUs = timeUs;
    this.state.apply(record);
  }

  /** Makes position and the instance's part of it. */
  hold(qty: number): this {
    this.context.positionQty = qty;
    this.context.instancePositionQty = qty;
    return this;
  }
}
