/** Rounding of any number or text against BigInt fractions of its decimal text: never above a size, never a worse price. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import { plainText, qtyOfAmount, roundToStep } from "./rounding.ts";

const numRuns = process.env["MELTICA_FUZZ"] === "large" ? 500_000 : 5_000;

/** Decimal text, with an exponent or without, as numerator and power of ten of the denominator. */
function exactOf(text: string): { readonly n: bigint; readonly scale: number } {
  const [digits = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", part = ""] = digits.split(".");
  const scale = part.length - Number(exponent);
  const n = BigInt(whole + part);
  return scale >= 0 ? { n, scale } : { n: n * 10n ** BigInt(-scale), scale: 0 };
}

function plainRound(text: string, scale: number, step: number, up: boolean): bigint {
  const exact = exactOf(text);
  const numerator = exact.n * 10n ** BigInt(scale);
  const denominator = 10n ** BigInt(exact.scale) * BigInt(step);
  const floor = numerator / denominator;
  return (up && numerator % denominator !== 0n ? floor + 1n : floor) * BigInt(step);
}

const scales = fc.nat(9);
const steps = fc.oneof(fc.constantFrom(1, 5, 100, 10_000), fc.integer({ min: 1, max: 1_000_000 }));
const digits = (max: number) => fc.array(fc.nat(9), { minLength: 1, maxLength: max }).map((list) => list.join(""));
const texts = fc
  .tuple(digits(20), fc.option(digits(40), { nil: "" }))
  .map(([whole, part]) => (part === "" ? whole : `${whole}.${part}`));
const numbers = fc.double({ noNaN: true, noDefaultInfinity: true, min: 5e-324 });

function check(value: number | string, text: string, scale: number, step: number, up: boolean): void {
  const found = roundToStep(value, scale, step, up);
  const expected = plainRound(text, scale, step, up);
  if (!/[1-9]/.test(text.split("e")[0] as string)) expect(found.code).toBe(Code.StrategyOrderInvalid);
  else if (expected > BigInt(MANTISSA_MAX)) expect(found).toEqual({ code: Code.NumberRange, mantissa: 0 });
  else if (found.code === Code.NumberRange) {
    // What is cut before it is rounded up may already be at the edge; anything below it must be read.
    expect(expected + BigInt(step) > BigInt(MANTISSA_MAX)).toBe(true);
  } else expect(found).toEqual({ code: Code.Ok, mantissa: Number(expected) });
}

test("texts of many decimals", () => {
  fc.assert(
    fc.property(texts, scales, steps, fc.boolean(), (text, scale, step, up) => check(text, text, scale, step, up)),
    { numRuns },
  );
});

test("doubles from the smallest to the largest, by their shortest text", () => {
  fc.assert(
    fc.property(numbers, scales, steps, fc.boolean(), (value, scale, step, up) => {
      check(value, String(value), scale, step, up);
      const { n, scale: places } = exactOf(String(value));
      const plain = exactOf(plainText(value));
      expect(plain.n * 10n ** BigInt(places)).toBe(n * 10n ** BigInt(plain.scale));
    }),
    { numRuns },
  );
});

test("a size by value never costs more than the amount, and one lot more would", () => {
  const prices = fc.integer({ min: 1, max: 10_000_000_000 });
  fc.assert(
    fc.property(texts, prices, fc.nat(6), fc.nat(8), steps, (text, price, priceScale, qtyScale, lot) => {
      const found = qtyOfAmount(text, price, priceScale, qtyScale, lot);
      if (found.code !== Code.Ok) return;
      const exact = exactOf(text);
      const amount = exact.n * 10n ** BigInt(priceScale + qtyScale);
      const unit = 10n ** BigInt(exact.scale);
      expect(found.mantissa % lot).toBe(0);
      expect(BigInt(found.mantissa) * BigInt(price) * unit <= amount).toBe(true);
      expect(BigInt(found.mantissa + lot) * BigInt(price) * unit > amount).toBe(true);
    }),
    { numRuns },
  );
});

test("whatever else comes is refused, and nothing throws", () => {
  const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, -1, -1e-9, "", " ", "abc", "1,5"];
  const worse = ["1e5", "0x10", "+1", "-1", "1.", ".5", "1 2", "١", "0.000", true, null, undefined, {}, [1], 5n];
  for (const value of [...bad, ...worse, new Number(5), () => 1, Symbol("x")]) {
    expect(roundToStep(value, 4, 100, false)).toEqual({ code: Code.StrategyOrderInvalid, mantissa: 0 });
    expect(qtyOfAmount(value, 100, 4, 6, 100).code).toBe(Code.StrategyOrderInvalid);
  }
  expect(roundToStep(1e-7, 6, 1, false)).toEqual({ code: Code.Ok, mantissa: 0 });
  expect(roundToStep(1e-7, 6, 1, true)).toEqual({ code: Code.Ok, mantissa: 1 });
  for (const value of [1e21, 1e308, "9".repeat(30)]) expect(roundToStep(value, 6, 1, true).code).toBe(Code.NumberRange);
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect([Code.Ok, Code.NumberRange, Code.StrategyOrderInvalid]).toContain(roundToStep(value, 4, 100, true).code);
    }),
    { numRuns },
  );
});
