/** Cancels all orders of one Bybit account in one category over REST: what the watchdog does when the engine is silent. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { CancelAllClient } from "../wire/cancel_all.ts";
import { Fields } from "../wire/fields.ts";
import { failed, type Param, type RestAsk, type VenueAnswer } from "../wire/live_answer.ts";
import type { RequestClient } from "../wire/rest.ts";
import {
  type CancelKind,
  type Limited,
  type OpenOrder,
  type OpenPage,
  RestCancelAll,
} from "../wire/rest_cancel_all.ts";
import type { Category } from "./category.ts";
import { cursorText } from "./cursor.ts";
import { readRest } from "./gateway_calls.ts";
import { listOf, SETTLE_COINS } from "./gateway_queries.ts";
import { CLOCK_OFF, SHUT_OUT, TOO_MANY_VISITS } from "./order_outcome.ts";
import { type BybitKey, restRequest } from "./order_sign.ts";
import { clockAsk, clockMs } from "./venue_time.ts";

const PAGE_ROWS = 50;
const LIMITED_ADDRESS = 10_018;
/** Keys, their rights and addresses; parameters. */
const REFUSED: readonly number[] = Object.freeze([
  10_001, 10_003, 10_004, 10_005, 10_007, 10_010, 10_024, 10_027, 33_004,
]);
/** Spot cancels one of them at a time; without a word, plain orders alone. */
const SPOT_FILTERS: readonly string[] = Object.freeze(["Order", "StopOrder", "tpslOrder"]);

export interface BybitCancelAllParts {
  readonly account: string;
  readonly category: Category;
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
    request: (ask, time) => restRequest(parts.restUrl, ask, time, parts.key),
    readRest,
    clockAsk,
    clockMs,
    isClockOff: ({ code }) => code === CLOCK_OFF,
    limitedOf,
    isRefused: ({ code }) => REFUSED.includes(code),
    checkAsk: () => get([...(scopes[0] as Param[]), ["limit", "1"]]),
    kinds: scopes.map((scope) => kindOf(scope, parts.category)),
  });
}

function kindOf(scope: readonly Param[], category: Category): CancelKind {
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
  const cursor = cursorText(Fields.of(value).text("nextPageCursor", ""));
  return { orders, next: orders.length < PAGE_ROWS ? "" : cursor };
}

/** 403 stands before the venue: the whole address waits. */
function limitedOf({ code }: VenueAnswer, status: number): Limited {
  if (status === SHUT_OUT || status === 429 || code === LIMITED_ADDRESS) return "all";
  return code === TOO_MANY_VISITS ? "here" : "no";
}

function get(params: readonly Param[]): RestAsk {
  return { method: "GET", path: "/v5/order/realtime", params, security: "signed", weight: 1 };
}

function cancelAll(scope: readonly Param[], orderFilter: string | undefined): RestAsk {
  const body = JSON.stringify({ ...Object.fromEntries(scope), orderFilter });
  return { method: "POST", path: "/v5/order/cancel-all", params: [], body, security: "signed", weight: 1 };
}
