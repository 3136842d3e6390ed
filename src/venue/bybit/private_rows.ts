/** Rows of Bybit's answers to queries as statements: orders, executions, positions, balances. A row that cannot be read fails. */

import { RecordKind, type TradingRecord } from "../../model/record.ts";
import { Fields } from "../wire/fields.ts";
import type { StatementReader } from "../wire/live_dialect.ts";
import { averagePrice, isFlat, StatementRows } from "../wire/statement_rows.ts";
import { fillColumns, isFill } from "./execution_words.ts";
import * as words from "./order_words.ts";

/** Reads rows for one query; `bad` names what made its answer worthless. */
export class RowReader extends StatementRows implements StatementReader {
  /** One order. Undefined for a symbol that is not known here (`bad` stays as it is), or a row that cannot be read. */
  order(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    const instrument = this.bySymbol(row);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.StatedOrder, instrument);
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
    return this.end("order", row, record);
  }

  /** One execution; undefined for those that are no fills. */
  trade(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    const instrument = this.bySymbol(row);
    if (instrument === undefined || !isFill(row.text("execType", ""))) return undefined;
    const record = this.begin(RecordKind.OrderFilled, instrument);
    fillColumns(record, instrument, row, this.out);
    return this.end("execution", row, record);
  }

  /** One position; undefined when it is flat. */
  position(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    if (isFlat(row, "size")) return undefined;
    const instrument = this.bySymbol(row);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.StatedPosition, instrument);
    record.qty = row.mantissa("size", instrument.qtyScale);
    record.side = words.sideOf(row);
    record.leg = words.legOf(row);
    record.price = averagePrice(row, "avgPrice", instrument);
    record.exchangeTimeUs = words.timeOf(row, "updatedTime");
    return this.end("position", row, record);
  }

  /** One coin of the wallet; undefined for an asset that is not defined here. */
  balance(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    return this.balanceOf(row, "coin", (whole, locked) => {
      row.amount("walletBalance", whole);
      if (row.text("locked", "") !== "") row.amount("locked", locked);
    });
  }
}
