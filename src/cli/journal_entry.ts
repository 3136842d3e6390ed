/** Where the verb `journal` meets the journal room: what it needs, in the shapes that it needs. */

import type { Problem } from "../core/problem.ts";

export interface JournalFunctions {
  /** Figures beside the problems; problems name file and byte offset. Throws ProblemError when a file cannot be read. */
  verifyJournal(
    dir: string,
    fs?: undefined,
    onVerified?: (done: number, total: number) => void,
  ): { readonly problems: readonly Problem[] };
  /** Each record in order, with the name of its kind. Throws ProblemError at damage. */
  dumpJournal(dir: string, onObject: (record: DumpedRecord) => void, range: DumpRange): void;
}

export type DumpedRecord = Readonly<Record<string, string | number>>;

/** Both ends included. */
export interface DumpRange {
  readonly fromRecord?: number;
  readonly toRecord?: number;
}

/** The join: `journal/verify.ts` and `journal/dump.ts` are loaded here, when the verb runs. */
export async function journalFunctions(): Promise<JournalFunctions> {
  const [{ verifyJournal }, { dumpJournal }] = await Promise.all([
    import("../journal/verify.ts"),
    import("../journal/dump.ts"),
  ]);
  return { verifyJournal, dumpJournal };
}
