/** The own book by hand: one case for each rule; the differential run is in own_book.fuzz.test.ts. */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { Reject } from "../model/denial.ts";
import { OrderType, Side, TimeInForce } from "../model/order.ts";
import { OwnBook, type OwnBookSink } from "./own_book.ts";

const { Buy, Sell } = Side;

class Log implements OwnBookSink {
  readonly lines: string[] = [];
  onAccept(order: number): void {
    this.lines.push(`accept ${order}`);
  }
  onFill(maker: number, taker: number, price: number, qty: number): void {
    this.lines.push(`fill ${maker} by ${taker} ${qty}@${price}`);
  }
  onCancel(order: number, leavesQty: number): void {
    this.lines.push(`cancel ${order} ${leavesQty}`);
  }
  onExpire(order: number, leavesQty: number, reason: Reject): void {
    this.lines.push(`expire ${order} ${leavesQty} ${Reject[reason]}`);
  }
}

function desk(ordersMax = 16) {
  const log = new Log();
  const book = new OwnBook(ordersMax, log);
  const place = (id: number, side: Side, price: number, qty: number, tif = TimeInForce.Gtc, postOnly = false) =>
    book.submit(id, side, price === 0 ? OrderType.Market : OrderType.Limit, price, qty, tif, postOnly);
  const told = () => log.lines.splice(0);
  return { book, place, told };
}

/** Asks 1: 4@101, 2: 3@101, 3: 5@102. */
function asks() {
  const d = desk();
  d.place(1, Sell, 101, 4);
  d.place(2, Sell, 101, 3);
  d.place(3, Sell, 102, 5);
  expect(d.told()).toEqual(["accept 1", "accept 2", "accept 3"]);
  return d;
}

describe("OwnBook", () => {
  test("fills by price, then time, at the maker's price; the rest of a GTC order rests", () => {
    const d = asks();
    d.place(9, Buy, 102, 20);
    expect(d.told()).toEqual(["accept 9", "fill 1 by 9 4@101", "fill 2 by 9 3@101", "fill 3 by 9 5@102"]);
    expect([d.book.levels(Sell), d.book.priceAt(Buy, 0), d.book.qtyAt(Buy, 0), d.book.leavesOf(9)]).toEqual([
      0, 102, 8, 8,
    ]);
  });

  test("a partly filled maker keeps its place", () => {
    const d = asks();
    d.place(9, Buy, 101, 3);
    d.place(10, Buy, 101, 2);
    expect(d.told()).toEqual([
      "accept 9",
      "fill 1 by 9 3@101",
      "accept 10",
      "fill 1 by 10 1@101",
      "fill 2 by 10 1@101",
    ]);
    expect(d.book.qtyAt(Sell, 0)).toBe(2);
  });

  test("market and IOC: the rest expires; FOK: all or nothing; post-only: never takes", () => {
    const d = asks();
    d.place(9, Buy, 101, 9, TimeInForce.Ioc);
    expect(d.told().slice(-1)).toEqual(["expire 9 2 Unfillable"]);
    d.place(10, Buy, 102, 6, TimeInForce.Fok);
    expect(d.told()).toEqual(["accept 10", "expire 10 6 Unfillable"]);
    d.place(11, Buy, 102, 1, TimeInForce.Gtc, true);
    expect(d.told()).toEqual(["accept 11", "expire 11 1 WouldTake"]);
    d.place(12, Buy, 102, 5, TimeInForce.Fok);
    expect(d.told()).toEqual(["accept 12", "fill 3 by 12 5@102"]);
    d.place(13, Sell, 0, 1, TimeInForce.Ioc);
    expect(d.told()).toEqual(["accept 13", "expire 13 1 Unfillable"]);
    d.place(14, Sell, 50, 1, TimeInForce.Gtc, true);
    expect(d.told()).toEqual(["accept 14"]);
    expect(d.book.count).toBe(1);
  });

  test("amend: less keeps the place; more, or another price, goes to the back, and may take", () => {
    const d = asks();
    expect(d.book.amend(1, 101, 2)).toBe(true);
    d.place(9, Buy, 101, 1);
    expect(d.told()).toEqual(["accept 1", "accept 9", "fill 1 by 9 1@101"]);
    d.book.amend(1, 101, 3);
    d.place(10, Buy, 101, 4);
    expect(d.told()).toEqual(["accept 1", "accept 10", "fill 2 by 10 3@101", "fill 1 by 10 1@101"]);
    d.place(11, Buy, 100, 1);
    d.book.amend(3, 100, 5);
    expect(d.told()).toEqual(["accept 11", "accept 3", "fill 11 by 3 1@100"]);
    expect([d.book.priceAt(Sell, 0), d.book.qtyAt(Sell, 0), d.book.priceAt(Sell, 1)]).toEqual([100, 4, 101]);
    expect(d.book.amend(77, 1, 1)).toBe(false);
  });

  test("cancel: out of the middle of a level, once", () => {
    const d = desk();
    for (const id of [1, 2, 3]) d.place(id, Buy, 100, id);
    expect([d.book.cancel(2), d.book.cancel(2), d.book.qtyAt(Buy, 0)]).toEqual([true, false, 4]);
    d.place(9, Sell, 0, 9);
    expect(d.told().slice(3)).toEqual([
      "cancel 2 2",
      "accept 9",
      "fill 1 by 9 1@100",
      "fill 3 by 9 3@100",
      "expire 9 5 Unfillable",
    ]);
  });

  test("a full book refuses what could rest, and takes what cannot; a known id is refused; both without events", () => {
    const d = desk(2);
    d.place(1, Buy, 100, 1);
    expect(d.place(1, Buy, 99, 1)).toBe(Code.ValueOutOfRange);
    d.place(2, Buy, 99, 1);
    d.told();
    expect(d.place(3, Sell, 100, 1)).toBe(Code.TableFull);
    expect(d.told()).toEqual([]);
    expect(d.place(3, Sell, 100, 1, TimeInForce.Ioc)).toBe(Code.Ok);
    expect(d.place(4, Buy, 98, 1)).toBe(Code.Ok);
    expect(() => d.place(5, Buy, 98.5, 1)).toThrow();
    expect(() => d.place(5, Buy, 98, 0)).toThrow();
  });
});
