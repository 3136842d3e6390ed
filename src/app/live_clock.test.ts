/** Live time follows the host's clock over a sleep, and over nothing else. */

import { expect, test } from "bun:test";
import { liveClock } from "./live_clock.ts";

test("a sleep of the host is time that has passed; small steps and steps backward are not followed", () => {
  let monotonicMs = 1_000_000;
  let wallMs = 1_000_000;
  const clock = liveClock(
    () => monotonicMs,
    () => wallMs,
  );
  const pass = (monotonic: number, wall: number) => {
    monotonicMs += monotonic;
    wallMs += wall;
    return clock.nowUs() / 1_000;
  };
  expect(pass(0, 0)).toBe(1_000_000);
  expect(pass(10, 500)).toBe(1_000_010); // The wall was set a little forward.
  expect(pass(10, 3_600_000)).toBe(4_600_500); // The host slept for an hour.
  expect(pass(10, 10)).toBe(4_600_510);
  expect(pass(10, -7_200_000)).toBe(4_600_520); // The wall was set back by two.
  expect(pass(10, 10)).toBe(4_600_530);
});

test("the real one agrees with the wall", () => {
  expect(Math.abs(liveClock().nowUs() - Date.now() * 1_000)).toBeLessThan(1_000_000);
});
