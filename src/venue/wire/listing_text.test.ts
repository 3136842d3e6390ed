/** Numbers of lists of instruments, against plain ones. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { decimalsOf, mantissaOf } from "./listing_text.ts";

test.each([
  ["0.00100", { written: 5, significant: 3 }],
  ["10", { written: 0, significant: 0 }],
  ["10.", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["", undefined],
  [7, undefined],
] as const)("decimals of %p", (text, expected) => {
  expect(decimalsOf(text)).toEqual(expected as never);
});

test("mantissas: exact, or none", () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), fc.nat({ max: 999 }), (whole, thousandths) => {
      const text = `${whole}.${String(thousandths).padStart(3, "0")}`;
      expect(mantissaOf(text, 3)).toBe(whole * 1_000 + thousandths);
      expect(mantissaOf(text, 5)).toBe((whole * 1_000 + thousandths) * 100);
      expect(mantissaOf(text, 2)).toBe(thousandths % 10 === 0 ? whole * 100 + thousandths / 10 : -1);
    }),
  );
  expect([mantissaOf("-1", 0), mantissaOf("99999999999999999", 0), mantissaOf(undefined, 2)]).toEqual([-1, -1, -1]);
});
