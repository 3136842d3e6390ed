/** When a held order fires: which price it looks at, where its trigger lies, and whether the price has reached it. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { pow10 } from "../core/decimal.ts";
import type { InstrumentMarket } from "../market/instrument_market.ts";
import type { Instrument } from "../model/instrument.ts";
import { MARK_SCALE } from "../model/market_slot.ts";
import { isStop, Side, TriggerBy } from "../model/order.ts";

/** An older price fires nothing: who knows where the market is by now. */
export const TRIGGER_AGE_US_MAX = 60_000_000;
/** Trailing distances by flag are in 1/100 of a basis point. */
const TRAIL_UNITS = 1_000_000;

/** The price that `by` names, a mantissa at the instrument's scale; 0 when there is none that may be trusted. */
export function triggerSource(
  market: InstrumentMarket,
  instrument: Instrument,
  by: number,
  side: number,
  nowUs: number,
): number {
  // A book that knows itself to be wrong makes every other price of the same feed doubtful.
  if (market.book !== undefined && !market.book.valid) return 0;
  switch (by) {
    case TriggerBy.Quote: {
      const { bidPrice, askPrice } = market;
      if (bidPrice <= 0 || askPrice <= bidPrice || !isFresh(market.quoteTimeUs, nowUs)) return 0;
      return side === Side.Sell ? bidPrice : askPrice;
    }
    case TriggerBy.Mark:
      return isFresh(market.markTimeUs, nowUs) ? markAt(market.markPrice, instrument, side) : 0;
    default:
      return isFresh(market.lastTimeUs, nowUs) ? market.lastPrice : 0;
  }
}

/** True when `price` has reached `trigger`, or passed it. */
export function hasReached(orderType: number, side: number, price: number, trigger: number): boolean {
  assert(price > 0 && trigger > 0, Code.ValueOutOfRange);
  const below = isStop(orderType) === (side === Side.Sell);
  return below ? price <= trigger : price >= trigger;
}

/** The better of two prices for a trailing order: what its trigger follows. 0 = none yet. */
export function betterOf(side: number, a: number, b: number): number {
  assert(a >= 0 && b >= 0, Code.ValueOutOfRange);
  if (a === 0 || b === 0) return a + b;
  return side === Side.Sell ? Math.max(a, b) : Math.min(a, b);
}

/** Trigger of a trailing order at this watermark, rounded to the tick away from the market; at least one tick. */
export function trailingTrigger(side: number, watermark: number, offset: number, isBps: boolean, tick: number): number {
  assert(watermark > 0 && offset > 0 && tick > 0, Code.ValueOutOfRange);
  const distance = isBps ? (watermark * offset) / TRAIL_UNITS : offset;
  if (side === Side.Sell) return Math.max(tick, Math.floor((watermark - distance) / tick) * tick);
  return Math.ceil((watermark + distance) / tick) * tick;
}

/** True when the watermark has moved by a basis point or more. */
export function movedByBp(from: number, to: number): boolean {
  assert(from >= 0 && to > 0, Code.ValueOutOfRange);
  return from === 0 || Math.abs(to - from) * 10_000 >= from;
}

function isFresh(timeUs: number, nowUs: number): boolean {
  return timeUs > 0 && nowUs - timeUs <= TRIGGER_AGE_US_MAX;
}

/** Mark prices have a scale of their own: rounded towards what fires later. */
function markAt(mark: number, instrument: Instrument, side: number): number {
  if (mark <= 0) return 0;
  const shift = instrument.priceScale - MARK_SCALE;
  if (shift >= 0) return mark * pow10(shift);
  const price = mark / pow10(-shift);
  return side === Side.Sell ? Math.ceil(price) : Math.floor(price);
}
