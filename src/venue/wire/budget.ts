/** Request budget of one venue and address: never more weight in any window than the venue allows, whoever else spends. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

export interface BudgetLimits {
  /** Weight that we may spend in any window; below the venue's own limit, so that others of this address have room. */
  readonly weightMax: number;
  /** The venue counts in windows of its own clock: ours slides, and is longer by the time a request may travel. */
  readonly windowUs: number;
  /** Requests remembered in one window; a further one waits. */
  readonly requestsMax: number;
  /** Weight that market data leaves to orders, cancels and questions about them; absent: none of these share it. */
  readonly dataReserve?: number;
}

/** A sliding window: what holds for every window of ours holds for the venue's too, wherever they begin. */
export class RequestBudget {
  readonly #limits: BudgetLimits;
  /** A ring of what was spent, oldest first. */
  readonly #timesUs: Float64Array;
  readonly #weights: Float64Array;
  #first = 0;
  #count = 0;
  #own = 0;
  /** What others of our address spent, as the venue's headers tell, until it leaves the window. */
  #foreign = 0;
  #foreignUntilUs = 0;
  #frozenUntilUs = 0;
  /** Times that a request had to wait. */
  refused = 0;

  constructor(limits: BudgetLimits) {
    assert(limits.weightMax > 0 && limits.windowUs > 0, Code.LimitRelationBroken);
    assert(limits.requestsMax > 0, Code.LimitRelationBroken);
    this.#limits = limits;
    this.#timesUs = new Float64Array(limits.requestsMax);
    this.#weights = new Float64Array(limits.requestsMax);
  }

  /** Spends `weight` if the window has room for it; false when the request must wait. */
  take(weight: number, nowUs: number): boolean {
    assert(weight > 0 && weight <= this.#limits.weightMax, Code.ValueOutOfRange);
    if (this.used(nowUs) + weight > this.#limits.weightMax || this.frozen(nowUs) || this.#full()) {
      this.refused++;
      return false;
    }
    const at = (this.#first + this.#count) % this.#limits.requestsMax;
    this.#timesUs[at] = nowUs;
    this.#weights[at] = weight;
    this.#count++;
    this.#own += weight;
    return true;
  }

  /** The same for market data: books that are asked for again and again never keep a cancel from leaving. */
  takeData(weight: number, nowUs: number): boolean {
    if (this.used(nowUs) + weight <= this.dataMax) return this.take(weight, nowUs);
    this.refused++;
    return false;
  }

  /** Weight of the last window, that of others included. */
  used(nowUs: number): number {
    const own = this.own(nowUs);
    if (nowUs >= this.#foreignUntilUs) this.#foreign = 0;
    return own + this.#foreign;
  }

  get weightMax(): number {
    return this.#limits.weightMax;
  }

  /** What may be spent when market data asks. */
  get dataMax(): number {
    return this.#limits.weightMax - (this.#limits.dataReserve ?? 0);
  }

  /** Our own weight of the last window. */
  own(nowUs: number): number {
    while (this.#count > 0 && nowUs - (this.#timesUs[this.#first] as number) >= this.#limits.windowUs) {
      this.#own -= this.#weights[this.#first] as number;
      this.#first = (this.#first + 1) % this.#limits.requestsMax;
      this.#count--;
    }
    assert(this.#own >= 0, Code.InvariantBroken);
    return this.#own;
  }

  /**
   * The venue's own count of this address: what is over ours was spent by others. It counted at some time between request
   * and answer, so it is compared with the larger of `ownAtRequest` and what ours is now.
   */
  told(weight: number, ownAtRequest: number, nowUs: number): void {
    if (!Number.isSafeInteger(weight) || weight < 0) return;
    const foreign = weight - Math.max(ownAtRequest, this.own(nowUs));
    if (foreign <= this.#foreign) return;
    this.#foreign = foreign;
    this.#foreignUntilUs = nowUs + this.#limits.windowUs;
  }

  /** The venue said to be quiet (429, 418): nothing at all until then. */
  freeze(untilUs: number): void {
    if (untilUs > this.#frozenUntilUs) this.#frozenUntilUs = untilUs;
  }

  frozen(nowUs: number): boolean {
    return nowUs < this.#frozenUntilUs;
  }

  #full(): boolean {
    return this.#count === this.#limits.requestsMax;
  }
}
