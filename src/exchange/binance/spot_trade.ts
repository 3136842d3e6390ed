/** Binance spot endpoints that act on orders: new, test, cancel, cancel all, replace, amend. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { VenueError } from "../rest_query.ts";
import { isAlive, type Order } from "../trading/order.ts";
import { Refusal } from "../trading/refusal.ts";
import { type Call, DetailedError, type SignedEndpoint } from "./endpoint.ts";
import { OrderParams, preventionWord } from "./order_params.ts";
import { canceledAnswer, commissionAnswer, placeSpot, readSpotOrder } from "./spot_orders.ts";
import { spotError } from "./spot_refusals.ts";
import { num, orderHead, statusWord, typeWord } from "./spot_words.ts";

const trade = { security: "trade", isOrder: true } as const;

/** The endpoint of a method and a path below `/api/v3/`, or undefined. */
export function spotTradeEndpoint(method: string, name: string): SignedEndpoint | undefined {
  switch (`${method} ${name}`) {
    case "POST order":
      return { ...trade, weight: 1, orders: 1, answer: answerNew };
    case "POST order/test":
      return { security: "trade", weight: 1, answer: answerTest };
    case "DELETE order":
      return { ...trade, weight: 1, answer: answerCancel };
    case "DELETE openOrders":
      return { ...trade, weight: 1, answer: answerCancelAll };
    case "POST order/cancelReplace":
      return { ...trade, weight: 1, orders: 1, answer: answerReplace };
    case "PUT order/amend/keepPriority":
      return { ...trade, weight: 4, answer: answerAmend };
    default:
      return undefined;
  }
}

/** What is not read is refused before anything is done. */
function answerNew(call: Call): unknown {
  const request = readSpotOrder(call);
  call.query.refuseUnread();
  return placeSpot(call, request);
}

function answerTest(call: Call): unknown {
  const computes = new OrderParams(call.query).flag("computeCommissionRates");
  const { spec } = readSpotOrder(call);
  call.query.refuseUnread();
  call.venue.check(call.account, spec);
  return computes ? commissionAnswer(call) : {};
}

function answerCancel(call: Call): unknown {
  const params = new OrderParams(call.query);
  const symbol = knownSymbol(call);
  const ref = params.ref("orderId", "origClientOrderId");
  const requestId = params.clientId("newClientOrderId") ?? call.newClientId();
  const order = call.venue.orders.find(call.account.name, symbol, ref);
  checkRestriction(params, order);
  call.query.refuseUnread();
  return canceledAnswer(call.venue.cancel(call.account, symbol, ref, requestId), requestId);
}

function answerCancelAll(call: Call): unknown {
  const symbol = knownSymbol(call);
  call.query.refuseUnread();
  const open = call.venue.orders.open(call.account.name, symbol);
  if (open.length === 0) throw new VenueError(400, -2_011, "Unknown order sent.");
  return open.filter(isAlive).map((order) => {
    const requestId = call.newClientId();
    return canceledAnswer(call.venue.cancel(call.account, symbol, { id: order.id }, requestId), requestId);
  });
}

