/** The parent's handle of the journal thread. */
import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import { TradingRing } from "../ring/trading_ring.ts";
import type { Recovered } from "./recover.ts";
import { JOURNAL_WORDS, JournalWord } from "./words.ts";

export class JournalThread {
  problem: Problem | undefined;
  readonly #w: Int32Array;
  constructor(
    readonly worker: Worker,
    readonly words: SharedArrayBuffer,
    readonly epoch: number,
    readonly ring: TradingRing,
  ) {
    this.#w = new Int32Array(words, 0, JOURNAL_WORDS);
  }
  durableRecord(known: number): number {
    return known + ((Atomics.load(this.#w, JournalWord.Durable) - known) >>> 0);
  }
  occupancy(): number {
    return this.ring.occupancy();
  }
  onFailed(_go: (p: Problem) => void): void {}
  onDurable(go: () => void): void {
    const known = Atomics.load(this.#w, JournalWord.Durable);
    const wait = (
      Atomics as unknown as {
        waitAsync(a: Int32Array, i: number, v: number): { async: boolean; value: Promise<string> };
      }
    ).waitAsync(this.#w, JournalWord.Durable, known);
    if (wait.async) void wait.value.then(go);
    else setTimeout(go, 0);
  }
  freeze(ms: number): void {
    Atomics.store(this.#w, JournalWord.FreezeMs, ms);
  }
  async stop(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    Atomics.store(this.#w, JournalWord.Stop, 1);
    Atomics.notify(this.#w, JournalWord.Sleeping);
    while (Atomics.load(this.#w, JournalWord.State) !== 4 && performance.now() < until) await Bun.sleep(1);
    this.worker.terminate();
  }
}

export function startJournalThread(options: {
  dir: string;
  ring: SharedArrayBuffer;
  limits: Limits;
  recovered: Recovered;
}): Promise<JournalThread> {
  const words = new SharedArrayBuffer(JOURNAL_WORDS * 4);
  new Int32Array(words)[JournalWord.Durable] = options.recovered.lastRecord | 0;
  const worker = new Worker(
    Bun.main.startsWith("/$bunfs")
      ? "./src/journal/journal.worker.ts"
      : new URL("./journal.worker.ts", import.meta.url).href,
  );
  return new Promise((resolve) => {
    worker.onmessage = (event) => {
      if (event.data.type === "ready")
        resolve(new JournalThread(worker, words, event.data.epoch, new TradingRing(options.ring, options.limits)));
    };
    worker.postMessage({ ...options, words });
  });
}
