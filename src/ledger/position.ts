/** One position: quantity, what it cost, what closing it has realised. Shares of the cost are integers; nothing is lost. */

import { AMOUNT_HI_MAX, amountsFit } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideAdd, wideShareFloor, wideSub } from "../core/wide.ts";
import { Holding, type HoldingScratch } from "./holding.ts";

/**
 * Average-cost position of (account, instrument, leg). Money is in the quote (or settle) asset at 10^-18.
 * Always exact: Σ proceeds of sells − Σ payments of buys = realized − cost (long) or realized + cost (short).
 */
export class Position {
  readonly holding: Holding;
  /** What the open quantity was paid with (long) or sold for (short); never negative; 0 when flat. */
  readonly cost = new Wide();
  readonly realized = new Wide();
  fillCount = 0;
  /** Traded base quantity and quote amount, at 10^-18. */
  readonly volumeQty = new Wide();
  readonly volumeAmount = new Wide();
  readonly #share = new Wide();
  readonly #closing = new Wide();

  constructor(
    readonly account: number,
    readonly instrument: number,
    readonly leg: number,
    qtyScale: number,
  ) {
    this.holding = new Holding(qtyScale);
  }

  /** True when a trade of `base` for `amount` leaves every sum in the amount range. */
  hasRoom(amount: Wide, base: Wide): boolean {
    const cost = Math.abs(this.cost.hi) + Math.abs(amount.hi) + 4;
    if (cost + Math.abs(this.realized.hi) > AMOUNT_HI_MAX) return false;
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
      if (held > 0) wideSub(realizedDelta, closing, share);
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
   * A fee or rebate in the base asset changes what is held, not what was paid: the average entry moves, and the loss
   * is realised when the rest is sold. When nothing is left, or the sign turns, the leftover cost is realised at once.
   */
  moveBase(amount: Wide, scratch: HoldingScratch): void {
    const before = this.holding.qty;
    assert(before !== 0 || this.cost.isZero(), Code.InvariantBroken);
    this.holding.move(amount, scratch);
    const after = this.holding.qty;
    if (before > 0 && after <= 0) wideSub(this.realized, this.realized, this.cost);
    else if (before < 0 && after >= 0) wideAdd(this.realized, this.realized, this.cost);
    else return;
    this.cost.zero();
  }

  /** Starts this row in the hash; the caller puts it in or takes it out. */
  row(hash: RowHash, table: number): RowHash {
    const { holding, cost, realized, volumeQty, volumeAmount } = this;
    hash.begin(table, this.instrument).add(this.account).add(this.leg);
    hash.add(holding.qty).add(holding.qtyScale).add(holding.dust.hi).add(holding.dust.lo);
    hash.add(cost.hi).add(cost.lo).add(realized.hi).add(realized.lo).add(this.fillCount);
    return hash.add(volumeQty.hi).add(volumeQty.lo).add(volumeAmount.hi).add(volumeAmount.lo);
  }

  save(out: StateWriter): void {
    this.holding.save(out);
    out.wide(this.cost).wide(this.realized).f64(this.fillCount).wide(this.volumeQty).wide(this.volumeAmount);
  }

  load(from: StateReader): void {
    this.holding.load(from);
    this.cost.set(from.wide());
    this.realized.set(from.wide());
    this.fillCount = from.f64();
    this.volumeQty.set(from.wide());
    this.volumeAmount.set(from.wide());
  }
}
