/** Snapshot files: written whole or not at all, refused when a bit is wrong, and bound to their place in the journal. */

import { describe, expect, test } from "bun:test";
import { Code, codeName } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import { ProblemError } from "../core/problem.ts";
import type { JournalTail } from "./format.ts";
import { openWriter, writeBatch, writeSome } from "./journal.testing.ts";
import { MemoryDisk } from "./memory_disk.testing.ts";
import { readPackedIndex, readPart, writePacked } from "./packed_file.ts";
import {
  Joint,
  joinSnapshot,
  listSnapshots,
  openSnapshot,
  pruneSnapshots,
  type SnapshotAbout,
  writeSnapshot,
} from "./snapshot.ts";

const DIR = "/journal";
const SEED = Number(process.env["MELTICA_SEED"] ?? 1);

function about(tail: Readonly<JournalTail>): SnapshotAbout {
  return { layout: "1", version: "test", record: tail.lastRecord, timeUs: 5, hash: "h", tail: { ...tail } };
}

function payloadOf(prng: Prng, bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, n) => (n % 3 === 0 ? prng.nextBelow(256) : 7));
}

/** A journal with a snapshot at each of three places. */
function written(): { disk: MemoryDisk; tails: JournalTail[]; payload: Uint8Array } {
  const disk = new MemoryDisk();
  const prng = new Prng(SEED);
  const writer = openWriter(disk);
  const payload = payloadOf(prng, 9_000);
  const tails: JournalTail[] = [];
  for (let n = 0; n < 3; n++) {
    writeSome(writer, prng, 20);
    tails.push({ ...writer.tail });
    writeSnapshot(DIR, about(writer.tail), payload, disk);
  }
  writeBatch(writer, 3);
  writer.close();
  return { disk, tails, payload };
}

describe("snapshot files", () => {
  test("what was written comes back, newest first; older ones than two go", () => {
    const { disk, tails, payload } = written();
    const paths = listSnapshots(DIR, disk);
    expect(paths).toHaveLength(3);
    for (const [n, path] of paths.entries()) {
      const snapshot = openSnapshot(path, disk);
      if (typeof snapshot === "string") throw new Error(snapshot);
      expect(snapshot.about).toEqual(about(tails[2 - n] as JournalTail));
      expect(snapshot.payload()).toEqual(payload);
    }
    expect(pruneSnapshots(DIR, 2, disk)).toBe(1);
    expect(listSnapshots(DIR, disk)).toEqual(paths.slice(0, 2));
  });

  test("a flipped bit, a cut file or bytes behind it: refused, in every place", () => {
    const { disk, payload } = written();
    const path = listSnapshots(DIR, disk)[0] as string;
    const fd = disk.open(path, "read");
    const whole = new Uint8Array(disk.size(fd));
    disk.read(fd, whole, 0, whole.length, 0);
    const isBelieved = (bytes: Uint8Array) => {
      const other = disk.open(path, "new");
      disk.write(other, bytes, 0, bytes.length, 0);
      disk.close(other);
      const snapshot = openSnapshot(path, disk);
      return typeof snapshot !== "string" && typeof snapshot.payload() !== "string";
    };
    expect(isBelieved(whole)).toBe(true);
    for (let at = 0; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      // The length of a frame that decompressors pass over is held against the file's size.
      if (isBelieved(bytes)) throw new Error(`bit ${at % 8} of byte ${at} was not seen`);
    }
    for (let length = 0; length < whole.length; length += 97) expect(isBelieved(whole.subarray(0, length))).toBe(false);
    const longer = new Uint8Array(whole.length + 1);
    longer.set(whole);
    expect(isBelieved(longer)).toBe(false);
    expect(isBelieved(whole)).toBe(true);
    expect(payload.length).toBe(9_000);
  });

  test("the power may fail at every step: the new one is whole or not there, and the old ones stay", () => {
    const steps = { done: 0, undone: 0 };
    for (let step = 0; ; step++) {
      const { disk, tails, payload } = written();
      const prng = new Prng(SEED * 1_000 + step);
      disk.recoverPower(prng, true);
      const before = listSnapshots(DIR, disk).length;
      const last = about({ ...(tails[2] as JournalTail), lastRecord: 9_999 });
      disk.failAt = disk.operations + 1 + step;
      let isWritten = true;
      try {
        writeSnapshot(DIR, last, payload, disk);
      } catch {
        isWritten = false;
      }
      const isOver = !disk.isDown;
      disk.failAt = Number.POSITIVE_INFINITY;
      disk.recoverPower(prng, true);
      const found = listSnapshots(DIR, disk);
      expect(found.length).toBeGreaterThanOrEqual(before);
      for (const path of found) {
        const snapshot = openSnapshot(path, disk);
        if (typeof snapshot === "string") throw new Error(`step ${step}: ${path}: ${snapshot}`);
        expect(snapshot.payload()).toEqual(payload);
      }
      if (isWritten) expect(found).toHaveLength(before + 1);
      if (found.length > before) steps.done++;
      else steps.undone++;
      if (isOver) break;
    }
    expect(steps.done).toBeGreaterThan(0);
    expect(steps.undone).toBeGreaterThan(2);
  });

  test("a full disk: a problem that says so, and nothing is left behind", () => {
    const { disk, tails, payload } = written();
    const names = disk.list(DIR).sort();
    disk.capacityBytes = 0;
    const write = () => writeSnapshot(DIR, about({ ...(tails[2] as JournalTail), lastRecord: 9_999 }), payload, disk);
    expect(write).toThrow(ProblemError);
    try {
      write();
    } catch (error) {
      expect((error as ProblemError).problem.code).toBe(codeName(Code.DiskFull));
    }
    expect(disk.list(DIR).sort()).toEqual(names);
  });

  test("its place must be in the journal: joined, another's, or beyond an end that was lost", () => {
    const { disk, tails } = written();
    const [first, second, third] = tails as [JournalTail, JournalTail, JournalTail];
    for (const tail of tails) expect(joinSnapshot(DIR, tail, disk)).toBe(Joint.Joined);
    expect(joinSnapshot(DIR, { ...second, chain: first.chain }, disk)).toBe(Joint.Foreign);
    expect(joinSnapshot(DIR, { ...second, prevCrc: 1 }, disk)).toBe(Joint.Foreign);
    expect(joinSnapshot(DIR, { ...third, usedBytes: third.usedBytes + 8_192 }, disk)).toBe(Joint.Beyond);
    expect(joinSnapshot(DIR, { ...third, segment: third.segment + 5 }, disk)).toBe(Joint.Beyond);
  });
});

describe("packed files", () => {
  test("several parts, and the whole is a zstd stream that any tool unpacks", () => {
    const disk = new MemoryDisk();
    const prng = new Prng(SEED);
    const parts = [payloadOf(prng, 5_000), new Uint8Array(0), payloadOf(prng, 70_000)];
    writePacked(disk, "/journal/x.zst", { what: "parts" }, parts);
    const index = readPackedIndex(disk, "/journal/x.zst");
    if (typeof index === "string") throw new Error(index);
    expect(index.about).toEqual({ what: "parts" });
    expect(parts.map((_, n) => readPart(disk, index, n))).toEqual(parts);
    expect(readPart(disk, index, 3)).toBe("there is no part 3");
    const fd = disk.open("/journal/x.zst", "read");
    const bytes = new Uint8Array(disk.size(fd));
    disk.read(fd, bytes, 0, bytes.length, 0);
    expect(Buffer.compare(Bun.zstdDecompressSync(bytes), Buffer.concat(parts))).toBe(0);
  });
});
