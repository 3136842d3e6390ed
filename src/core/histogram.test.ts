/** Histograms: every value falls into the bucket that a plain search finds. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Histogram } from "./histogram.ts";

const BOUNDS = [1, 5, 10, 50];

describe("histogram", () => {
  test("cumulative counts equal a plain count, for any values", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -10, max: 100, noNaN: true })), (values) => {
        const histogram = new Histogram(BOUNDS);
        for (const value of values) histogram.record(value);
        BOUNDS.forEach((bound, index) => {
          expect(histogram.cumulative(index)).toBe(values.filter((value) => value <= bound).length);
        });
        expect(histogram.cumulative(BOUNDS.length)).toBe(values.length);
        expect(histogram.count).toBe(values.length);
      }),
    );
  });

  test("quantiles are bounds; empty is 0; beyond the last bound is infinite", () => {
    const histogram = new Histogram(BOUNDS);
    expect(histogram.quantile(0.5)).toBe(0);
    for (const value of [1, 1, 1, 7, 1_000]) histogram.record(value);
    expect([0.5, 0.8, 1].map((share) => histogram.quantile(share))).toEqual([1, 10, Number.POSITIVE_INFINITY]);
    histogram.record(Number.NaN);
    expect([histogram.count, histogram.refused, histogram.sum]).toEqual([5, 1, 1_010]);
  });

  test("bounds that do not rise, and an index that is none, stop", () => {
    expect(() => new Histogram([])).toThrow(/LimitRelationBroken/);
    expect(() => new Histogram([2, 2])).toThrow(/LimitRelationBroken/);
    expect(() => new Histogram([1]).cumulative(2)).toThrow(/ValueOutOfRange/);
    expect(() => new Histogram([1]).quantile(2)).toThrow(/ValueOutOfRange/);
  });
});
