/** The memory of risk: versions rise, odd records change nothing, memory survives a change of limits. */

import { expect, test } from "bun:test";
import { Denial } from "../model/denial.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { FULL, NOW_US, TestDesk } from "./test_kit.ts";

function limits(text: string): TradingRecord {
  const record = new TradingRecord().reset(RecordKind.LimitsSet);
  record.text = text;
  return record;
}

test("an older or equal version, and every odd payload, is counted and changes no limit", () => {
  const desk = new TestDesk(FULL);
  const odd = [
    "",
    "{",
    "null",
    "[]",
    "7",
    JSON.stringify({ ...FULL, maxOrderQty: "0" }),
    '{"scope":"firm","version":9}x',
  ];
  const more = [JSON.stringify({ ...FULL, version: 2, surprise: 1 }), JSON.stringify({ ...FULL, version: "2" })];
  for (const text of [...odd, ...more]) desk.state.apply(limits(text));
  expect(desk.state.ignoredCount).toBe(odd.length + more.length);
  expect(desk.state.limitsVersion(Scope.Firm, 0)).toBe(1);
  expect(desk.check()).toBe(Denial.None);
  desk.state.apply(limits(JSON.stringify({ scope: "firm", key: 0, version: 2 })));
  expect(desk.state.limitsVersion(Scope.Firm, 0)).toBe(2);
  expect(desk.check()).toBe(Denial.LimitMissing); // An empty set takes all of the level's limits away: that denies.
});

test("a changed limit does not forget what was sent; the hash follows the records, whatever the way", () => {
  const [one, two] = [new TestDesk(FULL), new TestDesk(FULL)];
  for (const desk of [one, two]) for (let i = 0; i < 4; i++) desk.note(RecordKind.OrderIntent, NOW_US + i);
  expect(one.hash.text()).toBe(two.hash.text());
  one.set({ ...FULL, version: 2, newOrders: { count: 4, windowUs: 1_000_000 } });
  expect(one.check()).toBe(Denial.OrderRate);
  expect(two.check()).toBe(Denial.None);
  expect(one.hash.text()).not.toBe(two.hash.text());
});

test("what is of no concern changes nothing", () => {
  const desk = new TestDesk(FULL);
  const hash = desk.hash.text();
  for (const kind of [RecordKind.OrderFilled, RecordKind.StateCell, RecordKind.OrderDenied, 250])
    desk.note(kind, NOW_US);
  expect(desk.hash.text()).toBe(hash);
  expect(desk.state.isKilled(1, 0, 0)).toBe(false);
});
