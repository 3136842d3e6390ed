/** After a restart: every request without an answer is unknown, for a journal proves that a send was allowed, no more. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { OrderFlag, OrderState } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { OrderTable } from "./order_table.ts";
import type { RecordSink } from "./reports.ts";

/**
 * Emits OrderUnknown for orders that were never acknowledged and for replaces that wait for their answer. Returns how many.
 * A second run emits nothing, so a crash in recovery itself ends the same.
 */
export function markUnanswered(orders: OrderTable, emit: RecordSink): number {
  const out = new TradingRecord();
  let count = 0;
  let next = 0;
  for (let order = orders.firstOpenAll(); order !== 0; order = next) {
    next = orders.nextOpenAll(order);
    if (!isUnanswered(orders, order)) continue;
    out.reset(RecordKind.OrderUnknown);
    orders.identify(order, out);
    out.attempt = orders.attempt(order);
    out.code = Code.RestartUnanswered;
    out.text = "restart";
    emit.emit(out);
    assert(orders.state(order) === OrderState.Unknown, Code.IllegalTransition);
    count++;
  }
  return count;
}

/** Orders that are open, or have a cancel on its way, are known to live: reconciliation asks for them all the same. */
function isUnanswered(orders: OrderTable, order: number): boolean {
  const state = orders.state(order);
  if (state === OrderState.Unknown) return false;
  // Sent, or a cancel on the heels of an order that was never acknowledged.
  if (state === OrderState.Intent || !orders.isAccepted(order)) return true;
  return (orders.flags(order) & OrderFlag.ReplacePending) !== 0;
}
