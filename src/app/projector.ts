/** Follows durable records into the store: batches, one transaction each, resumed at the store's cursor; may fall behind. */

import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { apply } from "../engine/apply.ts";
import { DurableState } from "../engine/durable.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { Projection } from "../store/projection.ts";
import type { Batch, Store } from "../store/store.ts";
import { RecordSource } from "./record_source.ts";
import { restore } from "./restore.ts";

/** The cursor of the tables. */
export const PROJECTION = "projection";
/** Records of one transaction when there is much to do. */
const BATCH_RECORDS = 4_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 30_000;
/** So far behind for so long is told. */
const BEHIND_RECORDS = 1_000;
const BEHIND_MS = 60_000;

export interface ProjectorOptions {
  readonly journalDir: string;
  readonly limits: Limits;
  /** Of the client order ids. */
  readonly node: number;
  readonly store: Store;
  readonly nowMs: () => number;
  readonly onProblem: (found: Problem) => void;
  readonly batchRecords?: number;
}

export interface ProjectorFigures {
  /** Last record whose rows are committed. */
  readonly record: number;
  readonly durableRecord: number;
  /** Engine time of that record. */
  readonly timeUs: number;
  readonly batches: number;
  readonly rows: number;
  readonly fromFiles: number;
  readonly lapped: number;
  readonly failures: number;
  /** Until then the store is left alone; 0 = it answers. */
  readonly awaySinceMs: number;
  readonly seals: number;
  readonly problem: Problem | undefined;
}

/** One for a store. Not a thread: whoever drives it calls `step` and waits as it says. */
export class Projector {
  problem: Problem | undefined;
  batches = 0;
  rows = 0;
  failures = 0;
  seals = 0;
  #source: RecordSource | undefined;
  #state: DurableState;
  #projection: Projection;
  /** Not committed yet: the same again until it is. */
  #pending: Batch | undefined;
  #committed = 0;
  #durable = 0;
  #backoffMs = 0;
  #notBeforeMs = 0;
  #awaySinceMs = 0;
  #behindSinceMs = 0;
  #isBehindTold = false;
  #ring: SharedArrayBuffer | undefined;

  constructor(readonly options: ProjectorOptions) {
    this.#state = new DurableState(options.limits);
    this.#projection = new Projection(this.#state, options.node);
  }

  get figures(): ProjectorFigures {
    return {
      record: this.#committed,
      durableRecord: this.#durable,
      timeUs: this.#state.timeUs,
      batches: this.batches,
      rows: this.rows,
      fromFiles: this.#source?.fromFiles ?? 0,
      lapped: this.#source?.lapped ?? 0,
      failures: this.failures,
      awaySinceMs: this.#awaySinceMs,
      seals: this.seals,
      problem: this.problem,
    };
  }

  /** What the tables have by now; names and scales of what is in them. */
  get state(): DurableState {
    return this.#state;
  }

  follow(ring: SharedArrayBuffer): void {
    this.#ring = ring;
    this.#source?.follow(ring);
  }

  /**
   * One batch at most. Answers how long to wait before the next call, in ms: 0 = there is more to do. Never throws for
   * what the store or its connection does: that is counted, told, and tried again. Throws ProblemError for what no
   * waiting cures: JournalDamaged, JournalDropped, StoreAhead, StateDiverged.
   */
  async step(durableRecord: number): Promise<number> {
    const { nowMs } = this.options;
    this.#durable = Math.max(this.#durable, durableRecord);
    const waitMs = this.#notBeforeMs - nowMs();
    if (waitMs > 0) return waitMs;
    try {
      if (this.#source === undefined) await this.#open();
      await this.#commit();
    } catch (error) {
      if (error instanceof ProblemError && isFinal(error.problem)) throw error;
      this.#onAway(error);
      return this.#notBeforeMs - nowMs();
    }
    this.#backoffMs = 0;
    this.#awaySinceMs = 0;
    this.problem = undefined;
    this.#watchLag();
    return this.#committed < this.#durable ? 0 : IDLE_MS;
  }

  /** State up to the store's cursor: the newest snapshot that is not beyond it, and the records since. */
  async #open(): Promise<void> {
    const { journalDir, limits, store, node } = this.options;
    const cursor = await store.cursor(PROJECTION);
    if (cursor > this.#durable) {
      const detail = `the store is at record ${cursor}, the journal at ${this.#durable}`;
      throw new ProblemError(problem(Code.StoreAhead, detail));
    }
    const state = restore(journalDir, limits, () => new DurableState(limits), { record: cursor });
    const source = new RecordSource(journalDir, limits, state.record);
    while (state.record < cursor) source.take(cursor, cursor - state.record, (record) => this.#apply(state, record));
    this.#state = state;
    this.#projection = new Projection(state, node);
    this.#committed = cursor;
    this.#source = source;
    if (this.#ring !== undefined) source.follow(this.#ring);
  }

  async #commit(): Promise<void> {
    const { store, batchRecords = BATCH_RECORDS } = this.options;
    const source = this.#source as RecordSource;
    if (this.#pending === undefined) {
      const from = source.record + 1;
      source.take(this.#durable, batchRecords, (record) => {
        this.#apply(this.#state, record);
        this.#projection.take(record);
      });
      if (source.record < from) return;
      this.#pending = { from, to: source.record, rows: this.#projection.drain() };
    }
    await store.apply(this.#pending);
    this.#committed = this.#pending.to;
    this.rows += this.#pending.rows.length;
    this.batches++;
    this.#pending = undefined;
  }

  #apply(state: DurableState, record: Readonly<TradingRecord>): void {
    if (record.kind === RecordKind.Sealed) {
      const ours = state.hash();
      if (ours !== record.text) {
        const detail = `record ${record.record}: the journal says ${record.text}, applied it is ${ours}`;
        throw new ProblemError(problem(Code.StateDiverged, detail));
      }
      this.seals++;
    }
    apply(state, record);
  }

  #onAway(error: unknown): void {
    const { nowMs, onProblem } = this.options;
    const at = nowMs();
    const detail = error instanceof Error ? error.message : String(error);
    this.failures++;
    if (this.#awaySinceMs === 0) this.#awaySinceMs = at;
    this.#backoffMs = Math.min(this.#backoffMs === 0 ? BACKOFF_MS : 2 * this.#backoffMs, BACKOFF_MS_MAX);
    this.#notBeforeMs = at + this.#backoffMs;
    this.problem = error instanceof ProblemError ? error.problem : problem(Code.HistoryAway, detail);
    onProblem(this.problem);
    this.#watchLag();
  }

  #watchLag(): void {
    const { nowMs, onProblem } = this.options;
    const lag = this.#durable - this.#committed;
    if (lag < BEHIND_RECORDS) {
      this.#behindSinceMs = 0;
      this.#isBehindTold = false;
      return;
    }
    if (this.#behindSinceMs === 0) this.#behindSinceMs = nowMs();
    const forMs = nowMs() - this.#behindSinceMs;
    if (forMs < BEHIND_MS || this.#isBehindTold) return;
    this.#isBehindTold = true;
    onProblem(problem(Code.ProjectionBehind, `${lag} records behind for ${Math.round(forMs / 1_000)} s`));
  }
}

/** While nothing is to be done. */
const IDLE_MS = 50;

function isFinal(found: Problem): boolean {
  return FINAL.includes(found.code);
}

const FINAL: readonly string[] = [Code.JournalDamaged, Code.JournalDropped, Code.StoreAhead, Code.StateDiverged].map(
  (code) => Code[code] as string,
);
