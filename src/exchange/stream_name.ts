/** Names of public streams: which are names at all, which path carries them, and which one a request means. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { INTERVAL_MINUTES } from "./bars.ts";
import type { SimVenue } from "./feed.ts";

/** Parts of a USD-M connection's path: a stream on the wrong one is silence, not an error. */
export type Route = "all" | "public" | "market" | "private";

export interface StreamName {
  /** Lower case; empty for streams of all symbols (`!ticker@arr`). */
  readonly symbol: string;
  /** `trade`, `depth@100ms`, `kline_1m`… */
  readonly kind: string;
}

const KINDS =
  /^(?:trade|aggTrade|bookTicker|ticker|miniTicker|avgPrice|markPrice(?:@1s)?|forceOrder|depth(?:5|10|20)?(?:@(?:0|100|250|500|1000)ms)?)$/;
const ALL_SYMBOLS = /^!(?:bookTicker|miniTicker@arr|ticker@arr|markPrice@arr(?:@1s)?|forceOrder@arr|serverShutdown)$/;

/** Undefined when the venue has no stream of such a name. */
export function parseStreamName(name: string): StreamName | undefined {
  if (ALL_SYMBOLS.test(name)) return { symbol: "", kind: name };
  assert(typeof name === "string", Code.ValueOutOfRange);
  const at = name.indexOf("@");
  if (at < 1) return undefined;
  const symbol = name.slice(0, at);
  const kind = name.slice(at + 1);
  const bar = /^kline_(\w+)$/.exec(kind)?.[1];
  const isKnown = bar === undefined ? KINDS.test(kind) : Object.hasOwn(INTERVAL_MINUTES, bar);
  return isKnown && /^[a-z0-9_.-]{1,40}$/.test(symbol) ? { symbol, kind } : undefined;
}

export function isServedOn(route: Route, venue: SimVenue, kind: string): boolean {
  if (route === "all" || venue === "binance-spot") return true;
  if (route === "private") return false;
  // Undocumented there; independent clients ask for it on either path.
  if (kind === "trade") return true;
  const isPublic = kind.startsWith("depth") || kind === "bookTicker" || kind === "!bookTicker";
  return isPublic === (route === "public");
}

/** Names in `/ws/a/b` and `/stream?streams=a/b`. */
export function streamNamesOfPath(path: string): string[] {
  const mark = path.indexOf("?");
  const query = new URLSearchParams(mark < 0 ? "" : path.slice(mark + 1));
  const place = mark < 0 ? path : path.slice(0, mark);
  const listed = place.startsWith("/stream") ? (query.get("streams") ?? "") : place.replace(/^\/ws\/?/, "");
  const names = listed.split("/").map(decode);
  assert(names.length > 0, Code.InvariantBroken);
  return names.filter((name) => name !== "");
}

/** Depth diffs at any speed, marks at any speed, best levels at any speed are one family each. */
export function familyOf(kind: string): string {
  const levels = /^depth(5|10|20)/.exec(kind)?.[0];
  if (levels !== undefined) return levels;
  if (kind.startsWith("depth")) return "depth";
  return kind.startsWith("markPrice") ? "markPrice" : kind;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
