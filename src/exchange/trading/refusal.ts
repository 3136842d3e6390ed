/** Why a venue's core refuses a request: a neutral reason that each dialect words as its venue does. */

export type RefusalReason =
  | "unknown-symbol"
  | "symbol-closed"
  | "no-market"
  | "price-range"
  | "price-tick"
  | "price-band"
  | "qty-range"
  | "qty-step"
  | "market-qty-range"
  | "market-qty-step"
  | "notional"
  | "display-qty"
  | "trigger-missing"
  | "would-trigger"
  | "would-take"
  | "unfillable"
  | "no-liquidity"
  | "duplicate-client-id"
  | "too-many-orders"
  | "too-many-triggers"
  | "balance"
  | "margin"
  | "reduce-only"
  | "position-side"
  | "unknown-order"
  | "not-open"
  | "no-change"
  | "amend-kind"
  | "amend-qty"
  | "leverage"
  | "open-position"
  | "open-orders"
  | "restricted";

export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly reason: RefusalReason,
    readonly detail = "",
  ) {
    super(detail === "" ? reason : `${reason}: ${detail}`);
  }
}
