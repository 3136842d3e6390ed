/** Follows durable records into the store: batches, one transaction each, resumed at the store's cursor; may fall behind. */

import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { apply } from "../engine/apply.ts";
import { DurableState } from "../engine/durable.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { AnyRow } from "../store/columns.ts";
import type { Bust } from "../store/projection.ts";
import { Projection } from "../store/projection.ts";
import { type Batch, PROJECTION, type RowChange, type Store } from "../store/store.ts";
import { type Row, type TableName, tableOf } from "../store/tables.ts";
import { RecordSource } from "./record_source.ts";
import { restore } from "./restore.ts";

/** Records of one transaction when there is much to do. */
const BATCH_RECORDS = 4_000;
/** While nothing is to be done. */
const IDLE_MS = 50;
const LOOK_MS = 5_000;
/** Records that are applied in one go while a state is built up. */
const PORTION_RECORDS = 20_000;
const SCAN_ROWS = 1_000;
/** So many rows too many are read rather than asked for one by one. */
const NEAR_ORDERS = 20;
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
  /** Which journal this is: a store belongs to one. */
  readonly source: string;
  readonly nowMs: () => number;
  readonly nowUs: () => number;
  readonly onProblem: (found: Problem) => void;
  readonly batchRecords?: number;
}

export interface ProjectorFigures {
  /** Last record whose rows are committed. */
  readonly record: number;
  readonly durableRecord: number;
  /** Engine time of that record. */
  readonly timeUs: number;
  /** Times that it began at what the store has: more than once after a rebuild, or when somebody else has written. */
  readonly begun: number;
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

/** Before there is a projector. */
export const NO_FIGURES: ProjectorFigures = Object.freeze({
  ...{ record: 0, durableRecord: 0, timeUs: 0, begun: 0, batches: 0, rows: 0, fromFiles: 0, lapped: 0 },
  ...{ failures: 0, awaySinceMs: 0, seals: 0, problem: undefined },
});

/** One for a store. Not a thread: whoever drives it calls `step` and waits as it says. */
export class Projector {
  problem: Problem | undefined;
  batches = 0;
  rows = 0;
  failures = 0;
  seals = 0;
  #source: RecordSource | undefined;
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
  #lookedMs = 0;
  #begun = 0;
  #ring: SharedArrayBuffer | undefined;

  constructor(readonly options: ProjectorOptions) {
    this.#projection = new Projection(new DurableState(options.limits), options.node);
  }

