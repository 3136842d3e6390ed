/** The public REST endpoints of spot and USD-M: what each weighs, which parameters it reads, what it answers. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Bar, INTERVAL_MINUTES, type PublicTrade } from "./bars.ts";
import { DecimalSum } from "./decimal_text.ts";
import { exchangeInfo } from "./exchange_info.ts";
import type { SimVenue } from "./feed.ts";
import type { Hub } from "./hub.ts";
import type { Message } from "./message.ts";
import { type RestQuery, VenueError } from "./rest_query.ts";
import type { BookPicture, SymbolMarket } from "./symbol_market.ts";

/** What the endpoints need. */
export interface RestContext {
  readonly hub: Hub;
  readonly venue: SimVenue;
  /** True: answer a book from before. */
  readonly isStale: () => boolean;
  readonly savedInfo: Message | undefined;
  /** The venue's clock: the feed's. */
  serverMs(): number;
}

export interface Endpoint {
  weight(query: RestQuery): number;
  answer(query: RestQuery, context: RestContext): unknown;
}

const USDM_DEPTHS: readonly number[] = Object.freeze([5, 10, 20, 50, 100, 500, 1_000]);

/** The endpoint of a path without its version prefix, or undefined. */
export function endpointOf(venue: SimVenue, name: string): Endpoint | undefined {
  const isSpot = venue === "binance-spot";
  switch (name) {
    case "ping":
      return { weight: () => 1, answer: () => ({}) };
    case "time":
      return { weight: () => 1, answer: (_, context) => ({ serverTime: context.serverMs() }) };
    case "exchangeInfo":
      return { weight: () => (isSpot ? 20 : 1), answer: answerInfo };
    case "depth":
      return { weight: (query) => depthWeight(venue, query), answer: answerDepth };
    case "trades":
      return { weight: () => (isSpot ? 25 : 5), answer: answerTrades };
    case "aggTrades":
      return { weight: () => (isSpot ? 4 : 20), answer: answerAggregates };
    case "klines":
      return { weight: (query) => klinesWeight(venue, query), answer: answerKlines };
    case "ticker/bookTicker":
      return { weight: (query) => (query.text("symbol") === undefined ? (isSpot ? 4 : 5) : 2), answer: answerQuotes };
    case "ticker/price":
      return { weight: (query) => (query.text("symbol") === undefined && isSpot ? 4 : 2), answer: answerPrices };
    case "premiumIndex":
      return isSpot ? undefined : { weight: () => 1, answer: answerPremium };
    default:
      return undefined;
  }
}

function answerInfo(query: RestQuery, context: RestContext): unknown {
  const { hub, venue } = context;
  for (const name of ["permissions", "showPermissionSets", "symbolStatus"]) query.text(name);
  const one = query.text("symbol");
  const many = query.text("symbols");
  const markets = hub.markets(venue);
  let wanted = markets.map((market) => market.listing);
  if (one !== undefined || many !== undefined) {
    if (one !== undefined && many !== undefined)
      throw new VenueError(400, -1_128, "Combination of optional parameters invalid.");
    const names = one === undefined ? namesOf(many as string) : [one];
    wanted = names.map((name) => marketOf(query, context, name).listing);
  }
  return exchangeInfo(venue, wanted, context.serverMs(), context.savedInfo);
}

function answerDepth(query: RestQuery, context: RestContext): unknown {
  const isSpot = context.venue === "binance-spot";
  const limit = query.whole("limit", isSpot ? 100 : 500, isSpot ? 5_000 : Number.MAX_SAFE_INTEGER);
  if (!isSpot && !USDM_DEPTHS.includes(limit)) throw new VenueError(400, -4_021, `${limit} is not valid depth limit.`);
  const market = marketOf(query, context, query.required("symbol"));
  context.hub.noteBookAsked(context.venue, market.listing.symbol);
  assert(limit > 0, Code.ValueOutOfRange);
  const { lastUpdateId, bids, asks, timeMs } = context.isStale() ? market.stalePicture() : market.picture();
  const times = isSpot ? {} : { E: timeMs, T: timeMs };
  return {
    lastUpdateId,
    ...times,
    bids: bids.slice(0, limit),
    asks: asks.slice(0, limit),
  } satisfies Partial<BookPicture>;
}

function answerTrades(query: RestQuery, context: RestContext): unknown {
  const limit = query.whole("limit", 500, 1_000);
  const market = marketOf(query, context, query.required("symbol"));
  return market.trades.slice(-limit).map((trade) => {
    const { id, price, qty, timeMs, buyerIsMaker } = trade;
    const row = { id, price, qty, quoteQty: quoteQty(market, trade), time: timeMs, isBuyerMaker: buyerIsMaker };
    return context.venue === "binance-spot" ? { ...row, isBestMatch: true } : row;
  });
}

/** Each trade is an aggregate of its own, as on the stream. */
function answerAggregates(query: RestQuery, context: RestContext): unknown {
  const limit = query.whole("limit", 500, 1_000);
  const fromId = query.optionalWhole("fromId");
  const startTime = query.optionalWhole("startTime");
  const endTime = query.optionalWhole("endTime");
  const market = marketOf(query, context, query.required("symbol"));
  const isWanted = (trade: PublicTrade) =>
    trade.id >= (fromId ?? 0) && trade.timeMs >= (startTime ?? 0) && trade.timeMs <= (endTime ?? Infinity);
  const found = market.trades.filter(isWanted);
  const rows = fromId === undefined && startTime === undefined ? found.slice(-limit) : found.slice(0, limit);
  return rows.map(({ id, price, qty, timeMs, buyerIsMaker }) => {
    const row = { a: id, p: price, q: qty, f: id, l: id, T: timeMs, m: buyerIsMaker };
    return context.venue === "binance-spot" ? { ...row, M: true } : row;
  });
}

