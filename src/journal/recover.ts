/** Recovery. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { decodeRecord } from "../model/codec.ts";
import { TradingRecord } from "../model/record.ts";
import { BATCH_HEADER, BATCH_MAGIC, PAGE } from "./format.ts";

export interface Recovered {
  lastRecord: number;
  epoch: number;
  segment: number;
  batch: number;
}

export function recoverJournal(dir: string, _limits: Limits, onRecord: (record: TradingRecord) => void): Recovered {
  mkdirSync(dir, { recursive: true });
  const out: Recovered = { lastRecord: 0, epoch: 0, segment: 0, batch: 0 };
  const record = new TradingRecord();
  for (const name of readdirSync(dir)
    .filter((n) => n.endsWith(".seg"))
    .sort()) {
    const bytes = readFileSync(join(dir, name));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    out.segment = view.getUint32(8, true);
    out.epoch = view.getUint32(4, true);
    let at = PAGE;
    while (at + BATCH_HEADER <= bytes.length && view.getUint32(at, true) === BATCH_MAGIC) {
      const length = view.getUint32(at + 8, true);
      if (at + length > bytes.length) break;
      if (Bun.hash.crc32(bytes.subarray(at + 8, at + length)) !== view.getUint32(at + 4, true)) break;
      let p = at + BATCH_HEADER;
      while (p < at + length) {
        const code = decodeRecord(record, bytes, view, p, at + length - p);
        if (code !== Code.Ok) throw new ProblemError(problem(Code.JournalDamaged, `${name} at ${p}`));
        p += view.getUint16(p, true);
        if (record.record !== out.lastRecord + 1)
          throw new ProblemError(problem(Code.JournalDamaged, `${name} at ${p}: record ${record.record}`));
        out.lastRecord = record.record;
        onRecord(record);
      }
      out.batch++;
      at += Math.ceil(length / PAGE) * PAGE;
    }
  }
  return out;
}
void existsSync;
