/** Decimal texts: order, zero, units and sums against whole-number arithmetic. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  compareDecimals,
  DecimalSum,
  isDecimal,
  isZero,
  significantDecimals,
  unitText,
  writtenDecimals,
} from "./decimal_text.ts";

const decimal = fc
  .tuple(fc.bigInt(0n, 10n ** 14n), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 4 }))
  .map(([units, scale, zeros]) => {
    const digits = units.toString().padStart(scale + 1, "0");
    const whole = digits.slice(0, digits.length - scale);
    const fraction = scale === 0 ? "" : digits.slice(-scale) + "0".repeat(zeros);
    return { text: fraction === "" ? whole : `${whole}.${fraction}`, units: units * 10n ** BigInt(9 - scale) };
  });

describe("decimal texts", () => {
  test("compare as the numbers do, whatever their zeros", () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const order = Math.sign(compareDecimals(a.text, b.text));
        expect(order).toBe(a.units < b.units ? -1 : a.units > b.units ? 1 : 0);
      }),
    );
    expect(compareDecimals("9.5", "10.0")).toBeLessThan(0);
    expect(compareDecimals("10", "10.000")).toBe(0);
  });

  test("are told apart from other texts, and zero from something", () => {
    expect(["0", "0.000", "00.0"].every(isZero)).toBe(true);
    expect(["", "0.001", "10"].some(isZero)).toBe(false);
    expect(["1", "1.5"].every(isDecimal)).toBe(true);
    expect(["", "1.", ".5", "-1", "1e3", 5].some(isDecimal)).toBe(false);
  });

  test("have decimals, written and of value", () => {
    expect([significantDecimals("2683.80000000"), writtenDecimals("2683.80000000")]).toEqual([1, 8]);
    expect([significantDecimals("5"), writtenDecimals("5")]).toEqual([0, 0]);
    expect([unitText(2), unitText(0), unitText(2, 8), unitText(0, 8)]).toEqual([
      "0.01",
      "1",
      "0.01000000",
      "1.00000000",
    ]);
  });

  test("sum exactly", () => {
    const sum = new DecimalSum();
    for (let n = 0; n < 10; n++) sum.add("0.1");
    expect(sum.text(8)).toBe("1.00000000");
    const product = new DecimalSum();
    product.addProduct("2683.81", "0.00460000");
    product.addSum(sum);
    expect(product.text(8)).toBe("13.34552600");
    expect(product.text(0)).toBe("13");
  });
});
