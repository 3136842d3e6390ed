/** Public data of OKX as rows of its answers and channels: trades, tickers, marks, funding, candles. */

import { type Bar, INTERVAL_MINUTES, type PublicTrade } from "../bars.ts";
import { wholeOf } from "../message.ts";
import type { OkxListing } from "./listings.ts";
import { shifted, trimmed } from "./texts.ts";

const VOLUME_DECIMALS = 8;
const FUNDING_SPAN_MS = 28_800_000;

/** `1H` of OKX is `1h` of the bars; `1Dutc` is a day too. Undefined: not served. */
export function intervalOf(bar: string): string | undefined {
  const name = bar.replace(/utc$/, "");
  const interval = /^\d+[HD]$/.test(name) ? name.toLowerCase() : name;
  return Object.hasOwn(INTERVAL_MINUTES, interval) ? interval : undefined;
}

export function tradeRow({ instId, contractPower }: OkxListing, trade: PublicTrade): Record<string, unknown> {
  return {
    instId,
    tradeId: String(trade.id),
    px: trimmed(trade.price),
    sz: shifted(trade.qty, -contractPower),
    side: trade.buyerIsMaker ? "sell" : "buy",
    ts: String(trade.timeMs),
  };
}

export function liquidationRow({ instId, instType, market, contractPower }: OkxListing): object | undefined {
  const { liquidated } = market;
  if (liquidated === undefined) return undefined;
  const { isSale, price, qty, timeMs } = liquidated;
  const detail = {
    bkLoss: "0",
    bkPx: trimmed(price),
    ccy: "",
    posSide: isSale ? "long" : "short",
    side: isSale ? "sell" : "buy",
    sz: shifted(qty, -contractPower),
    ts: String(timeMs),
  };
  const uly = instId.replace(/-SWAP$/, "");
  return { details: [detail], instFamily: uly, instId, instType, uly };
}

/** The day is the one of the bars that are kept. */
export function tickerRow({ instId, instType, market, contractPower }: OkxListing): Record<string, string> {
  const { book, trades, bars, eventMs } = market;
  const last = trades.at(-1);
  const day = bars.last("1d");
  const lastPx = last === undefined ? trimmed(book.bestBid?.[0] ?? "") : trimmed(last.price);
  const size = (qty: string | undefined) => (qty === undefined ? "" : shifted(qty, -contractPower));
  const base = day?.volume.text(VOLUME_DECIMALS) ?? "0";
  const quote = day?.quoteVolume.text(VOLUME_DECIMALS) ?? "0";
  const open = day === undefined ? lastPx : trimmed(day.open);
  return {
    instType,
    instId,
    last: lastPx,
    lastSz: size(last?.qty),
    askPx: trimmed(book.bestAsk?.[0] ?? ""),
    askSz: size(book.bestAsk?.[1]),
    bidPx: trimmed(book.bestBid?.[0] ?? ""),
    bidSz: size(book.bestBid?.[1]),
    open24h: open,
    high24h: day === undefined ? lastPx : trimmed(day.high),
    low24h: day === undefined ? lastPx : trimmed(day.low),
    volCcy24h: trimmed(instType === "SPOT" ? quote : base),
    vol24h: shifted(base, -contractPower),
    ts: String(eventMs),
    sodUtc0: open,
    sodUtc8: open,
  };
}

/** Undefined before the feed has told one. */
export function markRow({ instId, instType, market }: OkxListing): Record<string, string> | undefined {
  const { mark, eventMs } = market;
  const px = mark?.p;
  const last = market.trades.at(-1)?.price ?? market.book.bestBid?.[0];
  const text = typeof px === "string" ? px : instType === "SPOT" ? last : undefined;
  if (text === undefined) return undefined;
  return { instType, instId, markPx: trimmed(text), ts: String(wholeOf(mark?.E) ?? eventMs) };
}

/** `BTC-USDT` of `BTC-USDT-SWAP`. */
export function indexOf({ instrument }: OkxListing): string {
  return `${instrument.base}-${instrument.quote}`;
}

/** Undefined before the feed has told one. The day of an index is not kept: it opens where it stands. */
export function indexRow(listing: OkxListing): Record<string, string> | undefined {
  const { mark, eventMs } = listing.market;
  if (typeof mark?.["i"] !== "string") return undefined;
  const idxPx = trimmed(mark["i"]);
  const day = { high24h: idxPx, low24h: idxPx, open24h: idxPx, sodUtc0: idxPx, sodUtc8: idxPx };
  return { instId: indexOf(listing), idxPx, ...day, ts: String(wholeOf(mark.E) ?? eventMs) };
}

export function fundingRow({ instId, instType, market }: OkxListing): Record<string, string> | undefined {
  const { mark } = market;
  const dueMs = wholeOf(mark?.T);
  if (mark === undefined || dueMs === undefined || typeof mark.r !== "string") return undefined;
  return {
    formulaType: "withRate",
    fundingRate: trimmed(mark.r),
    fundingTime: String(dueMs),
    impactValue: "",
    instId,
    instType,
    interestRate: "",
    maxFundingRate: "0.015",
    method: "current_period",
    minFundingRate: "-0.015",
    nextFundingRate: "",
    nextFundingTime: String(dueMs + FUNDING_SPAN_MS),
    premium: "",
    settFundingRate: "",
    settState: "settled",
    ts: String(wholeOf(mark.E) ?? market.eventMs),
  };
}

/** `[ts, o, h, l, c, vol, volCcy, volCcyQuote, confirm]`. */
export function candleRow({ contractPower }: OkxListing, bar: Bar, isClosed: boolean): string[] {
  const base = bar.volume.text(VOLUME_DECIMALS);
  const quote = trimmed(bar.quoteVolume.text(VOLUME_DECIMALS));
  const prices = [bar.open, bar.high, bar.low, bar.close].map(trimmed);
  const volume = shifted(base, -contractPower);
  return [String(bar.openMs), ...prices, volume, trimmed(base), quote, isClosed ? "1" : "0"];
}
