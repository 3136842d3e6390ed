/** Which answers are definite, and why an order was refused. */

import { expect, test } from "bun:test";
import { Reject } from "../../model/denial.ts";
import { Outcome, outcomeOf, rejectOf } from "./order_outcome.ts";

test.each([0, -1_000, -1_001, -1_004, -1_006, -1_007, -1_008, -1_010, -3_000, -9_999, 200])(
  "%i leaves the order unknown",
  (code) => expect(outcomeOf(code)).toBe(Outcome.Unknown),
);

test.each([
  [-1_003, "Too many requests.", Reject.RateLimit],
  [-1_013, "Filter failure: LOT_SIZE", Reject.Filter],
  [-1_013, "Filter failure: PERCENT_PRICE_BY_SIDE", Reject.PriceBand],
  [-1_015, "Too many new orders.", Reject.RateLimit],
  [-1_021, "Timestamp for this request is outside of the recvWindow.", Reject.Other],
  [-1_022, "Signature for this request is not valid.", Reject.Other],
  [-1_111, "Precision is over the maximum defined for this asset.", Reject.Filter],
  [-1_121, "Invalid symbol.", Reject.Other],
  [-2_010, "Account has insufficient balance for requested action.", Reject.InsufficientBalance],
  [-2_010, "Order would immediately match and take.", Reject.WouldTake],
  [-2_010, "Duplicate order sent.", Reject.DuplicateClientId],
  [-2_010, "Market is closed.", Reject.MarketClosed],
  [-2_011, "Unknown order sent.", Reject.UnknownOrder],
  [-2_013, "Order does not exist.", Reject.UnknownOrder],
  [-2_015, "Invalid API-key, IP, or permissions for action.", Reject.Other],
  [-2_019, "Margin is insufficient.", Reject.InsufficientBalance],
  [-2_022, "ReduceOnly Order is rejected.", Reject.ReduceOnly],
  [-4_014, "Price not increased by tick size.", Reject.Filter],
  [-4_016, "Limit price can't be higher than …", Reject.PriceBand],
  [-4_116, "ClientOrderId is duplicated.", Reject.DuplicateClientId],
  [-4_164, "Order's notional must be no smaller than 20", Reject.Filter],
  [-5_021, "FOK", Reject.Unfillable],
  [-5_022, "Post Only", Reject.WouldTake],
])("%i %s is a refusal: %i", (code, msg, reject) => {
  expect(outcomeOf(code)).toBe(Outcome.Refused);
  expect(rejectOf(code, msg)).toBe(reject);
});
