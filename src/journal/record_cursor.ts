/** Reads the journal's files from any record on, in portions, and keeps its place: for followers that wait in between. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { TradingRecord } from "../model/record.ts";
import { eachRecord, joinBatch } from "./batch.ts";
import { freshTail, type JournalTail, type SegmentHeader, tailBehind } from "./format.ts";
import { type JournalFs, realFs } from "./journal_fs.ts";
import { damageAt } from "./scan.ts";
import { listSegments, SegmentBytes } from "./segment.ts";

export class RecordCursor {
  readonly #segment: SegmentBytes;
  readonly #record = new TradingRecord();
  /** Segment that is in the buffer; 0 = none. */
  #number = 0;
  /** Behind the last batch that was taken. */
  #tail: JournalTail = freshTail();

  constructor(
    readonly dir: string,
    readonly fs: JournalFs = realFs(),
  ) {
    this.#segment = new SegmentBytes(fs);
  }

  /** First record that the files and archives still have; 0 = there is none. */
  firstRecord(): number {
    const [first] = listSegments(this.fs, this.dir);
    return first === undefined ? 0 : this.#whole(this.#segment.loadHeader(this.dir, first)).firstRecord;
  }

  /** Last record that stands in whole batches; 0 = there is none. Of a journal that nobody writes it is the last durable one. */
  lastRecord(): number {
    const number = listSegments(this.fs, this.dir).at(-1);
    if (number === undefined) return 0;
    this.#enter(number);
    for (let tail = this.#join(this.#tail.usedBytes); typeof tail !== "string"; tail = this.#join(tail.usedBytes)) {
      this.#tail = tail;
    }
    return this.#tail.lastRecord;
  }

  /**
   * Hands the records from `from` on to `onRecord`, in order, in one object: whole batches until there are `count` of
   * them or none is left whose records are all durable. Answers the last one (`from - 1` = none). Throws ProblemError:
   * JournalDamaged, or JournalDropped when retention has dropped `from`.
   */
  read(
    from: number,
    durableRecord: number,
    count: number,
    onRecord: (record: Readonly<TradingRecord>) => void,
  ): number {
    assert(Number.isSafeInteger(from) && from > 0 && count > 0, Code.ValueOutOfRange);
    if (durableRecord < from) return from - 1;
    if (this.#number === 0 || this.#tail.lastRecord !== from - 1) this.#seek(from);
    let last = from - 1;
    const take = (record: Readonly<TradingRecord>) => {
      if (record.record < from) return;
      assert(record.record === last + 1, Code.RecordOrderBroken);
      onRecord(record);
      last = record.record;
    };
    while (this.#tail.lastRecord < durableRecord && last - from + 1 < count) {
      if (!this.#batch(durableRecord, take)) break;
    }
    return last;
  }

  /** Takes the next batch, or goes on to the next segment. False: the batch is not all durable yet. */
  #batch(durableRecord: number, take: (record: Readonly<TradingRecord>) => void): boolean {
    const at = this.#tail.usedBytes;
    let joined = this.#join(at);
    if (typeof joined === "string") {
      // The next name exists only when this segment is complete: looked for first, read again then.
      const next = this.#number + 1;
      const hasNext = listSegments(this.fs, this.dir).includes(next);
      this.#segment.reload(at);
      joined = this.#join(at);
      if (typeof joined === "string") return this.#goOn(hasNext, joined);
    }
    if (joined.lastRecord > durableRecord) return false;
    this.#tail = joined;
    eachRecord(this.#segment, at, this.#record, take);
    return true;
  }

  #goOn(hasNext: boolean, misfit: string): true {
    const { lastRecord, usedBytes } = this.#tail;
    if (!hasNext) throw this.#damage(usedBytes, misfit);
    const { file } = this.#segment;
    this.#enter(this.#number + 1);
    if (this.#tail.lastRecord !== lastRecord) throw this.#damage(usedBytes, misfit, file);
    return true;
  }

  /** The tail with the batch at `at`, or why there is none. */
  #join(at: number): JournalTail | string {
    if (at >= this.#segment.size) return "the end of the file";
    const tail = { ...this.#tail };
    return joinBatch(this.#segment, at, tail) ?? tail;
  }

  #seek(from: number): void {
    for (const number of listSegments(this.fs, this.dir).reverse()) {
      const header = this.#whole(this.#segment.loadHeader(this.dir, number));
      if (header.firstRecord > from) continue;
      this.#enter(number);
      return;
    }
    this.#number = 0;
    const first = this.firstRecord();
    throw new ProblemError(
      problem(Code.JournalDropped, `record ${from} is asked for, the journal begins at ${first}`, { file: this.dir }),
    );
  }

  #enter(number: number): void {
    this.#tail = tailBehind(this.#whole(this.#segment.load(this.dir, number)));
    this.#number = number;
  }

  #whole(header: SegmentHeader | string): SegmentHeader {
    if (typeof header === "string") throw this.#damage(0, header);
    return header;
  }

  #damage(at: number, detail: string, file = this.#segment.file): ProblemError {
    this.#number = 0;
    return new ProblemError(damageAt(file === "" ? this.dir : file, at, detail));
  }
}
