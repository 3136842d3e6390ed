/** A canary: ours makes garbage on purpose, so the harness must count collections and report it as the slower one. */

import { do_not_optimize } from "mitata";
import type { Bench } from "./bench.ts";

const OPS = 50_000;

const bench: Bench = {
  name: "harness.garbage",
  unit: "ns",
  baseline: "no garbage",
  allocationFree: true,
  prepare() {
    let kept: number[][] = [];
    const one = (n: number) => {
      if (kept.length === 1_000) kept = [];
      kept.push([n, n + 1, n + 2]);
    };
    return {
      ops: OPS,
      run: () => {
        for (let n = 0; n < OPS; n++) one(n);
        do_not_optimize(kept);
      },
      single: () => one(1),
      baselineOps: OPS,
      baselineRun: () => {
        let total = 0;
        for (let n = 0; n < OPS; n++) total = (total + n) | 0;
        do_not_optimize(total);
      },
    };
  },
};

export default bench;
