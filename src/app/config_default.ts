/** What is traded when no file says so: the synthetic market, one paper account, stated limits, two strategies. */

import type { AccountConfig, Config, InstanceConfig, LimitsConfig, ProviderConfig } from "./config_schema.ts";
import { SIM_INSTRUMENTS } from "./config_schema.ts";

type Trading = Pick<Config, "providers" | "accounts" | "limits" | "instances">;

/** The built-in trading sections. */
export function defaultTrading(): Trading {
  return {
    providers: {
      sim: { adapter: "sim", seed: 1, instruments: [...SIM_INSTRUMENTS], speed: 1 } satisfies ProviderConfig,
    },
    accounts: { paper: paperAccount() },
    limits: [firmLimits(), accountLimits(), ...SIM_INSTRUMENTS.map(instrumentLimits)],
    instances: defaultInstances(),
  };
}

function paperAccount(): AccountConfig {
  return {
    provider: "sim",
    mode: "paper",
    balances: { USDT: "100000", BTC: "1", ETH: "10", SOL: "100" },
    fees: { makerBps: "1", takerBps: "5" },
    latency: { entryUs: 1_000, ackUs: 1_000 },
    faults: { rejectRate: 0, jitterUs: 0, seed: 1 },
  };
}

/** What a level does not state, the firm's level must: missing at every level denies. */
function firmLimits(): LimitsConfig {
  return {
    scope: "firm",
    maxOrderValue: "50000",
    collarBps: 500,
    referenceAgeUsMax: 5_000_000,
    newOrders: { count: 200, windowUs: 1_000_000 },
    cancels: { count: 400, windowUs: 1_000_000 },
    maxOpenOrders: 500,
    slippageBps: 500,
    duplicateUs: 1_000,
    selfMatch: "account",
    maxGrossValue: "2000000",
    executions: { count: 20_000, windowUs: 3_600_000_000 },
    refusals: { count: 2_000, windowUs: 60_000_000 },
    rejectRatio: { orders: 200, bps: 9_000 },
    coolDownUs: 60_000_000,
  };
}

/** What the paper account may lose before it only reduces; its opening balances are worth about 300,000. */
function accountLimits(): LimitsConfig {
  return { scope: "account", key: "paper", maxDailyLoss: "50000", maxDrawdown: "100000", onLoss: "reduce" };
}

/** Quantities belong to an instrument: one BTC is not one SOL. Spot cannot be short. */
function instrumentLimits(symbol: (typeof SIM_INSTRUMENTS)[number]): LimitsConfig {
  const [base] = symbol.split("-") as ["BTC" | "ETH" | "SOL"];
  const order = { BTC: "2", ETH: "40", SOL: "800" }[base];
  const position = { BTC: "5", ETH: "100", SOL: "2000" }[base];
  return {
    scope: "instrument",
    key: `sim:${symbol}`,
    maxOrderQty: order,
    maxLongPosition: position,
    maxShortPosition: symbol.endsWith("-PERP") ? position : "0",
  };
}

function defaultInstances(): InstanceConfig[] {
  const market = (instrument: string) => ({ main: { instrument, account: "paper", tf: "1s" } });
  return [
    { name: "ema", strategy: "ema-cross", params: { fast: 5, slow: 13, size: 0.2 }, markets: market("sim:BTC-USDT") },
    { name: "maker", strategy: "market-making", params: { size: 0.02 }, markets: market("sim:ETH-USDT") },
  ];
}
