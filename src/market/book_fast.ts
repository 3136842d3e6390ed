/** The fast book: two sorted typed-array sides, no allocation per update. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { BookSide, type L2Book } from "./book.ts";
import { FastSide } from "./book_side_fast.ts";

export class FastBook implements L2Book {
  readonly #bids: FastSide;
  /** Keys are negative prices, so that both sides ascend toward the best. */
  readonly #asks: FastSide;

  /** `levelsMax` levels a side (`limits.bookLevelsMax`); storage starts small and doubles. */
  constructor(levelsMax: number) {
    this.#bids = new FastSide(levelsMax);
    this.#asks = new FastSide(levelsMax);
  }

  get bestBid(): number {
    return this.#bids.best < 0 ? 0 : this.#bids.bestKey();
  }

  get bestBidQty(): number {
    return this.#bids.bestQty();
  }

  get bestAsk(): number {
    return this.#asks.best < 0 ? 0 : -this.#asks.bestKey();
  }

  get bestAskQty(): number {
    return this.#asks.bestQty();
  }

  set(side: BookSide, price: number, qty: number): void {
    assert(price > 0, Code.ValueOutOfRange);
    if (side === BookSide.Bid) this.#bids.set(price, qty);
    else this.#asks.set(-price, qty);
  }

  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
  }

  levels(side: BookSide): number {
    return this.#side(side).levels;
  }

  priceAt(side: BookSide, depth: number): number {
    const column = this.#side(side);
    const place = column.placeAt(depth);
    if (place < 0) return 0;
    return side === BookSide.Bid ? column.keyOf(place) : -column.keyOf(place);
  }

  qtyAt(side: BookSide, depth: number): number {
    const column = this.#side(side);
    const place = column.placeAt(depth);
    return place < 0 ? 0 : column.qtyOf(place);
  }

  qtyOf(side: BookSide, price: number): number {
    return side === BookSide.Bid ? this.#bids.find(price) : this.#asks.find(-price);
  }

  lostAt(side: BookSide): number {
    const key = this.#side(side).lostKey;
    if (key === Number.NEGATIVE_INFINITY) return 0;
    return side === BookSide.Bid ? key : -key;
  }

  rescale(priceFactor: number, qtyFactor: number): boolean {
    assert(priceFactor >= 1 && qtyFactor >= 1, Code.ValueOutOfRange);
    const bidsFit = this.#bids.rescale(priceFactor, qtyFactor);
    return this.#asks.rescale(priceFactor, qtyFactor) && bidsFit;
  }

  #side(side: BookSide): FastSide {
    return side === BookSide.Bid ? this.#bids : this.#asks;
  }
}
