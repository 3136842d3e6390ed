/** Pump, words and ring_journal in one thread: nothing slept over, nothing said too early, a full disk and a stop. */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { TradingRecord } from "../model/record.ts";
import { TradingRing, TradingRingReader } from "../ring/trading_ring.ts";
import { fillRecord, openWriter, recoverChecked, SMALL } from "./journal.testing.ts";
import { MemoryDisk, systemError } from "./memory_disk.testing.ts";
import { JournalPump } from "./pump.ts";
import { RingJournal } from "./ring_journal.ts";
import { threadProblem } from "./thread_problem.ts";
import { JournalState, JournalWords } from "./words.ts";

const TIMES = { sealMs: 5, retryMs: 20 };

function make(disk = new MemoryDisk(), nowMs?: () => number) {
  const buffer = new SharedArrayBuffer(TradingRing.bytes(SMALL.tradingRingBytes));
  const words = new JournalWords(new SharedArrayBuffer(JournalWords.bytes()));
  const writer = openWriter(disk);
  words.begin(writer.lastRecord);
  const journal = new RingJournal(new TradingRing(buffer, SMALL), words, writer.lastRecord);
  const reader = new TradingRingReader(buffer, SMALL, true);
  const pump = new JournalPump(reader, writer, words, TIMES, nowMs);
  const record = new TradingRecord();
  const append = (count: number) => {
    for (let n = 0; n < count; n++) {
      journal.append(fillRecord(record, journal.lastRecord + 1));
      journal.endStep();
    }
  };
  return { disk, words, writer, journal, pump, append };
}

describe("JournalPump", () => {
  test("a step becomes durable whole: not before it has ended, and not in two batches", () => {
    const { disk, writer, journal, pump } = make();
    const record = new TradingRecord();
    const append = (input: number) => {
      fillRecord(record, journal.lastRecord + 1).input = input;
      journal.append(record);
    };
    append(1);
    append(1);
    expect(pump.step()).toBe("idle");
    journal.endStep();
    expect(pump.step()).toBe("worked");
    expect(journal.durableRecord()).toBe(2);
    // Twice as much as fits a batch, in steps of seven records: each batch ends with a step.
    const first = journal.lastRecord + 1;
    for (let input = 2; input < 40; input++) {
      for (let n = 0; n < 7; n++) append(input);
      journal.endStep();
    }
    let batches = 0;
    for (; pump.step() === "worked"; batches++) expect((journal.durableRecord() + 1 - first) % 7).toBe(0);
    expect(batches).toBeGreaterThan(1);
    expect(journal.durableRecord()).toBe(journal.lastRecord);
    // What died within its step never was.
    append(40);
    expect(pump.step()).toBe("idle");
    expect(recoverChecked(disk).lastRecord).toBe(writer.lastRecord);
    expect(writer.lastRecord).toBe(journal.lastRecord - 1);
  });

  test("a step larger than a batch is parted, and all of it becomes durable", () => {
    const { disk, journal, pump } = make();
    const record = new TradingRecord();
    for (let n = 0; n < 600; n++) journal.append(fillRecord(record, journal.lastRecord + 1));
    journal.endStep();
    while (pump.step() === "worked");
    expect(journal.durableRecord()).toBe(600);
    expect(recoverChecked(disk).lastRecord).toBe(600);
  });

  test("a record is durable after its batch, not before; the ring is freed then", () => {
    const { disk, journal, pump, append } = make();
    append(500);
    expect(journal.durableRecord()).toBe(0);
    const waiting = journal.occupancy();
    expect(waiting).toBeGreaterThan(0.01);
    expect(pump.step()).toBe("worked");
    const first = journal.durableRecord();
    expect(first).toBeGreaterThan(50);
    expect(first).toBeLessThan(500);
    expect(journal.occupancy()).toBeLessThan(waiting);
    while (pump.step() === "worked");
    expect([journal.durableRecord(), journal.occupancy()]).toEqual([500, 0]);
    expect(recoverChecked(disk).lastRecord).toBe(500);
  });

  test("run ends at a stop with all that waits durable, sealed, and a spare left", () => {
    const { disk, words, journal, pump, append } = make();
    append(3_000);
    words.requestStop();
    pump.run();
    expect([journal.state, journal.durableRecord(), journal.occupancy()]).toEqual([JournalState.Stopped, 3_000, 1]);
    const { batches, lastRecord } = recoverChecked(disk);
    expect([lastRecord, batches]).toEqual([3_000, words.figures().commits + 1]);
    expect(words.figures()).toMatchObject({ failure: Code.Ok, epoch: 1, state: JournalState.Stopped });
    expect(words.figures().segment).toBeGreaterThan(3);
  });

  test("a full disk: opening orders are denied at once, what comes is still taken, then it waits, nothing is lost", () => {
    let now = 0;
    const disk = new MemoryDisk();
    disk.capacityBytes = SMALL.segmentBytes + 10_000;
    const { words, journal, pump, append } = make(disk, () => now);
    while (journal.state === JournalState.Running) {
      append(10);
      expect(pump.step()).toBe("worked");
    }
    expect([journal.state, journal.occupancy()]).toEqual([JournalState.DiskFull, 0.5]);
    expect(words.figures().segment).toBe(1);
    for (let step: string = "worked"; step === "worked"; step = pump.step()) append(50);
    const durable = journal.durableRecord();
    expect(durable).toBeGreaterThan(100);
    expect(words.figures().failure).toBe(Code.DiskFull);
    expect(pump.step()).toBe("full");
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect(pump.step()).toBe("worked");
    now += TIMES.retryMs;
    append(1);
    expect(pump.step()).toBe("worked");
    expect([journal.state, journal.durableRecord()]).toEqual([JournalState.Running, journal.lastRecord]);
    expect(recoverChecked(disk).lastRecord).toBe(journal.lastRecord);
  });

  test("a stop on a full disk says that it failed", () => {
    const disk = new MemoryDisk();
    disk.capacityBytes = SMALL.segmentBytes;
    const { words, journal, pump, append } = make(disk);
    append(2_000);
    words.requestStop();
    pump.run();
    expect(journal.state).toBe(JournalState.Failed);
    expect(recoverChecked(disk).lastRecord).toBe(journal.durableRecord());
  });

  test("a failed sync ends the loop, the words say so, and nothing more becomes durable", () => {
    const disk = new MemoryDisk();
    const { words, journal, pump, append } = make(disk);
    append(10);
    disk.onOperation = (operation) => {
      if (operation === "datasync") throw systemError("EIO");
    };
    expect(() => pump.run()).toThrow(/SyncFailed/);
    expect([journal.state, journal.durableRecord(), journal.occupancy()]).toEqual([JournalState.Failed, 0, 1]);
    expect(words.figures().failure).toBe(Code.SyncFailed);
  });

  test("an idle pump seals once, and then sleeps without writing", async () => {
    const { disk, words, pump, append } = make();
    append(5);
    const worker = setTimeout(() => words.requestStop(), 1);
    // The loop blocks this thread, so the stop is asked for by the disk: at the third write after the seal began.
    let syncs = 0;
    disk.onOperation = (operation, name) => {
      if (operation === "datasync" && name.endsWith(".journal") && ++syncs === 2) words.requestStop();
    };
    pump.run();
    clearTimeout(worker);
    expect(syncs).toBe(2);
    expect(recoverChecked(disk)).toMatchObject({ lastRecord: 5, batches: 2 });
  });
});

