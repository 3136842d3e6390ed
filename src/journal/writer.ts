/** Writes batches: one write and one sync each, one in flight, the next segment prepared before it is needed. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { countDense } from "./batch.ts";
import {
  BATCH_HEADER_BYTES,
  type JournalTail,
  PAGE_BYTES,
  paddedBytes,
  sealBatch,
  writeSegmentHeader,
} from "./format.ts";
import { fileProblem, isNoSpace, type JournalFs, realFs, writeAll } from "./journal_fs.ts";
import { segmentPath } from "./segment.ts";
import { SpareSegment } from "./spare.ts";

export class JournalWriter {
  /** The batch being collected: encoded records go in from `BATCH_HEADER_BYTES` on. */
  readonly buffer: Uint8Array;
  readonly #view: DataView;
  readonly #page: Uint8Array;
  readonly #spare: SpareSegment;
  readonly #tail: JournalTail;
  readonly #usableBytes: number;
  #fd = -1;
  #isDiskFull = false;
  #isFailed = false;
  /** True when the last batch has no witness yet: damage to it could pass for a torn write. */
  #wantsSeal = false;

  /**
   * Opens a new segment of the next epoch behind `recovered`. Throws ProblemError: DiskFull when there is no room
   * for it, JournalUnwritable and SyncFailed for what they say.
   */
  constructor(
    readonly dir: string,
    readonly limits: Limits,
    recovered: Readonly<JournalTail> & { readonly tornBytes: number },
    readonly fs: JournalFs = realFs(),
  ) {
    // One page stays free: a segment that has a successor is cut, and so always shorter than one that has none.
    this.#usableBytes = limits.segmentBytes - PAGE_BYTES;
    assert(this.#usableBytes >= PAGE_BYTES + limits.batchBytesMax, Code.LimitRelationBroken);
    this.buffer = new Uint8Array(limits.batchBytesMax);
    this.#view = new DataView(this.buffer.buffer);
    this.#page = new Uint8Array(PAGE_BYTES);
    this.#spare = new SpareSegment(fs, dir, limits);
    const { segment, epoch, batch, prevCrc, lastRecord, usedBytes, chain } = recovered;
    this.#tail = { segment, epoch: epoch + 1, batch, prevCrc, lastRecord, usedBytes, chain };
    try {
      fs.makeDir(dir);
      this.#spare.adopt();
      if (!this.#spare.prepare(limits.segmentBytes)) {
        throw new ProblemError(problem(Code.DiskFull, "no room for a segment of the journal", { file: dir }));
      }
      this.#openSegment();
      if (segment > 0) this.#trim(segment, usedBytes + recovered.tornBytes);
    } catch (error) {
      throw fileProblem(error, dir, "cannot open the journal for writing");
    }
  }

  get lastRecord(): number {
    return this.#tail.lastRecord;
  }

  get epoch(): number {
    return this.#tail.epoch;
  }

  /** The end as it is durable. */
  get tail(): Readonly<JournalTail> {
    return this.#tail;
  }

  /** No spare segment can be had: what is left of this one is the reserve. Ends when `prepare` finds space again. */
  get isDiskFull(): boolean {
    return this.#isDiskFull;
  }

  get wantsSpare(): boolean {
    return !this.#spare.isReady;
  }

  get wantsSeal(): boolean {
    return this.#wantsSeal;
  }

  /**
   * Makes the records in `buffer` up to `end` durable. False when the disk is full and the reserve is used up: nothing
   * has changed, the same batch may be tried again. Throws ProblemError SyncFailed when the disk fails: for good.
   */
  commit(end: number): boolean {
    assert(!this.#isFailed, Code.SyncFailed);
    assert(end >= BATCH_HEADER_BYTES && end <= this.limits.batchBytesMax, Code.ValueOutOfRange);
    const tail = this.#tail;
    const count = countDense(this.#view, BATCH_HEADER_BYTES, end, tail.lastRecord + 1);
    assert(count >= 0, Code.RecordOrderBroken);
    if (tail.usedBytes + paddedBytes(end) > this.#usableBytes && !this.#guard(() => this.#roll())) return false;
    return this.#guard(() => this.#write(end, count));
  }

  /** An empty batch: what stood last is from here on proven by a successor. */
  seal(): boolean {
    return this.commit(BATCH_HEADER_BYTES);
  }

  /** Works on the spare segment, `bytes` at most. Also how a full disk is left behind again. */
  prepare(bytes: number): void {
    assert(!this.#isFailed, Code.SyncFailed);
    this.#guard(() => this.#spare.prepare(bytes));
    if (this.#spare.isReady) this.#isDiskFull = false;
  }

  close(): void {
    if (this.#fd >= 0) this.fs.close(this.#fd);
    this.#fd = -1;
    this.#spare.close();
  }

  #write(end: number, count: number): boolean {
    const tail = this.#tail;
    const bytes = sealBatch(this.buffer, end, count, tail);
    writeAll(this.fs, this.#fd, this.buffer, bytes, tail.usedBytes);
    this.#sync(() => this.fs.datasync(this.#fd));
    assert(bytes > 0 && tail.usedBytes + bytes <= this.#usableBytes, Code.InvariantBroken);
    tail.batch = this.#view.getUint32(12, true);
    tail.prevCrc = this.#view.getUint32(4, true);
    tail.lastRecord += count;
    tail.usedBytes += bytes;
    tail.chain = this.buffer.slice(BATCH_HEADER_BYTES - tail.chain.length, BATCH_HEADER_BYTES);
    this.#wantsSeal = count > 0;
    return true;
  }

  /** Goes on in the spare segment; the one before gives back what it has not used, which also says it has a successor. */
  #roll(): boolean {
    if (!this.#spare.prepare(this.limits.segmentBytes)) return false;
    const old = this.#fd;
    const { usedBytes } = this.#tail;
    this.#openSegment();
    this.fs.truncate(old, usedBytes);
    this.fs.close(old);
    return true;
  }

  /** Header first, durable, and only then the name: a file with a segment's name has always been whole. */
  #openSegment(): void {
    const { fs, limits } = this;
    const tail = this.#tail;
    const header = {
      segment: tail.segment + 1,
      epoch: tail.epoch,
      firstBatch: (tail.batch + 1) >>> 0,
      prevCrc: tail.prevCrc,
      segmentBytes: limits.segmentBytes,
      firstRecord: tail.lastRecord + 1,
      prevUsedBytes: tail.usedBytes,
      chain: tail.chain,
    };
    writeSegmentHeader(this.#page, header);
    writeAll(fs, this.#spare.fd, this.#page, PAGE_BYTES, 0);
    this.#sync(() => fs.datasync(this.#spare.fd));
    fs.rename(this.#spare.path, segmentPath(this.dir, header.segment));
    this.#fd = this.#spare.take();
    this.#sync(() => fs.syncDir(this.dir));
    tail.segment = header.segment;
    tail.usedBytes = PAGE_BYTES;
  }

  /** The segment that recovery left gives its unused zeros back; torn bytes stay, as evidence. */
  #trim(segment: number, bytes: number): void {
    const fd = this.fs.open(segmentPath(this.dir, segment), "write");
    if (this.fs.size(fd) > bytes) this.fs.truncate(fd, bytes);
    this.fs.close(fd);
  }

  /** No failed sync is tried again, whatever it says: the kernel may have given up the pages it could not write. */
  #sync(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw syncFailed(error, this.dir);
    }
  }

  /** A full disk is a state and may pass; every other failure is final, since nobody knows what reached the disk. */
  #guard(work: () => boolean): boolean {
    try {
      const done = work();
      if (!done) this.#isDiskFull = true;
      return done;
    } catch (error) {
      if (!(error instanceof ProblemError) && isNoSpace(error)) {
        this.#isDiskFull = true;
        return false;
      }
      this.#isFailed = true;
      throw syncFailed(error, this.dir);
    }
  }
}

function syncFailed(error: unknown, dir: string): ProblemError {
  if (error instanceof ProblemError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ProblemError(problem(Code.SyncFailed, `the journal cannot be made durable: ${text}`, { file: dir }));
}
