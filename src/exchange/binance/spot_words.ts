/** Orders, fills and balances of the core as Binance spot writes them, in answers and in events alike. */

import { type Amount, textOf, ZERO } from "../trading/amount.ts";
import type { Fill, Order } from "../trading/order.ts";
import { preventionWord } from "./order_params.ts";

/** Spot writes every number with so many places. */
const PLACES = 8;

export function num(amount: Amount | undefined): string {
  return textOf(amount ?? ZERO, PLACES);
}

export function statusWord(order: Order): string {
  switch (order.status) {
    case "waiting":
      return order.trigger === undefined ? "PENDING_NEW" : "NEW";
    case "open":
      return "NEW";
    case "part-filled":
      return "PARTIALLY_FILLED";
    case "filled":
      return "FILLED";
    case "canceled":
      return "CANCELED";
    case "expired":
      return "EXPIRED";
    default:
      return "EXPIRED_IN_MATCH";
  }
}

export function typeWord(order: Order): string {
  return order.tags["type"] ?? (order.type === "limit" ? "LIMIT" : "MARKET");
}

/** Fields that answers about an order have in common. */
export function orderHead(order: Order): Record<string, unknown> {
  return { symbol: order.symbol, orderId: order.id, orderListId: order.list === 0 ? -1 : order.list };
}

export function orderState(order: Order): Record<string, unknown> {
  return {
    price: num(order.price),
    origQty: num(order.qty),
    executedQty: num(order.filledQty),
    origQuoteOrderQty: num(order.quoteQty),
    cummulativeQuoteQty: num(order.filledQuote),
    status: statusWord(order),
    timeInForce: order.type === "market" ? "GTC" : order.timeInForce.toUpperCase(),
    type: typeWord(order),
    side: order.side.toUpperCase(),
  };
}

/** Fields that are there only where they mean something. */
export function orderExtras(order: Order): Record<string, unknown> {
  const { trigger, displayQty, tags } = order;
  const extras: Record<string, unknown> = {};
  if (trigger !== undefined && (trigger.trail === undefined || trigger.trail.from !== undefined)) {
    extras["stopPrice"] = num(trigger.trail?.from ?? trigger.price);
  }
  if (tags["trailingDelta"] !== undefined) {
    extras["trailingDelta"] = Number.parseInt(tags["trailingDelta"], 10);
    extras["trailingTime"] = order.createdMs;
  }
  if (displayQty !== undefined) extras["icebergQty"] = num(displayQty);
  for (const name of ["strategyId", "strategyType"]) {
    if (tags[name] !== undefined) extras[name] = Number.parseInt(tags[name], 10);
  }
  if (order.preventedQty > ZERO || order.status === "prevented") {
    extras["preventedMatchId"] = order.id;
    extras["preventedQuantity"] = num(order.preventedQty);
  }
  return extras;
}

/** As `GET /api/v3/order` answers. */
export function orderRow(order: Order): Record<string, unknown> {
  return {
    ...orderHead(order),
    clientOrderId: order.clientId,
    ...orderState(order),
    stopPrice: "0.00000000",
    icebergQty: "0.00000000",
    ...orderExtras(order),
    time: order.createdMs,
    updateTime: order.updatedMs,
    isWorking: order.workingMs > 0,
    workingTime: order.workingMs === 0 ? -1 : order.workingMs,
    selfTradePreventionMode: preventionWord(order.prevention),
  };
}

/** As `GET /api/v3/myTrades` answers. */
export function tradeRow(fill: Fill): Record<string, unknown> {
  return {
    symbol: fill.symbol,
    id: fill.tradeId,
    orderId: fill.orderId,
    orderListId: -1,
    price: num(fill.price),
    qty: num(fill.qty),
    quoteQty: num(fill.quote),
    commission: num(fill.fee),
    commissionAsset: fill.feeAsset,
    time: fill.timeMs,
    isBuyer: fill.side === "buy",
    isMaker: fill.isMaker,
    isBestMatch: true,
  };
}

/** As in `fills` of an answer to a new order. */
export function fillRow(fill: Fill): Record<string, unknown> {
  return {
    price: num(fill.price),
    qty: num(fill.qty),
    commission: num(fill.fee),
    commissionAsset: fill.feeAsset,
    tradeId: fill.tradeId,
  };
}
