/** Where the verb `journal` meets the journal room: what it needs, in the shapes that it needs. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { RecordKind } from "../model/record.ts";

export interface JournalFunctions {
  /** Figures of any name beside the problems; problems name file and byte offset. */
  verifyJournal(dir: string): VerifyReport | Promise<VerifyReport>;
  /** Each record as one JSON text, in order. */
  dumpJournal(dir: string, options: DumpOptions, onLine: (line: string) => void): void | Promise<void>;
  readonly recordKinds: readonly string[];
}

export type VerifyReport = { readonly problems: readonly Problem[] } & Readonly<Record<string, unknown>>;

export interface DumpOptions {
  readonly from: number;
  readonly to?: number;
  /** Names of record kinds; all when not given. */
  readonly kinds?: readonly string[];
}

/** The join: `journal/verify.ts` and `journal/dump.ts` are loaded here when the verb runs. */
export async function journalFunctions(): Promise<JournalFunctions> {
  const missing = () => {
    throw new ProblemError(problem(Code.NotReady, "this build has no journal files yet", {}, ""));
  };
  return { verifyJournal: missing, dumpJournal: missing, recordKinds: recordKinds() };
}

export function recordKinds(): readonly string[] {
  return Object.values(RecordKind).filter((name): name is string => typeof name === "string");
}
