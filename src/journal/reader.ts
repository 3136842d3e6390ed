/** Reads records from the files while the writer writes them: for replicas that the ring has lapped. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError } from "../core/problem.ts";
import { TradingRecord } from "../model/record.ts";
import { eachRecord, joinBatch } from "./batch.ts";
import { type JournalTail, type SegmentHeader, tailBehind } from "./format.ts";
import { type JournalFs, realFs } from "./journal_fs.ts";
import { damageAt } from "./scan.ts";
import { listSegments, SegmentBytes } from "./segment.ts";

/**
 * Hands the records from `fromRecord` on to `onRecord`, in order, in one object, and answers the number of the last
 * one (`fromRecord - 1` = none). With `durableRecord` it stops there, and throws JournalDamaged when a durable one
 * cannot be read; without, it reads to the end of what is whole. Batches are checked by CRC, number and chain.
 */
export function readRecords(
  dir: string,
  fromRecord: number,
  onRecord: (record: Readonly<TradingRecord>) => void,
  durableRecord = Number.POSITIVE_INFINITY,
  fs: JournalFs = realFs(),
): number {
  assert(durableRecord >= 0, Code.ValueOutOfRange);
  assert(Number.isSafeInteger(fromRecord) && fromRecord > 0, Code.ValueOutOfRange);
  return new CatchUp(fs, dir, fromRecord, durableRecord, onRecord).run();
}

class CatchUp {
  readonly #segment: SegmentBytes;
  readonly #record = new TradingRecord();

  constructor(
    readonly fs: JournalFs,
    readonly dir: string,
    readonly from: number,
    readonly durable: number,
    readonly onRecord: (record: Readonly<TradingRecord>) => void,
  ) {
    this.#segment = new SegmentBytes(fs);
  }

  run(): number {
    let number = this.#firstSegment();
    if (number === 0) return this.#finish(0, "the journal has no segment", 0);
    let tail = this.#enter(number);
    for (;;) {
      const misfit = this.#readBatches(tail);
      if (misfit === undefined || tail.lastRecord >= this.durable) break;
      // The next name exists only when this segment is complete: looked for first, read again then.
      const hasNext = listSegments(this.fs, this.dir).includes(number + 1);
      this.#segment.reload(tail.usedBytes);
      const again = this.#readBatches(tail);
      if (!hasNext) return this.#finish(tail.lastRecord, again ?? misfit, tail.usedBytes);
      const { file } = this.#segment;
      const next = this.#enter(++number);
      if (next.lastRecord !== tail.lastRecord) throw this.#damage(tail.usedBytes, again ?? misfit, file);
      tail = next;
    }
    return this.#answer(tail.lastRecord);
  }

  /** The last one that begins at or before the wanted record; 0 = there is none. */
  #firstSegment(): number {
    for (const number of listSegments(this.fs, this.dir).reverse()) {
      const header = this.#whole(this.#segment.loadHeader(this.dir, number));
      if (header.firstRecord <= this.from) return number;
    }
    return 0;
  }

  #enter(number: number): JournalTail {
    return tailBehind(this.#whole(this.#segment.load(this.dir, number)));
  }

  /** Hands out batches up to the durable record; answers what ended it, undefined when that was the durable record. */
  #readBatches(tail: JournalTail): string | undefined {
    while (tail.usedBytes < this.#segment.size) {
      if (tail.lastRecord >= this.durable) return undefined;
      const at = tail.usedBytes;
      const misfit = joinBatch(this.#segment, at, tail);
      if (misfit !== undefined) return misfit;
      assert(tail.usedBytes > at, Code.InvariantBroken);
      if (tail.lastRecord < this.from) continue;
      eachRecord(this.#segment, at, this.#record, (record) => {
        if (record.record >= this.from && record.record <= this.durable) this.onRecord(record);
      });
    }
    return "the end of the file";
  }

  #finish(last: number, misfit: string, at: number): number {
    if (Number.isFinite(this.durable) && last < this.durable) throw this.#damage(at, misfit);
    return this.#answer(last);
  }

  /** Batches may end behind the durable record that the caller knows. */
  #answer(last: number): number {
    return Math.max(Math.min(last, this.durable), this.from - 1);
  }

  #whole(header: SegmentHeader | string): SegmentHeader {
    if (typeof header === "string") throw this.#damage(0, header);
    return header;
  }

  #damage(at: number, detail: string, file = this.#segment.file): ProblemError {
    return new ProblemError(damageAt(file === "" ? this.dir : file, at, detail));
  }
}
