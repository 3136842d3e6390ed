/** Reading beside a writer, verifying and dumping. */

import { describe, expect, test } from "bun:test";
import { Prng } from "../core/prng.ts";
import { ProblemError } from "../core/problem.ts";
import { Denial } from "../model/denial.ts";
import { OrderType, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { dumpJournal, type RecordObject, recordObject } from "./dump.ts";
import { isRight, openWriter, writeBatch, writeSome } from "./journal.testing.ts";
import { MemoryDisk } from "./memory_disk.testing.ts";
import { readRecords } from "./reader.ts";
import { damageAt, scanJournal } from "./scan.ts";
import { verifyJournal } from "./verify.ts";

/** Numbers of the records that a read hands out, each checked. */
function read(disk: MemoryDisk, from: number, durable?: number): { first: number; count: number; last: number } {
  let next = from;
  const last = readRecords(
    "/journal",
    from,
    (record) => {
      if (!isRight(record, next)) throw new Error(`record ${next} came as ${record.record}`);
      next++;
    },
    durable,
    disk,
  );
  return { first: from, count: next - from, last };
}

function problemText(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return `${error.problem.file} ${error.problem.detail}`;
    throw error;
  }
  return "none";
}

describe("readRecords", () => {
  test("from any record, over segments and epochs, up to the durable one", () => {
    const disk = new MemoryDisk();
    const prng = new Prng(6);
    const ends: number[] = [];
    for (let start = 0; start < 3; start++) {
      const writer = openWriter(disk);
      for (let n = 0; n < 30; n++) {
        writeSome(writer, prng, 1);
        ends.push(writer.lastRecord);
      }
      writer.close();
    }
    const last = ends[ends.length - 1] as number;
    for (const from of [1, 2, 500, ends[29] as number, (ends[29] as number) + 1, last, last + 1]) {
      expect(read(disk, from)).toEqual({ first: from, count: last - from + 1, last });
    }
    for (const end of ends) expect(read(disk, 1, end)).toEqual({ first: 1, count: end, last: end });
    expect(read(disk, 10, 12)).toEqual({ first: 10, count: 3, last: 12 });
  });

  test("an empty journal has none; a durable record that is not there is damage", () => {
    expect(read(new MemoryDisk(), 1)).toEqual({ first: 1, count: 0, last: 0 });
    expect(read(new MemoryDisk(), 1, 0)).toEqual({ first: 1, count: 0, last: 0 });
    expect(problemText(() => read(new MemoryDisk(), 1, 3))).toBe("/journal at byte 0: the journal has no segment");
    const disk = new MemoryDisk();
    const writer = openWriter(disk);
    writeBatch(writer, 3);
    expect(problemText(() => read(disk, 1, 4))).toBe("/journal/0000000001.journal at byte 8192: no batch begins here");
  });

  test("a writer that goes on between two looks is followed, over a roll too", () => {
    const disk = new MemoryDisk();
    const writer = openWriter(disk);
    writeBatch(writer, 10);
    let isBusy = false;
    const prng = new Prng(9);
    disk.onOperation = (operation) => {
      // Not at every look: the reader must be faster than the writer to come to an end.
      if ((operation !== "read" && operation !== "list") || isBusy || prng.nextBelow(3) > 0) return;
      isBusy = true;
      writeSome(writer, prng, 1 + prng.nextBelow(3), 20);
      isBusy = false;
    };
    for (let from = 1; from < 1_500; ) {
      const durable = writer.lastRecord;
      const { last } = read(disk, from, durable);
      expect(last).toBeGreaterThanOrEqual(durable);
      from = last + 1;
    }
    for (let round = 0; round < 25; round++) {
      const { lastRecord } = writer;
      expect(read(disk, 1 + (lastRecord >> 1)).last).toBeGreaterThanOrEqual(lastRecord);
      const report = verifyJournal("/journal", disk);
      expect(report.problems).toEqual([]);
      expect(report.lastRecord).toBeGreaterThanOrEqual(lastRecord);
    }
    expect(writer.tail.segment).toBeGreaterThan(20);
  });
});

