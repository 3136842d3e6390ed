/** Numbers of a venue's list of instruments: how many decimals a text has, and its mantissa where it has one. */

import { assert } from "../../core/assert.ts";
import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { parseMantissa, SCALE_MAX } from "../../core/decimal.ts";

export interface Decimals {
  readonly written: number;
  /** Without trailing zeros. */
  readonly significant: number;
}

/** Of a plain decimal; undefined when it is none. */
export function decimalsOf(text: unknown): Decimals | undefined {
  const match = typeof text === "string" ? /^\d+(?:\.(\d+))?$/.exec(text) : null;
  if (match === null) return undefined;
  const fraction = match[1] ?? "";
  return { written: fraction.length, significant: fraction.replace(/0+$/, "").length };
}

/** Mantissa of a text, -1 when it has none at this scale. */
export function mantissaOf(text: unknown, scale: number): number {
  assert(scale >= 0 && scale <= 2 * SCALE_MAX, Code.ValueOutOfRange);
  if (typeof text !== "string") return -1;
  const { code, mantissa } = parseMantissa(text, scale);
  return code === Code.Ok && mantissa >= 0 && mantissa <= MANTISSA_MAX ? mantissa : -1;
}
