/** The words that journal thread, engine and control share: one Int32 each, under Atomics. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

export enum JournalState {
  Starting = 0,
  Running = 1,
  /** No spare segment can be had: opening orders are denied, the rest of the segment takes what else comes. */
  DiskFull = 2,
  /** The disk failed, or the thread died: nothing more becomes durable. */
  Failed = 3,
  Stopped = 4,
}

/** The table: order is layout. `low` marks counters that are the low 32 bits of a larger number. */
export const JOURNAL_WORDS = [
  { name: "durable", meaning: "highest durable record number, low 32 bits" },
  { name: "state", meaning: "JournalState" },
  { name: "sleeping", meaning: "1 = the journal thread sleeps and must be notified here" },
  { name: "stop", meaning: "1 = take what waits, then end" },
  { name: "freezeMs", meaning: "debug fault: the thread does nothing for so long, then 0" },
  { name: "commits", meaning: "batches made durable, low 32 bits" },
  { name: "batchBytes", meaning: "bytes of the last batch, records only" },
  { name: "syncUs", meaning: "write and sync of the last batch" },
  { name: "syncUsMax", meaning: "the longest of them" },
  { name: "failure", meaning: "Code of what is wrong, 0 = nothing" },
  { name: "epoch", meaning: "epoch of the segments that are written, 0 before the first" },
  { name: "segment", meaning: "number of the segment that is written" },
] as const;

const DURABLE = 0;
const STATE = 1;
const SLEEPING = 2;
const STOP = 3;
const FREEZE_MS = 4;
const COMMITS = 5;
const BATCH_BYTES = 6;
const SYNC_US = 7;
const SYNC_US_MAX = 8;
const FAILURE = 9;
const EPOCH = 10;
const SEGMENT = 11;

/** What a reader of the words sees at one time; for status and metrics. */
export interface JournalFigures {
  readonly state: JournalState;
  readonly failure: Code;
  readonly epoch: number;
  readonly segment: number;
  readonly commits: number;
  readonly batchBytes: number;
  readonly syncUs: number;
  readonly syncUsMax: number;
}

/** One view of the words; each thread makes its own over the same buffer. */
export class JournalWords {
  readonly #words: Int32Array;

  static bytes(): number {
    return JOURNAL_WORDS.length * Int32Array.BYTES_PER_ELEMENT;
  }

  constructor(readonly buffer: SharedArrayBuffer) {
    assert(buffer.byteLength === JournalWords.bytes(), Code.ValueOutOfRange);
    this.#words = new Int32Array(buffer);
  }

  get state(): JournalState {
    return Atomics.load(this.#words, STATE);
  }

  /**
   * The highest durable record, rebuilt from its low bits: `known` is one that the caller knows to be durable. It may be
   * ahead of the word: recovery has read what a thread made durable that was ended before it could say so.
   */
  durable(known: number): number {
    assert(Number.isSafeInteger(known) && known >= 0, Code.ValueOutOfRange);
    return known + Math.max(0, (Atomics.load(this.#words, DURABLE) - known) | 0);
  }

  figures(): JournalFigures {
    const at = (index: number) => Atomics.load(this.#words, index) >>> 0;
    return {
      state: at(STATE),
      failure: at(FAILURE),
      epoch: at(EPOCH),
      segment: at(SEGMENT),
      commits: at(COMMITS),
      batchBytes: at(BATCH_BYTES),
      syncUs: at(SYNC_US),
      syncUsMax: at(SYNC_US_MAX),
    };
  }

  /** Resolves when more than `known` is durable, or after `timeoutMs`; false then. The caller's thread stays free. */
  async whenDurable(known: number, timeoutMs: number): Promise<boolean> {
    const waited = Atomics.waitAsync(this.#words, DURABLE, known | 0, timeoutMs);
    return (waited.async ? await waited.value : waited.value) !== "timed-out";
  }

  /** The same, blocking: for threads that have nothing else to do. */
  waitDurable(known: number, timeoutMs: number): boolean {
    return Atomics.wait(this.#words, DURABLE, known | 0, timeoutMs) !== "timed-out";
  }

  /** Engine, after appending: one notification if the journal thread sleeps, nothing otherwise. */
  wake(): boolean {
    if (Atomics.load(this.#words, SLEEPING) === 0) return false;
    if (Atomics.exchange(this.#words, SLEEPING, 0) === 0) return false;
    Atomics.notify(this.#words, SLEEPING);
    return true;
  }

  requestStop(): void {
    Atomics.store(this.#words, STOP, 1);
    Atomics.notify(this.#words, STOP);
    this.wake();
  }

  /** Debug fault: the journal thread does nothing for `ms`. */
  requestFreeze(ms: number): void {
    assert(Number.isInteger(ms) && ms > 0 && ms <= FREEZE_MS_MAX, Code.ValueOutOfRange);
    Atomics.store(this.#words, FREEZE_MS, ms);
    this.wake();
  }

  // The journal thread's side.

  /** Before the thread starts, by whoever recovered: what is durable already. */
  begin(durable: number): void {
    assert(this.state === JournalState.Starting, Code.InvariantBroken);
    Atomics.store(this.#words, DURABLE, durable | 0);
  }

  publishBatch(durable: number, bytes: number, syncUs: number): void {
    assert(bytes > 0 && syncUs >= 0, Code.ValueOutOfRange);
    const words = this.#words;
    Atomics.store(words, BATCH_BYTES, bytes);
    Atomics.store(words, SYNC_US, syncUs);
    if (syncUs > Atomics.load(words, SYNC_US_MAX)) Atomics.store(words, SYNC_US_MAX, syncUs);
    Atomics.add(words, COMMITS, 1);
    Atomics.store(words, DURABLE, durable | 0);
    Atomics.notify(words, DURABLE);
  }

  publishPlace(epoch: number, segment: number): void {
    assert(epoch > 0 && segment > 0, Code.ValueOutOfRange);
    Atomics.store(this.#words, EPOCH, epoch);
    Atomics.store(this.#words, SEGMENT, segment);
  }

  publishState(state: JournalState, failure: Code = Code.Ok): void {
    Atomics.store(this.#words, FAILURE, failure);
    Atomics.store(this.#words, STATE, state);
    // Whoever waits for records must look up: they may never come.
    Atomics.notify(this.#words, DURABLE);
  }

  isStopRequested(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }

  /** Milliseconds to freeze, taken: the next call answers 0. */
  takeFreezeMs(): number {
    return Atomics.exchange(this.#words, FREEZE_MS, 0);
  }

  /** Sleeps until woken or `timeoutMs`, unless `hasWork` after the flag was raised: nothing is slept over. */
  sleep(timeoutMs: number, hasWork: () => boolean): void {
    assert(timeoutMs > 0, Code.ValueOutOfRange);
    Atomics.store(this.#words, SLEEPING, 1);
    const isNeeded = hasWork() || this.isStopRequested() || Atomics.load(this.#words, FREEZE_MS) !== 0;
    if (!isNeeded) Atomics.wait(this.#words, SLEEPING, 1, timeoutMs);
    Atomics.store(this.#words, SLEEPING, 0);
  }

  /** Sleeps whatever the engine does; only a stop ends it early. */
  pause(timeoutMs: number): void {
    Atomics.wait(this.#words, STOP, 0, timeoutMs);
  }
}

const FREEZE_MS_MAX = 600_000;
