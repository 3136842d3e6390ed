/** Venue fees: an integer rate of an exact amount, rounded half up to 10^-8 of the fee asset, as venues state them. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Wide, wideMulInt, wideNeg, wideShareFloor } from "../core/wide.ts";

/** Rates are in 10^-8 of the amount: 0.1 % is 100,000. Negative rates are rebates. */
export const RATE_UNIT = 100_000_000;
/** Fees are whole 10^-8 of the asset; amounts are in 10^-18. */
const FEE_STEP = 10_000_000_000;

/** out = |amount| · rate, rounded half up in magnitude to 10^-8, with the rate's sign. Positive = we pay. */
export function fee(out: Wide, amount: Wide, rate: number): Wide {
  assert(Number.isInteger(rate), Code.ValueOutOfRange);
  assert(Math.abs(rate) <= RATE_UNIT, Code.ValueOutOfRange);
  if (amount.isNegative()) wideNeg(out, amount);
  else out.set(amount);
  const magnitude = Math.abs(rate);
  // Doubled, so that a half is a whole: floor((2x + 1) / 2) rounds half up.
  wideShareFloor(out, out, magnitude, RATE_UNIT);
  wideMulInt(out, out, 2);
  wideShareFloor(out, out, 1, FEE_STEP);
  const odd = out.lo % 2 === 1;
  wideShareFloor(out, out, 1, 2);
  if (odd) addOne(out);
  wideMulInt(out, out, FEE_STEP);
  return rate < 0 ? wideNeg(out, out) : out;
}

function addOne(w: Wide): void {
  if (w.lo === 9_007_199_254_740_991) {
    w.hi += 1;
    w.lo = 0;
  } else w.lo += 1;
}
