/** Reads a whole journal without changing it and reports what it finds: all damage, not only the first. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Problem } from "../core/problem.ts";
import { type JournalFs, realFs } from "./journal_fs.ts";
import { scanJournal } from "./scan.ts";

export interface JournalReport {
  readonly segments: number;
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

/** Throws ProblemError FileUnreadable when a file cannot be read at all. Safe while a writer writes. */
export function verifyJournal(dir: string, fs: JournalFs = realFs()): JournalReport {
  const problems: Problem[] = [];
  let problemCount = 0;
  const { tail, ...found } = scanJournal(fs, dir, {
    onDamage: (damage) => {
      problemCount++;
      if (problems.length < PROBLEMS_MAX) problems.push(damage);
    },
  });
  assert(problemCount >= problems.length, Code.InvariantBroken);
  return {
    segments: found.segments,
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

const PROBLEMS_MAX = 100;
