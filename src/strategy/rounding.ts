/** Numbers and texts of strategies to mantissas on tick and lot: exact decimals all the way, never float arithmetic. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import { DecimalReader, parseWide, SCALE_MAX } from "../core/decimal.ts";
import { Wide, wideShareFloor } from "../core/wide.ts";

export interface Rounded {
  /**
   * `StrategyOrderInvalid`: no plain positive decimal (NaN, zero, negative, Infinity, another type, other text);
   * `NumberRange`: beyond 2^53 at the instrument's scale.
   */
  readonly code: Code.Ok | Code.StrategyOrderInvalid | Code.NumberRange;
  /** May be 0: what is positive can still round to nothing. */
  readonly mantissa: number;
}

const NOT_POSITIVE: Rounded = Object.freeze({ code: Code.StrategyOrderInvalid, mantissa: 0 });
const TOO_LARGE: Rounded = Object.freeze({ code: Code.NumberRange, mantissa: 0 });

/** Largest multiple of `step` that is not above the value (or, with `up`, smallest not below). */
export function roundToStep(value: unknown, scale: number, step: number, up: boolean): Rounded {
  assert(step > 0 && scale >= 0, Code.ValueOutOfRange);
  const text = decimalText(value);
  if (text === "") return NOT_POSITIVE;
  const { cut, rest } = cutDecimals(text, scale);
  const reader = new DecimalReader();
  const mantissa = reader.read(cut, 0, scale);
  if (reader.code !== Code.Ok) return TOO_LARGE;
  assert(reader.end === cut.length, Code.NumberMalformed);
  const below = mantissa - (mantissa % step);
  const rounded = up && (below !== mantissa || rest) ? below + step : below;
  return rounded > MANTISSA_MAX ? TOO_LARGE : { code: Code.Ok, mantissa: rounded };
}

/**
 * Quantity that `amount` of the quote asset buys at `price` (a mantissa), down to the lot: floor(amount / price), exact
 * in integers. Decimals of the amount beyond the scales' sum are cut.
 */
export function qtyOfAmount(
  amount: unknown,
  price: number,
  priceScale: number,
  qtyScale: number,
  lot: number,
): Rounded {
  assert(Number.isSafeInteger(price) && price > 0, Code.ValueOutOfRange);
  assert(priceScale + qtyScale <= SCALE_MAX && lot > 0, Code.ValueOutOfRange);
  const text = decimalText(amount);
  if (text === "") return NOT_POSITIVE;
  const scale = priceScale + qtyScale;
  const wide = new Wide();
  if (parseWide(wide, cutDecimals(text, scale).cut, scale) !== Code.Ok) return TOO_LARGE;
  // amount · 10^(p+q) over price · 10^p leaves the quantity · 10^q.
  wideShareFloor(wide, wide, 1, price);
  if (wide.hi !== 0) return TOO_LARGE;
  return { code: Code.Ok, mantissa: wide.lo - (wide.lo % lot) };
}

/** Plain decimal text of a positive number or text; "" for anything else. Numbers go by their shortest text. */
export function decimalText(value: unknown): string {
  // Strategies may be plain JavaScript: anything can come.
  const text = typeof value === "number" ? plainText(value) : typeof value === "string" ? value.trim() : "";
  return /^\d+(\.\d+)?$/.test(text) && /[1-9]/.test(text) && text.length <= TEXT_UNITS_MAX ? text : "";
}

const TEXT_UNITS_MAX = 400; // The longest double has 309 digits before the point, or 340 after it.

/** Shortest decimal text of a positive finite number, without an exponent; "" for anything else. */
export function plainText(value: number): string {
  if (!Number.isFinite(value) || value <= 0) return "";
  const text = String(value);
  const at = text.indexOf("e");
  if (at < 0) return text;
  const exponent = Number(text.slice(at + 1)); // number-ok: an exponent
  const [whole = "", fraction = ""] = text.slice(0, at).split(".");
  if (exponent > 0) return whole + fraction.padEnd(exponent, "0");
  return `0.${"0".repeat(-exponent - 1)}${whole}${fraction}`;
}

/** The text with `scale` decimals at most, and whether anything but zeros was cut. */
function cutDecimals(text: string, scale: number): { readonly cut: string; readonly rest: boolean } {
  const point = text.indexOf(".");
  if (point < 0) return { cut: text, rest: false };
  const cut = text.slice(0, point + 1 + scale);
  return { cut: cut.endsWith(".") ? cut.slice(0, -1) : cut, rest: /[1-9]/.test(text.slice(point + 1 + scale)) };
}
