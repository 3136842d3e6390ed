/** Words of Bybit's order rows, the same on the stream and in answers: side, terms, how it stands and why it ended. */

import { Reject } from "../../model/denial.ts";
import type { Instrument } from "../../model/instrument.ts";
import { InstrumentKind, Leg, OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { VenueOrderStatus } from "../../model/record.ts";
import type { Fields } from "../wire/fields.ts";

const STATUSES: Readonly<Record<string, VenueOrderStatus>> = Object.freeze({
  Created: VenueOrderStatus.Open,
  New: VenueOrderStatus.Open,
  PartiallyFilled: VenueOrderStatus.Open,
  Untriggered: VenueOrderStatus.Open,
  Triggered: VenueOrderStatus.Open,
  Active: VenueOrderStatus.Open,
  Filled: VenueOrderStatus.Filled,
});
const ENDED: readonly string[] = Object.freeze(["Cancelled", "PartiallyFilledCanceled", "Rejected", "Deactivated"]);
const TIMES: Readonly<Record<string, TimeInForce>> = Object.freeze({
  GTC: TimeInForce.Gtc,
  IOC: TimeInForce.Ioc,
  FOK: TimeInForce.Fok,
  PostOnly: TimeInForce.Gtc,
});
/** Somebody asked for it: a person, the watchdog, the venue's protection against disconnection. */
const ASKED: readonly string[] = Object.freeze(["CancelByUser", "CancelByAdmin", "CancelByDCP"]);

export function sideOf(row: Fields): Side {
  const word = row.text("side");
  if (word !== "Buy" && word !== "Sell") row.bad ||= "side";
  return word === "Sell" ? Side.Sell : Side.Buy;
}

/** Positions in one-way mode have the index 0. */
export function legOf(row: Fields): Leg {
  switch (row.whole("positionIdx", 0)) {
    case 0:
      return Leg.Net;
    case 1:
      return Leg.Long;
    case 2:
      return Leg.Short;
    default:
      row.bad ||= "positionIdx";
      return Leg.Net;
  }
}

/** Times stand as text. */
export function timeOf(row: Fields, name: string): number {
  const text = row.text(name, "");
  if (!/^\d{1,15}$/.test(text)) row.bad ||= name;
  return row.bad === "" ? Number.parseInt(text, 10) * 1_000 : 0;
}

/** A number that the venue leaves empty where there is none. */
export function amountOf(row: Fields, name: string, scale: number): number {
  const value = row.source[name];
  return value === undefined || value === null || value === "" ? 0 : row.mantissa(name, scale);
}

/** A market order of spot may be by value: its quantity is what it has got. */
export function quantityOf(row: Fields, instrument: Instrument): number {
  const isByValue = row.source["orderType"] === "Market" && instrument.kind === InstrumentKind.Spot;
  const isOurs = row.source["marketUnit"] === "baseCoin" || row.source["side"] === "Sell";
  return row.mantissa(isByValue && !isOurs ? "cumExecQty" : "qty", instrument.qtyScale);
}

export function typeOf(row: Fields): OrderType {
  const isMarket = row.text("orderType", "") === "Market";
  const stop = row.text("stopOrderType", "");
  const isConditional = /[1-9]/.test(row.text("triggerPrice", "")) && stop !== "" && stop !== "UNKNOWN";
  if (!isConditional) return isMarket ? OrderType.Market : OrderType.Limit;
  if (stop === "TrailingStop") return OrderType.TrailingStop;
  if (/TakeProfit/.test(stop)) return isMarket ? OrderType.TakeProfitMarket : OrderType.TakeProfitLimit;
  return isMarket ? OrderType.StopMarket : OrderType.StopLimit;
}

export function timeInForceOf(row: Fields): number {
  return TIMES[row.text("timeInForce", "")] ?? 0;
}

export function flagsOf(row: Fields): number {
  const postOnly = row.text("timeInForce", "") === "PostOnly" ? OrderFlag.PostOnly : 0;
  return postOnly | (row.flag("reduceOnly") ? OrderFlag.ReduceOnly : 0);
}

/** How an order stands; undefined, and `bad` set, for a word that is not known. */
export function statusOf(row: Fields, cumQty: number): VenueOrderStatus | undefined {
  const word = row.text("orderStatus");
  const alive = STATUSES[word];
  if (alive !== undefined) return alive;
  if (!ENDED.includes(word)) {
    row.bad ||= "orderStatus";
    return undefined;
  }
  const reason = reasonOf(row);
  // Nothing of it has ever traded, and nobody took it back: it was not accepted.
  if (cumQty === 0 && (word === "Rejected" || reason === Reject.WouldTake)) return VenueOrderStatus.Rejected;
  if (word === "Deactivated" || ASKED.includes(row.text("cancelType", ""))) return VenueOrderStatus.Canceled;
  return reason === Reject.None ? VenueOrderStatus.Canceled : VenueOrderStatus.Expired;
}

/** Why it ended, None when somebody asked for it. */
export function reasonOf(row: Fields): Reject {
  switch (row.text("rejectReason", "")) {
    case "EC_PostOnlyWillTakeLiquidity":
      return Reject.WouldTake;
    case "EC_NoEnoughQtyToFill":
    case "EC_NoImmediateQtyToFill":
    case "EC_CancelForNoFullFill":
      return Reject.Unfillable;
    case "EC_DuplicatedClOrdID":
      return Reject.DuplicateClientId;
    case "EC_InvalidSymbolStatus":
    case "EC_InCallAuctionStatus":
      return Reject.MarketClosed;
    case "EC_LimitOrderInvalidPrice":
    case "EC_InvalidPriceScale":
    case "EC_QtyCannotBeZero":
      return Reject.Filter;
    case "EC_PerCancelRequest":
      return Reject.None;
    case "":
    case "EC_NoError":
      return byCancel(row.text("cancelType", ""));
    default:
      return Reject.Other;
  }
}

function byCancel(word: string): Reject {
  if (word === "" || word === "UNKNOWN" || ASKED.includes(word)) return Reject.None;
  return word === "CancelByReduceOnly" ? Reject.ReduceOnly : Reject.Other;
}
