/** What the venue's code on a request about an order says: received, definitely refused, gone, or nobody knows. */

import { Reject } from "../../model/denial.ts";
import type { VenueAnswer } from "../wire/live_answer.ts";
import { Verdict } from "../wire/live_dialect.ts";
import type { RequestKind } from "../wire/order_requests.ts";

/** Too many of one kind in this second. */
export const TOO_MANY_VISITS = 10_006;
/** The request's time is not within the venue's window. */
export const CLOCK_OFF = 10_002;
/** The gate before the venue: HTTP 403, for the whole address. */
export const SHUT_OUT = 403;
const BAD_PARAMETER = 10_001;
/** It is worked on at this moment, or locked: nothing can be done with it now. */
const BUSY: readonly number[] = Object.freeze([110_079, 170_144, 170_150, 170_191]);
/** A cancel of it is on its way already. */
const BEING_CANCELED = 170_212;

/** There is no such open order: never was, filled, or cancelled. */
const GONE: readonly number[] = Object.freeze([
  ...[110_001, 110_008, 110_010],
  ...[170_139, 170_142, 170_143, 170_190, 170_213],
]);
const PASSING: readonly number[] = Object.freeze([
  ...[CLOCK_OFF, TOO_MANY_VISITS, SHUT_OUT, 10_018, 10_403, 10_429, 170_222],
]);

/**
 * Codes that are given before an order is taken on, as ranges. What is not listed leaves the order unknown: 10000, 10016,
 * 170001, 170032 and 170234 (the venue's own trouble), 170007, 170146 and 170147 (its back end was late), 10014, 20006 and
 * 110030 (it came twice: the first may be taken), 170035 ("submitted for processing"), 170149 and 170150 ("failed", nobody
 * says when), 170195 and 170196 ("may not be filled"), and all that is new.
 */
const DEFINITE: readonly (readonly [from: number, to: number])[] = Object.freeze([
  [SHUT_OUT, SHUT_OUT],
  [10_001, 10_010], // Parameters, clock, keys, rate, banned.
  [10_017, 10_018],
  [10_024, 10_029], // Compliance, banned from trading, addresses.
  [10_403, 10_404],
  [10_429, 10_429],
  [20_001, 20_005], // Of the connection.
  [110_001, 110_029],
  [110_031, 110_078],
  [110_080, 110_099],
  [170_002, 170_006],
  [170_010, 170_031],
  [170_033, 170_034],
  [170_036, 170_145],
  [170_148, 170_148],
  [170_151, 170_194],
  [170_197, 170_233],
  [170_235, 170_299],
]);

export function verdictOf(kind: RequestKind, { isOk, code, msg }: VenueAnswer): Verdict {
  if (isOk) return Verdict.Received; // What becomes of it, the order stream tells.
  if (kind === "replace" && isUnchanged(code, msg)) return Verdict.Unchanged;
  if (kind === "cancel" || kind === "cancelAll") {
    if (GONE.includes(code)) return Verdict.Gone;
    if (code === BEING_CANCELED) return Verdict.Received;
    if (PASSING.includes(code) || BUSY.includes(code)) return Verdict.Later;
  }
  return isDefinite(code) ? Verdict.Refused : Verdict.Unknown;
}

export function isDefinite(code: number): boolean {
  return DEFINITE.some(([from, to]) => code >= from && code <= to);
}

export function isMissing(code: number): boolean {
  return GONE.includes(code);
}

function isUnchanged(code: number, msg: string): boolean {
  return code === BAD_PARAMETER && /remains unchanged|not modified/i.test(msg);
}

/** Why it was refused, in our words. */
export function rejectOf({ code, msg }: VenueAnswer): Reject {
  if (PASSING.includes(code)) return code === CLOCK_OFF ? Reject.Other : Reject.RateLimit;
  if (GONE.includes(code)) return code === 110_008 || code === 170_139 ? Reject.AlreadyDone : Reject.UnknownOrder;
  switch (code) {
    case BAD_PARAMETER:
      return /qty|price|contracts|number of/i.test(msg) ? Reject.Filter : Reject.Other;
    case 110_004:
    case 110_006:
    case 110_007:
    case 110_012:
    case 110_014:
    case 110_045:
    case 170_033:
    case 170_131:
      return Reject.InsufficientBalance;
    case 110_017:
      return Reject.ReduceOnly;
    case 110_072:
    case 170_141:
      return Reject.DuplicateClientId;
    case 170_218:
      return Reject.WouldTake;
    case 110_003:
    case 170_132:
    case 170_133:
    case 170_193:
    case 170_194:
      return Reject.PriceBand;
    case 170_121:
    case 110_074:
      return Reject.MarketClosed;
    case 110_020:
    case 110_094:
    case 170_005:
    case 170_124:
    case 170_134:
    case 170_135:
    case 170_136:
    case 170_137:
    case 170_140:
      return Reject.Filter;
    default:
      return Reject.Other;
  }
}
