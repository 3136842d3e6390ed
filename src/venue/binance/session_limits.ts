/** Bounds and waits of a market session: every number that decides when it acts, with its reason. */

import type { BudgetLimits } from "../wire/budget.ts";
import type { LineSessionLimits } from "../wire/line_session.ts";
import type { BootstrapLimits } from "./bootstrap.ts";
import type { BinanceMarket } from "./fast_path.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const HOUR_US = 60 * MINUTE_US;

/** Half of what the venue allows an address in a minute (6000 and 2400): we may not be alone on it. */
const SPOT_WEIGHT_MAX = 3_000;
const USDM_WEIGHT_MAX = 1_200;

export interface SessionLimits extends LineSessionLimits, BootstrapLimits {
  /** Request weight of the address; not used when the caller gives a budget of its own. */
  readonly requests: BudgetLimits;
}

/** Those of `market`, with what the caller wants otherwise. */
export function sessionLimitsOf(market: BinanceMarket, change: Partial<SessionLimits> = {}): SessionLimits {
  const { requests } = DEFAULT_SESSION_LIMITS;
  const weightMax = market === "spot" ? SPOT_WEIGHT_MAX : USDM_WEIGHT_MAX;
  return { ...DEFAULT_SESSION_LIMITS, requests: { ...requests, weightMax }, ...change };
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = Object.freeze({
  tickMs: 25,
  streamsPerConnectionMax: 1_024,
  namesPerMessageMax: 200,
  // At most three a second, and two left for pongs and our own pings.
  messageGapUsMin: 334_000,
  answerUsMax: 10 * SECOND_US,
  connectUsMax: 10 * SECOND_US,
  pingAfterUs: 10 * SECOND_US,
  heartbeatLostUsMax: 25 * SECOND_US,
  reconnect: { waitUsMin: 50_000, firstUsMax: 1 * SECOND_US, waitUsMax: 60 * SECOND_US },
  healthyUs: 30 * SECOND_US,
  // The venue allows 300 an address in five minutes.
  connects: { weightMax: 200, windowUs: 5 * MINUTE_US + 10 * SECOND_US, requestsMax: 200 },
  rolloverUs: 23 * HOUR_US + 40 * MINUTE_US,
  handoverUs: 3 * SECOND_US,
  streamSilentUsMax: 60 * SECOND_US,
  tradesSilentUsMax: 10 * MINUTE_US,
  silentUsMax: HOUR_US,
  lineSilentUsMax: 60 * SECOND_US,
  watchEveryUs: SECOND_US,
  requests: { weightMax: SPOT_WEIGHT_MAX, windowUs: MINUTE_US + 10 * SECOND_US, requestsMax: 1_024 },
  snapshotLevels: 1_000,
  snapshotLevelsDeep: 5_000,
  shallowAgainUs: 2 * MINUTE_US,
  snapshotsInFlightMax: 4,
  snapshotRetry: { waitUsMin: 50_000, firstUsMax: 500_000, waitUsMax: 30 * SECOND_US },
  snapshotSettledUs: 5 * SECOND_US,
  firstDiffUsMax: 3 * SECOND_US,
  doubtUsMax: 1 * SECOND_US,
  freezeUs: MINUTE_US,
});
