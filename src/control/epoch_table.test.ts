/** Orders keep the epoch they were made in. */

import { expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { EpochTable } from "./epoch_table.ts";

const session = (text: string) => Object.assign(new TradingRecord().reset(RecordKind.SessionStarted), { text });
const intent = (order: number) => Object.assign(new TradingRecord().reset(RecordKind.OrderIntent), { order });

test("an order is of the last session that began before it; sessions without orders and foreign texts are passed", () => {
  const table = new EpochTable(DEFAULT_LIMITS);
  table.onRecord(intent(1));
  expect(table.epochOf(1)).toBeUndefined();
  for (const text of ['{"epoch":2}', "", "{}", '{"epoch":"9"}', '{"epoch":3}']) table.onRecord(session(text));
  for (const order of [2, 3, 2]) table.onRecord(intent(order));
  table.onRecord(session('{"epoch":7}'));
  table.onRecord(intent(4));
  expect([1, 2, 3, 4, 5].map((order) => table.epochOf(order))).toEqual([undefined, 3, 3, 7, 7]);
});

test("it is bounded, and the oldest sessions leave first", () => {
  const table = new EpochTable({ ...DEFAULT_LIMITS, historyRowsMax: 2 });
  for (let n = 1; n <= 3; n++) {
    table.onRecord(session(`{"epoch":${n}}`));
    table.onRecord(intent(n));
  }
  expect([1, 2, 3].map((order) => table.epochOf(order))).toEqual([undefined, 2, 3]);
});
