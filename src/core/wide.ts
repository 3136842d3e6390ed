/** Exact 106-bit signed integers in two float64 limbs: value = hi · 2^53 + lo, 0 ≤ lo < 2^53. No BigInt, no allocation. */

import { assert } from "./assert.ts";
import { Code } from "./code.ts";

const LIMB = 9_007_199_254_740_992; // 2^53
const SPLIT = 134_217_729; // 2^27 + 1, Dekker's splitter for 53-bit mantissas.
const HI_MAX = 9_007_199_254_740_991;

/** A mutable wide integer; results are written into one that the caller owns. */
export class Wide {
  hi = 0;
  lo = 0;

  set(from: Wide): this {
    this.hi = from.hi;
    this.lo = from.lo;
    return this;
  }

  setLimbs(hi: number, lo: number): this {
    assert(lo >= 0 && lo < LIMB, Code.ValueOutOfRange);
    assert(hi >= -HI_MAX && hi <= HI_MAX, Code.ValueOutOfRange);
    this.hi = hi;
    this.lo = lo;
    return this;
  }

  /** From an integer |n| < 2^53. */
  setInt(n: number): this {
    assert(n >= -HI_MAX && n <= HI_MAX, Code.ValueOutOfRange);
    if (n < 0) {
      this.hi = -1;
      this.lo = n + LIMB;
    } else {
      this.hi = 0;
      this.lo = n;
    }
    return this;
  }

  zero(): this {
    this.hi = 0;
    this.lo = 0;
    return this;
  }

  isZero(): boolean {
    return this.hi === 0 && this.lo === 0;
  }

  isNegative(): boolean {
    return this.hi < 0;
  }

  /** Nearest float64: for display and statistics only, never for money. */
  toNumber(): number {
    return this.hi * LIMB + this.lo;
  }
}

/** out = a · b, exact for integers |a|, |b| < 2^53 (Dekker's product, then split into limbs). */
export function wideMul(out: Wide, a: number, b: number): Wide {
  assert(a >= -HI_MAX && a <= HI_MAX, Code.ValueOutOfRange);
  assert(b >= -HI_MAX && b <= HI_MAX, Code.ValueOutOfRange);
  const product = a * b;
  const aBig = a * SPLIT;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = b * SPLIT;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  let hi = Math.floor(product / LIMB);
  const rest = product - hi * LIMB;
  let lo = rest + error;
  if (error > 0 && error >= LIMB - rest) {
    hi += 1;
    lo = error - (LIMB - rest);
  } else if (lo < 0) {
    hi -= 1;
    lo += LIMB;
  }
  // `+ 0` turns a negative zero into zero, so that equal values have equal bits.
  out.hi = hi + 0;
  out.lo = lo + 0;
  return out;
}

/** out = x + y. Stops when the sum leaves 106 bits. */
export function wideAdd(out: Wide, x: Wide, y: Wide): Wide {
  let hi = x.hi + y.hi;
  const gap = LIMB - x.lo; // Compared before adding: x.lo + y.lo may pass 2^53 and lose a bit.
  let lo: number;
  if (y.lo >= gap) {
    hi += 1;
    lo = y.lo - gap;
  } else {
    lo = x.lo + y.lo;
  }
  assert(hi >= -HI_MAX && hi <= HI_MAX, Code.ValueOutOfRange);
  out.hi = hi + 0;
  out.lo = lo;
  return out;
}

/** out = x − y. */
export function wideSub(out: Wide, x: Wide, y: Wide): Wide {
  let hi = x.hi - y.hi;
  let lo = x.lo - y.lo;
  if (lo < 0) {
    hi -= 1;
    lo += LIMB;
  }
  assert(hi >= -HI_MAX && hi <= HI_MAX, Code.ValueOutOfRange);
  out.hi = hi + 0;
  out.lo = lo;
  return out;
}

/** out = −x. */
export function wideNeg(out: Wide, x: Wide): Wide {
  if (x.lo === 0) {
    out.hi = 0 - x.hi;
    out.lo = 0;
  } else {
    out.hi = -x.hi - 1 + 0;
    out.lo = LIMB - x.lo;
  }
  return out;
}

/** Negative, zero or positive as x is below, equal to or above y. */
export function wideCmp(x: Wide, y: Wide): number {
  if (x.hi !== y.hi) return x.hi < y.hi ? -1 : 1;
  if (x.lo !== y.lo) return x.lo < y.lo ? -1 : 1;
  return 0;
}

