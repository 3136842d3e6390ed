/** The sliding window against counting all times. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { RowHash } from "../core/hash.ts";
import { Throttle } from "./throttle.ts";

test("equals a count over all times, with a changed capacity on the way", () => {
  const steps = fc.array(fc.tuple(fc.nat(30), fc.boolean()), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (rows, first, second) => {
      const throttle = new Throttle(new RowHash(), 1, 2, 3, 4);
      throttle.resize(first);
      const all: number[] = [];
      let capacity = first;
      let remembered = 0; // What a smaller window has forgotten cannot come back.
      let now = 1_000;
      rows.forEach(([gap, note], i) => {
        now += gap;
        if (i === 30) {
          throttle.resize(second);
          remembered = Math.max(0, all.length - Math.min(capacity, second));
          capacity = second;
        }
        const used = all.slice(remembered).filter((t) => t > now - 50).length;
        expect(throttle.allows(now, capacity, 50)).toBe(used < capacity);
        if (note) {
          throttle.note(now);
          all.push(now);
        }
      });
    }),
    { numRuns: 500 },
  );
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
