/** OKX's public channels of one instrument, and how its sockets are talked to: subscriptions, answers, heartbeats. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Control, LineDialect } from "../wire/dialect.ts";
import { objectOf, parseJson, wordOf } from "../wire/json.ts";
import { TopicKind, type TopicName } from "../wire/line_session.ts";
import type { TopicForm } from "../wire/topic_index.ts";

export interface TopicChoice {
  /** Each trade by itself, or what one taker did at one price as one. */
  readonly trades: "trade" | "aggTrade" | "none";
  /** The best quote, at each change. */
  readonly quotes: boolean;
  /** The 400 best levels. */
  readonly books: boolean;
  /** Of swaps: mark price, index price and funding. */
  readonly marks: boolean;
  /** Of swaps: orders that closed positions by force, as far as the venue tells of them. */
  readonly liquidations?: boolean;
}

const PUBLIC = "/ws/v5/public";
const BUSINESS = "/ws/v5/business";
const HEAD = '{"arg":{"channel":"';
const JOINT = '","instId":"';
/** Told by the type of instrument: one subscription for all swaps. */
const LIQUIDATIONS = "liquidation-orders";
const TYPE_JOINT = '","instType":"';
const SWAP_TAIL = "-SWAP";
/** Silence of 30 s ends a connection, and a market may be silent. */
const PING_EVERY_US = 20_000_000;
/** An answer is short; what is longer is not parsed twice. A refusal may repeat its request. */
const CONTROL_UNITS_MAX = 16_384;
/** The action stands behind the argument, which is no longer than this. */
const ARG_UNITS_MAX = 200;
/** Liquidations of a stormy second; what is longer goes to the decoder as it is, which has limits of its own. */
const CUT_UNITS_MAX = 262_144;
const UPGRADE_SOON = "64008";
/** Too many requests: nothing is wrong with what was asked, and another connection may ask it. */
const TOO_OFTEN = "60014";

/** Topics are named `books:BTC-USDT` or `liquidation-orders:SWAP`; in frames they stand as fields. */
export const TOPIC_FORM: TopicForm = Object.freeze({
  head: HEAD,
  end: '"}',
  written: (name: string) => name.replace(":", isByType(name) ? TYPE_JOINT : JOINT),
});

export const OKX_DIALECT: LineDialect = Object.freeze({
  request: (subscribe: boolean, streams: readonly string[], id: number) =>
    JSON.stringify({ id: String(id), op: subscribe ? "subscribe" : "unsubscribe", args: streams.map(argOf) }),
  isData: (text: string) => text.startsWith(HEAD),
  readControl,
  ping: "ping",
  pingEveryUs: PING_EVERY_US,
});

export function topicsOf(instId: string, choice: TopicChoice): TopicName[] {
  assert(instId.length > 0, Code.ValueOutOfRange);
  const topics: TopicName[] = [];
  const add = (channel: string, kind: TopicKind, path = PUBLIC, id = instId) =>
    topics.push({ name: `${channel}:${id}`, kind, path });
  if (choice.trades === "trade") add("trades-all", TopicKind.Trades, BUSINESS);
  if (choice.trades === "aggTrade") add("trades", TopicKind.Trades);
  if (choice.quotes) add("bbo-tbt", TopicKind.Quotes);
  if (choice.books) add("books", TopicKind.Book);
  if (choice.marks && instId.endsWith(SWAP_TAIL)) {
    add("mark-price", TopicKind.Marks);
    add("funding-rate", TopicKind.Marks);
    add("index-tickers", TopicKind.Marks, PUBLIC, instId.slice(0, -SWAP_TAIL.length));
  }
  if (choice.liquidations === true && instId.endsWith(SWAP_TAIL)) {
    const name = `${LIQUIDATIONS}:${SWAP_TAIL.slice(1)}`;
    topics.push({ name, kind: TopicKind.Liquidations, path: PUBLIC, shared: true });
  }
  return topics;
}

/** True for a frame of data that holds a whole book. */
export function isSnapshot(text: string): boolean {
  return text.slice(0, ARG_UNITS_MAX).includes('},"action":"snapshot"');
}

/**
 * A frame of liquidations without those of instruments that are not wanted; undefined when it tells of no others. What is
 * of another form stays as it is: the decoder says what is wrong with it.
 */
export function cutToWanted(text: string, isWanted: (symbol: string) => boolean): string | undefined {
  const parsed = text.length > CUT_UNITS_MAX ? Code.FrameTooLarge : parseJson(text);
  const frame = typeof parsed === "number" ? undefined : objectOf(parsed.value);
  const data: unknown = frame?.["data"];
  if (frame === undefined || !Array.isArray(data) || data.length === 0) return text;
  const kept = data.filter((row: unknown) => {
    const instId = objectOf(row)?.["instId"];
    return typeof instId !== "string" || isWanted(instId);
  });
  if (kept.length === data.length) return text;
  return kept.length === 0 ? undefined : JSON.stringify({ ...frame, data: kept });
}

/** Reads a frame that is no data. Total: what is not understood is `other`. */
export function readControl(text: string): Control {
  if (text === "pong") return { kind: "alive" };
  if (text.length > CONTROL_UNITS_MAX) return { kind: "other" };
  const parsed = parseJson(text);
  const object = typeof parsed === "number" ? undefined : objectOf(parsed.value);
  if (object === undefined) return { kind: "other" };
  const { event, code } = object;
  if (event === "notice") return code === UPGRADE_SOON ? { kind: "shutdown" } : { kind: "other" };
  if (event === "error" && code === TOO_OFTEN) return { kind: "shutdown" };
  const isRefused = event === "error";
  if (!isRefused && event !== "subscribe" && event !== "unsubscribe") return { kind: "other" };
  const said = wordOf(object["msg"] ?? "");
  const id = /^\d{1,15}$/.test(String(object["id"])) ? Number.parseInt(String(object["id"]), 10) : undefined;
  const detail = isRefused ? `${wordOf(code)} ${said}`.slice(0, 300) : "";
  const stream = isRefused ? namedIn(said) : nameOf(objectOf(object["arg"]));
  const answer = { kind: "answer", id, refused: isRefused, detail } as const;
  if (stream !== undefined) return { ...answer, stream };
  // Each argument is answered by itself: an answer that names none of them says nothing of any.
  return isRefused ? answer : { kind: "other" };
}

function argOf(name: string): object {
  const colon = name.indexOf(":");
  assert(colon > 0, Code.ValueOutOfRange);
  const channel = name.slice(0, colon);
  const rest = name.slice(colon + 1);
  return isByType(name) ? { channel, instType: rest } : { channel, instId: rest };
}

function isByType(name: string): boolean {
  return name.startsWith(`${LIQUIDATIONS}:`);
}

function nameOf(arg: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const { channel, instId, instType } = arg ?? {};
  if (typeof channel !== "string") return undefined;
  const of = channel === LIQUIDATIONS ? instType : instId;
  return typeof of === "string" ? `${channel}:${of}` : undefined;
}

/** `Wrong URL or channel:books,instId:XYZ doesn't exist.`: which one is refused. */
function namedIn(said: string): string | undefined {
  const match = /\bchannel:([\w-]+),inst(?:Id|Type):([\w-]+)/.exec(said);
  return match === null ? undefined : `${match[1]}:${match[2]}`;
}
