/** Arguments of OKX's order requests in the order in which they are sent. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { mantissaTextShort } from "../../core/decimal.ts";
import type { Instrument } from "../../model/instrument.ts";
import { InstrumentKind, OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import type { TradingRecord } from "../../model/record.ts";
import type { OrderRef } from "../wire/live_dialect.ts";

/** How positions are margined: with the whole account, or each by itself. */
export type TradeMode = "cross" | "isolated";

export type Args = Readonly<Record<string, string | boolean>>;

const TYPES: Readonly<Record<number, string>> = Object.freeze({
  [TimeInForce.Gtc]: "limit",
  [TimeInForce.Ioc]: "ioc",
  [TimeInForce.Fok]: "fok",
});

/** A new order, or undefined when the venue has no such order: nothing may leave then. */
export function newOrderArgs(
  instrument: Instrument,
  order: Readonly<TradingRecord>,
  clientOrderId: string,
  mode: TradeMode,
): Args | undefined {
  assert(order.instrument === instrument.id && /^[a-zA-Z0-9]{1,32}$/.test(clientOrderId), Code.ValueOutOfRange);
  const isSpot = instrument.kind === InstrumentKind.Spot;
  const ordType = typeOf(order);
  const isReducing = (order.flags & OrderFlag.ReduceOnly) !== 0;
  const isWhole = (order.side === Side.Buy || order.side === Side.Sell) && order.qty > 0;
  const isPriced = ordType === "market" || order.price > 0;
  // Spot takes the flag, and does not mind it: an order that must not open could open.
  const isServed = order.leg === 0 && order.displayQty === 0 && !(isReducing && isSpot);
  if (ordType === undefined || !isWhole || !isPriced || !isServed) return undefined;
  return {
    side: order.side === Side.Buy ? "buy" : "sell",
    ordType,
    sz: mantissaTextShort(order.qty, instrument.qtyScale),
    tdMode: isSpot ? "cash" : mode,
    // A market order that buys would count quote.
    ...(isSpot ? { tgtCcy: "base_ccy" } : {}),
    ...(ordType === "market" ? {} : { px: mantissaTextShort(order.price, instrument.priceScale) }),
    clOrdId: clientOrderId,
    ...(isReducing ? { reduceOnly: true } : {}),
  };
}

/** Price and whole quantity, what is filled included. The place in the queue stays when only the quantity falls. */
export function amendArgs(
  instrument: Instrument,
  order: Readonly<TradingRecord>,
  ref: OrderRef,
  name: string,
): Args | undefined {
  if (order.qty <= 0 || order.price <= 0) return undefined;
  return {
    ...refArgs(ref),
    newSz: mantissaTextShort(order.qty, instrument.qtyScale),
    newPx: mantissaTextShort(order.price, instrument.priceScale),
    reqId: name,
  };
}

export function refArgs({ venueOrderId, clientOrderId }: OrderRef): Args {
  assert(venueOrderId !== "" || clientOrderId !== "", Code.ValueOutOfRange);
  return venueOrderId === "" ? { clOrdId: clientOrderId } : { ordId: venueOrderId };
}

function typeOf(order: Readonly<TradingRecord>): string | undefined {
  const isPostOnly = (order.flags & OrderFlag.PostOnly) !== 0;
  if (order.orderType === OrderType.Market) return isPostOnly ? undefined : "market";
  if (order.orderType !== OrderType.Limit) return undefined;
  if (isPostOnly) return order.timeInForce === TimeInForce.Gtc ? "post_only" : undefined;
  return TYPES[order.timeInForce];
}
