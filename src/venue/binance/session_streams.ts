/** Which streams a symbol has, what they are called, and on which path of the venue they speak. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { BinanceMarket } from "./fast_path.ts";

export interface SessionSymbol {
  /** The venue's own symbol, upper case. */
  readonly symbol: string;
  /** Dense listing id. */
  readonly instrument: number;
  /** False: known, but streamed only once somebody subscribes. */
  readonly streamed?: boolean;
}

export interface StreamChoice {
  /** USD-M documents `aggTrade` only. */
  readonly trades: "trade" | "aggTrade" | "none";
  readonly quotes: boolean;
  readonly depth: "0ms" | "100ms" | "250ms" | "500ms" | "1000ms" | "none";
  /** USD-M: mark price, index and funding rate, each second. */
  readonly marks?: boolean;
}

export enum StreamKind {
  Trades = 0,
  Quotes = 1,
  Depth = 2,
  Marks = 3,
}

/** One stream of one instrument. */
export interface StreamName {
  readonly name: string;
  readonly kind: StreamKind;
  /** Path under the base URL, `/stream` included: a USD-M stream on the wrong path is silence, not an error. */
  readonly path: string;
}

export function streamsOf(market: BinanceMarket, symbol: string, choice: StreamChoice): StreamName[] {
  assert(symbol.length > 0, Code.ValueOutOfRange);
  const low = symbol.toLowerCase();
  const names: StreamName[] = [];
  const add = (kind: StreamKind, suffix: string) => {
    names.push({ name: `${low}@${suffix}`, kind, path: pathOf(market, kind) });
  };
  if (choice.trades !== "none") add(StreamKind.Trades, choice.trades);
  if (choice.quotes) add(StreamKind.Quotes, "bookTicker");
  if (choice.depth !== "none") add(StreamKind.Depth, depthSuffix(market, choice.depth));
  if (choice.marks === true && market === "usdm") add(StreamKind.Marks, "markPrice@1s");
  return names;
}

/** The venue's default speed has no suffix: 1000 ms on spot, 250 ms on USD-M. */
function depthSuffix(market: BinanceMarket, speed: string): string {
  const usual = market === "spot" ? "1000ms" : "250ms";
  return speed === usual ? "depth" : `depth@${speed}`;
}

function pathOf(market: BinanceMarket, kind: StreamKind): string {
  if (market === "spot") return "/stream";
  return kind === StreamKind.Quotes || kind === StreamKind.Depth ? "/public/stream" : "/market/stream";
}
