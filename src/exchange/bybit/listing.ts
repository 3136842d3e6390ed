/** What Bybit lists: the feed's spot markets as category spot, its perpetuals as linear; filters and instruments-info rows. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { significantDecimals, unitText } from "../decimal_text.ts";
import type { SimVenue } from "../feed.ts";
import type { Hub } from "../hub.ts";
import type { SymbolMarket } from "../symbol_market.ts";
import { amount, ZERO } from "../trading/amount.ts";
import type { Instrument } from "../trading/instrument.ts";

export type Category = "spot" | "linear";
export const CATEGORIES: readonly Category[] = Object.freeze(["spot", "linear"] as const);

/** Whose messages of the feed a category is made of. */
export const FEED_OF: Readonly<Record<Category, SimVenue>> = Object.freeze({
  spot: "binance-spot",
  linear: "binance-usdm",
});

/** Usual fees: maker, taker. */
export const RATES: Readonly<Record<Category, readonly [string, string]>> = Object.freeze({
  spot: Object.freeze(["0.001", "0.001"] as const),
  linear: Object.freeze(["0.0002", "0.00055"] as const),
});
export const LEVERAGE_MAX = 100;
const NOTIONAL_MIN = "5";

/** One symbol of one category. In the core, where one account holds both, it goes by its key: `spot:BTCUSDT`. */
export interface Listed {
  readonly category: Category;
  readonly symbol: string;
  readonly key: string;
  readonly market: SymbolMarket;
  readonly instrument: Instrument;
}

export class Listings {
  readonly all: readonly Listed[];
  readonly #byKey = new Map<string, Listed>();

  constructor(hub: Hub) {
    this.all = CATEGORIES.flatMap((category) =>
      hub.markets(FEED_OF[category]).map((market) => listed(category, market)),
    );
    for (const each of this.all) this.#byKey.set(each.key, each);
    assert(this.#byKey.size === this.all.length, Code.InvariantBroken);
  }

  find(category: Category, symbol: string): Listed | undefined {
    return this.#byKey.get(`${category}:${symbol}`);
  }

  of(category: Category): Listed[] {
    return this.all.filter((each) => each.category === category);
  }

  /** By its name in the core. */
  byKey(key: string): Listed {
    const found = this.#byKey.get(key);
    assert(found !== undefined, Code.InvariantBroken);
    return found;
  }
}

function listed(category: Category, market: SymbolMarket): Listed {
  const { symbol } = market.listing;
  const key = `${category}:${symbol}`;
  return { category, symbol, key, market, instrument: instrumentOf(category, key, market) };
}

function instrumentOf(category: Category, key: string, market: SymbolMarket): Instrument {
  const { base, quote, tick, step } = market.listing;
  const isSpot = category === "spot";
  const [makerRate, takerRate] = RATES[category];
  const size = amount(step);
  return {
    symbol: key,
    base,
    quote,
    kind: isSpot ? "spot" : "linear",
    // Spot settles nothing: its orders lock balances and must not count as margin of the same account.
    settle: isSpot ? "" : quote,
    contractSize: amount("1"),
    priceMin: amount(tick),
    priceMax: amount("1999999.8"),
    tick: amount(tick),
    qtyMin: size,
    qtyMax: amount("9000"),
    step: size,
    marketQtyMax: amount("900"),
    marketStep: ZERO,
    notionalMin: amount(NOTIONAL_MIN),
    notionalMax: undefined,
    isMarketNotional: true,
    bandUp: amount("1.05"),
    bandDown: amount("0.95"),
    ordersMax: 500,
    triggersMax: isSpot ? 30 : 10,
    priceDecimals: significantDecimals(tick),
    qtyDecimals: significantDecimals(step),
    makerRate: amount(makerRate),
    takerRate: amount(takerRate),
  };
}

/** As `instruments-info` answers. */
export function infoRow({ category, symbol, instrument }: Listed): Record<string, unknown> {
  const { base, quote, priceDecimals, qtyDecimals } = instrument;
  const tickSize = unitText(priceDecimals);
  const step = unitText(qtyDecimals);
  const head = { symbol, baseCoin: base, quoteCoin: quote, status: "Trading", symbolType: "" };
  if (category === "spot") {
    return {
      ...head,
      innovation: "0",
      marginTrading: "utaOnly",
      stTag: "0",
      lotSizeFilter: {
        basePrecision: step,
        quotePrecision: unitText(8),
        minOrderQty: step,
        maxOrderQty: "9000",
        minOrderAmt: NOTIONAL_MIN,
        maxOrderAmt: "8000000",
        maxLimitOrderQty: "9000",
        maxMarketOrderQty: "900",
        postOnlyMaxLimitOrderSize: "9000",
      },
      priceFilter: { tickSize },
      riskParameters: { priceLimitRatioX: "0.05", priceLimitRatioY: "0.05" },
    };
  }
  return {
    ...head,
    contractType: "LinearPerpetual",
    launchTime: "1584230400000",
    deliveryTime: "0",
    deliveryFeeRate: "",
    priceScale: String(priceDecimals),
    leverageFilter: { minLeverage: "1", maxLeverage: `${LEVERAGE_MAX}.00`, leverageStep: "0.01" },
    priceFilter: { minPrice: tickSize, maxPrice: "1999999.80", tickSize },
    lotSizeFilter: {
      maxOrderQty: "9000",
      minOrderQty: step,
      qtyStep: step,
      postOnlyMaxOrderQty: "9000",
      maxMktOrderQty: "900",
      minNotionalValue: NOTIONAL_MIN,
    },
    unifiedMarginTrade: true,
    fundingInterval: 480,
    settleCoin: quote,
    copyTrading: "none",
    upperFundingRate: "0.005",
    lowerFundingRate: "-0.005",
    isPreListing: false,
    preListingInfo: null,
    riskParameters: { priceLimitRatioX: "0.05", priceLimitRatioY: "0.05" },
  };
}

/** A number of the feed with the places that the venue writes: `60000.10000000` is `60000.10`. */
export function cutText(text: string, decimals: number): string {
  const point = text.indexOf(".");
  if (point < 0) return decimals === 0 ? text : `${text}.${"0".repeat(decimals)}`;
  if (decimals === 0) return text.slice(0, point);
  return text.slice(0, point + 1 + decimals).padEnd(point + 1 + decimals, "0");
}

/** Quantities of books and trades go without zeros at their end. */
export function leanText(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
