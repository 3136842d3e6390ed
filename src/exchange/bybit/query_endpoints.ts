/** Bybit endpoints that read orders and executions: realtime, history, executions. */

import { isAlive, type Order } from "../trading/order.ts";
import { paramError } from "./bybit_error.ts";
import { type Call, type Endpoint, isWithinTimes, pageOf, type Result } from "./endpoint.ts";
import type { Category, Listed } from "./listing.ts";
import { statusWord } from "./words.ts";

const read = { mustTrade: false, isOrder: false, limit: () => 50 } as const;
/** Ended orders that `realtime` still shows. */
const RECENT_MAX = 500;

export function queryEndpoint(path: string): Endpoint | undefined {
  switch (path) {
    case "GET /v5/order/realtime":
      return { ...read, answer: (call) => (call.params.isElsewhere ? nothingOf(call) : realtime(call)) };
    case "GET /v5/order/history":
      return { ...read, answer: (call) => (call.params.isElsewhere ? nothingOf(call) : history(call)) };
    case "GET /v5/execution/list":
      return { ...read, answer: (call) => (call.params.isElsewhere ? nothingOf(call) : executions(call)) };
    default:
      return undefined;
  }
}

/** The list of a category of which nothing is listed here. */
export function nothingOf(call: Call): Result {
  return { result: { nextPageCursor: "", category: call.params.text("category"), list: [] } };
}

/** True for symbols that the request means. Throws 10001 where derivatives are not told which. */
export function scopeOf(call: Call, category: Category, mustBeNamed: boolean): (listed: Listed) => boolean {
  const { params } = call;
  const symbol = params.text("symbol");
  const base = params.text("baseCoin");
  const settle = params.text("settleCoin");
  if (symbol !== undefined && call.listings.find(category, symbol) === undefined) {
    throw paramError("params error: symbol invalid");
  }
  if (mustBeNamed && category === "linear" && symbol === undefined && base === undefined && settle === undefined) {
    throw paramError("Missing some parameters that must be filled in, symbol or settleCoin or baseCoin");
  }
  return ({ category: own, symbol: name, instrument }) => {
    if (own !== category) return false;
    if (symbol !== undefined) return name === symbol;
    if (base !== undefined && instrument.base !== base) return false;
    return settle === undefined || category === "spot" || instrument.settle === settle;
  };
}

/** Open orders; by id also one that has ended; with `openOnly` 1, the latest that have. */
function realtime(call: Call): Result {
  const { params } = call;
  const category = params.category();
  const named = namedOrder(call, category);
  const isIn = scopeOf(call, category, named === undefined && !isNamed(call));
  const wantsEnded = params.whole("openOnly") === 1;
  let rows: Order[];
  if (isNamed(call)) rows = named === undefined ? [] : [named];
  else {
    const all = ordersOf(call, isIn);
    rows = wantsEnded ? all.filter((order) => !isAlive(order)).slice(0, RECENT_MAX) : all.filter(isAlive);
    const filter = params.text("orderFilter");
    if (filter === "StopOrder" || filter === "tpslOrder") rows = rows.filter(({ trigger }) => trigger !== undefined);
    if (filter === "Order") rows = rows.filter(({ trigger }) => trigger === undefined);
  }
  return listAnswer(call, category, rows, params.limit(20, 50));
}

function history(call: Call): Result {
  const { params } = call;
  const category = params.category();
  const isIn = scopeOf(call, category, false);
  const named = namedOrder(call, category);
  const status = params.text("orderStatus");
  const rows = (isNamed(call) ? (named === undefined ? [] : [named]) : ordersOf(call, isIn))
    .filter((order) => !isAlive(order) && isWithinTimes(call, order.createdMs))
    .filter((order) => status === undefined || statusWord(category, order) === status);
  return listAnswer(call, category, rows, params.limit(20, 50));
}

function executions(call: Call): Result {
  const { params, venue, account, words, ids } = call;
  const category = params.category();
  const isIn = scopeOf(call, category, false);
  const named = namedOrder(call, category);
  const type = params.text("execType");
  const fills = venue.orders
    .fills(account.name)
    .filter((fill) => isIn(call.listings.byKey(fill.symbol)) && isWithinTimes(call, fill.timeMs))
    .filter((fill) => !isNamed(call) || fill.orderId === named?.id)
    .filter(() => type === undefined || type === "Trade")
    .reverse();
  const { page, nextPageCursor } = pageOf(call, fills, params.limit(50, 100), (fill) =>
    ids.execution(category, fill.tradeId, fill.isMaker),
  );
  const list = page.map((fill) =>
    words.executionRow(fill, venue.orders.find(account.name, fill.symbol, { id: fill.orderId })),
  );
  return { result: { nextPageCursor, category, list } };
}

function listAnswer(call: Call, category: Category, rows: readonly Order[], limit: number): Result {
  const { page, nextPageCursor } = pageOf(call, rows, limit, (order) => call.words.orderId(order));
  return { result: { nextPageCursor, category, list: page.map((order) => call.words.orderRow(order)) } };
}

/** Newest first. */
function ordersOf(call: Call, isIn: (listed: Listed) => boolean): Order[] {
  const { venue, account, listings } = call;
  return venue.orders
    .all(account.name)
    .filter((order) => isIn(listings.byKey(order.symbol)))
    .reverse();
}

function isNamed(call: Call): boolean {
  return call.params.text("orderId") !== undefined || call.params.text("orderLinkId") !== undefined;
}

function namedOrder(call: Call, category: Category): Order | undefined {
  if (!isNamed(call)) return undefined;
  const found = call.venue.orders.find(call.account.name, undefined, call.params.ref(call.ids, category));
  const symbol = call.params.text("symbol");
  if (found === undefined || call.listings.byKey(found.symbol).category !== category) return undefined;
  return symbol === undefined || call.listings.byKey(found.symbol).symbol === symbol ? found : undefined;
}
