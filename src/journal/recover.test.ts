/** Recovery on a disk in memory: what is whole comes back, torn tails are sealed, damage is refused and left as it is. */

import { describe, expect, test } from "bun:test";
import { Code, codeName } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import { ProblemError } from "../core/problem.ts";
import { findBatch, isBatch } from "./batch.ts";
import { PAGE_BYTES } from "./format.ts";
import { openWriter, recoverChecked, SMALL, writeBatch, writeSome } from "./journal.testing.ts";
import { MemoryDisk } from "./memory_disk.testing.ts";
import { recoverJournal } from "./recover.ts";
import { SegmentBytes, segmentPath } from "./segment.ts";
import { verifyJournal } from "./verify.ts";

const name = (segment: number) => `${String(segment).padStart(10, "0")}.journal`;

/** Segments over two epochs; the last one holds three batches at least and ends in a batch of two pages or more. */
function journal(
  segments = 6,
  recordsMax = 40,
): { disk: MemoryDisk; lastRecord: number; lastSegment: number; used: number; lastAt: number } {
  const disk = new MemoryDisk();
  const prng = new Prng(7);
  let writer = openWriter(disk);
  for (let n = 0; n < 3 || writer.tail.segment < segments / 2; n++) writeSome(writer, prng, 1, recordsMax);
  writer.close();
  writer = openWriter(disk);
  while (writer.tail.segment < segments || writer.tail.usedBytes < 16_000) writeSome(writer, prng, 1, recordsMax);
  const lastAt = writer.tail.usedBytes;
  writeBatch(writer, 60);
  const { lastRecord, segment, usedBytes } = writer.tail;
  writer.close();
  return { disk, lastRecord, lastSegment: segment, used: usedBytes, lastAt };
}

/** What recovery says of it: the last record, or the problem. */
function outcome(disk: MemoryDisk): number | string {
  try {
    return recoverChecked(disk).lastRecord;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.problem.code).toBe(codeName(Code.JournalDamaged));
    expect(error.problem.file).toBeString();
    return `${error.problem.file?.replace("/journal/", "")} ${error.problem.detail}`;
  }
}

/** The same as `verify` sees it. */
function verdict(disk: MemoryDisk): string {
  const { problems, tornBytes } = verifyJournal("/journal", disk);
  return problems.length > 0 ? "damaged" : tornBytes > 0 ? "torn" : "whole";
}

