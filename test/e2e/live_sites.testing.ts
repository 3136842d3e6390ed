/** Where the desk trades: accounts, their venues and markets, and how each is called here and there. */

/** Names in the simulator's truth. */
export const VENUE_NAMES = ["binance-spot", "binance-usdm", "okx", "bybit"] as const;
export type VenueName = (typeof VENUE_NAMES)[number];

export interface SiteMarket {
  readonly instrument: string;
  /** In the venue's truth of positions. */
  readonly key: string;
  /** What REST calls the book: behind the base URL. */
  readonly book: string;
  readonly isPerp: boolean;
}

/** One account of ours. */
export interface Site {
  readonly account: string;
  readonly provider: string;
  readonly adapter: string;
  readonly venue: VenueName;
  /** Whose books at the venue. */
  readonly owner: "desk" | "perps";
  readonly markets: readonly SiteMarket[];
}

const BASES = ["BTC", "ETH"] as const;

function site(
  of: Omit<Site, "markets">,
  kinds: readonly boolean[],
  row: (base: string, isPerp: boolean) => Pick<SiteMarket, "key" | "book">,
): Site {
  const prefix = of.venue.split("-")[0];
  const markets = kinds.flatMap((isPerp) =>
    BASES.map((base) => {
      return { instrument: `${prefix}:${base}-USDT${isPerp ? "-PERP" : ""}`, isPerp, ...row(base, isPerp) };
    }),
  );
  return { ...of, markets };
}

const binance = (path: string) => (base: string) => {
  return { key: `${base}USDT`, book: `/${path}/depth?symbol=${base}USDT&limit=50` };
};
const okx = (base: string, isPerp: boolean) => {
  const key = `${base}-USDT${isPerp ? "-SWAP" : ""}`;
  return { key, book: `/api/v5/market/books?instId=${key}&sz=50` };
};
const bybit = (category: string) => (base: string) => {
  return {
    key: `${category}:${base}USDT`,
    book: `/v5/market/orderbook?category=${category}&symbol=${base}USDT&limit=50`,
  };
};

/** Bybit's unified account is one for both categories: each of our two has one of its own. */
export const SITES: readonly Site[] = [
  site(
    { account: "spot", provider: "spot", adapter: "binance-spot", venue: "binance-spot", owner: "desk" },
    [false],
    binance("api/v3"),
  ),
  site(
    { account: "perp", provider: "usdm", adapter: "binance-usdm", venue: "binance-usdm", owner: "desk" },
    [true],
    binance("fapi/v1"),
  ),
  site({ account: "okx", provider: "okx", adapter: "okx", venue: "okx", owner: "desk" }, [false, true], okx),
  site(
    { account: "bybit-spot", provider: "bybit-spot", adapter: "bybit-spot", venue: "bybit", owner: "desk" },
    [false],
    bybit("spot"),
  ),
  site(
    { account: "bybit-perp", provider: "bybit-linear", adapter: "bybit-linear", venue: "bybit", owner: "perps" },
    [true],
    bybit("linear"),
  ),
];

export const BINANCE_SITES = SITES.slice(0, 2);
