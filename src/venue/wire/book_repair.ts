/** When the topic of a book is subscribed anew: its snapshot did not come, or the book has lost a message. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { BookFlag, type BookSync } from "../../market/book_sync.ts";
import { Backoff, type BackoffLimits } from "./backoff.ts";

export interface RepairLimits {
  /** A topic begins with a snapshot: one that has not come by then is asked for by subscribing again. */
  readonly snapshotUsMax: number;
  /** A frame that could not be read is no loss if the next diff joins: so long is waited for it. */
  readonly doubtUsMax: number;
  /** Between two attempts on one book. */
  readonly snapshotRetry: BackoffLimits;
  /** A book that has been in step for so long starts from the first wait again. */
  readonly snapshotSettledUs: number;
}

export class BookRepair {
  repairs = 0;
  readonly #backoff: Backoff;
  #heldUs = -1;
  #wantUs = -1;
  #retryUs = Number.NEGATIVE_INFINITY;
  #repairedUs = 0;

  constructor(
    readonly limits: RepairLimits,
    random: () => number,
  ) {
    assert(limits.snapshotUsMax > 0, Code.LimitRelationBroken);
    this.#backoff = new Backoff(limits.snapshotRetry, random);
  }

  /** True once when the topic must be left and taken again; `isHeld`: it is subscribed at present. */
  isDue(book: BookSync | undefined, isHeld: boolean, nowUs: number): boolean {
    if (!isHeld) {
      this.#heldUs = -1;
      this.#wantUs = -1;
      return false;
    }
    if (this.#heldUs < 0) this.#heldUs = nowUs;
    if (book?.needsSnapshot === false) {
      this.#wantUs = -1;
      if (nowUs - this.#repairedUs >= this.limits.snapshotSettledUs) this.#backoff.reset();
      return false;
    }
    if (this.#wantUs < 0) this.#wantUs = nowUs;
    if (nowUs < this.#retryUs || !this.#isLost(book, nowUs)) return false;
    this.#retryUs = nowUs + this.#backoff.nextUs();
    this.#repairedUs = nowUs;
    this.#heldUs = -1;
    this.#wantUs = -1;
    this.repairs++;
    return true;
  }

  /** Nobody has heard of a book that is not there yet. */
  #isLost(book: BookSync | undefined, nowUs: number): boolean {
    const flags = book?.flags ?? 0;
    if ((flags & BookFlag.Gap) !== 0) return true;
    if ((flags & BookFlag.Doubtful) !== 0) return nowUs - this.#wantUs >= this.limits.doubtUsMax;
    return nowUs - Math.max(this.#heldUs, this.#wantUs) >= this.limits.snapshotUsMax;
  }
}
