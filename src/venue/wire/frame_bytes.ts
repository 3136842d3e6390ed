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

/** A constant text, compared eight bytes a step as float64: ASCII is never NaN, never -0, so equal means the same bytes. */
export class Pattern {
  readonly length: number;
  /** All whole groups of eight; the last group ends with the text and may overlap the one before. */
  readonly groups: Float64Array;
  /** Texts under eight bytes: the first four and the last, and what of them counts. */
  readonly low: number;
  readonly lowMask: number;
  readonly high: number;
  readonly highMask: number;

  /** `text` must be printable ASCII, as everything on the fast path. */
  constructor(text: string) {
    assert(/^[ -~]+$/.test(text), Code.ValueOutOfRange);
    const length = text.length;
    const bytes = new DataView(new ArrayBuffer(Math.max(8, length)));
    for (let n = 0; n < length; n++) bytes.setUint8(n, text.charCodeAt(n));
    this.length = length;
    this.groups = new Float64Array(length < 8 ? 0 : Math.ceil(length / 8));
    for (let n = 0; n < this.groups.length; n++) this.groups[n] = bytes.getFloat64(Math.min(8 * n, length - 8), true);
    this.low = bytes.getInt32(0, true);
    this.high = bytes.getInt32(4, true);
    this.lowMask = length >= 4 ? -1 : (1 << (8 * length)) - 1;
    this.highMask = length >= 8 ? -1 : length <= 4 ? 0 : (1 << (8 * (length - 4))) - 1;
  }
}

/** What Node's Buffer has and its types leave out: `write` without an encoding to look at, a third faster. */
interface Utf8Writable {
  utf8Write(text: string, offset: number): number;
}

