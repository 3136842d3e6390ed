/** Bounds and waits of a live account at Binance: what the venue allows, and how much of it we use. */

import type { BudgetLimits } from "../wire/budget.ts";
import { LIVE_LIMITS, type LiveLimits } from "../wire/live_limits.ts";
import type { BinanceMarket } from "./fast_path.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;

export interface GatewayLimits extends LiveLimits {
  /** How long after its timestamp the venue takes a request. */
  readonly recvWindowMs: number;
  readonly requests: BudgetLimits;
  /** Weight that only cancels may spend. */
  readonly cancelReserve: number;
  /** Weight that orders leave to questions about one of them: the busier an account, the more it must be able to ask. */
  readonly questionReserve: number;
  /** Weight that all other queries leave to orders. */
  readonly orderReserve: number;
  /** New orders and amends. */
  readonly orders: BudgetLimits;
  readonly freezeUs: number;
  readonly listenKeyRenewUs: number;
  readonly pageRows: number;
}

export function gatewayLimitsOf(market: BinanceMarket, change: Partial<GatewayLimits> = {}): GatewayLimits {
  return { ...(market === "spot" ? SPOT_LIMITS : USDM_LIMITS), ...change };
}

/** Half of what the venue allows an address (6000 a minute) and nine tenths of what it allows an account (100 in ten seconds). */
const SPOT_LIMITS: GatewayLimits = Object.freeze({
  ...LIVE_LIMITS,
  recvWindowMs: 2_000,
  requests: { weightMax: 3_000, windowUs: MINUTE_US + 10 * SECOND_US, requestsMax: 4_096, dataReserve: 600 },
  cancelReserve: 300,
  questionReserve: 300,
  orderReserve: 900,
  orders: { weightMax: 90, windowUs: 10 * SECOND_US + 2 * SECOND_US, requestsMax: 128 },
  freezeUs: MINUTE_US,
  listenKeyRenewUs: 30 * MINUTE_US,
  pageRows: 1_000,
});

/**
 * USD-M allows an address 2400 a minute, an account 300 orders in ten seconds. Three quarters are used: all open orders weigh
 * 40, all positions and balances 5 each, so that two starts in a minute under trouble would leave nothing to the sweeps.
 */
const USDM_LIMITS: GatewayLimits = Object.freeze({
  ...SPOT_LIMITS,
  requests: { weightMax: 1_800, windowUs: MINUTE_US + 10 * SECOND_US, requestsMax: 4_096, dataReserve: 300 },
  cancelReserve: 200,
  questionReserve: 100,
  orderReserve: 500,
  orders: { weightMax: 270, windowUs: 10 * SECOND_US + 2 * SECOND_US, requestsMax: 512 },
});
