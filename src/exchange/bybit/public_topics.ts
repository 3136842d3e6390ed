/** Public topics and who listens: the feed's frames become order books, trades, tickers and bars in Bybit's sequencing. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Bar } from "../bars.ts";
import type { Taken } from "../symbol_market.ts";
import { barMessage, INTERVALS } from "./bars_words.ts";
import { BookChannel, type BookMessage, DEPTHS, type Levels } from "./book_channel.ts";
import type { Ids } from "./ids.ts";
import { type Category, cutText, FEED_OF, type Listed, type Listings, leanText } from "./listing.ts";
import { levelTexts } from "./market_endpoints.ts";
import { changedFields, type Ticker, type Tickers } from "./tickers.ts";

/** Who hears of a topic. */
export interface Listener {
  deliver(topic: string, text: string): void;
}

export interface TopicEnds {
  readonly listings: Listings;
  readonly ids: Ids;
  readonly tickers: Tickers;
  /** True when the feed itself has best quotes of the symbol: finer than its book. */
  hasQuotes(listed: Listed): boolean;
  /** Steady milliseconds. */
  steadyMs(): number;
}

type Kind = "orderbook" | "publicTrade" | "tickers" | "kline" | "allLiquidation";

interface Topic {
  readonly name: string;
  readonly kind: Kind;
  readonly listed: Listed;
  /** Of bars: as the venue names it. */
  readonly interval: string;
  readonly book: BookChannel | undefined;
  readonly listeners: Set<Listener>;
  ticker: Ticker | undefined;
  tickerMs: number;
  bar: Bar | undefined;
}

const TICKER_EVERY_MS: Readonly<Record<Category, number>> = Object.freeze({ spot: 50, linear: 100 });

export class PublicTopics {
  /** `category topic`; kept while the venue runs, so that `u` goes on. */
  readonly #topics = new Map<string, Topic>();
  readonly #ofKey = new Map<string, Topic[]>();

  constructor(readonly ends: TopicEnds) {}

  /** What is wrong with a topic, in the venue's words, or undefined. */
  refusal(category: Category, name: string): string | undefined {
    return this.#topic(category, name) === undefined ? `error:handler not found,topic:${name}` : undefined;
  }

  /** The whole of what there is comes at once, where there is something. */
  join(category: Category, name: string, listener: Listener): void {
    const topic = this.#topic(category, name);
    assert(topic !== undefined, Code.ValueOutOfRange);
    const isFirst = topic.listeners.size === 0;
    topic.listeners.add(listener);
    const now = this.ends.steadyMs();
    const { book, listed } = topic;
    if (book !== undefined) {
      const [bids, asks] = this.#levels(listed, book.depth);
      if (isFirst && bids.length > 0 && asks.length > 0) book.resume(bids, asks, now);
      else if (isFirst) book.clear();
      if (book.isReady) this.#tell([listener], topic, bookText(topic, book.snapshot()));
    } else if (topic.kind === "tickers") {
      const ticker = this.ends.tickers.of(listed);
      if (isFirst) topic.ticker = ticker;
      if (topic.ticker !== undefined) this.#tell([listener], topic, tickerText(topic, "snapshot", topic.ticker));
    }
  }

  leave(category: Category, name: string, listener: Listener): void {
    this.#topic(category, name)?.listeners.delete(listener);
  }

  onFrame(listed: Listed, taken: Taken): void {
    for (const topic of this.#ofKey.get(listed.key) ?? []) {
      if (topic.listeners.size === 0) continue;
      if (topic.kind === "orderbook") this.#onBook(topic, taken);
      else if (topic.kind === "tickers") this.#onTicker(topic, taken);
      else if (topic.kind === "allLiquidation") {
        if (taken === "liquidation") this.#onLiquidation(topic);
      } else if (taken === "trade") {
        if (topic.kind === "publicTrade") this.#onTrade(topic);
        else this.#onBar(topic);
      }
    }
  }