/** Eight digits read before and their value; one for each kind of number whose head stays the same for a while. */
export class DigitsHead {
  /** NaN, which equals nothing, until there were eight digits. */
  bytes = Number.NaN;
  value = 0;
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
  readonly #skipped = new DigitsHead();
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
    const { view } = this;
    const { groups, length } = pattern;
    const last = groups.length - 1;
    if (last < 0) {
      if ((view.getInt32(at, true) & pattern.lowMask) !== pattern.low) return false;
      if ((view.getInt32(at + 4, true) & pattern.highMask) !== pattern.high) return false;
    } else {
      if (view.getFloat64(at + length - 8, true) !== groups[last]) return false;
      for (let n = 0; n < last; n++) if (view.getFloat64(at + 8 * n, true) !== groups[n]) return false;
    }
    this.end = at + length;
    return true;
  }

  /** Mantissa at `scale` of an unsigned decimal that starts at `from`, inside a string; `end` is after the closing quote. */
  decimal(from: number, scale: number): number {
    const { view } = this;
    let at = from;
    let word = view.getInt32(at, true) ^ ASCII_ZEROS;
    let over = ((word + DIGIT_OVERFLOW) | word) & TOP_BITS;
    let whole = 0;
    if (over === 0) {
      whole = fourDigits(word);
      at += 4;
      if (view.getUint8(at) !== POINT) {
        word = view.getInt32(at, true) ^ ASCII_ZEROS;
        over = ((word + DIGIT_OVERFLOW) | word) & TOP_BITS;
        if (over === 0) return this.#decimalLong(from, scale);
        const count = digitsBefore(over);
        if (count !== 0) whole = Math.imul(whole, smallPower(count)) + fewDigits(word, count);
        at += count;
      }
    } else {
      const count = digitsBefore(over);
      if (count === 0) return -1;
      whole = fewDigits(word, count);
      at += count;
    }
    if (scale > SCALE_FAST_MAX) return this.#decimalLong(from, scale);
    let mantissa = whole * (this.#powers[scale] as number);
    if (view.getUint8(at) === POINT) {
      at++;
      word = view.getInt32(at, true) ^ ASCII_ZEROS;
      over = ((word + DIGIT_OVERFLOW) | word) & TOP_BITS;
      if (over !== 0) {
        const count = digitsBefore(over);
        if (count === 0) return -1;
        if (count > scale) return this.#decimalLong(from, scale);
        mantissa += fewDigits(word, count) * (this.#powers[scale - count] as number);
        at += count;
      } else if (scale >= 4 && view.getInt32(at + 4, true) === ASCII_ZEROS) {
        // Spot writes eight decimals, of which seldom more than four carry value.
        mantissa += fourDigits(word) * (this.#powers[scale - 4] as number);
        at += 8;
      } else {
        const fraction = this.#fraction(at, scale);
        if (fraction < 0) return this.#decimalLong(from, scale);
        mantissa += fraction;
        at = this.end;
      }
    }
    if (view.getUint8(at) !== QUOTE) return this.#decimalLong(from, scale);
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

  /** A bare JSON integer from 0 to 2^53 - 1. The first eight digits of ids and times seldom change: `head` keeps them. */
  integer(from: number, head: DigitsHead): number {
    const { view } = this;
    if (view.getFloat64(from, true) !== head.bytes && !this.#learnHead(from, head)) return this.#integerShort(from);
    let value = head.value;
    let at = from + DIGITS_MAX;
    let word = view.getInt32(at, true) ^ ASCII_ZEROS;
    let over = ((word + DIGIT_OVERFLOW) | word) & TOP_BITS;
    if (over === 0) {
      value = value * 10_000 + fourDigits(word);
      at += 4;
      word = view.getInt32(at, true) ^ ASCII_ZEROS;
      over = ((word + DIGIT_OVERFLOW) | word) & TOP_BITS;
      if (over === 0) return this.#integerLong(from, head.value);
    }
    const count = digitsBefore(over);
    if (count !== 0) value = value * smallPower(count) + fewDigits(word, count);
    this.end = at + count;
    return value; // At most fifteen digits.
  }

  /** Takes eight digits as the new head; false when there are fewer, or a leading zero. */
  #learnHead(from: number, head: DigitsHead): boolean {
    const value = this.#digits(from);
    if (this.#count !== DIGITS_MAX || this.u8[from] === ZERO) return false;
    head.bytes = this.view.getFloat64(from, true);
    head.value = value;
    return true;
  }

  /** Up to seven digits; eight only come here to be refused, for their leading zero. */
  #integerShort(from: number): number {
    const value = this.#digits(from);
    const count = this.#count;
    if (count === 0 || (this.u8[from] === ZERO && count > 1)) return -1; // JSON knows no leading zero.
    this.end = from + count;
    return value;
  }

  /** Sixteen digits and more: microseconds, or too many. */
  #integerLong(from: number, head: number): number {
    const value = head * 100_000_000 + this.#digits(from + DIGITS_MAX);
    const end = from + 2 * DIGITS_MAX;
    if (this.#count !== DIGITS_MAX || value > MANTISSA_MAX || isDigit(this.u8[end] as number)) return -1;
    this.end = end;
    return value;
  }

  /** Steps over a string, an integer or a literal that nobody needs; -1 for what needs the correct path. */
  skip(from: number): number {
    const unit = this.u8[from] as number;
    if (unit === QUOTE) return this.skipString(from + 1);
    if (unit === 116) return this.#word(from, 0x65757274, 4); // true
    if (unit === 110) return this.#word(from, 0x6c6c756e, 4); // null
    if (unit === 102) return this.#word(from + 1, 0x65736c61, 4); // false
    return this.integer(from, this.#skipped) < 0 ? -1 : 0;
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
      const count = digitsBefore(over);
      this.#count = count;
      return count === 0 ? 0 : fewDigits(word, count);
    }
    const high = fourDigits(word);
    word = this.view.getInt32(at + 4, true) ^ ASCII_ZEROS;
    over = ((word + DIGIT_OVERFLOW) | word) & TOP_BITS;
    const count = over === 0 ? 4 : digitsBefore(over);
    this.#count = 4 + count;
    if (count === 0) return high;
    return Math.imul(high, smallPower(count)) + (count === 4 ? fourDigits(word) : fewDigits(word, count));
  }

  /** Fraction of up to eight decimals at `scale`, `end` after it; -1 when decimals that carry value are lost. */
  #fraction(at: number, scale: number): number {
    const fraction = this.#digits(at);
    const decimals = this.#count;
    this.end = at + decimals;
    if (decimals <= scale) return fraction * (this.#powers[scale - decimals] as number);
    // Below 2^27: the quotient is an integer exactly when nothing is lost.
    const kept = fraction / (this.#powers[decimals - scale] as number);
    return kept === Math.trunc(kept) ? kept : -1;
  }

  /** Many digits, many decimals or a scale over nine: exact, a little slower. */
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

/** Value of the first one to three digits of a word. */
function fewDigits(word: number, count: number): number {
  const first = word & 0xff;
  if (count === 1) return first;
  const two = first * 10 + ((word >>> 8) & 0xff);
  return count === 2 ? two : two * 10 + ((word >>> 16) & 0xff);
}

/** Digits in front of the first byte that `over` marks. Branches: guessed right, the next load need not wait for it. */
function digitsBefore(over: number): number {
  if ((over & 0x80) !== 0) return 0;
  if ((over & 0x8000) !== 0) return 1;
  return (over & 0x80_0000) !== 0 ? 2 : 3;
}

/** 10^n for n from 1 to 4. */
function smallPower(n: number): number {
  return n === 4 ? 10_000 : n === 3 ? 1_000 : n === 2 ? 100 : 10;
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= ZERO + 9;
}
