/** Starts a snapshot when enough was recorded, on a thread of its own that ends with it; one at a time. */

import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { Retention } from "../journal/retention.ts";
import type { SnapshotDone, SnapshotJob } from "./take_snapshot.ts";

/** After a failure the next attempt waits, so that a sick disk is not asked again and again. */
const AGAIN_MS = 60_000;
const MINUTE_MS = 60_000;

export interface SnapshotterOptions {
  readonly journalDir: string;
  readonly limits: Limits;
  readonly version: string;
  readonly nowUs: () => number;
  readonly retention: Retention;
  readonly everyRecords: number;
  readonly everyMinutes: number;
}

/** What its thread answers. */
export type SnapshotAnswer =
  | { readonly type: "done"; readonly done: SnapshotDone | undefined; readonly ms: number }
  | { readonly type: "failed"; readonly problem: Problem };

export class Snapshotter {
  /** Last record of the newest snapshot. */
  record: number;
  taken = 0;
  failed = 0;
  /** What the last one came to. */
  last: (SnapshotDone & { readonly ms: number }) | undefined;
  #worker: Worker | undefined;
  #dueMs: number;
  #notBeforeMs = 0;

  constructor(
    readonly options: SnapshotterOptions,
    record: number,
    readonly onProblem: (found: Problem) => void,
  ) {
    this.record = record;
    this.#dueMs = performance.now() + options.everyMinutes * MINUTE_MS;
  }

  get isBusy(): boolean {
    return this.#worker !== undefined;
  }

  /** Called now and then with what is durable. */
  poll(durableRecord: number): void {
    if (this.#worker !== undefined || durableRecord <= this.record) return;
    const nowMs = performance.now();
    const isMuch = durableRecord - this.record >= this.options.everyRecords && nowMs >= this.#notBeforeMs;
    if (isMuch || nowMs >= this.#dueMs) this.start(durableRecord);
  }

  /** Starts one now. */
  start(durableRecord: number): void {
    if (this.#worker !== undefined) return;
    const { journalDir, limits, version, retention, nowUs } = this.options;
    const worker = startWorker();
    this.#worker = worker;
    const job: SnapshotJob = { journalDir, limits, version, retention, durableRecord, nowUs: nowUs() };
    worker.onmessage = (event) => this.#onAnswer(worker, event.data as SnapshotAnswer);
    worker.onerror = (event) => {
      this.#onAnswer(worker, { type: "failed", problem: problem(Code.SnapshotFailed, event.message) });
    };
    worker.postMessage(job);
  }

  /** Whatever it is at: a snapshot that is not whole has no name. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#notBeforeMs = Number.POSITIVE_INFINITY;
  }

  #onAnswer(worker: Worker, answer: SnapshotAnswer): void {
    if (worker !== this.#worker) return;
    worker.terminate();
    this.#worker = undefined;
    const nowMs = performance.now();
    this.#dueMs = nowMs + this.options.everyMinutes * MINUTE_MS;
    if (answer.type === "failed") {
      this.failed++;
      this.#notBeforeMs = nowMs + AGAIN_MS;
      this.onProblem(answer.problem);
    } else if (answer.done !== undefined) {
      this.taken++;
      this.record = answer.done.record;
      this.last = { ...answer.done, ms: answer.ms };
    }
  }
}

/** A source file and an executable name their workers differently. */
function startWorker(): Worker {
  const embedded = Bun.main.startsWith("/$bunfs");
  return new Worker(embedded ? "./src/app/snapshot.worker.ts" : new URL("./snapshot.worker.ts", import.meta.url).href);
}
