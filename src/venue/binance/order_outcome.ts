/** What the venue's answer to an order says: done, definitely refused, or nobody knows. Never by the class of HTTP status. */

import { Reject } from "../../model/denial.ts";

export enum Outcome {
  Done = 0,
  /** The venue has not taken it, and never will. */
  Refused = 1,
  /** It may be live: only evidence tells. */
  Unknown = 2,
}

/** Limits of requests: nothing may be sent for a while. */
export const TOO_MANY_REQUESTS = -1_003;
export const TOO_MANY_ORDERS = -1_015;
/** The request's time is not within the venue's window. */
export const CLOCK_OFF = -1_021;
/** Cancel: no such open order. */
export const CANCEL_REFUSED = -2_011;
/** Query: no such order. */
export const NO_SUCH_ORDER = -2_013;
/** The listen key is gone. */
export const NO_LISTEN_KEY = -1_125;
/** Modify: the order has these very terms. Also the answer to one that was sent twice. */
export const NO_NEED_TO_MODIFY = -5_027;

/**
 * Codes that are given before an order is taken on, as ranges. What is not listed leaves the order unknown: -1000 and
 * -1001 (the venue's own trouble), -1006 and -1007 (no answer from its back end), -1008 (busy), and all that is new.
 */
const DEFINITE: readonly (readonly [from: number, to: number])[] = [
  [-1_003, -1_002], // Too many requests, not authorised.
  [-1_016, -1_013], // Filters, unsupported combination, too many orders, service shutting down.
  [-1_022, -1_020], // Unsupported, clock, signature.
  [-1_199, -1_100], // Parameters.
  [-2_011, -2_010], // Refused by the matching engine.
  [-2_028, -2_013], // Keys, balance, margin, reduce-only, position limits.
  [-2_039, -2_038], // Amend refused, amount of the order list.
  [-4_199, -4_000], // Filters of USD-M.
  [-5_028, -5_021], // Time in force and modify of USD-M.
];

/** Of an error code. */
export function outcomeOf(code: number): Outcome {
  return DEFINITE.some(([from, to]) => code >= from && code <= to) ? Outcome.Refused : Outcome.Unknown;
}

/** Why it was refused, in our words. */
export function rejectOf(code: number, msg: string): Reject {
  switch (code) {
    case TOO_MANY_REQUESTS:
    case TOO_MANY_ORDERS:
      return Reject.RateLimit;
    case -1_013:
    case -1_111:
      return /PERCENT_PRICE|price range/i.test(msg) ? Reject.PriceBand : Reject.Filter;
    case -2_010:
      return rejectOfText(msg);
    case -2_018:
    case -2_019:
      return Reject.InsufficientBalance;
    case -2_022:
    case -4_118:
      return Reject.ReduceOnly;
    case CANCEL_REFUSED:
    case NO_SUCH_ORDER:
      return Reject.UnknownOrder;
    case -4_116:
      return Reject.DuplicateClientId;
    case -4_140:
    case -4_108:
      return Reject.MarketClosed;
    case -4_016:
    case -4_024:
    case -4_131:
      return Reject.PriceBand;
    case -5_021:
      return Reject.Unfillable;
    case -5_022:
      return Reject.WouldTake;
    default:
      return code <= -4_000 && code >= -4_199 ? Reject.Filter : Reject.Other;
  }
}

function rejectOfText(msg: string): Reject {
  if (/insufficient balance/i.test(msg)) return Reject.InsufficientBalance;
  if (/immediately match/i.test(msg)) return Reject.WouldTake;
  if (/duplicate order/i.test(msg)) return Reject.DuplicateClientId;
  if (/market is closed|not (open|trading)/i.test(msg)) return Reject.MarketClosed;
  if (/price/i.test(msg) && /range|band/i.test(msg)) return Reject.PriceBand;
  return Reject.Other;
}
