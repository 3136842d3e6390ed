/** Bounds and waits of a live account: every number that decides when its gateway acts, with its reason. */

import type { BackoffLimits } from "../wire/backoff.ts";
import type { BudgetLimits } from "../wire/budget.ts";
import type { BinanceMarket } from "./fast_path.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const HOUR_US = 60 * MINUTE_US;

export interface LinkLimits {
  /** From opening a private connection until it is up. */
  readonly connectUsMax: number;
  /** A quiet connection is pinged. */
  readonly pingAfterUs: number;
  /** No sign of life for so long: told as silent. */
  readonly silentUsMax: number;
  /** And for so long: replaced. */
  readonly deadUsMax: number;
  readonly reconnect: BackoffLimits;
  /** A connection that lived so long was a good one: its next loss starts from the first wait again. */
  readonly healthyUs: number;
  /** The venue ends a connection after 24 hours: it is replaced before, and both are read for a while. */
  readonly rolloverUs: number;
  readonly handoverUs: number;
}

export interface GatewayLimits extends LinkLimits {
  readonly tickMs: number;
  /** How long after its timestamp the venue takes a request. */
  readonly recvWindowMs: number;
  /** A request without an answer for so long is given up: longer than the venue may take it, by far. */
  readonly requestUsMax: number;
  /** A cancel waits so long for the answer to the order that it cancels: it must not overtake it. */
  readonly cancelWaitUsMax: number;
  /** How often a cancel is sent again when its answer was lost. */
  readonly cancelTriesMax: number;
  readonly clockEveryUs: number;
  readonly clockRetryUs: number;
  readonly requests: BudgetLimits;
  /** Weight that only cancels may spend. */
  readonly cancelReserve: number;
  /** Weight that queries leave to orders. */
  readonly orderReserve: number;
  /** New orders and amends. */
  readonly orders: BudgetLimits;
  readonly freezeUs: number;
  readonly listenKeyRenewUs: number;
  /** Orders remembered, ended ones too: what is told twice is told once. */
  readonly ordersMax: number;
  /** Reports that wait for room in the private lane. */
  readonly reportsMax: number;
  readonly queriesMax: number;
  readonly pageRows: number;
  readonly pagesMax: number;
}

export function gatewayLimitsOf(market: BinanceMarket, change: Partial<GatewayLimits> = {}): GatewayLimits {
  return { ...(market === "spot" ? SPOT_LIMITS : USDM_LIMITS), ...change };
}

/** Half of what the venue allows an address (6000 a minute) and nine tenths of what it allows an account (100 in ten seconds). */
const SPOT_LIMITS: GatewayLimits = Object.freeze({
  connectUsMax: 10 * SECOND_US,
  pingAfterUs: 5 * SECOND_US,
  silentUsMax: 12 * SECOND_US,
  deadUsMax: 20 * SECOND_US,
  reconnect: { waitUsMin: 50_000, firstUsMax: SECOND_US, waitUsMax: 30 * SECOND_US },
  healthyUs: 30 * SECOND_US,
  rolloverUs: 23 * HOUR_US + 40 * MINUTE_US,
  handoverUs: 8 * SECOND_US,
  tickMs: 20,
  recvWindowMs: 2_000,
  requestUsMax: 5 * SECOND_US,
  cancelWaitUsMax: 500_000,
  cancelTriesMax: 3,
  clockEveryUs: MINUTE_US,
  clockRetryUs: SECOND_US,
  requests: { weightMax: 3_000, windowUs: MINUTE_US + 10 * SECOND_US, requestsMax: 4_096 },
  cancelReserve: 300,
  orderReserve: 900,
  orders: { weightMax: 90, windowUs: 10 * SECOND_US + 2 * SECOND_US, requestsMax: 128 },
  freezeUs: MINUTE_US,
  listenKeyRenewUs: 30 * MINUTE_US,
  ordersMax: 65_536,
  reportsMax: 65_536,
  queriesMax: 256,
  pageRows: 1_000,
  pagesMax: 100,
});

/** USD-M allows an address 2400 a minute, an account 300 orders in ten seconds. */
const USDM_LIMITS: GatewayLimits = Object.freeze({
  ...SPOT_LIMITS,
  requests: { weightMax: 1_200, windowUs: MINUTE_US + 10 * SECOND_US, requestsMax: 4_096 },
  cancelReserve: 200,
  orderReserve: 500,
  orders: { weightMax: 270, windowUs: 10 * SECOND_US + 2 * SECOND_US, requestsMax: 512 },
});
