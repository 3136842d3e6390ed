/** Triggers, trailing, expiry, shown size, families: fields of a body as columns of a command, and columns as fields of a view. */

import { mantissaTextShort } from "../core/decimal.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Instrument } from "../model/instrument.ts";
import { hasLimitPrice, OrderFlag, OrderType, Side, TimeInForce, TriggerBy } from "../model/order.ts";
import { LegLink, legsText, type OrderLeg } from "../model/order_legs.ts";
import type { TradingRecord } from "../model/record.ts";
import { readDecimal } from "./decimal_field.ts";
import type { FieldError } from "./http_problem.ts";
import { timeOf } from "./time.ts";
import type { ExitBody, OrderView, PlaceBody } from "./views.ts";

export const ORDER_TYPES = {
  market: OrderType.Market,
  limit: OrderType.Limit,
  stop: OrderType.StopMarket,
  stopLimit: OrderType.StopLimit,
  takeProfit: OrderType.TakeProfitMarket,
  takeProfitLimit: OrderType.TakeProfitLimit,
  trailingStop: OrderType.TrailingStop,
} as const;
const TRIGGERS = { last: TriggerBy.Last, quote: TriggerBy.Quote, mark: TriggerBy.Mark } as const;
const OUTAGES = { trigger: 0, keep: OrderFlag.OnOutageKeep, cancel: OrderFlag.OnOutageCancel } as const;
/** Basis points are given with two decimals at most. */
const BPS_SCALE = 2;

type TriggerBody = Pick<ExitBody, "triggerPrice" | "triggerBy" | "trailPrice" | "trailBps" | "onOutage">;

/** The type that a body names, or that its fields imply. */
export function typeOf(body: PlaceBody): OrderType {
  if (body.type !== undefined) return ORDER_TYPES[body.type];
  if (body.trailPrice !== undefined || body.trailBps !== undefined) return OrderType.TrailingStop;
  if (body.triggerPrice !== undefined) return body.price === undefined ? OrderType.StopMarket : OrderType.StopLimit;
  return body.price === undefined ? OrderType.Market : OrderType.Limit;
}

/** Fills in what only some orders have; notes what is wrong. */
export function fillTerms(record: TradingRecord, body: PlaceBody, instrument: Instrument, errors: FieldError[]): void {
  fillTrigger(record, body, instrument, errors, "");
  if (body.expireUs !== undefined) record.expireUs = body.expireUs;
  if (body.displayQty !== undefined) {
    record.displayQty = readDecimal(errors, "/displayQty", body.displayQty, instrument.qtyScale);
  }
  record.parent = body.parent ?? 0;
  const { takeProfit, stop, oco } = body.exits ?? {};
  if (oco !== undefined && (takeProfit !== undefined || stop !== undefined)) {
    errors.push({ path: "/exits/oco", message: "a sibling, or children; not both" });
  }
  const legs: OrderLeg[] = [];
  const against = record.side === Side.Buy ? Side.Sell : Side.Buy;
  if (stop !== undefined) legs.push(legOf(LegLink.Child, against, stop, "stop", instrument, errors));
  if (takeProfit !== undefined) {
    legs.push(legOf(LegLink.Child, against, takeProfit, "takeProfit", instrument, errors));
  }
  if (oco !== undefined) legs.push(legOf(LegLink.Sibling, record.side, oco, "oco", instrument, errors));
  record.venueOrderId = legsText(legs);
}

/** Exits reduce only; the sibling of an OCO does when it says so. */
function legOf(
  link: LegLink,
  side: Side,
  body: ExitBody,
  name: string,
  instrument: Instrument,
  errors: FieldError[],
): OrderLeg {
  const path = `/exits/${name}`;
  const { flags, triggerPrice, triggerBy, trailOffset } = fillTrigger(leg(), body, instrument, errors, path);
  const price = body.price === undefined ? 0 : readDecimal(errors, `${path}/price`, body.price, instrument.priceScale);
  const isTrailing = trailOffset > 0;
  const isStop = name !== "takeProfit" && triggerPrice > 0;
  let orderType = price > 0 ? OrderType.Limit : OrderType.TakeProfitMarket;
  if (isTrailing) orderType = OrderType.TrailingStop;
  else if (isStop) orderType = price > 0 ? OrderType.StopLimit : OrderType.StopMarket;
  else if (triggerPrice > 0 && price > 0) orderType = OrderType.TakeProfitLimit;
  if (price === 0 && triggerPrice === 0 && !isTrailing) errors.push({ path, message: "a price, a trigger or a trail" });
  const reduces = link === LegLink.Child || body.reduceOnly === true ? OrderFlag.ReduceOnly : 0;
  const rest = { timeInForce: TimeInForce.Gtc, qty: 0, expireUs: 0 };
  return { link, side, orderType, flags: flags | reduces, price, triggerPrice, triggerBy, trailOffset, ...rest };
}

