/** `meltica balances`: what each account has of each asset. */

import type { BalanceView } from "../control/views.ts";
import { listingVerb } from "./listing.ts";

export const verb = listingVerb<BalanceView>({
  name: "balances",
  description: "List balances",
  path: "balances",
  columns: [
    ["account", (row) => row.account],
    ["asset", (row) => row.asset],
    ["total", (row) => row.total],
    ["locked", (row) => row.locked],
    ["free", (row) => row.free],
    ["venue", (row) => row.venueTotal],
  ],
  none: "no balances",
  examples: ["meltica balances", "meltica balances --json"],
  next: "meltica positions",
});
