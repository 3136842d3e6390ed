/** Edges of own_book: post-only survives an amend, and a level's sum never leaves 53 bits. */

import { expect, test } from "bun:test";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Reject } from "../model/denial.ts";
import { OrderType, Side, TimeInForce } from "../model/order.ts";
import { OwnBook } from "./own_book.ts";

function desk() {
  const lines: string[] = [];
  const book = new OwnBook(8, {
    onAccept: (order) => void lines.push(`accept ${order}`),
    onFill: (maker, taker, price, qty) => void lines.push(`fill ${maker} by ${taker} ${qty}@${price}`),
    onCancel: (order, leavesQty) => void lines.push(`cancel ${order} ${leavesQty}`),
    onExpire: (order, leavesQty, reason) => void lines.push(`expire ${order} ${leavesQty} ${Reject[reason]}`),
  });
  const place = (order: number, side: Side, price: number, qty: number, postOnly = false) =>
    book.submit(order, side, OrderType.Limit, price, qty, TimeInForce.Gtc, postOnly);
  return { book, lines, place };
}

test("a post-only order that is amended into the other side expires, it does not take; beside it, it rests", () => {
  const { book, lines, place } = desk();
  place(1, Side.Sell, 110, 5);
  place(2, Side.Buy, 100, 5, true);
  book.amend(2, 109, 4);
  expect(book.priceAt(Side.Buy, 0)).toBe(109);
  book.amend(2, 110, 3);
  expect(lines.slice(2)).toEqual(["accept 2", "accept 2", "expire 2 3 WouldTake"]);
  expect([book.count, book.qtyAt(Side.Sell, 0)]).toEqual([1, 5]);
});

test("an order that would make a level's sum inexact expires; the level is exact and can be taken whole", () => {
  const { book, lines, place } = desk();
  place(1, Side.Buy, 100, MANTISSA_MAX - 2);
  place(2, Side.Buy, 100, 2);
  place(3, Side.Buy, 100, 1);
  expect(lines.slice(-2)).toEqual(["accept 3", "expire 3 1 Filter"]);
  expect(book.qtyAt(Side.Buy, 0)).toBe(MANTISSA_MAX);
  place(4, Side.Sell, 100, MANTISSA_MAX);
  expect([book.count, book.leavesOf(4)]).toEqual([0, 0]);
});
