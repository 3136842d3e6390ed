/** Lists of instruments: numbers against plain ones, and the rules that listing_rules makes of them. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Code } from "../../core/code.ts";
import { problem } from "../../core/problem.ts";
import type { InstrumentDraft } from "../../model/instrument.ts";
import { draftsOf, rulesOf } from "./listing_rules.ts";
import { decimalsOf, mantissaOf } from "./listing_text.ts";

test.each([
  ["0.00100", { written: 5, significant: 3 }],
  ["10", { written: 0, significant: 0 }],
  ["10.", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["", undefined],
  [7, undefined],
] as const)("decimals of %p", (text, expected) => {
  expect(decimalsOf(text)).toEqual(expected as never);
});

test("mantissas: exact, or none", () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), fc.nat({ max: 999 }), (whole, thousandths) => {
      const text = `${whole}.${String(thousandths).padStart(3, "0")}`;
      expect(mantissaOf(text, 3)).toBe(whole * 1_000 + thousandths);
      expect(mantissaOf(text, 5)).toBe((whole * 1_000 + thousandths) * 100);
      expect(mantissaOf(text, 2)).toBe(thousandths % 10 === 0 ? whole * 100 + thousandths / 10 : -1);
    }),
  );
  expect([mantissaOf("-1", 0), mantissaOf("99999999999999999", 0), mantissaOf(undefined, 2)]).toEqual([-1, -1, -1]);
});

const STATED = { tick: "0.10", lot: "0.001", qtyMin: "0.002", qtyMax: "500", notionalMin: "5", contractScale: 0 };

test("rules: spare decimals where all fits", () => {
  expect(rulesOf(STATED)).toEqual({
    ...{ priceScale: 3, qtyScale: 5, priceDecimals: 2, qtyDecimals: 3, tick: 100, lot: 100 },
    ...{ qtyMin: 200, qtyMax: 50_000_000, notionalMin: 500_000_000 },
  });
  expect(rulesOf({ ...STATED, contractScale: 12 })).toMatchObject({ priceScale: 1, qtyScale: 3 });
  expect(rulesOf({ ...STATED, qtyMax: "none" })).toMatchObject({ qtyMax: 0 });
});

test.each([
  [{ tick: "1e-3" }, "tick 1e-3 or step 0.001 is no number"],
  [{ lot: undefined }, "tick 0.10 or step nothing is no number"],
  [{ qtyMin: "-1" }, "least quantity -1 is no number"],
  [{ notionalMin: null }, "least value null is no number"],
  [{ tick: "0.00" }, "tick or step is zero: the venue states none"],
  [{ contractScale: 15 }, "tick, step or minimum does not fit 2^53"],
  [{ tick: "0.0000000001", lot: "0.000000001" }, "tick, step or minimum does not fit 2^53"],
])("rules that cannot be had: %p", (part, said) => {
  expect(rulesOf({ ...STATED, ...part })).toBe(said);
});

test("a name that comes twice counts as first told", () => {
  const make = (_: unknown, index: number) =>
    index === 1 ? problem(Code.FieldMissing, "none") : ({ venueSymbol: "A", lot: index } as InstrumentDraft);
  const { instruments, problems } = draftsOf([1, 2, 3], make);
  expect(instruments.map(({ lot }) => lot)).toEqual([0]);
  expect(problems.map(({ detail }) => detail)).toEqual(["none", "A is listed twice; the first counts"]);
});
