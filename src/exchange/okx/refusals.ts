/** The core's refusals in the codes and words of OKX, by what was asked for. */

import type { Refusal, RefusalReason } from "../trading/refusal.ts";

export type Asked = "place" | "cancel" | "amend";
type Wording = readonly [code: string, msg: string];

const PLACE: Readonly<Partial<Record<RefusalReason, Wording>>> = Object.freeze({
  "unknown-symbol": ["51001", "Instrument ID, Instrument ID code or Spread ID doesn't exist."],
  "price-range": ["51000", "Parameter px error"],
  "price-tick": ["51000", "Parameter px error: not a multiple of the tick size"],
  "price-band": ["51006", "Order price is not within the price limit."],
  "qty-range": ["51020", "Your order should meet or exceed the minimum order amount."],
  "qty-step": ["51121", "Order quantity must be a multiple of the lot size."],
  "market-qty-range": ["51202", "Market order amount exceeds the maximum amount."],
  "market-qty-step": ["51121", "Order quantity must be a multiple of the lot size."],
  notional: ["51020", "Your order should meet or exceed the minimum order amount."],
  "would-trigger": ["51280", "The trigger price is on the wrong side of the last price."],
  "duplicate-client-id": ["51016", "Client order ID already exists."],
  "too-many-orders": ["51174", "Order failed. You have too many pending orders."],
  "too-many-triggers": ["51174", "Order failed. You have too many pending orders."],
  balance: ["51008", "Order failed. Insufficient balance in account."],
  margin: ["51008", "Order failed. Insufficient margin in account."],
  "reduce-only": ["51169", "Order failed because you don't have any positions in this direction to reduce or close."],
  "position-side": ["51000", "Parameter posSide error"],
  leverage: ["59102", "Leverage exceeds the maximum limit. Please lower the leverage."],
});

const CANCEL: Readonly<Partial<Record<RefusalReason, Wording>>> = Object.freeze({
  "unknown-order": ["51400", "Cancellation failed as the order has been filled, canceled or does not exist."],
});

const AMEND: Readonly<Partial<Record<RefusalReason, Wording>>> = Object.freeze({
  "unknown-order": ["51503", "Your order has already been filled or canceled, or does not exist."],
  "no-change": ["51500", "You must enter a price, quantity, or TP/SL that differs."],
  "amend-qty": ["51000", "Parameter newSz error"],
  "amend-kind": ["51502", "Unable to modify the order: only orders with a price can be modified."],
  "price-range": ["51000", "Parameter newPx error"],
  "price-tick": ["51000", "Parameter newPx error: not a multiple of the tick size"],
});

/** What is said of an order that has ended, when somebody asks to cancel or to amend it. */
export function endedRefusal(asked: "cancel" | "amend", isFilled: boolean): Wording {
  if (asked === "cancel") {
    return isFilled
      ? ["51402", "Cancellation failed as the order is already completed."]
      : ["51401", "Cancellation failed as the order is already canceled."];
  }
  return isFilled
    ? ["51510", "Modification failed as the order has been completed."]
    : ["51509", "Modification failed as the order has been canceled."];
}

export function okxWording({ reason, detail }: Refusal, asked: Asked): Wording {
  const own = asked === "cancel" ? CANCEL : asked === "amend" ? AMEND : PLACE;
  const found = own[reason] ?? PLACE[reason];
  if (found === undefined) return ["51000", `Order failed: ${reason}`];
  const [code] = found;
  if (reason !== "balance" || detail === "") return found;
  return [code, `Order failed. Insufficient ${detail} balance in account.`];
}
