/** Backoff: how the ceiling grows, how chance is spread, and what resets it. */

import { expect, test } from "bun:test";
import { Backoff } from "./backoff.ts";

const LIMITS = { waitUsMin: 100, firstUsMax: 1_000, waitUsMax: 6_000 };

test("the ceiling doubles with each failure up to the largest, and a reset brings back the first", () => {
  const highest = new Backoff(LIMITS, () => 0.999_999);
  expect([1, 2, 3, 4, 5].map(() => highest.nextUs())).toEqual([999, 1_999, 3_999, 5_999, 5_999]);
  expect(highest.failures).toBe(5);
  highest.reset();
  expect(highest.failures).toBe(0);
  expect(highest.nextUs()).toBe(999);
});

test("full jitter: the luckiest draw waits the least, the middle one half way", () => {
  const lowest = new Backoff(LIMITS, () => 0);
  expect([1, 2, 3].map(() => lowest.nextUs())).toEqual([100, 100, 100]);
  expect(new Backoff(LIMITS, () => 0.5).nextUs()).toBe(550);
});

test("limits that contradict each other, and a draw that is none, stop", () => {
  expect(() => new Backoff({ ...LIMITS, waitUsMax: 999 }, () => 0)).toThrow("LimitRelationBroken");
  expect(() => new Backoff({ ...LIMITS, waitUsMin: 1_000 }, () => 0)).toThrow("LimitRelationBroken");
  expect(() => new Backoff(LIMITS, () => 1).nextUs()).toThrow("ValueOutOfRange");
});
