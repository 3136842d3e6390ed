/** Live time: the wall clock read once, then monotonic, so that a step of the host's clock is no step of ours. */

import { MonotonicClock } from "../clock/clock.ts";

/** Microseconds since the Unix epoch. Each thread has its own origin; all of them agree to well under a millisecond. */
export function liveClock(): MonotonicClock {
  return new MonotonicClock(() => (performance.timeOrigin + performance.now()) * 1_000); // det-ok: the live clock
}
