/** Tickers of both categories out of trades, bars, book and mark; of derivatives also what has changed since the last. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Bar } from "../bars.ts";
import { compareDecimals, DecimalSum } from "../decimal_text.ts";
import { type Amount, amountOf, over, plain, rounded, times, ZERO } from "../trading/amount.ts";
import { cutText, type Listed, leanText } from "./listing.ts";

export type Ticker = Readonly<Record<string, string>>;

/** How stale sums over the day may be. */
const DAY_EVERY_MS = 500;

interface Day {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
  readonly turnover: string;
}

export class Tickers {
  readonly #days = new Map<string, { readonly atMs: number; readonly day: Day }>();

  /** Undefined before the first trade. */
  of(listed: Listed): Ticker | undefined {
    const { category, symbol, market, instrument } = listed;
    const last = market.trades.at(-1)?.price;
    const day = this.#day(listed);
    if (last === undefined || day === undefined) return undefined;
    const price = (text: string) => cutText(text, instrument.priceDecimals);
    const [bid = ["", ""]] = market.book.bids(1);
    const [ask = ["", ""]] = market.book.asks(1);
    const common = {
      symbol,
      lastPrice: price(last),
      highPrice24h: price(day.high),
      lowPrice24h: price(day.low),
      prevPrice24h: price(day.open),
      volume24h: day.volume,
      turnover24h: day.turnover,
      price24hPcnt: changeOf(day.open, last),
    };
    const level = (text: string, isPrice: boolean) => (text === "" ? "" : isPrice ? price(text) : leanText(text));
    const quotes = {
      bid1Price: level(bid[0], true),
      bid1Size: level(bid[1], false),
      ask1Price: level(ask[0], true),
      ask1Size: level(ask[1], false),
    };
    if (category === "spot") return { ...common, ...quotes, usdIndexPrice: price(last) };
    const mark = (name: string, usual: string) => {
      const value = market.mark?.[name];
      return typeof value === "string" || typeof value === "number" ? String(value) : usual;
    };
    const open = "10000";
    return {
      ...common,
      tickDirection: "ZeroPlusTick",
      prevPrice1h: price(day.open),
      markPrice: price(mark("p", last)),
      indexPrice: price(mark("i", last)),
      openInterest: open,
      openInterestValue: plain(rounded(times(amountOf(open) ?? ZERO, amountOf(mark("p", last)) ?? ZERO), 2)),
      nextFundingTime: mark("T", "0"),
      fundingRate: leanText(mark("r", "0")),
      fundingIntervalHour: "8",
      ...quotes,
    };
  }

  #day(listed: Listed): Day | undefined {
    const { key, market } = listed;
    const known = this.#days.get(key);
    if (known !== undefined && market.eventMs - known.atMs < DAY_EVERY_MS && market.eventMs >= known.atMs)
      return known.day;
    const day = dayOf(market.bars.of("1m"), listed.instrument.qtyDecimals);
    if (day !== undefined) this.#days.set(key, { atMs: market.eventMs, day });
    return day;
  }
}

/** Fields of derivatives that are not what they were; the symbol is always told. */
export function changedFields(before: Ticker, now: Ticker): Ticker | undefined {
  assert(before["symbol"] === now["symbol"], Code.ValueOutOfRange);
  const changed = Object.entries(now).filter(([name, value]) => before[name] !== value);
  return changed.length === 0 ? undefined : Object.fromEntries([["symbol", now["symbol"] as string], ...changed]);
}

function dayOf(bars: readonly Bar[], qtyDecimals: number): Day | undefined {
  const [first] = bars;
  if (first === undefined) return undefined;
  let { high, low } = first;
  const volume = new DecimalSum();
  const turnover = new DecimalSum();
  for (const bar of bars) {
    if (compareDecimals(bar.high, high) > 0) high = bar.high;
    if (compareDecimals(bar.low, low) < 0) low = bar.low;
    volume.addSum(bar.volume);
    turnover.addSum(bar.quoteVolume);
  }
  return {
    open: first.open,
    high,
    low,
    volume: leanText(volume.text(qtyDecimals)),
    turnover: leanText(turnover.text(8)),
  };
}

/** A share with four places. */
function changeOf(from: string, to: string): string {
  const a: Amount = amountOf(from) ?? ZERO;
  const b: Amount = amountOf(to) ?? ZERO;
  return a === ZERO ? "0" : plain(rounded(over(b - a, a), 4));
}
