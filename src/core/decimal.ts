/** Decimal text ⇄ integer mantissa at a scale, never through a float; one reader object, no allocation per number. */

import { assert } from "./assert.ts";
import { MANTISSA_MAX } from "./brand.ts";
import { Code } from "./code.ts";
import type { Wide } from "./wide.ts";

/** Largest scale (decimals) that any mantissa or amount uses. */
export const SCALE_MAX = 18;
/** All cash is kept in 10^-18 units of its asset. */
export const CASH_SCALE = 18;

const ZERO = 48;
const POINT = 46;
const MINUS = 45;
const BEFORE_OVERFLOW = 900_719_925_474_099; // (2^53 - 1) / 10, rounded down.

/** 10^n for 0 ≤ n ≤ 22 by multiplication: exact in a float64. Up to 15 it is below 2^53 as well. */
export function pow10(n: number): number {
  assert(n >= 0 && n <= 22, Code.ValueOutOfRange);
  // By the bits of n: no loop. Every power and product up to 10^22 is exact.
  const low = ((n & 1) !== 0 ? 1e1 : 1) * ((n & 2) !== 0 ? 1e2 : 1) * ((n & 4) !== 0 ? 1e4 : 1);
  return low * ((n & 8) !== 0 ? 1e8 : 1) * ((n & 16) !== 0 ? 1e16 : 1);
}

/** Reads plain decimals out of longer text. `code` and `end` tell how the last read went. */
export class DecimalReader {
  /** Why the last read failed, or `Ok`. */
  code: Code = Code.Ok;
  /** Index of the first unit that was not read. */
  end = 0;
  /** Decimals written in the text, trailing zeros included. */
  decimals = 0;
  /** Decimals that carry value: trailing zeros left out. */
  significantDecimals = 0;

  /**
   * Mantissa at `scale` of the unsigned decimal that starts at `from`; ends at the first unit that is no digit or point.
   * Returns -1 and sets `code` when there is no number, or it needs more decimals or more than 53 bits.
   */
  read(text: string, from: number, scale: number): number {
    const length = text.length;
    let at = from;
    let whole = 0; // int32: at most nine digits on this path, so no rounding and no boxed double.
    let digit = 0;
    while (at < length) {
      digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      whole = (Math.imul(whole, 10) + digit) | 0;
      at++;
    }
    const wholeDigits = at - from;
    if (wholeDigits === 0 || wholeDigits > 9) return this.#readLong(text, from, scale);
    let fraction = 0;
    let decimals = 0;
    let significant = 0;
    if (at < length && digit === POINT - ZERO) {
      const first = ++at;
      while (at < length) {
        digit = text.charCodeAt(at) - ZERO;
        if (digit < 0 || digit > 9) break;
        at++;
        if (digit !== 0) significant = at - first;
        if (at - first <= scale) fraction = (Math.imul(fraction, 10) + digit) | 0;
      }
      decimals = at - first;
      if (decimals === 0) return this.#fail(Code.NumberMalformed, at);
    }
    if (scale > 9) return this.#readLong(text, from, scale);
    if (significant > scale) return this.#refuse(decimals, significant, at);
    const mantissa = whole * smallPow10(scale) + fraction * smallPow10(decimals < scale ? scale - decimals : 0);
    if (mantissa > MANTISSA_MAX) return this.#fail(Code.NumberRange, at);
    this.decimals = decimals;
    this.significantDecimals = significant;
    this.code = Code.Ok;
    this.end = at;
    return mantissa;
  }

  /** The same for any number of digits, digit by digit in a float64 that stays an exact integer. */
  #readLong(text: string, from: number, scale: number): number {
    const length = text.length;
    let at = from;
    let value = 0;
    let decimals = 0;
    let significant = 0;
    let inFraction = false;
    for (; at < length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === POINT && !inFraction) {
        if (at === from) return this.#fail(Code.NumberMalformed, at);
        inFraction = true;
        continue;
      }
      if (unit < ZERO || unit > ZERO + 9) break;
      if (inFraction) {
        decimals++;
        if (unit !== ZERO) significant = decimals;
        if (decimals > scale) continue;
      }
      if (value > BEFORE_OVERFLOW) return this.#fail(Code.NumberRange, at);
      value = value * 10 + (unit - ZERO);
    }
    if (at === from) return this.#fail(Code.NumberMalformed, at);
    if (inFraction && decimals === 0) return this.#fail(Code.NumberMalformed, at);
    if (significant > scale) return this.#refuse(decimals, significant, at);
    for (let kept = Math.min(decimals, scale); kept < scale; kept++) {
      if (value > BEFORE_OVERFLOW) return this.#fail(Code.NumberRange, at);
      value *= 10;
    }
    if (value > MANTISSA_MAX) return this.#fail(Code.NumberRange, at);
    this.decimals = decimals;
    this.significantDecimals = significant;
    this.code = Code.Ok;
    this.end = at;
    return value;
  }

  /** Too many decimals: still tells how many there are, so that the instrument can be revised to hold them. */
  #refuse(decimals: number, significant: number, at: number): -1 {
    this.decimals = decimals;
    this.significantDecimals = significant;
    return this.#fail(Code.NumberPrecision, at);
  }

  /** As `read`, for a decimal that may be negative (funding rates, fees). Returns NaN and sets `code` on failure. */
  readSigned(text: string, from: number, scale: number): number {
    if (text.charCodeAt(from) !== MINUS) {
      const positive = this.read(text, from, scale);
      return this.code === Code.Ok ? positive : Number.NaN;
    }
    const negative = this.read(text, from + 1, scale);
    return this.code === Code.Ok ? 0 - negative : Number.NaN;
  }

  #fail(code: Code, at: number): -1 {
    this.code = code;
    this.end = at;
    return -1;
  }
}

