/** Stores that were filled while a journal grew, and the same made anew from it: equal, row by row, on any database. */

import { join } from "node:path";
import { RandomSession } from "../../src/app/journal_image.testing.ts";
import { NODE, projectorOf, writeJournal } from "../../src/app/projector.testing.ts";
import { rebuildStore } from "../../src/app/store_rebuild.ts";
import { takeSnapshot } from "../../src/app/take_snapshot.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits.ts";
import { Prng } from "../../src/core/prng.ts";
import type { AnyRow } from "../../src/store/columns.ts";
import type { Store } from "../../src/store/store.ts";
import { TABLE_NAMES, type TableName, tableOf } from "../../src/store/tables.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, ordersMax: 512, fillsMax: 2_048, instrumentsMax: 8, accountsMax: 4 };
const BATCH_RECORDS_MAX = 6_000;
const PAGE = 5_000;
const RETENTION = { archiveDays: 36_500, archiveMiB: 1_000_000 };

export interface RebuildShow {
  /** A folder that nobody else uses. */
  readonly dir: string;
  readonly records: number;
  /** Records of the journal between a restart of every projector and a snapshot. */
  readonly portion: number;
  readonly seed: number;
  /** Empty ones, prepared by nobody yet. The first is the measure of all. */
  readonly filled: readonly Store[];
  /** Makes one of the filled stores anew; answers the store to compare. The first of `filled` must stay as it is. */
  readonly rebuilt: readonly Store[];
  readonly say: (line: string) => void;
}

/** Rows that were compared, all equal; throws with the first two that differ. */
export async function showRebuild(show: RebuildShow): Promise<number> {
  const { dir, records, filled, rebuilt, say } = show;
  await grow(show);
  const [measure, ...others] = filled as [Store, ...Store[]];
  let rows = 0;
  for (const other of others) rows += await compareStores(measure, other, say);
  for (const store of rebuilt) {
    const made = await rebuildStore({
      ...{ store, journalDir: join(dir, "journal"), limits: LIMITS, node: NODE, source: "test" },
      ...{ nowMs: () => performance.now(), nowUs: () => 1, onProgress: () => {}, onProblem: () => {} },
    });
    if (made.records !== records) throw new Error(`${made.records} of ${records} records were rebuilt`);
    const perSecond = Math.round(made.records / made.seconds);
    say(`${store.dialect}: ${made.records} records rebuilt in ${made.seconds.toFixed(1)} s, ${perSecond}/s`);
    rows += await compareStores(measure, store, say);
  }
  return rows;
}

/** Each portion is followed by every store in batches of its own, by a new projector: from the newest snapshot, or from nothing. */
async function grow({ dir, records, portion, seed, filled, say }: RebuildShow): Promise<void> {
  const journalDir = join(dir, "journal");
  const chance = new Prng(seed);
  const session = new RandomSession(LIMITS, new Prng(seed));
  const spentMs = filled.map(() => 0);
  for (let done = 0; done < records; ) {
    const until = Math.min(records, done + portion);
    while (session.records.length < until - done) session.step();
    writeJournal(journalDir, session.records.splice(0, until - done), chance, 200, LIMITS);
    done = until;
    for (const [n, store] of filled.entries()) {
      const projector = projectorOf(store, dir, {
        limits: LIMITS,
        batchRecords: 1 + chance.nextBelow(BATCH_RECORDS_MAX),
      });
      const sinceMs = performance.now();
      while (projector.figures.record < done) {
        const waitMs = await projector.step(done);
        if (projector.problem !== undefined) throw new Error(projector.problem.detail);
        if (waitMs > 0 && projector.figures.record < done) await Bun.sleep(waitMs);
      }
      spentMs[n] = (spentMs[n] as number) + performance.now() - sinceMs;
    }
    if (chance.nextBelow(2) === 0) {
      takeSnapshot({
        ...{ journalDir, limits: LIMITS, version: "t", durableRecord: done, nowUs: 1 },
        retention: RETENTION,
      });
    }
  }
  for (const [n, { dialect }] of filled.entries()) {
    const seconds = (spentMs[n] as number) / 1_000;
    say(`${dialect}: ${records} records projected as they came in ${seconds.toFixed(1)} s, restarts included`);
  }
}

/** Row by row, all tables; throws with the first row that differs. */
export async function compareStores(
  measure: Store,
  other: Store,
  say: (line: string) => void = () => {},
): Promise<number> {
  let rows = 0;
  for (const table of TABLE_NAMES) if (table !== "cursors") rows += await compareTable(table, measure, other);
  say(`${measure.dialect} as it grew = ${other.dialect}: ${rows} rows of ${TABLE_NAMES.length - 1} tables`);
  return rows;
}

async function compareTable(name: TableName, measure: Store, other: Store): Promise<number> {
  const { key } = tableOf(name);
  let after: AnyRow | undefined;
  for (let rows = 0; ; ) {
    const [want, found] = await Promise.all([measure, other].map((store) => store.scan(name, PAGE, after as never)));
    const length = Math.max(want?.length ?? 0, found?.length ?? 0);
    for (let at = 0; at < length; at++, rows++) {
      const [a, b] = [want?.[at] as AnyRow | undefined, found?.[at] as AnyRow | undefined];
      if (Bun.deepEquals(a, b, true)) continue;
      throw new Error(`${name}, row ${rows}: ${JSON.stringify(a)} is ${JSON.stringify(b)} in ${other.dialect}`);
    }
    const last = want?.at(-1) as AnyRow | undefined;
    if (length < PAGE || last === undefined) return rows;
    after = Object.fromEntries(key.map((column) => [column, last[column] ?? null]));
  }
}
