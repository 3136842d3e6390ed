/** What a storm trades: two instruments, their limits, the limits of the engine, and the plan that a seed draws. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkLimits, DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { Prng } from "../../src/core/prng.ts";
import { type Instrument, InstrumentTable } from "../../src/model/instrument.ts";
import { InstrumentKind } from "../../src/model/order.ts";
import { drawFaults, type FaultFamilies, type FaultPlan } from "../../src/venue/sim/fault_plan.ts";
import type { FeeRates } from "../../src/venue/sim/venue_ledger.ts";

export const START_US = 1_700_000_000_000_000;
export const ACCOUNT = "storm";
export const ASSETS = ["USDT", "ETH", "BNB", "BTC"];
/** What is paid in and out: no instrument settles in it, so that a missing payment can be told to the last unit. */
export const PAID = "BNB";
/** Opening balance of every asset, in units. */
export const OPENING = 100_000_000;

/** Small tables: a storm makes thousands of engines. */
export const STORM_LIMITS = checkLimits({
  ...DEFAULT_LIMITS,
  marketLaneSlots: 256,
  messageLaneBytes: 1 << 18,
  tradingRingBytes: 1 << 20,
  frameLevelsMax: 32,
  bookLevelsMax: 64,
  bookBufferLevelsMax: 256,
  instrumentsMax: 4,
  assetsMax: 8,
  accountsMax: 2,
  instancesMax: 8,
  ordersMax: 4_096,
  fillsMax: 8_192,
  reportsParkedMax: 256,
  timersMax: 128,
  releasesMax: 128,
  barHistoryMax: 64,
});

const COMMON = {
  revision: 1,
  venue: "fault",
  quote: "USDT",
  settle: "USDT",
  priceScale: 4,
  priceDecimals: 8,
  qtyDecimals: 8,
  tick: 100,
  qtyMax: 0,
  notionalMin: 0,
};

export const SPOT: Instrument = {
  ...COMMON,
  id: 0,
  name: "fault:ETH-USDT",
  venueSymbol: "ETHUSDT",
  kind: InstrumentKind.Spot,
  base: "ETH",
  qtyScale: 6,
  lot: 100,
  qtyMin: 100,
};

export const PERPETUAL: Instrument = {
  ...COMMON,
  id: 1,
  name: "fault:BTC-USDT-PERP",
  venueSymbol: "BTCUSDT",
  kind: InstrumentKind.LinearPerpetual,
  base: "BTC",
  qtyScale: 5,
  lot: 10,
  qtyMin: 10,
};

export const INSTRUMENTS = [SPOT, PERPETUAL];

export function instrumentTable(): InstrumentTable {
  const table = new InstrumentTable();
  for (const instrument of INSTRUMENTS) table.define(instrument);
  return table;
}

/** Whole mantissas that an instrument may be held to: long and short. */
export interface PositionLimit {
  readonly long: number;
  readonly short: number;
}

/** All that a seed decides. */
export interface StormPlan {
  readonly seed: number;
  readonly faults: FaultPlan;
  readonly rates: FeeRates;
  /** How long it storms. */
  readonly stormUs: number;
  readonly marketEveryUs: number;
  /** Mean time between commands by hand, of engines that die, of kills, and of disks that stand still; 0 = never. */
  readonly commandEveryUs: number;
  readonly crashEveryUs: number;
  readonly killEveryUs: number;
  readonly stallEveryUs: number;
  readonly strategies: boolean;
  /** In units of the base asset. */
  readonly positionMax: number;
}

/** What a storm may do with the engine that it is given. */
export interface StormFamilies extends FaultFamilies {
  readonly crashes: boolean;
}

const SECOND_US = 1_000_000;

export function drawStorm(seed: number, families: StormFamilies): StormPlan {
  const prng = new Prng(seed);
  const one = <T>(from: readonly T[]) => from[prng.nextBelow(from.length)] as T;
  // A foreign hand breaks positions for an operator to mend: not in most storms.
  const foreign = families.foreign && prng.nextBelow(4) === 0;
  const payments = families.payments && prng.nextBelow(3) === 0;
  const faults = drawFaults(prng, { losses: families.losses, foreign, payments });
  const crashEveryUs = one([0, 0, 20 * SECOND_US, 60 * SECOND_US]);
  return {
    seed,
    faults,
    rates: one([
      { maker: 10_000, taker: 50_000, asset: "" },
      { maker: -5_000, taker: 37_500, asset: "USDT" },
      { maker: 7_500, taker: 75_000, asset: "BNB" },
      { maker: 0, taker: 0, asset: "" },
    ]),
    stormUs: one([60, 120, 180]) * SECOND_US,
    marketEveryUs: one([100_000, 250_000, 1_000_000]),
    commandEveryUs: one([200_000, 1_000_000, 4_000_000]),
    crashEveryUs: families.crashes ? crashEveryUs : 0,
    killEveryUs: one([0, 0, 30 * SECOND_US]),
    stallEveryUs: one([0, 0, 10 * SECOND_US]),
    strategies: prng.nextBelow(4) > 0,
    positionMax: one([1, 3, 20]),
  };
}

/** What is lost can only be asked for by an engine that reconciles. */
const RECONCILES = existsSync(join(import.meta.dir, "../../src/engine/reconciler.ts"));

export const STORM_FAMILIES: StormFamilies = {
  losses: RECONCILES,
  foreign: RECONCILES,
  payments: RECONCILES,
  crashes: RECONCILES,
};
