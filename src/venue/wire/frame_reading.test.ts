/**
 * One frame on the correct path: what its fields are read as, and what is told of a field that cannot be read. The whole,
 * topic_decoder, is tried in the rooms of the venues.
 */

import { expect, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { checkLimits, DEFAULT_LIMITS } from "../../core/limits.ts";
import { DecodeDesk } from "./decode_desk.ts";
import { FrameReading } from "./frame_reading.ts";
import type { ListingRow } from "./listing_table.ts";
import { SlotRig } from "./slots.testing.ts";

const LIMITS = checkLimits({ ...DEFAULT_LIMITS, marketLaneSlots: 64, frameUnitsMax: 100, frameLevelsMax: 4 });
const ROW = { symbol: "A", instrument: 3, revision: 1, priceScale: 2, qtyScale: 3, inFrame: undefined } as ListingRow;

class Rig extends SlotRig {
  readonly desk = new DecodeDesk(this.lane, LIMITS, { afterName: '"', classOf: () => 0 });
  readonly found = new FrameReading<ListingRow>(this.desk.writer, this.desk.stats, LIMITS);
}

const rigOf = () => new Rig(LIMITS);
const FIELDS = {
  decimal: (found: FrameReading<ListingRow>, value: unknown) => found.decimal(value, 2),
  signed: (found: FrameReading<ListingRow>, value: unknown) => found.signed(value, 2),
  whole: (found: FrameReading<ListingRow>, value: unknown) => found.whole(value),
  us: (found: FrameReading<ListingRow>, value: unknown) => found.us(value as number),
} as const;

test.each([
  ["decimal", "1.5", 150, Code.Ok],
  ["decimal", "-1.5", 0, Code.NumberNegative],
  ["decimal", "-0", 0, Code.Ok],
  ["decimal", "1.505", 0, Code.NumberPrecision],
  ["decimal", "1.5x", 0, Code.NumberMalformed],
  ["decimal", "99999999999999", 999_999_999_999_999, Code.NumberRange],
  ["decimal", 1.5, 0, Code.FieldType],
  ["decimal", undefined, 0, Code.FieldMissing],
  ["signed", "-1.5", -150, Code.Ok],
  ["signed", "-0.00", 0, Code.Ok],
  ["whole", 7, 7, Code.Ok],
  ["whole", -0, 0, Code.Ok],
  ["whole", -1, 0, Code.NumberRange],
  ["whole", 1.5, 0, Code.NumberRange],
  ["whole", 2 ** 53, 0, Code.NumberRange],
  ["whole", "7", 0, Code.FieldType],
  ["us", 9_007_199_254_740, 9_007_199_254_740_000, Code.Ok],
  ["us", 9_007_199_254_741, 0, Code.NumberRange],
] as const)("%s of %p is %p, %p", (name, value, expected, code) => {
  const { found } = rigOf();
  const read = FIELDS[name](found, value);
  expect(found.code).toBe(code);
  if (code === Code.Ok) expect(Object.is(read, expected)).toBe(true);
  else expect(read).toBe(0);
});

test("the first thing wrong stays, until the next frame is opened", () => {
  const { found } = rigOf();
  found.refuse(undefined);
  found.refuse("", Code.EnumUnknown);
  found.sequence = 5;
  expect(found.code).toBe(Code.FieldMissing);
  expect(found.open('{"a":1}')).toEqual({ value: { a: 1 } });
  expect([found.code, found.sequence]).toEqual([Code.Ok, 0]);
  expect(found.refuse("", Code.EnumUnknown)).toBe(0);
  expect(found.code).toBe(Code.EnumUnknown);
});

test.each([
  ["", Code.FrameEmpty],
  ["1".repeat(101), Code.FrameTooLarge],
  ['"\ufffd"', Code.FrameNotText],
  ['{"a":[', Code.FrameTruncated],
  ["}", Code.FrameNotJson],
] as const)("the frame %p is refused", (text, code) => {
  expect(rigOf().found.open(text)).toBe(code);
});

test("a level too many, or one that is none, ends the side", () => {
  const level = ["1", "1"];
  for (const [list, code] of [
    [undefined, Code.FieldMissing],
    ["", Code.FieldType],
    [[level, level, level, level, level], Code.TooManyLevels],
    [[level, 7], Code.FieldType],
    [[level, ["1"]], Code.FieldMissing],
  ] as const) {
    const { found } = rigOf();
    found.levels(list, ROW, 0);
    expect(found.code).toBe(code);
  }
});

test("a best quote needs one level of each side", () => {
  for (const [asks, bids, code] of [
    [[], [["1", "1"]], Code.FieldMissing],
    [
      [["2", "1"]],
      [
        ["1", "1"],
        ["0.5", "1"],
      ],
      Code.FieldType,
    ],
    [[["2", "1"]], [["1", "-1"]], Code.NumberNegative],
    [[["2", "1"]], [["1", "1"]], Code.Ok],
  ] as const) {
    const { found, desk } = rigOf();
    desk.begin("");
    expect(found.quote(asks, bids, ROW, 9)).toBe(code);
    expect(desk.finish(code, found, "{}", 9)).toBe(code);
    expect(desk.stats.setAsideTotal).toBe(code === Code.Ok ? 0 : 1);
  }
});
