/** What the core must know of a symbol, read from the same exchangeInfo row that clients are told. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Listing } from "../feed.ts";
import { isMessage, type Message } from "../message.ts";
import { type Amount, amount, amountOf, ZERO } from "../trading/amount.ts";
import type { Instrument } from "../trading/instrument.ts";

/** `row`: one of `symbols` of exchangeInfo. Filters that are not there do not apply. */
export function instrumentOf(row: Message, listing: Listing): Instrument {
  const filters = new Map<string, Message>();
  if (Array.isArray(row.filters)) {
    for (const filter of row.filters.filter(isMessage)) filters.set(String(filter.filterType), filter);
  }
  const read = (filter: string, name: string): Amount => amountOf(filters.get(filter)?.[name]) ?? ZERO;
  const factor = (filter: string, name: string) => amountOf(filters.get(filter)?.[name]);
  const count = (filter: string, name: string, usual: number) => {
    const value = filters.get(filter)?.[name];
    return typeof value === "number" ? value : usual;
  };
  const isSpot = listing.venue === "binance-spot";
  const notional = filters.has("NOTIONAL") ? "NOTIONAL" : "MIN_NOTIONAL";
  const band = filters.has("PERCENT_PRICE_BY_SIDE") ? "PERCENT_PRICE_BY_SIDE" : "PERCENT_PRICE";
  assert(filters.size > 0, Code.ValueOutOfRange);
  const tick = read("PRICE_FILTER", "tickSize");
  const step = read("LOT_SIZE", "stepSize");
  return {
    symbol: listing.symbol,
    base: listing.base,
    quote: listing.quote,
    kind: isSpot ? "spot" : "linear",
    settle: listing.quote,
    contractSize: amount("1"),
    priceMin: read("PRICE_FILTER", "minPrice"),
    priceMax: read("PRICE_FILTER", "maxPrice"),
    tick: tick === ZERO ? amount(listing.tick) : tick,
    qtyMin: read("LOT_SIZE", "minQty"),
    qtyMax: read("LOT_SIZE", "maxQty"),
    step: step === ZERO ? amount(listing.step) : step,
    marketQtyMax: read("MARKET_LOT_SIZE", "maxQty"),
    marketStep: read("MARKET_LOT_SIZE", "stepSize"),
    notionalMin: read(notional, isSpot ? "minNotional" : "notional"),
    notionalMax: factor("NOTIONAL", "maxNotional"),
    isMarketNotional: filters.get(notional)?.["applyMinToMarket"] !== false,
    bandUp: factor(band, isSpot && band.endsWith("SIDE") ? "bidMultiplierUp" : "multiplierUp"),
    bandDown: factor(band, isSpot && band.endsWith("SIDE") ? "askMultiplierDown" : "multiplierDown"),
    ordersMax: count("MAX_NUM_ORDERS", isSpot ? "maxNumOrders" : "limit", 200),
    triggersMax: count("MAX_NUM_ALGO_ORDERS", isSpot ? "maxNumAlgoOrders" : "limit", 5),
    priceDecimals: listing.priceDecimals,
    qtyDecimals: listing.qtyDecimals,
  };
}
