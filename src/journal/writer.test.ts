/** The writer: rolls, a disk that fills up and empties again, syncs that fail, short writes. Also on a real small disk. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import { ProblemError } from "../core/problem.ts";
import { BATCH_HEADER_BYTES } from "./format.ts";
import { openWriter, recoverChecked, SMALL, tempDir, writeBatch, writeSome } from "./journal.testing.ts";
import { errorCode, fileProblem, isNoSpace, readAll, realFs } from "./journal_fs.ts";
import { MemoryDisk, type Operation, systemError } from "./memory_disk.testing.ts";
import { SpareSegment } from "./spare.ts";

const dir = tempDir();
afterAll(() => rmSync(dir, { recursive: true }));

/** The problem that `work` throws. */
function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  return "none";
}

/** A disk that fails one operation on one kind of file, once `arm` was called. */
function failing(operation: Operation, name: RegExp, code: string): { disk: MemoryDisk; arm: () => void } {
  const disk = new MemoryDisk();
  let isArmed = false;
  disk.onOperation = (done, on) => {
    if (isArmed && done === operation && name.test(on)) throw systemError(code);
  };
  return {
    disk,
    arm: () => {
      isArmed = true;
    },
  };
}

describe("JournalWriter", () => {
  test("short writes are gone on with", () => {
    const disk = new MemoryDisk();
    disk.writeBytesMax = 1_000;
    const writer = openWriter(disk);
    writeSome(writer, new Prng(2), 20);
    expect(recoverChecked(disk).lastRecord).toBe(writer.lastRecord);
  });

  test("a batch that is not dense, or too large, stops before a byte is written", () => {
    const disk = new MemoryDisk();
    const writer = openWriter(disk);
    writeBatch(writer, 3);
    const { operations } = disk;
    // The buffer holds records 1 to 3: they are not new.
    expect(() => writer.commit(BATCH_HEADER_BYTES + 400)).toThrow(/RecordOrderBroken/);
    expect(() => writer.commit(SMALL.batchBytesMax + 8)).toThrow(/ValueOutOfRange/);
    expect(disk.operations).toBe(operations);
    expect(() => openWriter(new MemoryDisk(), { ...SMALL, segmentBytes: SMALL.batchBytesMax + 4_096 })).toThrow(
      /LimitRelationBroken/,
    );
  });

  test("a full disk: met while the reserve is whole, used up batch by batch, left behind when there is space", () => {
    const disk = new MemoryDisk();
    disk.capacityBytes = SMALL.segmentBytes + 50_000;
    const writer = openWriter(disk);
    expect(writer.isDiskFull).toBe(false);
    writer.prepare(SMALL.segmentBytes);
    expect(writer.isDiskFull).toBe(true);
    expect(disk.usedBytes()).toBe(SMALL.segmentBytes); // The part of a spare is given back.
    let written = 0;
    while (writeBatch(writer, 40)) written++;
    expect(written).toBeGreaterThan(5);
    const { lastRecord } = writer;
    expect(writeBatch(writer, 40)).toBe(false);
    expect(recoverChecked(disk).lastRecord).toBe(lastRecord);

    disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect(writeBatch(writer, 40)).toBe(true);
    writer.prepare(SMALL.segmentBytes);
    expect([writer.isDiskFull, writer.wantsSpare, writer.tail.segment]).toEqual([false, false, 2]);
    expect(recoverChecked(disk).lastRecord).toBe(lastRecord + 40);
  });

  test("a start on a full disk: with the spare of the process before it works, without one it is refused", () => {
    const disk = new MemoryDisk();
    let writer = openWriter(disk);
    writeBatch(writer, 10);
    writer.prepare(SMALL.segmentBytes);
    writer.close();
    disk.capacityBytes = disk.usedBytes();
    writer = openWriter(disk);
    expect(writeBatch(writer, 10)).toBe(true);
    // The first segment gave back what it had not used, which is not enough for a spare.
    writer.prepare(SMALL.segmentBytes);
    expect(writer.isDiskFull).toBe(true);
    writer.close();
    expect(problemOf(() => openWriter(disk))).toBe("DiskFull");
    expect(recoverChecked(disk).lastRecord).toBe(20);
  });

  test("a spare that is not whole and zero is made again", () => {
    const disk = new MemoryDisk();
    disk.setBytes("spare.tmp", new Uint8Array(SMALL.segmentBytes).fill(1, 70_000, 70_001));
    const spare = new SpareSegment(disk, "/journal", SMALL);
    spare.adopt();
    expect([spare.isReady, disk.exists("/journal/spare.tmp")]).toEqual([false, false]);
    expect(spare.prepare(SMALL.segmentBytes)).toBe(true);
    spare.close();
    const again = new SpareSegment(disk, "/journal", SMALL);
    again.adopt();
    expect(again.isReady).toBe(true);
    expect(() => openWriter(disk)).not.toThrow();
  });

  const fatal: readonly (readonly [string, Operation, RegExp, string])[] = [
    ["the sync of a batch fails", "datasync", /journal$/, "EIO"],
    ["the sync of a batch says that the disk is full", "datasync", /journal$/, "ENOSPC"],
    ["the write of a batch fails", "write", /journal$/, "EIO"],
    ["the sync of the directory fails", "syncDir", /journal/, "EIO"],
    ["the header of a new segment cannot be synced", "datasync", /spare/, "ENOSPC"],
    ["the spare cannot be synced", "sync", /spare/, "EIO"],
    ["the old segment cannot be cut", "truncate", /journal$/, "EIO"],
  ];
  test.each(fatal)("%s: for good, never tried again, what was acknowledged is there", (_, operation, name, code) => {
    const { disk, arm } = failing(operation, name, code);
    const writer = openWriter(disk);
    writeBatch(writer, 10);
    writer.prepare(SMALL.segmentBytes);
    arm();
    const untilRoll = () => {
      for (let n = 0; n < 50; n++) writeBatch(writer, 40);
    };
    expect(problemOf(untilRoll)).toBe("SyncFailed");
    const { lastRecord } = writer;
    const { operations } = disk;
    disk.onOperation = () => {};
    expect(() => writeBatch(writer, 1)).toThrow(/SyncFailed/);
    expect(() => writer.prepare(1)).toThrow(/SyncFailed/);
    expect(disk.operations).toBe(operations);
    expect(recoverChecked(disk).lastRecord).toBeGreaterThanOrEqual(lastRecord);
  });

  test("recovery itself stops when what it read cannot be made durable", () => {
    const { disk, arm } = failing("datasync", /journal$/, "EIO");
    writeBatch(openWriter(disk), 10);
    arm();
    expect(problemOf(() => recoverChecked(disk))).toBe("SyncFailed");
  });
});

