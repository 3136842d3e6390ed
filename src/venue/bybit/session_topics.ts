/** Bybit's public topics of one symbol, and how its sockets are talked to: subscriptions, answers, heartbeats. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Control, LineDialect } from "../wire/dialect.ts";
import { objectOf, parseJson, wordOf } from "../wire/json.ts";
import { TopicKind, type TopicName } from "../wire/line_session.ts";
import type { Category } from "./category.ts";

export interface TopicChoice {
  readonly trades: boolean;
  /** Level 1: the best quote. */
  readonly quotes: boolean;
  readonly depth: "50" | "200" | "1000" | "none";
  /** Derivatives: mark price, index and funding. */
  readonly marks: boolean;
  /** Derivatives: positions that were closed by force. */
  readonly liquidations?: boolean;
}

export const TOPIC_HEAD = '{"topic":"';
const PING_EVERY_US = 20_000_000;
/** An answer is short; what is longer is not parsed twice. A refusal repeats its request. */
const CONTROL_UNITS_MAX = 8_192;

export const BYBIT_DIALECT: LineDialect = Object.freeze({
  request: (subscribe: boolean, streams: readonly string[], id: number) =>
    JSON.stringify({ req_id: String(id), op: subscribe ? "subscribe" : "unsubscribe", args: streams }),
  isData: (text: string) => text.startsWith(TOPIC_HEAD),
  readControl,
  ping: '{"op":"ping"}',
  pingEveryUs: PING_EVERY_US,
});

export function topicsOf(category: Category, symbol: string, choice: TopicChoice): TopicName[] {
  assert(symbol.length > 0, Code.ValueOutOfRange);
  const path = `/v5/public/${category}`;
  const topics: TopicName[] = [];
  if (choice.trades) topics.push({ name: `publicTrade.${symbol}`, kind: TopicKind.Trades, path });
  if (choice.quotes) topics.push({ name: `orderbook.1.${symbol}`, kind: TopicKind.Quotes, path });
  if (choice.depth !== "none") {
    topics.push({ name: `orderbook.${choice.depth}.${symbol}`, kind: TopicKind.Book, path });
  }
  // Of spot it says nothing that trades and books do not.
  if (choice.marks && category === "linear") topics.push({ name: `tickers.${symbol}`, kind: TopicKind.Marks, path });
  if (choice.liquidations === true && category === "linear") {
    topics.push({ name: `allLiquidation.${symbol}`, kind: TopicKind.Liquidations, path });
  }
  return topics;
}

/** Reads a frame that is no data. Total: what is not understood is `other`. */
export function readControl(text: string): Control {
  if (text.length > CONTROL_UNITS_MAX) return { kind: "other" };
  const parsed = parseJson(text);
  const object = typeof parsed === "number" ? undefined : objectOf(parsed.value);
  if (object === undefined) return { kind: "other" };
  const { op, success, ret_msg: said } = object;
  // Public sockets answer with the op "ping" and the message "pong", private ones with the op "pong".
  if (op === "pong" || (op === "ping" && said === "pong")) return { kind: "alive" };
  if (op !== "subscribe" && op !== "unsubscribe") return { kind: "other" };
  if (typeof success !== "boolean") return { kind: "other" };
  const id = /^\d{1,15}$/.test(String(object.req_id)) ? Number.parseInt(String(object.req_id), 10) : undefined;
  return { kind: "answer", id, refused: !success, detail: success ? "" : wordOf(said ?? "").slice(0, 300) };
}
