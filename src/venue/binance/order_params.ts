/** Parameters of Binance requests in the order in which they are sent: pairs of name and text, signed as they stand. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { mantissaTextShort } from "../../core/decimal.ts";
import type { Instrument } from "../../model/instrument.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import type { TradingRecord } from "../../model/record.ts";
import type { Param } from "../wire/live_answer.ts";
import type { OrderRef } from "../wire/live_dialect.ts";
import type { BinanceMarket } from "./fast_path.ts";

export type { Param } from "../wire/live_answer.ts";

const TIMES: Readonly<Record<number, string>> = Object.freeze({
  [TimeInForce.Gtc]: "GTC",
  [TimeInForce.Ioc]: "IOC",
  [TimeInForce.Fok]: "FOK",
});

/** A new order, or undefined when the venue has no such order: nothing may leave then. */
export function newOrderParams(
  market: BinanceMarket,
  instrument: Instrument,
  order: Readonly<TradingRecord>,
  clientOrderId: string,
  answerAs = "ACK",
): Param[] | undefined {
  assert(order.instrument === instrument.id, Code.ValueOutOfRange);
  if (!isWhole(order) || !isServed(market, order)) return undefined;
  const isPostOnly = (order.flags & OrderFlag.PostOnly) !== 0;
  const params: Param[] = [
    ["symbol", instrument.venueSymbol],
    ["side", sideWord(order.side)],
    ["newClientOrderId", clientOrderId],
    ["newOrderRespType", answerAs],
    ["type", typeWord(market, order.orderType, isPostOnly)],
    ["quantity", mantissaTextShort(order.qty, instrument.qtyScale)],
  ];
  if (order.orderType === OrderType.Limit) {
    params.push(["price", mantissaTextShort(order.price, instrument.priceScale)]);
    if (market === "usdm" && isPostOnly) params.push(["timeInForce", "GTX"]);
    else if (!isPostOnly) params.push(["timeInForce", TIMES[order.timeInForce] as string]);
  }
  if (market === "usdm" && (order.flags & OrderFlag.ReduceOnly) !== 0) params.push(["reduceOnly", "true"]);
  return params;
}

/** USD-M alone: price and whole quantity of a limit order. The place in the queue stays when only the quantity falls. */
export function modifyParams(
  instrument: Instrument,
  order: Readonly<TradingRecord>,
  ref: OrderRef,
): Param[] | undefined {
  if (!isWhole(order) || order.price <= 0) return undefined;
  return [
    ["symbol", instrument.venueSymbol],
    ["side", sideWord(order.side)],
    refParam(ref),
    ["quantity", mantissaTextShort(order.qty, instrument.qtyScale)],
    ["price", mantissaTextShort(order.price, instrument.priceScale)],
  ];
}

/** One order: to cancel it, or to ask for it. */
export function orderParams(venueSymbol: string, ref: OrderRef): Param[] {
  return [["symbol", venueSymbol], refParam(ref)];
}

function refParam({ venueOrderId, clientOrderId }: OrderRef): Param {
  assert(venueOrderId !== "" || clientOrderId !== "", Code.ValueOutOfRange);
  return venueOrderId === "" ? ["origClientOrderId", clientOrderId] : ["orderId", venueOrderId];
}

function isWhole(order: Readonly<TradingRecord>): boolean {
  const isPriced = order.orderType !== OrderType.Limit || order.price > 0;
  return (order.side === Side.Buy || order.side === Side.Sell) && order.qty > 0 && isPriced;
}

/** Types, times and flags that are sent natively; the engine emulates or denies the rest. */
function isServed(market: BinanceMarket, order: Readonly<TradingRecord>): boolean {
  if (order.leg !== 0 || order.displayQty !== 0) return false;
  if ((order.flags & OrderFlag.ReduceOnly) !== 0 && market === "spot") return false;
  const isPostOnly = (order.flags & OrderFlag.PostOnly) !== 0;
  if (order.orderType === OrderType.Market) return !isPostOnly;
  if (order.orderType !== OrderType.Limit) return false;
  return isPostOnly ? order.timeInForce === TimeInForce.Gtc : TIMES[order.timeInForce] !== undefined;
}

function typeWord(market: BinanceMarket, orderType: number, isPostOnly: boolean): string {
  if (orderType === OrderType.Market) return "MARKET";
  return isPostOnly && market === "spot" ? "LIMIT_MAKER" : "LIMIT";
}

function sideWord(side: number): string {
  return side === Side.Buy ? "BUY" : "SELL";
}
