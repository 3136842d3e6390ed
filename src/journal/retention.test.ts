/** Archives hold the same bytes and verify by the same chain; nothing that a snapshot needs goes; a crash loses nothing. */

import { describe, expect, test } from "bun:test";
import { Code, codeName } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import { ProblemError } from "../core/problem.ts";
import { listArchives, readArchived } from "./archive.ts";
import { dumpJournal } from "./dump.ts";
import { readFloor } from "./floor.ts";
import { isRight, openWriter, recoverChecked, writeSome } from "./journal.testing.ts";
import { MemoryDisk } from "./memory_disk.testing.ts";
import { readRecords } from "./reader.ts";
import { recoverJournal } from "./recover.ts";
import { archiveBelow, keepJournal } from "./retention.ts";
import { listSegmentFiles, listSegments, SegmentBytes } from "./segment.ts";
import { writeSnapshot } from "./snapshot.ts";
import { verifyJournal } from "./verify.ts";

const DIR = "/journal";
const KEEP_ALL = { archiveDays: 0, archiveMiB: 0 };
const SEED = Number(process.env["MELTICA_SEED"] ?? 1);

/** Many small segments over three epochs; two snapshots in the last ones. */
function journal(snapshots = 2): { disk: MemoryDisk; lastRecord: number; chain: string; needed: number } {
  const disk = new MemoryDisk();
  const prng = new Prng(SEED);
  let needed = 0;
  let lastRecord = 0;
  for (let epoch = 1; epoch <= 3; epoch++) {
    const writer = openWriter(disk);
    while (writer.tail.segment < epoch * 8) writeSome(writer, prng, 1);
    for (let n = 0; epoch === 3 && n < snapshots; n++) {
      const { tail } = writer;
      if (n === 0) needed = tail.segment;
      const about = { layout: "1", version: "t", record: tail.lastRecord, timeUs: 1, hash: "h", tail: { ...tail } };
      writeSnapshot(DIR, about, new Uint8Array(100), disk);
      writeSome(writer, prng, 40);
    }
    lastRecord = writer.lastRecord;
    writer.close();
  }
  return { disk, lastRecord, chain: verifyJournal(DIR, disk).chain, needed };
}

describe("archives", () => {
  test("segments below the older snapshot are packed; recovery, reader, verify and dump see the same records", () => {
    const { disk, lastRecord, chain, needed } = journal();
    expect(archiveBelow(disk, DIR, needed, 4)).toBe(20);
    expect(listArchives(disk, DIR).map(({ first, last }) => [first, last])).toEqual([
      [1, 4],
      [5, 8],
      [9, 12],
      [13, 16],
      [17, 20],
    ]);
    expect(Math.min(...listSegmentFiles(disk, DIR))).toBe(21);
    expect(listSegments(disk, DIR)[0]).toBe(1);
    expect(recoverChecked(disk).lastRecord).toBe(lastRecord);
    expect(verifyJournal(DIR, disk)).toMatchObject({ chain, lastRecord, dropped: 0, problemCount: 0 });
    let read = 0;
    readRecords(
      DIR,
      1,
      (record) => void (isRight(record, ++read) || expect(record.record).toBe(read)),
      lastRecord,
      disk,
    );
    expect(read).toBe(lastRecord);
    let dumped = 0;
    dumpJournal(DIR, () => void dumped++, { fromRecord: 5 }, disk);
    expect(dumped).toBe(lastRecord - 4);
  });

  test("from any record on: all that follow come, in order, from the segment that holds the one before", () => {
    const { disk, lastRecord, needed } = journal();
    archiveBelow(disk, DIR, needed, 4);
    const whole = recoverChecked(disk);
    const segments = new Set<number>();
    const bytes = new SegmentBytes(disk);
    const firsts = [2, 5, 9, 17, 21, 22, 23, 24].map((number) => {
      const header = bytes.loadHeader(DIR, number);
      return typeof header === "string" ? 0 : header.firstRecord;
    });
    for (const from of [1, ...firsts.flatMap((first) => [first - 1, first, first + 1]), lastRecord, lastRecord + 1]) {
      let [next, first] = [from, 0];
      const take = ({ record }: { readonly record: number }) => {
        first ||= record;
        if (record === next) next++;
        else if (record > next) throw new Error(`record ${record} where ${next} must follow`);
      };
      const { segments: read, records, ...end } = recoverJournal(DIR, take, disk, from);
      if (next !== lastRecord + 1) throw new Error(`from ${from}: it ends at ${next - 1}`);
      if (from > 1 && first >= from) throw new Error(`from ${from}: record ${from - 1} was not looked at`);
      expect(end).toMatchObject({ lastRecord, chain: whole.chain, usedBytes: whole.usedBytes, batch: whole.batch });
      segments.add(read);
    }
    expect(segments.size).toBeGreaterThan(8);
  });

  test("whole groups only, and nothing at all without two sound snapshots", () => {
    expect(keepJournal(DIR, KEEP_ALL, 0, journal(1).disk)).toEqual({ archived: 0, dropped: 0 });
    const { disk, needed } = journal();
    expect(keepJournal(DIR, KEEP_ALL, 0, disk)).toEqual({ archived: 16, dropped: 0 });
    expect(listSegmentFiles(disk, DIR)).toContain(needed);
    expect(keepJournal(DIR, KEEP_ALL, 0, disk)).toEqual({ archived: 0, dropped: 0 });
  });

  test("a damaged segment is not packed away; a damaged archive is damage, not a shorter journal", () => {
    const { disk, needed } = journal();
    flip(disk, "0000000003.journal", 9_000);
    const said = problemOf(() => archiveBelow(disk, DIR, needed, 4));
    expect(said.code).toBe(codeName(Code.JournalDamaged));
    expect(listSegmentFiles(disk, DIR)).toContain(1);
    flip(disk, "0000000003.journal", 9_000);
    archiveBelow(disk, DIR, needed, 4);
    flip(disk, "0000000005-0000000008.zst", 1_000);
    expect(readArchived(disk, DIR, 5)).toContain("CRC");
    expect(problemOf(() => recoverJournal(DIR, () => {}, disk)).code).toBe(codeName(Code.JournalDamaged));
    expect(verifyJournal(DIR, disk).problemCount).toBeGreaterThan(0);
    disk.remove(`${DIR}/0000000005-0000000008.zst`);
    expect(problemOf(() => recoverJournal(DIR, () => {}, disk)).code).toBe(codeName(Code.JournalDamaged));
  });

  test("the power may fail at every step of packing and dropping: the journal is whole after each, or begins at its floor", () => {
    let steps = 0;
    for (let step = 0; ; step += 2 + (step % 3)) {
      const { disk, lastRecord, chain } = journal();
      const prng = new Prng(SEED * 100 + step);
      disk.recoverPower(prng, true);
      disk.failAt = disk.operations + 1 + step;
      try {
        keepJournal(DIR, { archiveDays: 0, archiveMiB: 0 }, 0, disk);
        keepJournal(DIR, { archiveDays: 1, archiveMiB: 0 }, 1e18, disk);
      } catch (error) {
        if (!disk.isDown) throw error;
      }
      const isOver = !disk.isDown;
      disk.failAt = Number.POSITIVE_INFINITY;
      disk.recoverPower(prng, true);
      const report = verifyJournal(DIR, disk);
      if (report.problemCount > 0) throw new Error(`step ${step}: ${JSON.stringify(report.problems[0])}`);
      expect(report).toMatchObject({ chain, lastRecord });
      // Going on from there ends as if nothing had been.
      keepJournal(DIR, { archiveDays: 1, archiveMiB: 0 }, 1e18, disk);
      expect(verifyJournal(DIR, disk)).toMatchObject({ chain, lastRecord, problemCount: 0 });
      expect(listSegmentFiles(disk, DIR)[0]).toBe(17);
      expect(listArchives(disk, DIR)).toEqual([]);
      steps++;
      if (isOver) break;
    }
    expect(steps).toBeGreaterThan(5);
  });
});

