/** How orders and fills are sorted and told apart for their tables. */

import type { ExecutionView, OrderView } from "../../control/views.ts";
import { BOUNDS } from "./bounds.ts";
import { KeyedRows } from "./keyed_rows.ts";

/** Open orders all stay; of the ended ones, the latest. */
export function orderRows(): KeyedRows<OrderView> {
  return new KeyedRows<OrderView>({
    key: (order) => order.id,
    droppable: (order) => order.terminal,
    droppableMax: BOUNDS.ordersEndedMax,
  });
}

export function fillRows(): KeyedRows<ExecutionView> {
  return new KeyedRows<ExecutionView>({
    key: (fill) => fill.record,
    droppable: () => true,
    droppableMax: BOUNDS.fillsMax,
  });
}

/** Open first: by instrument, then the asks above the bids as in a book. What is unknown stands on top. */
export function openOrders(orders: readonly OrderView[]): OrderView[] {
  return orders.filter((order) => !order.terminal).sort(compareOpen);
}

/** Ended orders, the latest first. */
export function endedOrders(orders: readonly OrderView[]): OrderView[] {
  return orders.filter((order) => order.terminal).sort((a, b) => b.updated.us - a.updated.us || b.id - a.id);
}

export function latestFills(fills: readonly ExecutionView[]): ExecutionView[] {
  return fills.toSorted((a, b) => b.record - a.record);
}

function compareOpen(a: OrderView, b: OrderView): number {
  const unknown = Number(b.state === "unknown") - Number(a.state === "unknown"); // number-ok: a boolean
  if (unknown !== 0) return unknown;
  if (a.instrument !== b.instrument) return a.instrument < b.instrument ? -1 : 1;
  if (a.side !== b.side) return a.side === "sell" ? -1 : 1;
  return -comparePrices(a.price, b.price) || b.id - a.id;
}

/** Prices as texts of digits: longer whole part first, then digit by digit; no price counts as lowest. */
export function comparePrices(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  const [wholeA = "", fractionA = ""] = a.split(".");
  const [wholeB = "", fractionB = ""] = b.split(".");
  if (wholeA.length !== wholeB.length) return wholeA.length - wholeB.length;
  if (wholeA !== wholeB) return wholeA < wholeB ? -1 : 1;
  const width = Math.max(fractionA.length, fractionB.length);
  const [left, right] = [fractionA.padEnd(width, "0"), fractionB.padEnd(width, "0")];
  return left === right ? 0 : left < right ? -1 : 1;
}
