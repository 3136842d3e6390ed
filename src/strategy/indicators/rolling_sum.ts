/** Sum of the last n numbers: one addition and one subtraction per step, with the rounding errors kept and cleared. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

export class RollingSum {
  readonly #values: Float64Array;
  #next = 0;
  #count = 0;
  #sum = 0;
  /** What rounding took from `#sum` so far (Neumaier). */
  #lost = 0;

  constructor(readonly size: number) {
    assert(Number.isInteger(size) && size >= 1, Code.ValueOutOfRange);
    this.#values = new Float64Array(size);
  }

  get full(): boolean {
    return this.#count === this.size;
  }

  get sum(): number {
    return this.#sum + this.#lost;
  }

  push(value: number): void {
    assert(Number.isFinite(value), Code.ValueOutOfRange);
    if (this.full) this.#add(-(this.#values[this.#next] as number));
    else this.#count++;
    this.#values[this.#next] = value;
    this.#next++;
    if (this.#next < this.size) return this.#add(value);
    // Once per round everything is summed anew, so that no error lives longer than the window.
    this.#next = 0;
    this.#sum = 0;
    this.#lost = 0;
    for (let i = 0; i < this.size; i++) this.#add(this.#values[i] as number);
  }

  #add(value: number): void {
    const sum = this.#sum + value;
    const isLarger = Math.abs(this.#sum) >= Math.abs(value);
    this.#lost += isLarger ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }
}
