/** Market lane: single producer, single consumer, 64-byte slots published a whole frame at a time; never overwritten. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isPowerOfTwo, type Limits } from "../core/limits.ts";
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
  SLOT_U32,
  SlotFlag,
  U8_FLAGS,
  U32_INSTRUMENT,
} from "../model/market_slot.ts";

const HEADER_BYTES = 128; // Producer and consumer cursors on a cache line each.
const WRITE_CURSOR = 0;
const READ_CURSOR = 16;

/**
 * Cursors are Int32 and wrap: every comparison is of a difference, modulo 2^32. Each side keeps its own cursor in a plain
 * field (it alone writes it) and reads the other's under Atomics; one object may serve both sides in one thread.
 */
export class MarketLane {
  readonly capacity: number;
  readonly mask: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly f64: Float64Array;
  readonly #cursors: Int32Array;
  /** Producer: next sequence to fill, and what has been published of it. */
  #claimed: number;
  #written: number;
  /** Producer: what the consumer had read when last asked. */
  #readSeen: number;
  /** Consumer: next sequence to read. */
  #read: number;

  static bytes(capacity: number): number {
    return HEADER_BYTES + capacity * SLOT_BYTES;
  }

  /** A lane of its own, of the size that the limits say. */
  static create(limits: Limits): MarketLane {
    const { marketLaneSlots } = limits;
    return new MarketLane(new SharedArrayBuffer(MarketLane.bytes(marketLaneSlots)), marketLaneSlots);
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
    this.#written = Atomics.load(this.#cursors, WRITE_CURSOR);
    this.#claimed = this.#written;
    this.#read = Atomics.load(this.#cursors, READ_CURSOR);
    this.#readSeen = this.#read;
    assert(((this.#written - this.#read) | 0) >= 0, Code.RingOverrun);
  }

  /** Starts both cursors of a fresh lane at `sequence`: for tests near the wrap of 2^31 and 2^32. */
  static startAt(buffer: SharedArrayBuffer, sequence: number): void {
    const cursors = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    Atomics.store(cursors, WRITE_CURSOR, sequence | 0);
    Atomics.store(cursors, READ_CURSOR, sequence | 0);
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
    const at = this.#claim(kind, flags, revision, instrument);
    const f64 = this.f64;
    f64[at + F64_EXCHANGE_TIME] = exchangeTimeUs;
    f64[at + F64_RECEIVE_TIME] = receiveTimeUs;
    f64[at + F64_A] = a;
    f64[at + F64_B] = b;
    f64[at + F64_C] = c;
    f64[at + F64_D] = d;
    f64[at + F64_SEQUENCE] = sequence;
  }

  /** Slots claimed since the last publish. */
  claimedCount(): number {
    return (this.#claimed - this.#written) | 0;
  }

  /** View index of the n-th slot of the frame being written: to complete a head once its levels are counted. */
  slotOfFrame(n: number): number {
    assert(n < this.claimedCount(), Code.ValueOutOfRange);
    return (this.#written + n) & this.mask;
  }

  /** Throws away what was claimed since the last publish: a frame that turned out bad leaves no trace. */
  abandon(): void {
    this.#claimed = this.#written;
  }

  /** Marks the last claimed slot as the end of its frame and makes the frame visible with one store. */
  publish(): void {
    assert(this.#claimed !== this.#written, Code.SlotIncomplete);
    const last = ((this.#claimed - 1) & this.mask) * SLOT_BYTES + U8_FLAGS;
    this.u8[last] = (this.u8[last] as number) | SlotFlag.LastOfFrame;
    this.#written = this.#claimed;
    Atomics.store(this.#cursors, WRITE_CURSOR, this.#claimed);
  }

  /** Consumer: slots that wait. */
  pending(): number {
    return (Atomics.load(this.#cursors, WRITE_CURSOR) - this.#read) | 0;
  }

  /** Consumer: view index of the n-th waiting slot. */
  peek(n: number): number {
    return (this.#read + n) & this.mask;
  }

  /** Consumer: frees `count` slots for the producer. */
  release(count: number): void {
    assert(count <= this.pending(), Code.RingOverrun);
    this.#read = (this.#read + count) | 0;
    Atomics.store(this.#cursors, READ_CURSOR, this.#read);
  }

  /** Claims the next slot and writes its head; answers its index among the float64 columns. */
  #claim(kind: number, flags: number, revision: number, instrument: number): number {
    assert(((this.#claimed - this.#readSeen) | 0) < this.capacity, Code.RingOverrun);
    const slot = this.#claimed & this.mask;
    this.#claimed = (this.#claimed + 1) | 0;
    // kind u8, flags u8, revision u16 in one store: the table's order, little-endian as every host we run on.
    this.u32[slot * SLOT_U32] = kind | (flags << 8) | (revision << 16);
    this.u32[slot * SLOT_U32 + U32_INSTRUMENT] = instrument;
    return slot * SLOT_F64;
  }
}
