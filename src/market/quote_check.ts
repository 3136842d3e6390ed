/**
 * Judges a synced book by the venue's own best quotes: a diff up to update u must leave the best prices that the last
 * quote with id ≤ u has. Matched by id, never by arrival: the two streams overtake each other.
 */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** Quotes and diffs remembered; a power of two. A diff whose quotes are older than that goes unchecked. */
const KEPT = 4_096;
const MASK = KEPT - 1;
const WORDS = 5;

export class QuoteCheck {
  checks = 0;
  mismatches = 0;
  /** Diffs for which no quote was left to compare with. */
  unchecked = 0;
  /** Rings of (id, bid, bidQty, ask, askQty); a quote ring and a ring of diffs that wait for a quote at or past them. */
  readonly #quotes = new Float64Array(KEPT * WORDS);
  readonly #diffs = new Float64Array(KEPT * WORDS);
  #quoteCount = 0;
  #diffCount = 0;
  #diffNext = 0;
  #lastQuoteId = -1;

  /** A best quote; ids must rise, others are ignored. */
  quote(id: number, bid: number, bidQty: number, ask: number, askQty: number): void {
    if (id <= this.#lastQuoteId) return;
    this.#write(this.#quotes, this.#quoteCount & MASK, id, bid, bidQty, ask, askQty);
    this.#quoteCount++;
    this.#lastQuoteId = id;
    this.#settle();
  }

  /** Best prices of the book after the diff that ends with update `id`. */
  diff(id: number, bid: number, bidQty: number, ask: number, askQty: number): void {
    if (this.#diffCount - this.#diffNext === KEPT) {
      this.#diffNext++;
      this.unchecked++;
    }
    this.#write(this.#diffs, this.#diffCount & MASK, id, bid, bidQty, ask, askQty);
    this.#diffCount++;
    this.#settle();
  }

  /** A gap or a new connection: what waits is not comparable any more. */
  forget(): void {
    this.unchecked += this.#diffCount - this.#diffNext;
    this.#diffNext = this.#diffCount;
    assert(this.#diffNext <= this.#diffCount, Code.InvariantBroken);
  }

  /** Checks every waiting diff that no later quote can belong to. */
  #settle(): void {
    while (this.#diffNext < this.#diffCount) {
      const at = (this.#diffNext & MASK) * WORDS;
      const id = this.#diffs[at] as number;
      if (id > this.#lastQuoteId) return;
      this.#diffNext++;
      const quote = this.#lastQuoteUpTo(id);
      if (quote < 0) this.unchecked++;
      else this.#compare(at, quote);
    }
  }

  /** Word index of the last kept quote with an id ≤ `id`, -1 when there is none. */
  #lastQuoteUpTo(id: number): number {
    const oldest = Math.max(0, this.#quoteCount - KEPT);
    let low = oldest;
    let high = this.#quoteCount;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#quotes[(middle & MASK) * WORDS] as number) <= id) low = middle + 1;
      else high = middle;
    }
    return low === oldest ? -1 : ((low - 1) & MASK) * WORDS;
  }

  #compare(diff: number, quote: number): void {
    this.checks++;
    for (let word = 1; word < WORDS; word++) {
      if (this.#diffs[diff + word] === this.#quotes[quote + word]) continue;
      this.mismatches++;
      return;
    }
  }

  #write(ring: Float64Array, row: number, id: number, bid: number, bidQty: number, ask: number, askQty: number): void {
    const at = row * WORDS;
    assert(at + WORDS <= ring.length, Code.ValueOutOfRange);
    ring[at] = id;
    ring[at + 1] = bid;
    ring[at + 2] = bidQty;
    ring[at + 3] = ask;
    ring[at + 4] = askQty;
  }
}
