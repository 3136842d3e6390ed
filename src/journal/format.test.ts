/** The file format as pictures, and that its readers stop at nothing. */

import { describe, expect, test } from "bun:test";
import { Prng } from "../core/prng.ts";
import { layoutOffsets, layoutPicture } from "../model/layout_picture.ts";
import {
  BATCH_CHAIN_AT,
  BATCH_COLUMNS,
  BATCH_HEADER_BYTES,
  freshTail,
  headerMisfit,
  PAGE_BYTES,
  readSegmentHeader,
  SEGMENT_COLUMNS,
  type SegmentHeader,
  tailBehind,
  writeSegmentHeader,
} from "./format.ts";
import { JOURNAL_WORDS, JournalWords } from "./words.ts";

const HEADER: SegmentHeader = {
  segment: 7,
  epoch: 3,
  firstBatch: 0xffff_ffff,
  prevCrc: 0x89ab_cdef,
  segmentBytes: 16 << 20,
  firstRecord: 2 ** 40 + 1,
  prevUsedBytes: 12_288,
  chain: Uint8Array.from({ length: 32 }, (_, i) => i),
};

describe("the format", () => {
  test("as tables", () => {
    expect(layoutPicture("Segment header", SEGMENT_COLUMNS)).toMatchSnapshot();
    expect(layoutPicture("Batch header", BATCH_COLUMNS)).toMatchSnapshot();
    expect(JOURNAL_WORDS.map(({ name, meaning }, at) => `${at} ${name}: ${meaning}`).join("\n")).toMatchSnapshot();
    expect(JournalWords.bytes()).toBe(4 * JOURNAL_WORDS.length);
  });

  test("the code's offsets are the table's", () => {
    const { offsets, bytes } = layoutOffsets(BATCH_COLUMNS);
    expect(bytes).toBe(BATCH_HEADER_BYTES);
    expect(offsets.get("chain0")).toBe(BATCH_CHAIN_AT);
    expect([offsets.get("length"), offsets.get("firstRecord"), offsets.get("count")]).toEqual([8, 24, 32]);
    const segment = layoutOffsets(SEGMENT_COLUMNS).offsets;
    expect([segment.get("firstRecord"), segment.get("prevUsedBytes"), segment.get("chain0")]).toEqual([32, 40, 48]);
  });

  test("a header is read as it was written; every flipped bit is found", () => {
    const page = new Uint8Array(PAGE_BYTES);
    writeSegmentHeader(page, HEADER);
    expect(readSegmentHeader(page)).toEqual(HEADER);
    for (let bit = 0; bit < PAGE_BYTES * 8; bit += bit < 1_024 ? 1 : 61) {
      page[bit >> 3] = (page[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(readSegmentHeader(page)).toBeString();
      page[bit >> 3] = (page[bit >> 3] as number) ^ (1 << (bit & 7));
    }
    expect(readSegmentHeader(page.subarray(0, 100))).toBe("the file has 100 bytes: no whole header page");
    const prng = new Prng(1);
    for (let n = 0; n < 200; n++) {
      for (let i = 0; i < 64; i++) page[i] = prng.nextBelow(256);
      expect(readSegmentHeader(page)).toBeString();
    }
  });

  test("a header joins its tail, and no other", () => {
    const { chain, segment, epoch, prevCrc } = HEADER;
    const tail = { segment: 6, epoch, batch: 0xffff_fffe, prevCrc, lastRecord: 2 ** 40, usedBytes: 12_288, chain };
    expect(headerMisfit(HEADER, tail)).toBeUndefined();
    expect(headerMisfit(HEADER, { ...tail, epoch: epoch - 1 })).toBeUndefined();
    for (const [change, said] of [
      [{ segment: 5 }, `segment ${segment} where 6 must follow`],
      [{ epoch: 4 }, "epoch 3 after 4"],
      [{ epoch: 1 }, "epoch 3 after 1"],
      [{ batch: 1 }, "batch 4294967295 after 1"],
      [{ prevCrc: 1 }, "CRC of the batch before"],
      [{ lastRecord: 5 }, "record 1099511627777 after 5"],
      [{ usedBytes: 8_192 }, "the segment before is sealed at 12288 bytes, and has 8192"],
      [{ chain: new Uint8Array(32) }, "chain of the segments before"],
    ] as const) {
      expect(headerMisfit(HEADER, { ...tail, ...change })).toBe(said);
    }
    expect(tailBehind(HEADER)).toEqual({ ...tail, segment: 7, batch: 0xffff_fffe, usedBytes: PAGE_BYTES });
    expect(freshTail()).toMatchObject({ segment: 0, epoch: 0, lastRecord: 0 });
  });
});
