/** Reads a whole journal without changing it and reports what it finds: all damage, not only the first. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { type JournalFs, realFs } from "./journal_fs.ts";
import { scanJournal } from "./scan.ts";
import { listSegmentFiles, listSegments } from "./segment.ts";
import { Joint, joinSnapshot, listSnapshots, openSnapshot } from "./snapshot.ts";

export interface JournalReport {
  readonly segments: number;
  /** How many of them are in archives. */
  readonly archived: number;
  /** Snapshots that could be used. One that could not is a problem. */
  readonly snapshots: number;
  readonly batches: number;
  readonly records: number;
  /** Records before the first one that is kept: retention has dropped them. */
  readonly dropped: number;
  readonly lastRecord: number;
  readonly epoch: number;
  /** SHA-256 chain over all records, in hex: equal chains, equal histories. */
  readonly chain: string;
  /** Bytes that a crash tore behind the last batch. They were never acknowledged. */
  readonly tornBytes: number;
  /** Damage, with file and byte offset. PROBLEMS_MAX are kept, `problemCount` counts all. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
}

/** How far it is: `done` of `total` segments. */
export type OnVerified = (done: number, total: number) => void;

/** Throws ProblemError FileUnreadable when a file cannot be read at all. Safe while a writer writes. */
export function verifyJournal(dir: string, fs: JournalFs = realFs(), onVerified: OnVerified = () => {}): JournalReport {
  const problems: Problem[] = [];
  let problemCount = 0;
  const note = (found: Problem) => {
    problemCount++;
    if (problems.length < PROBLEMS_MAX) problems.push(found);
  };
  const total = listSegments(fs, dir).length;
  let segment = 0;
  let done = 0;
  const { tail, ...found } = scanJournal(fs, dir, {
    onDamage: note,
    onBatch: (end) => {
      if (end.segment === segment) return;
      segment = end.segment;
      onVerified(done++, total);
    },
  });
  const snapshots = verifySnapshots(dir, fs, note);
  assert(problemCount >= problems.length, Code.InvariantBroken);
  return {
    segments: found.segments,
    archived: total - listSegmentFiles(fs, dir).length,
    snapshots,
    batches: found.batches,
    records: found.records,
    dropped: found.before,
    lastRecord: tail.lastRecord,
    epoch: tail.epoch,
    chain: Buffer.from(tail.chain).toString("hex"),
    tornBytes: found.tornBytes,
    problems,
    problemCount,
  };
}

/** A snapshot that cannot be read or joined is a problem: a start would pass it over, or refuse for its sake. */
function verifySnapshots(dir: string, fs: JournalFs, note: (found: Problem) => void): number {
  let good = 0;
  for (const path of listSnapshots(dir, fs)) {
    const snapshot = openSnapshot(path, fs);
    const payload = typeof snapshot === "string" ? snapshot : snapshot.payload();
    if (typeof snapshot === "string" || typeof payload === "string") {
      if (!fs.exists(path)) continue; // A gateway at work has replaced it.
      note(problem(Code.SnapshotPassedOver, String(payload), { file: path }));
      continue;
    }
    const joint = joinSnapshot(dir, snapshot.about.tail, fs);
    if (joint === Joint.Joined) good++;
    else if (joint === Joint.Foreign)
      note(problem(Code.SnapshotPassedOver, "it is of another journal", { file: path }));
    else {
      const detail = `it proves that record ${snapshot.about.record} was durable, and the journal does not lead there`;
      note(problem(Code.JournalDamaged, detail, { file: path }));
    }
  }
  return good;
}

const PROBLEMS_MAX = 100;
