/** The picture of the top: whole or not there. */

import { expect, test } from "bun:test";
import { BookSide } from "./book.ts";
import { TopView } from "./top_view.ts";

test("levels can be read once all have come, and are replaced whole", () => {
  const top = new TopView();
  expect(top.begin(7, 2, 1, 50)).toBe(false);
  top.level(BookSide.Bid, 100, 1);
  top.level(BookSide.Ask, 101, 2);
  expect(top.levels(BookSide.Bid)).toBe(0);
  expect(top.level(BookSide.Bid, 99, 3)).toBe(true);
  expect([top.priceAt(BookSide.Bid, 1), top.qtyAt(BookSide.Bid, 1), top.priceAt(BookSide.Ask, 0)]).toEqual([
    99, 3, 101,
  ]);
  expect(top.priceAt(BookSide.Ask, 1)).toBe(0);
  expect(top.begin(8, 0, 0, 51)).toBe(true);
  expect([top.levels(BookSide.Bid), top.pictures, top.timeUs]).toEqual([0, 2, 51]);
});

test("a picture with too few or too many levels is thrown away; more levels than ever before fit", () => {
  const top = new TopView();
  top.begin(1, 1, 1, 5);
  top.level(BookSide.Bid, 100, 1);
  top.frameEnd();
  top.begin(2, 1, 1, 5);
  top.level(BookSide.Bid, 100, 1);
  expect(top.level(BookSide.Bid, 99, 1)).toBe(false);
  expect([top.broken, top.levels(BookSide.Bid)]).toEqual([2, 0]);
  top.begin(3, 50, 0, 5);
  for (let n = 0; n < 50; n++) top.level(BookSide.Bid, 100 - n, 1);
  expect([top.levels(BookSide.Bid), top.priceAt(BookSide.Bid, 49)]).toEqual([50, 51]);
});
