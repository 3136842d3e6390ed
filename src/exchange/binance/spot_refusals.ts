/** The core's refusals in the words and codes of Binance spot. */

import { VenueError } from "../rest_query.ts";
import type { Refusal, RefusalReason } from "../trading/refusal.ts";

const FILTERS: Readonly<Partial<Record<RefusalReason, string>>> = Object.freeze({
  "price-range": "PRICE_FILTER",
  "price-tick": "PRICE_FILTER",
  "price-band": "PERCENT_PRICE_BY_SIDE",
  "qty-range": "LOT_SIZE",
  "qty-step": "LOT_SIZE",
  "market-qty-range": "MARKET_LOT_SIZE",
  "market-qty-step": "MARKET_LOT_SIZE",
  notional: "NOTIONAL",
  "display-qty": "ICEBERG_PARTS",
  "too-many-orders": "MAX_NUM_ORDERS",
  "too-many-triggers": "MAX_NUM_ALGO_ORDERS",
});

const REJECTS: Readonly<Partial<Record<RefusalReason, string>>> = Object.freeze({
  balance: "Account has insufficient balance for requested action.",
  "would-take": "Order would immediately match and take.",
  "would-trigger": "Stop price would trigger immediately.",
  "duplicate-client-id": "Duplicate order sent.",
  "symbol-closed": "Market is closed.",
  "no-market": "Market is closed.",
  "no-liquidity": "Market is closed.",
  restricted: "This action is disabled on this account.",
});

export function spotError(refusal: Refusal): VenueError {
  const { reason } = refusal;
  const filter = FILTERS[reason];
  if (filter !== undefined) return new VenueError(400, -1_013, `Filter failure: ${filter}`);
  const reject = REJECTS[reason];
  if (reject !== undefined) return new VenueError(400, -2_010, reject);
  if (reason === "unknown-symbol") return new VenueError(400, -1_121, "Invalid symbol.");
  if (reason === "unknown-order" || reason === "not-open") return new VenueError(400, -2_011, "Unknown order sent.");
  if (reason === "no-change" || reason === "amend-qty" || reason === "amend-kind") {
    const msg =
      reason === "no-change" ? "The requested action would change no state; rejecting." : "Order amend rejected.";
    return new VenueError(400, -2_038, msg);
  }
  return new VenueError(400, -2_010, `Order was rejected: ${reason}.`);
}
