/** The book of texts against a map: random changes, order, and rows that are none. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isZero } from "./decimal_text.ts";
import { LevelBook } from "./level_book.ts";

describe("LevelBook", () => {
  test("holds what a map would, best price first", () => {
    const change = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const book = new LevelBook();
        const model = { bids: new Map<number, string>(), asks: new Map<number, string>() };
        for (const [isBid, price, qty] of changes) {
          // One price, several spellings.
          book.set(isBid, price % 2 === 0 ? `${price}` : `${price}.0`, `${qty}.00`);
          const side = isBid ? model.bids : model.asks;
          if (isZero(`${qty}`)) side.delete(price);
          else side.set(price, `${qty}.00`);
        }
        const read = (levels: readonly (readonly [string, string])[]) =>
          levels.map(([p, q]) => [Number(p), q] as const);
        expect(read(book.bids(1_000))).toEqual([...model.bids].sort((a, b) => b[0] - a[0]));
        expect(read(book.asks(1_000))).toEqual([...model.asks].sort((a, b) => a[0] - b[0]));
        expect(book.isEmpty).toBe(model.bids.size + model.asks.size === 0);
      }),
    );
  });

  test("tells prices apart that a float does not", () => {
    const book = new LevelBook();
    const prices = ["100000000000000000.02", "100000000000000000.01", "100000000000000000.03"];
    for (const price of prices) book.set(false, price, "1");
    book.set(false, "100000000000000000.010", "2");
    expect(book.asks(9)).toEqual([
      ["100000000000000000.010", "2"],
      ["100000000000000000.02", "1"],
      ["100000000000000000.03", "1"],
    ]);
    book.set(false, "100000000000000000.02", "0");
    expect(book.asks(9).map(([price]) => price)).toEqual(["100000000000000000.010", "100000000000000000.03"]);
  });

  test("seeds anew and leaves rows out that are none", () => {
    const book = new LevelBook();
    book.apply(5, [["1.0", "2"], ["x", "1"], "no", ["2.0"]], undefined);
    expect([book.bids(9), book.asks(9), book.lastUpdateId]).toEqual([[["1.0", "2"]], [], 5]);
    book.seed(9, [["3", "1"]], [["4", "1"]]);
    expect([book.bestBid, book.bestAsk, book.lastUpdateId]).toEqual([["3", "1"], ["4", "1"], 9]);
    book.clear();
    expect([book.bestBid, book.lastUpdateId]).toEqual([undefined, 0]);
  });
});
