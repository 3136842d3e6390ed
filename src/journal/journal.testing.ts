/** What the tests of the journal share: small limits, numbered records, a writer that is fed by hand. */

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import type { Prng } from "../core/prng.ts";
import { encodeRecord } from "../model/codec.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { BATCH_HEADER_BYTES } from "./format.ts";
import type { JournalFs } from "./journal_fs.ts";
import { type Recovered, recoverJournal } from "./recover.ts";
import { JournalWriter } from "./writer.ts";

/** 128 KiB segments of 4 KiB pages, so that a test meets many rolls. */
export const SMALL: Limits = { ...DEFAULT_LIMITS, segmentBytes: 128 << 10, batchBytesMax: 32 << 10 };

export function tempDir(): string {
  return mkdtempSync(join(process.env["TMPDIR"] ?? "/tmp", "meltica-journal-"));
}

/** The text that record `number` must carry. */
export function textOf(number: number): string {
  return `why ${number} `.repeat(number % 13);
}

export function fillRecord(record: TradingRecord, number: number): TradingRecord {
  record.reset(RecordKind.OrderIntent).record = number;
  record.order = number >>> 0;
  record.price = number * 3;
  record.text = textOf(number);
  return record;
}

/** True when the record is the one that `fillRecord` made. */
export function isRight(record: Readonly<TradingRecord>, number: number): boolean {
  return record.record === number && record.price === number * 3 && record.text === textOf(number);
}

/** Puts `count` records behind the writer's last one and commits them as one batch. */
export function writeBatch(writer: JournalWriter, count: number): boolean {
  const view = new DataView(writer.buffer.buffer);
  const record = new TradingRecord();
  let end = BATCH_HEADER_BYTES;
  for (let n = 1; n <= count; n++) {
    end += encodeRecord(fillRecord(record, writer.lastRecord + n), writer.buffer, view, end);
  }
  return writer.commit(end);
}

/** Recovers and checks that every record is the right one; answers what recovery answered. */
export function recoverChecked(fs: JournalFs, dir = "/journal"): Recovered {
  let next = 1;
  const recovered = recoverJournal(
    dir,
    (record) => {
      if (!isRight(record, next)) throw new Error(`record ${next} came back as ${record.record}`);
      next++;
    },
    fs,
  );
  if (recovered.lastRecord !== next - 1) throw new Error(`${next - 1} records, and ${recovered.lastRecord} said`);
  return recovered;
}

export function openWriter(fs: JournalFs, limits: Limits = SMALL, dir = "/journal"): JournalWriter {
  return new JournalWriter(dir, limits, recoverChecked(fs, dir), fs);
}

/** Batches of random sizes, one to `recordsMax` records each. */
export function writeSome(writer: JournalWriter, prng: Prng, batches: number, recordsMax = 40): void {
  for (let n = 0; n < batches; n++) {
    if (!writeBatch(writer, 1 + prng.nextBelow(recordsMax))) throw new Error("the disk is full");
  }
}
