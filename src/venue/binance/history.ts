/** How Binance is asked what was traded: klines and aggregate trades, spot and USD-M. */

import type { HistoryDialect, HistoryTrade } from "../wire/price_history.ts";
import type { BinanceMarket } from "./fast_path.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const INTERVALS: Readonly<Record<number, string>> = Object.freeze({
  [DAY_MS]: "1d",
  [HOUR_MS]: "1h",
  [MINUTE_MS]: "1m",
});
/** Few bars weigh least: USD-M counts 1 below 100, 2 below 500, 5 up to 1000. */
const BARS_MAX = 499;
const TRADES_MAX = 1_000;

export function historyDialect(restUrl: string, market: BinanceMarket): HistoryDialect {
  const base = `${restUrl}${market === "spot" ? "/api/v3" : "/fapi/v1"}`;
  return {
    barsMs: [DAY_MS, HOUR_MS, MINUTE_MS],
    barsMax: BARS_MAX,
    tradesMax: TRADES_MAX,
    bars: (symbol, barMs, fromMs, toMs) => ({
      url: `${base}/klines?symbol=${symbol}&interval=${INTERVALS[barMs]}&startTime=${fromMs}&endTime=${toMs - 1}&limit=${BARS_MAX}`,
      weight: 2,
    }),
    // The venue takes either a time or an id, never both.
    trades: (symbol, fromMs, toMs, afterId) => {
      const where = afterId < 0 ? `startTime=${fromMs}&endTime=${toMs - 1}` : `fromId=${afterId + 1}`;
      const url = `${base}/aggTrades?symbol=${symbol}&limit=${TRADES_MAX}&${where}`;
      return { url, weight: market === "spot" ? 4 : 20 };
    },
    readBars(value) {
      if (!Array.isArray(value)) return undefined;
      const bars: { high: string; low: string }[] = [];
      for (const row of value) {
        const [high, low] = Array.isArray(row) ? [row[2], row[3]] : [];
        if (typeof high !== "string" || typeof low !== "string") return undefined;
        bars.push({ high, low });
      }
      return bars;
    },
    readTrades(value) {
      if (!Array.isArray(value)) return undefined;
      const trades: HistoryTrade[] = [];
      for (const row of value) {
        const { a: id, T: timeMs, p: price } = (row ?? {}) as Readonly<Record<string, unknown>>;
        if (typeof id !== "number" || typeof timeMs !== "number" || typeof price !== "string") return undefined;
        trades.push({ id, timeMs, price });
      }
      return trades;
    },
  };
}