test("batches and a roll between reading a segment and looking for the next one are no damage", () => {
  const disk = new MemoryDisk();
  const writer = openWriter(disk);
  writeBatch(writer, 10);
  let lists = 0;
  disk.onOperation = (operation) => {
    // The first list finds the segment, the second looks for its successor.
    if (operation !== "list" || ++lists !== 2) return;
    while (writer.tail.segment === 1) writeBatch(writer, 40);
  };
  expect(read(disk, 1).last).toBe(writer.lastRecord);
  lists = 0;
  while (writer.tail.segment === 2) writeBatch(writer, 40);
  expect(verifyJournal("/journal", disk)).toMatchObject({ problems: [], lastRecord: writer.lastRecord });
});

describe("verifyJournal", () => {
  test("reports every damaged place and changes nothing", () => {
    const disk = new MemoryDisk();
    const writer = openWriter(disk);
    while (writer.tail.segment < 6) writeSome(writer, new Prng(writer.lastRecord), 1);
    writer.close();
    const whole = verifyJournal("/journal", disk);
    expect(whole).toMatchObject({
      segments: 6,
      epoch: 1,
      lastRecord: writer.lastRecord,
      tornBytes: 0,
      problemCount: 0,
    });
    expect(whole.chain).toBe(Buffer.from(writer.tail.chain).toString("hex"));
    for (const segment of [2, 4]) {
      const bytes = disk.bytesOf(`000000000${segment}.journal`);
      bytes[9_000] = (bytes[9_000] as number) ^ 1;
    }
    disk.bytesOf("0000000005.journal").fill(0, 0, 9);
    const { operations } = disk;
    const damaged = verifyJournal("/journal", disk);
    expect(damaged.problems.map((problem) => problem.file)).toEqual([
      "/journal/0000000002.journal",
      "/journal/0000000004.journal",
      "/journal/0000000005.journal",
    ]);
    expect(damaged.problems[0]?.detail).toStartWith("at byte ");
    expect(disk.operations).toBe(operations);
  });

  test("a place in words", () => {
    expect(damageAt("f", 12, "why")).toMatchObject({ code: "JournalDamaged", file: "f", detail: "at byte 12: why" });
    expect(scanJournal(new MemoryDisk(), "/journal", { onDamage: () => {} })).toMatchObject({
      records: 0,
      segments: 0,
    });
  });
});

describe("dump", () => {
  test("names for numbers, decimals for money, nothing that is empty", () => {
    const record = new TradingRecord().reset(RecordKind.OrderFilled);
    record.record = 9;
    record.side = Side.Sell;
    record.orderType = OrderType.Limit;
    record.price = 123;
    record.amountHi = -1;
    record.amountLo = 2 ** 53 - 15 * 10 ** 14;
    record.fillId = "f1";
    const empty = new TradingRecord();
    expect(recordObject(record, empty)).toEqual({
      record: 9,
      kind: "OrderFilled",
      side: "Sell",
      orderType: "Limit",
      price: 123,
      amount: "-0.0015",
      fillId: "f1",
    });
    record.reset(RecordKind.OrderDenied).code = Denial.KillSwitch;
    expect(recordObject(record, empty)).toMatchObject({ kind: "OrderDenied", code: "KillSwitch" });
    record.reset(RecordKind.CommandTick).side = 9;
    record.kind = 200;
    record.feeLo = -1;
    expect(recordObject(record, empty)).toMatchObject({ kind: "200", side: 9, fee: "0:-1" });
  });

  test("a range of a journal", () => {
    const disk = new MemoryDisk();
    const writer = openWriter(disk);
    for (let n = 0; n < 10; n++) writeBatch(writer, 10);
    const objects: RecordObject[] = [];
    dumpJournal("/journal", (object) => objects.push(object), { fromRecord: 15, toRecord: 31 }, disk);
    expect(objects.map((object) => object["record"])).toEqual(Array.from({ length: 17 }, (_, i) => 15 + i));
    expect(objects[0]).toEqual({ record: 15, kind: "OrderIntent", order: 15, price: 45, text: "why 15 why 15 " });
  });
});
