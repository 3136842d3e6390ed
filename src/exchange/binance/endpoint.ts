/** What an endpoint of the trading side is: who may call it, what it weighs, what it answers. */

import type { RestQuery } from "../rest_query.ts";
import { VenueError } from "../rest_query.ts";
import type { Account, ApiKey } from "../trading/account.ts";
import type { TradingVenue } from "../trading/trading_venue.ts";
import type { Security } from "./key_ring.ts";
import type { OrderCounts } from "./order_counts.ts";

/** One request whose caller is known. */
export interface Call {
  readonly query: RestQuery;
  readonly account: Account;
  readonly key: ApiKey;
  readonly venue: TradingVenue;
  readonly counts: OrderCounts;
  /** The venue's clock. */
  readonly nowMs: number;
  /** An id as the venue makes them for who gave none. */
  newClientId(): string;
}

export interface SignedEndpoint {
  readonly security: Security;
  readonly weight: number | ((query: RestQuery) => number);
  /** True: it acts on orders, so the faults of acknowledgements may befall it, and its success weighs nothing on spot. */
  readonly isOrder?: boolean;
  /** Orders that it places, for the limits of order counts. */
  readonly orders?: number;
  answer(call: Call): unknown;
}

/** An error that says more than code and message: a replacement that went half way. */
export class DetailedError extends VenueError {
  constructor(
    status: number,
    code: number,
    msg: string,
    readonly data: unknown,
  ) {
    super(status, code, msg);
  }
}
