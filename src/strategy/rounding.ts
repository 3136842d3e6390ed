/** Numbers and texts of strategies to mantissas on tick and lot: exact decimals all the way, never float arithmetic. */

import { Code } from "../core/code.ts";
import { DecimalReader } from "../core/decimal.ts";

export interface Rounded {
  readonly code: Code;
  readonly mantissa: number;
}

const BAD: Rounded = Object.freeze({ code: Code.StrategyOrderInvalid, mantissa: 0 });

/** Largest multiple of `step` that is not above the value (or, with `up`, smallest not below); positive values only. */
export function roundToStep(value: number | string, scale: number, step: number, up: boolean): Rounded {
  // Strategies may be plain JavaScript: anything can come.
  const text = typeof value === "number" ? plainText(value) : typeof value === "string" ? value.trim() : "";
  if (!/^\d+(\.\d+)?$/.test(text)) return BAD;
  const point = text.indexOf(".");
  const cut = point < 0 ? text : text.slice(0, point + 1 + scale);
  const rest = point < 0 ? "" : text.slice(point + 1 + scale);
  const reader = new DecimalReader();
  const mantissa = reader.read(cut.endsWith(".") ? cut.slice(0, -1) : cut, 0, scale);
  if (reader.code !== Code.Ok) return BAD;
  if (mantissa === 0 && !/[1-9]/.test(rest)) return BAD;
  const below = mantissa - (mantissa % step);
  const exact = below === mantissa && !/[1-9]/.test(rest);
  return { code: Code.Ok, mantissa: up && !exact ? below + step : below };
}

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
