/** Trading ring: encoded records from the engine to the journal, which gates it, and to replicas, which may be lapped. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isPowerOfTwo, type Limits } from "../core/limits.ts";
import { decodeRecord, encodeRecord } from "../model/codec.ts";
import type { TradingRecord } from "../model/record.ts";

const HEADER_BYTES = 192; // Claimed, written and gate cursors, a cache line each.
const CLAIMED = 0;
const WRITTEN = 16;
const GATE = 32;
/** A step may stage the ring's capacity divided by this before it is published in parts. */
const STEP_SHARE = 4;
const INPUT_AT = 16; // Offset of the input number in a record.

/** What a reader got. */
export type ReadResult = "record" | "empty" | "lapped";

/** Cursors count bytes modulo 2^32; a record never straddles the end, a zero length skips to the start. */
abstract class RingView {
  readonly capacity: number;
  protected readonly cursors: Int32Array;
  protected readonly bytes: Uint8Array;
  protected readonly view: DataView;

  constructor(
    buffer: SharedArrayBuffer,
    readonly limits: Limits,
  ) {
    this.capacity = buffer.byteLength - HEADER_BYTES;
    assert(isPowerOfTwo(this.capacity), Code.CapacityNotPowerOfTwo);
    assert(this.capacity >= 4 * limits.recordBytesMax, Code.LimitRelationBroken);
    this.cursors = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.bytes = new Uint8Array(buffer, HEADER_BYTES);
    this.view = new DataView(buffer, HEADER_BYTES);
  }
}

/** The engine's side. Readers see records when they are published: a step of the engine is whole then, or not there. */
export class TradingRing extends RingView {
  /** Where the records end that nobody sees yet. */
  #staged = 0;
  #hasStaged = false;

  static bytes(capacity: number): number {
    return HEADER_BYTES + capacity;
  }

  /** One record that is a step of its own. */
  append(record: Readonly<TradingRecord>): boolean {
    const isThere = this.stage(record);
    this.publish();
    return isThere;
  }

