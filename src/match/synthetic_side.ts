/** One side of a synthetic book: sorted levels in ticks and lots, best first, and the changes since they were last told. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Side } from "../model/order.ts";

/** Levels that one event touched: absolute quantities, each level once. */
export class LevelChanges {
  readonly sides: Uint8Array;
  readonly prices: Float64Array;
  readonly qtys: Float64Array;
  count = 0;

  constructor(capacity: number) {
    assert(capacity > 0, Code.LimitRelationBroken);
    this.sides = new Uint8Array(capacity);
    this.prices = new Float64Array(capacity);
    this.qtys = new Float64Array(capacity);
  }

  note(side: Side, price: number, qty: number): void {
    assert(qty >= 0, Code.NumberNegative);
    for (let i = 0; i < this.count; i++) {
      if (this.prices[i] !== price || this.sides[i] !== side) continue;
      this.qtys[i] = qty;
      return;
    }
    const at = this.count++;
    assert(at < this.prices.length, Code.TableFull);
    this.sides[at] = side;
    this.prices[at] = price;
    this.qtys[at] = qty;
  }
}

export class SyntheticSide {
  readonly #ticks: Float64Array;
  readonly #lots: Float64Array;
  count = 0;

  constructor(
    readonly side: Side,
    capacity: number,
    readonly tick: number,
    readonly lot: number,
    readonly changes: LevelChanges,
  ) {
    assert(tick > 0 && lot > 0, Code.ValueOutOfRange);
    this.#ticks = new Float64Array(capacity);
    this.#lots = new Float64Array(capacity);
  }

  /** Mantissas; 0 where there is no such level. */
  priceAt(depth: number): number {
    return depth < this.count ? (this.#ticks[depth] as number) * this.tick : 0;
  }

  qtyAt(depth: number): number {
    return depth < this.count ? (this.#lots[depth] as number) * this.lot : 0;
  }

  ticksAt(depth: number): number {
    return depth < this.count ? (this.#ticks[depth] as number) : 0;
  }

  lotsAt(depth: number): number {
    return depth < this.count ? (this.#lots[depth] as number) : 0;
  }

  /** True when `ticks` is a better price than `other` on this side. */
  isBetter(ticks: number, other: number): boolean {
    return this.side === Side.Buy ? ticks > other : ticks < other;
  }

  /** `ticks` moved by `by` away from the market. */
  away(ticks: number, by: number): number {
    return this.side === Side.Buy ? ticks - by : ticks + by;
  }

  /** Sets the level at `ticks`, which may be new. The worst one leaves when the side is full. */
  set(ticks: number, lots: number): void {
    assert(ticks > 0 && lots > 0, Code.ValueOutOfRange);
    let at = 0;
    while (at < this.count && this.isBetter(this.#ticks[at] as number, ticks)) at++;
    if (at === this.count || this.#ticks[at] !== ticks) {
      if (this.count === this.#ticks.length) this.remove(this.count - 1);
      if (at > this.count) return; // Worse than the worst of a full side.
      this.#ticks.copyWithin(at + 1, at, this.count);
      this.#lots.copyWithin(at + 1, at, this.count);
      this.#ticks[at] = ticks;
      this.count++;
    }
    this.#lots[at] = lots;
    this.#note(at);
  }

  /** New size of a level; 0 removes it. */
  setLots(depth: number, lots: number): void {
    assert(depth < this.count && lots >= 0, Code.ValueOutOfRange);
    this.#lots[depth] = lots;
    if (lots === 0) this.remove(depth);
    else this.#note(depth);
  }

  remove(depth: number): void {
    assert(depth < this.count, Code.ValueOutOfRange);
    this.#lots[depth] = 0;
    this.#note(depth);
    this.#ticks.copyWithin(depth, depth + 1, this.count);
    this.#lots.copyWithin(depth, depth + 1, this.count);
    this.count--;
  }

  #note(depth: number): void {
    this.changes.note(this.side, (this.#ticks[depth] as number) * this.tick, (this.#lots[depth] as number) * this.lot);
  }
}
