/** New orders of a moment ago, found by what they say: the same order again within a window is a duplicate. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import { isPowerOfTwo } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import type { TradingRecord } from "../model/record.ts";

const TABLE = 55;
const COLUMNS = 6;
const NONE = -1;

/** A ring of the newest orders with chains by hash, so that a question costs one chain, whatever the ring holds. */
export class DuplicateRing implements Saved {
  /** account, instrument, shape, price, qty, timeUs of each slot. */
  readonly #columns: Float64Array;
  /** Newest order of each chain, and the one before each: by number, so that what has left the ring is known by its age. */
  readonly #heads: Float64Array;
  readonly #before: Float64Array;
  /** Orders ever noted; the next one's number. Its slot is the number modulo capacity. */
  #count = 0;

  constructor(
    readonly hash: RowHash,
    readonly capacity: number,
  ) {
    assert(isPowerOfTwo(capacity), Code.CapacityNotPowerOfTwo);
    this.#columns = new Float64Array(COLUMNS * capacity);
    this.#heads = new Float64Array(capacity).fill(NONE);
    this.#before = new Float64Array(capacity).fill(NONE);
  }

  note(order: Readonly<TradingRecord>): void {
    const slot = this.#count & (this.capacity - 1);
    if (this.#count >= this.capacity) this.#row(slot).takeOut();
    const at = COLUMNS * slot;
    this.#columns[at] = order.account;
    this.#columns[at + 1] = order.instrument;
    this.#columns[at + 2] = shape(order);
    this.#columns[at + 3] = order.price;
    this.#columns[at + 4] = order.qty;
    this.#columns[at + 5] = order.timeUs;
    this.#link(this.#count++);
    this.#row(slot).putIn();
  }

  /** True when this very order was noted after `nowUs − windowUs`, or when the ring is too short to say that it was not. */
  has(order: Readonly<TradingRecord>, nowUs: number, windowUs: number): boolean {
    if (windowUs <= 0) return false;
    const sinceUs = nowUs - windowUs;
    const first = this.#count - this.capacity;
    let number = this.#heads[this.#bucket(order.account, order.instrument, order.price, order.qty)] as number;
    while (number !== NONE && number >= first) {
      const slot = number & (this.capacity - 1);
      const at = COLUMNS * slot;
      if ((this.#columns[at + 5] as number) <= sinceUs) break; // Chains run from new to old.
      if (this.#isSame(at, order)) return true;
      assert((this.#before[slot] as number) < number, Code.InvariantBroken);
      number = this.#before[slot] as number;
    }
    if (this.#count < this.capacity) return false;
    const oldest = COLUMNS * (this.#count & (this.capacity - 1));
    return (this.#columns[oldest + 5] as number) > sinceUs;
  }

  save(out: StateWriter): void {
    out.u32(this.capacity).f64(this.#count).column(this.#columns, this.#columns.length);
  }

  load(from: StateReader): void {
    assert(this.#count === 0 && from.u32() === this.capacity, Code.InvariantBroken);
    this.#count = from.f64();
    from.column(this.#columns);
    for (let number = Math.max(0, this.#count - this.capacity); number < this.#count; number++) {
      this.#link(number);
      this.#row(number & (this.capacity - 1)).putIn();
    }
  }

  #isSame(at: number, order: Readonly<TradingRecord>): boolean {
    return (
      this.#columns[at] === order.account &&
      this.#columns[at + 1] === order.instrument &&
      this.#columns[at + 2] === shape(order) &&
      this.#columns[at + 3] === order.price &&
      this.#columns[at + 4] === order.qty
    );
  }

  #link(number: number): void {
    const slot = number & (this.capacity - 1);
    const at = COLUMNS * slot;
    const account = this.#columns[at] as number;
    const instrument = this.#columns[at + 1] as number;
    const bucket = this.#bucket(account, instrument, this.#columns[at + 3] as number, this.#columns[at + 4] as number);
    this.#before[slot] = this.#heads[bucket] as number;
    this.#heads[bucket] = number;
  }

  #bucket(account: number, instrument: number, price: number, qty: number): number {
    let mixed = Math.imul(account + 1, 0x9e3779b1) ^ Math.imul(instrument + 1, 0x85ebca77);
    mixed = Math.imul(mixed ^ (price | 0), 0xc2b2ae35) ^ Math.imul(qty | 0, 0x27d4eb2f);
    mixed ^= mixed >>> 15;
    return mixed & (this.capacity - 1);
  }

  #row(slot: number): RowHash {
    const at = COLUMNS * slot;
    this.hash.begin(TABLE, slot);
    for (let column = 0; column < COLUMNS; column++) this.hash.add(this.#columns[at + column] as number);
    return this.hash;
  }
}

/** What else tells orders apart. Prices and quantities are mantissas, so they are compared exactly. */
function shape(order: Readonly<TradingRecord>): number {
  return order.side + 4 * order.leg + 16 * order.orderType + 256 * order.triggerPrice;
}
