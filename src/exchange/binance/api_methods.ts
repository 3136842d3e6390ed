/** Methods of the WebSocket APIs and the REST endpoints that they are the same as. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

const SPOT: Readonly<Record<string, string>> = Object.freeze({
  "order.place": "POST order",
  "order.test": "POST order/test",
  "order.status": "GET order",
  "order.cancel": "DELETE order",
  "order.cancelReplace": "POST order/cancelReplace",
  "order.amend.keepPriority": "PUT order/amend/keepPriority",
  "order.amendments": "GET order/amendments",
  "openOrders.status": "GET openOrders",
  "openOrders.cancelAll": "DELETE openOrders",
  allOrders: "GET allOrders",
  myTrades: "GET myTrades",
  myPreventedMatches: "GET myPreventedMatches",
  "account.status": "GET account",
  "account.commission": "GET account/commission",
  "account.rateLimits.orders": "GET rateLimit/order",
});

/** A version before a method leads to that version's path. */
const USDM: Readonly<Record<string, string>> = Object.freeze({
  "order.place": "POST v1/order",
  "order.test": "POST v1/order/test",
  "order.modify": "PUT v1/order",
  "order.cancel": "DELETE v1/order",
  "order.status": "GET v1/order",
  "algoOrder.place": "POST v1/algoOrder",
  "algoOrder.cancel": "DELETE v1/algoOrder",
  "account.balance": "GET v2/balance",
  "v2/account.balance": "GET v3/balance",
  "account.status": "GET v2/account",
  "v2/account.status": "GET v3/account",
  "account.position": "GET v2/positionRisk",
  "v2/account.position": "GET v3/positionRisk",
  "userDataStream.start": "POST v1/listenKey",
  "userDataStream.ping": "PUT v1/listenKey",
  "userDataStream.stop": "DELETE v1/listenKey",
});

const PUBLIC: Readonly<Record<string, string>> = Object.freeze({
  ping: "ping",
  time: "time",
  exchangeInfo: "exchangeInfo",
  depth: "depth",
  "trades.recent": "trades",
  "trades.aggregate": "aggTrades",
  klines: "klines",
  "ticker.price": "ticker/price",
  "ticker.book": "ticker/bookTicker",
});

/** The endpoint behind a method that needs a caller, or undefined. */
export function apiRoute(
  isSpot: boolean,
  method: string,
): { readonly method: string; readonly path: string } | undefined {
  const table = isSpot ? SPOT : USDM;
  const found = Object.hasOwn(table, method) ? table[method] : undefined;
  if (found === undefined) return undefined;
  const [verb = "", name = ""] = found.split(" ");
  assert(name.length > 0, Code.InvariantBroken);
  return { method: verb, path: `${isSpot ? "/api/v3/" : "/fapi/"}${name}` };
}

/** The path of a method that anybody may call, or undefined. */
export function publicRoute(isSpot: boolean, method: string): string | undefined {
  const found = Object.hasOwn(PUBLIC, method) ? PUBLIC[method] : undefined;
  return found === undefined ? undefined : `${isSpot ? "/api/v3" : "/fapi/v1"}/${found}`;
}
