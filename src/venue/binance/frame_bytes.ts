/** One frame's text as bytes in a buffer that never moves: four units a step, no bounds to ask for, no substring. */

import { assert } from "../../core/assert.ts";
import { MANTISSA_MAX } from "../../core/brand.ts";
import { Code } from "../../core/code.ts";
import { DecimalReader } from "../../core/decimal.ts";

/** Longer frames are the correct path's: a snapshot of 2 × 5,000 levels has about 350,000 units. */
const FAST_UNITS_MAX = 1 << 20;
/** Zeros behind the text: no value, literal or key can match there, so scans stop without a bound. */
const PADDING_BYTES = 64;
const BACKSLASH = 92;
const MINUS = 45;
const POINT = 46;
const QUOTE = 34;
const SPACE = 32;
const ZERO = 48;
const ASCII_ZEROS = 0x30303030;
const DIGIT_OVERFLOW = 0x76767676; // Added to 0–9 it leaves the top bit clear, to 10–127 it sets it.
const TOP_BITS = 0x80808080 | 0;
const DIGITS_MAX = 8;
const SCALE_FAST_MAX = 9;

/** A constant text compared four bytes a step. */
export class Pattern {
  readonly length: number;
  readonly words: Int32Array;
  /** Covers the bytes of the last word that belong to the text. */
  readonly lastMask: number;

  /** `text` must be printable ASCII, as everything on the fast path. */
  constructor(text: string) {
    assert(/^[ -~]+$/.test(text), Code.ValueOutOfRange);
    this.length = text.length;
    this.words = new Int32Array((text.length + 3) >> 2);
    for (let n = 0; n < text.length; n++) {
      this.words[n >> 2] = (this.words[n >> 2] as number) | (text.charCodeAt(n) << ((n & 3) * 8));
    }
    const rest = text.length & 3;
    this.lastMask = rest === 0 ? -1 : (1 << (rest * 8)) - 1;
  }
}

/** What Node's Buffer has and its types leave out: `write` without an encoding to look at, a third faster. */
interface Utf8Writable {
  utf8Write(text: string, offset: number): number;
}

/** Reads answer -1 when the bytes are not exactly of their form; else `end` is the first byte after the value. */
export class FrameBytes {
  end = 0;
  readonly u8: Uint8Array;
  readonly view: DataView;
  /** Decimal digits that the last `#digits` took. */
  #count = 0;
  #text = "";
  #length = 0;
  readonly #buffer: Utf8Writable;
  readonly #unitsMax: number;
  readonly #reader = new DecimalReader();
  readonly #powers: Float64Array;

