/** A bounded pool of records for approved effects: the copy that waits for the journal is made here, without garbage. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { TradingRecord } from "../model/record.ts";

export class RecordPool {
  readonly #records: TradingRecord[] = [];
  readonly #slots = new Map<TradingRecord, number>();
  readonly #taken: Uint8Array;
  /** Slots that are free, as a stack. */
  readonly #free: Int32Array;
  #freeCount: number;

  constructor(capacity: number) {
    assert(capacity > 0, Code.ValueOutOfRange);
    this.#taken = new Uint8Array(capacity);
    this.#free = new Int32Array(capacity);
    this.#freeCount = capacity;
    for (let slot = 0; slot < capacity; slot++) {
      const record = new TradingRecord();
      this.#records.push(record);
      this.#slots.set(record, slot);
      this.#free[slot] = capacity - 1 - slot;
    }
  }

  hasRoom(): boolean {
    return this.#freeCount > 0;
  }

  take(): TradingRecord {
    assert(this.#freeCount > 0, Code.TableFull);
    const slot = this.#free[--this.#freeCount] as number;
    assert(this.#taken[slot] === 0, Code.InvariantBroken);
    this.#taken[slot] = 1;
    return this.#records[slot] as TradingRecord;
  }

  /** Gives a record back. Stops when it is not of this pool, or is free already: its content belongs to somebody else. */
  giveBack(record: Readonly<TradingRecord>): void {
    const slot = this.#slots.get(record as TradingRecord);
    assert(slot !== undefined, Code.NotApproved);
    assert(this.#taken[slot] === 1, Code.NotApproved);
    assert(this.#freeCount < this.#records.length, Code.InvariantBroken);
    this.#taken[slot] = 0;
    this.#free[this.#freeCount++] = slot;
  }

  /** True for a record that this pool handed out and has not got back. */
  owns(record: Readonly<TradingRecord>): boolean {
    const slot = this.#slots.get(record as TradingRecord);
    return slot !== undefined && this.#taken[slot] === 1;
  }
}
