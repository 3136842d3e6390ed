/** The request budget: no window of any alignment is overspent, others of the address count, and a freeze is total. */

import { expect, test } from "bun:test";
import { Prng } from "../../core/prng.ts";
import { RequestBudget } from "./budget.ts";

const LIMITS = { weightMax: 100, windowUs: 1_000, requestsMax: 8 };

test("what was spent comes back when it leaves the window, and not before", () => {
  const budget = new RequestBudget(LIMITS);
  expect(budget.take(60, 0)).toBe(true);
  expect(budget.take(50, 500)).toBe(false);
  expect(budget.take(40, 500)).toBe(true);
  expect(budget.take(60, 999)).toBe(false);
  expect(budget.take(60, 1_000)).toBe(true);
  expect(budget.used(1_000)).toBe(100);
  expect(budget.used(3_000)).toBe(0);
  expect(budget.refused).toBe(2);
});

test("500 random spenders: the weight of every window stays within the budget", () => {
  for (let seed = 0; seed < 500; seed++) {
    const prng = new Prng(seed);
    const budget = new RequestBudget(LIMITS);
    const spent: [number, number][] = [];
    let refused = 0;
    for (let n = 0, nowUs = 0; n < 60; n++) {
      nowUs += prng.nextBelow(300);
      const weight = 1 + prng.nextBelow(50);
      if (budget.take(weight, nowUs)) spent.push([nowUs, weight]);
      else refused++;
    }
    for (const [fromUs] of spent) {
      const inWindow = spent.filter(([atUs]) => atUs >= fromUs && atUs < fromUs + LIMITS.windowUs);
      expect(inWindow.reduce((sum, [, weight]) => sum + weight, 0)).toBeLessThanOrEqual(LIMITS.weightMax);
    }
    expect(refused).toBeGreaterThan(0);
    expect(spent.length).toBeGreaterThan(0);
  }
});

test("what others spent counts against us until it leaves the window; our own is not counted twice", () => {
  const budget = new RequestBudget(LIMITS);
  expect(budget.take(20, 0)).toBe(true);
  budget.told(20, 20, 10);
  expect(budget.used(10)).toBe(20);
  budget.told(90, 20, 20);
  expect(budget.used(20)).toBe(90);
  expect(budget.take(20, 30)).toBe(false);
  budget.told(30, 20, 40); // The venue's window began anew: what it forgot may still be in ours.
  expect(budget.used(40)).toBe(90);
  expect(budget.take(20, 1_020)).toBe(true);
  for (const nonsense of [Number.NaN, -5, 1.5]) budget.told(nonsense, 0, 1_030);
  expect(budget.used(1_030)).toBe(20);
});

test("what left our window while the answer travelled is not taken for others' weight", () => {
  const budget = new RequestBudget(LIMITS);
  budget.take(50, 0);
  budget.take(30, 990);
  const own = budget.own(990);
  budget.told(80, own, 1_010);
  expect(budget.used(1_010)).toBe(30);
});

test("a freeze stops everything until its end and is never shortened", () => {
  const budget = new RequestBudget(LIMITS);
  budget.freeze(500);
  budget.freeze(200);
  expect(budget.take(1, 499)).toBe(false);
  expect(budget.take(1, 500)).toBe(true);
});

test("more requests than are remembered wait", () => {
  const budget = new RequestBudget(LIMITS);
  for (let n = 0; n < LIMITS.requestsMax; n++) expect(budget.take(1, n)).toBe(true);
  expect(budget.take(1, 10)).toBe(false);
  expect(budget.take(1, 1_000)).toBe(true);
});

test("market data leaves its share to what is about orders, and everybody else may take all", () => {
  const budget = new RequestBudget({ ...LIMITS, dataReserve: 30 });
  expect([budget.takeData(71, 0), budget.takeData(70, 0), budget.takeData(1, 0)]).toEqual([false, true, false]);
  expect([budget.take(30, 0), budget.take(1, 0), budget.refused]).toEqual([true, false, 3]);
  budget.freeze(2_000);
  expect([budget.takeData(1, 1_999), budget.takeData(1, 2_000)]).toEqual([false, true]);
});