  constructor(frameUnitsMax: number) {
    this.#unitsMax = Math.min(frameUnitsMax, FAST_UNITS_MAX);
    const bytes = new ArrayBuffer(this.#unitsMax + PADDING_BYTES);
    this.#buffer = Buffer.from(bytes) as Buffer & Utf8Writable;
    this.u8 = new Uint8Array(bytes);
    this.view = new DataView(bytes);
    this.#powers = new Float64Array(SCALE_FAST_MAX + 1);
    let power = 1;
    for (let n = 0; n <= SCALE_FAST_MAX; n++) {
      this.#powers[n] = power;
      power *= 10;
    }
    assert(this.#powers[SCALE_FAST_MAX] === 1_000_000_000, Code.InvariantBroken);
  }

  /** Takes a frame in; false when it is too long or not ASCII, so that its bytes are not its units. */
  load(text: string): boolean {
    const length = text.length;
    if (length > this.#unitsMax) return false;
    // Every unit that is not ASCII takes two bytes or more, and the buffer is never filled: equal means all ASCII.
    if (this.#buffer.utf8Write(text, 0) !== length) return false;
    this.view.setFloat64(length, 0);
    this.view.setFloat64(length + 8, 0);
    this.#text = text;
    this.#length = length;
    return true;
  }

  /** True when the frame ends at `at`: nothing may follow. */
  endsAt(at: number): boolean {
    return at === this.#length;
  }

  /** True when `pattern` stands at `at`; `end` is after it. */
  match(at: number, pattern: Pattern): boolean {
    const words = pattern.words;
    const last = words.length - 1;
    for (let n = 0; n < last; n++) {
      if (this.view.getInt32(at, true) !== words[n]) return false;
      at += 4;
    }
    if ((this.view.getInt32(at, true) & pattern.lastMask) !== words[last]) return false;
    this.end = at - 4 * last + pattern.length;
    return true;
  }

  /** Mantissa at `scale` of an unsigned decimal that starts at `from`, inside a string; `end` is after the closing quote. */
  decimal(from: number, scale: number): number {
    const whole = this.#digits(from);
    const count = this.#count;
    let at = from + count;
    let unit = this.u8[at] as number;
    if (count === 0 || scale > SCALE_FAST_MAX) return this.#decimalLong(from, scale);
    let mantissa = whole * (this.#powers[scale] as number);
    if (unit === POINT) {
      const fraction = this.#digits(at + 1);
      const decimals = this.#count;
      if (decimals === 0) return -1;
      at += decimals + 1;
      unit = this.u8[at] as number;
      if (decimals <= scale) mantissa += fraction * (this.#powers[scale - decimals] as number);
      else {
        // Both are below 2^27: the quotient is an integer exactly when nothing is lost.
        const kept = fraction / (this.#powers[decimals - scale] as number);
        if (kept !== Math.trunc(kept)) return -1;
        mantissa += kept;
      }
    }
    if (unit !== QUOTE) return this.#decimalLong(from, scale);
    if (mantissa > MANTISSA_MAX) return -1;
    this.end = at + 1;
    return mantissa;
  }

  /** As `decimal`, for one that may begin with a minus. NaN when it is not of the form. */
  decimalSigned(from: number, scale: number): number {
    const negative = this.u8[from] === MINUS;
    const magnitude = this.decimal(negative ? from + 1 : from, scale);
    if (magnitude < 0) return Number.NaN;
    return negative ? 0 - magnitude : magnitude;
  }

  /** A bare JSON integer from 0 to 2^53 - 1. */
  integer(from: number): number {
    let value = this.#digits(from);
    let count = this.#count;
    if (count === 0) return -1;
    if (this.u8[from] === ZERO && count > 1) return -1; // JSON knows no leading zero.
    if (count === DIGITS_MAX) {
      const low = this.#digits(from + DIGITS_MAX);
      value = value * (this.#powers[this.#count] as number) + low;
      count += this.#count;
      const next = this.u8[from + count] as number;
      if (value > MANTISSA_MAX || (next >= ZERO && next <= ZERO + 9)) return -1;
    }
    this.end = from + count;
    return value;
  }

  /** Steps over a string, an integer or a literal that nobody needs; -1 for what needs the correct path. */
  skip(from: number): number {
    const unit = this.u8[from] as number;
    if (unit === QUOTE) return this.skipString(from + 1);
    if (unit === 116) return this.#word(from, 0x65757274, 4); // true
    if (unit === 110) return this.#word(from, 0x6c6c756e, 4); // null
    if (unit === 102) return this.#word(from + 1, 0x65736c61, 4); // false
    return this.integer(from) < 0 ? -1 : 0;
  }

  /** Steps over the rest of a string without escapes; `from` is after its opening quote, `end` after the closing one. */
  skipString(from: number): number {
    for (let at = from; ; at++) {
      const unit = this.u8[at] as number;
      if (unit === QUOTE) {
        this.end = at + 1;
        return 0;
      }
      if (unit === BACKSLASH || unit < SPACE) return -1;
    }
  }

  #word(at: number, word: number, length: number): number {
    if (this.view.getInt32(at, true) !== word) return -1;
    this.end = at + length;
    return 0;
  }

  /** Value of up to eight digits at `at`; `#count` tells how many. Digits beyond the eighth are left alone. */
  #digits(at: number): number {
    let word = this.view.getInt32(at, true) ^ ASCII_ZEROS;
    let over = ((word + DIGIT_OVERFLOW) | word) & TOP_BITS;
    if (over !== 0) {
      const count = (31 - Math.clz32(over & -over)) >>> 3;
      this.#count = count;
      return count === 0 ? 0 : fourDigits(word << (32 - 8 * count));
    }
    const high = fourDigits(word);
    word = this.view.getInt32(at + 4, true) ^ ASCII_ZEROS;
    over = ((word + DIGIT_OVERFLOW) | word) & TOP_BITS;
    if (over === 0) {
      this.#count = DIGITS_MAX;
      return Math.imul(high, 10_000) + fourDigits(word);
    }
    const count = (31 - Math.clz32(over & -over)) >>> 3;
    this.#count = 4 + count;
    if (count === 0) return high;
    const power = count === 1 ? 10 : count === 2 ? 100 : 1_000;
    return Math.imul(high, power) + fourDigits(word << (32 - 8 * count));
  }

  /** More than eight digits on a side of the point, or a scale over nine: exact, a little slower. */
  #decimalLong(from: number, scale: number): number {
    const mantissa = this.#reader.read(this.#text, from, scale);
    const end = this.#reader.end;
    if (this.#reader.code !== Code.Ok || this.u8[end] !== QUOTE) return -1;
    this.end = end + 1;
    return mantissa;
  }
}

/** Value of four digits 0–9 in the bytes of a word, the lowest byte the most significant digit. */
function fourDigits(word: number): number {
  const pairs = (Math.imul(word, 10) + (word >>> 8)) | 0;
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}
