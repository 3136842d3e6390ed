/** Bounds and waits of a live account at OKX: what the venue allows, and how much of it we use. */

import type { BudgetLimits } from "../wire/budget.ts";
import { LIVE_LIMITS, type LiveLimits } from "../wire/live_limits.ts";
import type { BillLimits } from "./private_bills.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;

export interface GatewayLimits extends LiveLimits, BillLimits {
  /** How long after it was sent the venue may take a new order or an amend. */
  readonly validMs: number;
  /** New orders of one instrument, and amends of one: each kind has a window of its own at the venue. */
  readonly ordersOfOne: BudgetLimits;
  readonly cancelsOfOne: BudgetLimits;
  /** Orders in batches of cancels. */
  readonly batchesOfOne: BudgetLimits;
  /** New orders and amends of the account. */
  readonly orders: BudgetLimits;
  readonly queries: BudgetLimits;
  /** Clock, countdown, the sweep of a kill. */
  readonly duties: BudgetLimits;
  /** After "too many requests". */
  readonly freezeUs: number;
  readonly codesAgainUs: number;
}

/** Longer than the venue's two seconds by the time a request may travel. */
const WINDOW_US = 2_500_000;

/**
 * The venue counts 60 requests of a kind and instrument in two seconds (batches: 300 orders), 1000 orders and amends of a
 * sub-account, and questions by endpoint: 60, 40, 20, 10 or 5. Nine tenths of the former; of the latter, one window for
 * all, in which a question to a narrow endpoint weighs four.
 */
const LIMITS: GatewayLimits = Object.freeze({
  ...LIVE_LIMITS,
  // The venue ends a connection on which it heard and said nothing for 30 s.
  pingEveryUs: 20 * SECOND_US,
  validMs: 2_000,
  ordersOfOne: { weightMax: 54, windowUs: WINDOW_US, requestsMax: 64 },
  cancelsOfOne: { weightMax: 54, windowUs: WINDOW_US, requestsMax: 64 },
  batchesOfOne: { weightMax: 270, windowUs: WINDOW_US, requestsMax: 64 },
  orders: { weightMax: 900, windowUs: WINDOW_US, requestsMax: 1_024 },
  queries: { weightMax: 30, windowUs: WINDOW_US, requestsMax: 32 },
  duties: { weightMax: 120, windowUs: WINDOW_US, requestsMax: 128 },
  freezeUs: 2 * SECOND_US,
  codesAgainUs: MINUTE_US,
  pageRows: 100,
  bills: { weightMax: 8, windowUs: WINDOW_US, requestsMax: 16 },
  billsEveryUs: 10 * SECOND_US,
  billsRetryUs: SECOND_US,
});

export function gatewayLimitsOf(change: Partial<GatewayLimits> = {}): GatewayLimits {
  return { ...LIMITS, ...change };
}
