/** One fast side: empty places are used again, squeezed out, and never seen. */

import { expect, test } from "bun:test";
import { FastSide } from "./book_side_fast.ts";

function keysOf(side: FastSide): number[] {
  return Array.from({ length: side.levels }, (_, depth) => side.keyOf(side.placeAt(depth)));
}

test("deleted levels leave no trace, at the top, inside and at the end", () => {
  const side = new FastSide(1_000);
  for (let key = 1; key <= 200; key++) side.set(key, key);
  for (let key = 1; key <= 200; key++) if (key % 3 !== 0) side.set(key, 0);
  expect(side.levels).toBe(66);
  expect(keysOf(side)).toEqual(Array.from({ length: 66 }, (_, n) => 198 - 3 * n));
  side.set(100, 5);
  expect([side.find(100), side.find(101), side.find(500)]).toEqual([5, 0, 0]);
  side.squeeze();
  expect(side.levels).toBe(67);
  expect(side.placeAt(66)).toBe(0);
  expect(side.placeAt(67)).toBe(-1);
});

test("a side that is emptied level by level is empty, and can be filled again", () => {
  const side = new FastSide(5_000);
  for (let round = 0; round < 3; round++) {
    for (let key = 2_000; key > 0; key--) side.set(key, 1);
    expect([side.levels, side.bestKey()]).toEqual([2_000, 2_000]);
    for (let key = 2_000; key > 0; key--) side.set(key, 0);
    expect([side.levels, side.best, side.bestQty()]).toEqual([0, -1, 0]);
  }
});

test("readers by depth are not fooled by a change between two reads", () => {
  const side = new FastSide(100);
  for (let key = 1; key <= 20; key++) side.set(key, key);
  expect(side.keyOf(side.placeAt(5))).toBe(15);
  side.set(20, 0);
  expect(side.keyOf(side.placeAt(5))).toBe(14);
  expect(side.keyOf(side.placeAt(7))).toBe(12);
  expect(side.keyOf(side.placeAt(0))).toBe(19);
});
