/** The order path's times: from the input that began it to its own OrderSent, and no other. */

import { expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { MemoryJournal } from "../journal/memory.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { OrderPath } from "./order_path.ts";

test("each order is timed once, from the begin of its own input; what was never begun here is not", () => {
  let nowUs = 1_000;
  const path = new OrderPath(new MemoryJournal(DEFAULT_LIMITS), 4, () => nowUs);
  const record = new TradingRecord();
  const emit = (kind: RecordKind, order: number) => {
    record.reset(kind).order = order;
    record.record = path.durableRecord() + 1;
    path.append(record);
  };
  path.begin();
  emit(RecordKind.OrderIntent, 1);
  nowUs = 1_100;
  path.begin();
  emit(RecordKind.OrderIntent, 2);
  nowUs = 1_150;
  emit(RecordKind.OrderSent, 2); // 50 µs
  emit(RecordKind.OrderSent, 2); // A second time says nothing.
  emit(RecordKind.OrderSent, 3); // Of an engine before this one.
  nowUs = 3_000;
  emit(RecordKind.OrderSent, 1); // 2,000 µs
  const { count, sum, buckets = [] } = path.times.sample("x", "y");
  expect(count).toBe(2);
  expect(sum).toBeCloseTo(0.00205, 9);
  const below = (us: number) => buckets.filter(([bound]) => bound <= us / 1e6).at(-1)?.[1];
  expect([below(48), below(56), below(1_792), below(2_048)]).toEqual([0, 1, 1, 2]);
  expect(buckets.map(([bound]) => bound)).toEqual(buckets.map(([bound]) => bound).toSorted((a, b) => a - b));
});
