/** What a matcher against history may see of the market: the displayed book or, without one, the best quote. */

/** Prices and quantities are mantissas; depth 0 is the best; 0 stands for "nothing there". Sides are `Side` (1 buy, 2 sell). */
export interface DisplayedMarket {
  /** False when neither a valid book nor a quote may be trusted: nothing is filled then. */
  usable(): boolean;
  priceAt(side: number, depth: number): number;
  qtyAt(side: number, depth: number): number;
  /** Displayed quantity at a price, 0 when none is displayed, Infinity when what lies there cannot be seen. */
  qtyOf(side: number, price: number): number;
}
