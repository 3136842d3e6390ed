/** Bounds and waits that every live gateway has: each number that decides when it acts, with its reason. */

import type { LinkLimits } from "./private_link.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const HOUR_US = 60 * MINUTE_US;

export interface LiveLimits extends LinkLimits {
  readonly tickMs: number;
  /** A request without an answer for so long is given up: longer than the venue may take it, by far. */
  readonly requestUsMax: number;
  /** A cancel waits so long for the answer to the order that it cancels: it must not overtake it. */
  readonly cancelWaitUsMax: number;
  /** How often a cancel is sent again when its answer was lost. */
  readonly cancelTriesMax: number;
  /** How often a cancel of everything is, or a look at what is open: twice as late each time, up to `cancelAllWaitUsMax`. */
  readonly cancelAllTriesMax: number;
  readonly cancelAllWaitUsMax: number;
  readonly clockEveryUs: number;
  readonly clockRetryUs: number;
  /** Orders remembered, ended ones too: what is told twice is told once. */
  readonly ordersMax: number;
  /** Reports that wait for room in the private lane. */
  readonly reportsMax: number;
  readonly queriesMax: number;
  /** Pages of one answer. */
  readonly pagesMax: number;
}

export const LIVE_LIMITS: LiveLimits = Object.freeze({
  connectUsMax: 10 * SECOND_US,
  pingAfterUs: 5 * SECOND_US,
  silentUsMax: 12 * SECOND_US,
  deadUsMax: 20 * SECOND_US,
  reconnect: { waitUsMin: 50_000, firstUsMax: SECOND_US, waitUsMax: 30 * SECOND_US },
  healthyUs: 30 * SECOND_US,
  rolloverUs: 23 * HOUR_US + 40 * MINUTE_US,
  handoverUs: 8 * SECOND_US,
  tickMs: 20,
  requestUsMax: 5 * SECOND_US,
  cancelWaitUsMax: 500_000,
  cancelTriesMax: 3,
  cancelAllTriesMax: 9,
  cancelAllWaitUsMax: 30 * SECOND_US,
  clockEveryUs: MINUTE_US,
  clockRetryUs: SECOND_US,
  ordersMax: 65_536,
  reportsMax: 65_536,
  queriesMax: 256,
  pagesMax: 100,
});
