/** Takes a snapshot from the files alone: the one before, the records since, and a proof that what was written loads. */

import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { freshTail, type JournalTail, sameBytes } from "../journal/format.ts";
import { type JournalFs, realFs } from "../journal/journal_fs.ts";
import { type Kept, keepJournal, type Retention } from "../journal/retention.ts";
import { scanJournal } from "../journal/scan.ts";
import { openSnapshot, pruneSnapshots, writeSnapshot } from "../journal/snapshot.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { JournalImage, restoreImage } from "./journal_image.ts";
import { stateLayout } from "./restore.ts";

export interface SnapshotJob {
  readonly journalDir: string;
  readonly limits: Limits;
  readonly version: string;
  /** Nothing behind this record is durable for sure yet. */
  readonly durableRecord: number;
  readonly retention: Retention;
  readonly nowUs: number;
  /** Called after each batch: where a thread rests that shares its cores with an engine. */
  readonly rest?: () => void;
}

export interface SnapshotDone extends Kept {
  readonly record: number;
  readonly bytes: number;
  readonly path: string;
}

/**
 * A snapshot of the last whole batch that is durable; undefined when nothing was recorded since the newest one. Throws
 * ProblemError: StateDiverged when a seal differs, JournalDamaged, SnapshotFailed, ArchiveFailed, DiskFull.
 */
export function takeSnapshot(job: SnapshotJob, fs: JournalFs = realFs()): SnapshotDone | undefined {
  const { journalDir, limits } = job;
  const image = restoreImage(journalDir, limits, { record: job.durableRecord, fs });
  const before = image.record;
  const tail = follow(job, image, fs);
  if (image.record === before) return undefined;
  const writer = new StateWriter();
  image.save(writer);
  const payload = writer.bytes();
  prove(payload, image, limits);
  const { record, timeUs } = image.state;
  const about = { layout: stateLayout(limits), version: job.version, record, timeUs, hash: image.hash(), tail };
  const path = writeSnapshot(journalDir, about, payload, fs);
  const bytes = readBack(path, payload, fs);
  pruneSnapshots(journalDir, undefined, fs);
  return { record, bytes, path, ...keepJournal(journalDir, job.retention, job.nowUs, fs) };
}

/** Applies what is durable; answers where the journal would end there. */
function follow(job: SnapshotJob, image: JournalImage, fs: JournalFs): JournalTail {
  let tail = freshTail();
  const take = (record: Readonly<TradingRecord>) => {
    if (record.record <= image.record || record.record > job.durableRecord) return;
    if (record.kind === RecordKind.Sealed && record.text !== image.hash()) {
      const detail = `record ${record.record}: the journal says ${record.text}, applied it is ${image.hash()}`;
      throw new ProblemError(problem(Code.StateDiverged, detail));
    }
    image.take(record);
  };
  scanJournal(fs, job.journalDir, {
    fromRecord: image.record + 1,
    onRecord: take,
    onBatch: (end) => {
      if (end.lastRecord <= job.durableRecord) tail = { ...end };
      job.rest?.();
    },
    onDamage: (damage) => {
      throw new ProblemError(damage);
    },
  });
  if (tail.lastRecord === image.record) return tail;
  throw new ProblemError(problem(Code.SnapshotFailed, `record ${job.durableRecord} is no batch's end`));
}

/** What was saved must load, have the same hash, and save as the same bytes again. */
function prove(payload: Uint8Array, image: JournalImage, limits: Limits): void {
  const again = new JournalImage(limits);
  again.load(new StateReader(payload));
  const writer = new StateWriter();
  again.save(writer);
  if (again.hash() === image.hash() && sameBytes(writer.bytes(), payload)) return;
  throw new ProblemError(problem(Code.SnapshotFailed, `${image.hash()} loads as ${again.hash()}: nothing was written`));
}

/** Only what comes back from the disk counts. Answers its packed size. */
function readBack(path: string, payload: Uint8Array, fs: JournalFs): number {
  const snapshot = openSnapshot(path, fs);
  const back = typeof snapshot === "string" ? snapshot : snapshot.payload();
  if (typeof snapshot !== "string" && typeof back !== "string" && sameBytes(back, payload)) return snapshot.packedBytes;
  fs.remove(path);
  const detail = typeof back === "string" ? back : "it has other bytes";
  throw new ProblemError(problem(Code.SnapshotFailed, `it does not read back: ${detail}`, { file: path }));
}
