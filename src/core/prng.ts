/** Seeded chance: xoshiro128**, integers only, the same on every machine. */

import { assert } from "./assert.ts";
import { Code } from "./code.ts";

export class Prng {
  readonly #s = new Uint32Array(4);

  constructor(seed: number) {
    // SplitMix32 spreads a small seed over the whole state; a state of zeros cannot come out of it.
    let x = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#s[i] = z ^ (z >>> 16);
    }
  }

  /** In [0, 2^32). */
  nextU32(): number {
    const s = this.#s;
    const s1 = s[1] as number;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = s1 << 9;
    s[2] = (s[2] as number) ^ (s[0] as number);
    s[3] = (s[3] as number) ^ s1;
    s[1] = s1 ^ (s[2] as number);
    s[0] = (s[0] as number) ^ (s[3] as number);
    s[2] = (s[2] as number) ^ shifted;
    const s3 = s[3] as number;
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  }

  /** In [0, 1), 32 bits. */
  nextFloat(): number {
    return this.nextU32() / 4_294_967_296;
  }

  /** In [0, n) for an integer 0 < n ≤ 2^32, without bias. */
  nextBelow(n: number): number {
    assert(Number.isInteger(n) && n > 0, Code.ValueOutOfRange);
    assert(n <= 4_294_967_296, Code.ValueOutOfRange);
    const limit = 4_294_967_296 - (4_294_967_296 % n);
    for (;;) {
      const drawn = this.nextU32();
      if (drawn < limit) return drawn % n;
    }
  }
}
