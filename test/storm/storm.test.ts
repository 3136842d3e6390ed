/** Forty storms, equal to the venue at their end; and three planted mistakes, found within fifty. */

import { describe, expect, test } from "bun:test";
import { type Mutant, runStorm, storyOf } from "./storm_run.testing.ts";
import { drawStorm, STORM_FAMILIES } from "./storm_world.testing.ts";

const SEEDS = 40;
const MUTANT_SEEDS = 50;

describe("storms", () => {
  test(`${SEEDS} seeds: orders, fills, positions and balances equal the venue's own ledger, and no check breaks`, () => {
    let [orders, fills, kills, near, crashes] = [0, 0, 0, 0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = runStorm(drawStorm(seed, STORM_FAMILIES));
      if (result.violation !== undefined) throw new Error(storyOf(result));
      orders += result.orders;
      fills += result.fills;
      kills += result.kills;
      crashes += result.crashes;
      if (result.nearest > 0.9) near++;
    }
    // The storms must have been somewhere: all of this happens, many times.
    expect(orders, "orders").toBeGreaterThan(50 * SEEDS);
    expect(fills, "fills").toBeGreaterThan(100 * SEEDS);
    expect(kills, "kills").toBeGreaterThan(SEEDS / 4);
    expect(near, "storms near the limit").toBeGreaterThan(SEEDS / 2);
    if (STORM_FAMILIES.crashes) expect(crashes, "crashes").toBeGreaterThan(SEEDS / 2);
  });

  test.each([
    [819, "somebody else's order is cancelled by its venue id, which the fault venue did not know"],
    [1_928, "the same"],
    [2_731, "a question for one instrument's fills failed, and the other's success moved the cursor of both"],
  ])("seed %i: %s", (seed) => {
    const result = runStorm(drawStorm(seed, STORM_FAMILIES));
    expect(result.violation).toBeUndefined();
  });

  test("the same seed gives the same storm", () => {
    const plan = drawStorm(7, STORM_FAMILIES);
    expect(runStorm(plan)).toEqual(runStorm(plan));
  });

  test.each<[Mutant, string[]]>([
    ["sends-twice", ["submitted twice"]],
    ["time-out-is-rejection", ["wrong end"]],
    ["counts-fills-twice", ["over the limit", "not equal at rest"]],
  ])("a session that %s is found", (mutant, checks) => {
    const families = { ...STORM_FAMILIES };
    for (let seed = 1; seed <= MUTANT_SEEDS; seed++) {
      const { violation } = runStorm(drawStorm(seed, families), mutant);
      if (violation !== undefined && checks.includes(violation.check)) return;
    }
    throw new Error(`${MUTANT_SEEDS} seeds have not found that a session ${mutant}`);
  });
});
