/** Rows of Bybit's answers to queries as statements: orders, executions, positions, balances. A row that cannot be read fails. */

import { Wide } from "../../core/wide.ts";
import type { Instrument } from "../../model/instrument.ts";
import { type Evidence, RecordKind, TradingRecord } from "../../model/record.ts";
import { Fields } from "../wire/fields.ts";
import type { StatementReader } from "../wire/live_dialect.ts";
import type { ReportBuilder } from "../wire/report_builder.ts";
import { fillColumns, isFill } from "./execution_words.ts";
import * as words from "./order_words.ts";

/** Reads rows for one query; `bad` names what made its answer worthless. */
export class RowReader implements StatementReader {
  bad = "";

  constructor(
    readonly out: ReportBuilder,
    readonly query: number,
    readonly evidence: Evidence,
    readonly nowUs: number,
  ) {}

  /** One order. Undefined for a symbol that is not known here (`bad` stays as it is), or a row that cannot be read. */
  order(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    const instrument = this.#instrument(row);
    if (instrument === undefined) return undefined;
    const record = this.#begin(RecordKind.StatedOrder, instrument);
    record.text = row.text("orderLinkId", "");
    record.order = this.out.parts.ids.orderOf(record.text);
    record.venueOrderId = row.text("orderId");
    record.side = words.sideOf(row);
    record.leg = words.legOf(row);
    record.price = words.amountOf(row, "price", instrument.priceScale);
    record.qty = words.quantityOf(row, instrument);
    record.cumQty = words.amountOf(row, "cumExecQty", instrument.qtyScale);
    record.exchangeTimeUs = words.timeOf(row, "updatedTime");
    record.orderType = words.typeOf(row);
    record.timeInForce = words.timeInForceOf(row);
    record.flags = words.flagsOf(row);
    record.code = words.statusOf(row, record.cumQty) ?? 0;
    return this.#end("order", row) ? record : undefined;
  }

  /** One execution; undefined for those that are no fills. */
  trade(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    const instrument = this.#instrument(row);
    if (instrument === undefined || !isFill(row.text("execType", ""))) return undefined;
    const record = this.#begin(RecordKind.OrderFilled, instrument);
    fillColumns(record, instrument, row, this.out);
    return this.#end("execution", row) ? record : undefined;
  }

  /** One position; undefined when it is flat. */
  position(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    const text = row.text("size");
    if (row.bad === "" && !/[1-9]/.test(text)) return undefined;
    const instrument = this.#instrument(row);
    if (instrument === undefined) return undefined;
    const record = this.#begin(RecordKind.StatedPosition, instrument);
    record.qty = row.mantissa("size", instrument.qtyScale);
    record.side = words.sideOf(row);
    record.leg = words.legOf(row);
    record.price = averagePrice(row, instrument);
    record.exchangeTimeUs = words.timeOf(row, "updatedTime");
    return this.#end("position", row) ? record : undefined;
  }

  /** One coin of the wallet; undefined for an asset that is not defined here. */
  balance(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    const asset = this.out.parts.assetId(row.text("coin"));
    if (asset === undefined && row.bad === "") return undefined;
    const record = new TradingRecord().reset(RecordKind.StatedBalance);
    record.account = this.out.parts.account;
    record.attempt = this.query;
    record.evidence = this.evidence;
    record.timeUs = this.nowUs;
    record.asset = asset ?? 0;
    const [whole, locked] = [new Wide(), new Wide()];
    row.amount("walletBalance", whole);
    if (row.text("locked", "") !== "") row.amount("locked", locked);
    record.amountHi = whole.hi;
    record.amountLo = whole.lo;
    record.feeHi = locked.hi;
    record.feeLo = locked.lo;
    return this.#end("balance", row) ? record : undefined;
  }

  #instrument(row: Fields): Instrument | undefined {
    const symbol = row.text("symbol");
    const instrument = this.out.parts.instrument(symbol);
    if (row.bad !== "") this.#end("symbol", row);
    else if (instrument === undefined)
      this.out.stats.setAside(`answer: symbol ${symbol} is not known here`, row.source);
    return instrument;
  }

  #begin(kind: RecordKind, instrument: Instrument): TradingRecord {
    const record = new TradingRecord().reset(kind);
    record.account = this.out.parts.account;
    record.instrument = instrument.id;
    record.instrumentRevision = instrument.revision;
    record.attempt = this.query;
    record.evidence = this.evidence;
    record.timeUs = this.nowUs;
    return record;
  }

  #end(what: string, row: Fields): boolean {
    if (row.bad === "") return true;
    this.bad ||= `${what}: field ${row.bad}`;
    this.out.stats.setAside(`answer ${what}: field ${row.bad}`, row.source);
    return false;
  }
}

/** An average has more decimals than prices have: those beyond the scale are left out. */
function averagePrice(row: Fields, instrument: Instrument): number {
  const [whole = "0", fraction = ""] = row.text("avgPrice", "0").split(".");
  const price = new Fields({
    p: `${whole === "" ? "0" : whole}.${fraction.slice(0, instrument.priceScale).padEnd(1, "0")}`,
  });
  return price.mantissa("p", instrument.priceScale);
}
