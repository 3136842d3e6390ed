/** New orders of Binance spot: parameters to what the core places, and the answer in the form that was asked for. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { VenueError } from "../rest_query.ts";
import { amount, over, whole, ZERO } from "../trading/amount.ts";
import type { Order, OrderSpec, Prevention, Side, Trigger } from "../trading/order.ts";
import type { Call } from "./endpoint.ts";
import { OrderParams, preventionWord } from "./order_params.ts";
import { fillRow, num, orderExtras, orderHead, orderState } from "./spot_words.ts";

const TYPES = [
  "LIMIT",
  "LIMIT_MAKER",
  "MARKET",
  "STOP_LOSS",
  "STOP_LOSS_LIMIT",
  "TAKE_PROFIT",
  "TAKE_PROFIT_LIMIT",
] as const;
const TIMES = ["GTC", "IOC", "FOK"] as const;
const PREVENTIONS: readonly Prevention[] = Object.freeze([
  "none",
  "expire-taker",
  "expire-maker",
  "expire-both",
  "decrement",
]);
const BASIS_POINTS = 10_000;

export interface SpotRequest {
  readonly spec: OrderSpec;
  readonly answerAs: "ACK" | "RESULT" | "FULL";
}

/** Throws VenueError. `clientIdName`: how the client id is called in this request. */
export function readSpotOrder(call: Call, clientIdName = "newClientOrderId"): SpotRequest {
  const { query } = call;
  const params = new OrderParams(query);
  const symbol = query.symbol(query.required("symbol"));
  if (!call.venue.symbols.has(symbol)) throw new VenueError(400, -1_121, "Invalid symbol.");
  const side = params.side();
  const type = params.word("type", TYPES, undefined, -1_116, "Invalid orderType.");
  const isLimit = type.includes("LIMIT");
  const isTimed = type === "LIMIT" || type.endsWith("_LIMIT");
  const usual = type === "MARKET" || type === "LIMIT" ? "FULL" : "ACK";
  const answerAs = params.word(
    "newOrderRespType",
    ["ACK", "RESULT", "FULL"],
    usual,
    -1_136,
    "Invalid newOrderRespType.",
  );
  const clientId = params.clientId(clientIdName) ?? call.newClientId();
  const prevention = params.prevention(PREVENTIONS, call.venue.rules.preventionUsual);
  if (!isTimed) params.forbid("timeInForce");
  if (!isLimit) params.forbid("price");
  const time = isTimed ? params.word("timeInForce", TIMES, undefined, -1_115, "Invalid timeInForce.") : undefined;
  const quoteQty = type === "MARKET" ? params.decimal("quoteOrderQty") : undefined;
  const trigger = readTrigger(params, type, side);
  const displayQty = readIceberg(params, isLimit, time);
  if (quoteQty !== undefined) params.forbid("quantity");
  return {
    answerAs,
    spec: {
      symbol,
      side,
      type: isLimit ? "limit" : "market",
      price: isLimit ? params.requiredDecimal("price") : undefined,
      qty: quoteQty === undefined ? params.requiredDecimal("quantity") : undefined,
      quoteQty,
      timeInForce: time === undefined ? (isLimit ? "gtc" : "ioc") : timeOf(time),
      postOnly: type === "LIMIT_MAKER",
      displayQty,
      trigger,
      prevention,
      clientId,
      tags: readTags(call, type),
    },
  };
}

/** Places, and answers as the request wants it. */
export function placeSpot(call: Call, { spec, answerAs }: SpotRequest): Record<string, unknown> {
  const order = call.venue.place(call.account, spec);
  assert(order.account === call.account.name, Code.InvariantBroken);
  return placedAnswer(call, order, answerAs);
}

export function placedAnswer(call: Call, order: Order, answerAs: SpotRequest["answerAs"]): Record<string, unknown> {
  const ack = { ...orderHead(order), clientOrderId: order.clientId, transactTime: order.createdMs };
  if (answerAs === "ACK") return ack;
  const result = {
    ...ack,
    ...orderState(order),
    ...orderExtras(order),
    workingTime: order.workingMs === 0 ? -1 : order.workingMs,
    selfTradePreventionMode: preventionWord(order.prevention),
  };
  if (answerAs === "RESULT") return result;
  const fills = call.venue.orders.fills(order.account, order.symbol).filter((fill) => fill.orderId === order.id);
  return { ...result, fills: fills.map(fillRow) };
}

/** `requestId`: the client id of the cancel. */
export function canceledAnswer(order: Order, requestId: string): Record<string, unknown> {
  return {
    symbol: order.symbol,
    origClientOrderId: order.clientId,
    orderId: order.id,
    orderListId: order.list === 0 ? -1 : order.list,
    clientOrderId: requestId,
    transactTime: order.updatedMs,
    ...orderState(order),
    ...orderExtras(order),
    selfTradePreventionMode: preventionWord(order.prevention),
  };
}

/** `order/test` with `computeCommissionRates`. */
export function commissionAnswer(call: Call): Record<string, unknown> {
  const { makerRate, takerRate } = call.account;
  const nothing = { maker: num(ZERO), taker: num(ZERO) };
  return {
    standardCommissionForOrder: { maker: num(makerRate), taker: num(takerRate) },
    specialCommissionForOrder: nothing,
    taxCommissionForOrder: nothing,
    discount: discountOf(call),
  };
}

export function discountOf(call: Call): Record<string, unknown> {
  const isOn = call.account.spec.feeAsset === "BNB";
  return { enabledForAccount: isOn, enabledForSymbol: true, discountAsset: "BNB", discount: "0.25000000" };
}

function readTrigger(params: OrderParams, type: string, side: Side): Trigger | undefined {
  if (!type.startsWith("STOP_LOSS") && !type.startsWith("TAKE_PROFIT")) {
    params.forbid("stopPrice", "trailingDelta");
    return undefined;
  }
  const price = params.decimal("stopPrice");
  const delta = params.query.optionalWhole("trailingDelta");
  if (price === undefined && delta === undefined) {
    throw new VenueError(400, -1_102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!");
  }
  const isStop = type.startsWith("STOP_LOSS");
  if (delta === undefined) {
    return { price: price ?? ZERO, rises: isStop === (side === "buy"), source: "last" };
  }
  const trail = { rate: over(whole(delta), whole(BASIS_POINTS)), from: price };
  return { price: ZERO, rises: side === "buy", source: "last", trail };
}

function readIceberg(params: OrderParams, isLimit: boolean, time: string | undefined) {
  const displayQty = params.decimal("icebergQty");
  if (displayQty === undefined || displayQty === ZERO) return undefined;
  if (!isLimit) throw new VenueError(400, -1_106, "Parameter 'icebergQty' sent when not required.");
  if (time !== undefined && time !== "GTC") throw new VenueError(400, -1_013, "Iceberg orders must be GTC.");
  assert(displayQty > amount("0"), Code.InvariantBroken);
  return displayQty;
}

function readTags(call: Call, type: string): Record<string, string> {
  const tags: Record<string, string> = { type };
  for (const name of ["strategyId", "strategyType", "trailingDelta"]) {
    const text = call.query.text(name);
    if (text !== undefined) tags[name] = text;
  }
  return tags;
}

function timeOf(word: (typeof TIMES)[number]): OrderSpec["timeInForce"] {
  return word === "GTC" ? "gtc" : word === "IOC" ? "ioc" : "fok";
}
