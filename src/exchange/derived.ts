/** Streams that the feed does not carry but that follow from what it does: aggTrade, best quotes, best levels, bars. */

import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Bar, INTERVAL_MINUTES, type PublicTrade } from "./bars.ts";
import type { Channels } from "./channels.ts";
import type { SimVenue } from "./feed.ts";
import type { SymbolMarket, Taken } from "./symbol_market.ts";

const PARTIAL_LEVELS: readonly number[] = Object.freeze([5, 10, 20]);
/** Spacing of best levels and of bars, by event time. */
const PARTIAL_MS = 100;
const BAR_MS = 250;

/** One for each symbol. */
export class Derived {
  readonly #venue: SimVenue;
  readonly #low: string;
  #partialMs = 0;
  #barMs = 0;
  #top = "";
  readonly #bars = new Map<string, Bar>();

  constructor(
    readonly market: SymbolMarket,
    readonly channels: Channels,
  ) {
    this.#venue = market.listing.venue;
    this.#low = market.listing.symbol.toLowerCase();
  }

  clear(): void {
    this.#bars.clear();
    this.#partialMs = 0;
    this.#barMs = 0;
    this.#top = "";
  }

  /** After a frame was taken into the market and sent. */
  after(taken: Taken): void {
    if (taken === "trade") this.#afterTrade(present(this.market.trades.at(-1)));
    if (taken === "diff" || taken === "book") this.#afterBook();
  }

  #afterTrade(trade: PublicTrade): void {
    assert(trade.price.length > 0, Code.InvariantBroken);
    if (this.#wants("aggTrade")) this.#publish("aggTrade", aggTrade(this.#venue, this.market, trade));
    const closes = trade.timeMs - this.#barMs >= BAR_MS;
    if (closes) this.#barMs = trade.timeMs;
    for (const interval of Object.keys(INTERVAL_MINUTES)) {
      if (!this.#wants(`kline_${interval}`)) continue;
      const bar = present(this.market.bars.last(interval));
      const before = this.#bars.get(interval);
      if (before !== undefined && before.openMs !== bar.openMs) {
        const closed = this.market.bars.of(interval).at(-2);
        if (closed !== undefined) this.#publish(`kline_${interval}`, this.#kline(closed, interval, true));
      }
      if (closes || before?.openMs !== bar.openMs) {
        this.#publish(`kline_${interval}`, this.#kline(bar, interval, false));
      }
      this.#bars.set(interval, bar);
    }
  }

  #afterBook(): void {
    const { book, eventMs } = this.market;
    assert(eventMs >= 0, Code.InvariantBroken);
    const { bestBid, bestAsk } = book;
    // Before its full book a capture's diffs are no book yet.
    if (bestBid === undefined || bestAsk === undefined) return;
    if (this.#wants("bookTicker")) {
      const [b, B] = bestBid;
      const [a, A] = bestAsk;
      const top = `${b} ${B} ${a} ${A}`;
      const head = this.#venue === "binance-usdm" ? { e: "bookTicker" } : {};
      const tail = this.#venue === "binance-usdm" ? { T: eventMs, E: eventMs } : {};
      if (top !== this.#top) {
        this.#publish("bookTicker", { ...head, u: book.lastUpdateId, s: this.#symbol, b, B, a, A, ...tail });
      }
      this.#top = top;
    }
    if (eventMs - this.#partialMs < PARTIAL_MS) return;
    this.#partialMs = eventMs;
    for (const levels of PARTIAL_LEVELS) {
      const name = `depth${levels}`;
      if (!this.#wants(name)) continue;
      const bids = book.bids(levels);
      const asks = book.asks(levels);
      const u = book.lastUpdateId;
      if (this.#venue === "binance-spot") this.#publish(name, { lastUpdateId: u, bids, asks });
      else {
        const head = { e: "depthUpdate", E: eventMs, T: eventMs, s: this.#symbol };
        this.#publish(name, { ...head, U: u, u, pu: u, b: bids, a: asks });
      }
    }
  }

  get #symbol(): string {
    return this.market.listing.symbol;
  }

  #wants(kind: string): boolean {
    const { channels } = this;
    return !channels.isCarried(this.#venue, this.#low, kind) && channels.isWanted(this.#venue, `${this.#low}@${kind}`);
  }

  #publish(kind: string, message: object): void {
    this.channels.publish(this.#venue, `${this.#low}@${kind}`, JSON.stringify(message), undefined);
  }

  #kline(bar: Bar, interval: string, isClosed: boolean): object {
    const { qtyDecimals, priceDecimals } = this.market.listing;
    return {
      e: "kline",
      E: this.market.eventMs,
      s: this.#symbol,
      k: {
        t: bar.openMs,
        T: bar.closeMs,
        s: this.#symbol,
        i: interval,
        f: bar.firstId,
        L: bar.lastId,
        o: bar.open,
        c: bar.close,
        h: bar.high,
        l: bar.low,
        v: bar.volume.text(qtyDecimals),
        n: bar.trades,
        x: isClosed,
        q: bar.quoteVolume.text(Math.max(priceDecimals, qtyDecimals)),
        V: bar.takerVolume.text(qtyDecimals),
        Q: bar.takerQuoteVolume.text(Math.max(priceDecimals, qtyDecimals)),
        B: "0",
      },
    };
  }
}

/** Each trade is an aggregate of its own: true, only finer than the venue's. */
function aggTrade(venue: SimVenue, market: SymbolMarket, trade: PublicTrade): object {
  const { id, price, qty, timeMs, buyerIsMaker } = trade;
  const head = { e: "aggTrade", E: Math.max(market.eventMs, timeMs), s: market.listing.symbol, a: id };
  const body = { p: price, q: qty, f: id, l: id, T: timeMs, m: buyerIsMaker };
  return venue === "binance-spot" ? { ...head, ...body, M: true } : { ...head, ...body };
}
