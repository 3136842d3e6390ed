/** Bybit's public endpoints: time, instruments, book, trades, tickers, bars. */

import type { PublicTrade } from "../bars.ts";
import { barRow, INTERVALS } from "./bars_words.ts";
import { paramError } from "./bybit_error.ts";
import type { Ids } from "./ids.ts";
import { type Category, cutText, infoRow, type Listed, type Listings, leanText } from "./listing.ts";
import type { Params } from "./params.ts";
import type { Tickers } from "./tickers.ts";

export interface MarketEnds {
  readonly listings: Listings;
  readonly ids: Ids;
  readonly tickers: Tickers;
  /** What the book's topic of 1,000 levels counts, while somebody listens to it. */
  updateIdOf(listed: Listed): number | undefined;
  /** The venue's clock. */
  nowMs(): number;
}

type Answer = (ends: MarketEnds, params: Params) => unknown;

export function marketEndpoint(path: string): Answer | undefined {
  switch (path) {
    case "/v5/market/time":
      return ({ nowMs }) => ({ timeSecond: String(Math.floor(nowMs() / 1_000)), timeNano: `${nowMs()}000000` });
    case "/v5/market/instruments-info":
      return instruments;
    case "/v5/market/orderbook":
      return book;
    case "/v5/market/recent-trade":
      return trades;
    case "/v5/market/tickers":
      return tickers;
    case "/v5/market/kline":
      return bars;
    default:
      return undefined;
  }
}

/** Categories of which nothing is listed here are asked for by those who load everything. */
function categoryOf(params: Params): Category | undefined {
  return params.isElsewhere ? undefined : params.category();
}

function listedOf({ listings }: MarketEnds, params: Params): Listed {
  const category = categoryOf(params);
  const found = category === undefined ? undefined : listings.find(category, params.required("symbol"));
  if (found === undefined) throw paramError("Not supported symbols");
  return found;
}

function instruments(ends: MarketEnds, params: Params): unknown {
  const category = categoryOf(params);
  const symbol = params.text("symbol");
  const base = params.text("baseCoin");
  const status = params.text("status") ?? "Trading";
  const list = (category === undefined || status !== "Trading" ? [] : ends.listings.of(category))
    .filter((each) => symbol === undefined || each.symbol === symbol)
    .filter((each) => base === undefined || each.instrument.base === base);
  return { category: params.text("category"), list: list.map(infoRow), nextPageCursor: "" };
}

function book(ends: MarketEnds, params: Params): unknown {
  const listed = listedOf(ends, params);
  const { market, symbol, category } = listed;
  const limit = params.limit(category === "spot" ? 1 : 25, 1_000);
  const picture = market.picture();
  return {
    s: symbol,
    b: levelTexts(listed, picture.bids.slice(0, limit)),
    a: levelTexts(listed, picture.asks.slice(0, limit)),
    ts: ends.nowMs(),
    u: ends.updateIdOf(listed) ?? picture.lastUpdateId,
    seq: picture.lastUpdateId,
    cts: market.eventMs,
  };
}

function trades(ends: MarketEnds, params: Params): unknown {
  const listed = listedOf(ends, params);
  const { category, market } = listed;
  const limit = category === "spot" ? params.limit(60, 60) : params.limit(500, 1_000);
  const list = market.trades.slice(-limit).reverse();
  return { category, list: list.map((trade) => tradeRow(ends.ids, listed, trade)) };
}

function tickers(ends: MarketEnds, params: Params): unknown {
  const category = categoryOf(params);
  const symbol = params.text("symbol");
  if (symbol !== undefined) listedOf(ends, params);
  const listed = category === undefined ? [] : ends.listings.of(category);
  const list = listed.filter((each) => symbol === undefined || each.symbol === symbol);
  const rows = list.map((each) => ends.tickers.of(each)).filter((row) => row !== undefined);
  return { category: params.text("category"), list: rows };
}

/** Newest first. */
function bars(ends: MarketEnds, params: Params): unknown {
  const listed = listedOf(ends, params);
  const interval = INTERVALS[params.required("interval")];
  if (interval === undefined) throw paramError("Invalid period!");
  const from = params.whole("start") ?? 0;
  const to = params.whole("end") ?? Number.MAX_SAFE_INTEGER;
  const within = listed.market.bars.of(interval).filter(({ openMs }) => openMs >= from && openMs <= to);
  const list = within.slice(-params.limit(200, 1_000)).reverse();
  return { symbol: listed.symbol, category: listed.category, list: list.map((bar) => barRow(listed, bar)) };
}

function tradeRow(ids: Ids, { category, symbol, instrument }: Listed, trade: PublicTrade): object {
  return {
    execId: ids.trade(category, trade.id),
    symbol,
    price: cutText(trade.price, instrument.priceDecimals),
    size: leanText(trade.qty),
    side: trade.buyerIsMaker ? "Sell" : "Buy",
    time: String(trade.timeMs),
    isBlockTrade: false,
    isRPITrade: false,
    seq: String(trade.id),
  };
}

/** Levels of the feed with the places that the venue writes. */
export function levelTexts(
  { instrument }: Listed,
  levels: readonly (readonly [string, string])[],
): [price: string, qty: string][] {
  return levels.map(([price, qty]) => [cutText(price, instrument.priceDecimals), leanText(qty)]);
}
