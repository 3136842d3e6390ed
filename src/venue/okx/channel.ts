/** OKX's public channels that carry market data, as they are counted. */

export enum Channel {
  Other = 0,
  Trades = 1,
  BestQuote = 2,
  Book = 3,
  BookSnapshot = 4,
  Mark = 5,
  Funding = 6,
  Index = 7,
  Liquidations = 8,
}

/** Name under which frames of a channel are counted. */
export const CHANNEL_NAMES: Readonly<Record<Channel, string>> = Object.freeze({
  [Channel.Other]: "(other)",
  [Channel.Trades]: "trades",
  [Channel.BestQuote]: "bbo-tbt",
  [Channel.Book]: "books",
  [Channel.BookSnapshot]: "books snapshot",
  [Channel.Mark]: "mark-price",
  [Channel.Funding]: "funding-rate",
  [Channel.Index]: "index-tickers",
  [Channel.Liquidations]: "liquidation-orders",
});
