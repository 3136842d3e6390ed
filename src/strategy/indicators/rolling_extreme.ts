/** Largest or smallest of the last n numbers: a queue of those that may still become it, so each is moved once. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

export class RollingExtreme {
  readonly #values: Float64Array;
  /** At which push each value of the queue came. */
  readonly #pushes: Float64Array;
  #head = 0;
  #length = 0;
  #pushed = 0;

  constructor(
    readonly size: number,
    readonly largest: boolean,
  ) {
    assert(Number.isInteger(size) && size >= 1, Code.ValueOutOfRange);
    this.#values = new Float64Array(size);
    this.#pushes = new Float64Array(size);
  }

  get full(): boolean {
    return this.#pushed >= this.size;
  }

  get extreme(): number {
    assert(this.#length > 0, Code.ValueOutOfRange);
    return this.#values[this.#head] as number;
  }

  push(value: number): void {
    assert(Number.isFinite(value), Code.ValueOutOfRange);
    if (this.#length > 0 && (this.#pushes[this.#head] as number) <= this.#pushed - this.size) {
      this.#head = this.#row(1);
      this.#length--;
    }
    while (this.#length > 0 && !this.#beats(this.#values[this.#row(this.#length - 1)] as number, value)) this.#length--;
    const row = this.#row(this.#length);
    this.#values[row] = value;
    this.#pushes[row] = this.#pushed;
    this.#length++;
    this.#pushed++;
    assert(this.#length <= this.size, Code.InvariantBroken);
  }

  #beats(kept: number, value: number): boolean {
    return this.largest ? kept > value : kept < value;
  }

  #row(place: number): number {
    const row = this.#head + place;
    return row >= this.size ? row - this.size : row;
  }
}
