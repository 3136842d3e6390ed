/** Checks batches one after the other against the tail that they must join, and hands out their records. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { decodeRecord } from "../model/codec.ts";
import type { TradingRecord } from "../model/record.ts";
import {
  BATCH_CHAIN_AT,
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  chainOver,
  type JournalTail,
  PAGE_BYTES,
  paddedBytes,
  sameBytes,
} from "./format.ts";
import type { SegmentBytes } from "./segment.ts";

const RECORD_NUMBER_AT = 8; // Offset of the record number in a record.

/** True when at `at` stands a batch whose CRC is right, whatever it joins. */
export function isBatch(segment: SegmentBytes, at: number): boolean {
  return batchLength(segment, at) > 0;
}

/** First offset after `at` where a batch with a right CRC begins, or -1. */
export function findBatch(segment: SegmentBytes, at: number): number {
  assert(at % PAGE_BYTES === 0, Code.ValueOutOfRange);
  for (let next = at; next + PAGE_BYTES <= segment.size; next += PAGE_BYTES) if (isBatch(segment, next)) return next;
  return -1;
}

/**
 * Takes the batch at `at` when it joins `tail`, moves `tail` over it and answers undefined; else says what does not
 * fit and changes nothing.
 */
export function joinBatch(segment: SegmentBytes, at: number, tail: JournalTail): string | undefined {
  assert(at % PAGE_BYTES === 0, Code.ValueOutOfRange);
  const { bytes, view } = segment;
  const length = batchLength(segment, at);
  if (length === 0) return whyNoBatch(segment, at);
  const batch = view.getUint32(at + 12, true);
  if (batch !== (tail.batch + 1) >>> 0) return `batch ${batch} after ${tail.batch}`;
  if (view.getUint32(at + 16, true) !== tail.prevCrc) return "CRC of the batch before";
  const epoch = view.getUint32(at + 20, true);
  if (epoch !== tail.epoch) return `epoch ${epoch} in a segment of epoch ${tail.epoch}`;
  const count = view.getUint32(at + 32, true);
  const misfit = recordsMisfit(view, at, length, tail.lastRecord + 1, count);
  if (misfit !== undefined) return misfit;
  const stored = bytes.slice(at + BATCH_CHAIN_AT, at + BATCH_HEADER_BYTES);
  bytes.set(tail.chain, at + BATCH_CHAIN_AT);
  const chain = chainOver(bytes, at, length);
  bytes.set(stored, at + BATCH_CHAIN_AT);
  if (!sameBytes(chain, stored)) return "hash chain over the records";
  tail.batch = batch;
  tail.prevCrc = view.getUint32(at + 4, true);
  tail.lastRecord += count;
  tail.usedBytes = at + paddedBytes(length);
  tail.chain = chain;
  return undefined;
}

/** Hands each record of the batch at `at`, which has been checked, to `onRecord`; `out` is used for all. */
export function eachRecord(
  segment: SegmentBytes,
  at: number,
  out: TradingRecord,
  onRecord: (record: Readonly<TradingRecord>) => void,
): void {
  const { bytes, view } = segment;
  const end = at + view.getUint32(at + 8, true);
  for (let next = at + BATCH_HEADER_BYTES; next < end; next += view.getUint16(next, true)) {
    const code = decodeRecord(out, bytes, view, next, end - next);
    assert(code === Code.Ok, Code.FileCorrupt);
    onRecord(out);
  }
}

/** Number of records between `at` and `end`, or -1 when they are not dense from `first` on or pass the end. */
export function countDense(view: DataView, at: number, end: number, first: number): number {
  let next = at;
  let count = 0;
  while (next < end) {
    const length = next + RECORD_NUMBER_AT + 8 <= end ? view.getUint16(next, true) : 0;
    if (length < RECORD_NUMBER_AT + 8 || next + length > end) return -1;
    if (view.getFloat64(next + RECORD_NUMBER_AT, true) !== first + count) return -1;
    next += length;
    count++;
  }
  return count;
}

/** Bytes of header and records of the whole batch at `at`, 0 when there is none. */
function batchLength(segment: SegmentBytes, at: number): number {
  const { bytes, view, size } = segment;
  if (at + PAGE_BYTES > size || view.getUint32(at, true) !== BATCH_MAGIC) return 0;
  const length = view.getUint32(at + 8, true);
  if (length < BATCH_HEADER_BYTES || at + paddedBytes(length) > size) return 0;
  const crc = Bun.hash.crc32(bytes.subarray(at + 8, at + paddedBytes(length)));
  return crc === view.getUint32(at + 4, true) ? length : 0;
}

function whyNoBatch(segment: SegmentBytes, at: number): string {
  if (at + PAGE_BYTES > segment.size) return "the end of the file";
  if (segment.view.getUint32(at, true) !== BATCH_MAGIC) return "no batch begins here";
  return "length or CRC of the batch";
}

function recordsMisfit(view: DataView, at: number, length: number, first: number, count: number): string | undefined {
  const said = view.getFloat64(at + 24, true);
  if (said !== first) return `record ${said} where ${first} must follow`;
  if (countDense(view, at + BATCH_HEADER_BYTES, at + length, first) === count) return undefined;
  return `the records are not the ${count} that the batch says`;
}
