/** Orders, fills and positions of the core as Binance USD-M writes them. */

import type { AlgoOrder } from "../trading/algo_desk.ts";
import { type Amount, amount, magnitude, over, plain, rounded, textOf, times, ZERO } from "../trading/amount.ts";
import { type Instrument, worth } from "../trading/instrument.ts";
import type { Fill, Order, Position, PositionSide } from "../trading/order.ts";
import type { TradingVenue } from "../trading/trading_venue.ts";
import { preventionWord } from "./order_params.ts";

export function priceText(instrument: Instrument, price: Amount | undefined): string {
  return price === undefined || price === ZERO ? "0" : textOf(price, instrument.priceDecimals);
}

export function qtyText(instrument: Instrument, qty: Amount | undefined): string {
  return textOf(qty ?? ZERO, instrument.qtyDecimals);
}

export function cash(amount: Amount): string {
  return textOf(amount, 8);
}

export function averageOf(instrument: Instrument, order: Order): Amount {
  if (order.filledQty === ZERO) return ZERO;
  return over(order.filledQuote, times(order.filledQty, instrument.contractSize));
}

export function statusWord(order: Order): string {
  switch (order.status) {
    case "waiting":
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

export function timeWord(order: Order): string {
  if (order.postOnly) return "GTX";
  return order.type === "market" ? "GTC" : order.timeInForce.toUpperCase();
}

export function sideWord(side: PositionSide): string {
  return side.toUpperCase();
}

/**
 * As acknowledgements are since July 2026: without `avgPrice` and `cumQuote`. `isAck`: as it was when it was taken on.
 */
export function ackRow(instrument: Instrument, order: Order, isAck = false): Record<string, unknown> {
  const filled = qtyText(instrument, isAck ? ZERO : order.filledQty);
  return {
    orderId: order.id,
    symbol: order.symbol,
    status: isAck ? "NEW" : statusWord(order),
    clientOrderId: order.clientId,
    price: priceText(instrument, order.price),
    origQty: qtyText(instrument, order.qty),
    executedQty: filled,
    cumQty: filled,
    timeInForce: timeWord(order),
    type: order.type.toUpperCase(),
    reduceOnly: order.reduceOnly,
    closePosition: order.closePosition,
    side: order.side.toUpperCase(),
    positionSide: sideWord(order.positionSide),
    stopPrice: "0",
    workingType: order.tags["workingType"] ?? "CONTRACT_PRICE",
    priceProtect: false,
    origType: order.tags["origType"] ?? order.type.toUpperCase(),
    priceMatch: order.tags["priceMatch"] ?? "NONE",
    selfTradePreventionMode: preventionWord(order.prevention),
    goodTillDate: order.expireMs ?? 0,
    updateTime: order.updatedMs,
  };
}

/** As queries answer. */
export function orderRow(instrument: Instrument, order: Order): Record<string, unknown> {
  const { cumQty: _, ...row } = ackRow(instrument, order);
  return {
    ...row,
    avgPrice: textOf(averageOf(instrument, order), instrument.priceDecimals),
    cumQuote: plain(order.filledQuote),
    time: order.createdMs,
  };
}

export function tradeRow(instrument: Instrument, fill: Fill): Record<string, unknown> {
  return {
    symbol: fill.symbol,
    id: fill.tradeId,
    orderId: fill.orderId,
    side: fill.side.toUpperCase(),
    price: priceText(instrument, fill.price),
    qty: qtyText(instrument, fill.qty),
    realizedPnl: cash(fill.pnl),
    quoteQty: plain(fill.quote),
    commission: cash(fill.fee),
    commissionAsset: fill.feeAsset,
    time: fill.timeMs,
    positionSide: sideWord(fill.positionSide),
    buyer: fill.side === "buy",
    maker: fill.isMaker,
  };
}

const ALGO_STATUS: Readonly<Record<AlgoOrder["status"], string>> = Object.freeze({
  new: "NEW",
  triggered: "TRIGGERED",
  finished: "FINISHED",
  canceled: "CANCELED",
  rejected: "REJECTED",
  expired: "EXPIRED",
});

export function algoStatusWord(algo: AlgoOrder): string {
  return ALGO_STATUS[algo.status];
}

export function algoRow(instrument: Instrument, algo: AlgoOrder): Record<string, unknown> {
  const { spec, trigger, order } = algo;
  const trail = trigger.trail;
  return {
    algoId: algo.id,
    clientAlgoId: algo.clientId,
    algoType: "CONDITIONAL",
    orderType: spec.tags?.["origType"] ?? "STOP_MARKET",
    symbol: spec.symbol,
    side: spec.side.toUpperCase(),
    positionSide: sideWord(spec.positionSide ?? "both"),
    timeInForce: spec.postOnly === true ? "GTX" : spec.type === "market" ? "GTC" : spec.timeInForce.toUpperCase(),
    quantity: qtyText(instrument, spec.qty),
    algoStatus: algoStatusWord(algo),
    actualOrderId: order === undefined ? "" : String(order.id),
    actualPrice: order === undefined ? "0.00000" : textOf(averageOf(instrument, order), 5),
    triggerPrice: priceText(instrument, trigger.price),
    price: priceText(instrument, spec.price),
    icebergQuantity: null,
    tpTriggerPrice: "0.000",
    tpPrice: "0.000",
    slTriggerPrice: "0.000",
    slPrice: "0.000",
    tpOrderType: "",
    selfTradePreventionMode: preventionWord(spec.prevention),
    workingType: trigger.source === "mark" ? "MARK_PRICE" : "CONTRACT_PRICE",
    priceMatch: "NONE",
    closePosition: spec.closePosition ?? false,
    priceProtect: spec.tags?.["priceProtect"] === "true",
    reduceOnly: spec.reduceOnly ?? false,
    activatePrice: trail?.from === undefined ? "" : priceText(instrument, trail.from),
    callbackRate: spec.tags?.["callbackRate"] ?? "",
    createTime: algo.createdMs,
    updateTime: algo.updatedMs,
    triggerTime: algo.triggeredMs,
    goodTillDate: spec.expireMs ?? 0,
  };
}

/** As `positionRisk` answers; version 2 says leverage and margin type too. */
export function positionRow(
  venue: TradingVenue,
  account: string,
  position: Position,
  version: number,
): Record<string, unknown> {
  const owner = venue.account(account);
  const instrument = venue.symbols.instrument(position.symbol);
  const { leverage, isIsolated } = owner.setting(position.symbol);
  const mark = venue.symbols.view(position.symbol).mark() ?? position.entry;
  const margin = venue.positions.positionMargin(owner, position);
  const row = {
    symbol: position.symbol,
    positionSide: sideWord(position.side),
    positionAmt: qtyText(instrument, position.qty),
    entryPrice: position.entry === ZERO ? "0.0" : plain(rounded(position.entry, 8)),
    breakEvenPrice: position.entry === ZERO ? "0.0" : plain(rounded(position.entry, 8)),
    markPrice: cash(mark),
    unRealizedProfit: cash(venue.positions.unrealised(position)),
    liquidationPrice: "0",
    isolatedMargin: isIsolated ? cash(margin) : "0",
    notional: cash(worth(instrument, mark, position.qty)),
    isolatedWallet: isIsolated ? cash(margin) : "0",
    updateTime: position.updatedMs,
  };
  if (version < 3) {
    const more = { leverage: String(leverage), maxNotionalValue: "100000000", isAutoAddMargin: "false" };
    return { ...row, ...more, marginType: isIsolated ? "isolated" : "cross" };
  }
  const maintenance = cash(rounded(times(worth(instrument, mark, magnitude(position.qty)), amount("0.004")), 8));
  return {
    ...row,
    marginAsset: instrument.settle,
    initialMargin: cash(margin),
    maintMargin: maintenance,
    positionInitialMargin: cash(margin),
    openOrderInitialMargin: "0",
    adl: 1,
    bidNotional: "0",
    askNotional: "0",
  };
}
