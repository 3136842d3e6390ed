/** Recovery: reads the whole journal, refuses damage, and settles the end so that a writer can join it. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { TradingRecord } from "../model/record.ts";
import type { JournalTail } from "./format.ts";
import { fileProblem, type JournalFs, realFs } from "./journal_fs.ts";
import { scanJournal } from "./scan.ts";
import { segmentPath } from "./segment.ts";

/** The tail, and what was found on the way. Plain data: it goes to the journal thread as it is. */
export interface Recovered extends Readonly<JournalTail> {
  /** Records that were read. */
  readonly records: number;
  readonly batches: number;
  readonly segments: number;
  readonly tornBytes: number;
}

/**
 * Hands every durable record to `onRecord` in order, in one object that is used for all. An empty or missing directory
 * is a journal of epoch 0. Throws ProblemError JournalDamaged with file and offset, and has changed nothing then; what
 * `onRecord` got before must be thrown away. A torn tail is left where it is: the next segment's header seals it.
 * Whoever has a state already gives the first record that it lacks: older segments are not read then, and records may
 * come that it has. Throws SnapshotMissing when the journal does not reach back so far.
 */
export function recoverJournal(
  dir: string,
  onRecord: (record: Readonly<TradingRecord>) => void = () => {},
  fs: JournalFs = realFs(),
  fromRecord = 1,
): Recovered {
  const result = scanJournal(fs, dir, {
    fromRecord,
    onStart: (before) => {
      if (before < fromRecord) return;
      const detail = `the journal begins at record ${before + 1}, and ${fromRecord} is needed`;
      throw new ProblemError(problem(Code.SnapshotMissing, detail, { file: dir }));
    },
    onRecord,
    onDamage: (damage) => {
      throw new ProblemError(damage);
    },
  });
  settle(fs, dir, result.tail.segment);
  // Records are numbered from 1 and dense: whatever was read, its last number is its count.
  assert(result.tail.lastRecord === result.before + result.records, Code.InvariantBroken);
  const { tail, records, batches, segments, tornBytes } = result;
  return { ...tail, records, batches, segments, tornBytes };
}

/**
 * What was read may stand in memory only, when a crash came before the sync: nobody may act on it before it is safe.
 * It is synced as it is and not written again: a power failure in that would tear what was acknowledged.
 */
function settle(fs: JournalFs, dir: string, segment: number): void {
  if (segment === 0) return;
  const file = segmentPath(dir, segment);
  try {
    const fd = fs.open(file, "write");
    try {
      fs.datasync(fd);
    } finally {
      fs.close(fd);
    }
  } catch (error) {
    throw fileProblem(error, file, "cannot make the end of the journal durable", Code.SyncFailed);
  }
}