describe("on real files", () => {
  test("what is written is read again, over many segments and starts", () => {
    const path = join(dir, "real");
    const prng = new Prng(4);
    for (let start = 1; start <= 3; start++) {
      const writer = openWriter(realFs(), SMALL, path);
      expect(writer.epoch).toBe(start);
      writeSome(writer, prng, 25);
      writer.close();
    }
    expect(recoverChecked(realFs(), path)).toMatchObject({ epoch: 3, tornBytes: 0 });
  });

  test("a directory that cannot be made is a problem with its path", () => {
    writeFileSync(join(dir, "file"), "");
    expect(problemOf(() => openWriter(realFs(), SMALL, join(dir, "file", "journal")))).toBe("JournalUnwritable");
    expect(fileProblem(systemError("ENOSPC"), "f", "cannot").problem.code).toBe("DiskFull");
    expect([isNoSpace(systemError("EDQUOT")), isNoSpace(new Error("x")), errorCode(null)]).toEqual([true, false, ""]);
    const fs = realFs();
    const fd = fs.open(join(dir, "file"), "read");
    expect(readAll(fs, fd, new Uint8Array(10), 10, 0)).toBe(0);
    fs.close(fd);
  });

  const mount = join(dir, "small");
  mkdirSync(mount);
  const isMounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).exitCode === 0;
  afterAll(() => {
    if (isMounted) Bun.spawnSync(["umount", mount]);
  });

  test.skipIf(!isMounted)("a file system of 1 MiB (skipped where mount is not allowed) fills up and empties", () => {
    const path = join(mount, "journal");
    writeFileSync(join(mount, "other"), new Uint8Array(700 << 10));
    const writer = openWriter(realFs(), SMALL, path);
    let records = 0;
    for (;;) {
      if (!writer.isDiskFull) writer.prepare(SMALL.segmentBytes);
      if (!writeBatch(writer, 40)) break;
      records += 40;
    }
    expect(writer.isDiskFull).toBe(true);
    expect(recoverChecked(realFs(), path).lastRecord).toBe(records);
    rmSync(join(mount, "other"));
    expect(writeBatch(writer, 40)).toBe(true);
    writer.prepare(SMALL.segmentBytes);
    expect(writer.isDiskFull).toBe(false);
    expect(recoverChecked(realFs(), path).lastRecord).toBe(records + 40);
    writer.close();
  });
});

test("codes that the writer gives exist", () => {
  expect([Code.DiskFull, Code.SyncFailed, Code.JournalUnwritable]).toEqual([802, 803, 801]);
});
