/** Rows of Bybit's private topics as reports: orders, executions; what else the venue says is set aside by its name. */

import type { Instrument } from "../../model/instrument.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { Fields } from "../wire/fields.ts";
import type { ReportBuilder } from "../wire/report_builder.ts";
import type { Category } from "./category.ts";
import { fillColumns, isFill } from "./execution_words.ts";
import { News, type OrderTerms } from "./order_terms.ts";
import { amountOf, legOf, quantityOf, reasonOf, sideOf, statusOf, timeOf } from "./order_words.ts";

export class ReportRows {
  constructor(
    readonly category: Category,
    readonly out: ReportBuilder,
    readonly terms: OrderTerms,
    /** A position has paid or was paid. */
    readonly funded: () => void,
  ) {}

  /** One row of a topic, `order.spot` or `order` alike. */
  read(topic: string, value: unknown, nowUs: number): void {
    const row = Fields.of(value);
    const { stats } = this.out;
    const [kind = ""] = topic.split(".");
    if (topic.startsWith("execution.fast") || (kind !== "order" && kind !== "execution")) {
      stats.setAside(topic, value); // Balances and positions are asked for; the fast topic says no fees.
      return;
    }
    const category = row.text("category", "");
    const symbol = row.text("symbol");
    const instrument = category === this.category ? this.out.parts.instrument(symbol) : undefined;
    if (row.bad !== "") stats.setAside(`${kind}: field ${row.bad}`, value);
    else if (category !== this.category) stats.setAside(`${kind}: category ${category}`, value);
    else if (instrument === undefined) stats.setAside(`${kind}: symbol ${symbol} is not known here`, value);
    else if (kind === "order") this.#order(row, instrument, nowUs);
    else this.#execution(row, instrument, nowUs);
  }

  #order(row: Fields, instrument: Instrument, nowUs: number): void {
    const cumQty = amountOf(row, "cumExecQty", instrument.qtyScale);
    const status = statusOf(row, cumQty);
    const [venueOrderId, clientOrderId] = [row.text("orderId"), row.text("orderLinkId", "")];
    const updatedUs = timeOf(row, "updatedTime");
    const terms = { price: amountOf(row, "price", instrument.priceScale), qty: quantityOf(row, instrument) };
    // All of the row is read before it is remembered as seen.
    const about = this.#about(row, instrument, nowUs, terms, updatedUs);
    const report = (kind: RecordKind) => new TradingRecord().copyFrom(about, kind);
    const name = `order ${row.text("orderStatus", "")}`;
    if (row.bad !== "" || status === undefined) {
      this.out.stats.setAside(`order: field ${row.bad}`, row.source);
      return;
    }
    if (status === VenueOrderStatus.Open) {
      const news = this.terms.alive(venueOrderId, clientOrderId, terms, updatedUs);
      if (news === News.None) this.out.stats.decoded(name);
      if (news === News.Accepted || news === News.AcceptedReplaced) {
        this.out.tell(name, report(RecordKind.OrderAccepted), row);
      }
      if (news === News.Replaced || news === News.AcceptedReplaced) {
        this.out.tell(name, report(RecordKind.OrderReplaced), row);
      }
      return;
    }
    const isNew = !this.terms.isKnown(venueOrderId);
    const isReplaced = this.terms.isWanted(clientOrderId, terms);
    if (!this.terms.ended(venueOrderId, clientOrderId, updatedUs)) return this.out.stats.decoded(name);
    if (status === VenueOrderStatus.Filled) {
      // Its executions tell the rest: that it was taken on is news only when no row of it has come before.
      // Of other ends the terms are read with the end.
      for (const kind of [
        ...(isNew ? [RecordKind.OrderAccepted] : []),
        ...(isReplaced ? [RecordKind.OrderReplaced] : []),
      ]) {
        this.out.tell(name, Object.assign(report(kind), { cumQty }), row);
      }
      if (!isNew && !isReplaced) this.out.stats.decoded(name);
      return;
    }
    const ended = report(endKind(status));
    ended.cumQty = cumQty;
    ended.code = status === VenueOrderStatus.Canceled ? 0 : reasonOf(row);
    if (status === VenueOrderStatus.Rejected) ended.text = row.text("rejectReason", "");
    this.out.tell(name, ended, row);
  }

  #about(
    row: Fields,
    instrument: Instrument,
    nowUs: number,
    terms: { readonly price: number; readonly qty: number },
    updatedUs: number,
  ): TradingRecord {
    const record = begin(RecordKind.OrderAccepted, instrument, this.out, nowUs);
    record.side = sideOf(row);
    record.leg = legOf(row);
    record.order = this.out.parts.ids.orderOf(row.text("orderLinkId", ""));
    record.venueOrderId = row.text("orderId");
    record.exchangeTimeUs = updatedUs;
    record.price = terms.price;
    record.qty = terms.qty;
    return record;
  }

  #execution(row: Fields, instrument: Instrument, nowUs: number): void {
    const type = row.text("execType");
    const name = `execution ${type}`;
    if (type === "Funding") {
      // The log tells it with its amount, and it alone: what two places tell would count twice.
      this.out.stats.decoded(name);
      return this.funded();
    }
    if (row.bad !== "" || !isFill(type)) {
      this.out.stats.setAside(row.bad === "" ? name : `execution: field ${row.bad}`, row.source);
      return;
    }
    const record = begin(RecordKind.OrderFilled, instrument, this.out, nowUs);
    record.order = this.out.parts.ids.orderOf(row.text("orderLinkId", ""));
    fillColumns(record, instrument, row, this.out);
    this.out.tell(name, record, row);
  }
}

function begin(kind: RecordKind, instrument: Instrument, out: ReportBuilder, nowUs: number): TradingRecord {
  const record = new TradingRecord().reset(kind);
  record.account = out.parts.account;
  record.instrument = instrument.id;
  record.instrumentRevision = instrument.revision;
  record.timeUs = nowUs;
  return record;
}

function endKind(status: VenueOrderStatus): RecordKind {
  if (status === VenueOrderStatus.Rejected) return RecordKind.OrderRejected;
  return status === VenueOrderStatus.Canceled ? RecordKind.OrderCanceled : RecordKind.OrderExpired;
}
