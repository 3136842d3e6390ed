/** What a synthetic market tells: who turns it into a venue's messages or into market slots implements this. */

import type { Side } from "../model/order.ts";

/** Prices and quantities are mantissas at the instrument's scales; arrays are reused by the caller. */
export interface SyntheticSink {
  /** Levels changed since the last call: absolute quantities, 0 = the level is gone. `sides[i]` is a `Side`. */
  onBook(timeUs: number, sides: Uint8Array, prices: Float64Array, qtys: Float64Array, count: number): void;
  /** A public trade; the book change that it caused follows as its own `onBook`. */
  onTrade(timeUs: number, price: number, qty: number, taker: Side): void;
  /** Perpetuals: at scale MARK_SCALE, the rate at FUNDING_SCALE. */
  onMark(timeUs: number, mark: number, index: number, fundingRate: number, nextFundingUs: number): void;
}
