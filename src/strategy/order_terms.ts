/** Triggers, trailing, expiry and shown size of an order call, as columns of its wish; what makes no sense is named. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Instrument } from "../model/instrument.ts";
import { OrderFlag, OrderType, Side, TimeInForce, TriggerBy } from "../model/order.ts";
import type { TradingRecord } from "../model/record.ts";
import type { HeldOptions, OrderOptions, Trail } from "./api.ts";
import type { Listing } from "./listing.ts";
import { type Rounded, roundToStep } from "./rounding.ts";

/** What is wrong with a call, and what would do. */
export type Fault = readonly [detail: string, hint: string];

export const HELD_KEYS: readonly string[] = ["triggerBy", "onOutage"];
export const TERM_KEYS: readonly string[] = ["stop", "takeProfit", "trail", "expire", "display", ...HELD_KEYS];

const TRIGGERS: Readonly<Record<string, TriggerBy>> = Object.freeze({
  last: TriggerBy.Last,
  quote: TriggerBy.Quote,
  mark: TriggerBy.Mark,
});
const OUTAGES: Readonly<Record<string, number>> = Object.freeze({
  trigger: 0,
  keep: OrderFlag.OnOutageKeep,
  cancel: OrderFlag.OnOutageCancel,
});
/** 1/100 of a basis point. */
const TRAIL_SCALE = 2;

/** Fills in what `stop`, `takeProfit`, `trail`, `expire` and `display` say. `wish.price` is its limit, 0 = none. */
export function fillTerms(wish: TradingRecord, options: OrderOptions, listing: Listing): Fault | undefined {
  const { instrument } = listing;
  const { stop, takeProfit, trail, expire, display } = options;
  const kinds = [stop, takeProfit, trail].filter((term) => term !== undefined).length;
  if (kinds > 1)
    return ["stop, takeProfit and trail are three kinds of order", "one of them; bracket and oco join orders"];
  const isLimit = wish.price > 0;
  const fault =
    stop !== undefined
      ? fillTrigger(wish, "stop", stop, instrument, isLimit ? OrderType.StopLimit : OrderType.StopMarket)
      : takeProfit !== undefined
        ? fillTrigger(
            wish,
            "takeProfit",
            takeProfit,
            instrument,
            isLimit ? OrderType.TakeProfitLimit : OrderType.TakeProfitMarket,
          )
        : trail !== undefined
          ? fillTrail(wish, trail, instrument)
          : undefined;
  if (fault !== undefined) return fault;
  if (kinds === 1 && !isLimit) wish.timeInForce = TimeInForce.Gtc; // Until it fires: then it is a market order.
  return fillHeld(wish, options) ?? fillExpire(wish, expire) ?? fillDisplay(wish, display, listing);
}

/** `triggerBy` and `onOutage`. */
export function fillHeld(wish: TradingRecord, options: HeldOptions): Fault | undefined {
  const { triggerBy, onOutage } = options;
  if (triggerBy !== undefined) {
    if (!Object.hasOwn(TRIGGERS, triggerBy)) return [`triggerBy ${shown(triggerBy)} is unknown`, "last, quote or mark"];
    wish.triggerBy = TRIGGERS[triggerBy] as number;
  }
  if (onOutage !== undefined) {
    if (!Object.hasOwn(OUTAGES, onOutage)) return [`onOutage ${shown(onOutage)} is unknown`, "trigger, keep or cancel"];
    wish.flags |= OUTAGES[onOutage] as number;
  }
  return undefined;
}

/** A stop or take-profit at `value`: rounded so that a sell fires no lower than asked for, and a buy no higher. */
export function fillTrigger(
  wish: TradingRecord,
  name: string,
  value: unknown,
  instrument: Instrument,
  orderType: OrderType,
): Fault | undefined {
  assert(instrument.tick > 0, Code.ValueOutOfRange);
  const read = roundToStep(value, instrument.priceScale, instrument.tick, wish.side === Side.Sell);
  wish.orderType = orderType;
  wish.triggerPrice = read.mantissa;
  return faultOf(name, value, read);
}

export function fillTrail(wish: TradingRecord, trail: Trail, instrument: Instrument): Fault | undefined {
  if (typeof trail !== "object" || trail === null) return ["trail is no object", "{ price } or { bps }"];
  if (wish.price > 0) return ["a trailing order has no limit", "it is a market order when it fires"];
  const { price, bps, activate } = trail as { price?: unknown; bps?: unknown; activate?: unknown };
  if ((price === undefined) === (bps === undefined))
    return ["trail needs one of price and bps", "{ price } or { bps }"];
  wish.orderType = OrderType.TrailingStop;
  const isBps = bps !== undefined;
  const read = isBps
    ? roundToStep(bps, TRAIL_SCALE, 1, false)
    : roundToStep(price, instrument.priceScale, instrument.tick, true);
  wish.trailOffset = read.mantissa;
  if (isBps) wish.flags |= OrderFlag.TrailBps;
  const fault = faultOf(isBps ? "trail: bps" : "trail: price", isBps ? bps : price, read);
  if (fault !== undefined || activate === undefined) return fault;
  const at = roundToStep(activate, instrument.priceScale, instrument.tick, wish.side === Side.Sell);
  wish.triggerPrice = at.mantissa;
  return faultOf("trail: activate", activate, at);
}

function fillExpire(wish: TradingRecord, expire: unknown): Fault | undefined {
  if (expire === undefined) return undefined;
  if (typeof expire !== "number" || !Number.isSafeInteger(expire) || expire <= 0) {
    return [`expire ${shown(expire)} is no time`, "microseconds since the Unix epoch, as now() gives them"];
  }
  if (wish.timeInForce !== TimeInForce.Gtc) return ["expire is for orders that stay", "leave out tif, or say gtc"];
  wish.timeInForce = TimeInForce.Gtd;
  wish.expireUs = expire;
  return undefined;
}

function fillDisplay(wish: TradingRecord, display: unknown, listing: Listing): Fault | undefined {
  if (display === undefined) return undefined;
  const read = listing.qtyOf(display);
  wish.displayQty = read.mantissa;
  return faultOf("display", display, read);
}

function faultOf(name: string, value: unknown, read: Rounded): Fault | undefined {
  if (read.code === Code.StrategyOrderInvalid) {
    return [`${name} ${shown(value)} is no positive number`, "a number or decimal text"];
  }
  if (read.code === Code.NumberRange) return [`${name} ${shown(value)} is too large`, "check the unit"];
  return read.mantissa === 0 ? [`${name} ${shown(value)} rounds to zero`, "it is below one step"] : undefined;
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? "{ … }" : String(value).slice(0, 40);
}
