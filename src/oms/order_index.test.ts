/** Order index against a plain Map, with rows reused and crowded neighbours. */

import { expect, test } from "bun:test";
import { indexCapacity, OrderIndex } from "./order_index.ts";
import { TestChance } from "./test_venue.ts";

test("agrees with a Map over random puts and removes", () => {
  for (let seed = 0; seed < 200; seed++) {
    const chance = new TestChance(seed);
    const index = new OrderIndex(13);
    const reference = new Map<number, number>();
    for (let i = 0; i < 200; i++) {
      const order = 1 + chance.below(70);
      if (reference.has(order)) {
        index.remove(order);
        reference.delete(order);
      } else if (reference.size < 13) {
        index.put(order, i);
        reference.set(order, i);
      }
      for (let o = 0; o <= 70; o++) expect(index.get(o)).toBe(reference.get(o) ?? -1);
    }
  }
});

test("is never more than half full, and says when it is", () => {
  expect([indexCapacity(1), indexCapacity(2), indexCapacity(3), indexCapacity(64)]).toEqual([4, 4, 8, 128]);
  const index = new OrderIndex(1);
  index.put(4_294_967_295, 0);
  expect(index.get(4_294_967_295)).toBe(0);
  expect(() => index.put(5, 0)).toThrow("TableFull");
  expect(() => index.remove(6)).toThrow("InvariantBroken");
});
