/** Cancels all orders of one OKX account over REST: what the watchdog does when the engine is silent. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { CancelAllClient } from "../wire/cancel_all.ts";
import { Fields } from "../wire/fields.ts";
import { failed, type Param, type RestAsk, restJson, type VenueAnswer } from "../wire/live_answer.ts";
import type { RequestClient, RestAnswer } from "../wire/rest.ts";
import { type CancelKind, type OpenOrder, type OpenPage, RestCancelAll, type Taken } from "../wire/rest_cancel_all.ts";
import { restRequest } from "./gateway_calls.ts";
import type { OkxKey } from "./order_sign.ts";

const PAGE_ROWS = 100;
const BATCH_MAX = 20;
const ALGO_BATCH_MAX = 10;
/** The venue's own countdown, at its least. */
const COUNTDOWN_S = "10";
const CLOCK_OFF = [50_102, 50_112];
/** By endpoint, and by sub-account. */
const LIMITED = [50_011, 50_061];
/** Canceled, filled or unknown: the next list shows which. */
const GONE = [51_400, 51_401, 51_402, 51_410, 51_603];
/** Keys, their rights and addresses; parameters. */
const REFUSED: readonly (readonly [from: number, to: number])[] = [
  [50_014, 50_014],
  [50_030, 50_030],
  [50_100, 50_125],
  [51_000, 51_000],
];

export interface OkxCancelAllParts {
  readonly account: string;
  /** Without a slash at its end. */
  readonly restUrl: string;
  readonly key: OkxKey;
  /** Demo trading has the address of the real one, and a header. */
  readonly isDemo: boolean;
  readonly rest: RequestClient;
  nowUs(): number;
}

export function okxCancelAll(parts: OkxCancelAllParts): CancelAllClient {
  const { restUrl, key, isDemo } = parts;
  assert(!restUrl.endsWith("/"), Code.ValueOutOfRange);
  return new RestCancelAll(parts, {
    request: (ask, { timestampMs, recvWindowMs }) =>
      restRequest(ask, { baseUrl: restUrl, key, isDemo, nowMs: timestampMs, validMs: recvWindowMs }),
    readRest,
    clockAsk: () => ({ method: "GET", path: "/api/v5/public/time", params: [], security: "none", weight: 1 }),
    clockMs: (value) => wholeOf(rowsOf(value)?.[0], "ts"),
    isClockOff: ({ code }) => CLOCK_OFF.includes(code),
    limitedOf: ({ code }, status) => (status === 429 || LIMITED.includes(code) ? "here" : "no"),
    isRefused: ({ code }) => REFUSED.some(([from, to]) => code >= from && code <= to),
    checkAsk: () => get("/api/v5/trade/orders-pending", [["limit", "1"]]),
    // Conditional orders have endpoints of their own, and one list for each of their types.
    kinds: [plainKind(), algoKind("conditional,oco"), algoKind("trigger"), algoKind("move_order_stop")],
  });
}

function plainKind(): CancelKind {
  return {
    page: (next) => get("/api/v5/trade/orders-pending", paged([], next)),
    readPage: (value) => readPage(value, "ordId"),
    cancels: (open) => inBatches(open, BATCH_MAX, "/api/v5/trade/cancel-batch-orders", "ordId"),
    // Ten seconds late: better than nothing. An engine that is back renews it with its first order.
    blind: () => [post("/api/v5/trade/cancel-all-after", JSON.stringify({ timeOut: COUNTDOWN_S }))],
    read,
  };
}

function algoKind(ordType: string): CancelKind {
  return {
    page: (next) => get("/api/v5/trade/orders-algo-pending", paged([["ordType", ordType]], next)),
    readPage: (value) => readPage(value, "algoId"),
    cancels: (open) => inBatches(open, ALGO_BATCH_MAX, "/api/v5/trade/cancel-algos", "algoId"),
    blind: () => [], // No order of these can be cancelled whose id is not known.
    read,
  };
}

function paged(params: readonly Param[], next: string): readonly Param[] {
  const limit: Param = ["limit", String(PAGE_ROWS)];
  return next === "" ? [...params, limit] : [...params, ["after", next], limit];
}

function inBatches(open: readonly OpenOrder[], most: number, path: string, idName: string) {
  const asks: { ask: RestAsk; orders: readonly OpenOrder[] }[] = [];
  for (let at = 0; at < open.length; at += most) {
    const orders = open.slice(at, at + most);
    const body = JSON.stringify(orders.map(({ symbol, id }) => ({ instId: symbol, [idName]: id })));
    asks.push({ ask: post(path, body), orders });
  }
  return asks;
}

/** Undefined when the answer is no list of orders. */
function readPage(value: unknown, idName: string): OpenPage | undefined {
  const rows = rowsOf(value);
  if (rows === undefined) return undefined;
  const orders: OpenOrder[] = [];
  for (const row of rows) {
    const fields = Fields.of(row);
    const order = { symbol: fields.text("instId", ""), id: fields.id(idName) };
    if (order.symbol === "" || order.id === "") return undefined;
    orders.push(order);
  }
  return { orders, next: orders.length < PAGE_ROWS ? "" : (orders.at(-1) as OpenOrder).id };
}

/** Each row of a batch says for itself what became of it. */
function read(answer: VenueAnswer, orders: readonly OpenOrder[]): Taken {
  const rows = rowsOf(answer.value);
  if (orders.length === 0 || rows === undefined || rows.length === 0) {
    return { taken: 0, failed: answer.isOk ? undefined : answer };
  }
  let taken = 0;
  let bad: VenueAnswer | undefined;
  for (const row of rows) {
    const fields = Fields.of(row);
    const code = wholeOf(row, "sCode");
    if (fields.text("sCode", "") === "0") taken++;
    else if (!GONE.includes(code)) bad ??= failed(code, `${code} ${fields.text("sMsg", "")}`);
  }
  return { taken: Math.min(taken, orders.length), failed: bad };
}

/** Total. Codes 1 and 2 are of batches, whose rows say more. */
function readRest(answer: RestAnswer): VenueAnswer {
  const parsed = restJson(answer);
  if ("isOk" in parsed) return parsed;
  const { value } = parsed;
  const fields = Fields.of(value);
  const text = fields.text("code", "");
  if (answer.status === 200 && text === "0") return { isOk: true, value, code: 0, msg: "", isSent: true };
  if (!/^\d{1,6}$/.test(text)) return failed(0, `HTTP ${answer.status} without a code`);
  const code = wholeOf(value, "code");
  return { ...failed(code, `${code} ${fields.text("msg", "")}`), value };
}

function rowsOf(value: unknown): readonly unknown[] | undefined {
  const data = (value as { readonly data?: unknown } | null | undefined)?.data;
  return Array.isArray(data) ? data : undefined;
}

/** A whole number that is sent as text; 0 = none. */
function wholeOf(row: unknown, name: string): number {
  const text = Fields.of(row).text(name, "");
  return /^\d{1,15}$/.test(text) ? Number.parseInt(text, 10) : 0;
}

function get(path: string, params: readonly Param[]): RestAsk {
  return { method: "GET", path, params, security: "signed", weight: 1 };
}

function post(path: string, body: string): RestAsk {
  return { method: "POST", path, params: [], body, security: "signed", weight: 1 };
}
