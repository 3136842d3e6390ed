/** The engine's side of the file journal: records go into the trading ring, durability comes back in a word. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Journal } from "../engine/ports.ts";
import type { TradingRecord } from "../model/record.ts";
import type { TradingRing } from "../ring/trading_ring.ts";
import { JournalState, type JournalWords } from "./words.ts";

export class RingJournal implements Journal {
  #last: number;
  #durable: number;
  #hasNew = false;

  /** `lastRecord`: what recovery ended at. */
  constructor(
    readonly ring: TradingRing,
    readonly words: JournalWords,
    lastRecord: number,
  ) {
    assert(words.durable(lastRecord) === lastRecord, Code.RecordOrderBroken);
    this.#last = lastRecord;
    this.#durable = lastRecord;
  }

  get state(): JournalState {
    return this.words.state;
  }

  get lastRecord(): number {
    return this.#last;
  }

  /** Stops with JournalBlocked when the journal is a whole ring behind: the engine then recovers. */
  append(record: Readonly<TradingRecord>): void {
    assert(record.record === this.#last + 1, Code.RecordOrderBroken);
    assert(this.ring.stage(record), Code.JournalBlocked);
    this.#last = record.record;
    this.#hasNew = true;
  }

  /** The journal thread may take what was appended: the records of a step become durable together, or none of them. */
  endStep(): void {
    this.ring.publish();
  }

  /** Once at the end of an engine step: wakes the journal thread if it sleeps and there is something for it. */
  flush(): void {
    this.ring.publish();
    if (!this.#hasNew) return;
    this.#hasNew = false;
    this.words.wake();
  }

  durableRecord(): number {
    this.#durable = this.words.durable(this.#durable);
    assert(this.#durable <= this.#last, Code.RecordOrderBroken);
    return this.#durable;
  }

  /**
   * Share of the ring that waits. A full disk counts as half a ring at least, so that opening orders are denied while
   * exits go on; a failed journal as a whole one.
   */
  occupancy(): number {
    const waiting = this.ring.occupancy();
    const { state } = this.words;
    if (state === JournalState.DiskFull) return Math.max(waiting, FULL_DISK_SHARE);
    return state === JournalState.Failed || state === JournalState.Stopped ? 1 : waiting;
  }
}

const FULL_DISK_SHARE = 0.5;
