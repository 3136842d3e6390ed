/** What the simulated venue lists: symbols with tick, lot and minimum, found in a feed or made up for a synthetic one. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { EventFields, Frame } from "./frame.ts";

export interface Listing {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: string;
  readonly stepSize: string;
  /** Decimals that the venue writes. */
  readonly decimals: number;
}

const QUOTES: readonly string[] = ["USDT", "USDC", "FDUSD", "TUSD", "BUSD", "BTC", "ETH", "BNB", "EUR", "TRY"];

/** Tick and lot of every symbol of a feed: the decimals that carry value in any of its texts. */
export function listingsOf(frames: readonly Frame[]): Listing[] {
  const seen = new Map<string, { price: number; qty: number; written: number }>();
  for (const frame of frames) {
    if (frame.symbol === "") continue;
    const known = seen.get(frame.symbol) ?? { price: 0, qty: 0, written: 0 };
    seen.set(frame.symbol, known);
    note(known, JSON.parse(frame.data) as EventFields);
  }
  return [...seen].map(([symbol, { price, qty, written }]) => ({
    symbol,
    ...split(symbol),
    tickSize: step(price, written),
    stepSize: step(qty, written),
    decimals: written,
  }));
}

function note(known: { price: number; qty: number; written: number }, event: EventFields): void {
  const pairs: (readonly [unknown, unknown])[] = [[event.p, event.q]];
  for (const side of [event.b, event.a, event.bids, event.asks]) {
    if (Array.isArray(side)) pairs.push(...(side as [unknown, unknown][]));
  }
  for (const [price, qty] of pairs) {
    if (typeof price !== "string" || typeof qty !== "string") continue;
    known.price = Math.max(known.price, decimals(price));
    known.qty = Math.max(known.qty, decimals(qty));
    known.written = Math.max(known.written, (price.split(".")[1] ?? "").length);
  }
}

function decimals(text: string): number {
  return (text.split(".")[1] ?? "").replace(/0+$/, "").length;
}

function step(places: number, written: number): string {
  const text = places === 0 ? "1" : `0.${"0".repeat(places - 1)}1`;
  assert(places <= 18, Code.NumberPrecision);
  return written > places ? `${text}${places === 0 ? "." : ""}${"0".repeat(written - places)}` : text;
}

function split(symbol: string): { base: string; quote: string } {
  const quote = QUOTES.find((each) => symbol.endsWith(each) && symbol.length > each.length) ?? symbol.slice(-3);
  return { base: symbol.slice(0, -quote.length), quote };
}

/** One symbol of exchangeInfo, with the filters that a client must keep. */
export function symbolInfo(listing: Listing, market: "spot" | "usdm"): object {
  const { symbol, base, quote, tickSize, stepSize } = listing;
  const filters = [
    { filterType: "PRICE_FILTER", minPrice: tickSize, maxPrice: "1000000.00000000", tickSize },
    { filterType: "LOT_SIZE", minQty: stepSize, maxQty: "9000.00000000", stepSize },
    market === "spot"
      ? { filterType: "NOTIONAL", minNotional: "5.00000000", applyMinToMarket: true, maxNotional: "9000000.00000000" }
      : { filterType: "MIN_NOTIONAL", notional: "5" },
  ];
  const common = { symbol, status: "TRADING", baseAsset: base, quoteAsset: quote, filters };
  const orderTypes = ["LIMIT", "LIMIT_MAKER", "MARKET"];
  if (market === "spot") {
    const precision = { baseAssetPrecision: 8, quotePrecision: 8, quoteAssetPrecision: 8 };
    return { ...common, ...precision, orderTypes, isSpotTradingAllowed: true, permissions: ["SPOT"] };
  }
  const contract = { pair: symbol, contractType: "PERPETUAL", deliveryDate: 4_133_404_800_000, marginAsset: quote };
  return { ...common, ...contract, contractStatus: "TRADING", pricePrecision: 2, quantityPrecision: 3, orderTypes };
}
