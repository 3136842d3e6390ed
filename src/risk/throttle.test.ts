/** The sliding window against counting all times. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { RowHash } from "../core/hash.ts";
import { Throttle } from "./throttle.ts";

const WINDOW_US = 50;

test("equals a count over all times; a larger capacity on the way counts what was forgotten as the oldest that was not", () => {
  const steps = fc.array(fc.tuple(fc.nat(30), fc.boolean()), { minLength: 20, maxLength: 60, size: "max" });
  const capacity = fc.integer({ min: 1, max: 6 });
  let wasDenied = 0;
  fc.assert(
    fc.property(steps, capacity, capacity, fc.nat(20), (rows, first, second, changedAt) => {
      const throttle = new Throttle(new RowHash(), 1, 2, 3, 4);
      throttle.resize(first);
      const all: number[] = [];
      let count = first;
      let forgottenUs = 0; // Nobody knows how many more came up to then.
      let now = 1_000;
      rows.forEach(([gap, note], i) => {
        now += gap;
        if (i === changedAt) {
          throttle.resize(second);
          count = second;
          if (second > first && all.length >= first) forgottenUs = all.at(-first) as number;
        }
        const used = all.filter((t) => t > now - WINDOW_US).length;
        const isSure = forgottenUs <= now - WINDOW_US;
        const allowed = throttle.allows(now, count, WINDOW_US);
        if (isSure) expect(allowed).toBe(used < count);
        else if (used >= count) expect(allowed).toBe(false);
        if (!allowed && used < count) wasDenied++;
        if (note) {
          throttle.note(now);
          all.push(now);
        }
      });
    }),
    { numRuns: 1_000 },
  );
  expect(wasDenied).toBeGreaterThan(100);
});

test("the hash is of what is remembered: forgetting all gives the empty hash back; a count of 0 allows nothing", () => {
  const hash = new RowHash();
  const empty = hash.text();
  const throttle = new Throttle(hash, 1, 2, 3, 4);
  expect(throttle.allows(0, 0, 1)).toBe(false);
  throttle.note(5); // No capacity: nothing to remember.
  throttle.resize(3);
  for (let i = 0; i < 10; i++) throttle.note(i);
  expect(hash.text()).not.toBe(empty);
  throttle.resize(0);
  expect([hash.text(), throttle.capacity]).toEqual([empty, 0]);
});
