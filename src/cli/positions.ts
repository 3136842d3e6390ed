/** `meltica positions`: what is held, where, at what price, and what it earned. */

import type { PositionView } from "../control/views.ts";
import { listingVerb } from "./listing.ts";

export const verb = listingVerb<PositionView>({
  name: "positions",
  description: "List positions",
  path: "positions",
  columns: [
    ["account", (row) => row.account],
    ["instrument", (row) => row.instrument],
    ["leg", (row) => row.leg],
    ["qty", (row) => row.qty],
    ["entry", (row) => row.averageEntry],
    ["mark", (row) => row.markPrice],
    ["realized", (row) => row.realizedPnl],
    ["unrealized", (row) => row.unrealizedPnl],
    ["margin", (row) => row.initialMargin],
    ["leverage", (row) => row.leverage],
    ["asset", (row) => row.asset],
  ],
  none: "no positions",
  examples: ["meltica positions", "meltica positions --json"],
  next: "meltica executions",
});
