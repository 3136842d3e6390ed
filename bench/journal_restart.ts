/** Milliseconds from a journal's files to D and all that control remembers: a snapshot and the rest, against all of it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JournalImage, restoreImage } from "../src/app/journal_image.ts";
import { takeSnapshot } from "../src/app/take_snapshot.ts";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { recoverJournal } from "../src/journal/recover.ts";
import type { Measured, MeasuredBench } from "./bench.ts";
import { writeLoad } from "./journal_load.ts";

const RECORDS = 300_000;
const QUICK_RECORDS = 60_000;
/** The snapshot stands before the last tenth. */
const TAIL = 0.1;
const RUNS = 5;

const bench: MeasuredBench = {
  name: "journal.recover_snapshot",
  unit: "us",
  baseline: "the same journal without a snapshot",
  async measure(quick: boolean): Promise<Measured> {
    const records = quick ? QUICK_RECORDS : RECORDS;
    const root = mkdtempSync(join(tmpdir(), "meltica-bench-"));
    const dir = join(root, "journal");
    try {
      let snapshotUs = 0;
      const onDurable = (durableRecord: number) => {
        if (snapshotUs > 0 || durableRecord < records * (1 - TAIL)) return;
        const begunUs = performance.now() * 1_000;
        const retention = { archiveDays: 0, archiveMiB: 0 };
        takeSnapshot({ journalDir: dir, limits: DEFAULT_LIMITS, version: "bench", durableRecord, retention, nowUs: 0 });
        snapshotUs = performance.now() * 1_000 - begunUs;
      };
      const { hash } = writeLoad(dir, records, onDurable);
      const ours: number[] = [];
      const whole: number[] = [];
      for (let run = 0; run < (quick ? 1 : RUNS); run++) {
        ours.push(startUs(dir, () => restoreImage(dir, DEFAULT_LIMITS), hash));
        whole.push(startUs(dir, () => new JournalImage(DEFAULT_LIMITS), hash));
      }
      const figures = { records, snapshotUs: Math.round(snapshotUs) };
      return { value: median(ours), baselineValue: median(whole), figures };
    } finally {
      rmSync(root, { recursive: true });
    }
  },
};

function startUs(dir: string, begin: () => JournalImage, hash: string): number {
  const begunMs = performance.now();
  const image = begin();
  recoverJournal(
    dir,
    (record) => void (record.record > image.record && image.take(record)),
    undefined,
    image.record + 1,
  );
  if (image.hash() !== hash) throw new Error("another state");
  return (performance.now() - begunMs) * 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

export default bench;
