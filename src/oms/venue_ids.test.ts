/** Venue ids: chains, accounts apart, bounded memory, eviction. */

import { expect, test } from "bun:test";
import { VenueIds } from "./venue_ids.ts";

test("a chain of ids names one order; only earlier ones are superseded", () => {
  const ids = new VenueIds(4, 2);
  ids.learn(0, 0, 7, "");
  expect(ids.current(0)).toBe("");
  for (const id of ["a", "b", "a", "c"]) ids.learn(0, 0, 7, id);
  expect([ids.current(0), ids.isSuperseded(0, "a"), ids.isSuperseded(0, "b"), ids.isSuperseded(0, "c")]).toEqual([
    "c",
    true,
    true,
    false,
  ]);
  expect(["a", "b", "c", "d", ""].map((id) => ids.order(0, id))).toEqual([7, 7, 7, 0, 0]);
  expect([ids.order(1, "a"), ids.order(9, "a")]).toEqual([0, 0]);
  ids.forget(0, 0, 7);
  expect([ids.order(0, "a"), ids.order(0, "c"), ids.current(0), ids.knows(0, "a")]).toEqual([0, 0, "", false]);
});

test("forgetting an order leaves a younger one that reuses its id", () => {
  const ids = new VenueIds(4, 1);
  ids.learn(0, 0, 1, "same");
  ids.learn(1, 0, 2, "same");
  ids.forget(0, 0, 1);
  expect(ids.order(0, "same")).toBe(2);
});

test("an order that is replaced without end keeps the last ids only", () => {
  const ids = new VenueIds(1, 1);
  for (let i = 0; i < 1_000; i++) ids.learn(0, 0, 1, `v${i}`);
  const known = Array.from({ length: 1_000 }, (_, i) => ids.order(0, `v${i}`)).filter((order) => order === 1);
  expect([known.length, ids.current(0), ids.order(0, "v0")]).toEqual([65, "v999", 0]);
});