/** Both steps, each with its result; 400 when nothing was done, 409 when only one was. */
function answerReplace(call: Call): unknown {
  const params = new OrderParams(call.query);
  const symbol = knownSymbol(call);
  const stops = params.word(
    "cancelReplaceMode",
    ["STOP_ON_FAILURE", "ALLOW_FAILURE"],
    undefined,
    -1_102,
    "Mandatory parameter 'cancelReplaceMode' was not sent, was empty/null, or malformed.",
  );
  const ref = params.ref("cancelOrderId", "cancelOrigClientOrderId");
  const requestId = params.clientId("cancelNewClientOrderId") ?? call.newClientId();
  params.query.text("orderRateLimitExceededMode");
  const order = call.venue.orders.find(call.account.name, symbol, ref);
  checkRestriction(params, order);
  const request = readSpotOrder(call);
  call.query.refuseUnread();
  const cancel = attempt(() => canceledAnswer(call.venue.cancel(call.account, symbol, ref, requestId), requestId));
  const mayPlace = cancel.error === undefined || stops === "ALLOW_FAILURE";
  const placed = mayPlace ? attempt(() => placeSpot(call, request)) : undefined;
  const wrong = (error: VenueError | undefined) => error && { code: error.code, msg: error.msg };
  const data = {
    cancelResult: cancel.error === undefined ? "SUCCESS" : "FAILURE",
    newOrderResult: placed === undefined ? "NOT_ATTEMPTED" : placed.error === undefined ? "SUCCESS" : "FAILURE",
    cancelResponse: wrong(cancel.error) ?? cancel.answer,
    newOrderResponse: placed === undefined ? null : (wrong(placed.error) ?? placed.answer),
  };
  if (cancel.error === undefined && placed?.error === undefined) return data;
  if (cancel.error !== undefined && placed?.error === undefined && placed !== undefined)
    throw new DetailedError(409, -2_021, "Order cancel-replace partially failed.", data);
  if (cancel.error === undefined) throw new DetailedError(409, -2_021, "Order cancel-replace partially failed.", data);
  throw new DetailedError(400, -2_022, "Order cancel-replace failed.", data);
}

/** Only less, at the same price: the place in the queue stays. */
function answerAmend(call: Call): unknown {
  const params = new OrderParams(call.query);
  const symbol = knownSymbol(call);
  const ref = params.ref("orderId", "origClientOrderId");
  const qty = params.requiredDecimal("newQty");
  const before = call.venue.orders.find(call.account.name, symbol, ref);
  if (before === undefined || !isAlive(before)) throw new VenueError(400, -2_038, "Order amend rejected.");
  const origClientOrderId = before.clientId;
  const clientId = params.clientId("newClientOrderId") ?? call.newClientId();
  call.query.refuseUnread();
  if (qty >= before.qty) {
    const msg = "The requested action would change no state; rejecting.";
    if (qty === before.qty) throw new VenueError(400, -2_038, msg);
    throw new VenueError(400, -2_038, "The new quantity must be less than the current order quantity.");
  }
  const order = call.venue.amend(call.account, symbol, ref, { qty, clientId });
  assert(order === before, Code.InvariantBroken);
  return {
    transactTime: order.updatedMs,
    executionId: order.id * 100 + order.amendments,
    amendedOrder: {
      ...orderHead(order),
      origClientOrderId,
      clientOrderId: order.clientId,
      price: num(order.price),
      qty: num(order.qty),
      executedQty: num(order.filledQty),
      preventedQty: num(order.preventedQty),
      quoteOrderQty: num(order.quoteQty),
      // The venue spells this one alone with one m.
      cumulativeQuoteQty: num(order.filledQuote),
      status: statusWord(order),
      timeInForce: order.timeInForce.toUpperCase(),
      type: typeWord(order),
      side: order.side.toUpperCase(),
      workingTime: order.workingMs === 0 ? -1 : order.workingMs,
      selfTradePreventionMode: preventionWord(order.prevention),
    },
  };
}

/** Throws VenueError -1121. */
export function knownSymbol(call: Call): string {
  const symbol = call.query.symbol(call.query.required("symbol"));
  if (call.venue.symbols.has(symbol)) return symbol;
  throw new VenueError(400, -1_121, "Invalid symbol.");
}

function checkRestriction(params: OrderParams, order: Order | undefined): void {
  const restriction = params.query.text("cancelRestrictions");
  if (restriction === undefined || order === undefined) return;
  const isNew = order.status === "open" || order.status === "waiting";
  const fits =
    restriction === "ONLY_NEW" ? isNew : restriction === "ONLY_PARTIALLY_FILLED" && order.status === "part-filled";
  if (!fits) throw new VenueError(400, -2_011, "Order was not canceled due to cancel restrictions.");
}

function attempt(run: () => unknown): { readonly answer?: unknown; readonly error?: VenueError } {
  try {
    return { answer: run() };
  } catch (error) {
    if (error instanceof Refusal) return { error: spotError(error) };
    if (error instanceof VenueError) return { error };
    throw error;
  }
}
