/** Mantissas to exact amounts at 10^-18 and back; what does not fit is answered with false, never with a wrong number. */

import { assert } from "./assert.ts";
import { MANTISSA_MAX } from "./brand.ts";
import { Code } from "./code.ts";
import { CASH_SCALE, pow10 } from "./decimal.ts";
import { type Wide, wideMul, wideMulInt, wideShareFloor } from "./wide.ts";

/** Balances stay below this high limb, so that any sum of two still fits 106 bits: 4 × 10^13 units of an asset. */
export const AMOUNT_HI_MAX = 4_503_599_627_370_496; // 2^52

const POWER_STEP = 15; // Largest power of ten that is below 2^53.

/** out = out · 10^power for 0 ≤ power ≤ 18. False, and `out` is worthless, when the product leaves the amount range. */
export function scaleUp(out: Wide, power: number): boolean {
  assert(power >= 0 && power <= CASH_SCALE, Code.ValueOutOfRange);
  let left = power;
  while (left > 0) {
    const step = Math.min(left, POWER_STEP);
    const factor = pow10(step);
    if ((Math.abs(out.hi) + 1) * factor > AMOUNT_HI_MAX) return false;
    wideMulInt(out, out, factor);
    left -= step;
  }
  return Math.abs(out.hi) <= AMOUNT_HI_MAX;
}

/** 10^power for 0 ≤ power ≤ 18: all of them are exact in a float64. */
export function powerOfTen(power: number): number {
  assert(power >= 0 && power <= CASH_SCALE, Code.ValueOutOfRange);
  return power <= POWER_STEP ? pow10(power) : pow10(POWER_STEP) * pow10(power - POWER_STEP);
}

/** out = mantissa · 10^(18 − scale): the amount that an integer mantissa at `scale` stands for. */
export function amountOf(out: Wide, mantissa: number, scale: number): boolean {
  return scaleUp(out.setInt(mantissa), CASH_SCALE - scale);
}

/** out = a · b as an amount, `scale` being the sum of both scales: price × quantity in the quote asset. */
export function productAmount(out: Wide, a: number, b: number, scale: number): boolean {
  return scaleUp(wideMul(out, a, b), CASH_SCALE - scale);
}

/** floor(amount / 10^power) for an amount ≥ 0, or -1 when that is no mantissa. `scratch` is overwritten. */
export function unitsFloor(scratch: Wide, amount: Wide, power: number): number {
  assert(power >= 0 && power <= CASH_SCALE, Code.ValueOutOfRange);
  scratch.set(amount);
  let left = power;
  while (left > 0) {
    const step = Math.min(left, POWER_STEP);
    wideShareFloor(scratch, scratch, 1, pow10(step));
    left -= step;
  }
  return scratch.hi === 0 ? scratch.lo : -1;
}

/** True when both limbs are what a Wide may hold and the value is in the amount range. */
export function isAmount(hi: number, lo: number): boolean {
  if (!Number.isInteger(hi) || !Number.isInteger(lo)) return false;
  return Math.abs(hi) <= AMOUNT_HI_MAX && lo >= 0 && lo <= MANTISSA_MAX;
}

/** True when x + y, and x − y, stay in the amount range. */
export function amountsFit(x: Wide, y: Wide): boolean {
  return Math.abs(x.hi) + Math.abs(y.hi) + 2 <= AMOUNT_HI_MAX;
}

/** True for an integer that a mantissa may hold. */
export function isMantissa(value: number): boolean {
  return Number.isSafeInteger(value);
}
