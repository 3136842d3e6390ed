/** Records a second that recovery reads, checks and decodes, against JSON lines of the same fields with a CRC each. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { BATCH_HEADER_BYTES, freshTail } from "../src/journal/format.ts";
import { recoverJournal } from "../src/journal/recover.ts";
import { JournalWriter } from "../src/journal/writer.ts";
import { encodeRecord } from "../src/model/codec.ts";
import { RecordKind, TradingRecord } from "../src/model/record.ts";
import type { Bench, PreparedBench } from "./bench.ts";

const OPS = 200_000;
const BASELINE_OPS = 20_000;
const BATCH_RECORDS = 500;

const bench: Bench = {
  name: "journal.recover",
  unit: "events/s",
  baseline: "JSON lines with a CRC each",
  allocationFree: false,
  prepare(): PreparedBench {
    const dir = mkdtempSync(join(tmpdir(), "meltica-bench-"));
    writeJournal(join(dir, "journal"));
    const lines = join(dir, "lines");
    writeFileSync(lines, Array.from({ length: BASELINE_OPS }, (_, n) => line(n + 1)).join(""));
    return {
      ops: OPS,
      run() {
        let sum = 0;
        recoverJournal(join(dir, "journal"), (record) => {
          sum += record.order;
        });
        if (sum !== (OPS * (OPS + 1)) / 2) throw new Error("records are missing");
      },
      baselineOps: BASELINE_OPS,
      baselineRun() {
        let sum = 0;
        for (const text of readFileSync(lines, "utf8").split("\n")) {
          if (text === "") continue;
          if (Bun.hash.crc32(text.slice(9)) !== Number.parseInt(text.slice(0, 8), 16)) throw new Error("CRC");
          sum += (JSON.parse(text.slice(9)) as TradingRecord).order;
        }
        if (sum !== (BASELINE_OPS * (BASELINE_OPS + 1)) / 2) throw new Error("records are missing");
      },
      dispose: () => rmSync(dir, { recursive: true }),
    };
  },
};

function writeJournal(dir: string): void {
  const writer = new JournalWriter(dir, DEFAULT_LIMITS, { ...freshTail(), tornBytes: 0 });
  const view = new DataView(writer.buffer.buffer);
  for (let number = 1; number <= OPS; ) {
    let end = BATCH_HEADER_BYTES;
    for (let n = 0; n < BATCH_RECORDS; n++) end += encodeRecord(make(number++), writer.buffer, view, end);
    writer.commit(end);
  }
  writer.close();
}

/** Half of the records carry a text, as intents do. */
function make(number: number): TradingRecord {
  const record = new TradingRecord().reset(RecordKind.OrderIntent);
  record.record = number;
  record.order = number;
  if (number % 2 === 0) record.text = "cross up";
  return record;
}

function line(number: number): string {
  const json = JSON.stringify(make(number));
  return `${Bun.hash.crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

export default bench;
