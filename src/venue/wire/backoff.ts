/** Exponential backoff with full jitter: how long to wait before trying again, so that many do not come back at once. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

export interface BackoffLimits {
  /** No wait is shorter, however lucky the draw. */
  readonly waitUsMin: number;
  /** Ceiling of the first wait; it doubles with every failure in a row. */
  readonly firstUsMax: number;
  readonly waitUsMax: number;
}

export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #ceilingUs: number;
  /** Failures in a row. */
  failures = 0;

  constructor(limits: BackoffLimits, random: () => number) {
    assert(limits.waitUsMin >= 0, Code.LimitRelationBroken);
    assert(limits.firstUsMax > limits.waitUsMin, Code.LimitRelationBroken);
    assert(limits.waitUsMax >= limits.firstUsMax, Code.LimitRelationBroken);
    this.#limits = limits;
    this.#random = random;
    this.#ceilingUs = limits.firstUsMax;
  }

  /** It failed once more: µs to wait, uniform between the least wait and today's ceiling. */
  nextUs(): number {
    const { waitUsMin, waitUsMax } = this.#limits;
    const drawn = this.#random();
    assert(drawn >= 0 && drawn < 1, Code.ValueOutOfRange);
    const waitUs = waitUsMin + Math.floor(drawn * (this.#ceilingUs - waitUsMin));
    this.failures++;
    this.#ceilingUs = Math.min(waitUsMax, this.#ceilingUs * 2);
    return waitUs;
  }

  /** It works again. */
  reset(): void {
    this.failures = 0;
    this.#ceilingUs = this.#limits.firstUsMax;
  }
}
