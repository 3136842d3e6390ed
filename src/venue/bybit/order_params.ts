/** Orders in Bybit's words, their fields in the order in which they are sent. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { mantissaTextShort } from "../../core/decimal.ts";
import type { Instrument } from "../../model/instrument.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import type { TradingRecord } from "../../model/record.ts";
import type { OrderRef } from "../wire/live_dialect.ts";
import type { Category } from "./category.ts";

/** JSON of one request about an order. */
export type OrderBody = Readonly<Record<string, string | boolean>>;

const TIMES: Readonly<Record<number, string>> = Object.freeze({
  [TimeInForce.Gtc]: "GTC",
  [TimeInForce.Ioc]: "IOC",
  [TimeInForce.Fok]: "FOK",
});
const LINK_ID_UNITS_MAX = 36;

/** A new order, or undefined when the venue has no such order: nothing may leave then. */
export function createBody(
  category: Category,
  instrument: Instrument,
  order: Readonly<TradingRecord>,
  clientOrderId: string,
): OrderBody | undefined {
  assert(order.instrument === instrument.id, Code.ValueOutOfRange);
  assert(clientOrderId !== "" && clientOrderId.length <= LINK_ID_UNITS_MAX, Code.ValueOutOfRange);
  if (!isWhole(order) || !isServed(category, order)) return undefined;
  const isMarket = order.orderType === OrderType.Market;
  const isPostOnly = (order.flags & OrderFlag.PostOnly) !== 0;
  return {
    symbol: instrument.venueSymbol,
    side: order.side === Side.Buy ? "Buy" : "Sell",
    orderType: isMarket ? "Market" : "Limit",
    ...(isMarket ? {} : { timeInForce: isPostOnly ? "PostOnly" : (TIMES[order.timeInForce] as string) }),
    orderLinkId: clientOrderId,
    ...(isMarket ? {} : { price: mantissaTextShort(order.price, instrument.priceScale) }),
    category,
    // A market buy of spot is by value unless it says otherwise.
    ...(isMarket && category === "spot" ? { marketUnit: "baseCoin" } : {}),
    qty: mantissaTextShort(order.qty, instrument.qtyScale),
    ...((order.flags & OrderFlag.ReduceOnly) === 0 ? {} : { reduceOnly: true }),
  };
}

/** Price and whole quantity of a limit order, what is filled included. */
export function amendBody(
  category: Category,
  instrument: Instrument,
  order: Readonly<TradingRecord>,
  ref: OrderRef,
): OrderBody | undefined {
  if (!isWhole(order) || order.price <= 0) return undefined;
  return {
    symbol: instrument.venueSymbol,
    ...refFields(ref),
    category,
    qty: mantissaTextShort(order.qty, instrument.qtyScale),
    price: mantissaTextShort(order.price, instrument.priceScale),
  };
}

export function cancelBody(category: Category, instrument: Instrument, ref: OrderRef): OrderBody {
  const filter = category === "spot" ? { orderFilter: "Order" } : {};
  return { symbol: instrument.venueSymbol, ...filter, ...refFields(ref), category };
}

/** One order by name; of two names the venue takes its own. */
export function refFields({ venueOrderId, clientOrderId }: OrderRef): Readonly<Record<string, string>> {
  assert(venueOrderId !== "" || clientOrderId !== "", Code.ValueOutOfRange);
  return venueOrderId === "" ? { orderLinkId: clientOrderId } : { orderId: venueOrderId };
}

function isWhole(order: Readonly<TradingRecord>): boolean {
  const isPriced = order.orderType !== OrderType.Limit || order.price > 0;
  return (order.side === Side.Buy || order.side === Side.Sell) && order.qty > 0 && isPriced;
}

/** Types, times and flags that are sent natively; the engine emulates or denies the rest. */
function isServed(category: Category, order: Readonly<TradingRecord>): boolean {
  if (order.leg !== 0 || order.displayQty !== 0) return false;
  if ((order.flags & OrderFlag.ReduceOnly) !== 0 && category === "spot") return false;
  const isPostOnly = (order.flags & OrderFlag.PostOnly) !== 0;
  if (order.orderType === OrderType.Market) return !isPostOnly;
  if (order.orderType !== OrderType.Limit) return false;
  return isPostOnly ? order.timeInForce === TimeInForce.Gtc : TIMES[order.timeInForce] !== undefined;
}