  get figures(): ProjectorFigures {
    return {
      record: this.#committed,
      durableRecord: this.#durable,
      timeUs: this.#projection.state.timeUs,
      begun: this.#begun,
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
    return this.#projection.state;
  }

  follow(ring: SharedArrayBuffer): void {
    this.#ring = ring;
    this.#source?.follow(ring);
  }

  /**
   * One batch at most. Answers how long to wait before the next call, in ms: 0 = there is more to do. Never throws for
   * what the store or its connection does: that is counted, told, and tried again. Throws for what no waiting cures:
   * ProblemError JournalDamaged, JournalDropped, StoreAhead, StateDiverged; whatever is our own fault.
   */
  async step(durableRecord: number): Promise<number> {
    const { nowMs } = this.options;
    this.#durable = Math.max(this.#durable, durableRecord);
    const waitMs = this.#notBeforeMs - nowMs();
    if (waitMs > 0) {
      this.#watchLag(); // It grows, however long the next try is off.
      return waitMs;
    }
    try {
      if (this.#source === undefined) await this.#open();
      await this.#commit();
    } catch (error) {
      if (!(error instanceof ProblemError) || isFinal(error.problem)) {
        this.#source = undefined; // Whoever tries again begins at what the store has.
        this.#pending = undefined;
        throw error;
      }
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
    const { journalDir, limits, store, node, nowUs } = this.options;
    await store.prepare(nowUs());
    await this.#checkSource();
    const cursor = await store.cursor(PROJECTION);
    if (cursor > this.#durable) {
      const detail = `the store is at record ${cursor}, the journal at ${this.#durable}`;
      throw new ProblemError(problem(Code.StoreAhead, detail));
    }
    const state = restore(journalDir, limits, () => new DurableState(limits), { record: cursor });
    const source = new RecordSource(journalDir, limits, state.record);
    if (this.#durable > cursor && source.firstRecord() > state.record + 1) return this.#seed(cursor);
    await this.#applyUntil(state, source, cursor);
    const projection = new Projection(state, node);
    await prime(projection, store);
    const isBeyond = source.record > cursor;
    this.#begin(projection, isBeyond ? new RecordSource(journalDir, limits, cursor) : source, cursor);
  }

  /** Files give whole batches: a cursor that somebody has put inside one is not the end of what comes. */
  async #applyUntil(state: DurableState, source: RecordSource, cursor: number): Promise<void> {
    while (state.record < cursor) {
      const before = state.record;
      const count = Math.min(PORTION_RECORDS, cursor - before);
      source.take(this.#durable, count, (record) => {
        if (record.record > cursor) return;
        this.#check(state, record);
        apply(state, record);
      });
      if (state.record === before) {
        const detail = `the store is at record ${cursor}, and the journal is whole to record ${before} only`;
        throw new ProblemError(problem(Code.StoreAhead, detail));
      }
      await pause();
    }
  }

  #begin(projection: Projection, source: RecordSource, cursor: number): void {
    this.#projection = projection;
    this.#committed = cursor;
    this.#source = source;
    this.#begun++;
    if (this.#ring !== undefined) source.follow(this.#ring);
  }

  /** Retention has dropped what the store lacks: its history goes on at the oldest state that a snapshot still holds. */
  async #seed(cursor: number): Promise<void> {
    const { journalDir, limits, node, onProblem } = this.options;
    const snapshot = (record: number) => restore(journalDir, limits, () => new DurableState(limits), { record });
    let state = snapshot(this.#durable);
    for (let older = state; older.record > cursor; older = snapshot(older.record - 1)) state = older;
    const source = new RecordSource(journalDir, limits, state.record);
    if (state.record <= cursor || source.firstRecord() > state.record + 1) {
      throw new ProblemError(problem(Code.JournalDropped, `no snapshot reaches beyond record ${cursor}`));
    }
    const projection = new Projection(state, node);
    projection.seed();
    const { rows } = projection.drain();
    this.#begin(projection, source, cursor);
    this.#pending = { from: cursor + 1, to: state.record, rows };
    onProblem(problem(Code.JournalDropped, `records ${cursor + 1} to ${state.record} are not in the history`));
  }

  async #checkSource(): Promise<void> {
    const { store, source } = this.options;
    await store.setSource(source); // Two gateways may begin on an empty schema at one time.
    const known = await store.source();
    if (known === source) return;
    throw new ProblemError(problem(Code.StoreAhead, `the store is of journal ${known}, and this one is ${source}`));
  }

  async #commit(): Promise<void> {
    const { store, batchRecords = BATCH_RECORDS } = this.options;
    const source = this.#source as RecordSource;
    this.#pending ??= await this.#collect(source, batchRecords);
    if (this.#pending === undefined) return this.#lookAfter();
    const { to, rows } = this.#pending;
    await store.apply(this.#pending);
    this.#pending = undefined;
    this.#committed = to;
    this.rows += rows.length;
    this.batches++;
  }

  /** Nothing is to be done: somebody may have emptied the store, and no record of ours would find out. */
  async #lookAfter(): Promise<void> {
    const { store, nowMs } = this.options;
    if (nowMs() - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = nowMs();
    if ((await store.cursor(PROJECTION)) === this.#committed) return;
    this.#source = undefined;
    await this.#open();
  }

  /** What has been taken is collected whole or the projection is begun anew: a failure in between must leave nothing out. */
  async #collect(source: RecordSource, count: number): Promise<Batch | undefined> {
    const from = source.record + 1;
    try {
      source.take(this.#durable, count, (record) => {
        this.#check(this.#projection.state, record);
        this.#projection.take(record);
      });
      if (source.record < from) return undefined;
      const { rows, busts } = this.#projection.drain();
      for (const bust of busts) rows.push(...(await this.#busted(bust)));
      return { from, to: source.record, rows };
    } catch (error) {
      this.#source = undefined;
      throw error;
    }
  }

  /** The row of an execution that an earlier batch has written, taken back. */
  async #busted({ orderId, fillId, record }: Bust): Promise<RowChange[]> {
    const limit = 1_000;
    let cursor: number | undefined;
    for (;;) {
      const page = await this.options.store.executions({ order: orderId, limit, cursor });
      const row = page.items.find((one) => one.fillId === fillId && one.bustedRecord === null && one.record < record);
      if (row !== undefined) {
        return [{ table: "executions", op: "put", row: { ...row, busted: true, bustedRecord: record } }];
      }
      if (page.next === null) return [];
      cursor = page.next;
    }
  }

  /** Seals carry the engine's hash of D: what differs must not become history. */
  #check(state: DurableState, record: Readonly<TradingRecord>): void {
    if (record.kind !== RecordKind.Sealed) return;
    const ours = state.hash();
    if (ours !== record.text) {
      const detail = `record ${record.record}: the journal says ${record.text}, applied it is ${ours}`;
      throw new ProblemError(problem(Code.StateDiverged, detail));
    }
    this.seals++;
  }

  #onAway(error: unknown): void {
    const { nowMs, onProblem } = this.options;
    // Somebody else has moved the cursor, or a crash of the server took the last batches: where it stands is looked up again.
    if (isGap(error)) {
      this.#source = undefined;
      this.#pending = undefined;
      if (this.problem?.code !== Code[Code.StoreGap]) this.#backoffMs = 0; // It answers.
    }
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

/** What the store has of all that lives in D, and that D itself does not remember. */
async function prime(projection: Projection, store: Store): Promise<void> {
  const { orders } = projection.state;
  await scanAll(store, "accounts", (row) => projection.primeAccount(row));
  await scanAll(store, "positions", (row) => projection.primePosition(row));
  await scanAll(store, "riskBreaches", (row) => projection.primeBreach(row));
  for (const [first, last] of runsOf(heldOrders(projection.state))) {
    const rows = await store.scan("orders", last - first + 1, { id: first - 1 });
    for (const row of rows) if (row.id <= last && orders.has(row.id)) projection.primeOrder(row);
  }
}

async function scanAll<Name extends TableName>(
  store: Store,
  table: Name,
  onRow: (row: Row<Name>) => void,
): Promise<void> {
  const { key } = tableOf(table);
  let last: Partial<Row<Name>> | undefined;
  for (;;) {
    const rows = await store.scan(table, SCAN_ROWS, last);
    for (const row of rows) onRow(row);
    const end = rows.at(-1);
    if (end === undefined || rows.length < SCAN_ROWS) return;
    last = Object.fromEntries(key.map((name) => [name, (end as AnyRow)[name]])) as Partial<Row<Name>>;
  }
}

/** Numbers of all that D still holds, upward. */
function heldOrders({ orders }: DurableState): number[] {
  const held: number[] = [];
  for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) held.push(order);
  for (let order = orders.firstHeldAll(); order !== 0; order = orders.nextHeldAll(order)) held.push(order);
  for (let order = orders.firstEnded(); order !== 0; order = orders.nextEnded(order)) held.push(order);
  return held.sort((a, b) => a - b);
}

/** First and last of what lies near each other: one that has been open for years must not make us read all since. */
function runsOf(ids: readonly number[]): [first: number, last: number][] {
  const runs: [first: number, last: number][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run !== undefined && id - run[1] <= NEAR_ORDERS && id - run[0] < SCAN_ROWS) run[1] = id;
    else runs.push([id, id]);
  }
  return runs;
}

/** Lets messages of the thread through. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isGap(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === Code[Code.StoreGap];
}

function isFinal(found: Problem): boolean {
  return FINAL.includes(found.code);
}

const FINAL: readonly string[] = [Code.JournalDamaged, Code.JournalDropped, Code.StoreAhead, Code.StateDiverged].map(
  (code) => Code[code] as string,
);
