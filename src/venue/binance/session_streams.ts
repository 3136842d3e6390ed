/** Which streams a symbol has, what they are called, and on which path of the venue they speak. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { TopicKind, type TopicName } from "../wire/line_session.ts";
import type { BinanceMarket } from "./fast_path.ts";

export interface StreamChoice {
  /** USD-M documents `aggTrade` only. */
  readonly trades: "trade" | "aggTrade" | "none";
  readonly quotes: boolean;
  readonly depth: "0ms" | "100ms" | "250ms" | "500ms" | "1000ms" | "none";
  /** USD-M: mark price, index and funding rate, each second. */
  readonly marks?: boolean;
  /** USD-M: orders that closed positions by force, the newest of each second. */
  readonly liquidations?: boolean;
}

/** A USD-M stream on the wrong path is silence, not an error. */
export function streamsOf(market: BinanceMarket, symbol: string, choice: StreamChoice): TopicName[] {
  assert(symbol.length > 0, Code.ValueOutOfRange);
  const low = symbol.toLowerCase();
  const names: TopicName[] = [];
  const add = (kind: TopicKind, suffix: string) => {
    names.push({ name: `${low}@${suffix}`, kind, path: pathOf(market, kind) });
  };
  if (choice.trades !== "none") add(TopicKind.Trades, choice.trades);
  if (choice.quotes) add(TopicKind.Quotes, "bookTicker");
  if (choice.depth !== "none") add(TopicKind.Book, depthSuffix(market, choice.depth));
  if (choice.marks === true && market === "usdm") add(TopicKind.Marks, "markPrice@1s");
  if (choice.liquidations === true && market === "usdm") add(TopicKind.Liquidations, "forceOrder");
  return names;
}

/** The venue's default speed has no suffix: 1000 ms on spot, 250 ms on USD-M. */
function depthSuffix(market: BinanceMarket, speed: string): string {
  const usual = market === "spot" ? "1000ms" : "250ms";
  return speed === usual ? "depth" : `depth@${speed}`;
}

function pathOf(market: BinanceMarket, kind: TopicKind): string {
  if (market === "spot") return "/stream";
  return kind === TopicKind.Quotes || kind === TopicKind.Book ? "/public/stream" : "/market/stream";
}
