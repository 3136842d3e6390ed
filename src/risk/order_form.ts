/** The form of an order's special terms: trigger, trailing distance, shown part, expiry. Whatever the type and the way it goes. */

import { isMantissa } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { hasLimitPrice, isConditional, OrderFlag, OrderType, TimeInForce } from "../model/order.ts";
import type { TradingRecord } from "../model/record.ts";

/** 100 % in 1/100 of a basis point: a stop so far away is none. */
const TRAIL_BPS_END = 1_000_000;

/** None when type, trigger, trail, display and expiry fit each other, the tick and the lot. */
export function checkTerms(order: Readonly<TradingRecord>, instrument: Instrument, nowUs: number): Denial {
  const { orderType, timeInForce, expireUs, flags } = order;
  assert(instrument.tick > 0 && instrument.lot > 0, Code.ValueOutOfRange);
  if (orderType < OrderType.Market || orderType > OrderType.TrailingStop) return Denial.UnsupportedType;
  // What has been triggered keeps its old terms for the reader; the type is that of what is sent.
  const isDone = (flags & OrderFlag.Triggered) !== 0;
  if (!isDone && !isTriggerRight(order, instrument.tick)) return Denial.TriggerInvalid;
  if (!isDone && !isTrailRight(order, instrument.tick)) return Denial.TrailInvalid;
  if (!isDisplayRight(order, instrument.lot)) return Denial.DisplayInvalid;
  if (timeInForce === TimeInForce.Gtd && expireUs === 0) return Denial.ExpireInvalid;
  if (expireUs === 0) return Denial.None;
  const isLasting = timeInForce === TimeInForce.Gtd || timeInForce === TimeInForce.Gtc;
  const waits = isLasting || isConditional(orderType) || isDone;
  return Number.isSafeInteger(expireUs) && expireUs > nowUs && waits ? Denial.None : Denial.ExpireInvalid;
}

function isTriggerRight(order: Readonly<TradingRecord>, tick: number): boolean {
  const { orderType, triggerPrice } = order;
  if (!isMantissa(triggerPrice) || triggerPrice < 0 || triggerPrice % tick !== 0) return false;
  if (!isConditional(orderType)) return triggerPrice === 0;
  return triggerPrice > 0 || orderType === OrderType.TrailingStop;
}

function isTrailRight(order: Readonly<TradingRecord>, tick: number): boolean {
  const { orderType, trailOffset, flags } = order;
  const isBps = (flags & OrderFlag.TrailBps) !== 0;
  if (orderType !== OrderType.TrailingStop) return trailOffset === 0 && !isBps;
  if (!isMantissa(trailOffset) || trailOffset <= 0) return false;
  return isBps ? trailOffset < TRAIL_BPS_END : trailOffset % tick === 0;
}

function isDisplayRight(order: Readonly<TradingRecord>, lot: number): boolean {
  const { displayQty, qty, orderType } = order;
  if (displayQty === 0) return true;
  return (
    isMantissa(displayQty) && displayQty > 0 && displayQty <= qty && displayQty % lot === 0 && hasLimitPrice(orderType)
  );
}
