/**
 * The risk gate in front of what the cards send: an order of a certification passes the very gate that all orders pass, with
 * limits of its own. So nothing larger than the cards need can leave, whatever a card says.
 */

import { mantissaText } from "../core/decimal.ts";
import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, OrderFlag, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { Approved } from "../risk/approved.ts";
import { GateContext } from "../risk/context.ts";
import { RiskGate } from "../risk/gate.ts";
import { limitsRecord, RiskState } from "../risk/risk_state.ts";
import { CardFailed } from "./judge.ts";
import type { VenueUnderTest } from "./subject.ts";

/** Orders of a card are at most so many times its size, where it names no larger one. */
const SIZES_MAX = 30;
const COLLAR_BPS = 1_000;
const RATE = Object.freeze({ count: 10_000, windowUs: 1_000_000 });
/** As much as the gate can compare. */
const UNLIMITED = "50000000000000";
/** Scales that every mantissa is read at here: what a size or a value is in money does not matter, only that it compares. */
const PRICE_SCALE = 5;
const QTY_SCALE = 8;

export class TrialGate {
  readonly #gate: RiskGate;
  readonly #context = new GateContext();
  readonly #venue: VenueUnderTest;

  constructor(venue: VenueUnderTest, limits: Limits = DEFAULT_LIMITS) {
    this.#venue = venue;
    const state = new RiskState(limits, new RowHash());
    const most = Math.max(venue.qty * SIZES_MAX, venue.sweep?.qty ?? 0, venue.qtyTooMuch ?? 0);
    const qty = mantissaText(most, QTY_SCALE);
    const record = new TradingRecord();
    const sizes = {
      maxOrderValue: UNLIMITED,
      maxOrderQty: qty,
      maxLongPosition: UNLIMITED,
      maxShortPosition: UNLIMITED,
    };
    const rates = { maxOpenOrders: RATE.count, newOrders: RATE, cancels: RATE };
    const market = { collarBps: COLLAR_BPS, referenceAgeUsMax: 1_000_000 };
    const payload = { scope: "instrument", key: venue.instrument, version: 1, ...sizes, ...rates, ...market } as const;
    const [wrong] = limitsRecord(record.reset(RecordKind.LimitsSet), payload, limits);
    if (wrong !== undefined) throw new CardFailed(wrong.detail);
    state.apply(record);
    this.#gate = new RiskGate(state, limits);
  }

  /** Hands an approved copy to `send`, which keeps nothing of it. Throws CardFailed when the gate denies. */
  pass<T>(order: TradingRecord, send: (approved: Approved) => T): T {
    const context = this.#context;
    const { bid } = this.#venue;
    context.instrument = anyTerms(order.instrument);
    context.referencePrice = bid;
    context.referenceValid = true;
    context.expectedPrice = bid;
    context.worstPrice = bid;
    // Whether there is a position to reduce is what the venue must say: here it is taken for granted.
    const reduces = (order.flags & OrderFlag.ReduceOnly) !== 0;
    context.positionQty = reduces ? (order.side === Side.Buy ? -order.qty : order.qty) : 0;
    const approved = this.#gate.approve(order, context);
    if (approved === undefined) throw new CardFailed(`our own gate denied an order: ${Denial[this.#gate.denial]}`);
    try {
      return send(approved);
    } finally {
      this.#gate.recycle(approved);
    }
  }
}

/** Cards ask the venue for sizes that are wrong on purpose: steps and minimums are its own matter here. */
function anyTerms(id: number): Instrument {
  return {
    id,
    revision: 1,
    name: "",
    venue: "",
    venueSymbol: "",
    kind: InstrumentKind.LinearPerpetual,
    base: "",
    quote: "",
    settle: "",
    priceScale: PRICE_SCALE,
    qtyScale: QTY_SCALE,
    priceDecimals: 0,
    qtyDecimals: 0,
    tick: 1,
    lot: 1,
    qtyMin: 1,
    qtyMax: 0,
    notionalMin: 0,
  };
}
