/** Decimal texts compared, summed and measured as texts: a venue's own numbers never pass through a float here. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** Decimals that a sum keeps: enough for a price times a size of any listing. */
const SUM_SCALE = 18;

/** Less than 0 when `a < b`, more when `a > b`; exact for unsigned decimals of any length. */
export function compareDecimals(a: string, b: string): number {
  if (a.length === b.length && a.indexOf(".") === b.indexOf(".")) return a < b ? -1 : a > b ? 1 : 0;
  const [aWhole, aFraction] = parts(a);
  const [bWhole, bFraction] = parts(b);
  if (aWhole.length !== bWhole.length) return aWhole.length - bWhole.length;
  if (aWhole !== bWhole) return aWhole < bWhole ? -1 : 1;
  const length = Math.max(aFraction.length, bFraction.length);
  const aFull = aFraction.padEnd(length, "0");
  const bFull = bFraction.padEnd(length, "0");
  return aFull < bFull ? -1 : aFull > bFull ? 1 : 0;
}

/** True for `0`, `0.000` and the like. */
export function isZero(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit !== 48 && unit !== 46) return false;
  }
  return text.length > 0;
}

export function isDecimal(text: unknown): text is string {
  return typeof text === "string" && /^\d+(\.\d+)?$/.test(text);
}

/** Decimals that carry value: `2683.80000000` has one. */
export function significantDecimals(text: string): number {
  const point = text.indexOf(".");
  if (point < 0) return 0;
  let end = text.length;
  while (end > point + 1 && text.charCodeAt(end - 1) === 48) end--;
  return end - point - 1;
}

/** Decimals as written: `2683.80000000` has eight. */
export function writtenDecimals(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** `0.01` for 2, `1` for 0; zeros are added up to `written` decimals, as spot writes its filters. */
export function unitText(decimals: number, written = decimals): string {
  assert(decimals >= 0 && decimals <= SUM_SCALE, Code.ValueOutOfRange);
  const unit = decimals === 0 ? "1" : `0.${"0".repeat(decimals - 1)}1`;
  if (written <= decimals) return unit;
  return (decimals === 0 ? "1." : unit).padEnd(2 + written, "0");
}

/** An exact sum of decimals and of products of decimals: volumes of bars. */
export class DecimalSum {
  #units = BigInt(0); // bigint-ok: public volumes of a test venue, exact without a scale of their own

  add(text: string): void {
    this.#units += unitsOf(text, SUM_SCALE);
  }

  addProduct(a: string, b: string): void {
    this.#units += unitsOf(a, SUM_SCALE / 2) * unitsOf(b, SUM_SCALE / 2);
  }

  addSum(other: DecimalSum): void {
    this.#units += other.#units;
  }

  /** Cut to so many decimals. */
  text(decimals: number): string {
    assert(decimals >= 0 && decimals <= SUM_SCALE, Code.ValueOutOfRange);
    const digits = this.#units.toString().padStart(SUM_SCALE + 1, "0");
    const whole = digits.slice(0, -SUM_SCALE);
    return decimals === 0 ? whole : `${whole}.${digits.slice(-SUM_SCALE).slice(0, decimals)}`;
  }
}

function parts(text: string): [whole: string, fraction: string] {
  const point = text.indexOf(".");
  const whole = (point < 0 ? text : text.slice(0, point)).replace(/^0+(?=\d)/, "");
  return [whole, point < 0 ? "" : text.slice(point + 1)];
}

function unitsOf(text: string, scale: number): bigint {
  const [whole, fraction] = parts(text);
  return BigInt(whole + fraction.slice(0, scale).padEnd(scale, "0")); // bigint-ok: as above
}
