/** Token buckets: so many requests a second on average, so many at once. */

/** Time comes from the caller, in µs. */
export class TokenBucket {
  #tokens: number;
  #lastUs: number;

  constructor(
    readonly perSecond: number,
    readonly burst: number,
    nowUs: number,
  ) {
    this.#tokens = burst;
    this.#lastUs = nowUs;
  }

  /** True when one more may pass now. */
  take(nowUs: number): boolean {
    this.#refill(nowUs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Gives back what `take` took: what turned out well does not count. */
  giveBack(): void {
    this.#tokens = Math.min(this.burst, this.#tokens + 1);
  }

  /** Whole seconds until one more may pass. */
  waitSeconds(nowUs: number): number {
    this.#refill(nowUs);
    return this.#tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - this.#tokens) / this.perSecond));
  }

  #refill(nowUs: number): void {
    const elapsedUs = nowUs - this.#lastUs;
    if (elapsedUs <= 0) return;
    this.#lastUs = nowUs;
    this.#tokens = Math.min(this.burst, this.#tokens + (elapsedUs * this.perSecond) / 1_000_000);
  }
}
