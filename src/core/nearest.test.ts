/** Nearest names: the distance against a plain recursive definition, and the choice on real slips of the hand. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { editDistance, nearest, nearestHint } from "./nearest.ts";

/** The definition itself, exponential: independent of the table that the fast one fills. */
function plainDistance(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const replace = plainDistance(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1);
  let steps = Math.min(plainDistance(a.slice(1), b) + 1, plainDistance(a, b.slice(1)) + 1, replace);
  if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]) {
    steps = Math.min(steps, plainDistance(a.slice(2), b.slice(2)) + 1);
  }
  return steps;
}

describe("editDistance", () => {
  test("equals the plain definition", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 });
    fc.assert(fc.property(word, word, (a, b) => expect(editDistance(a, b)).toBe(plainDistance(a, b))));
  });

  test("counts a swap of neighbours as one step", () => {
    expect(editDistance("repaly", "replay")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
  });
});

describe("nearest", () => {
  const verbs = ["replay", "bench", "version"];

  test("finds what was meant", () => {
    expect(nearest("repaly", verbs)).toBe("replay");
    expect(nearest("VERSION", verbs)).toBe("version");
    expect(nearest("vers", verbs)).toBe("version");
    expect(nearest("--jason".slice(2), ["json", "quiet"])).toBe("json");
  });

  test("is silent when nothing is near", () => {
    expect(nearest("withdraw", verbs)).toBeUndefined();
    expect(nearest("", verbs)).toBeUndefined();
    expect(nearest("x", [])).toBeUndefined();
    expect(nearest("y".repeat(100_000), verbs)).toBeUndefined();
  });

  test("gives the first of equals, whatever their order", () => {
    expect(nearest("fxst", ["fast", "fist"])).toBe("fast");
    expect(nearest("fxst", ["fist", "fast"])).toBe("fist");
  });

  test("hints with the name, or with all that is known", () => {
    expect(nearestHint("fas", ["fast", "slow"])).toBe('did you mean "fast"?');
    expect(nearestHint("zzz", ["fast", "slow"])).toBe("known: fast, slow");
    expect(nearestHint("zzz", [])).toBe("");
  });
});
