/** Bars as Bybit names and writes them: intervals `1` to `720` and `D`. */

import type { Bar } from "../bars.ts";
import { cutText, type Listed, leanText } from "./listing.ts";

/** Theirs → the simulator's. */
export const INTERVALS: Readonly<Record<string, string>> = Object.freeze({
  "1": "1m",
  "3": "3m",
  "5": "5m",
  "15": "15m",
  "30": "30m",
  "60": "1h",
  "120": "2h",
  "240": "4h",
  "360": "6h",
  "720": "12h",
  D: "1d",
});

/** `[start, open, high, low, close, volume, turnover]`. */
export function barRow({ instrument }: Listed, bar: Bar): string[] {
  const price = (text: string) => cutText(text, instrument.priceDecimals);
  const volume = leanText(bar.volume.text(instrument.qtyDecimals));
  const turnover = leanText(bar.quoteVolume.text(8));
  return [String(bar.openMs), price(bar.open), price(bar.high), price(bar.low), price(bar.close), volume, turnover];
}

/** As on the stream. */
export function barMessage(listed: Listed, interval: string, bar: Bar, isClosed: boolean, timeMs: number): object {
  const [, open, high, low, close, volume, turnover] = barRow(listed, bar);
  const times = { start: bar.openMs, end: bar.closeMs, interval };
  return { ...times, open, close, high, low, volume, turnover, confirm: isClosed, timestamp: timeMs };
}
