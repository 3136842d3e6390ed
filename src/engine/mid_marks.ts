/** The price at which something is valued: the middle of the market. */

import type { MarketState } from "../market/market.ts";

/** Twice the price, as a mantissa at the newest revision's priceScale, so that a middle is exact; 0 = none. */
export interface Marks {
  doubleMark(instrument: number): number;
}

/** A price beyond this cannot be doubled. */
const PRICE_MAX = 4_503_599_627_370_495;

/** Marks of the engine's own market: middle of the best quote, else of the book, else the last trade. */
export class MarketMarks implements Marks {
  constructor(readonly market: MarketState) {}

  doubleMark(instrument: number): number {
    const price = this.market.instrument(instrument)?.referencePrice() ?? 0;
    return price > 0 && price <= PRICE_MAX ? 2 * price : 0;
  }
}
