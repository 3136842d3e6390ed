/** An operator's adjustment: a position becomes what the venue says, without a trade that anybody saw. */

import { AMOUNT_HI_MAX, isMantissa } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide, wideAdd, wideMulDivFloor } from "../core/wide.ts";
import { type Instrument, moneyOf } from "../model/instrument.ts";
import { CashCause, InstrumentKind, Side } from "../model/order.ts";
import type { TradingRecord } from "../model/record.ts";
import { valueAt } from "../model/value.ts";
import { type Position, WHOLE } from "./position.ts";
import { Refusal } from "./refusal.ts";
import { isKnownKind, type LedgerTables } from "./tables.ts";

export class Adjuster {
  /** The last adjustment opened a quantity of which nobody knows what it cost: it stands at a cost of 0. */
  wasWithoutPrice = false;
  readonly #closing = new Wide();
  readonly #opening = new Wide();
  readonly #realized = new Wide();
  readonly #sum = new Wide();
  readonly #none = new Wide();

  constructor(readonly tables: LedgerTables) {}

  /**
   * The position becomes `qty` by `side`, and `instance` takes the difference (0: the hand). No cash moves: what a break
   * did to the cash is a CashMoved of its own. What is closed goes at its cost and realises nothing; what is opened
   * costs `price`, else `referencePrice`, else the average of what is held on that side.
   */
  post(record: Readonly<TradingRecord>): Refusal {
    const { tables } = this;
    this.wasWithoutPrice = false;
    const instrument = tables.instruments.get(record.instrument);
    if (instrument === undefined) return Refusal.InstrumentUnknown;
    if (!isKnownKind(instrument.kind)) return Refusal.KindUnsupported;
    if (!tables.isPlace(record) || !isMantissa(record.qty) || record.qty < 0) return Refusal.Malformed;
    if (record.qty > 0 && record.side !== Side.Buy && record.side !== Side.Sell) return Refusal.Malformed;
    const price = record.price === 0 ? record.referencePrice : record.price;
    if (!isMantissa(price) || price < 0) return Refusal.Malformed;
    const size = tables.sizeNow(record, instrument);
    if (size < 0) return Refusal.RevisionUnknown;
    if (size === 0 && record.qty !== 0) return Refusal.RangeExceeded;
    const whole = tables.positions.find(record.account, record.instrument, record.leg);
    const held = whole?.holding.qty ?? 0;
    const target = record.side === Side.Sell ? 0 - size : size;
    if (target === held) return Refusal.None;

    // What is closed and what is opened have amounts of their own; crossing zero does both.
    const isSameSide = held !== 0 && target !== 0 && held > 0 === target > 0;
    const kept = isSameSide ? (held > 0 ? Math.min(held, target) : Math.max(held, target)) : 0;
    this.#closing.zero();
    this.#opening.zero();
    if (whole !== undefined && kept !== held) this.#costOf(this.#closing, whole, held - kept);
    if (target !== kept && !this.#priced(record, instrument, whole, target - kept, price)) return Refusal.RangeExceeded;
    if (!this.#fits(record, instrument, target - held)) return Refusal.RangeExceeded;
    if (kept !== held) this.#move(record, instrument, kept - held, this.#closing);
    if (target !== kept) this.#move(record, instrument, target - kept, this.#opening);
    return Refusal.None;
  }

  /** Fills `#opening` with what `qty` is worth at the price, or at the average of what is held on its side. */
  #priced(
    record: Readonly<TradingRecord>,
    instrument: Instrument,
    whole: Position | undefined,
    qty: number,
    price: number,
  ): boolean {
    if (price > 0) {
      const priceScale = this.tables.scales.priceScale(record.instrument, record.instrumentRevision);
      return valueAt(this.#opening, instrument, qty, price, 1, priceScale);
    }
    const held = whole?.holding.qty ?? 0;
    if (whole !== undefined && held !== 0 && held > 0 === qty > 0) return this.#costOf(this.#opening, whole, qty);
    this.wasWithoutPrice = true;
    return true;
  }

  /** out = the cost of `qty` at the average of what is held. */
  #costOf(out: Wide, { holding, cost }: Position, qty: number): boolean {
    assert(holding.qty !== 0, Code.InvariantBroken);
    return wideMulDivFloor(out, cost, Math.abs(qty), Math.abs(holding.qty));
  }

  /** True when both amounts, in two steps, keep every sum of whole and part in range. */
  #fits({ account, instance, leg }: Readonly<TradingRecord>, instrument: Instrument, qty: number): boolean {
    const { assets, cash, positions } = this.tables;
    const [closing, opening] = [this.#closing, this.#opening];
    if (Math.abs(closing.hi) + Math.abs(opening.hi) > AMOUNT_HI_MAX / 2) return false;
    const sum = wideAdd(this.#sum, closing, opening);
    const money = assets.id(moneyOf(instrument));
    if (money === undefined) return false;
    for (const owner of [WHOLE, instance]) {
      const row = positions.find(account, instrument.id, leg, owner);
      if (!this.tables.holdingFits(row?.holding, qty, instrument.qtyScale, this.#none)) return false;
      if (row !== undefined && !row.hasRoom(sum, this.#none)) return false;
      const cost = row === undefined ? 0 : Math.abs(row.cost.hi);
      if (!cash.hasRoom(account, money, CashCause.RealizedPnl, sum, cost, owner)) return false;
    }
    return true;
  }

  #move(record: Readonly<TradingRecord>, instrument: Instrument, qty: number, amount: Wide): void {
    const { account, instance, leg } = record;
    const { assets, cash, positions } = this.tables;
    const whole = positions.take(account, instrument, leg);
    whole.adjust(qty, amount, this.#realized);
    assert(this.#realized.isZero(), Code.InvariantBroken);
    positions.changed(whole);
    const part = positions.take(account, instrument, leg, instance);
    part.adjust(qty, amount, this.#realized);
    positions.changed(part);
    // The part's own average may differ from the whole's: what it realised by that is in its flows, and in no cash.
    if (instrument.kind === InstrumentKind.Spot || this.#realized.isZero()) return;
    const money = assets.id(moneyOf(instrument)) as number;
    cash.post(account, money, CashCause.RealizedPnl, this.#realized, instance);
  }
}
