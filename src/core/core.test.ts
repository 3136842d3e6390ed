/** The small pieces of core: assertions, codes, limits, hashes, chance, problems. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DENIAL_TEXTS, Denial } from "../model/denial.ts";
import { AssertionFailed, assert, present } from "./assert.ts";
import { Code, codeName } from "./code.ts";
import { CODE_TEXTS, isFatal } from "./code_texts.ts";
import { RowHash } from "./hash.ts";
import { checkLimits, DEFAULT_LIMITS, isPowerOfTwo, type Limits } from "./limits.ts";
import { Prng } from "./prng.ts";
import { ProblemError, problem, problemText } from "./problem.ts";

describe("codes", () => {
  test("every code and denial has a meaning; what can be cured has a hint", () => {
    for (const code of Object.values(Code).filter((c): c is Code => typeof c === "number")) {
      expect(CODE_TEXTS[code].meaning.length, codeName(code)).toBeGreaterThan(3);
    }
    for (const denial of Object.values(Denial).filter((d): d is Denial => typeof d === "number" && d !== 0)) {
      expect(DENIAL_TEXTS[denial].hint.length, Denial[denial]).toBeGreaterThan(3);
    }
    expect(isFatal(Code.InvariantBroken)).toBe(true);
    expect(isFatal(Code.BookGap)).toBe(false);
  });

  test("assertions carry their code", () => {
    expect(() => assert(false, Code.RingOverrun)).toThrow(AssertionFailed);
    expect(() => present(undefined)).toThrow(/InvariantBroken/);
    expect(present(0)).toBe(0);
  });

  test("a problem reads as file:line:column: detail [Code] (hint)", () => {
    const p = problem(Code.StrategySyntax, "unexpected }", { file: "a.ts", line: 3, column: 7 });
    expect(problemText(p)).toBe("a.ts:3:7: unexpected } [StrategySyntax] (see line and column)");
    expect(new ProblemError(p).problem).toBe(p);
  });
});

describe("limits", () => {
  test("perturbing a limit that others rest on fires a relation", () => {
    const broken: Partial<Record<keyof Limits, number>>[] = [
      { marketLaneSlots: 1_000 },
      { marketLaneSlots: 1_024 },
      { messageLaneBytes: 65_536 },
      { tradingRingBytes: 3 << 20 },
      { tradingRingBytes: 1 << 19 },
      { frameLevelsMax: 20_000 },
      { bookLevelsMax: 100 },
      { bookBufferLevelsMax: 10 },
      { recordBytesMax: 8_192 },
      { fillsMax: 10 },
      { stateBytesMax: 4_096 },
      { releasesMax: 1 },
      { timersMax: 0 },
      { ordersMax: -1 },
      { instancesMax: 1.5 },
    ];
    for (const change of broken) {
      expect(() => checkLimits({ ...DEFAULT_LIMITS, ...change } as Limits), JSON.stringify(change)).toThrow();
    }
    expect(checkLimits(DEFAULT_LIMITS)).toBe(DEFAULT_LIMITS);
  });

  test("powers of two", () => {
    expect([1, 2, 1024, 2 ** 40].every(isPowerOfTwo)).toBe(true);
    expect([0, -2, 3, 1023, 1.5, Number.NaN].some(isPowerOfTwo)).toBe(false);
  });
});

describe("RowHash", () => {
  const row = fc.tuple(fc.nat(5), fc.nat(50), fc.array(fc.double({ noNaN: true }), { maxLength: 5 }));

  function put(hash: RowHash, [table, id, values]: [number, number, number[]]): void {
    hash.begin(table, id);
    for (const value of values) hash.add(value);
    hash.putIn();
  }

  test("the order of rows does not matter, and taking a row out undoes putting it in", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), row, (rows, extra) => {
        const a = new RowHash();
        const b = new RowHash();
        for (const r of rows) put(a, r);
        put(b, extra);
        for (const r of [...rows].reverse()) put(b, r);
        b.begin(extra[0], extra[1]);
        for (const value of extra[2]) b.add(value);
        b.takeOut();
        expect(b.text()).toBe(a.text());
      }),
    );
  });

  test("any changed column, row or table changes the hash", () => {
    const of = (table: number, id: number, ...values: number[]) => {
      const hash = new RowHash();
      put(hash, [table, id, values]);
      return hash.text();
    };
    const all = [of(1, 1, 5), of(1, 1, 6), of(1, 2, 5), of(2, 1, 5), of(1, 1, 5, 0), of(1, 1), of(1, 1, 2 ** 52)];
    expect(new Set(all).size).toBe(all.length);
    expect(of(1, 1, -0)).toBe(of(1, 1, 0));
  });
});

describe("Prng", () => {
  test("same seed, same numbers; other seed, others; spread evenly", () => {
    const draw = (seed: number) => {
      const prng = new Prng(seed);
      return Array.from({ length: 100 }, () => prng.nextU32());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const prng = new Prng(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const n = prng.nextBelow(10);
      counts[n] = (counts[n] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(prng.nextFloat()).toBeLessThan(1);
  });
});
