/** What may go wrong on demand at the simulated venue: uneven latency, refusals, a lost connection. Seeded. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Prng } from "../../core/prng.ts";

export interface FaultOptions {
  readonly seed: number;
  /** Added to either latency, evenly between 0 and this. Messages never overtake each other. */
  readonly latencyJitterUs?: number;
  /** Share of new orders that are refused, 0–1. */
  readonly rejectRate?: number;
}

export class Faults {
  readonly #prng: Prng;
  readonly #jitterUs: number;
  readonly #rejectRate: number;

  constructor(options: FaultOptions) {
    const { seed, latencyJitterUs = 0, rejectRate = 0 } = options;
    assert(Number.isSafeInteger(latencyJitterUs) && latencyJitterUs >= 0, Code.ValueOutOfRange);
    assert(rejectRate >= 0 && rejectRate <= 1, Code.ValueOutOfRange);
    this.#prng = new Prng(seed);
    this.#jitterUs = latencyJitterUs;
    this.#rejectRate = rejectRate;
  }

  /** What this message takes longer. */
  jitterUs(): number {
    return this.#jitterUs === 0 ? 0 : this.#prng.nextBelow(this.#jitterUs + 1);
  }

  /** True when this order is refused. */
  rejects(): boolean {
    return this.#rejectRate > 0 && this.#prng.nextFloat() < this.#rejectRate;
  }
}
