/** Bounds and waits of a live account at Bybit: what the venue allows, and how much of it we use. */

import type { BudgetLimits } from "../wire/budget.ts";
import { LIVE_LIMITS, type LiveLimits } from "../wire/live_limits.ts";
import type { CashLogLimits } from "./cash_log.ts";
import type { Category } from "./category.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;

export interface GatewayLimits extends LiveLimits, CashLogLimits {
  /** How long after its timestamp the venue takes a request. */
  readonly recvWindowMs: number;
  /** So long after it was received a request may still become an order: only the order stream says that it has. */
  readonly settleUs: number;
  /** A login may travel so long. */
  readonly loginMs: number;
  /** REST requests of the address. */
  readonly requests: BudgetLimits;
  /** New orders and amends of the account, and its cancels: each kind has a bound of its own at the venue. */
  readonly orders: BudgetLimits;
  readonly cancels: BudgetLimits;
  readonly queries: BudgetLimits;
  /** The address was shut out (403): the venue says ten minutes. */
  readonly bannedUs: number;
  /** Too many of one kind (10006): a second, when the answer does not say until when. */
  readonly freezeUs: number;
  readonly orderRows: number;
  readonly fillRows: number;
}

export function gatewayLimitsOf(category: Category, change: Partial<GatewayLimits> = {}): GatewayLimits {
  return { ...(category === "spot" ? SPOT_LIMITS : LINEAR_LIMITS), ...change };
}

/** The venue's seconds are its own: ours are longer by what a request may travel. */
const WINDOW_US = SECOND_US + 200_000;

/**
 * The venue allows an account 10 amends and 20 orders and cancels of spot a second, an address 600 requests in five. No
 * connection is ended for its age; one that says nothing for ten minutes is.
 */
const SPOT_LIMITS: GatewayLimits = Object.freeze({
  ...LIVE_LIMITS,
  rolloverUs: Number.POSITIVE_INFINITY,
  pingEveryUs: 20 * SECOND_US,
  recvWindowMs: 2_000,
  settleUs: 2 * SECOND_US,
  loginMs: 10_000,
  requests: { weightMax: 400, windowUs: 5 * SECOND_US + SECOND_US, requestsMax: 512, dataReserve: 100 },
  orders: { weightMax: 18, windowUs: WINDOW_US, requestsMax: 32 },
  cancels: { weightMax: 19, windowUs: WINDOW_US, requestsMax: 32 },
  queries: { weightMax: 45, windowUs: WINDOW_US, requestsMax: 64 },
  bannedUs: 10 * MINUTE_US,
  freezeUs: SECOND_US,
  orderRows: 50,
  fillRows: 100,
  log: { weightMax: 10, windowUs: WINDOW_US, requestsMax: 16 },
  logRows: 50,
  cash: { everyUs: 10 * SECOND_US, retryUs: SECOND_US, overlapMs: 600_000, pagesMax: 100 },
  walletUs: 2 * SECOND_US,
});

/** Of derivatives, half as many. */
const LINEAR_LIMITS: GatewayLimits = Object.freeze({
  ...SPOT_LIMITS,
  orders: { weightMax: 9, windowUs: WINDOW_US, requestsMax: 16 },
  cancels: { weightMax: 10, windowUs: WINDOW_US, requestsMax: 16 },
});
