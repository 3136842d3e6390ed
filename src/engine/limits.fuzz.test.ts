/** limits-cannot-be-passed: exposure in flight and unknown included never passes a limit, whatever comes in whatever order. */

import { expect, test } from "bun:test";
import { Prng } from "../core/prng.ts";
import { Denial } from "../model/denial.ts";
import { LimitsRig } from "./limits.testing.ts";

const SEQUENCES = Number(process.env["LIMITS_SEQUENCES"] ?? 50_000);
const SEED = Number(process.env["LIMITS_SEED"] ?? 20_261_121);
/** Sequences that one engine runs one after the other: a failing seed is run again with all of them. */
const GROUP = 100;
const STEPS = Number(process.env["LIMITS_STEPS"] ?? 6);

test("limits-cannot-be-passed", () => {
  const rig = new LimitsRig(new Prng(SEED));
  for (let at = 0; at < SEQUENCES; at += GROUP) {
    rig.prng = new Prng(SEED + at);
    try {
      rig.run(GROUP, STEPS);
    } catch (error) {
      throw new Error(`LIMITS_SEED=${SEED + at}: ${(error as Error).message}`, { cause: error });
    }
  }
  const denials = [...rig.denials].map(([code, count]) => `${Denial[code]} ${count}`);
  console.log(`limits-cannot-be-passed: ${SEQUENCES} sequences, seed ${SEED}`, rig.counts, denials.join(", "));
  expect(rig.counts.intents).toBeGreaterThan(SEQUENCES);
});

test.each([
  [20_266_221, "an order's own row took the new mark, and another account's row of the instance kept the old one"],
  [20_280_721, "a rate limit was raised after exits had gone beyond it: the longer memory had forgotten them"],
])("seed %i: %s", (seed) => {
  const rig = new LimitsRig(new Prng(seed));
  rig.run(GROUP, 16);
  expect(rig.counts.intents).toBeGreaterThan(0);
});
