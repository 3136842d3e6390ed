/** What counts as looser, limit by limit: each changed to both sides, and taken away. */

import { expect, test } from "bun:test";
import { loosenedLimits } from "./loosened_limits.ts";

const rate = (count: number, windowUs: number, more: object = {}) => ({ count, windowUs, ...more });
/** Tighter, and looser. */
const PAIRS: readonly (readonly [name: string, tight: unknown, loose: unknown])[] = [
  ["maxOrderValue", "999.99", "1000"],
  ["maxOrderQty", "9", "10"],
  ["maxLongPosition", "0", "0.000000000000000001"],
  ["maxDailyLoss", "200", "1000"],
  ["maxOpenOrders", 9, 10],
  ["collarBps", 200, 1_000],
  ["referenceAgeUsMax", 1, 2],
  ["minFreeBalance", "100", "20"],
  ["duplicateUs", 1_000, 999],
  ["newOrders", rate(20, 1_000_000), rate(21, 1_000_000)],
  ["newOrders", rate(20, 1_000_000), rate(20, 999_999)],
  ["cancels", rate(20, 1_000_000, { reserve: 5 }), rate(20, 1_000_000, { reserve: 6 })],
  ["cancels", rate(20, 1_000_000, { reserve: 5 }), rate(20, 1_000_000)],
  ["executions", rate(20, 1_000_000), rate(200, 1_000_000)],
  ["selfMatch", "firm", "account"],
  ["onLoss", "halt", "reduce"],
  ["onLoss", "kill", "halt"],
  ["instruments", ["a"], ["a", "b"]],
  ["venues", ["a"], ["b", "a"]],
  ["restricted", ["a", "b"], ["a"]],
];

test.each(PAIRS)("%s", (name, tight, loose) => {
  expect(loosenedLimits({ [name]: tight }, { [name]: loose }).length).toBe(1);
  expect(loosenedLimits({ [name]: loose }, { [name]: tight })).toEqual([]);
  expect(loosenedLimits({ [name]: tight }, { [name]: tight })).toEqual([]);
  expect(loosenedLimits({ [name]: tight }, {}).length).toBe(1);
  expect(loosenedLimits({}, { [name]: tight })).toEqual([]);
});

test("what has no clear order counts whenever it changes; what replaces something stricter counts when it is new", () => {
  const hours = { from: "08:00", to: "16:00" };
  expect(loosenedLimits({ hours }, { hours: { ...hours, to: "15:00" } }).length).toBe(1);
  const band = (bps: number, windowUs: number) => ({ band: { bps, windowUs } });
  expect(loosenedLimits(band(100, 5), band(100, 4)).length).toBe(1);
  expect(loosenedLimits({}, { amends: rate(5, 1_000_000) })).toEqual(['amends none → {"count":5,"windowUs":1000000}']);
  expect(loosenedLimits({ coolDownUs: 5 }, {}).length).toBe(1);
});

test("told by name; scope, key, venue and version are none", () => {
  const before = { scope: "firm", key: 0, version: 1, maxOrderValue: "1000", maxOpenOrders: 5, collarBps: 9 };
  const after = { scope: "firm", key: 0, version: 2, maxOrderValue: "5000.5", maxOpenOrders: 5 };
  expect(loosenedLimits(before, after)).toEqual(["maxOrderValue 1000 → 5000.5", "collarBps 9 → none"]);
});
