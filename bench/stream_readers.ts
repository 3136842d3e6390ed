/** Readers of a stream for benches: many WebSockets on a thread of its own, and what they have got so far. */

import { BENCH_TOKEN } from "./control_rig.ts";

export interface ReaderStart {
  readonly url: string;
  readonly token: string;
  readonly readers: number;
  /** Int32 words: see `ROWS`. */
  readonly words: SharedArrayBuffer;
  /** By order number: when it changed last, in ms of the wall clock; 0 = not timed. */
  readonly changedMs: SharedArrayBuffer;
}

export type ReaderMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "closed"; readonly reason: string }
  | { readonly kind: "delays"; readonly delaysMs: Float64Array };

/** Rows that the first reader got. */
export const ROWS = 0;
/** 1 = every reader takes the time of every row; 0 = the first counts rows, the others only look at the record. */
export const IS_TIMED = 1;
/** From here on for each reader: the record of its last message. */
export const RECORDS = 2;

const ORDERS_MAX = 65_536;
const WAIT_MS = 5_000;

export class Readers {
  readonly ready: Promise<void>;
  readonly changedMs: Float64Array;
  readonly #worker = new Worker(workerPath());
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #delays = Promise.withResolvers<Float64Array>();
  readonly #failed = Promise.withResolvers<never>();

  constructor(
    url: string,
    readonly readers: number,
  ) {
    const words = new SharedArrayBuffer((RECORDS + readers) * Int32Array.BYTES_PER_ELEMENT);
    const changedMs = new SharedArrayBuffer(ORDERS_MAX * Float64Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(words);
    this.changedMs = new Float64Array(changedMs);
    const opened = Promise.withResolvers<void>();
    this.#worker.onmessage = ({ data }: MessageEvent<ReaderMessage>) => {
      if (data.kind === "ready") opened.resolve();
      else if (data.kind === "delays") this.#delays.resolve(data.delaysMs);
      else this.#failed.reject(new Error(`a reader was closed: ${data.reason}`));
    };
    this.#worker.onerror = (event) => this.#failed.reject(new Error(event.message));
    this.#failed.promise.catch(() => {}); // Heard where somebody waits.
    this.ready = Promise.race([opened.promise, this.#failed.promise]);
    this.#worker.postMessage({ url, token: BENCH_TOKEN, readers, words, changedMs } satisfies ReaderStart);
  }

  get rows(): number {
    return Atomics.load(this.#words, ROWS);
  }

  /** Every reader takes times from here on. */
  takeTimes(): void {
    Atomics.store(this.#words, IS_TIMED, 1);
  }

  /** Until every reader has got a message of `record` or a later one. */
  async until(record: number): Promise<void> {
    for (let n = 0; n < this.readers; n++) {
      for (let known = this.#record(n); known < record; known = this.#record(n)) {
        const waited = Atomics.waitAsync(this.#words, RECORDS + n, known, WAIT_MS);
        const woken = waited.async ? await Promise.race([waited.value, this.#failed.promise]) : waited.value;
        if (woken === "timed-out") throw new Error(`reader ${n} waits for record ${record}, has ${known}`);
      }
    }
  }

  /** Of all readers, sorted. */
  delaysMs(): Promise<Float64Array> {
    this.#worker.postMessage("delays");
    return Promise.race([this.#delays.promise, this.#failed.promise]);
  }

  stop(): void {
    this.#worker.terminate();
  }

  #record(reader: number): number {
    return Atomics.load(this.#words, RECORDS + reader);
  }
}

/** A source file and an executable name their workers differently. */
function workerPath(): string {
  const isEmbedded = Bun.main.startsWith("/$bunfs");
  return isEmbedded ? "./bench/stream_readers.worker.ts" : new URL("./stream_readers.worker.ts", import.meta.url).href;
}
