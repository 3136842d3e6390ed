/** The control thread's handle of the projector: questions out, figures and problems in; never waits for it, and outlives it. */

import type { HistoryView } from "../control/history_answers.ts";
import type { History, HistoryReads } from "../control/ports.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { RowChange } from "../store/store.ts";
import type { OutboxFigures } from "./outbox.ts";
import { NO_FIGURES, type ProjectorFigures } from "./projector.ts";
import type { FromProjector, ProjectorFollow, ProjectorStart, ToProjector } from "./projector_messages.ts";

/** A question that is not answered so long is given up: the answer may come, and nobody hears it. */
const ASK_MS = 10_000;
const ASKED_MAX = 256;
const STOP_MS = 2_000;
/** A thread that has died is started again after this, as often as need be. */
const AGAIN_MS = 10_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: ProblemError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class ProjectorHandle {
  figures: ProjectorFigures = NO_FIGURES;
  outbox: readonly OutboxFigures[] = [];
  /** Why nothing is projected any more; undefined while it goes on. */
  ended: Problem | undefined;
  restarts = 0;
  #worker: Worker | undefined;
  #place: ProjectorFollow | undefined;
  #id = 0;
  #stopped: (() => void) | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  readonly #waiting = new Map<number, Waiting>();

  constructor(
    readonly start: ProjectorStart,
    readonly onProblem: (found: Problem) => void,
  ) {}

  /** A new engine: its ring, and the words of its journal. The thread begins with the first. */
  follow(place: Omit<ProjectorFollow, "type">): void {
    const isFirst = this.#place === undefined;
    this.#place = { type: "follow", ...place };
    if (isFirst) this.#launch();
    else this.#post(this.#place);
  }

  /** Rows that no record brings: kept by the thread until the store takes them, within bounds. */
  write(rows: readonly RowChange[]): void {
    if (rows.length > 0) this.#post({ type: "rows", rows });
  }

  /** Asks the store. Rejects with ProblemError HistoryAway, StoreAway and the store's others. */
  ask<Method extends keyof HistoryReads>(
    method: Method,
    ...parameters: Parameters<HistoryReads[Method]>
  ): ReturnType<HistoryReads[Method]> {
    const asked = new Promise((resolve, reject) => {
      if (this.#worker === undefined || this.#waiting.size >= ASKED_MAX) {
        const detail = this.#worker === undefined ? "its thread is not there now" : "too many questions wait for it";
        reject(new ProblemError(problem(Code.HistoryAway, detail)));
        return;
      }
      const id = ++this.#id;
      const giveUp = () => this.#settle(id, undefined, problem(Code.HistoryAway, `no answer in ${ASK_MS / 1_000} s`));
      const timer = setTimeout(giveUp, ASK_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#post({ type: "ask", id, method, parameters });
    });
    return asked as ReturnType<HistoryReads[Method]>;
  }

  /** What is being written ends as it ends: the cursor stands in the same transaction. */
  async stop(): Promise<void> {
    clearTimeout(this.#again);
    const worker = this.#worker;
    if (worker !== undefined) {
      const stopped = new Promise<void>((resolve) => {
        this.#stopped = resolve;
      });
      this.#post({ type: "stop" });
      await Promise.race([stopped, Bun.sleep(STOP_MS)]);
      worker.terminate();
    }
    this.#worker = undefined;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined, problem(Code.HistoryAway, "it stops"));
  }

  #launch(): void {
    const worker = startWorker();
    this.#worker = worker;
    worker.onmessage = (event) => this.#onMessage(event.data as FromProjector);
    worker.onerror = (event) => this.#onDeath(worker, event.message);
    worker.addEventListener("close", () => this.#onDeath(worker, "its thread ended"));
    this.#post(this.start);
    this.#post(this.#place as ProjectorFollow);
  }

  #onMessage(message: FromProjector): void {
    switch (message.type) {
      case "figures":
        this.figures = message.figures;
        this.outbox = message.outbox;
        this.ended = message.ended;
        return;
      case "problem":
        return this.onProblem(message.problem);
      case "answer":
        return this.#settle(message.id, message.answer, message.problem);
      case "stopped":
        this.#stopped?.();
    }
  }

  /** The history waits; nobody else does. */
  #onDeath(worker: Worker, detail: string): void {
    if (worker !== this.#worker || this.#stopped !== undefined) return;
    this.#worker = undefined;
    worker.terminate();
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined, problem(Code.HistoryAway, detail));
    this.onProblem(problem(Code.ProjectionFailed, detail));
    this.restarts++;
    this.#again = setTimeout(() => this.#launch(), AGAIN_MS);
  }

  #settle(id: number, answer: unknown, found: Problem | undefined): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (found === undefined) waiting.resolve(answer);
    else waiting.reject(new ProblemError(found));
  }

  #post(message: ToProjector): void {
    this.#worker?.postMessage(message);
  }
}

/** Behind is what a person would notice. */
const BEHIND_RECORDS = 1_000;

/** The store as the interface asks it. */
export function historyOf(handle: ProjectorHandle, dialect: string): History {
  return {
    order: (id) => handle.ask("order", id),
    orders: (ask) => handle.ask("orders", ask),
    executions: (ask) => handle.ask("executions", ask),
    timeline: (order) => handle.ask("timeline", order),
    positions: (account) => handle.ask("positions", account),
    positionsAt: (atUs, account) => handle.ask("positionsAt", atUs, account),
    balances: (account) => handle.ask("balances", account),
    balanceHistory: (ask) => handle.ask("balanceHistory", ask),
    pnl: (ask) => handle.ask("pnl", ask),
    view: () => viewOf(handle, dialect),
  };
}

function viewOf({ figures, outbox, ended }: ProjectorHandle, dialect: string): HistoryView {
  const lagRecords = Math.max(0, figures.durableRecord - figures.record);
  const behind = lagRecords >= BEHIND_RECORDS ? "behind" : "following";
  const found = ended ?? figures.problem;
  return {
    dialect,
    state: ended !== undefined ? "stopped" : figures.awaySinceMs > 0 ? "away" : behind,
    record: figures.record,
    durableRecord: figures.durableRecord,
    lagRecords,
    begun: figures.begun,
    problem: found === undefined ? null : `${found.code}: ${found.detail}`,
    outbox: outbox.map((one) => ({ ...one })),
  };
}

/** A source file and an executable name their workers differently. */
function startWorker(): Worker {
  const embedded = Bun.main.startsWith("/$bunfs");
  return new Worker(
    embedded ? "./src/app/projector.worker.ts" : new URL("./projector.worker.ts", import.meta.url).href,
  );
}
