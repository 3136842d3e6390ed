/** Entry point of the projector's thread: records into the store and to the outbox; questions about history out of it. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { JournalWords } from "../journal/words.ts";
import type { RowChange, Store } from "../store/store.ts";
import { openConfiguredStore } from "./history_store.ts";
import { journalSource } from "./journal_source.ts";
import type { Outbox } from "./outbox.ts";
import { openOutboxes } from "./outbox_open.ts";
import { NO_FIGURES, Projector } from "./projector.ts";
import type {
  FromProjector,
  ProjectorAsk,
  ProjectorFollow,
  ProjectorStart,
  ToProjector,
} from "./projector_messages.ts";

declare const self: { onmessage: ((event: MessageEvent) => void) | null };

const FIGURES_MS = 250;
const WAIT_MS_MAX = 200;
/** While much is to be done it rests as long as it worked: half a core at most beside an engine. */
const REST_SHARE = 1;
const REST_MS_MAX = 1_000;
const AGAIN_MS = 15_000;
const OPEN_AGAIN_MS = 2_000;
const ROWS_MAX = 10_000;
const STOP_MS = 500;

class ProjectorThread {
  #place: ProjectorStart | undefined;
  #ring: SharedArrayBuffer | undefined;
  #store: Store | undefined;
  #projector: Projector | undefined;
  #outboxes: readonly Outbox[] = [];
  #deliveries: readonly Promise<void>[] = [];
  #words: JournalWords | undefined;
  /** Name of the journal, and whether the store is known to be of it. */
  #source = "";
  #isOurs = false;
  #durable = 0;
  /** Rows that no record brought and that are not written yet. */
  readonly #rows: RowChange[] = [];
  #ended: Problem | undefined;
  /** When what had ended is tried again: somebody may have rebuilt the store meanwhile. */
  #againMs = 0;
  #stopping = false;
  #wake: (() => void) | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;

  onMessage(message: ToProjector): void {
    switch (message.type) {
      case "start":
        this.#place = message;
        this.#open(message);
        void this.#run();
        return;
      case "follow":
        return this.#follow(message);
      case "ask":
        void this.#answer(message);
        return;
      case "rows":
        this.#rows.push(...message.rows);
        this.#rows.splice(0, this.#rows.length - ROWS_MAX);
        return;
      case "stop":
        this.#stopping = true;
        this.#wake?.();
    }
  }

  /** A file that is locked, or an authority that is not there: opened later, while nothing is projected. */
  #open({ config, limits, dataDir, journalDir }: ProjectorStart): void {
    try {
      const nowMs = () => performance.now();
      const nowUs = () => Date.now() * 1_000; // det-ok: times of migrations and signatures
      const store = openConfiguredStore(config, dataDir);
      this.#store = store;
      const source = journalSource(dataDir);
      this.#source = source;
      const common = { journalDir, source, nowMs, onProblem: tell };
      this.#outboxes = openOutboxes(config, { ...common, cursors: store, nowUs });
      this.#deliveries = this.#outboxes.map((outbox) => this.#deliver(outbox));
      this.#projector = new Projector({ ...common, limits, node: config.node, store, nowUs });
      if (this.#ring !== undefined) this.#projector.follow(this.#ring);
      this.#ended = undefined;
    } catch (error) {
      void this.#store?.close().catch(() => {}); // It is opened again.
      this.#store = undefined;
      this.#end(error, OPEN_AGAIN_MS);
    }
  }