/** Mantissa of a whole text, or a code. Edge use (configuration, commands, tests): allocates its answer. */
export function parseMantissa(text: string, scale: number): { readonly code: Code; readonly mantissa: number } {
  const reader = new DecimalReader();
  const mantissa = reader.readSigned(text, 0, scale);
  if (reader.code !== Code.Ok) return { code: reader.code, mantissa: Number.NaN };
  if (reader.end !== text.length) return { code: Code.NumberMalformed, mantissa: Number.NaN };
  return { code: Code.Ok, mantissa };
}

/** 10^n for 0 ≤ n ≤ 9 without a loop or a table. */
function smallPow10(n: number): number {
  switch (n) {
    case 0:
      return 1;
    case 1:
      return 10;
    case 2:
      return 100;
    case 3:
      return 1_000;
    case 4:
      return 10_000;
    case 5:
      return 100_000;
    case 6:
      return 1_000_000;
    case 7:
      return 10_000_000;
    case 8:
      return 100_000_000;
    default:
      return 1_000_000_000;
  }
}

/** Text of a mantissa with exactly `decimals` digits after the point; `decimals` may be fewer only if those are zero. */
export function mantissaText(mantissa: number, scale: number, decimals: number = scale): string {
  assert(Number.isSafeInteger(mantissa), Code.ValueOutOfRange);
  const sign = mantissa < 0 ? "-" : "";
  return sign + placePoint(Math.abs(mantissa).toString(), scale, decimals);
}

/** Text of a mantissa without trailing zeros. */
export function mantissaTextShort(mantissa: number, scale: number): string {
  return trimZeros(mantissaText(mantissa, scale));
}

/** Exact text of a wide integer at `scale`, without trailing zeros beyond `decimalsMin`. Edge use. */
export function wideText(w: Wide, scale: number, decimalsMin = 0): string {
  const value = BigInt(w.hi) * 9_007_199_254_740_992n + BigInt(w.lo); // bigint-ok: text for people, never per event
  const digits = (value < 0n ? -value : value).toString();
  const full = placePoint(digits, scale, scale);
  return (value < 0n ? "-" : "") + trimZeros(full, decimalsMin);
}

/** Reads an exact decimal into a wide integer at `scale`. Edge use. */
export function parseWide(out: Wide, text: string, scale: number): Code {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return Code.NumberMalformed;
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > scale) return Code.NumberPrecision;
  const magnitude = BigInt((match[2] ?? "") + fraction.padEnd(scale, "0")); // bigint-ok: configuration and commands
  const value = match[1] === "-" ? -magnitude : magnitude;
  const hi = value >> 53n;
  if (hi > 9_007_199_254_740_991n || hi < -9_007_199_254_740_991n) return Code.NumberRange;
  out.setLimbs(Number(hi), Number(value - (hi << 53n))); // number-ok: limbs below 2^53
  return Code.Ok;
}

function placePoint(digits: string, scale: number, decimals: number): string {
  assert(decimals >= 0, Code.ValueOutOfRange);
  const padded = digits.padStart(scale + 1, "0");
  const whole = padded.slice(0, padded.length - scale);
  const fraction = scale === 0 ? "" : padded.slice(-scale);
  if (decimals >= scale) {
    const long = fraction.padEnd(decimals, "0");
    return long === "" ? whole : `${whole}.${long}`;
  }
  assert(/^0*$/.test(fraction.slice(decimals)), Code.NumberPrecision);
  return decimals === 0 ? whole : `${whole}.${fraction.slice(0, decimals)}`;
}

/** Cuts trailing zeros, but keeps (or adds) as many as `decimalsMin` asks for. */
function trimZeros(text: string, decimalsMin = 0): string {
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  const fraction = (point < 0 ? "" : text.slice(point + 1)).replace(/0+$/, "").padEnd(decimalsMin, "0");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
