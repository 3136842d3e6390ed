/** core/math.ts against `Math`: within 1e-12 everywhere. */

import { expect, test } from "bun:test";
import { log } from "./math.ts";
import { Prng } from "./prng.ts";

test("log agrees with Math.log from the smallest to the largest number", () => {
  const prng = new Prng(1);
  const check = (x: number) => {
    const truth = Math.log(x);
    expect(Math.abs(log(x) - truth) / Math.max(1, Math.abs(truth)), String(x)).toBeLessThan(1e-14);
  };
  for (const x of [Number.MIN_VALUE, 2 ** -1022, 1e-300, 0.5, Math.SQRT1_2, 1 - 2 ** -53, 1, 1 + 2 ** -52, 2, Math.E])
    check(x);
  for (const x of [10, 2 ** 32, 2 ** 64 - 1, 1e300, Number.MAX_VALUE]) check(x);
  for (let n = 0; n < 20_000; n++) check((prng.nextU32() + 1) / 4_294_967_296);
  for (let n = 0; n < 20_000; n++) check(prng.nextFloat() * 10 ** (prng.nextBelow(600) - 300) + 1e-305);
});

test("log of nothing, of less and of what is no number stops", () => {
  for (const x of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => log(x)).toThrow();
  expect(log(1)).toBe(0);
});
