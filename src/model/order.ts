/** The vocabulary of orders: sides, types, states and events. The matrix that joins states and events lives in oms/. */

export enum Side {
  Buy = 1,
  Sell = 2,
}

export enum OrderType {
  Market = 1,
  Limit = 2,
  /** A market order once the trigger is reached against the position it protects: sells at or below, buys at or above. */
  StopMarket = 3,
  StopLimit = 4,
  /** As stops, with the trigger on the other side: sells at or above, buys at or below. */
  TakeProfitMarket = 5,
  TakeProfitLimit = 6,
  /** A stop market whose trigger follows the best price at a distance. */
  TrailingStop = 7,
}

/** Which price fires a held order. */
export enum TriggerBy {
  Last = 0,
  /** Bid for sells, ask for buys: what it would trade against. */
  Quote = 1,
  Mark = 2,
}

export enum TimeInForce {
  /** Good till cancelled. */
  Gtc = 1,
  /** Fill what can be filled at once, cancel the rest. */
  Ioc = 2,
  /** Fill all at once or nothing. */
  Fok = 3,
  /** Good till `expireUs`. */
  Gtd = 4,
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
  /** The engine watches the condition; the venue does not know the order until it is triggered. */
  Emulated = 64,
  /** Emulated, and its condition has come true. */
  Triggered = 128,
  /** `trailOffset` is in 1/100 basis points of the watermark. */
  TrailBps = 256,
  /** After an outage that passed its trigger: stays held. Neither bit: it fires (protective stops must). */
  OnOutageKeep = 512,
  OnOutageCancel = 1024,
  /** Ours by its client order id, and unknown to D before it was found at the venue. */
  LostOwn = 2048,
  /** Made by us in the place of an exit that was lost: held here, never left to the venue to watch. See `lost_exits.ts`. */
  Again = 4096,
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
  /** With us: its condition or its parent's fill has not come. Never sent, so no exposure; an open order all the same. */
  Held = 8,
  // Terminal states follow; late fills are still legal after each that has been at the venue.
  Denied = 9,
  Withdrawn = 10,
  Rejected = 11,
  Filled = 12,
  Canceled = 13,
  Expired = 14,
  /** Evidence (two misses, validity passed, history agrees) that the venue never accepted it. */
  NeverAccepted = 15,
}

export const ORDER_STATE_COUNT = 16;

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
  /** A held order's condition came true, or its parent's fill has armed it: an intent from here on. */
  Trigger = 15,
  /** The gate refused a held order when it was to become an intent. */
  Deny = 16,
}

export const ORDER_EVENT_COUNT = 17;

export function isTerminal(state: OrderState): boolean {
  return state >= OrderState.Denied;
}

/** True while the order waits with us for its condition or its parent. */
export function isHeld(state: OrderState): boolean {
  return state === OrderState.Held;
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
  /** An operator closes a break between our cash and the venue's. */
  Adjustment = 14,
}

/** True for types that wait for a price before they are a market or limit order. */
export function isConditional(orderType: number): boolean {
  return orderType >= OrderType.StopMarket && orderType <= OrderType.TrailingStop;
}

/** True for the flags of an order that waits with us: it is emulated, and its condition has not come true. */
export function isToHold(flags: number): boolean {
  return (flags & OrderFlag.Emulated) !== 0 && (flags & OrderFlag.Triggered) === 0;
}

/** True for the flags of an intent that begins with us, fired already or not: an exit that is made again has fired before. */
export function beginsHeld(flags: number): boolean {
  return (flags & OrderFlag.Emulated) !== 0;
}

/** True for types that carry a limit price. */
export function hasLimitPrice(orderType: number): boolean {
  return orderType === OrderType.Limit || orderType === OrderType.StopLimit || orderType === OrderType.TakeProfitLimit;
}

/** True for types that fire when the price has moved against the position they protect. */
export function isStop(orderType: number): boolean {
  return (
    orderType === OrderType.StopMarket || orderType === OrderType.StopLimit || orderType === OrderType.TrailingStop
  );
}
