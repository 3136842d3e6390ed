/** What both books promise, and what is said about a book: text, equality, hash. */

import { describe, expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { BookSide, booksEqual, bookText, firstDifference, hashBook, type L2Book } from "./book.ts";
import { FastBook } from "./book_fast.ts";
import { ReferenceBook } from "./book_reference.ts";

function hashOf(book: L2Book): string {
  const hash = new RowHash();
  hashBook(hash, 1, 0, book);
  return hash.text();
}

const implementations: [string, (levelsMax: number) => L2Book][] = [
  ["FastBook", (levelsMax) => new FastBook(levelsMax)],
  ["ReferenceBook", (levelsMax) => new ReferenceBook(levelsMax)],
];

for (const [name, make] of implementations) {
  describe(name, () => {
    test("an empty book answers 0 to everything", () => {
      const book = make(10);
      expect([book.bestBid, book.bestBidQty, book.bestAsk, book.bestAskQty]).toEqual([0, 0, 0, 0]);
      expect([book.levels(BookSide.Bid), book.priceAt(BookSide.Ask, 0), book.qtyAt(BookSide.Bid, 3)]).toEqual([
        0, 0, 0,
      ]);
      expect(book.lostAt(BookSide.Bid)).toBe(0);
      book.set(BookSide.Bid, 5, 0);
      expect(book.levels(BookSide.Bid)).toBe(0);
    });

    test("levels are best first; a size replaces; 0 deletes", () => {
      const book = make(10);
      for (const price of [99, 97, 100, 98]) book.set(BookSide.Bid, price, price * 2);
      for (const price of [103, 101, 102]) book.set(BookSide.Ask, price, 7);
      book.set(BookSide.Bid, 99, 1);
      book.set(BookSide.Ask, 101, 0);
      expect(bookText(book)).toBe("B 100 200\nB 99 1\nB 98 196\nB 97 194\nA 102 7\nA 103 7");
      expect([book.bestAsk, book.qtyOf(BookSide.Ask, 101), book.qtyOf(BookSide.Bid, 98)]).toEqual([102, 0, 196]);
      book.clear();
      expect(bookText(book)).toBe("");
    });

    test("a full side drops its worst level and says from where on it is not known", () => {
      const book = make(3);
      for (const price of [100, 99, 98, 97]) book.set(BookSide.Bid, price, 1);
      for (const price of [101, 102, 103]) book.set(BookSide.Ask, price, 1);
      expect([book.levels(BookSide.Bid), book.lostAt(BookSide.Bid), book.lostAt(BookSide.Ask)]).toEqual([3, 97, 0]);
      book.set(BookSide.Bid, 101, 1);
      expect([book.lostAt(BookSide.Bid), book.priceAt(BookSide.Bid, 2)]).toEqual([98, 99]);
      book.set(BookSide.Ask, 100, 1);
      expect(book.lostAt(BookSide.Ask)).toBe(103);
      book.clear();
      expect(book.lostAt(BookSide.Ask)).toBe(0);
    });

    test("a finer scale multiplies; what leaves 53 bits is told", () => {
      const book = make(3);
      book.set(BookSide.Bid, 100, 5);
      book.set(BookSide.Ask, 101, 6);
      expect(book.rescale(100, 1_000)).toBe(true);
      expect(bookText(book)).toBe("B 10000 5000\nA 10100 6000");
      expect(book.rescale(1, 1e13)).toBe(false);
    });

    test("prices of 2^53 - 1 and impossible arguments", () => {
      const book = make(3);
      book.set(BookSide.Ask, 9_007_199_254_740_991, 9_007_199_254_740_991);
      book.set(BookSide.Ask, 9_007_199_254_740_990, 1);
      expect([book.bestAsk, book.levels(BookSide.Ask)]).toEqual([9_007_199_254_740_990, 2]);
      expect(() => book.set(BookSide.Bid, 0, 1)).toThrow("ValueOutOfRange");
      expect(() => book.set(BookSide.Bid, 1, -1)).toThrow("ValueOutOfRange");
    });
  });
}

test("equality and hash see one size on one deep level, and not how the book came to be", () => {
  const [fast, plain] = [new FastBook(100), new ReferenceBook(100)];
  for (let n = 0; n < 50; n++) {
    fast.set(BookSide.Ask, 1_000 + n, n + 1);
    plain.set(BookSide.Ask, 1_049 - n, 50 - n);
  }
  fast.set(BookSide.Ask, 5, 5);
  fast.set(BookSide.Ask, 5, 0);
  expect(booksEqual(fast, plain)).toBe(true);
  expect(hashOf(fast)).toBe(hashOf(plain));
  plain.set(BookSide.Ask, 1_040, 1);
  expect(firstDifference(fast, plain, BookSide.Ask)).toBe(40);
  expect(hashOf(fast)).not.toBe(hashOf(plain));
});