function leg(): Pick<TradingRecord, "flags" | "triggerPrice" | "triggerBy" | "trailOffset"> {
  return { flags: 0, triggerPrice: 0, triggerBy: 0, trailOffset: 0 };
}

function fillTrigger<T extends Pick<TradingRecord, "flags" | "triggerPrice" | "triggerBy" | "trailOffset">>(
  out: T,
  body: TriggerBody,
  instrument: Instrument,
  errors: FieldError[],
  path: string,
): T {
  const { priceScale } = instrument;
  const { triggerPrice, triggerBy, trailPrice, trailBps, onOutage } = body;
  if (triggerPrice !== undefined)
    out.triggerPrice = readDecimal(errors, `${path}/triggerPrice`, triggerPrice, priceScale);
  if (triggerBy !== undefined) out.triggerBy = TRIGGERS[triggerBy];
  if (onOutage !== undefined) out.flags |= OUTAGES[onOutage];
  if (trailPrice !== undefined && trailBps !== undefined) {
    errors.push({ path: `${path}/trailBps`, message: "trailPrice or trailBps, not both" });
  } else if (trailPrice !== undefined) {
    out.trailOffset = readDecimal(errors, `${path}/trailPrice`, trailPrice, priceScale);
  } else if (trailBps !== undefined) {
    out.trailOffset = readDecimal(errors, `${path}/trailBps`, trailBps, BPS_SCALE);
    out.flags |= OrderFlag.TrailBps;
  }
  return out;
}

/** True when the body's price and type fit each other; notes what does not. */
export function checkPrice(errors: FieldError[], orderType: OrderType, price: string | undefined): void {
  if (hasLimitPrice(orderType) === (price !== undefined)) return;
  const message = price === undefined ? "a limit order needs one" : "a market order has none";
  errors.push({ path: "/price", message });
}

export function typeText(orderType: number): OrderView["type"] {
  const found = Object.entries(ORDER_TYPES).find(([, type]) => type === orderType);
  return (found?.[0] ?? "limit") as OrderView["type"];
}

type TermsView = Pick<
  OrderView,
  | "emulated"
  | "triggered"
  | "triggerPrice"
  | "triggerBy"
  | "trailPrice"
  | "trailBps"
  | "watermark"
  | "onOutage"
  | "displayQty"
  | "expires"
  | "expiredBy"
  | "parent"
  | "group"
>;

/** Only what the order has: most have none of these. */
export function termsView(state: DurableState, id: number, priceScale: number, qtyScale: number): TermsView {
  const { orders } = state;
  const { held } = orders;
  const flags = orders.flags(id);
  const has = (flag: OrderFlag) => (flags & flag) !== 0;
  const view: TermsView = {};
  if (has(OrderFlag.Emulated)) view.emulated = true;
  if (has(OrderFlag.Triggered)) view.triggered = true;
  if (held.triggerPrice(id) > 0) view.triggerPrice = mantissaTextShort(held.triggerPrice(id), priceScale);
  if (held.triggerPrice(id) > 0 || held.trailOffset(id) > 0) {
    view.triggerBy = ["last", "quote", "mark"][held.triggerBy(id)] as "last";
    view.onOutage = has(OrderFlag.OnOutageKeep) ? "keep" : has(OrderFlag.OnOutageCancel) ? "cancel" : "trigger";
  }
  if (held.trailOffset(id) > 0 && has(OrderFlag.TrailBps)) {
    view.trailBps = mantissaTextShort(held.trailOffset(id), BPS_SCALE);
  } else if (held.trailOffset(id) > 0) view.trailPrice = mantissaTextShort(held.trailOffset(id), priceScale);
  if (held.watermark(id) > 0) view.watermark = mantissaTextShort(held.watermark(id), priceScale);
  if (held.displayQty(id) > 0) view.displayQty = mantissaTextShort(held.displayQty(id), qtyScale);
  if (held.expireUs(id) > 0) {
    view.expires = timeOf(held.expireUs(id));
    view.expiredBy = orders.timeInForce(id) === TimeInForce.Gtd ? "venue" : "engine";
  }
  if (held.parent(id) > 0) view.parent = held.parent(id);
  if (held.group(id) > 0) view.group = held.group(id);
  return view;
}
