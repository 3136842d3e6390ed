/** Hands durable records to one sink, in order, each at least once: the cursor follows what the sink has taken. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { recordObject } from "../journal/dump.ts";
import { RecordCursor } from "../journal/record_cursor.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";

const BATCH_RECORDS = 500;
/** Text of one batch, some. A record has four kilobytes at most. */
const BATCH_UNITS = 512_000;
const IDLE_MS = 100;
const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 60_000;
/** So many failures in a row are told; a sink that stays away is told again once an hour. */
const FAILURES_TOLD = 5;
const TELL_AGAIN_MS = 3_600_000;

/** Records `from` to `to`; those of kinds that are not wanted are left out. */
export interface OutboxBatch {
  /** Its name: records of another have the same numbers. */
  readonly journal: string;
  /** Last durable record of the journal. */
  readonly durable: number;
  readonly from: number;
  readonly to: number;
  /** Numbers of the records, and each as JSON without a line end. */
  readonly records: readonly number[];
  readonly lines: readonly string[];
}

export interface Sink {
  /** Resolves when the batch is with the receiver for good. The same batch, or its end, may come again. */
  deliver(batch: OutboxBatch): Promise<void>;
  close(): void;
}

/** Where cursors are kept: the store is one. */
export interface Cursors {
  cursor(name: string): Promise<number>;
  moveCursor(name: string, record: number): Promise<void>;
}

export interface OutboxOptions {
  readonly name: string;
  readonly sink: Sink;
  readonly journalDir: string;
  /** Name of the journal: each has a cursor of its own. */
  readonly source: string;
  readonly cursors: Cursors;
  /** Names of record kinds; none: all. */
  readonly kinds: readonly string[];
  readonly nowMs: () => number;
  readonly onProblem: (found: Problem) => void;
  readonly batchRecords?: number;
}

export interface OutboxFigures {
  readonly name: string;
  /** Last record that the sink has taken. */
  readonly record: number;
  readonly delivered: number;
  readonly failures: number;
  /** Why it stands still; "" while it does not. */
  readonly problem: string;
}

export class Outbox {
  readonly #files: RecordCursor;
  readonly #kinds: ReadonlySet<string>;
  readonly #empty = new TradingRecord();
  #batch: OutboxBatch | undefined;
  /** -1: not looked up yet. */
  #record = -1;
  /** As the cursor says; behind `#record` while it cannot be moved. */
  #kept = -1;
  #delivered = 0;
  #failures = 0;
  #failuresInRow = 0;
  #notBeforeMs = 0;
  #toldMs = Number.NEGATIVE_INFINITY;
  #problem = "";

  constructor(readonly options: OutboxOptions) {
    this.#files = new RecordCursor(options.journalDir);
    this.#kinds = new Set(options.kinds);
  }

  get figures(): OutboxFigures {
    const { name } = this.options;
    const record = Math.max(0, this.#record);
    return { name, record, delivered: this.#delivered, failures: this.#failures, problem: this.#problem };
  }

  /** One batch at most. Answers how long to wait before the next call, in ms; 0 = there is more. Never throws. */
  async step(durableRecord: number): Promise<number> {
    const { nowMs, cursors, sink } = this.options;
    const name = cursorName(this.options.name, this.options.source);
    const waitMs = this.#notBeforeMs - nowMs();
    if (waitMs > 0) return waitMs;
    try {
      if (this.#record < 0) this.#begin(await cursors.cursor(name), durableRecord);
      this.#batch ??= this.#readOn(durableRecord);
      if (this.#batch !== undefined) {
        if (this.#batch.lines.length > 0) await sink.deliver(this.#batch);
        this.#record = this.#batch.to;
        this.#delivered += this.#batch.lines.length;
        this.#batch = undefined;
      }
      if (this.#kept !== this.#record) {
        await cursors.moveCursor(name, this.#record);
        this.#kept = this.#record;
      }
    } catch (error) {
      return this.#onFailure(error);
    }
    this.#failuresInRow = 0;
    this.#problem = "";
    return this.#record < durableRecord ? 0 : IDLE_MS;
  }

  close(): void {
    this.options.sink.close();
  }

  /** Beyond the journal: that was put back from a copy, and its next records are others than those of then. */
  #begin(cursor: number, durableRecord: number): void {
    this.#kept = cursor;
    this.#record = Math.min(cursor, durableRecord);
    if (cursor <= durableRecord) return;
    const { name, onProblem } = this.options;
    const detail = `${name} had taken record ${cursor}, and the journal ends at ${durableRecord}: it goes on from there`;
    onProblem(problem(Code.OutboxBehind, detail));
  }

  /** What retention has dropped nobody can hand out: it goes on at what is left, and does not stand still for ever. */
  #readOn(durableRecord: number): OutboxBatch | undefined {
    try {
      return this.#read(durableRecord);
    } catch (error) {
      const isDropped = error instanceof ProblemError && error.problem.code === Code[Code.JournalDropped];
      const [from, first] = [this.#record + 1, isDropped ? this.#files.firstRecord() : 0];
      if (first <= from) throw error;
      const { name, onProblem } = this.options;
      const hint = "keep more archives (`journal.retention`) where a receiver may be away, or is added later";
      onProblem(problem(Code.JournalDropped, `${name} does not get records ${from} to ${first - 1}`, {}, hint));
      this.#record = first - 1;
      return this.#read(durableRecord);
    }
  }

  #read(durableRecord: number): OutboxBatch | undefined {
    const from = this.#record + 1;
    const records: number[] = [];
    const lines: string[] = [];
    let units = 0;
    let to = this.#record;
    const { batchRecords = BATCH_RECORDS } = this.options;
    // Journal batches are taken whole: a large one makes a larger batch here, never a lost record.
    while (to < durableRecord && to - from + 1 < batchRecords && units < BATCH_UNITS) {
      const last = this.#files.read(to + 1, durableRecord, 1, (record) => {
        if (this.#kinds.size > 0 && !this.#kinds.has(RecordKind[record.kind] ?? "")) return;
        const line = JSON.stringify({ ...recordObject(record, this.#empty), timeUs: record.timeUs });
        records.push(record.record);
        lines.push(line);
        units += line.length;
      });
      if (last === to) break;
      to = last;
    }
    return to < from ? undefined : { journal: this.options.source, durable: durableRecord, from, to, records, lines };
  }

  #onFailure(error: unknown): number {
    const { name, nowMs, onProblem } = this.options;
    const detail = error instanceof Error ? error.message : String(error);
    this.#problem = detail;
    this.#failures++;
    this.#failuresInRow++;
    const backoffMs = Math.min(BACKOFF_MS * 2 ** Math.min(this.#failuresInRow - 1, 16), BACKOFF_MS_MAX);
    this.#notBeforeMs = nowMs() + backoffMs;
    if (this.#failuresInRow >= FAILURES_TOLD && nowMs() - this.#toldMs >= TELL_AGAIN_MS) {
      this.#toldMs = nowMs();
      const since = `after record ${Math.max(0, this.#record)}, ${this.#failuresInRow} times`;
      onProblem(problem(Code.OutboxFailing, `${name} ${since}: ${detail}`));
    }
    return backoffMs;
  }
}

/** Name of an outbox's cursor in the store. */
export function cursorName(outbox: string, source: string): string {
  return `outbox/${outbox}/${source}`;
}
