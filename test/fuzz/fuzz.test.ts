/** A short share of `npm run test:fuzz`, and that the fuzzer would find what it looks for. */

import { describe, expect, test } from "bun:test";
import { codeName } from "../../src/core/code.ts";
import { DecodeRig, SAMPLES } from "../../src/venue/binance/decode_rig.testing.ts";
import { Chance } from "../../src/venue/wire/mutate.testing.ts";
import { RECEIVED_US, RIG_LIMITS } from "../../src/venue/wire/slots.testing.ts";
import { binanceHearing, DECODERS } from "./decoders.ts";
import { fuzz, tableOf } from "./fuzz.ts";
import { mangled } from "./mangle.ts";
import { Stated } from "./stated.ts";
import { type MarketKind, MarketSubject, PrivateSubject } from "./subject.ts";

const FRAMES = 20_000;
const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed

describe(`${FRAMES} spoiled messages, seed ${SEED}: no throw, no wrong number, nothing in silence`, () => {
  test.each(DECODERS.map((decoder) => [decoder.name, decoder] as const))("%s", (_, decoder) => {
    const row = fuzz(decoder, FRAMES, SEED);
    expect(row.shown).toEqual([]);
    expect(row.faults).toBe(0);
    expect(row.accepted).toBeGreaterThan(FRAMES / 25); // Else it would prove nothing.
    expect(Object.keys(row.asides).length).toBeGreaterThan(5);
    expect(tableOf([row]).split("\n")).toHaveLength(2);
  });
});

describe("the fuzzer finds", () => {
  const sound: MarketKind<DecodeRig> = {
    make: (limits) => new DecodeRig("spot", ["ETHUSDT"], limits, 8),
    limits: RIG_LIMITS,
    decode: (rig, text) => rig.decoder.decode(text, RECEIVED_US),
    priceScale: 4,
    qtyScale: 8,
  };
  const first = (kind: MarketKind<DecodeRig>) => {
    const open = () => new MarketSubject(kind);
    return fuzz({ name: "spoiled", frames: [SAMPLES.spot["trade"] as string], open }, 500, 1).shown[0] ?? "";
  };

  test("a number that is not the message's", () => {
    expect(first({ ...sound, priceScale: 5 })).toContain("a number that the message does not state: Trade");
  });

  test("a decoder that throws", () => {
    const decode = () => {
      throw new Error("ouch");
    };
    expect(first({ ...sound, decode })).toContain("thrown: Error: ouch");
  });

  test("two paths that do not agree", () => {
    const decode = (rig: DecodeRig, text: string) =>
      rig.decoder.decode(rig.decoder.fastPathOn ? text : text.replace("2683.8", "2683.9"), RECEIVED_US);
    expect(first({ ...sound, decode })).toContain("the fast path says something else");
  });

  test("private messages without a word, and numbers that are not theirs", () => {
    const reports = DECODERS.find(({ name }) => name === "binance spot private");
    const wrong = {
      name: "wrong",
      frames: reports?.frames ?? [],
      open: () => new PrivateSubject(binanceHearing("spot"), 3, 5),
    };
    expect(fuzz(wrong, 500, 1).shown[0]).toContain("a number that the message does not state");
    const deaf = { ...binanceHearing("spot"), hear: () => {} };
    const silent = { ...wrong, open: () => new PrivateSubject(deaf, 2, 5) };
    expect(fuzz(silent, 10, 1).shown[0]).toContain("not a word about it");
  });
});

test("what is mangled stays JSON, is changed, and reaches long lists, other types and unknown words", () => {
  const chance = new Chance(SEED);
  const text = SAMPLES.spot["diff"] as string;
  const all = Array.from({ length: 3_000 }, () => mangled(text, chance));
  for (const each of all) JSON.parse(each);
  expect(all.filter((each) => each !== text).length).toBeGreaterThan(2_500);
  expect(all.some((each) => each.length > 20_000)).toBe(true);
  expect(all.some((each) => each.includes("depthUpdate_V2"))).toBe(true);
  const rig = new DecodeRig("spot", ["ETHUSDT"], RIG_LIMITS, 8);
  const codes = new Set(all.map((each) => codeName(rig.decode(each).code)));
  for (const code of ["Ok", "FieldMissing", "FieldType", "NumberMalformed", "MessageUnknown", "TooManyLevels"])
    expect(codes).toContain(code);
});

test("stated numbers are exact, at their scale", () => {
  const stated = new Stated({ a: ["1.50", { b: 7 }], c: "0.123456789", d: "9007199254740993", e: "-2.50" });
  expect([stated.has(15_000, 4), stated.has(70_000, 4), stated.has(1_234, 4), stated.has(0, 4)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect([stated.has(123_456_789, 9), stated.has(9_007_199_254_740_992, 0)]).toEqual([true, false]);
  expect([stated.hasMoney("-2.5"), stated.hasMoney("7"), stated.hasMoney("2.51")]).toEqual([true, true, false]);
});
