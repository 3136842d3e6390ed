/** Decimal texts as OKX writes them: no zeros behind, quantities of swaps in contracts. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { isDecimal } from "../decimal_text.ts";

/** `60000.01000000` as `60000.01`. */
export function trimmed(text: string): string {
  if (!text.includes(".")) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end--;
  if (text.charCodeAt(end - 1) === 46) end--;
  return text.slice(0, end);
}

/** The decimal times ten to the power of `places`, exactly; without zeros behind. */
export function shifted(text: string, places: number): string {
  assert(isDecimal(text) && Number.isInteger(places), Code.NumberMalformed);
  if (places === 0) return trimmed(text);
  const point = text.indexOf(".");
  const digits = point < 0 ? text : text.slice(0, point) + text.slice(point + 1);
  const at = (point < 0 ? text.length : point) + places;
  const full = at <= 0 ? "0".repeat(1 - at) + digits : digits.padEnd(at, "0");
  const cut = Math.max(at, 1);
  const whole = full.slice(0, cut).replace(/^0+(?=\d)/, "");
  return trimmed(cut < full.length ? `${whole}.${full.slice(cut)}` : whole);
}
