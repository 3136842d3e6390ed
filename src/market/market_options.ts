/** What may be set about market state, with the defaults and their reasons. */

/** Time that a bar stays open after its end, venue offset counted apart: a late trade of the same venue is rarely later. */
export const BAR_GRACE_US = 250_000;
/** A book without an update for so long is stale, in engine time (never by the venue's clock: it may run ahead of ours). */
export const BOOK_STALE_US_MAX = 5_000_000;
/** Levels a side that must lie within the known range, else the book is called shallow and wants a snapshot. */
export const BOOK_DEPTH_VISIBLE = 20;

export interface MarketOptions {
  readonly barGraceUs: number;
  readonly bookStaleUsMax: number;
  readonly bookDepthVisible: number;
  /** Compare each book with the best quotes of the same update id; costs a few ns per quote and diff. */
  readonly checkQuotes: boolean;
}

export const DEFAULT_MARKET_OPTIONS: MarketOptions = {
  barGraceUs: BAR_GRACE_US,
  bookStaleUsMax: BOOK_STALE_US_MAX,
  bookDepthVisible: BOOK_DEPTH_VISIBLE,
  checkQuotes: false,
};
