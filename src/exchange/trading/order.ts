/** Orders, fills and positions of a simulated venue, in words that all dialects can be told in. */

import type { Amount } from "./amount.ts";

export type Side = "buy" | "sell";
export type PositionSide = "both" | "long" | "short";
/** What the taker's mode does to the two orders of one account that meet. */
export type Prevention = "none" | "expire-taker" | "expire-maker" | "expire-both" | "decrement";
/**
 * waiting: for its trigger · open, part-filled: alive · the rest is final. `expired` is the venue's doing (unfillable,
 * too old, would take), `prevented` an end by self-trade prevention.
 */
export type OrderStatus = "waiting" | "open" | "part-filled" | "filled" | "canceled" | "expired" | "prevented";
export type EndReason =
  | "none"
  | "user"
  | "unfillable"
  | "would-take"
  | "no-liquidity"
  | "too-old"
  | "countdown"
  | "prevention"
  | "reduce-only"
  | "sibling";

/** Fires once the watched price stands at or beyond `price`; a trailing one moves `price` after the best seen. */
export interface Trigger {
  price: Amount;
  /** True: fires at or above; false: at or below. */
  readonly rises: boolean;
  readonly source: "last" | "mark";
  /** Share of the best price: 0.01 is 1 %. It starts once the watched price has reached `from`, if there is one. */
  readonly trail?: { readonly rate: Amount; readonly from: Amount | undefined };
}

/** What somebody wants. Quantities are in base, or in contracts where the instrument has a contract size. */
export interface OrderSpec {
  readonly symbol: string;
  readonly side: Side;
  readonly type: "limit" | "market";
  readonly price: Amount | undefined;
  readonly qty: Amount | undefined;
  /** Of a market order instead of `qty`: how much quote to spend, or to get. */
  readonly quoteQty?: Amount | undefined;
  readonly timeInForce: "gtc" | "ioc" | "fok" | "gtd";
  readonly expireMs?: number | undefined;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  /** Closes the whole position when it fires; has no quantity. */
  readonly closePosition?: boolean;
  /** What shows of it; the rest is hidden behind. */
  readonly displayQty?: Amount | undefined;
  readonly trigger?: Trigger | undefined;
  readonly prevention: Prevention;
  readonly positionSide?: PositionSide;
  /** Unique by the venue's rule; empty: the core makes one. */
  readonly clientId: string;
  /** Fields that only the dialect knows (its own type name, `workingType`, …). */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Order {
  readonly id: number;
  readonly account: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: "limit" | "market";
  readonly timeInForce: OrderSpec["timeInForce"];
  readonly expireMs: number | undefined;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
  readonly displayQty: Amount | undefined;
  readonly trigger: Trigger | undefined;
  readonly prevention: Prevention;
  readonly positionSide: PositionSide;
  readonly quoteQty: Amount | undefined;
  readonly tags: Readonly<Record<string, string>>;
  clientId: string;
  price: Amount;
  qty: Amount;
  status: OrderStatus;
  reason: EndReason;
  filledQty: Amount;
  /** Sum of price times quantity (times the contract size) of its fills. */
  filledQuote: Amount;
  readonly createdMs: number;
  updatedMs: number;
  /** When it went to the book or took; 0 while it waits. */
  workingMs: number;
  triggeredMs: number;
  /** Quantity that self-trade prevention took away. */
  preventedQty: Amount;
  amendments: number;
  /** Order list it belongs to; 0 for none. */
  list: number;
  /** What is locked for it, of `lockAsset`. */
  locked: Amount;
  lockAsset: string;
}

/** One side of a trade. */
export interface Fill {
  readonly tradeId: number;
  readonly orderId: number;
  readonly account: string;
  readonly clientId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly price: Amount;
  readonly qty: Amount;
  readonly quote: Amount;
  /** Positive: paid. */
  readonly fee: Amount;
  readonly feeAsset: string;
  readonly isMaker: boolean;
  /** Of derivatives: what it realised, before the fee. */
  readonly pnl: Amount;
  readonly timeMs: number;
}

export interface Position {
  readonly symbol: string;
  readonly side: PositionSide;
  /** Below zero: short. */
  qty: Amount;
  /** Average price of what is held; zero when nothing is. */
  entry: Amount;
  /** Realised so far, before fees. */
  realised: Amount;
  updatedMs: number;
}

export function isAlive(order: Order): boolean {
  return order.status === "open" || order.status === "part-filled" || order.status === "waiting";
}

export function leavesOf(order: Order): Amount {
  return order.qty - order.filledQty - order.preventedQty;
}

export function opposite(side: Side): Side {
  return side === "buy" ? "sell" : "buy";
}

/** True when a price is within the limit of somebody on this side. */
export function isWithin(side: Side, price: Amount, limit: Amount): boolean {
  return side === "buy" ? price <= limit : price >= limit;
}
