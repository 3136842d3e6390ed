/** The engine's side of the journal thread. */
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import type { Journal } from "../engine/ports.ts";
import type { TradingRecord } from "../model/record.ts";
import { TradingRing } from "../ring/trading_ring.ts";
import { JOURNAL_WORDS, JournalState, JournalWord } from "./words.ts";

export class RingJournal implements Journal {
  readonly #ring: TradingRing;
  readonly #words: Int32Array;
  #last = 0;
  #dirty = false;
  constructor(ring: SharedArrayBuffer, words: SharedArrayBuffer, limits: Limits) {
    this.#ring = new TradingRing(ring, limits);
    this.#words = new Int32Array(words, 0, JOURNAL_WORDS);
    this.#last = Atomics.load(this.#words, JournalWord.Durable) >>> 0;
  }
  append(record: Readonly<TradingRecord>): void {
    assert(this.#ring.append(record), Code.JournalBlocked);
    this.#last = record.record;
    this.#dirty = true;
  }
  flush(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    if (Atomics.load(this.#words, JournalWord.Sleeping) === 1) Atomics.notify(this.#words, JournalWord.Sleeping);
  }
  durableRecord(): number {
    const low = Atomics.load(this.#words, JournalWord.Durable);
    return this.#last - ((this.#last - low) >>> 0);
  }
  occupancy(): number {
    return Atomics.load(this.#words, JournalWord.State) === JournalState.DiskFull ? 1 : this.#ring.occupancy();
  }
  onDurable(go: () => void): void {
    const known = Atomics.load(this.#words, JournalWord.Durable);
    const wait = (
      Atomics as unknown as {
        waitAsync(a: Int32Array, i: number, v: number): { async: boolean; value: Promise<string> };
      }
    ).waitAsync(this.#words, JournalWord.Durable, known);
    if (wait.async) void wait.value.then(go);
    else setTimeout(go, 0);
  }
}
