/** Refusals have stable numbers: they are a column of the hash. */

import { expect, test } from "bun:test";
import { Refusal } from "./refusal.ts";

test("numbers are stable", () => {
  expect([Refusal.None, Refusal.Malformed, Refusal.KindUnsupported, Refusal.RangeExceeded]).toEqual([0, 1, 5, 6]);
});
