/** Live time: the wall clock read once, then monotonic, so that small steps of the host's clock are no steps of ours. */

import { MonotonicClock } from "../clock/clock.ts";

/** So far ahead the host's clock is followed: the host slept, or its clock was set right. Never backward. */
const STEP_MS = 1_000;

/**
 * Microseconds since the Unix epoch. Each thread has its own origin; all of them agree to well under a millisecond.
 * A host that sleeps stops the monotonic clock: without the wall's word, prices of an hour ago would look fresh.
 */
export function liveClock(
  monotonicMs = () => performance.timeOrigin + performance.now(), // det-ok: the live clock
  wallMs = () => Date.now(), // det-ok: the live clock
): MonotonicClock {
  let sleptMs = 0;
  return new MonotonicClock(() => {
    const ms = monotonicMs() + sleptMs;
    const behindMs = wallMs() - ms;
    if (behindMs <= STEP_MS) return ms * 1_000;
    sleptMs += behindMs;
    return (ms + behindMs) * 1_000;
  });
}
