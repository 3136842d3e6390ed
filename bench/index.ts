/** All benches by name. Loaded one by one when asked for, so that one bench's set-up cannot disturb another's figures. */

import type { Bench } from "./bench.ts";

export interface LazyBench {
  readonly name: string;
  /** Not run unless named: canaries of the harness itself. */
  readonly hidden?: true;
  load(): Promise<{ readonly default: Bench }>;
}

export const BENCHES: readonly LazyBench[] = [
  { name: "book.delta", load: () => import("./book_delta.ts") },
  { name: "risk.gate", load: async () => ({ default: (await import("./risk_gate.ts")).bench }) },
  { name: "harness.nothing", hidden: true, load: () => import("./harness_nothing.ts") },
  { name: "harness.garbage", hidden: true, load: () => import("./harness_garbage.ts") },
];
