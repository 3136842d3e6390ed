/** Bounds and waits of a market session at Bybit: every number that decides when it acts, with its reason. */

import type { TopicSessionLimits } from "../wire/topic_session.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;

export const SESSION_LIMITS: TopicSessionLimits = Object.freeze({
  tickMs: 25,
  // All names of a connection may have 21,000 characters together; a name has up to 40.
  streamsPerConnectionMax: 500,
  // Spot takes no more in one request.
  namesPerMessageMax: 10,
  messageGapUsMin: 50_000,
  answerUsMax: 10 * SECOND_US,
  connectUsMax: 10 * SECOND_US,
  pingAfterUs: 10 * SECOND_US,
  heartbeatLostUsMax: 25 * SECOND_US,
  reconnect: { waitUsMin: 50_000, firstUsMax: 1 * SECOND_US, waitUsMax: 60 * SECOND_US },
  healthyUs: 30 * SECOND_US,
  // The venue allows an address 500 in five minutes.
  connects: { weightMax: 300, windowUs: 5 * MINUTE_US + 10 * SECOND_US, requestsMax: 300 },
  // No connection is ended for its age. Two at once would tell of two snapshots of one book.
  rolloverUs: Number.POSITIVE_INFINITY,
  handoverUs: 3 * SECOND_US,
  streamSilentUsMax: 60 * SECOND_US,
  tradesSilentUsMax: 10 * MINUTE_US,
  silentUsMax: 60 * MINUTE_US,
  lineSilentUsMax: 60 * SECOND_US,
  watchEveryUs: SECOND_US,
  snapshotUsMax: 5 * SECOND_US,
  doubtUsMax: 1 * SECOND_US,
  snapshotRetry: { waitUsMin: 200_000, firstUsMax: 1 * SECOND_US, waitUsMax: 30 * SECOND_US },
  snapshotSettledUs: 5 * SECOND_US,
});
