/** USD-M user events: ORDER_TRADE_UPDATE, ACCOUNT_UPDATE; what else the venue says is set aside by its name. */

import { Reject } from "../../model/denial.ts";
import { CashCause, Leg } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { Fields } from "../wire/fields.ts";
import type { FillNames, ReportBuilder } from "../wire/report_builder.ts";

const FILL: FillNames = Object.freeze({
  price: "L",
  qty: "l",
  tradeId: "t",
  maker: "m",
  quote: "",
  fee: "n",
  feeAsset: "N",
});

/** One event, without its envelope. */
export function decodeUsdmEvent(event: Fields, nowUs: number, out: ReportBuilder): void {
  const name = event.text("e", "");
  if (name === "ORDER_TRADE_UPDATE") return decodeOrder(event, nowUs, out);
  if (name === "ACCOUNT_UPDATE") return decodeAccount(event, nowUs, out);
  // TRADE_LITE comes earlier and says less than the report of the same fill. Conditional orders are not sent from here.
  out.stats.setAside(name === "" ? "no event" : name, event.source);
}

/** Leg of a position side word. */
export function legOf(word: string): Leg {
  if (word === "LONG") return Leg.Long;
  return word === "SHORT" ? Leg.Short : Leg.Net;
}

function decodeOrder(event: Fields, nowUs: number, out: ReportBuilder): void {
  const order = event.object("o");
  const execution = order.text("x");
  const symbol = order.text("s");
  const instrument = out.parts.instrument(symbol);
  order.bad ||= event.bad;
  if (order.bad !== "" || instrument === undefined) {
    const why = order.bad === "" ? `symbol ${symbol} is not known here` : order.bad;
    out.stats.setAside(`ORDER_TRADE_UPDATE: ${why}`, event.source);
    return;
  }
  const kind = kindOf(execution, order);
  if (kind === undefined) {
    out.stats.setAside(`ORDER_TRADE_UPDATE ${execution} ${order.text("X", "")}`, event.source);
    return;
  }
  const record = out.order(kind, instrument, order, nowUs);
  record.order = out.parts.ids.orderOf(order.text("c"));
  record.leg = legOf(order.text("ps", "BOTH"));
  record.venueOrderId = order.id("i");
  record.exchangeTimeUs = order.timeUs("T");
  record.cumQty = order.mantissa("z", instrument.qtyScale);
  if (kind === RecordKind.OrderFilled) out.fill(record, instrument, order, FILL);
  else {
    record.price = order.mantissa("p", instrument.priceScale);
    record.qty = order.mantissa("q", instrument.qtyScale);
  }
  if (kind === RecordKind.OrderExpired) record.code = reasonOf(order);
  out.tell(`ORDER_TRADE_UPDATE ${execution}`, record, order);
}

function kindOf(execution: string, order: Fields): RecordKind | undefined {
  switch (execution) {
    case "NEW":
      return RecordKind.OrderAccepted;
    case "TRADE":
      return RecordKind.OrderFilled;
    case "CALCULATED":
      // Liquidation or auto-deleverage: a fill where it says how much, else only the announcement.
      return /[1-9]/.test(order.text("l", "")) ? RecordKind.OrderFilled : undefined;
    case "CANCELED":
      return RecordKind.OrderCanceled;
    case "EXPIRED":
      return RecordKind.OrderExpired;
    case "AMENDMENT":
      return RecordKind.OrderReplaced;
    default:
      return undefined;
  }
}

function reasonOf(order: Fields): Reject {
  if (order.text("f", "") === "GTX") return Reject.WouldTake;
  const reason = order.source["er"];
  if (String(reason) === "3") return Reject.ReduceOnly;
  const time = order.text("f", "");
  return time === "IOC" || time === "FOK" || String(reason) === "2" ? Reject.Unfillable : Reject.Other;
}

const CAUSES: Readonly<Record<string, CashCause>> = Object.freeze({
  FUNDING_FEE: CashCause.Funding,
  DEPOSIT: CashCause.Deposit,
  ADMIN_DEPOSIT: CashCause.Deposit,
  WITHDRAW: CashCause.Withdrawal,
  ADMIN_WITHDRAW: CashCause.Withdrawal,
  WITHDRAW_REJECT: CashCause.Withdrawal,
  ASSET_TRANSFER: CashCause.Transfer,
  OPTIONS_TRANSFER: CashCause.Transfer,
  MARGIN_TRANSFER: CashCause.Transfer,
  AUTO_EXCHANGE: CashCause.Conversion,
  COIN_SWAP_DEPOSIT: CashCause.Conversion,
  COIN_SWAP_WITHDRAW: CashCause.Conversion,
  INSURANCE_CLEAR: CashCause.Liquidation,
  OPTIONS_PREMIUM_FEE: CashCause.Fee,
  OPTIONS_SETTLE_PROFIT: CashCause.Settlement,
});

/** Cash that moved for another reason than a fill. Fills state their own fee and profit, so ORDER moves nothing here. */
function decodeAccount(event: Fields, nowUs: number, out: ReportBuilder): void {
  const update = event.object("a");
  const reason = update.text("m");
  const cause = CAUSES[reason];
  const rows = update.list("B");
  if (event.bad !== "" || update.bad !== "" || cause === undefined) {
    const wrong = event.bad || update.bad;
    out.stats.setAside(`ACCOUNT_UPDATE ${wrong === "" ? reason : `field ${wrong}`}`, event.source);
    return;
  }
  let moved = 0;
  for (const row of rows) if (decodeMove(Fields.of(row), reason, cause, event, update, nowUs, out)) moved++;
  if (moved === 0) out.stats.setAside(`ACCOUNT_UPDATE ${reason} without change`, event.source);
}

function decodeMove(
  row: Fields,
  reason: string,
  cause: CashCause,
  event: Fields,
  update: Fields,
  nowUs: number,
  out: ReportBuilder,
): boolean {
  const code = row.text("a");
  if (!row.amount("bc", out.wide) || out.wide.isZero()) return false;
  const asset = out.parts.assetId(code);
  if (asset === undefined) return false;
  const record = new TradingRecord().reset(RecordKind.CashMoved);
  record.account = out.parts.account;
  record.timeUs = nowUs;
  record.exchangeTimeUs = event.timeUs("T");
  record.asset = asset;
  record.code = cause;
  record.amountHi = out.wide.hi;
  record.amountLo = out.wide.lo;
  // Several positions pay at one time: the balance afterwards tells their messages apart.
  record.fillId = `${reason}-${record.exchangeTimeUs}-${code}-${row.text("wb")}`;
  if (cause === CashCause.Funding) nameInstrument(record, update, out);
  row.bad ||= event.bad;
  out.tell(`ACCOUNT_UPDATE ${reason}`, record, row);
  return row.bad === "";
}

/** Funding of an isolated position names it; that of a crossed one names the asset alone. */
function nameInstrument(record: TradingRecord, update: Fields, out: ReportBuilder): void {
  const [first] = Array.isArray(update.source["P"]) ? update.source["P"] : [];
  const position = Fields.of(first);
  const instrument = out.parts.instrument(position.text("s", ""));
  if (instrument === undefined) return;
  record.instrument = instrument.id;
  record.instrumentRevision = instrument.revision;
  record.leg = legOf(position.text("ps", "BOTH"));
}
