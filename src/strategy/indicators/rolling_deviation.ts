/** Mean and spread of the last n numbers by Welford's steps, computed anew where steps would lose digits. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

/** When the squares fall to this share of what they were, the difference of large numbers has eaten digits. */
const SHRUNK = 1e-4;

export class RollingDeviation {
  mean = 0;
  readonly #values: Float64Array;
  #next = 0;
  #count = 0;
  /** Sum of squared distances from the mean, and the largest it was since it was last computed anew. */
  #squares = 0;
  #largest = 0;

  constructor(readonly size: number) {
    assert(Number.isInteger(size) && size >= 1, Code.ValueOutOfRange);
    this.#values = new Float64Array(size);
  }

  get full(): boolean {
    return this.#count === this.size;
  }

  /** Of the population, as charts draw it: divided by n, not n − 1. */
  get deviation(): number {
    assert(this.full, Code.ValueOutOfRange);
    return Math.sqrt(this.#squares / this.size);
  }

  push(value: number): void {
    assert(Number.isFinite(value), Code.ValueOutOfRange);
    const isWindow = this.full;
    const old = this.#values[this.#next] as number;
    this.#values[this.#next] = value;
    this.#next = this.#next + 1 === this.size ? 0 : this.#next + 1;
    const meanBefore = this.mean;
    if (isWindow) {
      this.mean += (value - old) / this.size;
      this.#squares += (value - old) * (value - this.mean + old - meanBefore);
    } else {
      this.#count++;
      this.mean += (value - meanBefore) / this.#count;
      this.#squares += (value - meanBefore) * (value - this.mean);
    }
    if (this.#squares > this.#largest) this.#largest = this.#squares;
    const isShrunk = this.#squares < this.#largest * SHRUNK;
    if (this.full && (this.#next === 0 || isShrunk)) this.#anew();
  }

  #anew(): void {
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += this.#values[i] as number;
    this.mean = sum / this.size;
    let squares = 0;
    for (let i = 0; i < this.size; i++) {
      const away = (this.#values[i] as number) - this.mean;
      squares += away * away;
    }
    this.#squares = squares;
    this.#largest = squares;
  }
}
