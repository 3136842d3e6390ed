/** Orders and fills as OKX's rows. */

import { type Amount, over, plain, rounded, times, ZERO } from "../trading/amount.ts";
import type { Fill, Order } from "../trading/order.ts";
import { orderIdText } from "./ids.ts";
import type { OkxVenue } from "./okx_venue.ts";

const PRICE_DECIMALS = 10;

const STATES: Readonly<Record<Order["status"], string>> = Object.freeze({
  waiting: "live",
  open: "live",
  "part-filled": "partially_filled",
  filled: "filled",
  canceled: "canceled",
  expired: "canceled",
  prevented: "canceled",
});

export function stateOf(order: Order): string {
  return STATES[order.status];
}

/** A row of `orders-pending`, `orders-history` and `order`. */
export function orderRow(venue: OkxVenue, order: Order): Record<string, unknown> {
  const listing = venue.listed(order.symbol);
  const { instrument, instType } = listing;
  const { tags, filledQty, filledQuote } = order;
  const sums = venue.sums(order.id);
  const isSwap = instType === "SWAP";
  const received = order.side === "buy" ? instrument.base : instrument.quote;
  const given = order.side === "buy" ? instrument.quote : instrument.base;
  const base = times(filledQty, instrument.contractSize);
  const account = venue.core.account(order.account);
  return {
    accFillSz: plain(filledQty),
    algoClOrdId: tags["algoClOrdId"] ?? "",
    algoId: tags["algoId"] ?? "",
    attachAlgoClOrdId: "",
    attachAlgoOrds: [],
    avgPx: filledQty === ZERO ? "" : plain(rounded(over(filledQuote, base), PRICE_DECIMALS)),
    cTime: String(order.createdMs),
    cancelSource: cancelSourceOf(order),
    cancelSourceReason: "",
    category: "normal",
    ccy: "",
    clOrdId: order.clientId,
    fee: plain(-(sums?.fee ?? ZERO)),
    feeCcy: isSwap ? instrument.settle : (sums?.feeAsset ?? received),
    fillPx: sums === undefined ? "" : plain(sums.last.price),
    fillSz: sums === undefined ? "0" : plain(sums.last.qty),
    fillTime: sums === undefined ? "" : String(sums.last.timeMs),
    instId: order.symbol,
    instType,
    isTpLimit: "false",
    lever: isSwap ? String(account.setting(order.symbol).leverage) : "",
    linkedAlgoOrd: { algoId: "" },
    ordId: orderIdText(order.id),
    ordType: tags["ordType"] ?? "limit",
    pnl: plain(sums?.pnl ?? ZERO),
    posSide: isSwap ? posSideOf(order.positionSide) : "",
    px: order.type === "limit" ? plain(order.price) : "",
    pxType: "",
    pxUsd: "",
    pxVol: "",
    quickMgnType: "",
    rebate: "0",
    rebateCcy: isSwap ? instrument.settle : given,
    reduceOnly: String(order.reduceOnly),
    side: order.side,
    slOrdPx: "",
    slTriggerPx: "",
    slTriggerPxType: "",
    source: tags["source"] ?? "",
    state: stateOf(order),
    stpId: "",
    stpMode: tags["stpMode"] ?? "cancel_maker",
    sz: plain(order.quoteQty ?? order.qty),
    tag: tags["tag"] ?? "",
    tdMode: tags["tdMode"] ?? (isSwap ? "cross" : "cash"),
    tgtCcy: tags["tgtCcy"] ?? "",
    tpOrdPx: "",
    tpTriggerPx: "",
    tpTriggerPxType: "",
    tradeId: sums === undefined ? "" : String(sums.last.tradeId),
    uTime: String(order.updatedMs),
  };
}

/** A row of the channel `orders`: the order with the fill or the amendment that it is told of. */
export function orderPush(venue: OkxVenue, order: Order, fill: Fill | undefined): object {
  const { quote, settle } = venue.listed(order.symbol).instrument;
  const filled = {
    execType: fill === undefined ? "" : fill.isMaker ? "M" : "T",
    fillFee: fill === undefined ? "0" : plain(-fill.fee),
    fillFeeCcy: fill?.feeAsset ?? "",
    fillNotionalUsd: fill === undefined ? "" : plain(fill.quote),
    fillPnl: fill === undefined ? "0" : plain(fill.pnl),
    fillPx: fill === undefined ? "" : plain(fill.price),
    fillSz: fill === undefined ? "0" : plain(fill.qty),
    fillTime: fill === undefined ? "" : String(fill.timeMs),
    tradeId: fill === undefined ? "" : String(fill.tradeId),
  };
  const notional = /USD/.test(quote) || /USD/.test(settle) ? worthText(venue, order) : "";
  const { amending } = venue;
  const isAmended = amending !== undefined && fill === undefined && order.amendments > 0;
  const amended = {
    amendResult: isAmended ? "0" : "",
    amendSource: isAmended ? "1" : "",
    reqId: isAmended ? amending.reqId : "",
  };
  return { ...orderRow(venue, order), ...filled, ...amended, notionalUsd: notional, code: "0", msg: "", lastPx: "" };
}

/** A row of `fills` and `fills-history`. */
export function fillRow(venue: OkxVenue, fill: Fill): Record<string, string> {
  const order = venue.core.orders.find(fill.account, undefined, { id: fill.orderId });
  const { instType } = venue.listed(fill.symbol);
  return {
    billId: venue.billId(fill),
    clOrdId: fill.clientId,
    execType: fill.isMaker ? "M" : "T",
    fee: plain(-fill.fee),
    feeCcy: fill.feeAsset,
    fillFwdPx: "",
    fillIdxPx: "",
    fillMarkPx: "",
    fillMarkVol: "",
    fillPnl: plain(fill.pnl),
    fillPx: plain(fill.price),
    fillPxUsd: "",
    fillPxVol: "",
    fillSz: plain(fill.qty),
    fillTime: String(fill.timeMs),
    instId: fill.symbol,
    instType,
    ordId: orderIdText(fill.orderId),
    posSide: posSideOf(fill.positionSide),
    side: fill.side,
    subType: fill.side === "buy" ? "1" : "2",
    tag: order?.tags["tag"] ?? "",
    tradeId: String(fill.tradeId),
    ts: String(fill.timeMs),
  };
}

export function posSideOf(side: "both" | "long" | "short"): string {
  return side === "both" ? "net" : side;
}

function worthText(venue: OkxVenue, order: Order): string {
  const { contractSize } = venue.listed(order.symbol).instrument;
  const price: Amount = order.type === "limit" ? order.price : (venue.sums(order.id)?.last.price ?? ZERO);
  return plain(rounded(times(times(price, order.qty), contractSize), PRICE_DECIMALS));
}

function cancelSourceOf(order: Order): string {
  if (order.status === "filled" || order.status === "open" || order.status === "part-filled") return "";
  switch (order.reason) {
    case "user":
      return "1";
    case "countdown":
      return "20";
    case "would-take":
      return "31";
    case "prevention":
      return "32";
    case "reduce-only":
      return "23";
    case "unfillable":
      return order.timeInForce === "fok" ? "13" : "14";
    case "no-liquidity":
      return "14";
    default:
      return "0";
  }
}
