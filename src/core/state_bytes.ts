/** Bytes of durable state: what snapshots are made of. Every table of D writes itself to them, and reads itself back. */

import { assert } from "./assert.ts";
import { Code } from "./code.ts";
import { Wide } from "./wide.ts";

/**
 * A part of D that a snapshot holds. `load` is called once, on a part that is empty, and must lead to the very same
 * behaviour and the very same rows of the hash: a snapshot whose hash differs after loading is thrown away.
 */
export interface Saved {
  save(out: StateWriter): void;
  load(from: StateReader): void;
}

/** Typed arrays that are saved as their bytes; this machine and every one that Bun runs on is little-endian. */
type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

const FIRST_BYTES = 1 << 16;

/** Appends; grows by doubling. Reused by `clear`. */
export class StateWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #encoder = new TextEncoder();

  get length(): number {
    return this.#length;
  }

  clear(): this {
    this.#length = 0;
    return this;
  }

  /** A view of what was written; valid until the next write. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins a part: its name (at most 255 bytes) and the version of what follows; a reader that expects another stops there. */
  part(name: string, version: number): this {
    return this.text(name).u32(version);
  }

  u32(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, Code.ValueOutOfRange);
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  f64(value: number): this {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  bool(value: boolean): this {
    return this.u32(value ? 1 : 0);
  }

  wide(value: Readonly<Wide>): this {
    return this.f64(value.hi).f64(value.lo);
  }

  text(text: string): this {
    if (text === "") return this.u32(0);
    // One unit of UTF-16 is three bytes of UTF-8 at most; what was too much is given back.
    const at = this.#room(4 + 3 * text.length);
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(at + 4));
    this.#view.setUint32(at, written, true);
    this.#length = at + 4 + written;
    return this;
  }

  /** The first `count` elements of a column. */
  column(column: Column, count: number): this {
    assert(count >= 0 && count <= column.length, Code.ValueOutOfRange);
    const size = count * column.BYTES_PER_ELEMENT;
    this.u32(size);
    const at = this.#room(size);
    this.#bytes.set(new Uint8Array(column.buffer, column.byteOffset, size), at);
    return this;
  }

  #room(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      bytes.set(this.#bytes.subarray(0, at));
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    return at;
  }
}

/** Reads what a StateWriter wrote. Throws (InvariantBroken) on anything else: the bytes were checked before by their sum. */
export class StateReader {
  #at = 0;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  part(name: string, version: number): this {
    assert(this.text() === name, Code.InvariantBroken);
    assert(this.u32() === version, Code.InvariantBroken);
    return this;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  bool(): boolean {
    return this.u32() !== 0;
  }

  wide(): Wide {
    return new Wide().setLimbs(this.f64(), this.f64());
  }

  text(): string {
    const length = this.u32();
    if (length === 0) return "";
    const at = this.#take(length);
    return this.#decoder.decode(this.bytes.subarray(at, at + length));
  }

  /** Fills the front of `column`; answers how many elements it was. */
  column(column: Column): number {
    const size = this.u32();
    assert(size <= column.byteLength && size % column.BYTES_PER_ELEMENT === 0, Code.InvariantBroken);
    const at = this.#take(size);
    new Uint8Array(column.buffer, column.byteOffset, size).set(this.bytes.subarray(at, at + size));
    return size / column.BYTES_PER_ELEMENT;
  }

  #take(size: number): number {
    const at = this.#at;
    assert(at + size <= this.bytes.length, Code.InvariantBroken);
    this.#at = at + size;
    return at;
  }
}
