/** Rows of Binance's answers to queries as statements: orders, trades, positions, balances. A row that cannot be read fails. */

import { wideAdd } from "../../core/wide.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, type TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { Fields } from "../wire/fields.ts";
import type { StatementReader } from "../wire/live_dialect.ts";
import type { FillNames } from "../wire/report_builder.ts";
import { averagePrice, isFlat, StatementRows } from "../wire/statement_rows.ts";
import { legOf } from "./private_usdm.ts";

const TRADE: FillNames = Object.freeze({
  price: "price",
  qty: "qty",
  tradeId: "id",
  maker: "isMaker",
  quote: "quoteQty",
  fee: "commission",
  feeAsset: "commissionAsset",
});
/** USD-M calls it otherwise; its money is price times quantity. */
const USDM_TRADE: FillNames = Object.freeze({ ...TRADE, maker: "maker", quote: "" });

const STATUSES: Readonly<Record<string, VenueOrderStatus>> = Object.freeze({
  NEW: VenueOrderStatus.Open,
  PARTIALLY_FILLED: VenueOrderStatus.Open,
  PENDING_NEW: VenueOrderStatus.Open,
  PENDING_CANCEL: VenueOrderStatus.Open,
  NEW_INSURANCE: VenueOrderStatus.Open,
  NEW_ADL: VenueOrderStatus.Open,
  FILLED: VenueOrderStatus.Filled,
  CANCELED: VenueOrderStatus.Canceled,
  REJECTED: VenueOrderStatus.Rejected,
  EXPIRED: VenueOrderStatus.Expired,
  EXPIRED_IN_MATCH: VenueOrderStatus.Expired,
});

const TYPES: Readonly<Record<string, OrderType>> = Object.freeze({
  LIMIT: OrderType.Limit,
  LIMIT_MAKER: OrderType.Limit,
  MARKET: OrderType.Market,
  STOP_LOSS: OrderType.StopMarket,
  STOP_MARKET: OrderType.StopMarket,
  STOP_LOSS_LIMIT: OrderType.StopLimit,
  STOP: OrderType.StopLimit,
  TAKE_PROFIT_MARKET: OrderType.TakeProfitMarket,
  TAKE_PROFIT_LIMIT: OrderType.TakeProfitLimit,
  TRAILING_STOP_MARKET: OrderType.TrailingStop,
});

const TIMES: Readonly<Record<string, TimeInForce>> = Object.freeze({
  GTC: TimeInForce.Gtc,
  IOC: TimeInForce.Ioc,
  FOK: TimeInForce.Fok,
  GTX: TimeInForce.Gtc,
  GTD: TimeInForce.Gtd,
});

/** Reads rows for one query; `bad` names what made its answer worthless. */
export class RowReader extends StatementRows implements StatementReader {
  /** One order. Undefined for a symbol that is not known here (`bad` stays as it is), or a row that cannot be read. */
  order(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    const instrument = this.bySymbol(row);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.StatedOrder, instrument);
    record.text = row.text("clientOrderId");
    record.order = this.out.parts.ids.orderOf(record.text);
    record.venueOrderId = row.id("orderId");
    record.side = sideWord(row.text("side"), row);
    record.leg = legOf(row.text("positionSide", "BOTH"));
    record.price = row.mantissa("price", instrument.priceScale);
    record.qty = row.mantissa("origQty", instrument.qtyScale);
    record.cumQty = row.mantissa("executedQty", instrument.qtyScale);
    record.exchangeTimeUs = row.timeUs("updateTime", true) || row.timeUs("transactTime", true);
    const type = row.text("type");
    const time = row.text("timeInForce", "GTC");
    // TAKE_PROFIT is a market order on spot and a limit order on USD-M.
    const profit = record.price > 0 ? OrderType.TakeProfitLimit : OrderType.TakeProfitMarket;
    record.orderType = type === "TAKE_PROFIT" ? profit : (TYPES[type] ?? 0);
    record.timeInForce = TIMES[time] ?? 0;
    if (type === "LIMIT_MAKER" || time === "GTX") record.flags |= OrderFlag.PostOnly;
    if (row.flag("reduceOnly")) record.flags |= OrderFlag.ReduceOnly;
    const status = STATUSES[row.text("status")];
    if (status === undefined) row.bad ||= "status";
    record.code = status ?? 0;
    return this.end("order", row, record);
  }

  /** One trade. */
  trade(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    const instrument = this.bySymbol(row);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.OrderFilled, instrument);
    const isSpot = row.has("isBuyer");
    const isBuyer = row.flag(isSpot ? "isBuyer" : "buyer");
    record.side = isBuyer ? Side.Buy : Side.Sell;
    record.leg = legOf(row.text("positionSide", "BOTH"));
    record.venueOrderId = row.id("orderId");
    record.exchangeTimeUs = row.timeUs("time");
    this.out.fill(record, instrument, row, isSpot ? TRADE : USDM_TRADE);
    return this.end("trade", row, record);
  }

  /** One position of USD-M; undefined when it is flat. */
  position(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    if (isFlat(row, "positionAmt")) return undefined;
    const instrument = this.bySymbol(row);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.StatedPosition, instrument);
    const qty = row.signed("positionAmt", instrument.qtyScale);
    record.qty = Math.abs(qty);
    record.side = qty < 0 ? Side.Sell : Side.Buy;
    record.leg = legOf(row.text("positionSide", "BOTH"));
    record.price = averagePrice(row, "entryPrice", instrument);
    record.exchangeTimeUs = row.timeUs("updateTime", true);
    return this.end("position", row, record);
  }

  /** One balance, of spot (`free`, `locked`) or USD-M (`balance`); undefined for an asset that is not defined here. */
  balance(value: unknown): TradingRecord | undefined {
    const row = Fields.of(value);
    return this.balanceOf(row, "asset", (whole, locked) => {
      if (row.has("balance")) row.amount("balance", whole);
      else if (row.amount("free", whole) && row.amount("locked", locked)) wideAdd(whole, whole, locked);
    });
  }
}

function sideWord(word: string, row: Fields): Side {
  if (word !== "BUY" && word !== "SELL") row.bad ||= "side";
  return word === "SELL" ? Side.Sell : Side.Buy;
}
