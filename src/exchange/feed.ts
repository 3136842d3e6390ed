/** What a feed hands to the simulator: a venue's market data as frames in time order, and what is listed there. */

import type { Problem } from "../core/problem.ts";

/** A market that feeds carry: their messages are Binance's, and other venues' dialects are made of them. */
export type SimVenue = "binance-spot" | "binance-usdm";
const MARKETS: readonly SimVenue[] = Object.freeze(["binance-spot", "binance-usdm"]);
/** What can be served. */
export type ServedVenue = SimVenue | "okx" | "bybit";
export const SERVED_VENUES: readonly ServedVenue[] = Object.freeze([...MARKETS, "okx", "bybit"]);

/** Binance's own venues among those that are served. */
export function binanceOf(venues: readonly ServedVenue[]): SimVenue[] {
  return MARKETS.filter((market) => venues.includes(market));
}

/** The markets that the feed must have for these venues: OKX and Bybit are made of both. */
export function marketsOf(venues: readonly ServedVenue[]): SimVenue[] {
  return venues.some((venue) => venue === "okx" || venue === "bybit") ? [...MARKETS] : binanceOf(venues);
}

/** One message, as a venue would send it; or the full book of a moment. */
export interface FeedFrame {
  /** Pacing time: receive time of a capture, model time of a synthetic market. */
  readonly timeUs: number;
  readonly venue: SimVenue;
  /** Upper case. */
  readonly symbol: string;
  /** Full name (`ethusdt@depth@100ms`); empty for a full book, which is not sent but seeds the REST answers. */
  readonly stream: string;
  /** The message itself. */
  readonly data: string;
  /** The message in its combined envelope exactly as it was captured, or undefined when it had none. */
  readonly envelope: string | undefined;
}

/** What a symbol's filters say; decimal texts. */
export interface Listing {
  readonly venue: SimVenue;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: string;
  readonly step: string;
  /** Decimals that the venue writes prices and quantities with. */
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
}

export interface Feed {
  readonly listings: readonly Listing[];
  /** Names of streams that frames carry, by venue. */
  readonly streams: readonly { readonly venue: SimVenue; readonly stream: string }[];
  /** Frames in all; 0 when there is no end. */
  readonly frameCount: number;
  readonly problems: readonly Problem[];
  /** Pacing time of the next frame, or undefined at the end. */
  nextTimeUs(): number | undefined;
  /** The next frame; only while there is one. */
  take(): FeedFrame;
  /** From the start again. False when this feed has no start to go back to. */
  rewind(): boolean;
  /** The first full book of the symbol that is still to come, or undefined. */
  upcomingBook(venue: SimVenue, symbol: string): string | undefined;
}

/** A name without its symbol: `depth@100ms` of `ethusdt@depth@100ms`. */
export function streamKind(stream: string): string {
  return stream.slice(stream.indexOf("@") + 1);
}
