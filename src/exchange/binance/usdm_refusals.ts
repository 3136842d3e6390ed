/** The core's refusals in the words and codes of Binance USD-M. */

import { VenueError } from "../rest_query.ts";
import type { Refusal, RefusalReason } from "../trading/refusal.ts";

type Wording = readonly [code: number, msg: string];

const UNKNOWN: Wording = Object.freeze([-2_011, "Unknown order sent."] as const);
const NOT_RECORDED = "The order will not be recorded in the order history";

const WORDINGS: Readonly<Partial<Record<RefusalReason, Wording>>> = Object.freeze({
  "unknown-symbol": [-1_121, "Invalid symbol."],
  "symbol-closed": [-4_140, "Invalid symbol status for opening position."],
  "price-range": [-4_002, "Price greater than max price."],
  "price-tick": [-4_014, "Price not increased by tick size."],
  "price-band": [-4_016, "Limit price can't be higher or lower than the PERCENT_PRICE filter allows."],
  "qty-range": [-4_005, "Quantity greater than max quantity."],
  "qty-step": [-4_023, "Qty not increased by step size."],
  "market-qty-range": [-4_005, "Quantity greater than max quantity."],
  "market-qty-step": [-4_023, "Qty not increased by step size."],
  notional: [-4_164, "Order's notional must be no smaller than 20 (unless you choose reduce only)."],
  "would-trigger": [-2_021, "Order would immediately trigger."],
  "would-take": [
    -5_022,
    `Due to the order could not be executed as maker, the Post Only order will be rejected. ${NOT_RECORDED}`,
  ],
  unfillable: [
    -5_021,
    `Due to the order could not be filled immediately, the FOK order has been rejected. ${NOT_RECORDED}`,
  ],
  "duplicate-client-id": [-4_116, "ClientOrderId is duplicated."],
  "too-many-orders": [-2_025, "Reach max open order limit."],
  "too-many-triggers": [-4_045, "Reach max stop order limit."],
  balance: [-2_018, "Balance is insufficient."],
  margin: [-2_019, "Margin is insufficient."],
  "reduce-only": [-2_022, "ReduceOnly Order is rejected."],
  "position-side": [-4_061, "Order's position side does not match user's setting."],
  "unknown-order": UNKNOWN,
  "not-open": UNKNOWN,
  "no-change": [-5_027, "No need to modify the order."],
  "amend-qty": [-5_026, "Exceed maximum modify order limit."],
  "amend-kind": [-5_025, "Only limit order is supported."],
  leverage: [-4_028, "Leverage is not valid."],
  "open-position": [-4_068, "Position side cannot be changed if there exists position."],
  "open-orders": [-4_067, "Position side cannot be changed if there exists open orders."],
});

/** `words` replaces the wording of some reasons, where the same one means another thing at an endpoint. */
export function usdmError(refusal: Refusal, words: Readonly<Partial<Record<RefusalReason, Wording>>> = {}): VenueError {
  const { reason } = refusal;
  const found = words[reason] ?? WORDINGS[reason];
  if (found !== undefined) return new VenueError(400, found[0], found[1]);
  return new VenueError(400, -2_010, `Order was rejected: ${reason}.`);
}
