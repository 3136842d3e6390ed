/** When a conditional order fires, and how a trailing one follows the price. */

import { type Amount, ONE, times } from "./amount.ts";
import type { Trigger } from "./order.ts";

/** A trailing trigger without a price yet (zero) never fires. */
export function hasFired(trigger: Trigger, price: Amount): boolean {
  if (trigger.trail !== undefined && trigger.price === ONE - ONE) return false;
  return trigger.rises ? price >= trigger.price : price <= trigger.price;
}

/** Moves the price of a trailing trigger after the best that was seen; others stay. */
export function followTrail(trigger: Trigger, price: Amount): void {
  const { trail } = trigger;
  if (trail === undefined) return;
  const hasStarted = trigger.price !== ONE - ONE;
  if (!hasStarted && trail.from !== undefined) {
    // A trailing sell (it fires on the way down) starts once the price has risen to `from`, a buy once it has fallen.
    if (trigger.rises ? price > trail.from : price < trail.from) return;
  }
  const wanted = trigger.rises ? times(price, ONE + trail.rate) : times(price, ONE - trail.rate);
  if (!hasStarted || (trigger.rises ? wanted < trigger.price : wanted > trigger.price)) trigger.price = wanted;
}
