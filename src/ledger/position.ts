/** One position: quantity, what it cost, what closing it has realised. Shares of the cost are integers; nothing is lost. */

import { AMOUNT_HI_MAX, amountsFit } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type RowHash, RowMark } from "../core/hash.ts";
import type { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideAdd, wideShareFloor, wideSub } from "../core/wide.ts";
import { Holding, type HoldingScratch } from "./holding.ts";

/** `instance` of a row that is a whole account's and not an instance's part of it. */
export const WHOLE = -1;

/**
 * Average-cost position of (account, instrument, leg), whole or one instance's part. Money is in the quote asset (spot)
 * or the settle asset, at 10^-18. Always exact, with sold = Σ amounts of sells, paid = Σ amounts of buys:
 *   spot, linear:  sold − paid + adjusted = realized − cost (long), realized + cost (short)
 *   inverse:       paid − sold + adjusted = realized + cost (long), realized − cost (short)
 * so at the moment it is flat, what was realised is the whole flow of money, to the last unit: what rounding left out of
 * one closing share stays in the cost and comes with the last one.
 */
export class Position {
  readonly holding: Holding;
  /** What the open quantity was paid with (long) or sold for (short); never negative; 0 when flat. */
  readonly cost = new Wide();
  readonly realized = new Wide();
  /** Funding that was received (negative: paid) for it. */
  readonly funding = new Wide();
  /** What operators' adjustments put in the place of trades that nobody saw; moves no cash. */
  readonly adjusted = new Wide();
  fillCount = 0;
  /** Traded quantity and money, at 10^-18. */
  readonly volumeQty = new Wide();
  readonly volumeAmount = new Wide();
  readonly mark = new RowMark();
  /** Waits to be hashed. */
  isChanged = false;
  readonly #share = new Wide();
  readonly #closing = new Wide();

  constructor(
    readonly account: number,
    readonly instrument: number,
    readonly leg: number,
    qtyScale: number,
    /** Money per unit falls as the price rises: a long gains what it costs less to buy back. */
    readonly isInverse: boolean,
    /** Whose part; WHOLE: the account's. */
    readonly instance: number = WHOLE,
  ) {
    this.holding = new Holding(qtyScale);
  }

  /** True when a trade of `base` for `amount` leaves every sum in the amount range. */
  hasRoom(amount: Wide, base: Wide): boolean {
    const cost = Math.abs(this.cost.hi) + Math.abs(amount.hi) + 4;
    if (cost + Math.max(Math.abs(this.realized.hi), Math.abs(this.adjusted.hi)) > AMOUNT_HI_MAX) return false;
    return amountsFit(this.volumeAmount, amount) && amountsFit(this.volumeQty, base);
  }

  /** Counts a fill (sign 1) or takes one back (sign -1). */
  count(sign: 1 | -1, base: Wide, amount: Wide): void {
    assert(!base.isNegative(), Code.NumberNegative);
    assert(!amount.isNegative(), Code.NumberNegative);
    this.fillCount += sign;
    if (sign > 0) {
      wideAdd(this.volumeQty, this.volumeQty, base);
      wideAdd(this.volumeAmount, this.volumeAmount, amount);
    } else {
      wideSub(this.volumeQty, this.volumeQty, base);
      wideSub(this.volumeAmount, this.volumeAmount, amount);
    }
  }

