/** Wide integers against BigInt, the independent truth. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AssertionFailed } from "./assert.ts";
import {
  Wide,
  wideAdd,
  wideCmp,
  wideMul,
  wideMulDivFloor,
  wideMulInt,
  wideNeg,
  wideShareFloor,
  wideSub,
} from "./wide.ts";

const MAX = Number.MAX_SAFE_INTEGER;
const RUNS = { numRuns: 20_000 };
/** Integers of every magnitude, not only large ones. */
const integer = fc
  .tuple(fc.integer({ min: 0, max: 53 }), fc.maxSafeInteger())
  .map(([bits, n]) => Math.trunc(n / 2 ** (53 - bits)) + 0);
const limb = integer.map(Math.abs);
const wide = fc
  .tuple(
    integer.map((n) => Math.trunc(n / 4)),
    limb,
  )
  .map(([hi, lo]) => new Wide().setLimbs(hi + 0, lo));

function big(w: Wide): bigint {
  return BigInt(w.hi) * (1n << 53n) + BigInt(w.lo);
}

function normal(w: Wide): boolean {
  return w.lo >= 0 && w.lo <= MAX && !Object.is(w.hi, -0) && !Object.is(w.lo, -0);
}

describe("wide integers", () => {
  test("product of any two mantissas is exact and in normal form", () => {
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const out = wideMul(new Wide(), a, b);
        expect(big(out)).toBe(BigInt(a) * BigInt(b));
        expect(normal(out)).toBe(true);
      }),
      RUNS,
    );
  });

  test("sum, difference, negation, order", () => {
    fc.assert(
      fc.property(wide, wide, (x, y) => {
        expect(big(wideAdd(new Wide(), x, y))).toBe(big(x) + big(y));
        expect(big(wideSub(new Wide(), x, y))).toBe(big(x) - big(y));
        const negated = wideNeg(new Wide(), x);
        expect(big(negated)).toBe(-big(x));
        expect(normal(negated)).toBe(true);
        expect(Math.sign(wideCmp(x, y))).toBe(big(x) < big(y) ? -1 : big(x) > big(y) ? 1 : 0);
      }),
      RUNS,
    );
  });

  test("w · a / b is the floor for every size of quotient, or is said not to fit", () => {
    let fitting = 0;
    fc.assert(
      fc.property(wide, limb, limb, fc.boolean(), (w, a, b, isAlias) => {
        const amount = w.hi < 0 ? wideNeg(new Wide(), w) : w;
        const divisor = Math.max(1, b);
        const want = (big(amount) * BigInt(a)) / BigInt(divisor);
        const out = isAlias ? new Wide().set(amount) : new Wide();
        const fits = wideMulDivFloor(out, isAlias ? out : amount, a, divisor);
        expect(fits).toBe(want < 1n << 106n);
        if (!fits) return;
        fitting++;
        expect([big(out), normal(out)]).toEqual([want, true]);
      }),
      RUNS,
    );
    expect(fitting).toBeGreaterThan(5_000);
  });

  test("the share a/b of an amount is rounded down, and out may be the amount itself", () => {
    fc.assert(
      fc.property(wide, limb, limb, (w, a, b) => {
        const amount = w.hi < 0 ? wideNeg(new Wide(), w) : w;
        const [part, whole] = a <= b ? [a, b] : [b, a];
        if (whole === 0) return;
        const expected = (big(amount) * BigInt(part)) / BigInt(whole);
        expect(big(wideShareFloor(new Wide(), amount, part, whole))).toBe(expected);
        expect(big(wideShareFloor(amount, amount, part, whole))).toBe(expected);
      }),
      RUNS,
    );
  });

  test("times an integer: exact, or stopped when it leaves 106 bits", () => {
    fc.assert(
      fc.property(wide, limb, (w, n) => {
        const expected = big(w) * BigInt(n);
        const out = new Wide();
        try {
          expect(big(wideMulInt(out, w, n))).toBe(expected);
        } catch (error) {
          expect(error).toBeInstanceOf(AssertionFailed);
          expect(expected > 1n << 104n || expected < -(1n << 104n)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test("edges: largest mantissas, zero, minus one, overflow", () => {
    expect(big(wideMul(new Wide(), MAX, MAX))).toBe(BigInt(MAX) * BigInt(MAX));
    expect(big(wideMul(new Wide(), -MAX, MAX))).toBe(-BigInt(MAX) * BigInt(MAX));
    expect(big(new Wide().setInt(-1))).toBe(-1n);
    expect(new Wide().setInt(0).isZero()).toBe(true);
    expect(new Wide().setInt(-5).isNegative()).toBe(true);
    const top = new Wide().setLimbs(MAX, MAX);
    expect(() => wideAdd(new Wide(), top, new Wide().setInt(1))).toThrow(AssertionFailed);
    expect(() => wideMul(new Wide(), 2 ** 53, 1)).toThrow(AssertionFailed);
    expect(() => new Wide().setInt(2 ** 53)).toThrow(AssertionFailed);
  });
});