describe("recovery", () => {
  test("an empty directory is a journal of epoch 0; each start is an epoch of its own", () => {
    const disk = new MemoryDisk();
    expect(recoverChecked(disk)).toMatchObject({ lastRecord: 0, epoch: 0, segment: 0, segments: 0, tornBytes: 0 });
    for (let epoch = 1; epoch <= 4; epoch++) {
      const writer = openWriter(disk);
      expect(writer.epoch).toBe(epoch);
      if (epoch !== 2) writeBatch(writer, epoch);
      writer.close();
      expect(recoverChecked(disk)).toMatchObject({ epoch, segments: epoch, tornBytes: 0 });
    }
    expect(recoverChecked(disk).lastRecord).toBe(8);
  });

  test("hands out every record of many segments in order, and ends at the writer's own tail", () => {
    const { disk, lastRecord, lastSegment, used } = journal();
    const recovered = recoverChecked(disk);
    expect(recovered).toMatchObject({ lastRecord, segment: lastSegment, usedBytes: used, epoch: 2, tornBytes: 0 });
    expect(recovered.records).toBe(lastRecord);
    expect(recovered.segments).toBe(lastSegment);
    expect(verifyJournal("/journal", disk)).toMatchObject({ lastRecord, epoch: 2, problems: [], problemCount: 0 });
  });

  test("an error of onRecord comes through", () => {
    const { disk } = journal();
    const refuse = () => {
      throw new Error("not applied");
    };
    expect(() => recoverJournal("/journal", refuse, disk)).toThrow("not applied");
  });

  test("2,500 torn tails: never a refusal, never a record lost, and a second crash ends the same", () => {
    const { disk, lastRecord, lastSegment, used } = journal(2, 8);
    const prng = new Prng(11);
    for (let round = 0; round < 2_500; round++) {
      const torn = disk.copy();
      const bytes = torn.bytesOf(name(lastSegment));
      const pages = 1 + prng.nextBelow(6);
      for (let page = 0; page < pages; page++) {
        const at = used + page * PAGE_BYTES;
        const fate = prng.nextBelow(3);
        // Rubbish, or what a page of a real batch looks like without its neighbours.
        if (fate === 1)
          for (let i = 0; i < PAGE_BYTES; i += 1 + prng.nextBelow(256)) bytes[at + i] = prng.nextBelow(256);
        if (fate === 2) bytes.set(bytes.subarray(used - 2 * PAGE_BYTES + 72, used - PAGE_BYTES + 72), at);
      }
      expect(outcome(torn)).toBe(lastRecord);
      if (round % 10 !== 0) continue;
      const writer = openWriter(torn);
      writeBatch(writer, 3);
      writer.close();
      expect(outcome(torn)).toBe(lastRecord + 3);
      expect(recoverChecked(torn).epoch).toBe(3);
    }
  });

  test("2,500 flipped bits: refused before the last batch, sealed in the last one, never silent, nothing changed", () => {
    const { disk, lastRecord, lastSegment, used, lastAt } = journal(3, 12);
    const prng = new Prng(13);
    let refused = 0;
    for (let round = 0; round < 2_500; round++) {
      const segment = 1 + prng.nextBelow(lastSegment);
      const flipped = disk.copy();
      const bytes = flipped.bytesOf(name(segment));
      // The zeros behind the last batch are no data.
      const at = prng.nextBelow(segment === lastSegment ? used : bytes.length);
      flip(bytes, at, prng.nextBelow(8));
      const before = Bun.hash.crc32(bytes);
      const said = outcome(flipped);
      const isLastBatch = segment === lastSegment && at >= lastAt;
      if (isLastBatch) expect([at, said]).toEqual([at, lastRecord - 60]);
      else {
        refused++;
        expect([segment, at, said]).toEqual([segment, at, expect.any(String)]);
        expect(Bun.hash.crc32(flipped.bytesOf(name(segment)))).toBe(before);
      }
      expect(verdict(flipped)).toBe(isLastBatch ? "torn" : "damaged");
    }
    expect(refused).toBeGreaterThan(1_500);
  });

  test("torn bytes stay as evidence, and zeros are given back, when a writer goes on", () => {
    const { disk, lastSegment, used, lastRecord } = journal(2, 8);
    disk.bytesOf(name(lastSegment)).fill(7, used + 100, used + 200);
    expect(recoverChecked(disk)).toMatchObject({ lastRecord, usedBytes: used, tornBytes: 200 });
    openWriter(disk).close();
    expect(disk.bytesOf(name(lastSegment))).toHaveLength(used + 200);
    expect(recoverChecked(disk)).toMatchObject({ lastRecord, tornBytes: 0 });
  });

  test("a seal makes the last batch as safe as the others", () => {
    const { disk } = journal();
    const writer = openWriter(disk);
    writeBatch(writer, 5);
    writer.seal();
    const { segment } = writer.tail;
    writer.close();
    const bytes = disk.bytesOf(name(segment));
    flip(bytes, PAGE_BYTES + 300, 0);
    expect(outcome(disk)).toBe(
      `${name(segment)} at byte 4096: length or CRC of the batch; a whole batch follows at 8192`,
    );
  });

  test("says where and what: the place, what does not fit, and how it is known that it was durable", () => {
    const { disk, lastSegment } = journal();
    const bytes = disk.bytesOf(name(2));
    const segment = new SegmentBytes(disk);
    segment.load("/journal", 2);
    const ends: number[] = [];
    for (let at = PAGE_BYTES; at > 0; at = findBatch(segment, at + PAGE_BYTES)) ends.push(at);
    const [second, third, last] = [ends[1], ends[2], ends.at(-1)] as [number, number, number];
    expect(isBatch(segment, second)).toBe(true);
    flip(bytes, second + 100, 2);
    const said = `${name(2)} at byte ${second}: length or CRC of the batch; a whole batch follows at ${third}`;
    expect(outcome(disk)).toBe(said);
    expect(verifyJournal("/journal", disk).problems).toHaveLength(1);
    flip(bytes, second + 100, 2);
    flip(bytes, last + 100, 2);
    expect(outcome(disk)).toBe(
      `${name(2)} at byte ${last}: length or CRC of the batch; ` +
        `the next segment proves that ${bytes.length} bytes were durable`,
    );
    expect(verifyJournal("/journal", disk).problems).toHaveLength(1);
    expect(lastSegment).toBe(6);
  });
});