describe("RingJournal", () => {
  test("refuses a gap, and stops when the ring is full", () => {
    const { journal, append } = make();
    append(2);
    expect(() => journal.append(fillRecord(new TradingRecord(), 4))).toThrow(/RecordOrderBroken/);
    expect(() => append(1_000_000)).toThrow(/JournalBlocked/);
    expect(journal.lastRecord).toBeGreaterThan(10_000);
  });

  test("wakes a sleeper once per step, and only when there is something", () => {
    const { words, journal, append } = make();
    const flag = new Int32Array(words.buffer);
    const isSleeping = () => flag[2] === 1;
    Atomics.store(flag, 2, 1);
    journal.flush();
    expect(isSleeping()).toBe(true);
    append(3);
    expect(isSleeping()).toBe(true);
    journal.flush();
    expect(isSleeping()).toBe(false);
    expect(words.wake()).toBe(false);
  });
});

describe("JournalWords", () => {
  test("the full number is rebuilt over the edges of 31 and 32 bits", () => {
    for (const at of [0, 2 ** 31 - 2, 2 ** 32 - 2, 3 * 2 ** 32 - 1, 2 ** 45]) {
      const words = new JournalWords(new SharedArrayBuffer(JournalWords.bytes()));
      words.begin(at);
      expect(words.durable(at)).toBe(at);
      for (const more of [1, 5, 2 ** 30, 2 ** 31 - 1]) {
        words.publishBatch(at + more, 1, 1);
        expect(words.durable(at)).toBe(at + more);
      }
      // A thread that was ended between its sync and its word: recovery knows more than the word says.
      words.publishBatch(at, 1, 1);
      expect(words.durable(at + 5)).toBe(at + 5);
    }
  });

  test("waiting for a durable record ends when it is there, or in time", async () => {
    const words = new JournalWords(new SharedArrayBuffer(JournalWords.bytes()));
    const waiting = words.whenDurable(0, 5_000);
    words.publishBatch(1, 1, 7);
    expect(await waiting).toBe(true);
    expect(await words.whenDurable(0, 5_000)).toBe(true);
    expect(await words.whenDurable(1, 5)).toBe(false);
    words.publishBatch(2, 1, 3);
    expect(words.figures()).toMatchObject({ commits: 2, syncUs: 3, syncUsMax: 7 });
  });

  test("a freeze is taken once; sleep does not begin when there is work or a request", () => {
    const words = new JournalWords(new SharedArrayBuffer(JournalWords.bytes()));
    words.requestFreeze(50);
    const start = performance.now();
    words.sleep(5_000, () => false);
    expect([words.takeFreezeMs(), words.takeFreezeMs()]).toEqual([50, 0]);
    words.sleep(5_000, () => true);
    words.requestStop();
    words.sleep(5_000, () => false);
    words.pause(5_000);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(() => words.requestFreeze(0)).toThrow(/ValueOutOfRange/);
  });

  test("what ended a thread keeps its code", () => {
    expect(threadProblem(new Error("odd"))).toMatchObject({ number: Code.InvariantBroken, problem: { detail: "odd" } });
  });
});
