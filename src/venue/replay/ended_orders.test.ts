/** EndedOrders forgets the oldest, in the order of their ends, and costs the same however many have passed. */

import { expect, test } from "bun:test";
import { VenueOrder } from "../../match/replay_matcher.ts";
import { RecordKind } from "../../model/record.ts";
import { EndedOrders } from "./ended_orders.ts";

function ended(number: number): VenueOrder {
  const order = new VenueOrder();
  order.order = number;
  order.endKind = RecordKind.OrderCanceled;
  return order;
}

test("holds the newest so many, oldest end first out", () => {
  const orders = new EndedOrders(3);
  for (const number of [5, 2, 9]) orders.add(ended(number));
  expect([5, 2, 9].map((number) => orders.has(number))).toEqual([true, true, true]);
  orders.add(ended(1));
  expect([5, 2, 9, 1].map((number) => orders.has(number))).toEqual([false, true, true, true]);
  expect(orders.get(9)?.order).toBe(9);
  orders.delete(2);
  orders.add(ended(7));
  expect([2, 9, 1, 7].map((number) => orders.has(number))).toEqual([false, true, true, true]);
});

test("refuses what has not ended", () => {
  expect(() => new EndedOrders(3).add(new VenueOrder())).toThrow();
  expect(() => new EndedOrders(0)).toThrow();
});

test("a full table takes one more in far less than a walk over it", () => {
  const many = 65_536;
  const orders = new EndedOrders(many);
  const all = Array.from({ length: 3 * many }, (_, n) => ended(n + 1));
  for (const order of all.slice(0, 2 * many)) orders.add(order);
  const startMs = performance.now();
  for (const order of all.slice(2 * many)) orders.add(order);
  // By the first key of a Map it was 15 µs each: a second in all.
  expect(performance.now() - startMs).toBeLessThan(400);
});
