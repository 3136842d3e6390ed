/** What OKX answers about its markets to anybody over REST. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { OkxEndpoint, OkxRequest } from "./endpoint.ts";
import { instrumentRow, type OkxListing } from "./listings.ts";
import { OkxError, parameterError } from "./okx_error.ts";
import { candleRow, fundingRow, intervalOf, markRow, tickerRow, tradeRow } from "./public_words.ts";

const INST_TYPES: readonly string[] = Object.freeze(["SPOT", "SWAP", "MARGIN", "FUTURES", "OPTION", "ANY"]);
const CANDLES_USUAL = 100;
const CANDLES_MAX = 300;

function open(most: number, answer: (request: OkxRequest) => readonly unknown[]): OkxEndpoint {
  assert(most > 0, Code.ValueOutOfRange);
  return { security: "none", limit: { most, spanMs: 2_000 }, answer };
}

export const PUBLIC_ENDPOINTS: Readonly<Record<string, OkxEndpoint>> = Object.freeze({
  "GET public/time": open(10, ({ nowMs }) => [{ ts: String(nowMs) }]),
  "GET public/instruments": open(20, instruments),
  "GET market/books": open(40, books),
  "GET market/trades": open(100, trades),
  "GET market/history-trades": open(20, trades),
  "GET market/candles": open(40, candles),
  "GET market/history-candles": open(20, candles),
  "GET market/ticker": open(20, (request) => [tickerRow(listingOf(request))]),
  "GET market/tickers": open(20, (request) => ofType(request).map(tickerRow)),
  "GET public/mark-price": open(10, (request) =>
    ofType(request)
      .map(markRow)
      .filter((row) => row !== undefined),
  ),
  "GET public/funding-rate": open(20, (request) => {
    const row = fundingRow(listingOf(request));
    return row === undefined ? [] : [row];
  }),
  "GET system/status": open(1, () => []),
});

export function instruments(request: OkxRequest): object[] {
  const { params } = request;
  const family = params["instFamily"] ?? params["uly"];
  const found = ofType(request);
  if (params["instId"] !== undefined && found.length === 0 && typeHas(params["instType"])) throw unknownInstrument();
  return found
    .filter(({ instrument }) => family === undefined || `${instrument.base}-${instrument.quote}` === family)
    .map(instrumentRow);
}

/** Throws OkxError 51001 or 50014. */
export function listingOf({ params, venue }: OkxRequest): OkxListing {
  const instId = params["instId"];
  if (instId === undefined || instId === "") throw parameterError("instId", true);
  const listing = venue.listing(instId);
  if (listing === undefined) throw unknownInstrument();
  return listing;
}

export function unknownInstrument(): OkxError {
  return new OkxError("51001", "Instrument ID, Instrument ID code or Spread ID doesn't exist.", 200);
}

/** At most so many rows; throws OkxError. */
export function limitOf({ params }: OkxRequest, usual: number, most: number): number {
  const text = params["limit"];
  if (text === undefined || text === "") return usual;
  if (!/^\d{1,6}$/.test(text) || text === "0") throw parameterError("limit");
  return Math.min(Number.parseInt(text, 10), most);
}

function typeHas(instType: string | undefined): boolean {
  return instType === "SPOT" || instType === "SWAP";
}

function ofType({ params, venue }: OkxRequest): OkxListing[] {
  const { instType, instId } = params;
  if (instType === undefined || instType === "") throw parameterError("instType", true);
  if (!INST_TYPES.includes(instType)) throw parameterError("instType");
  return venue.listings.filter((each) => each.instType === instType && (instId ?? each.instId) === each.instId);
}

function books(request: OkxRequest): object[] {
  const listing = listingOf(request);
  const text = request.params["sz"] ?? "1";
  if (!/^\d{1,3}$/.test(text)) throw parameterError("sz");
  const levels = Math.max(1, Math.min(Number.parseInt(text, 10), 400));
  request.venue.hub.noteBookAsked(listing.market.listing.venue, listing.market.listing.symbol);
  const { instId: _, ...row } = request.venue.bookFeed(listing).picture(levels);
  return [row];
}

function trades(request: OkxRequest): object[] {
  const listing = listingOf(request);
  const limit = limitOf(request, 100, 500);
  return listing.market.trades
    .slice(-limit)
    .reverse()
    .map((trade) => tradeRow(listing, trade));
}

/** `after`: older than; `before`: newer than. */
function candles(request: OkxRequest): unknown[] {
  const listing = listingOf(request);
  const { bar = "1m", after, before } = request.params;
  const interval = intervalOf(bar);
  if (interval === undefined) throw parameterError("bar");
  const olderThan = timeOf(after, "after") ?? Number.MAX_SAFE_INTEGER;
  const newerThan = timeOf(before, "before") ?? -1;
  const { eventMs, bars } = listing.market;
  return bars
    .of(interval)
    .filter(({ openMs }) => openMs < olderThan && openMs > newerThan)
    .slice(-limitOf(request, CANDLES_USUAL, CANDLES_MAX))
    .reverse()
    .map((each) => candleRow(listing, each, each.closeMs < eventMs));
}

export function timeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) throw parameterError(name);
  return Number.parseInt(text, 10);
}