  #follow({ ring, words, durable }: ProjectorFollow): void {
    this.#words = new JournalWords(words);
    this.#durable = this.#words.durable(Math.max(this.#durable, durable));
    this.#ring = ring;
    this.#projector?.follow(ring);
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const begunMs = performance.now();
      const waitMs = await this.#turn();
      this.#tellFigures();
      const spentMs = performance.now() - begunMs;
      // At least one turn of the loop, so that questions get through.
      const restMs = waitMs > 0 ? Math.min(waitMs, WAIT_MS_MAX) : Math.min(spentMs * REST_SHARE, REST_MS_MAX);
      await this.#wait(Math.max(1, restMs));
    }
    for (const outbox of this.#outboxes) outbox.close(); // What is on its way is given up, and comes again.
    await Promise.race([Promise.all(this.#deliveries), Bun.sleep(STOP_MS)]);
    await this.#store?.close().catch(() => {});
    post({ type: "stopped" });
  }

  /** A receiver that is slow to answer, or not there, holds up nobody but itself. */
  async #deliver(outbox: Outbox): Promise<void> {
    while (!this.#stopping) {
      const waitMs = this.#words === undefined ? WAIT_MS_MAX : await outbox.step(this.#durable);
      await Bun.sleep(Math.min(Math.max(1, waitMs), WAIT_MS_MAX));
    }
  }

  /** One batch; answers when the next one is due. */
  async #turn(): Promise<number> {
    const words = this.#words;
    if (words === undefined) return WAIT_MS_MAX;
    this.#durable = words.durable(this.#durable);
    let waitMs = WAIT_MS_MAX;
    const isDue = performance.now() >= this.#againMs;
    if (this.#projector === undefined && this.#place !== undefined && isDue) this.#open(this.#place);
    if (this.#projector !== undefined && isDue) {
      try {
        waitMs = await this.#projector.step(this.#durable);
        this.#ended = undefined;
      } catch (error) {
        this.#end(error, AGAIN_MS);
      }
    }
    await this.#writeRows();
    return waitMs;
  }

  /** When the store answers: bars of a long outage are lost, oldest first. */
  async #writeRows(): Promise<void> {
    const figures = this.#projector?.figures;
    if (this.#rows.length === 0 || figures === undefined || figures.begun === 0 || figures.awaySinceMs > 0) return;
    const rows = this.#rows.splice(0); // More may come, and oldest ones go, while these are written.
    try {
      await this.#store?.write(rows);
    } catch (error) {
      const found = problemOf(error, Code.HistoryAway);
      tell(found);
      if (found.code === Code[Code.StoreRow]) return; // It will never be taken, and those after it must be.
      this.#rows.unshift(...rows);
      this.#rows.splice(0, this.#rows.length - ROWS_MAX);
    }
  }

  #end(error: unknown, againMs: number): void {
    const found = problemOf(error, Code.ProjectionFailed);
    this.#ended = found;
    this.#againMs = performance.now() + againMs;
    tell(problem(Code.ProjectionFailed, `${found.code}: ${found.detail}`));
  }

  async #answer({ id, method, parameters }: ProjectorAsk): Promise<void> {
    try {
      const store = this.#store;
      if (store === undefined) throw new ProblemError(problem(Code.HistoryAway, "the store could not be opened"));
      await this.#checkSource(store);
      const ask = store[method] as (...parameters: readonly unknown[]) => Promise<unknown>;
      post({ type: "answer", id, answer: await ask.apply(store, [...parameters]) });
    } catch (error) {
      post({ type: "answer", id, problem: problemOf(error, Code.HistoryAway) });
    }
  }

  /** Rows of another journal, or of what this one had before it was put back, are other orders under the same numbers. */
  async #checkSource(store: Store): Promise<void> {
    if (this.#ended?.code === Code[Code.StoreAhead]) throw new ProblemError(this.#ended);
    if (this.#isOurs) return;
    const found = await store.source();
    this.#isOurs = found === this.#source;
    if (this.#isOurs || found === undefined) return;
    const detail = `the store is of journal ${found}, and this one is ${this.#source}`;
    throw new ProblemError(problem(Code.StoreAhead, detail));
  }

  #tellFigures(): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < FIGURES_MS) return;
    this.#toldMs = nowMs;
    const outbox = this.#outboxes.map(({ figures }) => figures);
    const figures = { ...(this.#projector?.figures ?? NO_FIGURES), durableRecord: this.#durable };
    post({ type: "figures", figures, outbox, ended: this.#ended });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const self = this;
      function done(): void {
        clearTimeout(timer);
        self.#wake = undefined;
        resolve();
      }
      this.#wake = done;
    });
  }
}

function problemOf(error: unknown, code: Code): Problem {
  if (error instanceof ProblemError) return error.problem;
  return problem(code, error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function tell(found: Problem): void {
  post({ type: "problem", problem: found });
}

function post(message: FromProjector): void {
  postMessage(message);
}

const thread = new ProjectorThread();
self.onmessage = (event) => thread.onMessage(event.data as ToProjector);
