/** The plain book: a Map per side, sorted when somebody asks. Slow and easy to believe; the oracle of the fast one. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { BookSide, type L2Book } from "./book.ts";

export class ReferenceBook implements L2Book {
  readonly #bids: ReferenceSide;
  readonly #asks: ReferenceSide;

  constructor(levelsMax: number) {
    assert(levelsMax > 0, Code.LimitRelationBroken);
    this.#bids = new ReferenceSide(levelsMax, 1);
    this.#asks = new ReferenceSide(levelsMax, -1);
  }

  get bestBid(): number {
    return this.#bids.best;
  }

  get bestBidQty(): number {
    return this.#bids.qtyOf(this.#bids.best);
  }

  get bestAsk(): number {
    return this.#asks.best;
  }

  get bestAskQty(): number {
    return this.#asks.qtyOf(this.#asks.best);
  }

  set(side: BookSide, price: number, qty: number): void {
    assert(price > 0, Code.ValueOutOfRange);
    assert(qty >= 0, Code.ValueOutOfRange);
    this.#side(side).set(price, qty);
  }

  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
  }

  levels(side: BookSide): number {
    return this.#side(side).levels;
  }

  priceAt(side: BookSide, depth: number): number {
    return this.#side(side).sorted()[depth] ?? 0;
  }

  qtyAt(side: BookSide, depth: number): number {
    return this.#side(side).qtyOf(this.priceAt(side, depth));
  }

  qtyOf(side: BookSide, price: number): number {
    return this.#side(side).qtyOf(price);
  }

  lostAt(side: BookSide): number {
    return this.#side(side).lost;
  }

  rescale(priceFactor: number, qtyFactor: number): boolean {
    const bidsFit = this.#bids.rescale(priceFactor, qtyFactor);
    return this.#asks.rescale(priceFactor, qtyFactor) && bidsFit;
  }

  #side(side: BookSide): ReferenceSide {
    return side === BookSide.Bid ? this.#bids : this.#asks;
  }
}

/** One side; `sign` is 1 where the highest price is best, -1 where the lowest is. */
class ReferenceSide {
  best = 0;
  lost = 0;
  #levels = new Map<number, number>();
  #sorted: number[] | undefined;

  constructor(
    private readonly levelsMax: number,
    private readonly sign: number,
  ) {}

  get levels(): number {
    return this.#levels.size;
  }

  set(price: number, qty: number): void {
    if (qty === 0) {
      if (!this.#levels.delete(price)) return;
      if (price === this.best) this.best = this.#extreme(1);
    } else {
      if (!this.#levels.has(price)) this.#sorted = undefined;
      this.#levels.set(price, qty);
      if (this.best === 0 || (price - this.best) * this.sign > 0) this.best = price;
      if (this.#levels.size > this.levelsMax) this.#dropWorst();
      return;
    }
    this.#sorted = undefined;
  }

  clear(): void {
    this.#levels.clear();
    this.#sorted = undefined;
    this.best = 0;
    this.lost = 0;
  }

  sorted(): readonly number[] {
    this.#sorted ??= [...this.#levels.keys()].sort((a, b) => (b - a) * this.sign);
    return this.#sorted;
  }

  qtyOf(price: number): number {
    return this.#levels.get(price) ?? 0;
  }

  rescale(priceFactor: number, qtyFactor: number): boolean {
    this.#levels = new Map([...this.#levels].map(([price, qty]) => [price * priceFactor, qty * qtyFactor]));
    this.#sorted = undefined;
    this.best *= priceFactor;
    this.lost *= priceFactor;
    return [...this.#levels].every(([price, qty]) => Number.isSafeInteger(price) && Number.isSafeInteger(qty));
  }

  #dropWorst(): void {
    const worst = this.#extreme(-1);
    this.#levels.delete(worst);
    this.#sorted = undefined;
    if (this.lost === 0 || (worst - this.lost) * this.sign > 0) this.lost = worst;
    if (worst === this.best) this.best = this.#extreme(1);
  }

  /** The best price (direction 1) or the worst (-1), 0 when empty. */
  #extreme(direction: number): number {
    let found = 0;
    for (const price of this.#levels.keys()) {
      if (found === 0 || (price - found) * this.sign * direction > 0) found = price;
    }
    return found;
  }
}
