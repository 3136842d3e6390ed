/** Functions whose last digit differs between engines when taken from `Math`: here they are the same on every machine. */

import { assert } from "./assert.ts";
import { Code } from "./code.ts";

const { LN2 } = Math;
const SQRT_HALF = Math.SQRT1_2;
const TWO_32 = 4_294_967_296;
/** Odd powers of the series below that still matter: 0.1716^(2 · 11 + 1) is under 10^-17. */
const TERMS = 11;

/**
 * Natural logarithm of a positive finite number, within 1e-14 of the true one (relative to the larger of it and 1).
 * x = m · 2^k with m in [√½, √2), then log m = 2 · artanh((m − 1) / (m + 1)).
 */
export function log(x: number): number {
  assert(x > 0 && x < Number.POSITIVE_INFINITY, Code.ValueOutOfRange);
  let k = 0;
  let m = x;
  for (; m >= TWO_32; k += 32) m /= TWO_32;
  for (; m < 1 / TWO_32; k -= 32) m *= TWO_32;
  for (; m >= 2 * SQRT_HALF; k++) m /= 2;
  for (; m < SQRT_HALF; k--) m *= 2;
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let n = TERMS; n >= 0; n--) sum = sum * square + 1 / (2 * n + 1);
  return k * LN2 + 2 * s * sum;
}
