/** Remembers the latest venue sequences of one stream, so that redundant connections count each message once. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isPowerOfTwo } from "../core/limits.ts";

/** Open addressing over a power-of-two table, at most half full; the oldest id leaves when a new one needs its room. */
export class Dedupe {
  readonly #table: Float64Array;
  readonly #queue: Float64Array;
  readonly #mask: number;
  #head = 0;
  #count = 0;

  /** Remembers `capacity` ids (a power of two). */
  constructor(capacity: number) {
    assert(isPowerOfTwo(capacity), Code.CapacityNotPowerOfTwo);
    this.#queue = new Float64Array(capacity);
    this.#table = new Float64Array(capacity * 2).fill(-1);
    this.#mask = capacity * 2 - 1;
  }

  /** True when `id` (an integer ≥ 0) is new; it is remembered from now on. */
  add(id: number): boolean {
    assert(Number.isSafeInteger(id) && id >= 0, Code.ValueOutOfRange);
    if (this.#table[this.#find(id)] === id) return false;
    if (this.#count === this.#queue.length) this.#forgetOldest();
    this.#table[this.#find(id)] = id;
    this.#queue[(this.#head + this.#count) % this.#queue.length] = id;
    this.#count++;
    return true;
  }

  #forgetOldest(): void {
    const oldest = this.#queue[this.#head] as number;
    this.#head = (this.#head + 1) % this.#queue.length;
    this.#count--;
    // Backward shift: no tombstones, so that look-ups stay short for ever.
    let hole = this.#find(oldest);
    let next = hole;
    for (;;) {
      next = (next + 1) & this.#mask;
      const id = this.#table[next] as number;
      if (id < 0) break;
      const home = this.#home(id);
      const stays = hole <= next ? home > hole && home <= next : home > hole || home <= next;
      if (stays) continue;
      this.#table[hole] = id;
      hole = next;
    }
    this.#table[hole] = -1;
  }

  #find(id: number): number {
    let at = this.#home(id);
    for (;;) {
      const found = this.#table[at] as number;
      if (found === id || found < 0) return at;
      at = (at + 1) & this.#mask;
    }
  }

  #home(id: number): number {
    const low = (id % 4_294_967_296) | 0;
    const high = (id / 4_294_967_296) | 0;
    const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & this.#mask;
  }
}
