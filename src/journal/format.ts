/** The file format: a header page opens each segment, a header opens each batch, both as tables of columns. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { ColumnSpec } from "../model/market_slot.ts";

/** Batches start and end on this boundary, so that a torn write never touches bytes that were acknowledged. */
export const PAGE_BYTES = 4_096;
export const FORMAT_VERSION = 1;
export const SEGMENT_MAGIC = 0x4753_4c4d; // "MLSG" as it stands in the file.
export const BATCH_MAGIC = 0x5442_4c4d; // "MLBT"
export const CHAIN_BYTES = 32;
/** No segment of ours is larger: a header that says so is not believed. */
export const SEGMENT_BYTES_MAX = 0x4000_0000;

export const SEGMENT_COLUMNS = [
  { name: "magic", type: "u32", meaning: "MLSG" },
  { name: "crc", type: "u32", meaning: "CRC-32 of the header page from `version` on" },
  { name: "version", type: "u32", meaning: "version of this format" },
  { name: "segment", type: "u32", meaning: "number of the segment, from 1, dense; the file's name" },
  { name: "epoch", type: "u32", meaning: "rises by one at each start of a writer" },
  { name: "firstBatch", type: "u32", meaning: "number of the first batch, modulo 2^32" },
  { name: "prevCrc", type: "u32", meaning: "CRC of the last batch before this segment, 0 = none" },
  { name: "segmentBytes", type: "u32", meaning: "the file's size until it has a successor" },
  { name: "firstRecord", type: "f64", meaning: "number of the first record" },
  {
    name: "prevUsedBytes",
    type: "f64",
    meaning: "where the previous segment is sealed: what lies behind does not count",
  },
  ...chainColumns("chain before this segment"),
] as const satisfies readonly ColumnSpec[];

export const BATCH_COLUMNS = [
  { name: "magic", type: "u32", meaning: "MLBT" },
  { name: "crc", type: "u32", meaning: "CRC-32 from `length` to the end of the batch's last page" },
  { name: "length", type: "u32", meaning: "bytes of header and records, without the zeros behind" },
  { name: "batch", type: "u32", meaning: "number of the batch, dense over all segments, modulo 2^32" },
  { name: "prevCrc", type: "u32", meaning: "CRC of the batch before" },
  { name: "epoch", type: "u32", meaning: "epoch of its segment" },
  { name: "firstRecord", type: "f64", meaning: "number of the first record" },
  { name: "count", type: "u32", meaning: "records in the batch; 0 = a seal, the witness of the batch before" },
  { name: "reserved", type: "u32", meaning: "0" },
  ...chainColumns("SHA-256 of (chain before, bytes of the records)"),
] as const satisfies readonly ColumnSpec[];

/** Offset of the chain in a batch: it stands right before the records, so that one hash call covers both. */
export const BATCH_CHAIN_AT = 40;
/** Records begin here. */
export const BATCH_HEADER_BYTES = BATCH_CHAIN_AT + CHAIN_BYTES;
const SEGMENT_CHAIN_AT = 48;

export interface SegmentHeader {
  readonly segment: number;
  readonly epoch: number;
  readonly firstBatch: number;
  readonly prevCrc: number;
  readonly segmentBytes: number;
  readonly firstRecord: number;
  readonly prevUsedBytes: number;
  readonly chain: Uint8Array;
}

/** Where a journal ends: what the next batch must join. Plain data, it crosses threads. */
export interface JournalTail {
  /** Number of the last segment, 0 = none. */
  segment: number;
  epoch: number;
  /** Number of the last batch. */
  batch: number;
  prevCrc: number;
  lastRecord: number;
  /** Bytes of the last segment that count: header page and whole batches. */
  usedBytes: number;
  chain: Uint8Array;
}

/** The tail of a journal that does not exist yet. */
export function freshTail(): JournalTail {
  const chain = new Uint8Array(CHAIN_BYTES);
  return { segment: 0, epoch: 0, batch: 0, prevCrc: 0, lastRecord: 0, usedBytes: 0, chain };
}

/** The tail as it is right behind a segment's header. */
export function tailBehind(header: SegmentHeader): JournalTail {
  const { segment, epoch, prevCrc, chain } = header;
  const batch = (header.firstBatch - 1) >>> 0;
  return { segment, epoch, batch, prevCrc, lastRecord: header.firstRecord - 1, usedBytes: PAGE_BYTES, chain };
}

/** What the segment before ended with, as this header says. */
export function tailBefore(header: SegmentHeader): JournalTail {
  return { ...tailBehind(header), segment: header.segment - 1, usedBytes: header.prevUsedBytes };
}

/** `length` rounded up to whole pages. */
export function paddedBytes(length: number): number {
  return Math.ceil(length / PAGE_BYTES) * PAGE_BYTES;
}

