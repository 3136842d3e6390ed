/** What a market order would pay: the visible book walked for its size. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide, wideAdd, wideMul } from "../core/wide.ts";
import { BookSide } from "../market/book.ts";
import type { InstrumentMarket } from "../market/market.ts";
import { Side } from "../model/order.ts";

/** A size that needs more levels than these is not looked into further: it counts as not held by the book. */
const LEVELS_MAX = 64;
/** 2^53: a high limb's unit. */
const LIMB = 9_007_199_254_740_992;

interface Levels {
  levels(side: BookSide): number;
  priceAt(side: BookSide, depth: number): number;
  qtyAt(side: BookSide, depth: number): number;
}

export class BookWalk {
  /** Average price, rounded against us, and price of the last level; 0 = the visible book does not hold the size. */
  expectedPrice = 0;
  worstPrice = 0;
  readonly #sum = new Wide();
  readonly #part = new Wide();

  /** The deepest picture that is there: the synced book, else the venue's own top, else the best quote. */
  walk(market: InstrumentMarket | undefined, side: number, qty: number): void {
    this.expectedPrice = 0;
    this.worstPrice = 0;
    if (market === undefined || !(qty > 0)) return;
    const takes = side === Side.Buy ? BookSide.Ask : BookSide.Bid;
    if (market.book?.valid === true) this.#walk(market.book.book, takes, qty);
    else if (market.top !== undefined && market.top.levels(takes) > 0) this.#walk(market.top, takes, qty);
    if (this.expectedPrice > 0) return;
    const price = side === Side.Buy ? market.askPrice : market.bidPrice;
    const shown = side === Side.Buy ? market.askQty : market.bidQty;
    if (!(price > 0) || !(shown >= qty)) return;
    this.expectedPrice = price;
    this.worstPrice = price;
  }

  #walk(book: Levels, side: BookSide, qty: number): void {
    const depth = Math.min(book.levels(side), LEVELS_MAX);
    const sum = this.#sum.zero();
    let left = qty;
    for (let i = 0; i < depth && left > 0; i++) {
      const price = book.priceAt(side, i);
      const take = Math.min(left, book.qtyAt(side, i));
      assert(price > 0 && take >= 0, Code.ValueOutOfRange);
      wideAdd(sum, sum, wideMul(this.#part, price, take));
      left -= take;
      this.worstPrice = price;
    }
    if (left > 0) {
      this.worstPrice = 0;
      return;
    }
    // A price to measure a limit by: rounded to the worse side, two units at most.
    const average = (sum.hi * LIMB + sum.lo) / qty;
    this.expectedPrice = side === BookSide.Ask ? Math.ceil(average) : Math.floor(average);
    assert(this.expectedPrice > 0, Code.InvariantBroken);
  }
}
