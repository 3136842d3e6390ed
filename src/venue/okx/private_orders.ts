/** The channel `orders`: each row tells of a fill, an amendment, an end, or several of them at once. */

import { Reject } from "../../model/denial.ts";
import type { Instrument } from "../../model/instrument.ts";
import { Leg } from "../../model/order.ts";
import { RecordKind, type TradingRecord } from "../../model/record.ts";
import type { Fields } from "../wire/fields.ts";
import type { ReportBuilder } from "../wire/report_builder.ts";
import { FILL, fillRow, instrumentOf } from "./row_fields.ts";

/** How an order ended that did not fill whole. */
export interface OrderEnd {
  readonly isCanceled: boolean;
  /** Of one that the venue ended by itself. */
  readonly code: Reject;
}

const CANCELED: OrderEnd = Object.freeze({ isCanceled: true, code: Reject.None });

/** One row. */
export function decodeOrder(value: unknown, nowUs: number, out: ReportBuilder): void {
  const row = orderRow(value);
  const state = row.text("state");
  const instrument = instrumentOf(row, out.parts);
  if (row.bad !== "" || instrument === undefined) {
    const name = `${row.text("instType", "")} ${row.text("instId", "")}`.trim();
    const why = row.bad === "" ? `${name} is not known here` : `field ${row.bad}`;
    out.stats.setAside(`orders: ${why}`, row.source);
    return;
  }
  const kinds = kindsOf(row, state);
  if (kinds.length === 0) out.stats.setAside(`orders ${state} without news`, row.source);
  for (const kind of kinds) tellOne(kind, instrument, row, nowUs, out);
}

/** Leg of a position side word. */
export function legOf(word: string): Leg {
  if (word === "long") return Leg.Long;
  return word === "short" ? Leg.Short : Leg.Net;
}

/** By who cancelled it: the owner, a countdown of his, or the venue itself. */
export function endOf(row: Fields): OrderEnd {
  switch (row.text("cancelSource", "")) {
    case "":
    case "1":
    case "20":
      return CANCELED;
    case "13":
    case "14":
    case "33":
      return { isCanceled: false, code: Reject.Unfillable };
    case "15":
      return { isCanceled: false, code: Reject.PriceBand };
    case "22":
    case "23":
      return { isCanceled: false, code: Reject.ReduceOnly };
    case "31":
      return { isCanceled: false, code: Reject.WouldTake };
    default:
      return { isCanceled: false, code: Reject.Other };
  }
}

/** Our number of an amendment as the venue tells it back: which attempt it was. */
export function requestName(attempt: number): string {
  return `a${attempt}`;
}

/** Rows say what a fill was charged, or, of its first fill, what the order was charged so far. */
function orderRow(value: unknown): Fields {
  const row = fillRow(value, "fillFee", "fillFeeCcy");
  if (row.has("fillFee") || !isFill(row)) return row;
  if (row.source["accFillSz"] === row.source["fillSz"]) return fillRow(value, "fee", "feeCcy");
  row.bad ||= "fillFee";
  return row;
}

function isFill(row: Fields): boolean {
  return row.has("tradeId") && /[1-9]/.test(row.text("fillSz", ""));
}

function kindsOf(row: Fields, state: string): RecordKind[] {
  const kinds: RecordKind[] = [];
  const amended = row.text("amendResult", "");
  if (isFill(row)) kinds.push(RecordKind.OrderFilled);
  if (amended === "0" || amended === "2") kinds.push(RecordKind.OrderReplaced);
  else if (amended !== "") kinds.push(RecordKind.ReplaceRejected);
  else if (state === "live" && kinds.length === 0) kinds.push(RecordKind.OrderAccepted);
  if (state === "canceled" || state === "mmp_canceled") {
    kinds.push(endOf(row).isCanceled ? RecordKind.OrderCanceled : RecordKind.OrderExpired);
  }
  return kinds;
}

function tellOne(kind: RecordKind, instrument: Instrument, row: Fields, nowUs: number, out: ReportBuilder): void {
  const record = out.order(kind, instrument, row, nowUs);
  record.order = out.parts.ids.orderOf(row.text("clOrdId", ""));
  record.leg = legOf(row.text("posSide", ""));
  record.venueOrderId = row.id("ordId");
  record.cumQty = row.mantissa("accFillSz", instrument.qtyScale);
  if (kind === RecordKind.OrderFilled) {
    record.exchangeTimeUs = row.timeUs("fillTime");
    out.fill(record, instrument, row, FILL);
  } else {
    record.exchangeTimeUs = row.timeUs("uTime");
    terms(record, instrument, row);
  }
  if (kind === RecordKind.OrderExpired) record.code = endOf(row).code;
  if (kind === RecordKind.ReplaceRejected) {
    record.code = Reject.Other;
    record.text = `${row.text("code", "")} ${row.text("msg", "")}`.trim();
    record.attempt = attemptOf(row.text("reqId", ""));
  }
  out.tell(`orders ${RecordKind[kind]}`, record, row);
}

/** A market order has no price; one that counts money has no quantity that we could compare. */
function terms(record: TradingRecord, instrument: Instrument, row: Fields): void {
  if (row.has("px")) record.price = row.mantissa("px", instrument.priceScale);
  if (!isByMoney(row)) record.qty = row.mantissa("sz", instrument.qtyScale);
}

/** A market order of spot counts quote when it buys, unless it says otherwise. */
export function isByMoney(row: Fields): boolean {
  const unit = row.text("tgtCcy", "");
  if (unit !== "") return unit === "quote_ccy";
  const isSpot = row.text("instType", "") === "SPOT";
  return isSpot && row.text("ordType", "") === "market" && row.text("side", "") === "BUY";
}

function attemptOf(text: string): number {
  return /^a\d{1,9}$/.test(text) ? Number.parseInt(text.slice(1), 10) : 0;
}
