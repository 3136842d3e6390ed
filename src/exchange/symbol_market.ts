/** What the simulator knows of one symbol at this point of the feed: book, trades, bars, best quotes, mark. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Bars, type PublicTrade } from "./bars.ts";
import { isDecimal } from "./decimal_text.ts";
import { type FeedFrame, type Listing, streamKind } from "./feed.ts";
import { LevelBook } from "./level_book.ts";
import { isMessage, type Message, objectOf, wholeOf } from "./message.ts";

const TRADES_MAX = 1_000;
/** A stale answer is between one and two of these spans old. */
const STALE_DIFFS = 32;
/** How far the id of a stale answer lies back where there is no older book yet. */
const STALE_IDS = 100_000;
const EARLY_DIFFS_MAX = 10_000;

/** A full book of a moment. */
export interface BookPicture {
  readonly lastUpdateId: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
  readonly timeMs: number;
}

/** What a frame turned out to be. */
export type Taken = "book" | "diff" | "trade" | "quote" | "mark" | "liquidation" | "other";

/** An order that closed somebody's position by force; decimal texts. */
export interface Liquidated {
  readonly isSale: boolean;
  readonly price: string;
  readonly qty: string;
  readonly timeMs: number;
}

export class SymbolMarket {
  readonly book = new LevelBook();
  readonly bars = new Bars();
  readonly trades: PublicTrade[] = [];
  /** The last best quote, where the feed carries them: most of its frames, and hardly ever asked for, so kept as text. */
  #quote: string | undefined;
  mark: Message | undefined;
  /** The last one that the feed told of. */
  liquidated: Liquidated | undefined;
  /** Time of the last message by the venue's own clock. */
  eventMs = 0;
  /** Pictures of earlier moments, older first: what a stale answer is made of. */
  readonly #old: BookPicture[] = [];
  /** Diffs that came before the full book that they belong to. */
  readonly #early: Message[] = [];
  /** The capture's full book, until the next diff. */
  #captured: BookPicture | undefined;
  #awaiting: boolean;
  #lastDiffId = 0;
  #diffs = 0;

  /** `upcoming` gives the feed's next full book of this symbol. */
  constructor(
    readonly listing: Listing,
    readonly upcoming: () => string | undefined,
    /** Which messages are its trades: aggregates where the feed has no others. */
    readonly tradeEvent: "trade" | "aggTrade" = "trade",
  ) {
    assert(listing.symbol.length > 0, Code.ValueOutOfRange);
    this.#awaiting = upcoming() !== undefined;
  }

  /** Back to before the first frame. */
  clear(): void {
    this.book.clear();
    this.bars.clear();
    this.trades.length = 0;
    this.#old.length = 0;
    this.#early.length = 0;
    this.#captured = undefined;
    this.#lastDiffId = 0;
    this.#diffs = 0;
    this.#awaiting = this.upcoming() !== undefined;
    this.#quote = undefined;
    this.mark = undefined;
    this.liquidated = undefined;
  }

  /** Fields of the last best quote. */
  get quote(): Message | undefined {
    return this.#quote === undefined ? undefined : objectOf(this.#quote);
  }

  take(frame: FeedFrame): Taken {
    assert(frame.symbol === this.listing.symbol, Code.InvariantBroken);
    if (frame.stream.endsWith("@bookTicker")) {
      this.#quote = frame.data;
      return "quote";
    }
    const message = objectOf(frame.data);
    return message === undefined ? "other" : this.#take(frame, message);
  }

  /** The full book as a REST answer would have it now; before and at the capture's own one, that one as it was. */
  picture(): BookPicture {
    if (this.#captured !== undefined) return this.#captured;
    const upcoming = this.#awaiting ? this.upcoming() : undefined;
    return (upcoming === undefined ? undefined : pictureOf(upcoming)) ?? this.#now();
  }

  /** A book from before: so old that diffs are missing in between. */
  stalePicture(): BookPicture {
    const now = this.picture();
    return this.#old[0] ?? { ...now, lastUpdateId: Math.max(1, now.lastUpdateId - STALE_IDS) };
  }

  #now(): BookPicture {
    const { lastUpdateId } = this.book;
    const limit = Number.MAX_SAFE_INTEGER;
    return { lastUpdateId, bids: this.book.bids(limit), asks: this.book.asks(limit), timeMs: this.eventMs };
  }