describe("retention", () => {
  test("what was dropped is known: the rest verifies, an older state is refused, and a lost archive still shows", () => {
    const { disk, lastRecord, chain, needed } = journal();
    archiveBelow(disk, DIR, needed, 16);
    expect(keepJournal(DIR, { archiveDays: 30, archiveMiB: 0 }, 86_400_000_000, disk).dropped).toBe(0);
    expect(keepJournal(DIR, { archiveDays: 1, archiveMiB: 0 }, 1e18, disk).dropped).toBe(1);
    const floor = readFloor(disk, DIR);
    if (floor === undefined || typeof floor === "string") throw new Error("no floor");
    expect(verifyJournal(DIR, disk)).toMatchObject({ chain, lastRecord, dropped: floor.lastRecord, problemCount: 0 });
    const never = () => {
      throw new Error("a record that nothing leads to");
    };
    expect(problemOf(() => recoverJournal(DIR, never, disk)).code).toBe(codeName(Code.SnapshotMissing));
    const first = floor.lastRecord + 1;
    let next = first;
    const recovered = recoverJournal(
      DIR,
      (record) => void (isRight(record, next++) || expect(record).toBeNull()),
      disk,
      first,
    );
    expect([recovered.lastRecord, next - 1]).toEqual([lastRecord, lastRecord]);
    disk.remove(`${DIR}/${"17".padStart(10, "0")}.journal`);
    expect(verifyJournal(DIR, disk).problemCount).toBeGreaterThan(0);
  });

  test("by size, oldest first", () => {
    const { disk, needed } = journal();
    archiveBelow(disk, DIR, needed, 2);
    const before = listArchives(disk, DIR);
    const sizes = before.map(({ path }) => disk.bytesOf(path.slice(path.lastIndexOf("/") + 1)).length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(keepJournal(DIR, { archiveDays: 0, archiveMiB: 1 }, 0, disk).dropped).toBe(0);
    const archiveMiB = (total - (sizes[0] as number) - 1) / (1 << 20);
    expect(keepJournal(DIR, { archiveDays: 0, archiveMiB }, 0, disk).dropped).toBe(2);
    expect(listArchives(disk, DIR)).toEqual(before.slice(2));
    expect(verifyJournal(DIR, disk)).toMatchObject({
      problemCount: 0,
      archived: 2 * (before.length - 2),
      snapshots: 2,
    });
  });

  test("a floor that cannot be read is damage", () => {
    const { disk, needed } = journal();
    archiveBelow(disk, DIR, needed, 16);
    keepJournal(DIR, { archiveDays: 1, archiveMiB: 0 }, 1e18, disk);
    flip(disk, "floor.json", 12);
    expect(typeof readFloor(disk, DIR)).toBe("string");
    expect(verifyJournal(DIR, disk).problemCount).toBeGreaterThan(0);
  });
});

function problemOf(work: () => unknown): ProblemError["problem"] {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error("it was accepted");
}

function flip(disk: MemoryDisk, name: string, at: number): void {
  const bytes = disk.bytesOf(name).slice();
  bytes[at] = (bytes[at] as number) ^ 4;
  disk.setBytes(name, bytes);
}
