/** One segment file read whole into a buffer, and the names of segment files. */

import { join } from "node:path";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { listArchives, readArchived } from "./archive.ts";
import { PAGE_BYTES, readSegmentHeader, SEGMENT_BYTES_MAX, type SegmentHeader, sameBytes } from "./format.ts";
import { fileProblem, type JournalFs, readAll } from "./journal_fs.ts";

/** The next segment while it is prepared; not part of the journal until it is renamed. */
export const SPARE_NAME = "spare.tmp";
const DIGITS = 10;
const SUFFIX = ".journal";

export function segmentPath(dir: string, segment: number): string {
  assert(segment > 0, Code.ValueOutOfRange);
  return join(dir, String(segment).padStart(DIGITS, "0") + SUFFIX);
}

/** Numbers of the segments in `dir` and in its archives, ascending; none when it does not exist. */
export function listSegments(fs: JournalFs, dir: string): number[] {
  const numbers = new Set(listSegmentFiles(fs, dir));
  for (const { first, last } of listArchives(fs, dir)) for (let n = first; n <= last; n++) numbers.add(n);
  return [...numbers].sort((a, b) => a - b);
}

/** Those that are files of their own. */
export function listSegmentFiles(fs: JournalFs, dir: string): number[] {
  if (!fs.exists(dir)) return [];
  const numbers: number[] = [];
  for (const name of fs.list(dir)) {
    const digits = name.slice(0, -SUFFIX.length);
    if (!name.endsWith(SUFFIX) || digits.length !== DIGITS || !/^\d+$/.test(digits)) continue;
    numbers.push(Number.parseInt(digits, 10));
  }
  return numbers.sort((a, b) => a - b);
}

/** A buffer that one segment after the other is read into, from its file or out of an archive. */
export class SegmentBytes {
  bytes = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);
  /** Bytes of the file that are in the buffer. */
  size = 0;
  file = "";

  #isArchived = false;

  constructor(readonly fs: JournalFs) {}

  /** Reads the file and answers its header, or what is wrong with it in words. Throws ProblemError when unreadable. */
  load(dir: string, segment: number): SegmentHeader | string {
    const misfit = this.#open(dir, segment, SEGMENT_BYTES_MAX);
    if (misfit !== undefined) return misfit;
    const header = readSegmentHeader(this.bytes.subarray(0, Math.min(this.size, PAGE_BYTES)));
    if (typeof header === "string" || header.segment === segment) return header;
    return `the header says segment ${header.segment}`;
  }

  /** Reads the header page only. */
  loadHeader(dir: string, segment: number): SegmentHeader | string {
    const misfit = this.#open(dir, segment, PAGE_BYTES);
    if (misfit !== undefined) return misfit;
    return readSegmentHeader(this.bytes.subarray(0, Math.min(this.size, PAGE_BYTES)));
  }

  /** Reads again from `offset` on: a writer may have gone on meanwhile. */
  reload(offset: number): void {
    assert(offset <= this.size, Code.ValueOutOfRange);
    // What is archived does not change any more; a file that has gone meanwhile has become an archive of the same bytes.
    if (!this.#isArchived && this.fs.exists(this.file)) this.#read(offset);
  }

  /** Where the last byte that is not zero ends, at least `from`. */
  lastByte(from: number): number {
    if (from >= this.size) return from;
    const zeros = new Uint8Array(PAGE_BYTES);
    let end = this.size;
    // Whole pages of zeros by comparison: a fresh segment is nothing else, and a start must not wait for it.
    while (end - PAGE_BYTES >= from && sameBytes(this.bytes.subarray(end - PAGE_BYTES, end), zeros)) end -= PAGE_BYTES;
    while (end > from && this.bytes[end - 1] === 0) end--;
    return end;
  }

  /** The file first: an archive that a crash left beside it does not count. Answers what is wrong with an archive. */
  #open(dir: string, segment: number, bytesMax: number): string | undefined {
    this.file = segmentPath(dir, segment);
    this.#isArchived = false;
    try {
      this.#read(0, bytesMax);
      return undefined;
    } catch (error) {
      if (this.fs.exists(this.file)) throw error;
      const archived = readArchived(this.fs, dir, segment);
      if (archived === undefined) throw error;
      this.#isArchived = true;
      this.bytes = typeof archived === "string" ? new Uint8Array(0) : archived;
      this.view = new DataView(this.bytes.buffer);
      this.size = this.bytes.length;
      return typeof archived === "string" ? archived : undefined;
    }
  }

  #read(offset: number, bytesMax = SEGMENT_BYTES_MAX): void {
    try {
      const fd = this.fs.open(this.file, "read");
      try {
        const size = this.fs.size(fd);
        if (size > SEGMENT_BYTES_MAX) throw new Error(`${size} bytes are more than a segment can have`);
        const rest = Math.max(Math.min(size, bytesMax) - offset, 0);
        this.#room(offset + rest);
        this.size = offset + readAll(this.fs, fd, this.bytes.subarray(offset), rest, offset);
      } finally {
        this.fs.close(fd);
      }
    } catch (error) {
      throw fileProblem(error, this.file, "cannot read the segment", Code.FileUnreadable);
    }
  }

  #room(size: number): void {
    if (this.bytes.length >= size) return;
    const larger = new Uint8Array(size);
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
