/** Bybit endpoints that act on orders: create, amend, cancel, all of them, batches. An answer of 0 says "received". */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { isAlive, type Order } from "../trading/order.ts";
import { Refusal } from "../trading/refusal.ts";
import { BybitError, paramError, refusalError } from "./bybit_error.ts";
import type { Call, Endpoint, Result } from "./endpoint.ts";
import type { Category } from "./listing.ts";
import type { Params } from "./params.ts";
import { listedOf, readOrder } from "./read_order.ts";

type Row = Record<string, unknown>;

const BATCH_MAX: Readonly<Record<Category, number>> = Object.freeze({ spot: 10, linear: 20 });
const CANCELED_AT_ONCE_MAX = 500;

const act = { mustTrade: true, isOrder: true } as const;
const twice = (category: Category | undefined) => (category === "spot" ? 20 : 10);

/** By the last word of its path: `create` of `/v5/order/create` and of `order.create`. */
export function orderEndpoint(name: string): Endpoint | undefined {
  switch (name) {
    case "create":
      return { ...act, limit: twice, answer: (call) => single(call, create) };
    case "amend":
      return { ...act, limit: () => 10, answer: (call) => single(call, amend) };
    case "cancel":
      return { ...act, limit: twice, answer: (call) => single(call, cancel) };
    case "cancel-all":
      return { ...act, limit: twice, answer: cancelAll };
    case "create-batch":
      return { ...act, limit: twice, count: countOf, answer: (call) => batch(call, create) };
    case "amend-batch":
      return { ...act, limit: twice, count: countOf, answer: (call) => batch(call, amend) };
    case "cancel-batch":
      return { ...act, limit: twice, count: countOf, answer: (call) => batch(call, cancel) };
    default:
      return undefined;
  }
}

type One = (call: Call, category: Category, params: Params) => Row;

function create(call: Call, category: Category, params: Params): Row {
  const order = call.venue.place(call.account, readOrder(call, category, params));
  return call.words.ackRow(order);
}

function amend(call: Call, category: Category, params: Params): Row {
  const { key } = listedOf(call, category, params);
  const ref = params.ref(call.ids, category);
  if (params.text("triggerPrice") !== undefined) {
    throw paramError("params error: triggerPrice cannot be amended at the simulator");
  }
  const price = params.decimal("price", "Price invalid");
  const qty = params.decimal("qty", "Qty invalid");
  return call.words.ackRow(call.venue.amend(call.account, key, ref, { price, qty }));
}

function cancel(call: Call, category: Category, params: Params): Row {
  const { key } = listedOf(call, category, params);
  return call.words.ackRow(call.venue.cancel(call.account, key, params.ref(call.ids, category)));
}

function single(call: Call, one: One): Result {
  const category = call.params.category();
  return { result: worded(category, call.params, () => one(call, category, call.params)) };
}

/** Refusals of the core in the category's codes. */
function worded<T>(category: Category, params: Params, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const side = params.values["side"] === "Sell" ? "sell" : "buy";
    const trigger = params.values["triggerDirection"];
    throw refusalError(category, error, error.reason === "would-trigger" && trigger === 2 ? "sell" : side);
  }
}

/** Each member succeeds or fails by itself; what failed is an empty row and a code. */
function batch(call: Call, one: One): Result {
  const category = call.params.category();
  const items = call.params.list("request", BATCH_MAX[category]);
  const list: Row[] = [];
  const codes: Row[] = [];
  for (const item of items) {
    const head = { category, symbol: item.values["symbol"] ?? "" };
    try {
      const row = worded(category, item, () => one(call, category, item));
      list.push({ ...head, ...row, createAt: String(call.nowMs) });
      codes.push({ code: 0, msg: "OK" });
    } catch (error) {
      if (!(error instanceof BybitError)) throw error;
      list.push({ category: "", symbol: "", orderId: "", orderLinkId: item.values["orderLinkId"] ?? "", createAt: "" });
      codes.push({ code: error.retCode, msg: error.retMsg });
    }
  }
  assert(list.length === codes.length, Code.InvariantBroken);
  return { result: { list }, retExtInfo: { list: codes } };
}

function countOf(params: Params): number {
  const { request } = params.values as { readonly request?: unknown };
  return Array.isArray(request) ? Math.max(1, request.length) : 1;
}

/** Derivatives want to know which; spot leaves conditional orders alone unless they are meant. */
function cancelAll(call: Call): Result {
  const { params, venue, account } = call;
  const category = params.category();
  const symbol = params.text("symbol");
  const base = params.text("baseCoin");
  const settle = params.text("settleCoin");
  if (category === "linear" && symbol === undefined && base === undefined && settle === undefined) {
    throw paramError("params error: symbol, baseCoin or settleCoin is required");
  }
  if (symbol !== undefined) worded(category, params, () => listedOf(call, category, params));
  const filter = params.text("orderFilter") ?? (category === "spot" ? "Order" : undefined);
  const isMeant = (order: Order) => {
    const listed = call.listings.byKey(order.symbol);
    const { instrument } = listed;
    if (listed.category !== category || !isAlive(order)) return false;
    if (symbol !== undefined) return listed.symbol === symbol;
    return (base === undefined || instrument.base === base) && (settle === undefined || instrument.settle === settle);
  };
  const isOfFilter = (order: Order) => {
    if (filter === undefined) return true;
    const own = order.tags["orderFilter"] ?? "Order";
    if (category === "spot") return own === filter;
    return filter === "StopOrder" ? order.trigger !== undefined : order.trigger === undefined;
  };
  const gone = venue.orders
    .open(account.name)
    .filter((order) => isMeant(order) && isOfFilter(order))
    .slice(0, CANCELED_AT_ONCE_MAX);
  for (const order of gone) if (isAlive(order)) venue.cancel(account, order.symbol, { id: order.id });
  return { result: { list: gone.map((order) => call.words.ackRow(order)), success: "1" } };
}
