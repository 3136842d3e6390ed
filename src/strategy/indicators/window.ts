/** The last n numbers, with what is cheap to keep about them. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

export class Window {
  readonly #values: Float64Array;
  #next = 0;
  #count = 0;

  constructor(readonly size: number) {
    assert(Number.isInteger(size) && size >= 1, Code.ValueOutOfRange);
    this.#values = new Float64Array(size);
  }

  get full(): boolean {
    return this.#count >= this.size;
  }

  push(value: number): void {
    this.#values[this.#next] = value;
    this.#next = this.#next + 1 === this.size ? 0 : this.#next + 1;
    if (this.#count < this.size) this.#count++;
  }

  /** Summed anew each time, oldest first: exact to rounding, no drift, and periods are short. */
  sum(): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.#oldest(i);
    return sum;
  }

  /** Sum of squared distances from `mean`. */
  squares(mean: number): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) {
      const away = this.#oldest(i) - mean;
      sum += away * away;
    }
    return sum;
  }

  max(): number {
    let found = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.#count; i++) if ((this.#values[i] as number) > found) found = this.#values[i] as number;
    return found;
  }

  min(): number {
    let found = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#count; i++) if ((this.#values[i] as number) < found) found = this.#values[i] as number;
    return found;
  }

  #oldest(i: number): number {
    const start = this.full ? this.#next : 0;
    const at = start + i;
    return this.#values[at >= this.size ? at - this.size : at] as number;
  }
}
