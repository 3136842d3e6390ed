/** The venue's clock: negative latency is normal, one wild time is not believed, a moved clock is. */

import { expect, test } from "bun:test";
import { VenueClock } from "./venue_clock.ts";

test("the offset follows latency, negative ones too", () => {
  const clock = new VenueClock();
  expect(clock.sample(-1_270_000)).toBe(true);
  expect(clock.offsetUs).toBe(-1_270_000);
  for (let n = 0; n < 500; n++) clock.sample(-1_272_000);
  expect(clock.offsetUs).toBeCloseTo(-1_272_000, -1);
  expect(clock.exchangeUs(10_000_000)).toBeCloseTo(11_272_000, -1);
});

test("a single wild time leaves the offset alone; sixteen in a row move it", () => {
  const clock = new VenueClock();
  clock.sample(1_000);
  expect(clock.sample(-86_400_000_000)).toBe(false);
  expect(clock.offsetUs).toBe(1_000);
  clock.sample(1_000);
  for (let n = 1; n < 16; n++) expect(clock.sample(3_600_000_000)).toBe(false);
  expect(clock.sample(3_600_000_000)).toBe(true);
  expect([clock.offsetUs, clock.jumps]).toEqual([3_600_000_000, 17]);
});
