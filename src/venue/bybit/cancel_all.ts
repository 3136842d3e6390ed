/** Cancels all orders of one Bybit account in one category over REST: what the watchdog does when the engine is silent. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { CancelAllClient } from "../wire/cancel_all.ts";
import { Fields } from "../wire/fields.ts";
import { failed, type Param, type RestAsk, restJson, type VenueAnswer } from "../wire/live_answer.ts";
import type { RequestClient, RestAnswer, RestRequest } from "../wire/rest.ts";
import {
  type CancelKind,
  type CancelTime,
  type Limited,
  type OpenOrder,
  type OpenPage,
  RestCancelAll,
} from "../wire/rest_cancel_all.ts";

const PAGE_ROWS = 50;
const CLOCK_OFF = 10_002;
const LIMITED_HERE = 10_006;
const LIMITED_ADDRESS = 10_018;
/** Keys, their rights and addresses; parameters. */
const REFUSED: readonly number[] = Object.freeze([
  10_001, 10_003, 10_004, 10_005, 10_007, 10_010, 10_024, 10_027, 33_004,
]);
/** Spot cancels one of them at a time; without a word, plain orders alone. */
const SPOT_FILTERS: readonly string[] = Object.freeze(["Order", "StopOrder", "tpslOrder"]);
/** Derivatives want to know which: all that are settled in a coin. */
const SETTLE_COINS: readonly string[] = Object.freeze(["USDT", "USDC"]);

/** Whoever makes it holds the secret; this room never sees it. */
export interface BybitKey {
  readonly apiKey: string;
  /** HMAC-SHA256 as hex. */
  sign(payload: string): string;
}

export interface BybitCancelAllParts {
  readonly account: string;
  readonly category: "spot" | "linear";
  /** Without a slash at its end. */
  readonly restUrl: string;
  readonly key: BybitKey;
  readonly rest: RequestClient;
  nowUs(): number;
}

export function bybitCancelAll(parts: BybitCancelAllParts): CancelAllClient {
  assert(!parts.restUrl.endsWith("/"), Code.ValueOutOfRange);
  const spot: Param[] = [["category", "spot"]];
  const linear = SETTLE_COINS.map((coin): Param[] => [
    ["category", "linear"],
    ["settleCoin", coin],
  ]);
  const scopes = parts.category === "spot" ? [spot] : linear;
  return new RestCancelAll(parts, {
    request: (ask, time) => request(parts, ask, time),
    readRest,
    clockAsk: () => ({ method: "GET", path: "/v5/market/time", params: [], security: "none", weight: 1 }),
    clockMs: (value) => Fields.of(value).whole("time", 0),
    isClockOff: ({ code }) => code === CLOCK_OFF,
    limitedOf,
    isRefused: ({ code }) => REFUSED.includes(code),
    checkAsk: () => get([...(scopes[0] as Param[]), ["limit", "1"]]),
    kinds: scopes.map((scope) => kindOf(scope, parts.category)),
  });
}

function kindOf(scope: readonly Param[], category: "spot" | "linear"): CancelKind {
  const filters = category === "spot" ? SPOT_FILTERS : [undefined];
  const all = () => filters.map((filter) => cancelAll(scope, filter));
  return {
    // The list is of all kinds of orders unless it is told otherwise.
    page: (next) => get([...scope, ["limit", String(PAGE_ROWS)], ...(next === "" ? [] : [["cursor", next] as Param])]),
    readPage,
    // At most 500 of them at a time: the others in the next pass.
    cancels: (open) => all().map((ask, at) => ({ ask, orders: at === 0 ? open : [] })),
    blind: all,
    read: (answer) => {
      const list = listOf(answer.value);
      if (!answer.isOk) return { taken: 0, failed: answer };
      if (list === undefined) return { taken: 0, failed: failed(0, "the answer is no list of canceled orders") };
      return { taken: list.length };
    },
  };
}

/** Undefined when the answer is no list of orders. */
function readPage(value: unknown): OpenPage | undefined {
  const list = listOf(value);
  if (list === undefined) return undefined;
  const orders: OpenOrder[] = [];
  for (const row of list) {
    const fields = Fields.of(row);
    const order = { symbol: fields.text("symbol", ""), id: fields.text("orderId", "") };
    if (order.symbol === "" || order.id === "") return undefined;
    orders.push(order);
  }
  const cursor = Fields.of((value as { readonly result?: unknown }).result).text("nextPageCursor", "");
  return { orders, next: orders.length < PAGE_ROWS ? "" : cursor };
}

function listOf(value: unknown): readonly unknown[] | undefined {
  const list = (value as { readonly result?: { readonly list?: unknown } | null } | null | undefined)?.result?.list;
  return Array.isArray(list) ? list : undefined;
}

/** 403 stands before the venue: the whole address waits. */
function limitedOf({ code }: VenueAnswer, status: number): Limited {
  if (status === 403 || status === 429 || code === LIMITED_ADDRESS) return "all";
  return code === LIMITED_HERE ? "here" : "no";
}

/** Total. */
function readRest(answer: RestAnswer): VenueAnswer {
  const parsed = restJson(answer);
  if ("isOk" in parsed) return parsed;
  const { value } = parsed;
  const fields = Fields.of(value);
  const code = fields.whole("retCode");
  if (fields.bad !== "") return failed(0, `HTTP ${answer.status} without a code`);
  if (code === 0 && answer.status === 200) return { isOk: true, value, code, msg: "", isSent: true };
  return failed(code, `${code} ${fields.text("retMsg", "")}`);
}

function get(params: readonly Param[]): RestAsk {
  return { method: "GET", path: "/v5/order/realtime", params, security: "signed", weight: 1 };
}

function cancelAll(scope: readonly Param[], orderFilter: string | undefined): RestAsk {
  const body = JSON.stringify({ ...Object.fromEntries(scope), orderFilter });
  return { method: "POST", path: "/v5/order/cancel-all", params: [], body, security: "signed", weight: 1 };
}

function request({ restUrl, key }: BybitCancelAllParts, ask: RestAsk, time: CancelTime): RestRequest {
  const { method, path, body = "", security } = ask;
  const query = ask.params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const headers: Record<string, string> = body === "" ? {} : { "content-type": "application/json" };
  if (security === "signed") {
    const head = `${time.timestampMs}${key.apiKey}${time.recvWindowMs}`;
    headers["x-bapi-api-key"] = key.apiKey;
    headers["x-bapi-timestamp"] = String(time.timestampMs);
    headers["x-bapi-recv-window"] = String(time.recvWindowMs);
    headers["x-bapi-sign"] = key.sign(head + (method === "GET" ? query : body));
  }
  const url = restUrl + (query === "" ? path : `${path}?${query}`);
  return { method, url, headers, ...(body === "" ? {} : { body }) };
}
