/**
 * Depth diffs that wait for a snapshot: one bounded column of numbers, oldest dropped when it is full.
 *
 *   head   first · prev · last · levels · time      levels × ( price, negative for asks · qty )
 */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";

const HEAD = 5;
const LEVEL = 2;
const WORDS_FIRST = 1_024;

export class DiffBuffer {
  /** Whole diffs that wait. */
  count = 0;
  /** Diffs that were dropped because the buffer was full. */
  overflowed = 0;
  #words = new Float64Array(WORDS_FIRST);
  #wordsMax: number;
  /** First word of the oldest diff, one past the last written word, first word of the diff being written (-1 = none). */
  #start = 0;
  #end = 0;
  #open = -1;

  /** `levelsMax`: `limits.bookBufferLevelsMax`; a head weighs as much as three levels. */
  constructor(levelsMax: number) {
    assert(levelsMax > 0, Code.LimitRelationBroken);
    this.#wordsMax = levelsMax * LEVEL;
  }

  /** Begins a diff of `levels` levels; false when it could never fit and is not kept. */
  begin(first: number, prev: number, last: number, levels: number, timeUs: number): boolean {
    assert(this.#open < 0, Code.InvariantBroken);
    const words = HEAD + levels * LEVEL;
    if (words > this.#wordsMax) {
      this.clear();
      this.overflowed++;
      return false;
    }
    while (this.#end - this.#start + words > this.#wordsMax) {
      this.drop();
      this.overflowed++;
    }
    this.#reserve(words);
    this.#open = this.#end;
    this.#push(first);
    this.#push(prev);
    this.#push(last);
    this.#push(levels);
    this.#push(timeUs);
    return true;
  }

  /** One level of the diff begun last. */
  level(signedPrice: number, qty: number): void {
    assert(this.#open >= 0, Code.InvariantBroken);
    this.#push(signedPrice);
    this.#push(qty);
  }

  /** The diff is whole. */
  end(): void {
    assert(this.#end - this.#open === HEAD + (this.#words[this.#open + 3] as number) * LEVEL, Code.InvariantBroken);
    this.#open = -1;
    this.count++;
  }

  /** The diff begun last turned out broken: it was never there. */
  abandon(): void {
    assert(this.#open >= 0, Code.InvariantBroken);
    this.#end = this.#open;
    this.#open = -1;
  }

  get writing(): boolean {
    return this.#open >= 0;
  }

  /** The oldest diff. Only when `count > 0`. */
  get first(): number {
    return this.#word(0);
  }

  get prev(): number {
    return this.#word(1);
  }

  get last(): number {
    return this.#word(2);
  }

  get levels(): number {
    return this.#word(3);
  }

  get timeUs(): number {
    return this.#word(4);
  }

  /** Price of level `n` of the oldest diff, negative for an ask. */
  signedPrice(n: number): number {
    return this.#word(HEAD + n * LEVEL);
  }

  qty(n: number): number {
    return this.#word(HEAD + n * LEVEL + 1);
  }

  /** Drops the oldest diff. */
  drop(): void {
    assert(this.count > 0, Code.InvariantBroken);
    this.#start += HEAD + this.levels * LEVEL;
    this.count--;
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
    }
  }

  clear(): void {
    this.count = 0;
    this.#start = 0;
    this.#end = 0;
    this.#open = -1;
  }

  /** Multiplies all prices and quantities; false when one does not fit 53 bits. */
  rescale(priceFactor: number, qtyFactor: number): boolean {
    let fits = true;
    let at = this.#start;
    for (let diff = 0; diff < this.count; diff++) {
      const levels = this.#words[at + 3] as number;
      at += HEAD;
      for (let n = 0; n < levels; n++, at += LEVEL) {
        this.#words[at] = (this.#words[at] as number) * priceFactor;
        this.#words[at + 1] = (this.#words[at + 1] as number) * qtyFactor;
        if (Math.abs(this.#words[at] as number) > MANTISSA_MAX) fits = false;
        if ((this.#words[at + 1] as number) > MANTISSA_MAX) fits = false;
      }
    }
    assert(at === this.#end, Code.InvariantBroken);
    return fits;
  }

  #word(n: number): number {
    assert(this.count > 0, Code.InvariantBroken);
    return this.#words[this.#start + n] as number;
  }

  #push(value: number): void {
    assert(this.#end < this.#words.length, Code.InvariantBroken);
    this.#words[this.#end++] = value;
  }

  /** Makes room for `words` more: to the front first, then by doubling. */
  #reserve(words: number): void {
    if (this.#end + words <= this.#words.length) return;
    if (this.#start > 0) {
      this.#words.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    let capacity = this.#words.length;
    while (this.#end + words > capacity) capacity *= 2;
    if (capacity === this.#words.length) return;
    const larger = new Float64Array(capacity);
    larger.set(this.#words);
    this.#words = larger;
    assert(this.#end + words <= capacity, Code.InvariantBroken);
  }
}
