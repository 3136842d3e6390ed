/** Errors as Bybit words them, and the core's refusals in its codes: spot and derivatives have their own. */

import type { Side } from "../trading/order.ts";
import type { Refusal, RefusalReason } from "../trading/refusal.ts";
import type { Category } from "./listing.ts";

/** HTTP status is 200 but for what stands before the venue itself (403). */
export class BybitError extends Error {
  override readonly name = "BybitError";
  constructor(
    readonly retCode: number,
    readonly retMsg: string,
    readonly status = 200,
  ) {
    super(`${retCode} ${retMsg}`);
  }
}

export function paramError(what: string): BybitError {
  return new BybitError(10_001, what);
}

type Wording = readonly [retCode: number, retMsg: string];
type Wordings = Readonly<Partial<Record<RefusalReason, Wording>>>;

const UNCHANGED = "The order remains unchanged as the parameters entered match the existing ones.";

const SPOT: Wordings = Object.freeze({
  "unknown-symbol": [170_121, "Invalid symbol."],
  "no-market": [170_210, "New order rejected."],
  "price-range": [170_132, "Order price too high."],
  "price-tick": [170_134, "Order price decimal too long."],
  "qty-range": [170_136, "Order quantity exceeded lower limit."],
  "qty-step": [170_137, "Order volume decimal too long"],
  "market-qty-range": [170_124, "Order amount too large."],
  "market-qty-step": [170_137, "Order volume decimal too long"],
  notional: [170_140, "Order value exceeded lower limit."],
  "duplicate-client-id": [170_141, "Duplicate clientOrderId"],
  "too-many-orders": [170_005, "Too many new orders; current limit is 500 orders."],
  "too-many-triggers": [170_005, "Too many new orders; current limit is 30 orders."],
  balance: [170_131, "Insufficient balance."],
  "unknown-order": [170_213, "Order does not exist."],
  "not-open": [170_213, "Order does not exist."],
  "no-change": [10_001, UNCHANGED],
  "amend-qty": [170_136, "Order quantity exceeded lower limit."],
  "amend-kind": [10_001, "Only limit orders can be amended."],
});

const LINEAR: Wordings = Object.freeze({
  "unknown-symbol": [10_001, "params error: symbol invalid"],
  "price-range": [110_003, "Order price exceeds the allowable range."],
  "price-tick": [10_001, "Price invalid"],
  "price-band": [110_003, "Order price exceeds the allowable range."],
  "qty-range": [10_001, "Qty invalid"],
  "qty-step": [10_001, "Qty invalid"],
  "market-qty-range": [10_001, "The number of contracts exceeds maximum limit allowed"],
  "market-qty-step": [10_001, "Qty invalid"],
  notional: [110_094, "Order does not meet minimum order value 5USDT"],
  "would-trigger": [110_092, "expect Rising, but trigger_price <= current"],
  "duplicate-client-id": [110_072, "OrderLinkedID is duplicate"],
  "too-many-orders": [110_020, "You can not have more than 500 active orders"],
  "too-many-triggers": [110_020, "You can not have more than 10 stop orders"],
  balance: [110_012, "Insufficient available balance."],
  margin: [110_007, "ab not enough for new order"],
  "reduce-only": [110_017, "current position is zero, cannot fix reduce-only order qty"],
  "position-side": [10_001, "position idx not match position mode"],
  "unknown-order": [110_001, "order not exists or too late to cancel"],
  "not-open": [110_001, "order not exists or too late to cancel"],
  "no-change": [10_001, UNCHANGED],
  "amend-qty": [110_019, "The quantity must be more than what is filled"],
  "amend-kind": [10_001, "Only limit orders can be amended."],
  leverage: [110_013, "cannot set leverage gt maxLeverage by risk limit"],
  "open-position": [110_024, "You have an existing position, so the position mode cannot be switched"],
  "open-orders": [110_028, "You have existing open orders, so the position mode cannot be switched"],
});

/** `side` of the order, where one was meant: some codes tell buys from sells. */
export function refusalError(category: Category, refusal: Refusal, side?: Side): BybitError {
  const { reason } = refusal;
  if (category === "spot" && reason === "price-band") {
    return side === "sell"
      ? new BybitError(170_194, "Sell order price cannot be lower than the limit price.")
      : new BybitError(170_193, "Buy order price cannot be higher than the limit price.");
  }
  if (reason === "would-trigger" && side === "sell") {
    return new BybitError(110_093, "expect Falling, but trigger_price >= current");
  }
  const found = (category === "spot" ? SPOT : LINEAR)[reason];
  if (found !== undefined) return new BybitError(found[0], found[1]);
  return new BybitError(category === "spot" ? 170_210 : 110_003, `New order rejected: ${reason}.`);
}
