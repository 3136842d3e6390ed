/** Bybit's public topics that carry market data, as they are counted. */

export enum Channel {
  Other = 0,
  Trades = 1,
  BestQuote = 2,
  Book = 3,
  BookSnapshot = 4,
  Ticker = 5,
  Liquidations = 6,
}

/** Name under which frames of a channel are counted. */
export const CHANNEL_NAMES: Readonly<Record<Channel, string>> = Object.freeze({
  [Channel.Other]: "(other)",
  [Channel.Trades]: "publicTrade",
  [Channel.BestQuote]: "orderbook.1",
  [Channel.Book]: "orderbook",
  [Channel.BookSnapshot]: "orderbook snapshot",
  [Channel.Ticker]: "tickers",
  [Channel.Liquidations]: "allLiquidation",
});

/** Depths that have deltas. Level 1 has none: it is a best quote. */
export const BOOK_DEPTHS: readonly string[] = Object.freeze(["50", "200", "500", "1000"]);
