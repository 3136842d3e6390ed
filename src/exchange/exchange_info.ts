/** `exchangeInfo` of both markets out of listings, or out of a file that somebody saved from the venue. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Listing, SimVenue } from "./feed.ts";
import { isMessage, type Message, objectOf } from "./message.ts";

/** Weight that a minute allows; both venues state it in exchangeInfo. */
export const WEIGHT_PER_MINUTE: Readonly<Record<SimVenue, number>> = Object.freeze({
  "binance-spot": 6_000,
  "binance-usdm": 2_400,
});

/** `symbols` empty: all. */
export function exchangeInfo(venue: SimVenue, listings: readonly Listing[], serverMs: number, file?: Message): Message {
  const head = {
    timezone: "UTC",
    serverTime: serverMs,
    rateLimits: rateLimits(venue),
    exchangeFilters: [],
  };
  const saved = new Map(symbolsOf(file).map((row) => [row.symbol, row]));
  const symbols = listings.map((listing) => {
    assert(listing.venue === venue, Code.InvariantBroken);
    return saved.get(listing.symbol) ?? (venue === "binance-spot" ? spotSymbol(listing) : usdmSymbol(listing));
  });
  if (venue === "binance-spot") return { ...head, symbols };
  return { ...head, futuresType: "U_MARGINED", assets: [], symbols };
}

/** Which venue a saved exchangeInfo is of; undefined when it is none. */
export function venueOfInfo(text: string): { readonly venue: SimVenue; readonly info: Message } | undefined {
  const info = objectOf(text);
  assert(typeof text === "string", Code.ValueOutOfRange);
  const first = symbolsOf(info)[0];
  if (info === undefined || first === undefined) return undefined;
  return { venue: "contractType" in first ? "binance-usdm" : "binance-spot", info };
}

function symbolsOf(info: Message | undefined): Message[] {
  return Array.isArray(info?.symbols) ? info.symbols.filter(isMessage) : [];
}

function rateLimits(venue: SimVenue): object[] {
  const limit = (rateLimitType: string, interval: string, intervalNum: number, most: number) => ({
    rateLimitType,
    interval,
    intervalNum,
    limit: most,
  });
  const weight = limit("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_PER_MINUTE[venue]);
  if (venue === "binance-usdm") {
    return [weight, limit("ORDERS", "MINUTE", 1, 1_200), limit("ORDERS", "SECOND", 10, 300)];
  }
  const orders = [limit("ORDERS", "SECOND", 10, 100), limit("ORDERS", "DAY", 1, 200_000)];
  return [weight, ...orders, limit("RAW_REQUESTS", "MINUTE", 5, 300_000)];
}

function spotSymbol(listing: Listing): Message {
  const { symbol, base, quote, tick, step } = listing;
  return {
    symbol,
    status: "TRADING",
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: "PRICE_FILTER", minPrice: tick, maxPrice: "1000000.00000000", tickSize: tick },
      { filterType: "LOT_SIZE", minQty: step, maxQty: "9000.00000000", stepSize: step },
      { filterType: "MARKET_LOT_SIZE", minQty: "0.00000000", maxQty: "900.00000000", stepSize: "0.00000000" },
      {
        filterType: "NOTIONAL",
        minNotional: "5.00000000",
        applyMinToMarket: true,
        maxNotional: "9000000.00000000",
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
      { filterType: "MAX_NUM_ORDERS", maxNumOrders: 200 },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
    defaultSelfTradePreventionMode: "EXPIRE_MAKER",
    allowedSelfTradePreventionModes: ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
  };
}

function usdmSymbol(listing: Listing): Message {
  const { symbol, base, quote, tick, step, priceDecimals, qtyDecimals } = listing;
  return {
    symbol,
    pair: symbol,
    contractType: "PERPETUAL",
    deliveryDate: 4_133_404_800_000,
    onboardDate: 1_569_398_400_000,
    status: "TRADING",
    baseAsset: base,
    quoteAsset: quote,
    marginAsset: quote,
    pricePrecision: priceDecimals,
    quantityPrecision: qtyDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: "COIN",
    underlyingSubType: [],
    triggerProtect: "0.0500",
    liquidationFee: "0.012500",
    marketTakeBound: "0.05",
    maintMarginPercent: "2.5000",
    requiredMarginPercent: "5.0000",
    orderTypes: ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"],
    timeInForce: ["GTC", "IOC", "FOK", "GTX", "GTD"],
    filters: [
      { filterType: "PRICE_FILTER", minPrice: tick, maxPrice: "1000000", tickSize: tick },
      { filterType: "LOT_SIZE", minQty: step, maxQty: "10000", stepSize: step },
      { filterType: "MARKET_LOT_SIZE", minQty: step, maxQty: "2000", stepSize: step },
      { filterType: "MAX_NUM_ORDERS", limit: 200 },
      { filterType: "MIN_NOTIONAL", notional: "20" },
      { filterType: "PERCENT_PRICE", multiplierUp: "1.0500", multiplierDown: "0.9500", multiplierDecimal: "4" },
    ],
  };
}
