/** What a level-2 book is: two sides of price levels, best first; the port that both implementations and the sync share. */

import type { RowHash } from "../core/hash.ts";

/** Numbers are stable: they index sides. */
export enum BookSide {
  Bid = 0,
  Ask = 1,
}

/** Prices and quantities are mantissas at the instrument revision's scales; 0 stands for "no such level". */
export interface L2Book {
  /** Price of the best bid, 0 when there is none. */
  readonly bestBid: number;
  readonly bestBidQty: number;
  readonly bestAsk: number;
  readonly bestAskQty: number;
  /** Sets a level to `qty`; 0 deletes it, and deleting an absent level does nothing. */
  set(side: BookSide, price: number, qty: number): void;
  clear(): void;
  /** Levels of one side. */
  levels(side: BookSide): number;
  /** Price of the level at `depth` (0 = best), 0 when the side is not that deep. */
  priceAt(side: BookSide, depth: number): number;
  qtyAt(side: BookSide, depth: number): number;
  /** Quantity at a price, 0 when there is no such level. */
  qtyOf(side: BookSide, price: number): number;
  /**
   * Best price that was ever dropped since `clear` because the side was full, 0 when none was:
   * from there outward the side is not known.
   */
  lostAt(side: BookSide): number;
  /**
   * Multiplies all prices and quantities: a finer scale of a newer instrument revision.
   * False when one does not fit 53 bits: the book is then to be cleared.
   */
  rescale(priceFactor: number, qtyFactor: number): boolean;
}

/** All levels as text, best first, `B price qty` and `A price qty`: for tests and people. Edge use. */
export function bookText(book: L2Book): string {
  const lines: string[] = [];
  for (let i = 0; i < book.levels(BookSide.Bid); i++) {
    lines.push(`B ${book.priceAt(BookSide.Bid, i)} ${book.qtyAt(BookSide.Bid, i)}`);
  }
  for (let i = 0; i < book.levels(BookSide.Ask); i++) {
    lines.push(`A ${book.priceAt(BookSide.Ask, i)} ${book.qtyAt(BookSide.Ask, i)}`);
  }
  return lines.join("\n");
}

/** First depth of a side where two books differ, or -1. */
export function firstDifference(a: L2Book, b: L2Book, side: BookSide): number {
  const depth = Math.max(a.levels(side), b.levels(side));
  for (let i = 0; i < depth; i++) {
    if (a.priceAt(side, i) !== b.priceAt(side, i)) return i;
    if (a.qtyAt(side, i) !== b.qtyAt(side, i)) return i;
  }
  return -1;
}

export function booksEqual(a: L2Book, b: L2Book): boolean {
  return firstDifference(a, b, BookSide.Bid) < 0 && firstDifference(a, b, BookSide.Ask) < 0;
}

/** Puts every level of the book into `hash` as one row per side. */
export function hashBook(hash: RowHash, table: number, row: number, book: L2Book): void {
  for (let side = BookSide.Bid; side <= BookSide.Ask; side++) {
    const depth = book.levels(side);
    hash
      .begin(table, row * 2 + side)
      .add(depth)
      .add(book.lostAt(side));
    for (let i = 0; i < depth; i++) hash.add(book.priceAt(side, i)).add(book.qtyAt(side, i));
    hash.putIn();
  }
}