  /** Buys (qty > 0) or sells (qty < 0) for `amount` ≥ 0. `realizedDelta` gets what the closing part has realised. */
  trade(qty: number, amount: Wide, realizedDelta: Wide): void {
    assert(qty !== 0, Code.ValueOutOfRange);
    assert(!amount.isNegative(), Code.NumberNegative);
    const held = this.holding.qty;
    const size = Math.abs(qty);
    realizedDelta.zero();
    if (held === 0 || held > 0 === qty > 0) {
      wideAdd(this.cost, this.cost, amount);
    } else {
      const heldSize = Math.abs(held);
      const closed = Math.min(size, heldSize);
      // A flip is a close and an open: the amount is split by quantity, the rounding unit stays with the opening.
      const closing = wideShareFloor(this.#closing, amount, closed, size);
      const share = wideShareFloor(this.#share, this.cost, closed, heldSize);
      if (held > 0 !== this.isInverse) wideSub(realizedDelta, closing, share);
      else wideSub(realizedDelta, share, closing);
      wideSub(this.cost, this.cost, share);
      wideAdd(this.realized, this.realized, realizedDelta);
      if (closed === heldSize) {
        assert(this.cost.isZero(), Code.InvariantBroken);
        wideSub(this.cost, amount, closing);
      }
    }
    assert(!this.cost.isNegative(), Code.InvariantBroken);
    this.holding.add(qty);
    assert(this.holding.qty !== 0 || this.cost.isZero(), Code.InvariantBroken);
  }

  /**
   * As `trade`, for one that nobody saw: an operator's adjustment. Its amount is no flow of cash; the counterpart is
   * `adjusted`.
   */
  adjust(qty: number, amount: Wide, realizedDelta: Wide): void {
    this.trade(qty, amount, realizedDelta);
    // As a sale of that amount would count, or a purchase; for inverse contracts the other way.
    if (qty < 0 !== this.isInverse) wideAdd(this.adjusted, this.adjusted, amount);
    else wideSub(this.adjusted, this.adjusted, amount);
  }

  /**
   * A fee or rebate in the base asset changes what is held, not what was paid: the average entry moves, and the loss
   * is realised when the rest is sold. When nothing is left, or the sign turns, the leftover cost is realised at once.
   */
  moveBase(amount: Wide, scratch: HoldingScratch): void {
    assert(!this.isInverse, Code.InvariantBroken); // Only spot holds its base asset.
    const before = this.holding.qty;
    assert(before !== 0 || this.cost.isZero(), Code.InvariantBroken);
    this.holding.move(amount, scratch);
    const after = this.holding.qty;
    if (before > 0 && after <= 0) wideSub(this.realized, this.realized, this.cost);
    else if (before < 0 && after >= 0) wideAdd(this.realized, this.realized, this.cost);
    else return;
    this.cost.zero();
  }

  /** Puts this row into the hash, in the place of what it was before. */
  rehash(hash: RowHash, table: number): void {
    const { holding, cost, realized, funding, adjusted, volumeQty, volumeAmount } = this;
    hash.begin(table, this.instrument).add(this.account).add(this.leg).add(this.instance);
    hash.add(holding.qty).add(holding.qtyScale).add(holding.dust.hi).add(holding.dust.lo);
    hash.add(cost.hi).add(cost.lo).add(realized.hi).add(realized.lo).add(this.fillCount);
    hash.add(funding.hi).add(funding.lo).add(adjusted.hi).add(adjusted.lo);
    hash.add(volumeQty.hi).add(volumeQty.lo).add(volumeAmount.hi).add(volumeAmount.lo);
    hash.replace(this.mark);
  }

  /** The columns; who it belongs to is the table's to save. */
  save(out: StateWriter): void {
    const { holding } = this;
    out.f64(holding.qty).u32(holding.qtyScale).wide(holding.dust).wide(this.cost).wide(this.realized);
    out.wide(this.funding).wide(this.adjusted).f64(this.fillCount).wide(this.volumeQty).wide(this.volumeAmount);
  }

  load(from: StateReader): void {
    const { holding } = this;
    assert(holding.qty === 0 && this.fillCount === 0, Code.InvariantBroken);
    holding.add(from.f64());
    holding.qtyScale = from.u32();
    holding.dust.set(from.wide());
    for (const sum of [this.cost, this.realized, this.funding, this.adjusted]) sum.set(from.wide());
    this.fillCount = from.f64();
    this.volumeQty.set(from.wide());
    this.volumeAmount.set(from.wide());
  }
}
