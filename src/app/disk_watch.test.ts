/** DiskWatch: durability is told once for each advance, by a look or by a wake, and a look that fails is not repeated soon. */

import { afterEach, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { RingJournal } from "../journal/ring_journal.ts";
import { JournalWords } from "../journal/words.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { TradingRing } from "../ring/trading_ring.ts";
import { DiskWatch } from "./disk_watch.ts";

const running: DiskWatch[] = [];
afterEach(() => {
  for (const watch of running.splice(0)) watch.stop();
});

/** A journal of ten records whose disk is this test; time stands still unless it is moved. */
function desk() {
  const words = new JournalWords(new SharedArrayBuffer(JournalWords.bytes()));
  const ring = new SharedArrayBuffer(TradingRing.bytes(DEFAULT_LIMITS.tradingRingBytes));
  const journal = new RingJournal(new TradingRing(ring, DEFAULT_LIMITS), words, 0);
  for (let n = 1; n <= 10; n++) {
    const record = new TradingRecord().reset(RecordKind.StateCell);
    record.record = n;
    journal.append(record);
  }
  const told: number[] = [];
  const clock = { nowUs: 1_000_000 };
  const onDurable = () => void told.push(journal.durableRecord());
  const watch = new DiskWatch(journal, () => clock.nowUs, onDurable);
  running.push(watch);
  return { words, told, clock, watch };
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise<void>((resolve) => setImmediate(resolve));
}

test("a look tells what became durable, without a wake", async () => {
  const { words, told, watch } = desk();
  watch.look();
  watch.look(); // One at a time.
  await turns(3);
  expect(told).toEqual([]);
  words.publishBatch(4, 100, 80);
  await turns(2);
  expect(told).toEqual([4]);
  expect([watch.looks, watch.vain]).toEqual([1, 0]);
  words.publishBatch(5, 100, 80);
  await turns(3);
  expect(told).toEqual([4]); // Nobody looks any more.
});

test("a look ends after its time, and is not repeated for a second", async () => {
  const { words, told, clock, watch } = desk();
  watch.look();
  for (let n = 0; n < 8; n++) {
    clock.nowUs += 40;
    await turns(1);
  }
  await turns(2);
  expect([watch.looks, watch.vain]).toEqual([1, 1]);
  watch.look();
  words.publishBatch(4, 100, 80);
  await turns(3);
  expect([watch.looks, told.length]).toEqual([1, 0]);
  clock.nowUs += 1_000_000;
  watch.look();
  await turns(2);
  expect([watch.looks, told]).toEqual([2, [4]]);
});

test("a thread that lost its core in a look backs off, and still tells", async () => {
  const { words, told, clock, watch } = desk();
  watch.look();
  clock.nowUs += 500;
  words.publishBatch(2, 100, 80);
  await turns(2);
  expect(told).toEqual([2]);
  watch.look();
  expect([watch.looks, watch.vain]).toEqual([1, 1]);
});

test("a wake tells what no look has told, once", async () => {
  const { words, told, watch } = desk();
  void watch.follow();
  await turns(1);
  words.publishBatch(3, 100, 80);
  await Bun.sleep(20);
  expect(told).toEqual([3]);
  watch.look();
  words.publishBatch(7, 100, 80);
  await Bun.sleep(20);
  expect(told).toEqual([3, 7]);
  watch.stop();
  words.publishBatch(8, 100, 80);
  await Bun.sleep(20);
  expect(told).toEqual([3, 7]);
});

test("what an order waits for is handed on at once, the rest within milliseconds or with the next order", async () => {
  const { words, watch } = desk();
  const wakes: number[] = [];
  const wake = words.wake.bind(words);
  words.wake = () => {
    wakes.push(performance.now());
    return wake();
  };
  watch.handOn(false);
  expect(wakes.length).toBe(0);
  watch.handOn(true);
  expect(wakes.length).toBe(1);
  await Bun.sleep(20);
  expect(wakes.length).toBe(1); // Nothing was left to hand on.
});

test("records that nobody waits for are handed on soon, and at a stop", async () => {
  const { words, watch } = desk();
  let wakes = 0;
  words.wake = () => {
    wakes++;
    return true;
  };
  watch.handOn(false);
  await Bun.sleep(20);
  expect(wakes).toBe(1);
  const other = desk();
  other.words.wake = () => {
    wakes++;
    return true;
  };
  other.watch.handOn(false);
  other.watch.stop();
  expect(wakes).toBe(2);
});
