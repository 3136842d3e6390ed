/** Rolling windows (rolling_sum, rolling_deviation, rolling_extreme, smoother) against plain sums over the window. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BollingerBands, MACD, EMA as TheirEma } from "trading-signals";
import { Prng } from "../../core/prng.ts";
import { BarInput } from "./bar_input.ts";
import { Bollinger } from "./bollinger.ts";
import { Macd } from "./macd.ts";
import { RollingDeviation } from "./rolling_deviation.ts";
import { RollingExtreme } from "./rolling_extreme.ts";
import { RollingSum } from "./rolling_sum.ts";
import { Series } from "./series.ts";
import { Smoother } from "./smoother.ts";

/** Exact sum of doubles: integers in units of 2^-1074 would do too, but decimals of 2^-40 are enough for these inputs. */
function exactSum(values: readonly number[]): number {
  return Number(values.reduce((sum, value) => sum + BigInt(Math.round(value * 2 ** 20)), 0n)) / 2 ** 20;
}

const grid = fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map((n) => n / 2 ** 20);
const series = fc.array(grid, { minLength: 1, maxLength: 200 });

describe("rolling windows", () => {
  test("sum, deviation and extremes equal the plain definition at every step", () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 30 }), (values, size) => {
        const sum = new RollingSum(size);
        const spread = new RollingDeviation(size);
        const [high, low] = [new RollingExtreme(size, true), new RollingExtreme(size, false)];
        values.forEach((value, i) => {
          for (const window of [sum, spread, high, low]) window.push(value);
          const last = values.slice(Math.max(0, i + 1 - size), i + 1);
          expect(sum.full).toBe(i + 1 >= size);
          expect(sum.sum).toBe(exactSum(last));
          expect(high.extreme).toBe(Math.max(...last));
          expect(low.extreme).toBe(Math.min(...last));
          if (!spread.full) return;
          const mean = exactSum(last) / size;
          const plain = Math.sqrt(last.reduce((all, v) => all + (v - mean) ** 2, 0) / size);
          const largest = Math.max(...last.map(Math.abs), 1e-6);
          expect(Math.abs(spread.deviation - plain)).toBeLessThanOrEqual(1e-9 * Math.max(plain, largest * 1e-3));
        });
      }),
      { numRuns: 400 },
    );
  });

  test("a spike leaves no trace once it has left the window", () => {
    const prng = new Prng(5);
    const values = Array.from({ length: 300 }, (_, i) => (i === 40 ? 1e15 : 100 + prng.nextFloat()));
    const [sum, spread] = [new RollingSum(64), new RollingDeviation(64)];
    values.forEach((value, i) => {
      sum.push(value);
      spread.push(value);
      if (i < 40 + 64) return;
      const last = values.slice(i - 63, i + 1);
      const mean = last.reduce((all, v) => all + v, 0) / 64;
      const plain = Math.sqrt(last.reduce((all, v) => all + (v - mean) ** 2, 0) / 64);
      expect(Math.abs(sum.sum / 64 - mean)).toBeLessThan(1e-10);
      expect(Math.abs(spread.deviation - plain) / plain).toBeLessThan(1e-9);
    });
  });

  test("no drift over a million steps; equal values have no spread at all", () => {
    const prng = new Prng(6);
    const [sum, spread] = [new RollingSum(20), new RollingDeviation(20)];
    const last: number[] = [];
    for (let i = 0; i < 1_000_000; i++) {
      const value = 60_000 + prng.nextFloat() * 0.01;
      sum.push(value);
      spread.push(value);
      last[i % 20] = value;
    }
    const mean = last.reduce((all, v) => all + v, 0) / 20;
    expect(Math.abs(sum.sum / 20 - mean)).toBeLessThan(1e-10);
    const plain = Math.sqrt(last.reduce((all, v) => all + (v - mean) ** 2, 0) / 20);
    expect(Math.abs(spread.deviation - plain) / plain).toBeLessThan(1e-6);
    for (let i = 0; i < 20; i++) spread.push(0.1);
    expect(spread.deviation).toBeLessThan(1e-15);
  });

  test("what is not finite stops at the door, and so does a size that is none", () => {
    expect(() => new RollingSum(3).push(Number.NaN)).toThrow("ValueOutOfRange");
    expect(() => new RollingDeviation(3).push(Number.POSITIVE_INFINITY)).toThrow("ValueOutOfRange");
    for (const size of [0, -1, 1.5, Number.NaN]) {
      expect(() => new RollingExtreme(size, true)).toThrow("ValueOutOfRange");
      expect(() => new Smoother(size, 0.5)).toThrow("ValueOutOfRange");
    }
  });
});

describe("against trading-signals", () => {
  const prng = new Prng(9);
  const bars = Array.from({ length: 500 }, (_, i) => {
    const bar = new BarInput();
    bar.endUs = i + 1;
    bar.close = 100 + 5 * prng.nextFloat();
    return bar;
  });

  test("bollinger bands on every bar", () => {
    const [ours, theirs] = [new Bollinger(20, 2), new BollingerBands(20, 2)];
    for (const bar of bars) {
      ours.onBar(bar);
      theirs.add(bar.close);
      expect(ours.middle.ready).toBe(theirs.isStable);
      if (!theirs.isStable) continue;
      const bands = theirs.getResultOrThrow();
      expect(ours.upper.value).toBeCloseTo(Number(bands.upper), 9);
      expect(ours.middle.value).toBeCloseTo(Number(bands.middle), 9);
      expect(ours.lower.value).toBeCloseTo(Number(bands.lower), 9);
    }
  });

  test("macd, once their start from the first price is forgotten", () => {
    const ours = new Macd(12, 26, 9);
    const theirs = new MACD(new TheirEma(12), new TheirEma(26), new TheirEma(9));
    bars.forEach((bar, i) => {
      ours.onBar(bar);
      theirs.add(bar.close);
      if (i < 400) return;
      const result = theirs.getResultOrThrow();
      expect(ours.macd.value).toBeCloseTo(Number(result.macd), 9);
      expect(ours.signal.value).toBeCloseTo(Number(result.signal), 9);
      expect(ours.histogram.value).toBeCloseTo(Number(result.histogram), 9);
    });
  });
});

describe("crossings between timeframes", () => {
  test("are judged by what the slower one said at the time, and are not repeated on each fast bar", () => {
    const [fast, slow] = [new Series(1), new Series(1)];
    const seen: string[] = [];
    // The slow one falls from 101 to 99 at 60; the fast one stands at 100 all the while.
    slow.put(101, 0);
    for (let time = 10; time <= 100; time += 10) {
      if (time === 60) slow.put(99, 60);
      fast.put(100, time);
      seen.push(fast.crossedAbove(slow) ? "above" : "");
    }
    expect(seen.indexOf("above")).toBe(5);
    expect(seen.filter((word) => word === "above").length).toBe(1);
    expect([fast.asOf(9), fast.asOf(15), slow.asOf(59), slow.asOf(1_000)]).toEqual([Number.NaN, 100, 101, 99]);
  });

  test("time does not run backward, and NaN is no value", () => {
    const line = new Series(1);
    line.put(1, 10);
    expect(() => line.put(2, 9)).toThrow("TimeWentBack");
    expect(() => line.put(Number.NaN, 11)).toThrow("ValueOutOfRange");
  });
});
