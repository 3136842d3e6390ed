/** A decimal bound as exact integers of every scale. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";

/** Most bounds of most levels are never set: they hold nothing. */
const NONE: ArrayLike<number> = Object.freeze([]);

/**
 * A decimal bound, ready to be compared with integers of any scale: floor(bound · 10^scale) for each scale. An integer is
 * at most the bound exactly when it is at most that floor, so the gate compares without scaling anything up.
 */
export class Bound {
  /** Floors at scale 0–18 that a mantissa can hold; larger ones are the largest mantissa. */
  mantissas: ArrayLike<number> = NONE;
  #his: ArrayLike<number> = NONE;
  #los: ArrayLike<number> = NONE;

  /** Takes an amount ≥ 0 at 10^-18. */
  set(amount: Wide): void {
    assert(!amount.isNegative(), Code.NumberNegative);
    const floor = new Wide().set(amount);
    const mantissas = new Float64Array(CASH_SCALE + 1);
    const his = new Float64Array(CASH_SCALE + 1);
    const los = new Float64Array(CASH_SCALE + 1);
    // A floor of a floor is the floor of the whole: one division by ten for each scale.
    for (let scale = CASH_SCALE; scale >= 0; scale--) {
      if (scale < CASH_SCALE) divideByTen(floor);
      mantissas[scale] = floor.hi === 0 ? floor.lo : MANTISSA_MAX;
      his[scale] = floor.hi;
      los[scale] = floor.lo;
    }
    this.mantissas = mantissas;
    this.#his = his;
    this.#los = los;
  }

  /** True when `value`, an integer at `scale`, is over the bound. */
  isPassedBy(value: Wide, scale: number): boolean {
    assert(scale >= 0 && scale <= CASH_SCALE, Code.ValueOutOfRange);
    const hi = this.#his[scale] as number;
    return value.hi === hi ? value.lo > (this.#los[scale] as number) : value.hi > hi;
  }

  /** True when `value` ≥ 0, an amount at 10^-18, is at least the bound. */
  isReachedBy(value: Wide, scale: number): boolean {
    assert(scale === CASH_SCALE, Code.ValueOutOfRange); // At smaller scales the floor would say yes too early.
    const hi = this.#his[scale] as number;
    return value.hi === hi ? value.lo >= (this.#los[scale] as number) : value.hi > hi;
  }
}

const HALF = 134_217_728; // 2^27: the low limb in two parts of 26 and 27 bits.

/** floor(w / 10) for w ≥ 0, digit by digit: every intermediate stays below 2^53. */
function divideByTen(w: Wide): void {
  const { hi, lo } = w;
  assert(hi >= 0, Code.NumberNegative);
  const high = Math.floor(hi / 10);
  const middlePart = Math.floor(lo / HALF) + (hi - 10 * high) * (LIMB / HALF);
  const middle = Math.floor(middlePart / 10);
  const lowPart = (lo % HALF) + (middlePart - 10 * middle) * HALF;
  w.setLimbs(high, middle * HALF + Math.floor(lowPart / 10));
}

const LIMB = 9_007_199_254_740_992;
