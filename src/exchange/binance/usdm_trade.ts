/** Binance USD-M endpoints that act on orders: new, modify, cancel, batches, countdown, conditional orders. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { RestQuery, VenueError } from "../rest_query.ts";
import { Refusal } from "../trading/refusal.ts";
import type { Call, SignedEndpoint } from "./endpoint.ts";
import { OrderParams } from "./order_params.ts";
import { readAlgoOrder, readUsdmOrder, usdmSymbol } from "./usdm_orders.ts";
import { usdmError } from "./usdm_refusals.ts";
import { ackRow, algoRow } from "./usdm_words.ts";

const trade = { security: "trade", isOrder: true, weight: 1 } as const;
const PLACED_MAX = 5;
const CANCELED_MAX = 10;
const ALL_DONE = Object.freeze({ code: 200, msg: "The operation of cancel all open order is done." });

/** The endpoint of a method and a path below `/fapi/`, with its version, or undefined. */
export function usdmTradeEndpoint(method: string, name: string): SignedEndpoint | undefined {
  switch (`${method} ${name}`) {
    case "POST v1/order":
      return { ...trade, orders: 1, answer: (call) => placeOne(call, call.query) };
    case "POST v1/order/test":
      return { security: "trade", weight: 1, answer: answerTest };
    case "PUT v1/order":
      return { ...trade, orders: 1, answer: (call) => modifyOne(call, call.query) };
    case "DELETE v1/order":
      return { ...trade, answer: answerCancel };
    case "DELETE v1/allOpenOrders":
      return { ...trade, answer: answerCancelAll };
    case "POST v1/batchOrders":
      return { ...trade, weight: 5, answer: (call) => batch(call, PLACED_MAX, placeOne) };
    case "PUT v1/batchOrders":
      return { ...trade, weight: 5, answer: (call) => batch(call, PLACED_MAX, modifyOne) };
    case "DELETE v1/batchOrders":
      return { ...trade, answer: answerCancelBatch };
    case "POST v1/countdownCancelAll":
      return { security: "trade", weight: 10, answer: answerCountdown };
    case "POST v1/algoOrder":
      return { ...trade, orders: 1, answer: answerAlgo };
    case "DELETE v1/algoOrder":
      return { ...trade, answer: answerAlgoCancel };
    case "DELETE v1/algoOpenOrders":
      return { ...trade, answer: answerAlgoCancelAll };
    default:
      return undefined;
  }
}

function placeOne(call: Call, query: RestQuery): unknown {
  const { spec, isAck } = readUsdmOrder(call, query);
  const order = call.venue.place(call.account, spec);
  return ackRow(call.venue.symbols.instrument(order.symbol), order, isAck);
}

function answerTest(call: Call): unknown {
  const { spec } = readUsdmOrder(call);
  call.venue.check(call.account, spec);
  return {};
}

/** Price and whole quantity of a limit order. */
function modifyOne(call: Call, query: RestQuery): unknown {
  const params = new OrderParams(query);
  const symbol = usdmSymbol(call, query);
  const ref = params.ref("orderId", "origClientOrderId");
  const side = params.side();
  const qty = params.requiredDecimal("quantity");
  const price = params.requiredDecimal("price");
  const known = call.venue.orders.find(call.account.name, symbol, ref);
  if (known === undefined) throw new VenueError(400, -2_013, "Order does not exist.");
  if (known.side !== side) throw new VenueError(400, -1_117, "Invalid side.");
  // Down to what is filled already, the venue cancels instead.
  const order =
    qty <= known.filledQty
      ? call.venue.cancel(call.account, symbol, ref)
      : call.venue.amend(call.account, symbol, ref, { qty, price });
  assert(order === known, Code.InvariantBroken);
  return { ...ackRow(call.venue.symbols.instrument(symbol), order), modifyId: order.amendments };
}

function answerCancel(call: Call): unknown {
  const symbol = usdmSymbol(call);
  const ref = new OrderParams(call.query).ref("orderId", "origClientOrderId");
  const order = call.venue.cancel(call.account, symbol, ref);
  return ackRow(call.venue.symbols.instrument(symbol), order);
}

