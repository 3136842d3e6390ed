/** One book as OKX's channels tell it: the 400 best levels of each side, a snapshot, then changes by sequence numbers. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Level } from "../level_book.ts";
import type { OkxListing } from "./listings.ts";
import { shifted, trimmed } from "./texts.ts";

export const BOOK_LEVELS = 400;
const SHORT_LEVELS = 5;
/** A book that has not changed says so this often. */
const KEEP_ALIVE_MS = 60_000;
const FIRST_SEQUENCE = 10_000_000;

/** `[px, sz, "0", orders]`; how many orders stand there the feed does not know. */
export type LevelRow = readonly [px: string, sz: string, deprecated: "0", orders: string];

export interface BookRow {
  readonly asks: readonly LevelRow[];
  readonly bids: readonly LevelRow[];
  readonly ts: string;
  readonly checksum?: 0;
  readonly prevSeqId?: number;
  readonly seqId: number;
  readonly instId?: string;
}

export class BookFeed {
  /** What subscribers of `books` have been told, by the feed's own texts; undefined: nobody has been told. */
  #shown: { readonly bids: Map<string, string>; readonly asks: Map<string, string> } | undefined;
  #sequence = FIRST_SEQUENCE;
  #lastSequence = 0;
  #toldMs = 0;
  #top = "";

  constructor(readonly listing: OkxListing) {}

  /** Higher than any before. */
  nextSequence(): number {
    this.#sequence++;
    return this.#sequence;
  }

  /** Nobody listens any more: changes need not be followed. */
  forget(): void {
    this.#shown = undefined;
  }

  get isFollowed(): boolean {
    return this.#shown !== undefined;
  }

  /** What a new subscriber of `books` is told; undefined while there is no book. */
  snapshot(steadyMs: number): BookRow | undefined {
    const { book } = this.listing.market;
    if (this.#shown === undefined) {
      if (book.isEmpty) return undefined;
      const bids = new Map(book.bids(BOOK_LEVELS));
      this.#shown = { bids, asks: new Map(book.asks(BOOK_LEVELS)) };
      this.#lastSequence = this.nextSequence();
      this.#toldMs = steadyMs;
    }
    const rows = (side: Map<string, string>) => [...side].map((level) => this.#row(level));
    const { bids, asks } = this.#shown;
    return { asks: rows(asks), bids: rows(bids), ...this.#tail(-1) };
  }

  /** What has changed within the best levels since the last time; undefined when nothing has. */
  update(steadyMs: number): BookRow | undefined {
    if (this.#shown === undefined) return undefined;
    const { book } = this.listing.market;
    const bids = this.#changes(this.#shown.bids, book.bids(BOOK_LEVELS));
    const asks = this.#changes(this.#shown.asks, book.asks(BOOK_LEVELS));
    if (bids.length + asks.length === 0) return undefined;
    const before = this.#lastSequence;
    this.#lastSequence = this.nextSequence();
    this.#toldMs = steadyMs;
    assert(this.#lastSequence > before, Code.InvariantBroken);
    return { asks, bids, ...this.#tail(before) };
  }

  /** An update without levels, when there has been none for a minute: its two numbers are equal. */
  keepAlive(steadyMs: number): BookRow | undefined {
    if (this.#shown === undefined || steadyMs - this.#toldMs < KEEP_ALIVE_MS) return undefined;
    this.#toldMs = steadyMs;
    return { asks: [], bids: [], ...this.#tail(this.#lastSequence) };
  }

  /**
   * Of `books5` and of REST: so many best levels. Under the number of an update stands what that update has made of the book,
   * not what has come since. Numbers go on while nobody listens: what was told may have changed.
   */
  picture(levels = SHORT_LEVELS): BookRow {
    if (this.#shown === undefined) this.nextSequence();
    const { book } = this.listing.market;
    const { bids, asks } = this.#shown ?? { bids: book.bids(levels), asks: book.asks(levels) };
    const rows = (side: Iterable<Level>) => [...side].slice(0, levels).map((level) => this.#row(level));
    const seqId = this.#shown === undefined ? this.#sequence : this.#lastSequence;
    return { asks: rows(asks), bids: rows(bids), instId: this.listing.instId, ts: this.#tail(0).ts, seqId };
  }

  /** The best prices when they have changed; from the feed's own best quotes where it carries them. */
  top(hasQuotes: boolean): BookRow | undefined {
    const { book, quote } = this.listing.market;
    let bid = book.bestBid;
    let ask = book.bestAsk;
    if (hasQuotes && quote !== undefined) {
      const { b, B, a, A } = quote;
      if (typeof b !== "string" || typeof B !== "string" || typeof a !== "string" || typeof A !== "string")
        return undefined;
      bid = [b, B];
      ask = [a, A];
    }
    if (bid === undefined || ask === undefined) return undefined;
    const top = `${bid[0]} ${bid[1]} ${ask[0]} ${ask[1]}`;
    if (top === this.#top) return undefined;
    this.#top = top;
    return this.#topRow(bid, ask, this.nextSequence());
  }

  /** The best prices as a new subscriber is told them. */
  lastTop(): BookRow | undefined {
    const { bestBid, bestAsk } = this.listing.market.book;
    return bestBid === undefined || bestAsk === undefined
      ? undefined
      : this.#topRow(bestBid, bestAsk, this.nextSequence());
  }

  #topRow(bid: Level, ask: Level, seqId: number): BookRow {
    return { asks: [this.#row(ask)], bids: [this.#row(bid)], ts: this.#tail(0).ts, seqId };
  }

  /** Levels that are gone come first: a price is never told twice in the wrong order. */
  #changes(shown: Map<string, string>, now: readonly Level[]): LevelRow[] {
    const rows: LevelRow[] = [];
    const next = new Map(now);
    for (const price of shown.keys()) {
      if (next.has(price)) continue;
      shown.delete(price);
      rows.push([trimmed(price), "0", "0", "0"]);
    }
    for (const [price, qty] of now) {
      if (shown.get(price) === qty) continue;
      rows.push(this.#row([price, qty]));
    }
    // Kept in the order of the book: a later snapshot tells the best first.
    shown.clear();
    for (const [price, qty] of now) shown.set(price, qty);
    return rows;
  }

  #row([price, qty]: readonly [string, string]): LevelRow {
    return [trimmed(price), shifted(qty, -this.listing.contractPower), "0", "1"];
  }

  #tail(prevSeqId: number) {
    const ts = String(this.listing.market.eventMs);
    return { ts, checksum: 0 as const, prevSeqId, seqId: this.#lastSequence };
  }
}
