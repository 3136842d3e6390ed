/** The instruments of the built-in synthetic venue. */

import type { SyntheticPerpetual, SyntheticSpec } from "./synthetic_spec.ts";

const HOUR_US = 3_600_000_000;

/** What all have in common: a lively market, so that a strategy on bars of one second has something to do. */
function common(): Pick<
  SyntheticSpec,
  "quote" | "perpetual" | "driftYear" | "volatilityYear" | "trendBps" | "legUsMin"
> &
  Pick<SyntheticSpec, "legUsMax" | "shocksPerHour" | "shockBps" | "levels" | "sweepShare" | "sweepBps"> &
  Pick<SyntheticSpec, "bookRate" | "tradeRate" | "speed"> {
  return {
    quote: "USDT",
    perpetual: undefined,
    driftYear: 0,
    volatilityYear: 0.5,
    trendBps: 2,
    legUsMin: 7_000_000,
    legUsMax: 13_000_000,
    shocksPerHour: 4,
    shockBps: 30,
    levels: 48,
    sweepShare: 0.2,
    sweepBps: 3,
    bookRate: 10,
    tradeRate: 5,
    speed: 1,
  };
}

export function btcUsdt(): SyntheticSpec {
  return {
    ...common(),
    base: "BTC",
    priceScale: 4,
    qtyScale: 7,
    priceDecimals: 2,
    qtyDecimals: 5,
    tick: 100,
    lot: 100,
    startPrice: 600_000_000,
    spreadTicks: 50,
    levelGapTicks: 150,
    levelLots: 30_000,
  };
}

export function ethUsdt(): SyntheticSpec {
  return {
    ...common(),
    base: "ETH",
    priceScale: 4,
    qtyScale: 6,
    priceDecimals: 2,
    qtyDecimals: 4,
    tick: 100,
    lot: 100,
    startPrice: 30_000_000,
    spreadTicks: 4,
    levelGapTicks: 8,
    levelLots: 50_000,
    volatilityYear: 0.6,
  };
}

export function solUsdt(): SyntheticSpec {
  return {
    ...common(),
    base: "SOL",
    priceScale: 5,
    qtyScale: 5,
    priceDecimals: 3,
    qtyDecimals: 3,
    tick: 100,
    lot: 100,
    startPrice: 15_000_000,
    spreadTicks: 4,
    levelGapTicks: 4,
    levelLots: 100_000,
    volatilityYear: 0.8,
  };
}

export function btcUsdtPerp(fundingIntervalUs = 8 * HOUR_US): SyntheticSpec {
  return {
    ...btcUsdt(),
    perpetual: perpetual(fundingIntervalUs),
    priceScale: 3,
    qtyScale: 5,
    priceDecimals: 1,
    qtyDecimals: 3,
    startPrice: 60_000_000,
    spreadTicks: 3,
    levelGapTicks: 15,
    levelLots: 500,
  };
}

export function ethUsdtPerp(fundingIntervalUs = 8 * HOUR_US): SyntheticSpec {
  return { ...ethUsdt(), perpetual: perpetual(fundingIntervalUs), qtyScale: 5, qtyDecimals: 3, levelLots: 6_000 };
}

/** Three spot and two perpetual markets. */
export function defaultSpecs(fundingIntervalUs = 8 * HOUR_US): readonly SyntheticSpec[] {
  return [btcUsdt(), ethUsdt(), solUsdt(), btcUsdtPerp(fundingIntervalUs), ethUsdtPerp(fundingIntervalUs)];
}

function perpetual(fundingIntervalUs: number): SyntheticPerpetual {
  return { fundingIntervalUs, markIntervalUs: 1_000_000 };
}