function answerKlines(query: RestQuery, context: RestContext): unknown {
  const limit = query.whole("limit", 500, context.venue === "binance-spot" ? 1_000 : 1_500);
  const interval = query.required("interval");
  const startTime = query.optionalWhole("startTime");
  const endTime = query.optionalWhole("endTime");
  query.text("timeZone");
  const market = marketOf(query, context, query.required("symbol"));
  if (!Object.hasOwn(INTERVAL_MINUTES, interval)) throw new VenueError(400, -1_120, "Invalid interval.");
  const found = market.bars
    .of(interval)
    .filter((bar) => bar.openMs >= (startTime ?? 0) && bar.openMs <= (endTime ?? Infinity));
  const rows = startTime === undefined ? found.slice(-limit) : found.slice(0, limit);
  return rows.map((bar) => klineRow(market, bar));
}

function answerQuotes(query: RestQuery, context: RestContext): unknown {
  return oneOrAll(query, context, (market) => {
    const { quote, book, listing } = market;
    const text = (value: unknown, level: string | undefined) => (typeof value === "string" ? value : (level ?? "0"));
    const row = {
      symbol: listing.symbol,
      bidPrice: text(quote?.b, book.bestBid?.[0]),
      bidQty: text(quote?.B, book.bestBid?.[1]),
      askPrice: text(quote?.a, book.bestAsk?.[0]),
      askQty: text(quote?.A, book.bestAsk?.[1]),
    };
    return context.venue === "binance-spot" ? row : { ...row, time: market.eventMs, lastUpdateId: book.lastUpdateId };
  });
}

function answerPrices(query: RestQuery, context: RestContext): unknown {
  return oneOrAll(query, context, (market) => {
    const row = {
      symbol: market.listing.symbol,
      price: market.trades.at(-1)?.price ?? market.book.bestBid?.[0] ?? "0",
    };
    return context.venue === "binance-spot" ? row : { ...row, time: market.eventMs };
  });
}

function answerPremium(query: RestQuery, context: RestContext): unknown {
  return oneOrAll(query, context, ({ mark, listing, eventMs }) => ({
    symbol: listing.symbol,
    markPrice: mark?.p ?? "0",
    indexPrice: mark?.i ?? "0",
    estimatedSettlePrice: mark?.P ?? "0",
    lastFundingRate: mark?.r ?? "0",
    interestRate: "0.00010000",
    nextFundingTime: mark?.T ?? 0,
    time: eventMs,
  }));
}

function oneOrAll(query: RestQuery, context: RestContext, row: (market: SymbolMarket) => unknown): unknown {
  const one = query.text("symbol");
  if (one !== undefined) return row(marketOf(query, context, one));
  const many = query.text("symbols");
  if (many === undefined) return context.hub.markets(context.venue).map(row);
  return namesOf(many).map((name) => row(marketOf(query, context, name)));
}

function marketOf(query: RestQuery, context: RestContext, name: string): SymbolMarket {
  const market = context.hub.market(context.venue, query.symbol(name));
  if (market === undefined) throw new VenueError(400, -1_121, "Invalid symbol.");
  return market;
}

/** `["BTCUSDT","ETHUSDT"]`. */
function namesOf(text: string): string[] {
  const names = listOf(text);
  if (names !== undefined) return names;
  throw new VenueError(400, -1_100, "Illegal characters found in parameter 'symbols'.");
}

function listOf(text: string): string[] | undefined {
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
  } catch {
    return undefined;
  }
}

function klineRow(market: SymbolMarket, bar: Bar): unknown[] {
  const { qtyDecimals, priceDecimals } = market.listing;
  const quoteDecimals = Math.max(qtyDecimals, priceDecimals);
  assert(bar.openMs <= bar.closeMs && bar.trades > 0, Code.InvariantBroken);
  return [
    bar.openMs,
    bar.open,
    bar.high,
    bar.low,
    bar.close,
    bar.volume.text(qtyDecimals),
    bar.closeMs,
    bar.quoteVolume.text(quoteDecimals),
    bar.trades,
    bar.takerVolume.text(qtyDecimals),
    bar.takerQuoteVolume.text(quoteDecimals),
    "0",
  ];
}

function quoteQty(market: SymbolMarket, trade: PublicTrade): string {
  assert(trade.id >= 0, Code.ValueOutOfRange);
  const sum = new DecimalSum();
  sum.addProduct(trade.price, trade.qty);
  return sum.text(Math.max(market.listing.qtyDecimals, market.listing.priceDecimals));
}

function depthWeight(venue: SimVenue, query: RestQuery): number {
  const isSpot = venue === "binance-spot";
  const limit = query.whole("limit", isSpot ? 100 : 500, 5_000);
  if (isSpot) return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1_000 ? 50 : 250;
  return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
}

function klinesWeight(venue: SimVenue, query: RestQuery): number {
  if (venue === "binance-spot") return 2;
  const limit = query.whole("limit", 500, 1_500);
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1_000 ? 5 : 10;
}
