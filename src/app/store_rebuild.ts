/** Makes the history anew from the journal: empties what comes from it, and projects every record again. */

import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import { RecordCursor } from "../journal/record_cursor.ts";
import type { Store } from "../store/store.ts";
import { Projector } from "./projector.ts";

export interface RebuildOptions {
  readonly store: Store;
  readonly journalDir: string;
  readonly limits: Limits;
  readonly node: number;
  readonly source: string;
  readonly nowMs: () => number;
  readonly nowUs: () => number;
  readonly onProgress: (record: number, last: number) => void;
  readonly onProblem: (found: Problem) => void;
}

export interface Rebuilt {
  readonly records: number;
  readonly rows: number;
  readonly seconds: number;
}

/** Nobody else may write the journal or the store meanwhile. A crash in between leaves a store that goes on by itself. */
export async function rebuildStore(options: RebuildOptions): Promise<Rebuilt> {
  const { store, journalDir, nowMs, nowUs, onProgress } = options;
  const begunMs = nowMs();
  await store.prepare(nowUs());
  const last = new RecordCursor(journalDir).lastRecord();
  await store.clear();
  const projector = new Projector(options);
  for (let record = 0; record < last; ) {
    const waitMs = await projector.step(last);
    const { figures } = projector;
    record = figures.record;
    onProgress(record, last);
    if (record < last && waitMs > 0) await Bun.sleep(waitMs);
  }
  return { records: last, rows: projector.figures.rows, seconds: (nowMs() - begunMs) / 1_000 };
}
