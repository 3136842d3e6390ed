/** What OKX's code says of an order: definitely refused, or nobody knows; and what that means for each kind of request. */

import { Reject } from "../../model/denial.ts";
import type { VenueAnswer } from "../wire/live_answer.ts";
import { Verdict } from "../wire/live_dialect.ts";
import type { RequestKind } from "../wire/order_requests.ts";

const TOO_MANY_REQUESTS = 50_011;
const TOO_MANY_ORDERS = 50_061;
const TIMESTAMP_EXPIRED = 50_102;
const LOGIN_EXPIRED = 60_006;
export const NOT_LOGGED_IN = 60_011;
/** A new order under an id that is open already: ours may have come twice. */
const DUPLICATE_ID = 51_016;
const DUPLICATE_VENUE_ID = 51_011;
/** "The request timed out": nobody says where. */
const BACK_END_LATE = 51_054;
const DOUBTFUL: readonly number[] = Object.freeze([DUPLICATE_ID, DUPLICATE_VENUE_ID, BACK_END_LATE]);
/** The request came after its deadline: late, or by a clock that is off. Asked for all the same: it costs one question. */
const TIMED_OUT = 51_149;
const NO_CHANGE = 51_500;
const ALREADY_CANCELING = 51_410;
export const NO_SUCH_ORDER = 51_603;
/** Cancels of what is not open. */
const GONE: readonly number[] = Object.freeze([51_400, 51_401, 51_402, NO_SUCH_ORDER]);

/**
 * Codes that are given before an order is taken on, as ranges. What is not listed leaves the order unknown: 50001
 * (maintenance), 50004 (no answer from the back end), 50013 and 50026 (busy, trouble of its own), 63999, and all that is new.
 */
const DEFINITE: readonly (readonly [from: number, to: number])[] = [
  [50_000, 50_000],
  [50_002, 50_002],
  [50_006, 50_012], // Content type, account and user, limits.
  [50_014, 50_025], // Parameters.
  [50_027, 50_030], // Restricted, no permission.
  [TOO_MANY_ORDERS, TOO_MANY_ORDERS],
  [50_100, 50_125], // Keys, signature, timestamp, rights.
  [51_000, 51_999], // Orders.
  [54_000, 54_099], // Margin.
  [59_000, 59_999], // Settings of the account.
  [60_004, 60_014], // Login, malformed requests.
];

/** A new order is in the book by its answer; cancels and amends are only received by theirs: the stream tells. */
export function verdictOf(kind: RequestKind, { isOk, code }: VenueAnswer): Verdict {
  if (isOk) return kind === "new" ? Verdict.Done : Verdict.Received;
  if (kind === "cancel") {
    if (GONE.includes(code)) return Verdict.Gone;
    if (code === ALREADY_CANCELING) return Verdict.Received;
    if (isLimit(code) || isClockOff(code)) return Verdict.Later;
  }
  if (kind === "replace" && code === NO_CHANGE) return Verdict.Unchanged;
  if (DOUBTFUL.includes(code) || code === TIMED_OUT) return Verdict.Unknown;
  return DEFINITE.some(([from, to]) => code >= from && code <= to) ? Verdict.Refused : Verdict.Unknown;
}

export function isLimit(code: number): boolean {
  return code === TOO_MANY_REQUESTS || code === TOO_MANY_ORDERS;
}

export function isClockOff(code: number): boolean {
  return code === TIMESTAMP_EXPIRED || code === LOGIN_EXPIRED || code === TIMED_OUT;
}

/** Why it was refused, in our words. */
export function rejectOf(code: number): Reject {
  switch (code) {
    case TOO_MANY_REQUESTS:
    case TOO_MANY_ORDERS:
      return Reject.RateLimit;
    case 51_006:
    case 51_124:
    case 51_136:
    case 51_137:
    case 51_138:
      return Reject.PriceBand;
    case 51_008:
    case 51_119:
    case 51_127:
    case 51_131:
      return Reject.InsufficientBalance;
    case DUPLICATE_ID:
      return Reject.DuplicateClientId;
    case 51_000:
    case 51_020:
    case 51_121:
    case 51_202:
      return Reject.Filter;
    case 51_027:
    case 51_028:
      return Reject.MarketClosed;
    case 51_112:
    case 51_169:
      return Reject.ReduceOnly;
    case 51_400:
    case 51_503:
    case NO_SUCH_ORDER:
      return Reject.UnknownOrder;
    case 51_401:
    case 51_402:
    case 51_509:
    case 51_510:
      return Reject.AlreadyDone;
    case 51_511:
      return Reject.WouldTake;
    default:
      return Reject.Other;
  }
}
