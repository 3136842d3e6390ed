/** Keeps the journal's folder in bounds: sealed segments that no snapshot needs become archives, old archives go. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError } from "../core/problem.ts";
import { TradingRecord } from "../model/record.ts";
import { type Archive, archiveDir, listArchives, readArchived, writeArchive } from "./archive.ts";
import { eachRecord, joinBatch } from "./batch.ts";
import { writeFloor } from "./floor.ts";
import { headerMisfit, type JournalTail, sameBytes, tailBefore, tailBehind } from "./format.ts";
import type { JournalFs } from "./journal_fs.ts";
import { damageAt } from "./scan.ts";
import { listSegmentFiles, SegmentBytes, segmentPath } from "./segment.ts";
import { joinedSnapshots, SNAPSHOTS_KEPT } from "./snapshot.ts";

/** Segments of one archive: 64 MiB of journal, a tenth of that on the disk. */
export const SEGMENTS_PER_ARCHIVE = 16;
const DAY_US = 86_400_000_000;
const MIB = 1 << 20;

/** 0 = no bound. */
export interface Retention {
  readonly archiveDays: number;
  readonly archiveMiB: number;
}

export interface Kept {
  /** Segments that were packed, and archives that were dropped. */
  readonly archived: number;
  readonly dropped: number;
}

/**
 * Never touches a segment from the older snapshot's on; without two sound snapshots nothing at all is done. Damage is
 * left where it is: throws ProblemError JournalDamaged, ArchiveFailed, DiskFull.
 */
export function keepJournal(journalDir: string, retention: Retention, nowUs: number, fs: JournalFs): Kept {
  const needed = neededSegment(journalDir, fs);
  const archived = needed === 0 ? 0 : archiveBelow(fs, journalDir, needed);
  const dropped = needed === 0 ? 0 : dropArchives(fs, journalDir, retention, nowUs);
  return { archived, dropped };
}

/** First segment that the oldest of the kept snapshots needs; 0 = there are not enough of them. */
function neededSegment(journalDir: string, fs: JournalFs): number {
  const sound = joinedSnapshots(journalDir, fs).filter((snapshot) => typeof snapshot.payload() !== "string");
  return sound[SNAPSHOTS_KEPT - 1]?.about.tail.segment ?? 0;
}

/** Packs all full groups below segment `needed`; answers how many segments that were. */
export function archiveBelow(fs: JournalFs, dir: string, needed: number, perArchive = SEGMENTS_PER_ARCHIVE): number {
  assert(perArchive > 0, Code.ValueOutOfRange);
  let packed = 0;
  for (;;) {
    removeArchived(fs, dir);
    const files = listSegmentFiles(fs, dir);
    const first = files[0];
    if (first === undefined || first + perArchive > needed) return packed;
    const bytes = readSound(fs, dir, first, perArchive);
    writeArchive(fs, dir, first, bytes);
    removeArchived(fs, dir);
    assert(!listSegmentFiles(fs, dir).includes(first), Code.InvariantBroken);
    packed += perArchive;
  }
}

/** Files whose bytes an archive holds: what a crash between packing and deleting left. */
function removeArchived(fs: JournalFs, dir: string): void {
  let removed = 0;
  const archives = listArchives(fs, dir);
  const last = archives.at(-1)?.last ?? 0;
  const segment = new SegmentBytes(fs);
  for (const number of listSegmentFiles(fs, dir).filter((number) => number <= last)) {
    const archived = readArchived(fs, dir, number);
    if (archived === undefined) continue;
    segment.load(dir, number);
    // The archive is not what it should be: the file is, and stays.
    if (typeof archived === "string" || !sameBytes(archived, segment.bytes.subarray(0, segment.size))) {
      throw new ProblemError(damageAt(segment.file, 0, "the archive that holds this segment has other bytes"));
    }
    fs.remove(segment.file);
    removed++;
  }
  if (removed > 0) fs.syncDir(dir);
}

/** Bytes of segments that are sound and lead from one to the next, and on to the one behind them. */
function readSound(fs: JournalFs, dir: string, first: number, count: number): Uint8Array[] {
  const all: Uint8Array[] = [];
  let tail: JournalTail | undefined;
  for (let number = first; number <= first + count; number++) {
    const segment = new SegmentBytes(fs);
    const header = segment.load(dir, number);
    const misfit = typeof header === "string" ? header : tail && headerMisfit(header, tail);
    if (misfit !== undefined || typeof header === "string") {
      throw new ProblemError(damageAt(segmentPath(dir, number), 0, String(misfit)));
    }
    if (number === first + count) break;
    tail = tailBehind(header);
    // Behind the last batch may stand what a crash tore: the next header says where this segment ends.
    while (joinBatch(segment, tail.usedBytes, tail) === undefined) assert(tail.usedBytes > 0, Code.InvariantBroken);
    all.push(segment.bytes.slice(0, segment.size));
  }
  return all;
}

function dropArchives(fs: JournalFs, dir: string, retention: Retention, nowUs: number): number {
  const archives = listArchives(fs, dir);
  const sizes = archives.map(({ path }) => sizeOf(fs, path));
  let total = sizes.reduce((sum, size) => sum + size, 0);
  let count = 0;
  for (const archive of archives) {
    const isTooMuch = retention.archiveMiB > 0 && total > retention.archiveMiB * MIB;
    const isTooOld =
      retention.archiveDays > 0 && lastTimeUs(fs, dir, archive.last) < nowUs - retention.archiveDays * DAY_US;
    if (!isTooMuch && !isTooOld) break;
    total -= sizes[count] as number;
    count++;
  }
  if (count > 0) drop(fs, dir, archives.slice(0, count));
  return count;
}

/** The floor first: a crash in between leaves archives that nobody asks for, not a journal that looks damaged. */
function drop(fs: JournalFs, dir: string, archives: readonly Archive[]): void {
  const kept = (archives.at(-1) as Archive).last + 1;
  const header = new SegmentBytes(fs).load(dir, kept);
  if (typeof header === "string") throw new ProblemError(damageAt(segmentPath(dir, kept), 0, header));
  writeFloor(fs, dir, tailBefore(header));
  for (const { path } of archives) fs.remove(path);
  fs.syncDir(archiveDir(dir));
}

/** Engine time of the last record in a segment; 0 when it holds none. */
function lastTimeUs(fs: JournalFs, dir: string, number: number): number {
  const segment = new SegmentBytes(fs);
  const header = segment.load(dir, number);
  if (typeof header === "string") throw new ProblemError(damageAt(segmentPath(dir, number), 0, header));
  const tail = tailBehind(header);
  const record = new TradingRecord();
  let timeUs = 0;
  for (let at = tail.usedBytes; joinBatch(segment, at, tail) === undefined; at = tail.usedBytes) {
    eachRecord(segment, at, record, ({ timeUs: us }) => {
      timeUs = us;
    });
  }
  return timeUs;
}

function sizeOf(fs: JournalFs, path: string): number {
  const fd = fs.open(path, "read");
  try {
    return fs.size(fd);
  } finally {
    fs.close(fd);
  }
}
