/** Counts values in fixed buckets: bounds are given once, recording allocates nothing. */

import { assert } from "./assert.ts";
import { Code } from "./code.ts";

/** Bucket `i` counts values up to and including `bounds[i]`; one more bucket counts all that is larger. */
export class Histogram {
  readonly bounds: Float64Array;
  readonly #counts: Float64Array;
  /** Sum of all values recorded. */
  sum = 0;
  /** How many values were recorded. */
  count = 0;
  /** Values that were no number: not counted anywhere else. */
  refused = 0;

  /** `bounds`: upper bounds, rising. */
  constructor(bounds: readonly number[]) {
    assert(bounds.length > 0, Code.LimitRelationBroken);
    for (let i = 1; i < bounds.length; i++) {
      assert((bounds[i] as number) > (bounds[i - 1] as number), Code.LimitRelationBroken);
    }
    this.bounds = Float64Array.from(bounds);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  record(value: number): void {
    if (Number.isNaN(value)) {
      this.refused++;
      return;
    }
    this.#counts[this.#bucket(value)]!++;
    this.sum += value;
    this.count++;
  }

  /** Values up to and including `bounds[index]`; the index after the last bound answers all. */
  cumulative(index: number): number {
    assert(index >= 0 && index <= this.bounds.length, Code.ValueOutOfRange);
    let total = 0;
    for (let i = 0; i <= index; i++) total += this.#counts[i] as number;
    return total;
  }

  /** Smallest bound that at least `share` (0–1) of all values do not pass; Infinity beyond the last, 0 when empty. */
  quantile(share: number): number {
    assert(share >= 0 && share <= 1, Code.ValueOutOfRange);
    if (this.count === 0) return 0;
    const wanted = share * this.count;
    let total = 0;
    for (let i = 0; i < this.bounds.length; i++) {
      total += this.#counts[i] as number;
      if (total >= wanted) return this.bounds[i] as number;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** First bucket whose bound is not below the value, by halving. */
  #bucket(value: number): number {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (this.bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
