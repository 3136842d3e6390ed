/** Order number → row: open addressing over typed arrays, so that rows are reused while numbers grow for ever. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** Smallest power of two that is at least twice `n`: half-empty tables keep probes short. */
export function indexCapacity(n: number): number {
  let capacity = 4;
  while (capacity < 2 * n) capacity *= 2;
  return capacity;
}

/**
 * Order numbers are dense: taken as they are they would make one long run of taken slots, and removing the oldest would
 * walk all of it. The golden ratio spreads neighbours evenly instead.
 */
export class OrderIndex {
  readonly #mask: number;
  readonly #shift: number;
  /** 0 = empty: order numbers start at 1. */
  readonly #orders: Uint32Array;
  readonly #rows: Int32Array;
  #count = 0;
  /** The last order that was found: one step asks for the same order many times. */
  #lastOrder = 0;
  #lastRow = -1;

  constructor(readonly rowsMax: number) {
    assert(rowsMax > 0, Code.LimitRelationBroken);
    const capacity = indexCapacity(rowsMax);
    this.#mask = capacity - 1;
    this.#shift = Math.clz32(capacity) + 1;
    this.#orders = new Uint32Array(capacity);
    this.#rows = new Int32Array(capacity);
  }

  /** Row of an order, -1 when it is not here. */
  get(order: number): number {
    if (order === this.#lastOrder) return this.#lastRow;
    const mask = this.#mask;
    for (let at = this.#home(order); ; at = (at + 1) & mask) {
      const here = this.#orders[at] as number;
      if (here === 0) return -1;
      if (here !== order) continue;
      this.#lastOrder = order;
      this.#lastRow = this.#rows[at] as number;
      return this.#lastRow;
    }
  }

  put(order: number, row: number): void {
    assert(order >= 1 && order <= 0xffff_ffff, Code.ValueOutOfRange);
    assert(this.#count < this.rowsMax, Code.TableFull);
    let at = this.#home(order);
    while (this.#orders[at] !== 0) at = (at + 1) & this.#mask;
    this.#orders[at] = order;
    this.#rows[at] = row;
    this.#count++;
  }

  /** Removes an order and moves what had to probe past it back, so that no tombstones gather. */
  remove(order: number): void {
    this.#lastOrder = 0;
    this.#lastRow = -1;
    const mask = this.#mask;
    let hole = this.#home(order);
    while (this.#orders[hole] !== order) {
      assert(this.#orders[hole] !== 0, Code.InvariantBroken);
      hole = (hole + 1) & mask;
    }
    for (let at = (hole + 1) & mask; this.#orders[at] !== 0; at = (at + 1) & mask) {
      const home = this.#home(this.#orders[at] as number);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#orders[hole] = this.#orders[at] as number;
      this.#rows[hole] = this.#rows[at] as number;
      hole = at;
    }
    this.#orders[hole] = 0;
    this.#count--;
  }

  #home(order: number): number {
    return Math.imul(order, 0x9e3779b1) >>> this.#shift;
  }
}
