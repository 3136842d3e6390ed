/** `meltica executions`: fills, newest first as the gateway gives them. */

import type { ExecutionView } from "../control/views.ts";
import { listingVerb, sideText, timeText } from "./listing.ts";
import { verbatim } from "./output.ts";

export const verb = listingVerb<ExecutionView>({
  name: "executions",
  description: "List fills",
  path: "executions",
  filters: {
    account: { type: "string", valueHint: "NAME", description: "Of one account" },
    instrument: { type: "string", valueHint: "NAME", description: "Of one instrument" },
  },
  columns: [
    ["time (UTC)", (row) => timeText(row.time)],
    ["order", (row) => verbatim(row.order)],
    ["account", (row) => row.account],
    ["instrument", (row) => row.instrument],
    ["instance", (row) => row.instance ?? "by hand"],
    ["side", (row, terminal) => sideText(row.side, terminal)],
    ["qty", (row) => row.qty],
    ["price", (row) => row.price],
    ["fee", (row) => row.fee],
    ["asset", (row) => row.feeAsset],
    ["liquidity", (row) => row.liquidity],
  ],
  none: "no fills",
  examples: ["meltica executions --limit 20", "meltica executions --account paper --json"],
  next: "meltica positions",
});
