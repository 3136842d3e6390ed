/** The spare segment: zero-filled and durable before it is needed, so that a full disk is met while there is a reserve. */

import { join } from "node:path";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { sameBytes } from "./format.ts";
import { isNoSpace, type JournalFs, readAll, writeAll } from "./journal_fs.ts";
import { SPARE_NAME } from "./segment.ts";

const SLICES_PER_BATCH = 4;

export class SpareSegment {
  readonly path: string;
  readonly #zeros: Uint8Array;
  #fd = -1;
  #filled = 0;
  #synced = 0;
  #isReady = false;

  constructor(
    readonly fs: JournalFs,
    dir: string,
    readonly limits: Limits,
  ) {
    this.path = join(dir, SPARE_NAME);
    this.#zeros = new Uint8Array(limits.batchBytesMax / SLICES_PER_BATCH);
  }

  /** Whole, zero and durable. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Takes over the spare that an earlier process left, if it is whole: then a start needs no space on the disk. */
  adopt(): void {
    assert(this.#fd < 0, Code.InvariantBroken);
    if (!this.fs.exists(this.path)) return;
    this.#fd = this.fs.open(this.path, "write");
    if (this.#isZero()) {
      this.#filled = this.limits.segmentBytes;
      this.#finish();
    } else this.discard();
  }

  /**
   * Fills about `bytes` more and syncs at the end. False when the disk is full: the part is removed, since others
   * need the space too. Other errors are thrown.
   */
  prepare(bytes: number): boolean {
    if (this.#isReady) return true;
    try {
      if (this.#fd < 0) this.#fd = this.fs.open(this.path, "new");
      const { segmentBytes } = this.limits;
      const until = Math.min(this.#filled + Math.max(bytes, 1), segmentBytes);
      while (this.#filled < until) {
        const slice = Math.min(this.#zeros.length, segmentBytes - this.#filled);
        writeAll(this.fs, this.#fd, this.#zeros, slice, this.#filled);
        this.#filled += slice;
        if (bytes < segmentBytes) this.#syncSome();
      }
      if (this.#filled === segmentBytes) this.#finish();
      return true;
    } catch (error) {
      this.discard();
      if (isNoSpace(error)) return false;
      throw error;
    }
  }

  /** The open file, to be renamed by the caller, who owns it from here on. */
  take(): number {
    assert(this.#isReady, Code.InvariantBroken);
    const fd = this.#fd;
    this.#fd = -1;
    this.#filled = this.#synced = 0;
    this.#isReady = false;
    return fd;
  }

  get fd(): number {
    assert(this.#isReady, Code.InvariantBroken);
    return this.#fd;
  }

  /** Leaves a whole spare for the next process and takes a part away. */
  close(): void {
    if (this.#isReady) this.fs.close(this.take());
    else this.discard();
  }

  discard(): void {
    if (this.#fd < 0) return;
    this.fs.close(this.#fd);
    this.#fd = -1;
    this.#filled = this.#synced = 0;
    this.fs.remove(this.path);
  }

  /** A little at a time, unless all is wanted at once: one sync of a whole segment would keep orders waiting for tens of milliseconds. */
  #syncSome(): void {
    assert(this.#filled <= this.limits.segmentBytes, Code.InvariantBroken);
    if (this.#filled - this.#synced < this.limits.batchBytesMax) return;
    this.fs.datasync(this.#fd);
    this.#synced = this.#filled;
  }

  #finish(): void {
    assert(this.#filled === this.limits.segmentBytes, Code.InvariantBroken);
    this.fs.sync(this.#fd);
    this.#isReady = true;
  }

  #isZero(): boolean {
    const { segmentBytes } = this.limits;
    if (this.fs.size(this.#fd) !== segmentBytes) return false;
    const slice = new Uint8Array(this.#zeros.length);
    for (let at = 0; at < segmentBytes; at += slice.length) {
      const length = Math.min(slice.length, segmentBytes - at);
      if (readAll(this.fs, this.#fd, slice, length, at) !== length) return false;
      if (!sameBytes(slice.subarray(0, length), this.#zeros.subarray(0, length))) return false;
    }
    return true;
  }
}
