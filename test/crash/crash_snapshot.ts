/** The tenth point: a death while a snapshot is taken. Left out, and said so, where the gateway takes none yet. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Limits } from "../../src/core/limits.ts";
import type { JournalFs } from "../../src/journal/journal_fs.ts";
import { recoverJournal } from "../../src/journal/recover.ts";
import type { TradingRecord } from "../../src/model/record.ts";

export interface SnapshotHook {
  take(fs: JournalFs, journalDir: string, limits: Limits, durableRecord: number, nowUs: number): void;
  /** D from the newest snapshot that can be believed and the records behind it. */
  hash(fs: JournalFs, journalDir: string, limits: Limits): string;
}

interface Image {
  readonly record: number;
  readonly state: { hash(): string };
  take(record: Readonly<TradingRecord>): void;
}

interface Parts {
  takeSnapshot(job: object, fs: JournalFs): unknown;
  restoreImage(journalDir: string, limits: Limits, options: object): Image;
}

const APP = join(import.meta.dir, "../../src/app");

export async function snapshotHook(): Promise<SnapshotHook | undefined> {
  const files = ["take_snapshot.ts", "journal_image.ts"].map((name) => join(APP, name));
  if (!files.every(existsSync)) return undefined;
  const [taking, image] = (await Promise.all(files.map((file) => import(file)))) as [Parts, Parts];
  return {
    take: (fs, journalDir, limits, durableRecord, nowUs) => {
      // Everything is kept: the whole journal judges what a snapshot gives.
      const retention = { archiveDays: 10_000, archiveMiB: 1_000_000 };
      taking.takeSnapshot({ journalDir, limits, version: "crash", durableRecord, retention, nowUs }, fs);
    },
    hash: (fs, journalDir, limits) => {
      const found = image.restoreImage(journalDir, limits, { fs });
      const from = found.record + 1;
      const take = (record: Readonly<TradingRecord>) => {
        if (record.record > found.record) found.take(record);
      };
      (recoverJournal as unknown as (...words: unknown[]) => void)(journalDir, take, fs, from);
      return found.state.hash();
    },
  };
}