  #take(frame: FeedFrame, message: Message): Taken {
    const eventMs = wholeOf(message.E);
    if (eventMs !== undefined) this.eventMs = Math.max(this.eventMs, eventMs);
    if (frame.stream === "") return this.#seed(message);
    if (message.e === "depthUpdate" && /^depth(?!\d)/.test(streamKind(frame.stream))) return this.#diff(message);
    if (message.e === this.tradeEvent) return this.#trade(message);
    if (message.e === "markPriceUpdate") {
      this.mark = message;
      return "mark";
    }
    if (message.e === "forceOrder") return this.#liquidation(message.o);
    return "other";
  }

  /** A full book counts while one is awaited; what came before it is applied to it where it is newer. */
  #seed(message: Message): Taken {
    const id = wholeOf(message.lastUpdateId);
    if (id === undefined || !this.#awaiting) return "other";
    this.#awaiting = false;
    this.book.seed(id, message.bids, message.asks);
    this.#captured = this.#now();
    for (const earlier of this.#early.splice(0)) this.#apply(earlier, wholeOf(earlier.u) as number);
    return "book";
  }

  #diff(message: Message): Taken {
    const last = wholeOf(message.u);
    if (last === undefined) return "other";
    const before = this.#lastDiffId;
    this.#lastDiffId = last;
    this.#captured = undefined;
    const follows = wholeOf(message.pu) === before || wholeOf(message.U) === before + 1;
    // After a hole in the capture only its next full book can be right.
    if (before !== 0 && !follows && !this.#awaiting) this.#awaiting = this.upcoming() !== undefined;
    if (this.#awaiting && this.#early.length < EARLY_DIFFS_MAX) this.#early.push(message);
    else this.#apply(message, last);
    return "diff";
  }

  /** What the full book already contains must not be applied to it again. */
  #apply(message: Message, last: number): void {
    assert(Number.isSafeInteger(last), Code.ValueOutOfRange);
    if (last <= this.book.lastUpdateId) return;
    this.book.apply(last, message.b, message.a);
    this.#diffs++;
    if (this.#diffs % STALE_DIFFS !== 0) return;
    this.#old.push(this.#now());
    if (this.#old.length > 2) this.#old.shift();
  }

  #liquidation(order: unknown): Taken {
    if (!isMessage(order)) return "other";
    const { S: side, ap: price, z: qty } = order;
    const timeMs = wholeOf(order.T);
    if ((side !== "BUY" && side !== "SELL") || !isDecimal(price) || !isDecimal(qty) || timeMs === undefined)
      return "other";
    this.liquidated = { isSale: side === "SELL", price, qty, timeMs };
    return "liquidation";
  }

  #trade(message: Message): Taken {
    const { p, q } = message;
    const timeMs = wholeOf(message.T) ?? wholeOf(message.E);
    const id = wholeOf(this.tradeEvent === "trade" ? message.t : message.a);
    if (!isDecimal(p) || !isDecimal(q) || timeMs === undefined || id === undefined) return "other";
    // USD-M also reports what the insurance fund and ADL did: no trade of the market.
    if (typeof message.X === "string" && message.X !== "MARKET") return "other";
    const trade: PublicTrade = { id, price: p, qty: q, timeMs, buyerIsMaker: message.m === true };
    this.trades.push(trade);
    if (this.trades.length > 2 * TRADES_MAX) this.trades.splice(0, TRADES_MAX);
    assert(this.trades.length <= 2 * TRADES_MAX, Code.InvariantBroken);
    this.bars.add(trade);
    return "trade";
  }
}

/** A captured REST answer as a picture, or undefined when it is none. */
export function pictureOf(text: string): BookPicture | undefined {
  const message = objectOf(text);
  const lastUpdateId = wholeOf(message?.lastUpdateId);
  if (!isMessage(message) || lastUpdateId === undefined) return undefined;
  const book = new LevelBook();
  book.seed(lastUpdateId, message.bids, message.asks);
  const limit = Number.MAX_SAFE_INTEGER;
  return { lastUpdateId, bids: book.bids(limit), asks: book.asks(limit), timeMs: wholeOf(message.E) ?? 0 };
}
