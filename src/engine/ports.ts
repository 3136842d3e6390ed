/** The ports of the engine: time, venues, journal, signatures. Floors above implement them; the engine knows no other outside. */

import type { Code } from "../core/code.ts";
import type { TradingRecord } from "../model/record.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import type { Approved } from "../risk/approved.ts";

/** Engine time: microseconds since the Unix epoch, never running backward. */
export interface Clock {
  nowUs(): number;
}

/** What a venue can do natively; what it cannot, the engine emulates or denies, and the order says which. */
export interface VenueCapabilities {
  readonly amend: boolean;
  readonly amendKeepsQueueOnReduce: boolean;
  readonly postOnly: boolean;
  readonly fillOrKill: boolean;
  /** The venue itself keeps a reduce-only order from opening or flipping. */
  readonly reduceOnly: boolean;
  /** Good till a time, kept by the venue. */
  readonly goodTillDate: boolean;
  /** Stop and take-profit, market and limit. */
  readonly stops: boolean;
  readonly trailing: boolean;
  readonly iceberg: boolean;
  readonly cancelAll: boolean;
  /** Long and short legs apart. */
  readonly hedging: boolean;
  /** Dead-man switch: the venue cancels when we stop renewing. */
  readonly deadMan: boolean;
  /** A private stream of its own, whose silence can be told from quiet. */
  readonly privateStream: boolean;
  /** How long after sending a request can still be accepted (recvWindow and the like). */
  readonly requestValidityUs: number;
}

/** A venue that can do nothing by itself: spread, and say what it can. */
export const NO_CAPABILITIES: VenueCapabilities = Object.freeze({
  amend: false,
  amendKeepsQueueOnReduce: false,
  postOnly: false,
  fillOrKill: false,
  reduceOnly: false,
  goodTillDate: false,
  stops: false,
  trailing: false,
  iceberg: false,
  cancelAll: false,
  hedging: false,
  deadMan: false,
  privateStream: false,
  requestValidityUs: 2_000_000,
});

/**
 * What reconciliation asks. `id` is the asker's number, never used twice in a session. Answers enter by the private lane:
 * any number of StatedOrder, OrderFilled (evidence TradeHistory), StatedPosition or StatedBalance, each with the account,
 * `attempt` = id and its evidence, then one QueryEnded for the id. Absence means something only in an answer that ended
 * well; a query that failed, or whose end never comes, says nothing at all.
 */
export type VenueQuery = { readonly id: number } & (
  | {
      readonly kind: "order" | "orderHistory";
      readonly order: number;
      /** "" for an external order that carries none: `venueOrderId` names it. */
      readonly clientOrderId: string;
      /** "" before it is known. */
      readonly venueOrderId?: string;
      readonly instrument: number;
      /** It was not made before this time: a history is not read further back. Absent: not known. */
      readonly sinceUs?: number;
    }
  | { readonly kind: "openOrders"; readonly instrument: number | "all" }
  /** Fills at or after `sinceUs` (venue time), oldest first; `order` 0 = all of the instrument. */
  | {
      readonly kind: "fills";
      readonly instrument: number;
      readonly order: number;
      /** The id that the order was sent with, for one whose `venueOrderId` is not known. */
      readonly clientOrderId?: string;
      readonly venueOrderId?: string;
      readonly sinceUs: number;
    }
  | { readonly kind: "positions" }
  | { readonly kind: "balances" }
);

/**
 * One account at one venue. Effects are data: the gateway copies what it needs before it returns.
 * Answers never come back from these calls, only as reports in the private lane: a call that returns `Ok` has
 * been handed to the session, nothing more. Any other code means that no byte has left.
 */
export interface VenueGateway {
  readonly account: number;
  /** `Instrument.venue` of what it trades; "" = whatever it is given (replay of one venue). */
  readonly venue: string;
  readonly capabilities: VenueCapabilities;
  /** Opening effects: OrderIntent or ReplaceIntent. Only what the risk gate approved. */
  open(effect: Approved): Code;
  /** Closing effects: CancelIntent (one order). Idempotent at the venue, so they need no approval and no disk. */
  close(effect: Readonly<TradingRecord>): Code;
  /** Cancels everything of the account (instrument 0xffffffff) or of one instrument. */
  closeAll(instrument: number): Code;
  query(query: VenueQuery): Code;
}

export const ALL_INSTRUMENTS = 0xffff_ffff;

/** Where records become durable. `append` copies; `durableRecord` rises when they cannot be lost any more. */
export interface Journal {
  append(record: Readonly<TradingRecord>): void;
  /**
   * What was appended since the last call is one step, whole: it becomes durable together. A crash must not part a fill
   * from what a strategy noted down about it, or a kill from its cancels.
   */
  endStep?(): void;
  /** Highest record number that is durable; opening effects wait for it. */
  durableRecord(): number;
  /** Share of the trading ring that waits for the disk, 0–1: from one half on, opening orders are denied. */
  occupancy(): number;
}

/** Signs at the moment of sending; implementations hold the key, callers never see it. */
export interface Signer {
  sign(payload: string, keyName: string): string;
}

/** A second reader of market slots: the simulated venue of paper and replay sees exactly what the engine sees. */
export interface MarketTap {
  /** False while it has no use for slots: asked once per frame. */
  readonly wantsMarket: boolean;
  /** One slot of the market lane (a view index), in order, after the engine's market state has taken it. */
  onSlot(lane: MarketLane, slot: number): void;
}
