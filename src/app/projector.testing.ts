/** What the tests of the projector share: a journal of real files, a store to look into, and the loop that drives it. */

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { archiveDir } from "../journal/archive.ts";
import { writeFloor } from "../journal/floor.ts";
import { BATCH_HEADER_BYTES, tailBefore } from "../journal/format.ts";
import { realFs } from "../journal/journal_fs.ts";
import { recoverJournal } from "../journal/recover.ts";
import { listSegmentFiles, SegmentBytes, segmentPath } from "../journal/segment.ts";
import { JournalWriter } from "../journal/writer.ts";
import { encodeRecord } from "../model/codec.ts";
import type { TradingRecord } from "../model/record.ts";
import type { AnyRow } from "../store/columns.ts";
import { SqliteStore } from "../store/sqlite_store.ts";
import type { Store } from "../store/store.ts";
import { TABLE_NAMES, tableOf } from "../store/tables.ts";
import { RandomSession } from "./journal_image.testing.ts";
import { Projector, type ProjectorOptions } from "./projector.ts";

export const NODE = 7;
export const SMALL: Limits = {
  ...DEFAULT_LIMITS,
  ...{ ordersMax: 96, fillsMax: 256, instrumentsMax: 8, accountsMax: 4 },
  ...{ segmentBytes: 128 << 10, batchBytesMax: 32 << 10 },
};

export function tempDir(): string {
  return mkdtempSync(join(process.env["TMPDIR"] ?? "/tmp", "meltica-projector-"));
}

export function randomSession(seed: number, steps: number, limits = SMALL): RandomSession {
  const session = new RandomSession(limits, new Prng(seed));
  for (let n = 0; n < steps; n++) session.step();
  return session;
}

export interface JournaledSession {
  readonly dir: string;
  readonly journalDir: string;
  readonly records: readonly TradingRecord[];
  readonly image: RandomSession["image"];
  /** The one that cut the batches. */
  readonly chance: Prng;
}

/** A random session in a directory of its own, its journal written. */
export function journaled(seed: number, steps: number, limits = SMALL, batchMax = 20): JournaledSession {
  const dir = tempDir();
  const journalDir = join(dir, "journal");
  const { records, image } = randomSession(seed, steps, limits);
  const chance = new Prng(seed);
  writeJournal(journalDir, records, chance, batchMax);
  return { dir, journalDir, records, image, chance };
}

/** Appends records to the journal in batches of up to `batchMax`, as a writer of a new epoch. */
export function writeJournal(
  dir: string,
  records: readonly TradingRecord[],
  chance: Prng,
  batchMax: number,
  limits = SMALL,
): void {
  const writer = new JournalWriter(
    dir,
    limits,
    recoverJournal(dir, () => {}),
    realFs(),
  );
  const view = new DataView(writer.buffer.buffer);
  for (let at = 0; at < records.length; ) {
    let end = BATCH_HEADER_BYTES;
    const until = Math.min(records.length, at + 1 + chance.nextBelow(batchMax));
    for (; at < until; at++) end += encodeRecord(records[at] as TradingRecord, writer.buffer, view, end);
    if (!writer.commit(end)) throw new Error("the disk is full");
  }
  writer.close();
}

export function sqlite(dir: string, busyTimeoutMs = 50): SqliteStore {
  return new SqliteStore({ file: join(dir, "store.sqlite"), busyTimeoutMs });
}

export function projectorOf(store: Store, dir: string, more: Partial<ProjectorOptions> = {}): Projector {
  return new Projector({
    journalDir: join(dir, "journal"),
    limits: SMALL,
    node: NODE,
    store,
    source: "test",
    nowMs: () => performance.now(),
    nowUs: () => 1_700_000_000_000_000,
    onProblem: () => {},
    ...more,
  });
}

/** Until the store has the record. */
export async function follow(projector: Projector, record: number): Promise<void> {
  for (;;) {
    const waitMs = await projector.step(record);
    if (projector.figures.record >= record) return;
    if (waitMs > 0) await Bun.sleep(waitMs);
  }
}

/** Every row of every table but the cursors, by key. */
export async function dumpStore(store: Store): Promise<Record<string, AnyRow[]>> {
  const dump: Record<string, AnyRow[]> = {};
  for (const name of TABLE_NAMES) {
    if (name === "cursors") continue;
    const rows: AnyRow[] = [];
    for (;;) {
      const end = rows.at(-1);
      const after = end && Object.fromEntries(tableOf(name).key.map((column) => [column, end[column] ?? null]));
      const page = (await store.scan(name, 500, after as never)) as readonly AnyRow[];
      rows.push(...page);
      if (page.length < 500) break;
    }
    dump[name] = rows;
  }
  return dump;
}

/** Drops the segments that hold nothing from `record` on, as retention does with archives: the floor first. */
export function dropBefore(journalDir: string, record: number): void {
  const fs = realFs();
  const numbers = listSegmentFiles(fs, journalDir);
  const headerOf = (number: number) => {
    const header = new SegmentBytes(fs).loadHeader(journalDir, number);
    if (typeof header === "string") throw new Error(header);
    return header;
  };
  const kept = numbers.findLast((number) => headerOf(number).firstRecord <= record) as number;
  fs.makeDir(archiveDir(journalDir));
  writeFloor(fs, journalDir, tailBefore(headerOf(kept)));
  for (const number of numbers) if (number < kept) fs.remove(segmentPath(journalDir, number));
}
