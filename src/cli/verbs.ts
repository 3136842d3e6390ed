/** All verbs in the order of the help. Each is loaded when it is called, so that `version` stays fast. */

import type { AnyVerb } from "./verb.ts";

export interface LazyVerb {
  readonly name: string;
  readonly description: string;
  /** Not in the overview: for the program's own processes. */
  readonly hidden?: true;
  load(): Promise<{ readonly verb: AnyVerb }>;
}

const of = (name: string, description: string, load: LazyVerb["load"]): LazyVerb => ({ name, description, load });

export const VERBS: readonly LazyVerb[] = Object.freeze([
  of("up", "Start the gateway (what `meltica` alone does)", () => import("./up.ts")),
  of("status", "Show what is running", () => import("./status.ts")),
  of("orders", "List, place, change and cancel orders", () => import("./orders.ts")),
  of("positions", "List positions", () => import("./positions.ts")),
  of("executions", "List fills", () => import("./executions.ts")),
  of("balances", "List balances", () => import("./balances.ts")),
  of("instances", "List, start, pause, resume, stop and delete running strategies", () => import("./instances.ts")),
  of("kill", "Stop all trading at once, even when the gateway does not answer", () => import("./kill.ts")),
  of("resume", "Take a kill back", () => import("./resume.ts")),
  of("risk", "Show what limits, breakers and kills say; halt, reset, arm, override", () => import("./risk.ts")),
  of("logs", "Show the log", () => import("./logs.ts")),
  of("doctor", "Check clock, disk, port, data directory and live accounts", () => import("./doctor.ts")),
  of("config", "Check and show the configuration, print its schema", () => import("./config.ts")),
  of("secrets", "Put keys into the encrypted store, list and remove them", () => import("./secrets.ts")),
  of("journal", "Verify and dump the journal", () => import("./journal.ts")),
  of("store", "Show how far the history is, and make it anew", () => import("./store.ts")),
  of("migrate", "Bring the schema of the history's database up to date, or back", () => import("./migrate.ts")),
  of("replay", "Run captured market data and a strategy through the whole engine", () => import("./replay.ts")),
  of("simulate", "Serve a venue's market data from captures or a synthetic market", () => import("./simulate.ts")),
  of("provider", "Certify adapters of venues against numbered cards", () => import("./provider.ts")),
  of("bench", "Measure the hot paths against stated baselines", () => import("./bench.ts")),
  of("version", "Show version, commit and platform", () => import("./version.ts")),
  {
    name: "watchdog",
    description: "Cancel all orders of live accounts when the gateway is silent",
    hidden: true,
    load: () => import("./watchdog.ts"),
  },
] satisfies LazyVerb[]);
