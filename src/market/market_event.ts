/** What became true with a slot or with time, as bits: strategies subscribe to them. */

export enum MarketEvent {
  /** Best bid or ask. */
  Quote = 1,
  /** A public trade that counted. */
  Trade = 2,
  /** The book, or the venue's picture of its top, changed and is whole. */
  Book = 4,
  /** A bar closed. */
  Bar = 8,
  /** Mark or index price, funding rate. */
  Mark = 16,
  /** Quality: book flags, trade ids missing. */
  Flags = 32,
  /** Somebody's position was closed by force. */
  Liquidation = 64,
}
