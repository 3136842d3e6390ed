/** What a private endpoint of Bybit is: who may call it, how often, what it answers. */

import type { Account, ApiKey } from "../trading/account.ts";
import type { TradingVenue } from "../trading/trading_venue.ts";
import type { DisconnectGuard } from "./disconnect_guard.ts";
import type { Ids } from "./ids.ts";
import type { Category, Listings } from "./listing.ts";
import type { Params } from "./params.ts";
import type { TransactionLog } from "./transaction_log.ts";
import type { Words } from "./words.ts";

/** One request whose caller is known. */
export interface Call {
  readonly params: Params;
  readonly account: Account;
  readonly key: ApiKey;
  readonly venue: TradingVenue;
  readonly listings: Listings;
  readonly words: Words;
  readonly ids: Ids;
  readonly guard: DisconnectGuard;
  readonly log: TransactionLog;
  /** The venue's clock. */
  readonly nowMs: number;
}

export interface Result {
  readonly result: unknown;
  /** Codes of the members of a batch. */
  readonly retExtInfo?: unknown;
}

export interface Endpoint {
  readonly mustTrade: boolean;
  /** Acts on orders: the faults of acknowledgements may befall it. */
  readonly isOrder: boolean;
  /** Requests a second that an account has. */
  limit(category: Category | undefined): number;
  /** How many requests it counts as: a batch, as its members. */
  count?(params: Params): number;
  answer(call: Call): Result;
}

/** A page of rows, newest first, from the cursor on. */
export function pageOf<T>(
  call: Call,
  rows: readonly T[],
  limit: number,
  idOf: (row: T) => string,
): { readonly page: readonly T[]; readonly nextPageCursor: string } {
  const cursor = call.params.text("cursor");
  const at = cursor === undefined ? 0 : rows.findIndex((row) => idOf(row) === cursor);
  const from = at < 0 ? rows.length : at;
  const page = rows.slice(from, from + limit);
  const next = rows[from + limit];
  return { page, nextPageCursor: next === undefined ? "" : idOf(next) };
}

/** Times of a query: `startTime`, `endTime`, either or both, in milliseconds. */
export function isWithinTimes(call: Call, timeMs: number): boolean {
  const from = call.params.whole("startTime") ?? 0;
  const to = call.params.whole("endTime") ?? Number.MAX_SAFE_INTEGER;
  return timeMs >= from && timeMs <= to;
}
