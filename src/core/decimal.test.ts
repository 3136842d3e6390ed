/** Decimals in text against BigInt arithmetic on the same digits. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Code } from "./code.ts";
import {
  DecimalReader,
  mantissaText,
  mantissaTextShort,
  parseMantissa,
  parseWide,
  pow10,
  wideText,
} from "./decimal.ts";
import { Wide } from "./wide.ts";

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((d) => d.join(""));

describe("DecimalReader", () => {
  test("any decimal at any scale: the exact mantissa, or the code that says why not", () => {
    const reader = new DecimalReader();
    fc.assert(
      fc.property(digits(1, 20), digits(0, 20), fc.integer({ min: 0, max: 18 }), (whole, fraction, scale) => {
        const text = fraction === "" ? whole : `${whole}.${fraction}`;
        const value = reader.read(`${text}"`, 0, scale);
        const kept = fraction.replace(/0+$/, "");
        const exact = BigInt(whole + kept.padEnd(scale, "0").slice(0, Math.max(scale, kept.length)));
        if (kept.length > scale) {
          expect([Code.NumberPrecision, Code.NumberRange]).toContain(reader.code);
          expect(value).toBe(-1);
        } else if (exact > BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(reader.code).toBe(Code.NumberRange);
        } else {
          expect(reader.code).toBe(Code.Ok);
          expect(BigInt(value)).toBe(exact);
          expect(reader.end).toBe(text.length);
          expect(reader.decimals).toBe(fraction.length);
          expect(reader.significantDecimals).toBe(kept.length);
        }
      }),
      { numRuns: 100_000 },
    );
  });

  test.each([
    ["", Code.NumberMalformed],
    [".5", Code.NumberMalformed],
    ["5.", Code.NumberMalformed],
    ["-1", Code.NumberMalformed],
    ["abc", Code.NumberMalformed],
    ["1.234567891", Code.NumberPrecision],
    ["99999999999999999999", Code.NumberRange],
    ["9007199254740992", Code.NumberRange],
  ])("%p at scale 8 gives its code, never a number", (text, code) => {
    const reader = new DecimalReader();
    expect(reader.read(text, 0, 8)).toBe(-1);
    expect(reader.code).toBe(code);
  });

  test("signed: minus is allowed, minus zero is zero", () => {
    const reader = new DecimalReader();
    expect(reader.readSigned("-0.00010000", 0, 8)).toBe(-10_000);
    expect(Object.is(reader.readSigned("-0.0", 0, 8), 0)).toBe(true);
    expect(reader.readSigned("--1", 0, 8)).toBeNaN();
  });

  test("stops where the number stops", () => {
    const reader = new DecimalReader();
    expect(reader.read('["2683.80000000","3"]', 2, 4)).toBe(26_838_000);
    expect(reader.end).toBe(15);
  });
});

describe("texts", () => {
  test("mantissa → text → mantissa", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }), (mantissa, scale) => {
        const text = mantissaText(mantissa, scale);
        expect(parseMantissa(text, scale)).toEqual({ code: Code.Ok, mantissa: mantissa + 0 });
        expect(parseMantissa(mantissaTextShort(mantissa, scale), scale).mantissa).toBe(mantissa + 0);
      }),
      { numRuns: 20_000 },
    );
  });

  test("wide → text → wide, with zeros added or cut as asked", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.integer({ min: 0, max: 18 }), (hi, lo, scale) => {
        const w = new Wide().setLimbs(hi, Math.abs(lo));
        const back = new Wide();
        expect(parseWide(back, wideText(w, scale), scale)).toBe(Code.Ok);
        expect([back.hi, back.lo]).toEqual([w.hi, w.lo]);
      }),
      { numRuns: 20_000 },
    );
    expect(wideText(new Wide().setInt(42_727_241_000), 7, 8)).toBe("4272.72410000");
    expect(wideText(new Wide().setInt(-1), 18)).toBe("-0.000000000000000001");
    expect(wideText(new Wide().setInt(500), 2, 0)).toBe("5");
  });

  test("more or fewer decimals than the scale: padded, or cut when they are zeros", () => {
    expect(mantissaText(26_838_000, 4, 8)).toBe("2683.80000000");
    expect(mantissaText(26_838_000, 4, 2)).toBe("2683.80");
    expect(() => mantissaText(26_838_001, 4, 2)).toThrow();
    expect(mantissaText(-5, 2)).toBe("-0.05");
  });

  test("bad texts for wide integers give codes", () => {
    const out = new Wide();
    expect(parseWide(out, "1.5", 0)).toBe(Code.NumberPrecision);
    expect(parseWide(out, "1e5", 2)).toBe(Code.NumberMalformed);
    expect(parseWide(out, "9".repeat(40), 0)).toBe(Code.NumberRange);
    expect(pow10(15)).toBe(1e15);
  });
});
