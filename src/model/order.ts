/** The vocabulary of orders: sides, types, states and events. The matrix that joins states and events lives in oms/. */

export enum Side {
  Buy = 1,
  Sell = 2,
}

export enum OrderType {
  Market = 1,
  Limit = 2,
}

export enum TimeInForce {
  /** Good till cancelled. */
  Gtc = 1,
  /** Fill what can be filled at once, cancel the rest. */
  Ioc = 2,
  /** Fill all at once or nothing. */
  Fok = 3,
}

/** Bits of an order's `flags`. */
export enum OrderFlag {
  /** Must rest: a venue refuses it when it would trade at once. */
  PostOnly = 1,
  ReduceOnly = 2,
  /** A cancel was asked for and not yet answered. */
  CancelPending = 4,
  /** A replace was asked for and not yet answered. */
  ReplacePending = 8,
  /** Adopted from the venue, not ours. */
  External = 16,
  /** Placed by hand, not by a strategy. */
  Manual = 32,
}

/** Position leg: part of every key, so that hedge-mode longs and shorts are never netted by mistake. */
export enum Leg {
  Net = 0,
  Long = 1,
  Short = 2,
}

export enum Liquidity {
  Unknown = 0,
  Maker = 1,
  Taker = 2,
}

/** States of an order. Three outcomes, never two: denied (us), rejected (venue evidence), unknown (nobody knows yet). */
export enum OrderState {
  /** No such order. */
  None = 0,
  /** Approved and journaled; not yet released to the venue. */
  Intent = 1,
  /** Released: bytes may have left. */
  Sent = 2,
  /** The venue's answer is missing. Exposure; never re-sent; only evidence ends it. */
  Unknown = 3,
  Open = 4,
  PartiallyFilled = 5,
  CancelSent = 6,
  ReplaceSent = 7,
  // Terminal states follow; late fills are still legal after each that has been at the venue.
  Denied = 8,
  Withdrawn = 9,
  Rejected = 10,
  Filled = 11,
  Canceled = 12,
  Expired = 13,
  /** Evidence (two misses, validity passed, history agrees) that the venue never accepted it. */
  NeverAccepted = 14,
}

export const ORDER_STATE_COUNT = 15;

/** What can happen to an order. */
export enum OrderEvent {
  /** The release gate let it go. */
  Release = 0,
  /** Taken back before release: never sent. */
  Withdraw = 1,
  /** Venue: accepted, resting. */
  Accept = 2,
  /** Venue: definite refusal of the order. */
  Reject = 3,
  /** Venue: a fill, idempotent by fill id. */
  Fill = 4,
  /** We ask to cancel. */
  CancelRequest = 5,
  /** Venue: cancelled. */
  Cancel = 6,
  /** Venue: refused to cancel. */
  CancelReject = 7,
  /** Venue: expired (IOC rest, FOK, post-only that would cross, good-till date). */
  Expire = 8,
  /** We ask to replace (amend). */
  ReplaceRequest = 9,
  /** Venue: replaced; the order lives on with a new price or quantity. */
  Replace = 10,
  /** Venue: refused to replace. */
  ReplaceReject = 11,
  /** No answer: time-out, 5xx, socket lost, unparsable answer, restart with an unanswered intent. */
  Lose = 12,
  /** Evidence that the venue never accepted it. */
  NotFound = 13,
  /** Venue: a past fill is void. */
  Bust = 14,
}

export const ORDER_EVENT_COUNT = 15;

export function isTerminal(state: OrderState): boolean {
  return state >= OrderState.Denied;
}

/** True while the order can still trade at the venue as far as we know: it counts as exposure. */
export function isExposed(state: OrderState): boolean {
  return state >= OrderState.Intent && state <= OrderState.ReplaceSent;
}

export enum InstrumentKind {
  Spot = 1,
  LinearPerpetual = 2,
  InversePerpetual = 3,
}

/** Why cash moved. The unexplained rest is a break. */
export enum CashCause {
  OpeningBalance = 1,
  Trade = 2,
  Fee = 3,
  Funding = 4,
  Deposit = 5,
  Withdrawal = 6,
  Transfer = 7,
  Conversion = 8,
  Interest = 9,
  Liquidation = 10,
  AutoDeleverage = 11,
  Settlement = 12,
  RealizedPnl = 13,
}
