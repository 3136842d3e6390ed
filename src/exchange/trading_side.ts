/** What the simulator asks of the trading side of its venues: requests, sockets, the feed, time, and the truth for checkers. */

import type { Duplex } from "node:stream";
import type { FaultNow } from "./faults.ts";
import type { FeedFrame } from "./feed.ts";
import type { RestAnswer, RestRequest } from "./rest_message.ts";
import type { SymbolMarket, Taken } from "./symbol_market.ts";

export interface TradingSide {
  /** Names as in `truth` and `deposit`: `binance-spot`. */
  venueNames(): readonly string[];
  /** Private connections that are open. */
  readonly privateOpen: number;
  /** Undefined: no request of the trading side. Total: whatever is wrong is answered. */
  answer(request: RestRequest): RestAnswer | undefined;
  /** True when the path belongs to a private or an order socket. */
  isOwnPath(path: string): boolean;
  /** Takes over a socket whose upgrade has been answered. */
  accept(socket: Duplex, path: string, head: Buffer): void;
  /** A frame of the feed has gone into its market. */
  onFrame(frame: FeedFrame, taken: Taken, market: SymbolMarket): void;
  /** Time passes. */
  advance(): void;
  /** Pings private sockets. */
  beat(): void;
  befall(now: FaultNow): void;
  accountNames(): readonly string[];
  /** Orders, fills, balances and positions of an account, by venue; undefined for an account that is not known. */
  truth(account: string): Readonly<Record<string, unknown>> | undefined;
  /** Adds to a balance, or takes from it below zero; answers what is wrong. */
  deposit(account: string, venue: string, asset: string, amount: string): string | undefined;
  close(): void;
}
