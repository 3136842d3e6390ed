/** A streaming value with a short memory: what every indicator is. Updates allocate nothing. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Indicator } from "../api.ts";

const MEMORY = 64; // Values kept for `at(-n)`; a power of two.

export class Series implements Indicator {
  /** Latest value; NaN until there is one. */
  value = Number.NaN;
  /** End of the bar that gave it, µs; 0 until then. */
  timeUs = 0;
  readonly #values = new Float64Array(MEMORY);
  readonly #timesUs = new Float64Array(MEMORY);
  #count = 0;

  /** `warmup` is the number of bars until the first value. */
  constructor(readonly warmup: number) {
    assert(Number.isInteger(warmup) && warmup >= 1, Code.ValueOutOfRange);
  }

  get ready(): boolean {
    return this.#count > 0;
  }

  /** The value of the bar that ended at `timeUs`; bars come in order. */
  put(value: number, timeUs: number): void {
    assert(!Number.isNaN(value), Code.ValueOutOfRange);
    assert(timeUs >= this.timeUs, Code.TimeWentBack);
    this.value = value;
    this.timeUs = timeUs;
    const row = this.#count & (MEMORY - 1);
    this.#values[row] = value;
    this.#timesUs[row] = timeUs;
    this.#count++;
  }

  at(index: number): number {
    const back = -index;
    return this.#has(back) ? (this.#values[(this.#count - back) & (MEMORY - 1)] as number) : Number.NaN;
  }

  /** The value that was known at `timeUs`; NaN before the first, or when it is forgotten. */
  asOf(timeUs: number): number {
    for (let back = 1; this.#has(back); back++) {
      const row = (this.#count - back) & (MEMORY - 1);
      if ((this.#timesUs[row] as number) <= timeUs) return this.#values[row] as number;
    }
    return Number.NaN;
  }

  crossedAbove(other: Indicator | number): boolean {
    return this.at(-2) <= this.#before(other) && this.value > this.#now(other); // A NaN makes this false.
  }

  crossedBelow(other: Indicator | number): boolean {
    return this.at(-2) >= this.#before(other) && this.value < this.#now(other);
  }

  /** The other side at our latest bar: it may live on another timeframe, so positions say nothing and times decide. */
  #now(other: Indicator | number): number {
    if (typeof other === "number") return other;
    return other instanceof Series ? other.asOf(this.timeUs) : other.value;
  }

  #before(other: Indicator | number): number {
    if (typeof other === "number") return other;
    if (!(other instanceof Series)) return other.at(-2);
    return this.#has(2) ? other.asOf(this.#timesUs[(this.#count - 2) & (MEMORY - 1)] as number) : Number.NaN;
  }

  #has(back: number): boolean {
    return Number.isInteger(back) && back >= 1 && back <= MEMORY && back <= this.#count;
  }
}