/** out = w · n for an integer 0 ≤ n < 2^53; stops when the product leaves 106 bits. `out` may be `w`. */
export function wideMulInt(out: Wide, w: Wide, n: number): Wide {
  assert(n >= 0 && n <= HI_MAX, Code.ValueOutOfRange);
  const hi = w.hi;
  const top = hi * n;
  assert(top >= -HI_MAX && top <= HI_MAX, Code.ValueOutOfRange);
  wideMul(out, w.lo, n);
  const sum = out.hi + top;
  assert(sum >= -HI_MAX && sum <= HI_MAX, Code.ValueOutOfRange);
  out.hi = sum + 0;
  return out;
}

/** out = floor(w · a / b) for w ≥ 0 and integers 0 ≤ a ≤ b < 2^53, b > 0: the share a/b of w, rounded down. */
export function wideShareFloor(out: Wide, w: Wide, a: number, b: number): Wide {
  assert(a <= b, Code.ValueOutOfRange);
  assert(b > 0, Code.ValueOutOfRange);
  if (a === b) {
    assert(w.hi >= 0, Code.NumberNegative);
    return out.set(w);
  }
  const fits = wideMulDivFloor(out, w, a, b);
  assert(fits, Code.InvariantBroken); // A share is no larger than the whole.
  return out;
}

/**
 * out = floor(w · a / b), exact, for w ≥ 0, 0 ≤ a < 2^53 and 0 < b < 2^53. False, and `out` is worthless, when the
 * quotient leaves 106 bits. `out` may be `w`. The product has three limbs; the quotient is a float's guess, corrected
 * by the exact rest until that lies in [0, b): two rounds or three, each two products.
 */
export function wideMulDivFloor(out: Wide, w: Wide, a: number, b: number): boolean {
  assert(w.hi >= 0, Code.NumberNegative);
  assert(a >= 0 && a <= HI_MAX, Code.ValueOutOfRange);
  assert(b > 0 && b <= HI_MAX, Code.ValueOutOfRange);
  const wLo = w.lo;
  wideMul(out, w.hi, a);
  let r2 = out.hi;
  let r1 = out.lo;
  wideMul(out, wLo, a);
  let r0 = out.lo;
  if (out.hi >= LIMB - r1) {
    r1 = out.hi - (LIMB - r1);
    r2 += 1;
  } else r1 += out.hi;
  if (r2 === 0 && r1 === 0) return setLow(out, Math.floor(r0 / b));
  let qHi = 0;
  let qLo = 0;
  // The rest is r2 · 2^106 + r1 · 2^53 + r0, r2 alone with a sign; it is w · a − q · b at all times.
  while (r2 !== 0 || r1 !== 0 || r0 >= b) {
    const guess = ((r2 * LIMB + r1) * LIMB + r0) / b;
    const gHi = Math.trunc(guess / LIMB);
    if (Math.abs(gHi) > HI_MAX) return false;
    const gLo = Math.max(-HI_MAX, Math.min(HI_MAX, Math.floor(guess - gHi * LIMB)));
    // Taken away limb by limb: differences of limbs are exact, sums are not.
    if (gHi !== 0) {
      wideMul(out, gHi, b);
      r2 -= out.hi;
      r1 -= out.lo;
      if (r1 < 0) {
        r1 += LIMB;
        r2 -= 1;
      }
    }
    wideMul(out, gLo, b);
    r0 -= out.lo;
    let borrow = 0;
    if (r0 < 0) {
      r0 += LIMB;
      borrow = 1;
    }
    if (out.hi < 0) {
      const more = -out.hi - borrow;
      if (more >= LIMB - r1) {
        r1 = more - (LIMB - r1);
        r2 += 1;
      } else r1 += more;
    } else {
      r1 = r1 - out.hi - borrow;
      if (r1 < 0) {
        r1 += LIMB;
        r2 -= 1;
      }
    }
    qHi += gHi;
    if (gLo >= LIMB - qLo) {
      qLo = gLo - (LIMB - qLo);
      qHi += 1;
    } else qLo += gLo;
    if (qLo < 0) {
      qLo += LIMB;
      qHi -= 1;
    }
  }
  if (qHi > HI_MAX || qHi < 0) return false;
  out.hi = qHi;
  out.lo = qLo + 0;
  return true;
}

function setLow(out: Wide, lo: number): true {
  out.hi = 0;
  out.lo = lo;
  return true;
}
