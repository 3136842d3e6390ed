/** Exact amounts: text in and out, products, rounding, steps; what is no decimal is said so. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  amount,
  amountOf,
  decimalsOf,
  floorTo,
  isMultiple,
  over,
  plain,
  rounded,
  textOf,
  times,
  whole,
  ZERO,
} from "./amount.ts";

test("texts", () => {
  expect(
    ["1", "0.10", "-2.5", "0", "12345678901234567890.000000000000000001"].map((text) => plain(amount(text))),
  ).toEqual(["1", "0.1", "-2.5", "0", "12345678901234567890.000000000000000001"]);
  expect(textOf(amount("-0.019"), 2)).toBe("-0.01");
  expect(textOf(amount("-0.001"), 2)).toBe("0.00");
  expect(textOf(amount("7"), 0)).toBe("7");
  expect(decimalsOf(amount("0.0100"))).toBe(2);
  for (const bad of ["", "1e5", ".5", "1,0", "--1", "NaN", "1".repeat(21), `0.${"0".repeat(18)}1`, 5, undefined]) {
    expect(amountOf(bad)).toBeUndefined();
  }
  expect(() => amount("x")).toThrow(RangeError);
});

test("arithmetic", () => {
  expect(plain(times(amount("100.1"), amount("0.003")))).toBe("0.3003");
  expect(plain(over(amount("1"), amount("3")))).toBe("0.333333333333333333");
  expect(plain(rounded(amount("0.000000005"), 8))).toBe("0.00000001");
  expect(plain(rounded(amount("-0.0000000049"), 8))).toBe("0");
  expect(plain(floorTo(amount("1.2345"), amount("0.01")))).toBe("1.23");
  expect([
    isMultiple(amount("1.5"), amount("0.5")),
    isMultiple(amount("1.6"), amount("0.5")),
    isMultiple(amount("1.6"), ZERO),
  ]).toEqual([true, false, true]);
  expect(whole(3)).toBe(amount("3"));
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (units) => {
      expect(amount(plain(units))).toBe(units);
      expect(amount(textOf(units, 18))).toBe(units);
    }),
    { numRuns: 200, seed: 5 },
  );
});