  /**
   * Writes a record that nobody sees before `publish`. False when the journal is a whole ring behind: nothing was
   * written, the engine must fail-stop and recover. A step of more than a quarter of the ring is published in parts:
   * the journal must be able to make room.
   */
  stage(record: Readonly<TradingRecord>): boolean {
    const { capacity, cursors, limits } = this;
    const start = this.#end();
    const used = (start - Atomics.load(cursors, GATE)) | 0;
    assert(used >= 0 && used <= capacity, Code.RingOverrun);
    if (capacity - used < 2 * limits.recordBytesMax) return false;
    let write = start;
    let at = write & (capacity - 1);
    const wraps = capacity - at < limits.recordBytesMax;
    if (wraps) write = (write + capacity - at) | 0;
    // Announced before the first byte changes: a replica that reads what is being overwritten finds out.
    Atomics.store(cursors, CLAIMED, (write + limits.recordBytesMax) | 0);
    if (wraps) {
      this.view.setUint16(at, 0, true);
      at = 0;
    }
    this.#staged = (write + encodeRecord(record, this.bytes, this.view, at)) | 0;
    this.#hasStaged = true;
    if (((this.#staged - Atomics.load(cursors, WRITTEN)) | 0) > capacity / STEP_SHARE) this.publish();
    return true;
  }

  /** What was staged is a whole step: readers may have it. */
  publish(): void {
    if (!this.#hasStaged) return;
    this.#hasStaged = false;
    Atomics.store(this.cursors, WRITTEN, this.#staged);
  }

  /** Share of the ring that waits for the journal: from one half on, opening orders are denied. */
  occupancy(): number {
    return ((this.#end() - Atomics.load(this.cursors, GATE)) | 0) / this.capacity;
  }

  /** Where the next record goes. Another thread that looks at the ring has staged nothing. */
  #end(): number {
    return this.#hasStaged ? this.#staged : Atomics.load(this.cursors, WRITTEN);
  }
}

/** A reader. The journal's is gating: it frees what it has read. Replicas follow and are told when they were lapped. */
export class TradingRingReader extends RingView {
  #read: number;
  /** Where the bytes end that `copyWaiting` gave out last. */
  #copied: number;

  constructor(
    buffer: SharedArrayBuffer,
    limits: Limits,
    readonly gating: boolean,
  ) {
    super(buffer, limits);
    this.#read = Atomics.load(this.cursors, gating ? GATE : WRITTEN);
    this.#copied = this.#read;
  }

  /** Next record into `out`. After "lapped" this reader must catch up from the journal's file; `rejoin` starts it anew. */
  read(out: TradingRecord): ReadResult {
    const { capacity, cursors } = this;
    if (this.#read === Atomics.load(cursors, WRITTEN)) return "empty";
    if (this.#isLapped()) return "lapped";
    let read = this.#read;
    let at = read & (capacity - 1);
    if (this.view.getUint16(at, true) === 0) {
      read = (read + capacity - at) | 0;
      at = 0;
    }
    const length = this.view.getUint16(at, true);
    const code = decodeRecord(out, this.bytes, this.view, at, capacity - at);
    // Looked at again after reading: what was overwritten meanwhile must not be believed.
    if (this.#isLapped()) return "lapped";
    assert(code === Code.Ok, Code.SlotIncomplete);
    this.#read = (read + length) | 0;
    if (this.gating) Atomics.store(cursors, GATE, this.#read);
    return "record";
  }

  /**
   * Copies whole encoded records that wait, as many as fit, to `into` from `at` up to `end`; answers where they end.
   * They stay in the ring, and count as waiting, until `freeCopied`: called again before, it copies the same. Records of
   * one input are not parted, unless they alone are more than fits.
   */
  copyWaiting(into: Uint8Array, at: number, end: number): number {
    const to = this.#copy(into, at, end);
    if (this.isCopied()) return to;
    const whole = this.#lastStep(into, at, to);
    return whole === to || whole === at ? to : this.#copy(into, at, whole);
  }

  #copy(into: Uint8Array, at: number, end: number): number {
    assert(this.gating, Code.InvariantBroken);
    const written = Atomics.load(this.cursors, WRITTEN);
    const { capacity } = this;
    let read = this.#read;
    let to = at;
    while (read !== written) {
      const from = read & (capacity - 1);
      const reach = Math.min((written - read) | 0, capacity - from);
      const run = this.#wholeRecords(from, Math.min(reach, end - to));
      into.set(this.bytes.subarray(from, from + run), to);
      to += run;
      read = (read + run) | 0;
      if (run === reach) continue;
      if (this.view.getUint16(from + run, true) !== 0) break; // The next one does not fit.
      read = (read + capacity - from - run) | 0;
    }
    this.#copied = read;
    return to;
  }

  /** True when all that waits has been given out. */
  isCopied(): boolean {
    return this.#copied === Atomics.load(this.cursors, WRITTEN);
  }

  /** Where the last input begins whose records go on behind `to`; `to` when none does. */
  #lastStep(into: Uint8Array, at: number, to: number): number {
    const copied = new DataView(into.buffer, into.byteOffset, into.byteLength);
    let from = this.#copied & (this.capacity - 1);
    if (this.view.getUint16(from, true) === 0) from = 0;
    const next = this.view.getFloat64(from + INPUT_AT, true);
    for (let record = at; record < to; record += copied.getUint16(record, true)) {
      if (copied.getFloat64(record + INPUT_AT, true) === next) return record;
    }
    return to;
  }

  /** Frees what `copyWaiting` gave out last. */
  freeCopied(): void {
    assert(this.gating, Code.InvariantBroken);
    this.#read = this.#copied;
    Atomics.store(this.cursors, GATE, this.#read);
  }

  /** True when nothing waits. */
  isEmpty(): boolean {
    return this.#read === Atomics.load(this.cursors, WRITTEN);
  }

  /** Goes on at the newest record. */
  rejoin(): void {
    assert(!this.gating, Code.InvariantBroken);
    this.#read = Atomics.load(this.cursors, WRITTEN);
  }

  /** Bytes of the records from `from` on that end within `room`, up to a skip. */
  #wholeRecords(from: number, room: number): number {
    let run = 0;
    while (run < room) {
      const length = this.view.getUint16(from + run, true);
      assert((length & 7) === 0, Code.SlotIncomplete);
      if (length === 0 || run + length > room) break;
      run += length;
    }
    return run;
  }

  #isLapped(): boolean {
    return !this.gating && ((Atomics.load(this.cursors, CLAIMED) - this.#read) | 0) > this.capacity;
  }
}
