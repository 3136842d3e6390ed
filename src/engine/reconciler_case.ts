/** One order whose fate or fills are in question: what was asked, what was not found, when to ask again. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** The same id is asked for twice, at least so far apart, before "not found" counts. */
export const MISSES_APART_US = 2_000_000;
/** A fate that is not found out by then is a person's business. */
export const ESCALATE_US = 30_000_000;
const AGAIN_US_MIN = 500_000;
const AGAIN_US_MAX = 60_000_000;
/** A question that failed says nothing of the venue's next answer: once it answers again, nobody waits long. */
const FAILED_US_MAX = 3_000_000;
/** Trade histories lag: so often they are asked before a gap is inferred. */
export const FILL_TRIES = 3;

export enum Want {
  Nothing = 0,
  /** A query of the order by its client id. */
  Order = 1,
  /** The order history: only after the misses. */
  History = 2,
  /** The order's trades. */
  Fills = 3,
}

/** Not part of D: after a restart the questions are asked anew. */
export class OrderCase {
  want = Want.Order;
  isAsked = false;
  /** Its last question. The end of another one, asked for a case that was closed since, says nothing here. */
  askedId = 0;
  dueUs: number;
  misses = 0;
  /** When the venue first did not know it. */
  missedUs = 0;
  isEscalated = false;
  /** Cumulative quantity that the venue states, and at what average price (0 = not told). */
  statedCumQty = 0;
  statedPrice = 0;
  statedTimeUs = 0;
  fillTries = 0;
  /** Finality and misuse are asked for once more before trading stops. */
  isDoubted = false;
  #againUs = AGAIN_US_MIN;
  #failedUs = AGAIN_US_MIN;

  constructor(
    readonly order: number,
    readonly account: number,
    readonly sinceUs: number,
  ) {
    assert(order > 0 && account >= 0, Code.ValueOutOfRange);
    this.dueUs = sinceUs;
  }

  /**
   * Not found, by a question of `askedUs`. True when the history may be asked: twice, apart, and the last time after the
   * request's validity, for what can still arrive is not missing.
   */
  miss(askedUs: number, nowUs: number, validUntilUs: number): boolean {
    assert(askedUs <= nowUs, Code.TimeWentBack);
    if (this.misses === 0) this.missedUs = askedUs;
    else if (askedUs - this.missedUs >= MISSES_APART_US && askedUs >= validUntilUs) {
      this.misses++;
      this.ask(Want.History, nowUs);
      return true;
    }
    this.misses = 1;
    this.ask(Want.Order, Math.max(this.missedUs + MISSES_APART_US, validUntilUs, nowUs));
    return false;
  }

  /** The venue knows it after all. */
  found(): void {
    this.misses = 0;
    this.missedUs = 0;
    this.#againUs = AGAIN_US_MIN;
  }

  /** Its question was answered, whatever the answer was. */
  answered(): void {
    this.#failedUs = AGAIN_US_MIN;
  }

  /** Its question could not be asked, or had no whole answer. */
  failed(nowUs: number): void {
    assert(nowUs >= 0, Code.ValueOutOfRange);
    this.dueUs = nowUs + this.#failedUs;
    this.#failedUs = Math.min(2 * this.#failedUs, FAILED_US_MAX);
  }

  /** The venue is there again: how the order stands is asked at once. Its trades have their own time. */
  hasten(nowUs: number): void {
    if (this.want === Want.Order && !this.isAsked) this.dueUs = Math.min(this.dueUs, nowUs);
  }

  /** Later, each time at twice the distance. */
  backOff(nowUs: number): void {
    assert(nowUs >= 0, Code.ValueOutOfRange);
    this.dueUs = nowUs + this.#againUs;
    this.#againUs = Math.min(2 * this.#againUs, AGAIN_US_MAX);
  }

  ask(want: Want, dueUs: number): void {
    assert(want !== Want.Nothing, Code.ValueOutOfRange);
    this.want = want;
    this.dueUs = dueUs;
  }
}
