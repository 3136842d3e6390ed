/** Exact money for people: wide integers as big ones, prices and averages without a float in between. */

import { CASH_SCALE } from "../core/decimal.ts";
import type { Wide } from "../core/wide.ts";

/** All amounts here are at 10^-18. */
export const UNIT = 10n ** 18n;

export function bigOf(wide: Readonly<Wide>): bigint {
  return BigInt(wide.hi) * 9_007_199_254_740_992n + BigInt(wide.lo);
}

/** mantissa · 10^(18 − scale), for scales of both signs of that difference; cut toward zero below 10^-18. */
export function bigAt(mantissa: bigint, scale: number): bigint {
  return scale <= CASH_SCALE
    ? mantissa * 10n ** BigInt(CASH_SCALE - scale)
    : mantissa / 10n ** BigInt(scale - CASH_SCALE);
}

/** Decimal text of an amount, cut (not rounded up) at `decimals`, without trailing zeros. */
export function bigText(amount: bigint, decimals: number = CASH_SCALE): string {
  const cut = 10n ** BigInt(CASH_SCALE - decimals);
  const kept = (amount / cut) * cut;
  const digits = (kept < 0n ? -kept : kept).toString().padStart(CASH_SCALE + 1, "0");
  const whole = digits.slice(0, -CASH_SCALE);
  const fraction = digits.slice(-CASH_SCALE).replace(/0+$/, "");
  return `${kept < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
