/** A streaming value with a short memory: what every indicator is. Updates allocate nothing. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Indicator } from "../api.ts";

const MEMORY = 64; // Values kept for `at(-n)`; a power of two.

export class Series implements Indicator {
  value = Number.NaN;
  /** Value before the latest, for crossings. */
  previous = Number.NaN;
  readonly #memory = new Float64Array(MEMORY);
  #count = 0;

  /** `warmup` is the number of bars until the first value. */
  constructor(readonly warmup: number) {
    assert(warmup >= 1, Code.ValueOutOfRange);
  }

  get ready(): boolean {
    return this.#count > 0;
  }

  put(value: number): void {
    this.previous = this.value;
    this.value = value;
    this.#memory[this.#count & (MEMORY - 1)] = value;
    this.#count++;
  }

  at(index: number): number {
    const back = -index;
    if (!(back >= 1 && back <= MEMORY && back <= this.#count)) return Number.NaN;
    return this.#memory[(this.#count - back) & (MEMORY - 1)] as number;
  }

  crossedAbove(other: Indicator | number): boolean {
    const was = typeof other === "number" ? other : other.at(-2);
    const is = typeof other === "number" ? other : other.value;
    return this.previous <= was && this.value > is; // A NaN on any side makes this false.
  }

  crossedBelow(other: Indicator | number): boolean {
    const was = typeof other === "number" ? other : other.at(-2);
    const is = typeof other === "number" ? other : other.value;
    return this.previous >= was && this.value < is;
  }
}
