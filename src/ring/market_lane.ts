/** Market lane: single producer, single consumer, 64-byte slots published a whole frame at a time; never overwritten. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isPowerOfTwo } from "../core/limits.ts";
import {
  F64_A,
  F64_B,
  F64_C,
  F64_D,
  F64_EXCHANGE_TIME,
  F64_RECEIVE_TIME,
  F64_SEQUENCE,
  SLOT_BYTES,
  SLOT_F64,
  SLOT_U16,
  SLOT_U32,
  SlotFlag,
  U8_FLAGS,
  U8_KIND,
  U16_REVISION,
  U32_INSTRUMENT,
} from "../model/market_slot.ts";

const HEADER_BYTES = 128; // Producer and consumer cursors on a cache line each.
const WRITE_CURSOR = 0;
const READ_CURSOR = 16;

/** Cursors are Int32 and wrap: every comparison is of a difference, modulo 2^32. */
export class MarketLane {
  readonly capacity: number;
  readonly mask: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly f64: Float64Array;
  readonly #cursors: Int32Array;
  /** Producer: next sequence to fill, not yet published. */
  #claimed: number;
  /** Producer: what the consumer had read when last asked. */
  #readSeen: number;

  static bytes(capacity: number): number {
    return HEADER_BYTES + capacity * SLOT_BYTES;
  }

  constructor(buffer: SharedArrayBuffer, capacity: number) {
    assert(isPowerOfTwo(capacity), Code.CapacityNotPowerOfTwo);
    assert(buffer.byteLength === MarketLane.bytes(capacity), Code.LimitRelationBroken);
    this.capacity = capacity;
    this.mask = capacity - 1;
    this.#cursors = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.u8 = new Uint8Array(buffer, HEADER_BYTES);
    this.u16 = new Uint16Array(buffer, HEADER_BYTES);
    this.u32 = new Uint32Array(buffer, HEADER_BYTES);
    this.f64 = new Float64Array(buffer, HEADER_BYTES);
    this.#claimed = Atomics.load(this.#cursors, WRITE_CURSOR);
    this.#readSeen = Atomics.load(this.#cursors, READ_CURSOR);
  }

  /** True when `count` more slots fit beside what is claimed: a decoder asks once per frame. */
  hasRoom(count: number): boolean {
    if (this.capacity - ((this.#claimed - this.#readSeen) | 0) >= count) return true;
    this.#readSeen = Atomics.load(this.#cursors, READ_CURSOR);
    return this.capacity - ((this.#claimed - this.#readSeen) | 0) >= count;
  }

  /** Fills the next slot. Nothing is visible until `publish`; call only after `hasRoom`. */
  put(
    kind: number,
    flags: number,
    revision: number,
    instrument: number,
    exchangeTimeUs: number,
    receiveTimeUs: number,
    a: number,
    b: number,
    c: number,
    d: number,
    sequence: number,
  ): void {
    assert(((this.#claimed - this.#readSeen) | 0) < this.capacity, Code.RingOverrun);
    const slot = this.#claimed & this.mask;
    this.u8[slot * SLOT_BYTES + U8_KIND] = kind;
    this.u8[slot * SLOT_BYTES + U8_FLAGS] = flags;
    this.u16[slot * SLOT_U16 + U16_REVISION] = revision;
    this.u32[slot * SLOT_U32 + U32_INSTRUMENT] = instrument;
    const at = slot * SLOT_F64;
    this.f64[at + F64_EXCHANGE_TIME] = exchangeTimeUs;
    this.f64[at + F64_RECEIVE_TIME] = receiveTimeUs;
    this.f64[at + F64_A] = a;
    this.f64[at + F64_B] = b;
    this.f64[at + F64_C] = c;
    this.f64[at + F64_D] = d;
    this.f64[at + F64_SEQUENCE] = sequence;
    this.#claimed = (this.#claimed + 1) | 0;
  }

  /** Index (in slots) of the slot claimed last, to complete a head once its levels are counted. */
  claimedCount(): number {
    return (this.#claimed - Atomics.load(this.#cursors, WRITE_CURSOR)) | 0;
  }

  /** View index of the n-th slot of the frame being written. */
  slotOfFrame(n: number): number {
    return (Atomics.load(this.#cursors, WRITE_CURSOR) + n) & this.mask;
  }

  /** Throws away what was claimed since the last publish: a frame that turned out bad leaves no trace. */
  abandon(): void {
    this.#claimed = Atomics.load(this.#cursors, WRITE_CURSOR);
  }

  /** Marks the last claimed slot as the end of its frame and makes the frame visible with one store. */
  publish(): void {
    const write = Atomics.load(this.#cursors, WRITE_CURSOR);
    assert(this.#claimed !== write, Code.SlotIncomplete);
    const last = ((this.#claimed - 1) & this.mask) * SLOT_BYTES + U8_FLAGS;
    this.u8[last] = (this.u8[last] as number) | SlotFlag.LastOfFrame;
    Atomics.store(this.#cursors, WRITE_CURSOR, this.#claimed);
  }

  /** Consumer: slots that wait. */
  pending(): number {
    return (Atomics.load(this.#cursors, WRITE_CURSOR) - Atomics.load(this.#cursors, READ_CURSOR)) | 0;
  }

  /** Consumer: view index of the n-th waiting slot. */
  peek(n: number): number {
    return (Atomics.load(this.#cursors, READ_CURSOR) + n) & this.mask;
  }

  /** Consumer: frees `count` slots for the producer. */
  release(count: number): void {
    const read = Atomics.load(this.#cursors, READ_CURSOR);
    assert(count <= ((Atomics.load(this.#cursors, WRITE_CURSOR) - read) | 0), Code.RingOverrun);
    Atomics.store(this.#cursors, READ_CURSOR, (read + count) | 0);
  }
}
