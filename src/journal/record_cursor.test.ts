/** Reading in portions beside a writer: every record once, whatever the portions, the rolls and the restarts. */

import { describe, expect, test } from "bun:test";
import { Prng } from "../core/prng.ts";
import { ProblemError } from "../core/problem.ts";
import { isRight, openWriter, writeSome } from "./journal.testing.ts";
import { MemoryDisk } from "./memory_disk.testing.ts";
import { RecordCursor } from "./record_cursor.ts";
import { segmentPath } from "./segment.ts";

describe("RecordCursor", () => {
  test("follows a writer over segments and epochs, each record once and in order", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const prng = new Prng(seed);
      const disk = new MemoryDisk();
      const cursor = new RecordCursor("/journal", disk);
      let next = 1;
      let durable = 0;
      const check = (record: { readonly record: number }) => {
        if (!isRight(record as never, next)) throw new Error(`seed ${seed}: record ${next} came as ${record.record}`);
        next++;
      };
      for (let start = 0; start < 3; start++) {
        const writer = openWriter(disk);
        for (let n = 0; n < 25; n++) {
          writeSome(writer, prng, 1 + prng.nextBelow(4));
          durable = writer.lastRecord;
          for (let reads = prng.nextBelow(3); reads > 0; reads--) {
            const from = next;
            expect(cursor.read(from, durable, 1 + prng.nextBelow(60), check)).toBe(next - 1);
          }
        }
        writer.close();
      }
      while (next <= durable) cursor.read(next, durable, 100, check);
      expect(next).toBe(durable + 1);
      expect(cursor.read(next, durable, 100, check)).toBe(durable);
    }
  });

  test("goes back and forth, and stops in front of a batch that is not durable", () => {
    const disk = new MemoryDisk();
    const writer = openWriter(disk);
    writeSome(writer, new Prng(2), 60);
    const last = writer.lastRecord;
    const cursor = new RecordCursor("/journal", disk);
    const numbers = (from: number, durable: number, count: number) => {
      const seen: number[] = [];
      cursor.read(from, durable, count, ({ record }) => void seen.push(record));
      return seen;
    };
    expect(numbers(500, last, 1)[0]).toBe(500);
    expect(numbers(3, last, 1)[0]).toBe(3);
    expect(numbers(last, last, 9)).toEqual([last]);
    const all = numbers(1, last - 1, 1_000_000);
    expect(all.at(-1)).toBeLessThan(last);
    expect(all).toEqual(all.map((_, n) => n + 1));
    expect(cursor.firstRecord()).toBe(1);
    expect(cursor.lastRecord()).toBe(last);
    expect(numbers(5, last, 1)[0]).toBe(5);
  });

  test("says what is missing: a durable record that is not there, records before the floor", () => {
    const disk = new MemoryDisk();
    const writer = openWriter(disk);
    writeSome(writer, new Prng(3), 200);
    const last = writer.lastRecord;
    const cursor = new RecordCursor("/journal", disk);
    const codeOf = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        if (error instanceof ProblemError) return error.problem.code;
        throw error;
      }
      return "none";
    };
    expect(codeOf(() => cursor.read(last + 1, last + 5, 10, () => {}))).toBe("JournalDamaged");
    disk.remove(segmentPath("/journal", 1));
    expect(codeOf(() => new RecordCursor("/journal", disk).read(1, last, 10, () => {}))).toBe("JournalDropped");
    expect(new RecordCursor("/journal", disk).firstRecord()).toBeGreaterThan(1);
  });
});
