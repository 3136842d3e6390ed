/** Waits of a certification at the simulator: everything about thirty times as fast as in life. */

import type { LiveLimits } from "../venue/wire/live_limits.ts";
import type { TopicSessionLimits } from "../venue/wire/topic_session.ts";

export const QUICK_LIVE: Partial<LiveLimits> = {
  tickMs: 5,
  requestUsMax: 400_000,
  reconnect: { waitUsMin: 60_000, firstUsMax: 120_000, waitUsMax: 500_000 },
};

export const ROLLOVER: Partial<LiveLimits> = { rolloverUs: 200_000, handoverUs: 100_000 };

/** A stream without a sign of life is told, and then replaced. */
export const SILENCE: Partial<LiveLimits> = { pingAfterUs: 100_000, silentUsMax: 300_000, deadUsMax: 700_000 };

export const QUICK_MARKET = {
  tickMs: 4,
  messageGapUsMin: 10_000,
  answerUsMax: 2_000_000,
  connectUsMax: 3_000_000,
  pingAfterUs: 200_000,
  heartbeatLostUsMax: 1_200_000,
  reconnect: { waitUsMin: 2_000, firstUsMax: 20_000, waitUsMax: 300_000 },
  connects: { weightMax: 200, windowUs: 1_000_000, requestsMax: 200 },
  handoverUs: 50_000,
  firstDiffUsMax: 100_000,
  doubtUsMax: 30_000,
  snapshotRetry: { waitUsMin: 2_000, firstUsMax: 20_000, waitUsMax: 200_000 },
  snapshotSettledUs: 200_000,
  freezeUs: 100_000,
  requests: { weightMax: 5_000, windowUs: 61_000_000, requestsMax: 512 },
};

/** Of sessions whose books come over the socket. */
export const QUICK_TOPICS: Partial<TopicSessionLimits> = {
  tickMs: 4,
  messageGapUsMin: 2_000,
  answerUsMax: 2_000_000,
  connectUsMax: 3_000_000,
  reconnect: { waitUsMin: 2_000, firstUsMax: 20_000, waitUsMax: 300_000 },
  snapshotUsMax: 500_000,
  doubtUsMax: 50_000,
  snapshotRetry: { waitUsMin: 5_000, firstUsMax: 30_000, waitUsMax: 300_000 },
  snapshotSettledUs: 200_000,
};

/** A budget without a bottom. */
export const ENDLESS = Object.freeze({ weightMax: 1e9, windowUs: 1_000, requestsMax: 65_536 });

/** Timers and chance of what is certified. */
export const TIMERS = {
  random: () => Math.random(), // det-ok: jitter of reconnects, at the edge
  setTimer: (delayMs: number, fn: () => void): unknown => setTimeout(fn, delayMs),
  clearTimer: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

export function wallUs(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1_000);
}