/** Fills `page` (one page) with the header. */
export function writeSegmentHeader(page: Uint8Array, header: SegmentHeader): void {
  assert(page.length === PAGE_BYTES && header.chain.length === CHAIN_BYTES, Code.ValueOutOfRange);
  assert(header.segment > 0 && header.epoch > 0, Code.ValueOutOfRange);
  const view = viewOf(page);
  page.fill(0);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, header.segment, true);
  view.setUint32(16, header.epoch, true);
  view.setUint32(20, header.firstBatch, true);
  view.setUint32(24, header.prevCrc, true);
  view.setUint32(28, header.segmentBytes, true);
  view.setFloat64(32, header.firstRecord, true);
  view.setFloat64(40, header.prevUsedBytes, true);
  page.set(header.chain, SEGMENT_CHAIN_AT);
  view.setUint32(4, Bun.hash.crc32(page.subarray(8, PAGE_BYTES)), true);
}

/** The header of a segment, or what is wrong with it, in words. Total: any bytes give an answer. */
export function readSegmentHeader(page: Uint8Array): SegmentHeader | string {
  if (page.length < PAGE_BYTES) return `the file has ${page.length} bytes: no whole header page`;
  const view = viewOf(page);
  if (view.getUint32(0, true) !== SEGMENT_MAGIC) return "no segment header: its first bytes are not MLSG";
  if (view.getUint32(4, true) !== Bun.hash.crc32(page.subarray(8, PAGE_BYTES))) return "CRC of the segment header";
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION) return `format version ${version}: this program knows ${FORMAT_VERSION}`;
  const segmentBytes = view.getUint32(28, true);
  const isSize = segmentBytes % PAGE_BYTES === 0 && segmentBytes > PAGE_BYTES && segmentBytes <= SEGMENT_BYTES_MAX;
  if (!isSize) return `a segment of ${segmentBytes} bytes cannot be`;
  return {
    segment: view.getUint32(12, true),
    epoch: view.getUint32(16, true),
    firstBatch: view.getUint32(20, true),
    prevCrc: view.getUint32(24, true),
    segmentBytes,
    firstRecord: view.getFloat64(32, true),
    prevUsedBytes: view.getFloat64(40, true),
    chain: page.slice(SEGMENT_CHAIN_AT, SEGMENT_CHAIN_AT + CHAIN_BYTES),
  };
}

/** Why a segment with this header cannot follow `tail`, in words; undefined when it does. */
export function headerMisfit(header: SegmentHeader, tail: JournalTail): string | undefined {
  const { segment, epoch } = header;
  if (segment !== tail.segment + 1) return `segment ${segment} where ${tail.segment + 1} must follow`;
  if (epoch !== tail.epoch && epoch !== tail.epoch + 1) return `epoch ${epoch} after ${tail.epoch}`;
  if (header.prevUsedBytes !== tail.usedBytes) {
    return `the segment before is sealed at ${header.prevUsedBytes} bytes, and has ${tail.usedBytes}`;
  }
  if (header.firstRecord !== tail.lastRecord + 1) return `record ${header.firstRecord} after ${tail.lastRecord}`;
  if (header.firstBatch !== (tail.batch + 1) >>> 0) return `batch ${header.firstBatch} after ${tail.batch}`;
  if (header.prevCrc !== tail.prevCrc) return "CRC of the batch before";
  if (!sameBytes(header.chain, tail.chain)) return "chain of the segments before";
  return undefined;
}

/** Completes the batch in `bytes` (records stand behind the header, zeros up to the page) to join `tail`; answers its bytes. */
export function sealBatch(bytes: Uint8Array, length: number, count: number, tail: JournalTail): number {
  const view = viewOf(bytes);
  const padded = paddedBytes(length);
  assert(length >= BATCH_HEADER_BYTES && padded <= bytes.length, Code.ValueOutOfRange);
  assert(tail.epoch > 0 && tail.chain.length === CHAIN_BYTES, Code.ValueOutOfRange);
  bytes.fill(0, length, padded);
  view.setUint32(0, BATCH_MAGIC, true);
  view.setUint32(8, length, true);
  view.setUint32(12, (tail.batch + 1) >>> 0, true);
  view.setUint32(16, tail.prevCrc, true);
  view.setUint32(20, tail.epoch, true);
  view.setFloat64(24, tail.lastRecord + 1, true);
  view.setUint32(32, count, true);
  view.setUint32(36, 0, true);
  bytes.set(tail.chain, BATCH_CHAIN_AT);
  bytes.set(chainOver(bytes, 0, length), BATCH_CHAIN_AT);
  view.setUint32(4, Bun.hash.crc32(bytes.subarray(8, padded)), true);
  return padded;
}

/** SHA-256 of what stands from the chain field of the batch at `at` to its end. */
export function chainOver(bytes: Uint8Array, at: number, length: number): Uint8Array {
  assert(length >= BATCH_HEADER_BYTES && at + length <= bytes.length, Code.ValueOutOfRange);
  const chain = new Uint8Array(CHAIN_BYTES);
  Bun.SHA256.hash(bytes.subarray(at + BATCH_CHAIN_AT, at + length), chain);
  return chain;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The 32 bytes of a hash as they stand in the table. */
function chainColumns<const M extends string>(meaning: M) {
  return [0, 4, 8, 12, 16, 20, 24, 28].map((at) => ({
    name: `chain${at}`,
    type: "u32" as const,
    meaning: at === 0 ? `${meaning}; this and the next seven` : "",
  }));
}
