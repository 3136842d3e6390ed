/** A canary: both sides do the same work without garbage, so the harness must report a ratio near 1 and 0 collections. */

import { do_not_optimize } from "mitata";
import type { Bench } from "./bench.ts";

const OPS = 200_000;

function sum(column: Float64Array): void {
  let total = 0;
  for (let i = 0; i < OPS; i++) total += column[i & 1023] as number;
  do_not_optimize(total);
}

const bench: Bench = {
  name: "harness.nothing",
  unit: "events/s",
  baseline: "the same again",
  allocationFree: true,
  prepare() {
    const ours = new Float64Array(1024).fill(1);
    const theirs = new Float64Array(1024).fill(2);
    return { ops: OPS, run: () => sum(ours), baselineOps: OPS, baselineRun: () => sum(theirs) };
  },
};

export default bench;