function answerCancelAll(call: Call): unknown {
  call.venue.cancelAll(call.account, usdmSymbol(call));
  return ALL_DONE;
}

/** Each item succeeds or fails by itself. */
function batch(call: Call, most: number, one: (call: Call, query: RestQuery) => unknown): unknown {
  const items = listOf(call.query.required("batchOrders"), "batchOrders");
  if (items.length === 0 || items.length > most)
    throw new VenueError(400, -4_082, "Invalid number of batch place orders.");
  call.counts.take(call.account.name, items.length, call.nowMs);
  return items.map((item) => attempt(() => one(call, new RestQuery(textOf(item)))));
}

function answerCancelBatch(call: Call): unknown {
  const symbol = usdmSymbol(call);
  // ccxt writes the name in lower case, and the venue takes it.
  const ids = call.query.text("orderIdList") ?? call.query.text("orderidlist");
  const clientIds = call.query.text("origClientOrderIdList") ?? call.query.text("origclientorderidlist");
  const wanted = ids ?? clientIds;
  if (wanted === undefined) {
    const msg = "Param 'origClientOrderIdList' or 'orderIdList' must be sent, but both were empty/null!";
    throw new VenueError(400, -1_102, msg);
  }
  const items = listOf(wanted, ids === undefined ? "origClientOrderIdList" : "orderIdList");
  if (items.length === 0 || items.length > CANCELED_MAX) {
    throw new VenueError(400, -4_083, "Invalid number of batch cancel orders.");
  }
  const instrument = call.venue.symbols.instrument(symbol);
  return items.map((item) =>
    attempt(() => {
      const ref = ids === undefined ? { clientId: String(item) } : { id: Number.parseInt(String(item), 10) };
      return ackRow(instrument, call.venue.cancel(call.account, symbol, ref));
    }),
  );
}

function answerCountdown(call: Call): unknown {
  const symbol = usdmSymbol(call);
  const countdownMs = call.query.optionalWhole("countdownTime");
  if (countdownMs === undefined) {
    throw new VenueError(
      400,
      -1_102,
      "Mandatory parameter 'countdownTime' was not sent, was empty/null, or malformed.",
    );
  }
  const { countdowns } = call.venue;
  if (countdownMs === 0) countdowns.disarm(call.account.name, symbol);
  else countdowns.arm(call.account.name, symbol, call.nowMs + countdownMs);
  return { symbol, countdownTime: String(countdownMs) };
}

function answerAlgo(call: Call): unknown {
  const algo = call.venue.algos.place(call.account.name, readAlgoOrder(call));
  return algoRow(call.venue.symbols.instrument(algo.spec.symbol), algo);
}

function answerAlgoCancel(call: Call): unknown {
  call.query.text("symbol");
  const ref = algoRef(call);
  const algo = call.venue.algos.cancel(call.account.name, ref);
  return { algoId: algo.id, clientAlgoId: algo.clientId, code: "200", msg: "success" };
}

function answerAlgoCancelAll(call: Call): unknown {
  call.venue.algos.cancelAll(call.account.name, usdmSymbol(call));
  return ALL_DONE;
}

export function algoRef(call: Call): { readonly id: number | undefined; readonly clientId: string | undefined } {
  const id = call.query.optionalWhole("algoId");
  const clientId = call.query.text("clientAlgoId");
  if (id !== undefined || clientId !== undefined) return { id, clientId };
  throw new VenueError(400, -1_102, "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!");
}

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    const wrong = error instanceof Refusal ? usdmError(error) : error;
    if (wrong instanceof VenueError) return { code: wrong.code, msg: wrong.msg };
    throw error;
  }
}

function listOf(text: string, name: string): unknown[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  if (Array.isArray(list)) return list;
  throw new VenueError(400, -1_130, `Data sent for parameter '${name}' is not valid.`);
}

function textOf(item: unknown): string {
  if (typeof item !== "object" || item === null) return "";
  const entries = Object.entries(item).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(entries).toString();
}
