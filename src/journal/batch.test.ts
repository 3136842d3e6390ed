/** Batches that somebody edited and gave a right CRC again: every column of the header and every record is held to the chain. */

import { describe, expect, test } from "bun:test";
import { encodeRecord } from "../model/codec.ts";
import { TradingRecord } from "../model/record.ts";
import { countDense, eachRecord, findBatch, joinBatch } from "./batch.ts";
import { BATCH_HEADER_BYTES, chainOver, freshTail, type JournalTail, PAGE_BYTES, sealBatch } from "./format.ts";
import { fillRecord } from "./journal.testing.ts";
import { MemoryDisk } from "./memory_disk.testing.ts";
import { SegmentBytes } from "./segment.ts";

const TAIL: JournalTail = {
  ...freshTail(),
  segment: 1,
  epoch: 2,
  batch: 0xffff_ffff,
  prevCrc: 77,
  lastRecord: 2 ** 33,
};

/** A segment that holds nothing but one batch of three records behind its header page. */
function segmentWithBatch(): SegmentBytes {
  const segment = new SegmentBytes(new MemoryDisk());
  segment.bytes = new Uint8Array(4 * PAGE_BYTES);
  segment.view = new DataView(segment.bytes.buffer);
  segment.size = segment.bytes.length;
  const batch = new Uint8Array(2 * PAGE_BYTES);
  const view = new DataView(batch.buffer);
  let end = BATCH_HEADER_BYTES;
  for (let n = 1; n <= 3; n++) end += encodeRecord(fillRecord(new TradingRecord(), 2 ** 33 + n), batch, view, end);
  segment.bytes.set(batch.subarray(0, sealBatch(batch, end, 3, TAIL)), PAGE_BYTES);
  return segment;
}

/** What joining says after `edit`, with the CRC made right again. */
function edited(edit: (view: DataView, bytes: Uint8Array) => void): string | undefined {
  const { bytes, view, ...rest } = segmentWithBatch();
  edit(new DataView(bytes.buffer, PAGE_BYTES), bytes);
  view.setUint32(PAGE_BYTES + 4, Bun.hash.crc32(bytes.subarray(PAGE_BYTES + 8, 2 * PAGE_BYTES)), true);
  return joinBatch(Object.assign(segmentWithBatch(), rest, { bytes, view }), PAGE_BYTES, { ...TAIL });
}

describe("a batch", () => {
  test("joins over the edges of its number and moves the tail", () => {
    const segment = segmentWithBatch();
    const tail = { ...TAIL };
    expect(joinBatch(segment, PAGE_BYTES, tail)).toBeUndefined();
    expect(tail).toMatchObject({ batch: 0, lastRecord: 2 ** 33 + 3, usedBytes: 2 * PAGE_BYTES });
    const numbers: number[] = [];
    eachRecord(segment, PAGE_BYTES, new TradingRecord(), (record) => numbers.push(record.record - 2 ** 33));
    expect(numbers).toEqual([1, 2, 3]);
    expect([findBatch(segment, 0), findBatch(segment, 2 * PAGE_BYTES)]).toEqual([PAGE_BYTES, -1]);
    expect(joinBatch(segment, 3 * PAGE_BYTES, tail)).toBe("no batch begins here");
    expect(joinBatch(segment, 4 * PAGE_BYTES, tail)).toBe("the end of the file");
  });

  test.each([
    ["the batch number", (view: DataView) => view.setUint32(12, 5, true), "batch 5 after 4294967295"],
    ["the CRC before", (view: DataView) => view.setUint32(16, 5, true), "CRC of the batch before"],
    ["the epoch", (view: DataView) => view.setUint32(20, 1, true), "epoch 1 in a segment of epoch 2"],
    ["the first record", (view: DataView) => view.setFloat64(24, 7, true), "record 7 where 8589934593 must follow"],
    ["the count", (view: DataView) => view.setUint32(32, 2, true), "the records are not the 2 that the batch says"],
    [
      "a record's number",
      (view: DataView) => view.setFloat64(BATCH_HEADER_BYTES + 8, 7, true),
      "the records are not the 3 that the batch says",
    ],
    [
      "a record's length",
      (view: DataView) => view.setUint16(BATCH_HEADER_BYTES, 0, true),
      "the records are not the 3 that the batch says",
    ],
    ["a price", (view: DataView) => view.setFloat64(BATCH_HEADER_BYTES + 72, 1, true), "hash chain over the records"],
    ["the chain", (view: DataView) => view.setUint8(40, 1), "hash chain over the records"],
    ["the length, too long", (view: DataView) => view.setUint32(8, 1 << 30, true), "length or CRC of the batch"],
    ["the length, too short", (view: DataView) => view.setUint32(8, 60, true), "length or CRC of the batch"],
    ["nothing", () => {}, undefined],
  ] as const)("with %s edited", (_, edit, said) => {
    expect(edited(edit)).toBe(said);
  });

  test("a price edited and the chain counted anew: the next batch does not join", () => {
    const segment = segmentWithBatch();
    const { view, bytes } = segment;
    const tail = { ...TAIL };
    joinBatch(segment, PAGE_BYTES, tail);
    view.setFloat64(PAGE_BYTES + BATCH_HEADER_BYTES + 72, 1, true);
    const length = view.getUint32(PAGE_BYTES + 8, true);
    bytes.set(TAIL.chain, PAGE_BYTES + 40);
    bytes.set(chainOver(bytes, PAGE_BYTES, length), PAGE_BYTES + 40);
    view.setUint32(PAGE_BYTES + 4, Bun.hash.crc32(bytes.subarray(PAGE_BYTES + 8, 2 * PAGE_BYTES)), true);
    const after = { ...TAIL };
    expect(joinBatch(segment, PAGE_BYTES, after)).toBeUndefined();
    expect([after.prevCrc === tail.prevCrc, after.chain.join() === tail.chain.join()]).toEqual([false, false]);
  });

  test("records are counted within their bounds only", () => {
    const { view } = segmentWithBatch();
    const at = PAGE_BYTES + BATCH_HEADER_BYTES;
    const length = view.getUint16(at, true);
    expect(countDense(view, at, at, 1)).toBe(0);
    expect(countDense(view, at, at + length, 2 ** 33 + 1)).toBe(1);
    expect(countDense(view, at, at + length - 8, 2 ** 33 + 1)).toBe(-1);
    expect(countDense(view, at, at + 8, 2 ** 33 + 1)).toBe(-1);
  });
});
