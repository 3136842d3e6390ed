/** Spot user events: executionReport, balanceUpdate; what else the venue says is set aside by its name. */

import { Reject } from "../../model/denial.ts";
import type { Instrument } from "../../model/instrument.ts";
import { CashCause } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import type { Fields } from "../wire/fields.ts";
import type { FillNames, ReportBuilder } from "../wire/report_builder.ts";

const FILL: FillNames = Object.freeze({
  price: "L",
  qty: "l",
  tradeId: "t",
  maker: "m",
  quote: "Y",
  fee: "n",
  feeAsset: "N",
});

/** One event, without its envelope. */
export function decodeSpotEvent(event: Fields, nowUs: number, out: ReportBuilder): void {
  const name = event.text("e", "");
  if (name === "executionReport") return decodeReport(event, nowUs, out);
  if (name === "balanceUpdate") return decodeBalance(event, nowUs, out);
  // outboundAccountPosition: balances are asked for. The others concern no order of ours.
  out.stats.setAside(name === "" ? "no event" : name, event.source);
}

function decodeReport(event: Fields, nowUs: number, out: ReportBuilder): void {
  const execution = event.text("x");
  const symbol = event.text("s");
  const instrument = out.parts.instrument(symbol);
  if (event.bad !== "" || instrument === undefined) {
    const why =
      event.bad === "" ? `executionReport: symbol ${symbol} is not known here` : `executionReport: ${event.bad}`;
    out.stats.setAside(why, event.source);
    return;
  }
  const kind = kindOf(execution, event.text("X"));
  if (kind === undefined) {
    out.stats.setAside(`executionReport ${execution} ${event.text("X")}`, event.source);
    return;
  }
  const record = out.order(kind, instrument, event, nowUs);
  identify(record, instrument, event, execution, out);
  if (kind === RecordKind.OrderFilled) out.fill(record, instrument, event, FILL);
  else {
    record.price = event.mantissa("p", instrument.priceScale);
    record.qty = event.mantissa("q", instrument.qtyScale);
  }
  if (kind === RecordKind.OrderExpired) record.code = reasonOf(event);
  if (kind === RecordKind.OrderRejected) {
    record.code = Reject.Other;
    record.text = event.text("r", "");
  }
  out.tell(`executionReport ${execution}`, record, event);
}

function identify(
  record: TradingRecord,
  instrument: Instrument,
  event: Fields,
  execution: string,
  out: ReportBuilder,
): void {
  // On a cancel `c` is the cancel's own id, and `C` the order's; otherwise `C` is empty.
  const original = event.text("C", "");
  const own = execution === "CANCELED" && original !== "" ? original : event.text("c");
  record.order = out.parts.ids.orderOf(own);
  record.venueOrderId = event.id("i");
  record.exchangeTimeUs = event.timeUs("T");
  record.cumQty = event.mantissa("z", instrument.qtyScale);
}

function kindOf(execution: string, status: string): RecordKind | undefined {
  switch (execution) {
    case "NEW":
      return status === "NEW" || status === "PARTIALLY_FILLED" ? RecordKind.OrderAccepted : undefined;
    case "TRADE":
      return RecordKind.OrderFilled;
    case "CANCELED":
      return RecordKind.OrderCanceled;
    case "EXPIRED":
      return RecordKind.OrderExpired;
    case "TRADE_PREVENTION":
      // Without an end the order lives on with less: the venue's query says how much.
      return status === "EXPIRED_IN_MATCH" || status === "EXPIRED" ? RecordKind.OrderExpired : undefined;
    case "REPLACED":
      return RecordKind.OrderReplaced;
    case "REJECTED":
      return RecordKind.OrderRejected;
    default:
      return undefined;
  }
}

function reasonOf(event: Fields): Reject {
  const reason = event.text("eR", "");
  if (/PRICE_RANGE|PRICE_BAND/.test(reason)) return Reject.PriceBand;
  return /IOC|FOK|LIQUIDITY/.test(reason) ? Reject.Unfillable : Reject.Other;
}

/** Money that came or went without an order: from other wallets, from outside. */
function decodeBalance(event: Fields, nowUs: number, out: ReportBuilder): void {
  const code = event.text("a");
  const asset = out.parts.assetId(code);
  if (event.bad === "" && asset === undefined) {
    out.stats.setAside(`balanceUpdate: ${code} is not defined here`, event.source);
    return;
  }
  const record = new TradingRecord().reset(RecordKind.CashMoved);
  record.account = out.parts.account;
  record.timeUs = nowUs;
  record.exchangeTimeUs = event.timeUs("T");
  record.asset = asset ?? 0;
  record.code = CashCause.Transfer;
  if (event.amount("d", out.wide)) {
    record.amountHi = out.wide.hi;
    record.amountLo = out.wide.lo;
  }
  record.fillId = `B${record.exchangeTimeUs}-${code}-${event.text("d")}`;
  out.tell("balanceUpdate", record, event);
}
