/** The judge of books: matched by id, whatever arrives first. */

import { expect, test } from "bun:test";
import { QuoteCheck } from "./quote_check.ts";

test("a diff waits for a quote at or past its id, then meets the last quote up to it", () => {
  const check = new QuoteCheck();
  check.quote(10, 1, 1, 2, 1);
  check.diff(12, 1, 1, 2, 1);
  expect(check.checks).toBe(0);
  check.quote(13, 5, 5, 6, 6);
  expect([check.checks, check.mismatches]).toEqual([1, 0]);
  check.quote(20, 7, 7, 8, 8);
  check.diff(13, 5, 5, 6, 6);
  check.diff(20, 7, 7, 8, 9);
  expect([check.checks, check.mismatches]).toEqual([3, 1]);
});

test("a diff older than all quotes is counted as unchecked, and so is what waits at a gap", () => {
  const check = new QuoteCheck();
  check.quote(10, 1, 1, 2, 1);
  check.diff(9, 1, 1, 2, 1);
  check.diff(11, 1, 1, 2, 1);
  check.forget();
  check.quote(12, 1, 1, 2, 1);
  expect([check.checks, check.unchecked]).toEqual([0, 2]);
});
