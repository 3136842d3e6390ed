/** Public trade ids in order: what is new, what came twice, what is missing and may still come. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import { BOOK_ID_JUMP_MAX } from "../core/limits.ts";

export enum TradeIdVerdict {
  /** The next id, or the first one, or a venue without ids. */
  Next,
  /** New, but ids between the last one and this are missing. */
  AfterGap,
  /** Older than the last one, and was missing until now. */
  Late,
  /** Seen before (or missing for so long that it is forgotten): to be ignored. */
  Duplicate,
}

/** Missing ranges remembered; the oldest is forgotten first. */
const RANGES_MAX = 32;

export class TradeIds {
  /** Highest id seen, 0 before the first. */
  last = 0;
  /** Times that ids were missing, and how many are missing now. */
  gaps = 0;
  missing = 0;
  duplicates = 0;
  /** Inclusive ranges of missing ids, oldest first: from at 2n, to at 2n + 1. Made at the first gap. */
  #ranges: Float64Array | undefined;
  #count = 0;

  /** `first`: the lowest id where one trade stands for several, with all ids from there to `id`; 0: it is one. */
  see(id: number, first = 0): TradeIdVerdict {
    assert(id >= 0 && first >= 0 && first <= id, Code.ValueOutOfRange);
    if (id === 0) return TradeIdVerdict.Next;
    const from = first === 0 ? id : first;
    if (this.last === 0 || (from <= this.last + 1 && id > this.last)) {
      this.last = id;
      return TradeIdVerdict.Next;
    }
    if (Math.abs(id - this.last) > BOOK_ID_JUMP_MAX) return this.#beginAnew(id);
    if (id > this.last) {
      this.#remember(this.last + 1, from - 1);
      this.gaps++;
      this.last = id;
      return TradeIdVerdict.AfterGap;
    }
    if (this.#found(id)) return TradeIdVerdict.Late;
    this.duplicates++;
    return TradeIdVerdict.Duplicate;
  }

  /** A new connection: ids may start again, and what is missing cannot come any more. */
  reset(): void {
    this.last = 0;
    this.#count = 0;
  }

  hashInto(hash: RowHash): void {
    hash.add(this.last).add(this.gaps).add(this.missing).add(this.duplicates).add(this.#count);
    for (let i = 0; i < this.#count * 2; i++) hash.add(this.#ranges?.[i] as number);
  }

  /** One of the two is no id: what is between them is not missing, and what comes now is not old. */
  #beginAnew(id: number): TradeIdVerdict {
    assert(id > 0, Code.ValueOutOfRange);
    this.gaps++;
    this.last = id;
    this.#count = 0;
    return TradeIdVerdict.AfterGap;
  }

  #remember(from: number, to: number): void {
    assert(to >= from, Code.InvariantBroken);
    this.#ranges ??= new Float64Array(2 * RANGES_MAX);
    this.missing += to - from + 1;
    if (this.#count === RANGES_MAX) this.#forget(0);
    this.#ranges[2 * this.#count] = from;
    this.#ranges[2 * this.#count + 1] = to;
    this.#count++;
  }

  /** Takes `id` out of the missing ranges; false when it is in none. */
  #found(id: number): boolean {
    const ranges = this.#ranges;
    if (ranges === undefined) return false;
    for (let n = 0; n < this.#count; n++) {
      const from = ranges[2 * n] as number;
      const to = ranges[2 * n + 1] as number;
      if (id < from || id > to) continue;
      this.missing--;
      if (from === to) this.#forget(n);
      else if (id === from) ranges[2 * n] = id + 1;
      else if (id === to) ranges[2 * n + 1] = id - 1;
      else this.#split(n, id, to);
      return true;
    }
    return false;
  }

  /** Range `n` loses `id` in its middle. */
  #split(n: number, id: number, to: number): void {
    const ranges = this.#ranges as Float64Array;
    ranges[2 * n + 1] = id - 1;
    if (this.#count === RANGES_MAX) {
      this.#forget(0);
      n--;
    }
    ranges.copyWithin(2 * n + 4, 2 * n + 2, 2 * this.#count);
    ranges[2 * n + 2] = id + 1;
    ranges[2 * n + 3] = to;
    this.#count++;
    assert(this.#count <= RANGES_MAX, Code.InvariantBroken);
  }

  #forget(n: number): void {
    assert(n < this.#count, Code.InvariantBroken);
    this.#ranges?.copyWithin(2 * n, 2 * n + 2, 2 * this.#count);
    this.#count--;
  }
}
