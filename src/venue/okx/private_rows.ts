/** Rows of OKX's answers to queries as statements: orders, fills, positions, balances. A row that cannot be read fails. */

import type { Instrument } from "../../model/instrument.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, type TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { Fields } from "../wire/fields.ts";
import type { StatementReader } from "../wire/live_dialect.ts";
import { averagePrice, isFlat, StatementRows } from "../wire/statement_rows.ts";
import { endOf, isByMoney, legOf } from "./private_orders.ts";
import { FILL, fillRow, instrumentOf, rowOf } from "./row_fields.ts";

const TYPES: Readonly<Record<string, readonly [OrderType, TimeInForce, isPostOnly?: boolean]>> = Object.freeze({
  market: [OrderType.Market, TimeInForce.Ioc],
  optimal_limit_ioc: [OrderType.Market, TimeInForce.Ioc],
  limit: [OrderType.Limit, TimeInForce.Gtc],
  post_only: [OrderType.Limit, TimeInForce.Gtc, true],
  mmp: [OrderType.Limit, TimeInForce.Gtc],
  mmp_and_post_only: [OrderType.Limit, TimeInForce.Gtc, true],
  fok: [OrderType.Limit, TimeInForce.Fok],
  ioc: [OrderType.Limit, TimeInForce.Ioc],
});

/** Reads rows for one query; `bad` names what made its answer worthless. */
export class RowReader extends StatementRows implements StatementReader {
  order(value: unknown): TradingRecord | undefined {
    const row = rowOf(value);
    const instrument = this.#instrument(row);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.StatedOrder, instrument);
    record.text = row.text("clOrdId", "");
    record.order = this.out.parts.ids.orderOf(record.text);
    record.venueOrderId = row.id("ordId");
    record.side = sideOf(row);
    record.leg = legOf(row.text("posSide", ""));
    record.cumQty = row.mantissa("accFillSz", instrument.qtyScale);
    if (row.has("px")) record.price = row.mantissa("px", instrument.priceScale);
    // Of one that counts money, only what it has filled can be said in our units.
    record.qty = isByMoney(row) ? record.cumQty : row.mantissa("sz", instrument.qtyScale);
    record.exchangeTimeUs = row.timeUs("uTime");
    const [type = 0, time = 0, isPostOnly = false] = TYPES[row.text("ordType")] ?? [];
    record.orderType = type;
    record.timeInForce = time;
    if (isPostOnly) record.flags |= OrderFlag.PostOnly;
    if (row.text("reduceOnly", "") === "true") record.flags |= OrderFlag.ReduceOnly;
    record.code = statusOf(row);
    return this.end("order", row, record);
  }

  trade(value: unknown): TradingRecord | undefined {
    const row = fillRow(value, "fee", "feeCcy");
    const instrument = this.#instrument(row);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.OrderFilled, instrument);
    record.side = sideOf(row);
    record.leg = legOf(row.text("posSide", ""));
    record.venueOrderId = row.id("ordId");
    record.exchangeTimeUs = row.timeUs("fillTime", true) || row.timeUs("ts");
    this.out.fill(record, instrument, row, FILL);
    if (!row.has("paid")) this.out.stats.setAside("answer fill: without a fee", row.source);
    return this.end("fill", row, record);
  }

  /** Undefined when it is flat. */
  position(value: unknown): TradingRecord | undefined {
    const row = rowOf(value);
    if (isFlat(row, "pos")) return undefined;
    const instrument = this.#instrument(row);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.StatedPosition, instrument);
    const qty = row.signed("pos", instrument.qtyScale);
    record.leg = legOf(row.text("posSide", ""));
    record.qty = Math.abs(qty);
    // A net position has a sign; one of a side has none.
    record.side = qty < 0 || row.text("posSide", "") === "short" ? Side.Sell : Side.Buy;
    record.price = averagePrice(row, "avgPx", instrument);
    record.exchangeTimeUs = row.timeUs("uTime", true);
    return this.end("position", row, record);
  }

  /** Undefined for an asset that is not defined here. */
  balance(value: unknown): TradingRecord | undefined {
    const row = rowOf(value);
    return this.balanceOf(row, "ccy", (whole, locked) => {
      row.amount("cashBal", whole);
      if (row.has("frozenBal")) row.amount("frozenBal", locked);
    });
  }

  #instrument(row: Fields): Instrument | undefined {
    const name = `${row.text("instType", "")} ${row.text("instId", "")}`.trim();
    return this.known(row, instrumentOf(row, this.out.parts), name);
  }
}

function statusOf(row: Fields): VenueOrderStatus | 0 {
  switch (row.text("state")) {
    case "live":
    case "partially_filled":
      return VenueOrderStatus.Open;
    case "filled":
      return VenueOrderStatus.Filled;
    case "canceled":
    case "mmp_canceled":
      return endOf(row).isCanceled ? VenueOrderStatus.Canceled : VenueOrderStatus.Expired;
    default:
      row.bad ||= "state";
      return 0;
  }
}

function sideOf(row: Fields): Side {
  const word = row.text("side");
  if (word !== "BUY" && word !== "SELL") row.bad ||= "side";
  return word === "SELL" ? Side.Sell : Side.Buy;
}
