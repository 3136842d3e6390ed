/** Bounds and waits of a market session at OKX: every number that decides when it acts, with its reason. */

import type { TopicSessionLimits } from "../wire/topic_session.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const HOUR_US = 60 * MINUTE_US;

export const SESSION_LIMITS: TopicSessionLimits = Object.freeze({
  tickMs: 25,
  // A connection that has subscribed all of them can still mend 100 books in its first hour.
  streamsPerConnectionMax: 200,
  // A message may have 64 KiB; a name has up to 80 characters.
  namesPerMessageMax: 100,
  // The venue takes 480 changes an hour; it does not say whether it counts messages or names.
  names: { weightMax: 400, windowUs: HOUR_US + 10 * SECOND_US, requestsMax: 400 },
  messageGapUsMin: 100_000,
  answerUsMax: 10 * SECOND_US,
  connectUsMax: 10 * SECOND_US,
  pingAfterUs: 10 * SECOND_US,
  heartbeatLostUsMax: 25 * SECOND_US,
  reconnect: { waitUsMin: 50_000, firstUsMax: 1 * SECOND_US, waitUsMax: 60 * SECOND_US },
  healthyUs: 30 * SECOND_US,
  // The venue takes 3 new connections a second from an address, and we are not alone on it.
  connects: { weightMax: 2, windowUs: SECOND_US + 200_000, requestsMax: 2 },
  // No connection is ended for its age; before a service upgrade the venue tells, and both are read for so long.
  rolloverUs: Number.POSITIVE_INFINITY,
  handoverUs: 3 * SECOND_US,
  // A book without changes says so each minute, funding comes each 90 s at the latest.
  streamSilentUsMax: 120 * SECOND_US,
  tradesSilentUsMax: 10 * MINUTE_US,
  silentUsMax: HOUR_US,
  lineSilentUsMax: 120 * SECOND_US,
  watchEveryUs: SECOND_US,
  snapshotUsMax: 5 * SECOND_US,
  doubtUsMax: 1 * SECOND_US,
  snapshotRetry: { waitUsMin: 200_000, firstUsMax: 1 * SECOND_US, waitUsMax: 60 * SECOND_US },
  snapshotSettledUs: 10 * SECOND_US,
});
