/** Order-free incremental hash of table rows: two 32-bit lanes, so that a row is taken out and put in at each change. */

const PRIME_A = 0x9e3779b1;
const PRIME_B = 0x85ebca77;

/** What one row last put into the sum. Kept beside the row, a change costs one hash of it and not two. */
export class RowMark {
  a = 0;
  b = 0;
}

/** Rows that have changed and are hashed when the sum is read: a table that changes more often than anybody reads it. */
export interface PendingRows {
  /** Puts every changed row in, in the place of what its mark remembers. */
  putPending(): void;
}

/**
 * Sum of row hashes. `begin(table, row)`, `add…` each column, then `putIn()` or `takeOut()`.
 * Equal multisets of rows give equal sums, whatever the order of the changes that led there.
 */
export class RowHash {
  #sumA = 0;
  #sumB = 0;
  #a = 0;
  #b = 0;
  readonly #pending: PendingRows[] = [];
  readonly #f64 = new Float64Array(1);
  readonly #u32 = new Uint32Array(this.#f64.buffer);

  /** Before the sum is read, `rows` are asked for what they have not put in yet. */
  askBeforeRead(rows: PendingRows): void {
    this.#pending.push(rows);
  }

  begin(table: number, row: number): this {
    this.#a = Math.imul(table + 1, PRIME_A) ^ row;
    this.#b = Math.imul(row + 1, PRIME_B) ^ table;
    return this;
  }

  add(value: number): this {
    this.#f64[0] = value + 0; // A negative zero hashes as zero.
    const low = this.#u32[0] as number;
    const high = this.#u32[1] as number;
    this.#mix(low);
    this.#mix(high);
    return this;
  }

  addText(text: string): this {
    this.#mix(text.length);
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    return this;
  }

  putIn(): void {
    this.#finish();
    this.#sumA = (this.#sumA + this.#a) | 0;
    this.#sumB = (this.#sumB + this.#b) | 0;
  }

  takeOut(): void {
    this.#finish();
    this.#sumA = (this.#sumA - this.#a) | 0;
    this.#sumB = (this.#sumB - this.#b) | 0;
  }

  /** Puts the row in, in the place of what `mark` remembers of it; a new mark stands for a row that is not in yet. */
  replace(mark: RowMark): void {
    this.#finish();
    this.#sumA = (this.#sumA - mark.a + this.#a) | 0;
    this.#sumB = (this.#sumB - mark.b + this.#b) | 0;
    mark.a = this.#a;
    mark.b = this.#b;
  }

  /** 16 hex digits. */
  text(): string {
    for (const rows of this.#pending) rows.putPending();
    return hex8(this.#sumA) + hex8(this.#sumB);
  }

  #mix(word: number): void {
    this.#a = Math.imul(this.#a ^ word, PRIME_A);
    this.#a ^= this.#a >>> 15;
    this.#b = Math.imul(this.#b + word, PRIME_B);
    this.#b = (this.#b << 13) | (this.#b >>> 19);
  }

  #finish(): void {
    this.#mix(0x5bd1e995);
    this.#a = Math.imul(this.#a ^ (this.#a >>> 16), 0x7feb352d);
    this.#b = Math.imul(this.#b ^ (this.#b >>> 15), 0x846ca68b);
    this.#a ^= this.#a >>> 15;
    this.#b ^= this.#b >>> 16;
  }
}

function hex8(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