  /** Of the widest book topic, which the answers of REST count by; undefined while nobody listens to it. */
  updateIdOf({ category, symbol }: Listed): number | undefined {
    const topic = this.#topics.get(`${category} orderbook.${DEPTHS.at(-1)}.${symbol}`);
    return topic === undefined || topic.listeners.size === 0 ? undefined : topic.book?.updateId;
  }

  /** Quiet best levels are told again. */
  advance(): void {
    const now = this.ends.steadyMs();
    for (const topic of this.#topics.values()) {
      if (topic.listeners.size === 0) continue;
      const again = topic.book?.repeat(now);
      if (again !== undefined) this.#tell(topic.listeners, topic, bookText(topic, again));
    }
  }

  #onBook(topic: Topic, taken: Taken): void {
    const { listed, book } = topic;
    assert(book !== undefined, Code.InvariantBroken);
    const isFine = book.depth === 1 && this.ends.hasQuotes(listed);
    if (taken !== "book" && taken !== (isFine ? "quote" : "diff")) return;
    const [bids, asks] = this.#levels(listed, book.depth);
    // Before its full book a capture's diffs are no book yet.
    if (bids.length === 0 || asks.length === 0) return;
    const now = this.ends.steadyMs();
    const anew = taken === "book" && book.isReady;
    const message = anew ? book.restart(bids, asks, now) : book.update(bids, asks, now);
    if (message !== undefined) this.#tell(topic.listeners, topic, bookText(topic, message));
  }

  #onTrade(topic: Topic): void {
    const { listed, name } = topic;
    const { market, category, symbol, instrument } = listed;
    const trade = market.trades.at(-1);
    const before = market.trades.at(-2);
    assert(trade !== undefined, Code.InvariantBroken);
    const direction = before === undefined || before.price === trade.price ? "Zero" : "";
    const rises = before === undefined || Number(trade.price) >= Number(before.price); // number-ok: which way only
    const row = {
      T: trade.timeMs,
      s: symbol,
      S: trade.buyerIsMaker ? "Sell" : "Buy",
      v: leanText(trade.qty),
      p: cutText(trade.price, instrument.priceDecimals),
      ...(category === "linear" ? { L: `${direction}${rises ? "Plus" : "Minus"}Tick` } : {}),
      i: this.ends.ids.trade(category, trade.id),
      BT: false,
      RPI: false,
      seq: trade.id,
    };
    this.#tell(
      topic.listeners,
      topic,
      JSON.stringify({ topic: name, type: "snapshot", ts: market.eventMs, data: [row] }),
    );
  }

  /** `S` is the side of the position that was closed: Buy of a long one, which a forced sale ends. */
  #onLiquidation(topic: Topic): void {
    const { listed, name } = topic;
    const { market, symbol, instrument } = listed;
    assert(market.liquidated !== undefined, Code.InvariantBroken);
    const { isSale, price, qty, timeMs } = market.liquidated;
    const p = cutText(price, instrument.priceDecimals);
    const row = { T: timeMs, s: symbol, S: isSale ? "Buy" : "Sell", v: leanText(qty), p };
    this.#tell(
      topic.listeners,
      topic,
      JSON.stringify({ topic: name, type: "snapshot", ts: market.eventMs, data: [row] }),
    );
  }

  #onTicker(topic: Topic, taken: Taken): void {
    const { listed } = topic;
    const { eventMs } = listed.market;
    if (taken === "other" || taken === "liquidation" || eventMs - topic.tickerMs < TICKER_EVERY_MS[listed.category])
      return;
    const ticker = this.ends.tickers.of(listed);
    if (ticker === undefined) return;
    const before = topic.ticker;
    topic.ticker = ticker;
    topic.tickerMs = eventMs;
    const isWhole = listed.category === "spot" || before === undefined;
    const told = before === undefined ? ticker : changedFields(before, ticker);
    if (told === undefined) return;
    this.#tell(topic.listeners, topic, tickerText(topic, isWhole ? "snapshot" : "delta", isWhole ? ticker : told));
  }

  #onBar(topic: Topic): void {
    const { listed, interval, name } = topic;
    const { market } = listed;
    const bars = market.bars.of(INTERVALS[interval] as string);
    const bar = bars.at(-1);
    if (bar === undefined) return;
    const closed = topic.bar !== undefined && topic.bar.openMs !== bar.openMs ? bars.at(-2) : undefined;
    topic.bar = bar;
    const say = (each: Bar, isClosed: boolean) => {
      const data = [barMessage(listed, interval, each, isClosed, market.eventMs)];
      this.#tell(topic.listeners, topic, JSON.stringify({ topic: name, data, ts: market.eventMs, type: "snapshot" }));
    };
    if (closed !== undefined) say(closed, true);
    say(bar, false);
  }

  #tell(listeners: Iterable<Listener>, topic: Topic, text: string): void {
    for (const listener of listeners) listener.deliver(topic.name, text);
  }

  /** Best levels of the feed's own quotes where it has them. */
  #levels(listed: Listed, depth: number): readonly [bids: Levels, asks: Levels] {
    const { market } = listed;
    if (depth === 1 && this.ends.hasQuotes(listed) && !market.book.isEmpty) {
      const { b, B, a, A } = market.quote ?? {};
      if (typeof b === "string" && typeof B === "string" && typeof a === "string" && typeof A === "string") {
        return [levelTexts(listed, [[b, B]]), levelTexts(listed, [[a, A]])];
      }
    }
    return [levelTexts(listed, market.book.bids(depth)), levelTexts(listed, market.book.asks(depth))];
  }

  #topic(category: Category, name: string): Topic | undefined {
    const key = `${category} ${name}`;
    const known = this.#topics.get(key);
    if (known !== undefined) return known;
    const [kind = "", ...rest] = name.split(".");
    const symbol = rest.at(-1) ?? "";
    const listed = this.ends.listings.find(category, symbol);
    if (listed === undefined) return undefined;
    const isForced = kind === "allLiquidation" && category === "linear";
    const isPlain = (kind === "publicTrade" || kind === "tickers" || isForced) && rest.length === 1;
    const depth =
      kind === "orderbook" && rest.length === 2 ? DEPTHS.find((each) => String(each) === rest[0]) : undefined;
    const isBar = kind === "kline" && rest.length === 2 && Object.hasOwn(INTERVALS, rest[0] as string);
    if (!isPlain && depth === undefined && !isBar) return undefined;
    const topic: Topic = {
      name,
      kind: kind as Kind,
      listed,
      interval: isBar ? (rest[0] as string) : "",
      book: depth === undefined ? undefined : new BookChannel(depth),
      listeners: new Set(),
      ticker: undefined,
      tickerMs: 0,
      bar: undefined,
    };
    this.#topics.set(key, topic);
    this.#ofKey.set(listed.key, [...(this.#ofKey.get(listed.key) ?? []), topic]);
    assert(FEED_OF[category] === listed.market.listing.venue, Code.InvariantBroken);
    return topic;
  }
}

/** Spot says `ts` before `type`, derivatives after: nobody may read by position. */
function bookText({ name, listed }: Topic, { type, b, a, u }: BookMessage): string {
  const { market, symbol, category } = listed;
  const ts = market.eventMs;
  const data = { s: symbol, b, a, u, seq: market.book.lastUpdateId };
  const message =
    category === "spot" ? { topic: name, ts, type, data, cts: ts } : { topic: name, type, ts, data, cts: ts };
  return JSON.stringify(message);
}

function tickerText({ name, listed }: Topic, type: string, ticker: Ticker): string {
  const { market, category } = listed;
  const ts = market.eventMs;
  if (category === "linear") {
    return JSON.stringify({ topic: name, type, data: ticker, cs: market.book.lastUpdateId, ts });
  }
  const { bid1Price: _b, bid1Size: _B, ask1Price: _a, ask1Size: _A, ...data } = ticker;
  return JSON.stringify({ topic: name, ts, type, cs: market.book.lastUpdateId, data });
}
