/** Bars one by one: what each flag means. */

import { expect, test } from "bun:test";
import { BarFlag, BarSeries } from "./bar_series.ts";

test("a bar closes with the first trade of a later one; empty intervals make no bars but are counted", () => {
  const bars = new BarSeries(60, 4, 0);
  expect(bars.trade(600, 10, 1)).toBe(false);
  expect(bars.trade(659, 12, 2)).toBe(false);
  expect(bars.trade(900, 11, 3)).toBe(true);
  expect(bars.closedCount).toBe(1);
  expect([bars.startUs(0), bars.open(0), bars.high(0), bars.low(0), bars.close(0)]).toEqual([600, 10, 12, 10, 12]);
  expect([bars.volume(0), bars.count(0), bars.flags(0)]).toEqual([3, 2, BarFlag.PartialStart]);
  expect(bars.trade(960, 11, 3)).toBe(true);
  expect(bars.skipped(0)).toBe(4);
  expect(bars.flags(0)).toBe(BarFlag.Complete | BarFlag.GapBefore);
});

test("a late trade is counted and flagged on the forming bar, and changes no closed one", () => {
  const bars = new BarSeries(60, 4, 0);
  bars.trade(600, 10, 1);
  bars.trade(660, 11, 1);
  bars.trade(659, 99, 5);
  expect([bars.high(0), bars.volume(0), bars.lateTrades]).toEqual([10, 1, 1]);
  bars.trade(720, 12, 1);
  expect(bars.flags(0)).toBe(BarFlag.Complete | BarFlag.LateTrades);
  expect(bars.high(0)).toBe(11);
});

test("time closes a bar once, and a trade after that is late", () => {
  const bars = new BarSeries(60, 4, 500);
  bars.trade(600, 10, 1);
  expect(bars.dueUs()).toBe(660);
  expect(bars.time(659)).toBe(false);
  expect(bars.time(660)).toBe(true);
  expect(bars.time(900)).toBe(false);
  expect(bars.dueUs()).toBe(Number.POSITIVE_INFINITY);
  expect(bars.flags(0)).toBe(BarFlag.Complete | BarFlag.ByTime);
  expect(bars.trade(650, 9, 1)).toBe(false);
  expect(bars.lateTrades).toBe(1);
});

test("a volume over 2^53 says that it is rounded; dropped bars cannot be read, and the count never falls", () => {
  const bars = new BarSeries(60, 4, 0);
  bars.trade(600, 10, 9_007_199_254_740_991);
  bars.trade(601, 10, 9_007_199_254_740_991);
  bars.trade(660, 10, 1);
  expect(bars.flags(0) & BarFlag.VolumeRounded).toBe(BarFlag.VolumeRounded);
  bars.drop();
  expect([bars.length, bars.closedCount, bars.formingCount]).toEqual([0, 1, 0]);
  expect(() => bars.close(0)).toThrow("ValueOutOfRange");
});
