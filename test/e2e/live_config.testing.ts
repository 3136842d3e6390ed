/** A configuration that trades at all sites with real orders: makers, takers, and a strategy with a leg at each of two venues. */

import type { Json } from "./gateway_process.testing.ts";
import { SITES, type Site } from "./live_sites.testing.ts";

export const PAIR_FILE = "pair.js";

/** Market-making on each venue, strategies that cross the spread on Binance, and one that is long here and short there. */
export function liveConfig({ url, wsUrl }: { readonly url: string; readonly wsUrl: string }, sites = SITES): Json {
  const names = sites.flatMap(({ markets }) => markets.map(({ instrument }) => instrument));
  const instances = sites.flatMap((site) => [...makers(site), ...takers(site)]);
  return {
    live: true,
    providers: Object.fromEntries(sites.map((site) => [site.provider, provider(site, url, wsUrl)])),
    accounts: Object.fromEntries(sites.map((site) => [site.account, account(site)])),
    limits: [firmLimits(names), ...names.map(instrumentLimits)],
    instances: sites.length < SITES.length ? instances : [...instances, pair()],
  };
}

function provider({ adapter, venue }: Site, restUrl: string, wsUrl: string): Json {
  const urls = { adapter, wsUrl, restUrl, ...(venue.startsWith("binance") ? { walletUrl: restUrl } : {}) };
  if (venue === "okx") {
    const symbols = ["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP"];
    return { ...urls, symbols, privateUrl: wsUrl };
  }
  const symbols = ["BTCUSDT", "ETHUSDT"];
  // Bybit's REST book counts as its widest topic does: that is what books are compared by.
  if (venue === "bybit") return { ...urls, symbols, depth: "1000", privateUrl: `${wsUrl}/v5` };
  return { ...urls, symbols, privateUrl: `${wsUrl}/${venue === "binance-spot" ? "ws-api/v3" : "private"}` };
}

function account({ provider, venue, owner }: Site): Json {
  const key = { apiKey: { file: `keys/${owner}-name` }, secret: { file: `keys/${owner}-secret` } };
  return { provider, mode: "live", ...key, ...(venue === "okx" ? { passphrase: { file: "keys/passphrase" } } : {}) };
}

const bars = (instrument: string, account: string) => ({ main: { instrument, account, tf: "1s" } });

function makers({ account, markets }: Site): Json[] {
  const maker = { strategy: "market-making", params: { size: 0.01, spreadBps: 0.2, moveBps: 0.2, maxInventory: 0.2 } };
  const btc = markets.filter(({ instrument }) => instrument.includes("BTC"));
  return btc.map(({ instrument, isPerp }) => {
    const name = btc.length > 1 && isPerp ? `${account}-perp-maker` : `${account}-maker`;
    return { name, ...maker, markets: bars(instrument, account) };
  });
}

function takers({ account, markets, venue }: Site): Json[] {
  if (!venue.startsWith("binance")) return [];
  const taker = { strategy: "ema-cross", params: { fast: 2, slow: 4, size: 0.02 } };
  const eth = markets.filter(({ instrument }) => instrument.includes("ETH"));
  return eth.map(({ instrument }) => ({ name: `${account}-taker`, ...taker, markets: bars(instrument, account) }));
}

function pair(): Json {
  const one = { instrument: "bybit:ETH-USDT-PERP", account: "bybit-perp", tf: "1m" };
  const other = { instrument: "okx:ETH-USDT-PERP", account: "okx", tf: "1m" };
  return { name: "pair", strategy: `./${PAIR_FILE}`, params: { size: 0.1, most: 1 }, markets: { one, other } };
}

/** Its legs are followed by their positions: what one of them lacks is made up for before the next step. */
export const PAIR_STRATEGY = `
import { strategy, t } from "meltica";

export default strategy(
  {
    name: "pair",
    description: "Buys where the price is lower, sells as much where it is higher.",
    params: {
      size: t.Number({ default: 0.1, minimum: 0.001, maximum: 10, description: "of the base asset, per step" }),
      most: t.Number({ default: 1, minimum: 0.001, maximum: 100, description: "of the base asset, per leg" }),
    },
    markets: { one: { tf: "1m" }, other: { tf: "1m" } },
  },
  ({ params, one, other }) => {
    let wanted = 0;

    /** True when the leg is where it should be. */
    function follow(leg, size) {
      const off = size - leg.position.size;
      if (Math.abs(off) < leg.lot * 0.999) return true;
      const limit = off > 0 ? leg.ask * 1.001 : leg.bid * 0.999;
      leg[off > 0 ? "buy" : "sell"]({ base: Math.abs(off) + leg.lot / 2 }, { limit, tif: "ioc", why: "leg of the pair" });
      return false;
    }

    return {
      onStart() {
        wanted = one.position.size;
      },
      onQuote() {
        if (!one.valid || !other.valid || one.mid === 0 || other.mid === 0) return;
        if (one.orders.length + other.orders.length > 0) return;
        const isOne = follow(one, wanted);
        if (!follow(other, -wanted) || !isOne) return;
        if (other.mid > one.mid && wanted < params.most) wanted += params.size;
        if (other.mid < one.mid && wanted > -params.most) wanted -= params.size;
      },
    };
  },
);
`;

function firmLimits(instruments: readonly string[]): Json {
  return {
    scope: "firm",
    maxOrderValue: "100000",
    collarBps: 500,
    referenceAgeUsMax: 5_000_000,
    newOrders: { count: 100, windowUs: 1_000_000 },
    cancels: { count: 200, windowUs: 1_000_000 },
    maxOpenOrders: 200,
    band: { bps: 500, windowUs: 10_000_000 },
    slippageBps: 500,
    duplicateUs: 1_000,
    selfMatch: "account",
    maxGrossValue: "5000000",
    minFreeBalance: "100",
    maxDailyLoss: "100000",
    executions: { count: 50_000, windowUs: 3_600_000_000 },
    refusals: { count: 10_000, windowUs: 60_000_000 },
    instruments,
  };
}

/** OKX's swaps count contracts: a hundredth and a tenth of the base, or less. */
function instrumentLimits(key: string): Json {
  const isPerp = key.endsWith("PERP");
  const most = `${key.includes("BTC") ? "4" : "40"}${isPerp && key.startsWith("okx") ? "0000" : ""}`;
  return { scope: "instrument", key, maxOrderQty: most, maxLongPosition: most, maxShortPosition: isPerp ? most : "0" };
}
