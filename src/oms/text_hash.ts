/** 64-bit hash of a text in two int32 lanes, without allocation: the key of fills and the hash column of texts. */

const PRIME_A = 0x01000193;
const PRIME_B = 0x85ebca6b;

/** One reader that is reused: `read(text)`, then `a` and `b`. */
export class TextHash {
  a = 0;
  b = 0;

  read(text: string): this {
    let a = 0x811c9dc5 | 0;
    let b = text.length | 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, PRIME_A);
      b = Math.imul(b + unit, PRIME_B);
      b = (b << 13) | (b >>> 19);
    }
    this.a = finish(a);
    this.b = finish(b ^ 0x27d4eb2f);
    return this;
  }
}

function finish(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b | 0);
  return word ^ (word >>> 16);
}
