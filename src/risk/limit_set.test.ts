/** Limits payloads: exact numbers from text, and a coded problem for everything that is none. */

import { expect, test } from "bun:test";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Prng } from "../core/prng.ts";
import { Wide, wideMul } from "../core/wide.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { Bound } from "./bound.ts";
import { PAPER_CONTROLS } from "./control.ts";
import { limitsRecord, readLimits } from "./limit_reader.ts";
import { FULL, TEST_LIMITS } from "./test_kit.ts";

const codes = (payload: unknown) => readLimits(payload, TEST_LIMITS).problems.map((p) => p.code);

test("a full payload is read exactly; the reserve is the count when not given", () => {
  const { set, problems, scope } = readLimits({ ...FULL, cancels: { count: 3, windowUs: 9 } }, TEST_LIMITS);
  expect([problems, scope, set.present]).toEqual([[], Scope.Firm, PAPER_CONTROLS]);
  expect([set.maxOrderValue.mantissas[0], set.maxOrderValue.mantissas[2]]).toEqual([1_000, 100_000]);
  expect(set.maxOrderValue.mantissas[18]).toBe(MANTISSA_MAX); // 10^21 is no mantissa: every mantissa is below.
  expect([set.cancelsCount, set.cancelsReserve, set.cancelsWindowUs]).toEqual([3, 3, 9]);
});

test("each mistake is a problem with a code, and the record is not written", () => {
  expect(codes({ ...FULL, maxOrderQty: "1e5" })).toEqual(["NumberMalformed"]);
  expect(codes({ ...FULL, maxOrderQty: "-1" })).toEqual(["NumberNegative"]);
  expect(codes({ ...FULL, maxOrderQty: `0.${"0".repeat(18)}1` })).toEqual(["NumberPrecision"]);
  expect(codes({ ...FULL, maxOrderQty: "9".repeat(40) })).toEqual(["NumberRange"]);
  expect(codes({ ...FULL, maxOrderQty: "9".repeat(1_000) })).toEqual(["FieldType"]);
  expect(codes({ ...FULL, maxOrderQty: 5 })).toEqual(["FieldType"]);
  expect(codes({ ...FULL, maxOrdersQty: "5" })).toEqual(["Usage"]);
  expect(codes({ ...FULL, scope: "desk" })).toEqual(["EnumUnknown"]);
  expect(codes({ ...FULL, collarBps: 0.5 })).toEqual(["ValueOutOfRange"]);
  expect(codes({ ...FULL, scope: "instance", key: 0 })).toEqual(["ValueOutOfRange"]);
  expect(codes({ ...FULL, scope: "account", key: 64 })).toEqual(["ValueOutOfRange"]);
  expect(codes({ ...FULL, version: 0 })).toEqual(["ValueOutOfRange"]);
  expect(codes({ ...FULL, newOrders: { count: 1, windowUs: 0 } })).toEqual(["ValueOutOfRange"]);
  expect(codes({ ...FULL, newOrders: { count: 1, windowUs: 1, reserve: 1 } })).toEqual(["Usage"]);
  expect(codes({ ...FULL, newOrders: null })).toContain("FieldType");
  for (const odd of [null, 5, "x", [], undefined]) expect(codes(odd)).toEqual(["FieldType"]);
  const out = new TradingRecord();
  expect(limitsRecord(out, { ...FULL, key: 3 }, TEST_LIMITS)).toHaveLength(1);
  expect(out.kind).toBe(0);
});

test("the record names its scope in columns and carries the payload", () => {
  const out = new TradingRecord();
  expect(limitsRecord(out, { ...FULL, scope: "instrument", key: 3 }, TEST_LIMITS)).toEqual([]);
  expect([out.kind, out.scope, out.instrument]).toEqual([RecordKind.LimitsSet, Scope.Instrument, 3]);
  expect(JSON.parse(out.text).maxOrderValue).toBe("1000.00");
});

test("a bound is passed by one unit at the finest scale, and by nothing below", () => {
  const bound = new Bound();
  const value = new Wide();
  bound.set(wideMul(new Wide(), 999_999_999_999_999, 10_001)); // 9.999…10^18 units: 10.0009… at scale 18.
  expect(bound.isPassedBy(wideMul(value, 999_999_999_999_999, 10_001), 18)).toBe(false);
  value.setLimbs(value.hi, value.lo + 1);
  expect(bound.isPassedBy(value, 18)).toBe(true);
  expect([bound.isPassedBy(value.setInt(10), 0), bound.isPassedBy(value.setInt(11), 0)]).toEqual([false, true]);
});

test("every floor of a bound is the exact quotient, up to the largest amounts", () => {
  const bound = new Bound();
  const prng = new Prng(7);
  for (let i = 0; i < 2_000; i++) {
    const hi = prng.nextU32() * 2 ** prng.nextBelow(20);
    const lo = prng.nextU32() * 2 ** 21 + prng.nextBelow(2 ** 21);
    bound.set(new Wide().setLimbs(hi, lo));
    const exact = BigInt(hi) * 2n ** 53n + BigInt(lo);
    for (let scale = 0; scale <= 18; scale++) {
      const floor = exact / 10n ** BigInt(18 - scale);
      const over = floor + 1n;
      const limbs = (value: bigint) => new Wide().setLimbs(Number(value >> 53n), Number(value & (2n ** 53n - 1n)));
      expect([bound.isPassedBy(limbs(floor), scale), bound.isPassedBy(limbs(over), scale)]).toEqual([false, true]);
    }
  }
});
