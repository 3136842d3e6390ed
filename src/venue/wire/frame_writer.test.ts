/** FrameWriter and DecodeStats: which column holds what, and counters that stay bounded. (frame_writer, decode_stats) */

import { describe, expect, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import {
  F64_A,
  F64_B,
  F64_C,
  F64_D,
  F64_SEQUENCE,
  SLOT_BYTES,
  SLOT_F64,
  SLOT_U32,
  SlotFlag,
  SlotKind,
  U8_KIND,
  U32_INSTRUMENT,
} from "../../model/market_slot.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { DecodeStats } from "./decode_stats.ts";
import { FrameWriter, NO_INSTRUMENT } from "./frame_writer.ts";

const ROW = { instrument: 7, revision: 2 };

function rig() {
  const lane = MarketLane.create(DEFAULT_LIMITS);
  const writer = new FrameWriter(lane);
  const slot = (n: number) => {
    const at = lane.peek(n);
    const f64 = (column: number) => lane.f64[at * SLOT_F64 + column] as number;
    const columns = [F64_A, F64_B, F64_C, F64_D, F64_SEQUENCE].map(f64);
    return [lane.u8[at * SLOT_BYTES + U8_KIND], lane.u32[at * SLOT_U32 + U32_INSTRUMENT], ...columns];
  };
  return { lane, writer, slot };
}

describe("slots", () => {
  test("a depth frame's head is completed once its levels are read", () => {
    const { lane, writer, slot } = rig();
    writer.depthHead(ROW, SlotKind.DepthDiff, 100);
    writer.level(ROW, 0, 50, 1);
    writer.level(ROW, SlotFlag.Sell, 51, 2);
    writer.finishDepth(90, 10, 9, 1, 1, 12);
    lane.publish();
    expect(slot(0)).toEqual([SlotKind.DepthDiff, 7, 10, 9, 1, 1, 12]);
    expect(slot(1)).toEqual([SlotKind.Level, 7, 50, 1, 0, 0, 0]);
    expect(slot(2)).toEqual([SlotKind.Level, 7, 51, 2, 0, 0, 0]);
  });

  test("a head whose counts are not its levels is our mistake", () => {
    const { writer } = rig();
    writer.depthHead(ROW, SlotKind.DepthSnapshot, 1);
    expect(() => writer.finishDepth(1, 1, -1, 1, 0, 1)).toThrow();
  });

  test("what is set aside says what it would have been, also without an instrument", () => {
    const { lane, writer, slot } = rig();
    writer.setAside(undefined, Code.FrameNotJson, 0, 5, SlotKind.Trade, 3, 4);
    lane.publish();
    expect(slot(0)).toEqual([SlotKind.SetAside, NO_INSTRUMENT, Code.FrameNotJson, SlotKind.Trade, 3, 0, 4]);
    expect(() => writer.setAside(ROW, Code.Ok, 0, 5, 0, 0, 0)).toThrow();
  });

  test("quotes, trades, bars and marks refuse what no decoder may have read", () => {
    const { writer } = rig();
    expect(() => writer.quote(ROW, 0, 0, -1, 1, 1, 1, 1)).toThrow();
    expect(() => writer.trade(ROW, 0, 0, 0, 1, -1, 0, 1)).toThrow();
    expect(() => writer.mark(ROW, 0, 0, -1, 1, 0, 0)).toThrow();
    expect(() => writer.barVolume(ROW, true, 0, 0, 1, 1, 0, 0)).toThrow();
  });
});

describe("counters", () => {
  const naming = { afterName: '"}', classOf: (name: string) => (name === "books" ? 1 : 0) };

  test("names are counted apart until the limit, and together beyond it", () => {
    const stats = new DecodeStats(3, naming);
    const names = ["books", "trades", "bbo", "more", "still more"];
    for (const name of names) stats.countStream(stats.internStream(name));
    expect(stats.byStream()).toEqual({ books: 1, trades: 1, bbo: 1, "(other)": 2 });
    expect(stats.streamClass(stats.internStream("books"))).toBe(1);
    for (const name of names) stats.countUnknown(name, `{"${name}"}`);
    expect(Object.keys(stats.unknown())).toHaveLength(4);
  });

  test("the first sample of each code is kept, short", () => {
    const stats = new DecodeStats(3, naming);
    stats.countSetAside(Code.FieldType, "x".repeat(10_000));
    stats.countSetAside(Code.FieldType, "y");
    expect(stats.setAsideTotal).toBe(2);
    expect(stats.setAside()["FieldType"]).toEqual({ count: 2, sample: "x".repeat(200) });
  });
});
