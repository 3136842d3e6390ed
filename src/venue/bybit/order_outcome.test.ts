/** Which answers are definite, which leave an order unknown, and why one was refused; answers read. Covers gateway_calls. */

import { describe, expect, test } from "bun:test";
import { Reject } from "../../model/denial.ts";
import { failed } from "../wire/live_answer.ts";
import { Verdict } from "../wire/live_dialect.ts";
import { readRest } from "./gateway_calls.ts";
import { isDefinite, isMissing, rejectOf, verdictOf } from "./order_outcome.ts";

test.each([
  ...[
    0, 10_000, 10_016, 10_019, 170_001, 170_007, 170_032, 170_146, 170_147, 110_079, 110_100, 131_200, 3_100_326, 500,
  ],
  // It came twice: the first of them may be in the book.
  ...[10_014, 110_030, 20_006],
  // "Submitted for processing", "may not be filled": no refusals. "Failed", and a system's error: it does not say when.
  ...[170_035, 170_195, 170_196, 170_149, 170_234],
  -1,
])("%i leaves the order unknown", (code) => expect(verdictOf("new", failed(code, ""))).toBe(Verdict.Unknown));

test.each([
  [403, "access too frequent", Reject.RateLimit],
  [10_001, "Qty invalid", Reject.Filter],
  [10_001, "position idx not match position mode", Reject.Other],
  [10_002, "invalid request, please check your server timestamp", Reject.Other],
  [10_004, "error sign!", Reject.Other],
  [10_006, "Too many visits", Reject.RateLimit],
  [10_429, "System level frequency protection", Reject.RateLimit],
  [110_003, "Order price exceeds the allowable range.", Reject.PriceBand],
  [110_007, "ab not enough for new order", Reject.InsufficientBalance],
  [110_012, "Insufficient available balance.", Reject.InsufficientBalance],
  [110_017, "current position is zero", Reject.ReduceOnly],
  [110_020, "You can not have more than 500 active orders", Reject.Filter],
  [110_072, "OrderLinkedID is duplicate", Reject.DuplicateClientId],
  [110_094, "Order does not meet minimum order value 5USDT", Reject.Filter],
  [170_131, "Insufficient balance.", Reject.InsufficientBalance],
  [170_136, "Order quantity exceeded lower limit.", Reject.Filter],
  [170_140, "Order value exceeded lower limit.", Reject.Filter],
  [170_141, "Duplicate clientOrderId", Reject.DuplicateClientId],
  [170_193, "Buy order price cannot be higher than the limit price.", Reject.PriceBand],
  [170_218, "post-only", Reject.WouldTake],
  [170_213, "Order does not exist.", Reject.UnknownOrder],
  [110_001, "order not exists or too late to cancel", Reject.UnknownOrder],
  [170_139, "Order has been filled.", Reject.AlreadyDone],
])("%i %s is a refusal: %i", (code, msg, reject) => {
  expect([verdictOf("new", failed(code, msg)), isDefinite(code)]).toEqual([Verdict.Refused, true]);
  expect(rejectOf(failed(code, `${code} ${msg}`))).toBe(reject);
});

describe("by what was asked", () => {
  const UNCHANGED = failed(
    10_001,
    "10001 The order remains unchanged as the parameters entered match the existing ones.",
  );

  test("an answer of 0 is received, whatever it was", () => {
    const ok = { isOk: true, value: {}, code: 0, msg: "", isSent: true };
    for (const kind of ["new", "replace", "cancel", "cancelAll"] as const)
      expect(verdictOf(kind, ok)).toBe(Verdict.Received);
  });

  test("a cancel of what has gone is asked after; a limit passes; trouble of the venue may have done it", () => {
    for (const code of [110_001, 110_008, 110_010, 170_139, 170_142, 170_143, 170_213]) {
      expect([verdictOf("cancel", failed(code, "")), isMissing(code)]).toEqual([Verdict.Gone, true]);
    }
    expect(verdictOf("cancel", failed(170_190, "Cancel order has been finished"))).toBe(Verdict.Gone);
    // It is under way already: the stream tells, or the venue is asked.
    expect(verdictOf("cancel", failed(170_212, "Cancel order request processing"))).toBe(Verdict.Received);
    for (const code of [403, 10_002, 10_006, 10_018, 10_429, 110_079, 170_144, 170_150, 170_191, 170_222])
      expect(verdictOf("cancel", failed(code, ""))).toBe(Verdict.Later);
    for (const code of [0, 10_000, 10_016, 170_147])
      expect(verdictOf("cancel", failed(code, ""))).toBe(Verdict.Unknown);
    expect(verdictOf("cancel", failed(10_005, ""))).toBe(Verdict.Refused);
  });

  test("a replace by what the order has already", () => {
    expect([verdictOf("replace", UNCHANGED), verdictOf("new", UNCHANGED)]).toEqual([
      Verdict.Unchanged,
      Verdict.Refused,
    ]);
    expect(verdictOf("replace", failed(110_001, ""))).toBe(Verdict.Refused);
  });
});

test("answers: by the code in the body, never by the class of HTTP status; the gate before the venue is for sure", () => {
  const answer = (status: number, text: string) => readRest({ status, text, headers: {} });
  expect(answer(200, '{"retCode":0,"retMsg":"OK","result":{"orderId":"1"}}')).toMatchObject({
    isOk: true,
    value: { orderId: "1" },
  });
  expect(answer(200, '{"retCode":10006,"retMsg":"slow"}')).toMatchObject({
    isOk: false,
    code: 10_006,
    msg: "10006 slow",
  });
  expect(answer(503, '{"retCode":10016,"retMsg":"Server error."}').code).toBe(10_016);
  expect(answer(403, "<html>").code).toBe(403);
  expect(answer(502, '{"retCode":0,"result":{}}')).toMatchObject({ isOk: false, code: 0 });
  for (const text of ["", "<html>", "{}", '{"retCode":"0"}', "[0]"])
    expect(answer(200, text)).toMatchObject({ isOk: false, code: 0 });
});