describe("media faults are refused", () => {
  const { disk, lastSegment, used } = journal();
  const faults: readonly (readonly [string, (bad: MemoryDisk) => void])[] = [
    ["two segments swapped", (bad) => swap(bad, 2, 3)],
    ["a segment missing", (bad) => bad.remove(name(3))],
    ["the first segment missing", (bad) => bad.remove(name(1))],
    ["the last segment missing", (bad) => bad.remove(name(lastSegment))],
    ["a segment twice", (bad) => bad.setBytes(name(lastSegment + 1), bad.bytesOf(name(lastSegment)).slice())],
    ["a middle segment empty", (bad) => bad.setBytes(name(2), new Uint8Array(0))],
    ["the last segment empty", (bad) => bad.setBytes(name(lastSegment), new Uint8Array(0))],
    ["the last segment all zeros", (bad) => bad.bytesOf(name(lastSegment)).fill(0)],
    ["a page of zeros in the middle", (bad) => bad.bytesOf(name(2)).fill(0, 2 * PAGE_BYTES, 3 * PAGE_BYTES)],
    ["the last page of a middle segment gone", (bad) => cut(bad, 3, bad.bytesOf(name(3)).length - PAGE_BYTES)],
    ["the last segment cut at a batch", (bad) => cut(bad, lastSegment, used)],
    ["the last segment cut inside a page", (bad) => cut(bad, lastSegment, used - 10)],
    ["a segment of an older time", (bad) => bad.setBytes(name(lastSegment), stale(lastSegment))],
    [
      "a page of zeros in the last segment",
      (bad) => bad.bytesOf(name(lastSegment)).fill(0, PAGE_BYTES, 2 * PAGE_BYTES),
    ],
    ["a batch repeated", (bad) => bad.bytesOf(name(lastSegment)).copyWithin(used, PAGE_BYTES, 4 * PAGE_BYTES)],
  ];

  test.each(faults)("%s", (_, damage) => {
    const bad = disk.copy();
    damage(bad);
    expect(outcome(bad)).toBeString();
    expect(verdict(bad)).toBe("damaged");
  });

  test("other files do not matter", () => {
    const more = disk.copy();
    for (const odd of ["0000000009.journal.bak", "9.journal", "notes.txt", "spare.tmp"]) {
      more.setBytes(odd, new Uint8Array(10));
    }
    expect(outcome(more)).toBeNumber();
    expect(segmentPath("/journal", 12)).toBe("/journal/0000000012.journal");
  });

  /** The same numbers from another history: everything in it is whole. */
  function stale(segment: number): Uint8Array {
    const other = new MemoryDisk();
    for (let epoch = 1; epoch <= segment; epoch++) {
      const writer = openWriter(other);
      writeBatch(writer, 2);
      writer.close();
    }
    return other.bytesOf(name(segment)).slice();
  }
});

function flip(bytes: Uint8Array, at: number, bit: number): void {
  bytes[at] = (bytes[at] as number) ^ (1 << bit);
}

function swap(disk: MemoryDisk, a: number, b: number): void {
  const bytes = disk.bytesOf(name(a)).slice();
  disk.setBytes(name(a), disk.bytesOf(name(b)).slice());
  disk.setBytes(name(b), bytes);
}

function cut(disk: MemoryDisk, segment: number, bytes: number): void {
  disk.setBytes(name(segment), disk.bytesOf(name(segment)).slice(0, bytes));
}

test("the small limits make several segments", () => {
  expect(SMALL.segmentBytes / SMALL.batchBytesMax).toBe(4);
});
