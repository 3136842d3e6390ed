/** Bybit's executions as fill columns: money exact, fees in the coin they were taken in, on the stream and in answers alike. */

import { type Instrument, moneyOf } from "../../model/instrument.ts";
import { Liquidity, Side } from "../../model/order.ts";
import type { TradingRecord } from "../../model/record.ts";
import { valueAt } from "../../model/value.ts";
import type { Fields } from "../wire/fields.ts";
import { wordOf } from "../wire/json.ts";
import type { ReportBuilder } from "../wire/report_builder.ts";
import { sideOf, timeOf } from "./order_words.ts";

/**
 * Executions that change a holding: trades, liquidations, auto-deleveraging, blocks, positions moved between accounts,
 * deliveries. Funding is cash. Settle, of a session, moves a profit and no holding: balances are asked for.
 */
const FILLS: readonly string[] = Object.freeze([
  ...["Trade", "AdlTrade", "BustTrade", "BlockTrade", "MovePosition", "FutureSpread", "Delivery"],
]);

export function isFill(execType: string): boolean {
  return FILLS.includes(execType);
}

/** What a fill says, its order's id and side included. A fee in an asset that is not defined here is said in `text`. */
export function fillColumns(record: TradingRecord, instrument: Instrument, row: Fields, out: ReportBuilder): void {
  record.side = sideOf(row);
  record.venueOrderId = row.text("orderId", "");
  record.exchangeTimeUs = timeOf(row, "execTime");
  record.price = row.mantissa("execPrice", instrument.priceScale);
  record.qty = row.mantissa("execQty", instrument.qtyScale);
  record.fillId = row.text("execId");
  record.liquidity = row.flag("isMaker") ? Liquidity.Maker : Liquidity.Taker;
  if (row.bad === "" && (record.fillId === "" || record.qty === 0)) row.bad = "execQty";
  if (row.bad !== "") return;
  const { wide, parts } = out;
  record.asset = parts.assetId(moneyOf(instrument)) ?? 0;
  const isSpot = row.source["category"] === "spot" || instrument.venue === "bybit-spot";
  const isStated = isSpot && row.has("execValue") && row.amount("execValue", wide);
  if (isStated || valueAt(wide, instrument, record.qty, record.price)) {
    record.amountHi = wide.hi;
    record.amountLo = wide.lo;
  }
  fee(record, instrument, row, out, isSpot);
}

/** Positive when it is paid. */
function fee(record: TradingRecord, instrument: Instrument, row: Fields, out: ReportBuilder, isSpot: boolean): void {
  const { wide, parts } = out;
  if (!row.has("execFee") || !row.amount("execFee", wide) || wide.isZero()) return;
  const stated = row.text("feeCurrency", "");
  const code = stated !== "" ? stated : usualFeeCoin(instrument, record.side, wide.isNegative(), isSpot);
  const asset = parts.assetId(code);
  if (asset === undefined) {
    out.stats.setAside(`fee in ${code}, which is not defined here`, row.source);
    record.text = `fee not counted: ${wordOf(row.source["execFee"])} ${code}`;
    return;
  }
  record.feeAsset = asset;
  record.feeHi = wide.hi;
  record.feeLo = wide.lo;
}

/** Spot takes fees off what is received, and gives rebates in the other coin. */
function usualFeeCoin(instrument: Instrument, side: Side, isRebate: boolean, isSpot: boolean): string {
  if (!isSpot) return instrument.settle;
  return (side === Side.Buy) === isRebate ? instrument.quote : instrument.base;
}
