/** Exponential smoothing of numbers: what EMA, RSI, ATR and MACD have in common. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

/**
 * Seeded by the mean of the first `period` inputs, as charts and exchanges do; libraries that start from the first input
 * differ by (1 − alpha)^n of the difference, which is gone after some periods.
 */
export class Smoother {
  value = Number.NaN;
  #seed = 0;
  #count = 0;

  constructor(
    readonly period: number,
    readonly alpha: number,
  ) {
    assert(Number.isInteger(period) && period >= 1, Code.ValueOutOfRange);
    assert(alpha > 0 && alpha <= 1, Code.ValueOutOfRange);
  }

  get ready(): boolean {
    return this.#count >= this.period;
  }

  next(input: number): void {
    assert(Number.isFinite(input), Code.ValueOutOfRange);
    if (this.#count >= this.period) {
      this.value += (input - this.value) * this.alpha;
      return;
    }
    this.#seed += input;
    this.#count++;
    if (this.ready) this.value = this.#seed / this.period;
  }
}
