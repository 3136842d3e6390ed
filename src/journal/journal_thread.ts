/** The parent's handle of the journal thread: start, stop within a time, and one call when it ends by itself. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { PumpTimes } from "./pump.ts";
import { PUMP_TIMES } from "./pump.ts";
import type { Recovered } from "./recover.ts";
import { JournalState, JournalWords } from "./words.ts";

export interface JournalThreadOptions {
  readonly dir: string;
  readonly limits: Limits;
  /** Memory of the trading ring and of the words: both fresh. */
  readonly ring: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
  readonly recovered: Recovered;
  readonly times?: PumpTimes;
  /** At most once: the thread has ended and nobody asked it to. The words say Failed already. */
  readonly onFailed: (problem: Problem) => void;
}

/** What the thread is started with. */
export interface JournalStart {
  readonly dir: string;
  readonly limits: Limits;
  readonly ring: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
  readonly recovered: Recovered;
  readonly times: PumpTimes;
}

/** What the thread says. */
export type JournalMessage =
  | { readonly kind: "ready"; readonly epoch: number }
  | { readonly kind: "stopped"; readonly lastRecord: number }
  | { readonly kind: "failed"; readonly problem: Problem };

export type StopResult = "stopped" | "failed" | "timed-out";

/** Ready when a new segment of the next epoch is open. Rejects with the thread's ProblemError when it cannot start. */
export function startJournalThread(options: JournalThreadOptions): Promise<JournalThread> {
  return new JournalThread(options).whenReady;
}

export class JournalThread {
  readonly whenReady: Promise<JournalThread>;
  /** Epoch of what is written; client order ids carry it. */
  epoch = 0;
  readonly words: JournalWords;
  readonly #worker: Worker;
  readonly #onFailed: (problem: Problem) => void;
  readonly #ready = Promise.withResolvers<JournalThread>();
  readonly #ended = Promise.withResolvers<StopResult>();
  readonly #gone = Promise.withResolvers<true>();
  #hasEnded = false;

  constructor(options: JournalThreadOptions) {
    const { dir, limits, ring, recovered, onFailed, times = PUMP_TIMES } = options;
    assert(JournalWords.bytes() === options.words.byteLength, Code.ValueOutOfRange);
    assert(times.sealMs > 0 && times.retryMs > 0, Code.ValueOutOfRange);
    this.whenReady = this.#ready.promise;
    this.#onFailed = onFailed;
    this.words = new JournalWords(options.words);
    this.words.begin(recovered.lastRecord);
    this.#worker = new Worker(workerPath());
    this.#worker.onmessage = (event: MessageEvent<JournalMessage>) => this.#onMessage(event.data);
    this.#worker.onerror = (event) => this.#fail(problem(Code.SyncFailed, `journal thread: ${event.message}`));
    this.#worker.addEventListener("close", () => {
      this.#gone.resolve(true);
      this.#fail(problem(Code.SyncFailed, "the journal thread has ended"));
    });
    const start: JournalStart = { dir, limits, ring, words: options.words, recovered, times };
    this.#worker.postMessage(start);
  }

  /** Takes what waits, then ends. After `timeoutMs` the thread is told to end as it is: see `whenGone`. */
  async stop(timeoutMs: number): Promise<StopResult> {
    assert(timeoutMs > 0, Code.ValueOutOfRange);
    this.words.requestStop();
    let timer: Timer | undefined;
    const timedOut = new Promise<StopResult>((resolve) => {
      timer = setTimeout(() => resolve("timed-out"), timeoutMs);
    });
    const result = await Promise.race([this.#ended.promise, timedOut]);
    clearTimeout(timer);
    this.#end(result);
    return result;
  }

  /**
   * After `stop`: true once the thread writes no more. One that waits for its disk ends only when the disk has answered,
   * and until then it may still write: who recovers before that reads a file that is about to change.
   */
  whenGone(timeoutMs: number): Promise<boolean> {
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => late.resolve(false), timeoutMs);
    return Promise.race([this.#gone.promise, late.promise]).finally(() => clearTimeout(timer));
  }

  #onMessage(message: JournalMessage): void {
    if (message.kind === "failed") this.#fail(message.problem);
    else if (message.kind === "stopped") this.#end("stopped");
    else {
      this.epoch = message.epoch;
      this.#ready.resolve(this);
    }
  }

  #fail(found: Problem): void {
    if (this.#hasEnded) return;
    const wasReady = this.epoch > 0;
    this.#end("failed");
    if (this.words.state !== JournalState.Failed) this.words.publishState(JournalState.Failed, Code.SyncFailed);
    if (wasReady) this.#onFailed(found);
    else this.#ready.reject(new ProblemError(found));
  }

  #end(result: StopResult): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#ended.resolve(result);
    this.#worker.terminate();
  }
}

/** A source file and an executable name their workers differently. */
function workerPath(): string {
  const isEmbedded = Bun.main.startsWith("/$bunfs");
  return isEmbedded ? "./src/journal/journal.worker.ts" : new URL("./journal.worker.ts", import.meta.url).href;
}
