/** Text hash: known spread over ids as venues write them; both lanes count. */

import { expect, test } from "bun:test";
import { TextHash } from "./text_hash.ts";

test("ids of a venue's habit collide in neither lane more than chance allows, and never in both", () => {
  const hash = new TextHash();
  const both = new Set<string>();
  const lanes = [new Set<number>(), new Set<number>()];
  const n = 100_000;
  for (let i = 0; i < n; i++) {
    hash.read(`${3_812_000_000 + i}`);
    both.add(`${hash.a} ${hash.b}`);
    lanes[0]?.add(hash.a);
    lanes[1]?.add(hash.b);
  }
  expect(both.size).toBe(n);
  // n² / 2^33 ≈ 1.2 collisions are to be expected in a lane of 32 bits.
  for (const lane of lanes) expect(n - lane.size).toBeLessThan(20);
});

test("neighbours and lengths differ", () => {
  const hash = new TextHash();
  const seen = new Set(["", "0", "00", "a", "b", "ab", "ba"].map((text) => `${hash.read(text).a} ${hash.b}`));
  expect(seen.size).toBe(7);
});
