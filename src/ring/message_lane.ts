/** Message lane: trading records from one producer to one consumer over a byte ring; never overwritten, never split. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isPowerOfTwo, type Limits } from "../core/limits.ts";
import { decodeRecord, encodeRecord } from "../model/codec.ts";
import type { TradingRecord } from "../model/record.ts";

const HEADER_BYTES = 128; // Producer and consumer cursors on a cache line each.
const WRITE_CURSOR = 0;
const READ_CURSOR = 16;
const COUNT = 8;
const TAKEN = 24;

/**
 * Cursors count bytes modulo 2^32. A record that would straddle the end of the ring is preceded by a skip: a zero
 * length, after which reading goes on at the start.
 */
export class MessageLane {
  readonly #capacity: number;
  readonly #recordBytesMax: number;
  readonly #cursors: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Consumer: next byte to read; it alone moves it. */
  #read: number;

  static bytes(capacity: number): number {
    return HEADER_BYTES + capacity;
  }

  /** A lane of its own, of the size that the limits say. */
  static create(limits: Limits): MessageLane {
    return new MessageLane(new SharedArrayBuffer(MessageLane.bytes(limits.messageLaneBytes)), limits);
  }

  constructor(buffer: SharedArrayBuffer, limits: Limits) {
    this.#capacity = buffer.byteLength - HEADER_BYTES;
    assert(isPowerOfTwo(this.#capacity), Code.CapacityNotPowerOfTwo);
    assert(this.#capacity >= 4 * limits.recordBytesMax, Code.LimitRelationBroken);
    this.#recordBytesMax = limits.recordBytesMax;
    this.#cursors = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(buffer, HEADER_BYTES);
    this.#view = new DataView(buffer, HEADER_BYTES);
    this.#read = Atomics.load(this.#cursors, READ_CURSOR);
  }

  /** False when the lane is full: nothing was written, and the producer decides what that means. */
  put(record: Readonly<TradingRecord>): boolean {
    let write = Atomics.load(this.#cursors, WRITE_CURSOR);
    const used = (write - Atomics.load(this.#cursors, READ_CURSOR)) | 0;
    // A skip and the largest record must both fit: simple, and the lane is large.
    if (this.#capacity - used < 2 * this.#recordBytesMax) return false;
    let at = write & (this.#capacity - 1);
    if (this.#capacity - at < this.#recordBytesMax) {
      this.#view.setUint16(at, 0, true);
      write = (write + this.#capacity - at) | 0;
      at = 0;
    }
    const length = encodeRecord(record, this.#bytes, this.#view, at);
    Atomics.add(this.#cursors, COUNT, 1);
    Atomics.store(this.#cursors, WRITE_CURSOR, (write + length) | 0);
    return true;
  }

  /** Oldest record into `out`; false when none waits. */
  take(out: TradingRecord): boolean {
    let read = this.#read;
    if (read === Atomics.load(this.#cursors, WRITE_CURSOR)) return false;
    let at = read & (this.#capacity - 1);
    if (this.#view.getUint16(at, true) === 0) {
      read = (read + this.#capacity - at) | 0;
      at = 0;
    }
    const length = this.#view.getUint16(at, true);
    const code = decodeRecord(out, this.#bytes, this.#view, at, this.#capacity - at);
    assert(code === Code.Ok, Code.SlotIncomplete);
    Atomics.add(this.#cursors, TAKEN, 1);
    this.#read = (read + length) | 0;
    Atomics.store(this.#cursors, READ_CURSOR, this.#read);
    return true;
  }

  /** Records that wait. */
  pending(): number {
    return (Atomics.load(this.#cursors, COUNT) - Atomics.load(this.#cursors, TAKEN)) | 0;
  }
}
