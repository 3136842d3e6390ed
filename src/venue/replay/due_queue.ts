/** FIFO of pooled records with due times that never run backward: one latency, so order of entry is order of exit. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { TradingRecord } from "../../model/record.ts";

export class DueQueue {
  readonly #slots: TradingRecord[] = [];
  readonly #dueUs: Float64Array;
  #head = 0;
  #count = 0;

  constructor(readonly capacity: number) {
    this.#dueUs = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** The slot to fill, due at `dueUs`; undefined when the queue is full. Slots are made on first use, then reused. */
  push(dueUs: number): TradingRecord | undefined {
    if (this.#count === this.capacity) return undefined;
    const at = (this.#head + this.#count) % this.capacity;
    const before = (this.#head + this.#count - 1 + this.capacity) % this.capacity;
    // A shorter wait behind a longer one is served in order: a session is one stream of bytes.
    this.#dueUs[at] = this.#count === 0 ? dueUs : Math.max(dueUs, this.#dueUs[before] as number);
    this.#count++;
    const slot = this.#slots[at] ?? new TradingRecord();
    this.#slots[at] = slot;
    return slot;
  }

  nextDueUs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#dueUs[this.#head] as number);
  }

  /** Oldest entry, which stays. */
  peek(): TradingRecord {
    assert(this.#count > 0, Code.InvariantBroken);
    return this.#slots[this.#head] as TradingRecord;
  }

  /** Oldest entry, taken out; valid until `push` has gone round. */
  shift(): TradingRecord {
    const slot = this.peek();
    this.#head = (this.#head + 1) % this.capacity;
    this.#count--;
    return slot;
  }
}
