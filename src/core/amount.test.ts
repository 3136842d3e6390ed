/** Amounts against BigInt. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { AMOUNT_HI_MAX, amountOf, isAmount, powerOfTen, productAmount, scaleUp, unitsFloor } from "./amount.ts";
import { Wide } from "./wide.ts";

const LIMB = 2n ** 53n;
const big = (w: Wide): bigint => BigInt(w.hi) * LIMB + BigInt(w.lo);
const mantissa = fc.maxSafeInteger();
const natural = fc.maxSafeNat();

test("amountOf and productAmount equal BigInt, or say that they do not fit", () => {
  const out = new Wide();
  fc.assert(
    fc.property(mantissa, natural, fc.integer({ min: 0, max: 18 }), (a, b, scale) => {
      const factor = 10n ** BigInt(18 - scale);
      for (const [fits, truth] of [
        [amountOf(out, a, scale), BigInt(a) * factor],
        [productAmount(out, a, b, scale), BigInt(a) * BigInt(b) * factor],
      ] as const) {
        // `out` holds the last call's answer: only the second is compared here, the first below.
        if (fits) expect((truth < 0n ? -truth : truth) < 2n ** 105n + 1n).toBe(true);
      }
      if (productAmount(out, a, b, scale)) expect(big(out)).toBe(BigInt(a) * BigInt(b) * factor);
      if (amountOf(out, a, scale)) expect(big(out)).toBe(BigInt(a) * factor);
    }),
    { numRuns: 2_000 },
  );
});

test("ordinary amounts always fit", () => {
  const out = new Wide();
  expect(amountOf(out, 40_000_000_000_000, 0)).toBe(true); // 4 × 10^13 units.
  expect(big(out)).toBe(40_000_000_000_000n * 10n ** 18n);
  expect(amountOf(out, -1, 18)).toBe(true);
  expect(big(out)).toBe(-1n);
  expect(productAmount(out, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0)).toBe(false);
});

test("unitsFloor is the floor of the division", () => {
  const scratch = new Wide();
  const amount = new Wide();
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: AMOUNT_HI_MAX }),
      natural,
      fc.integer({ min: 0, max: 18 }),
      (hi, lo, power) => {
        amount.setLimbs(hi, lo);
        const truth = big(amount) / 10n ** BigInt(power);
        expect(BigInt(unitsFloor(scratch, amount, power))).toBe(truth < LIMB ? truth : -1n);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("isAmount refuses what is no Wide; scaleUp by zero changes nothing", () => {
  expect(isAmount(0, 0)).toBe(true);
  expect(isAmount(-1, 5)).toBe(true);
  for (const [hi, lo] of [
    [0, -1],
    [0, 0.5],
    [Number.NaN, 0],
    [0, 2 ** 53],
    [2 ** 52 + 1, 0],
    [0, Infinity],
  ] as const) {
    expect(isAmount(hi, lo)).toBe(false);
  }
  const out = new Wide().setInt(7);
  expect(scaleUp(out, 0)).toBe(true);
  expect(big(out)).toBe(7n);
});

test("powers of ten are exact up to 18", () => {
  for (let n = 0; n <= 18; n++) expect(BigInt(powerOfTen(n))).toBe(10n ** BigInt(n));
});
