/** Fills that were counted, by the venue's fill id: bounded, oldest out first, part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { indexCapacity } from "./order_index.ts";
import { TextHash } from "./text_hash.ts";

const TABLE = 21;
/** Asks for a fill of whichever order. */
export const ANY_ORDER = 0;

/**
 * Key: account, instrument, order, length and a 64-bit hash of the id. Texts are not kept: with 2^18 fills held, a new
 * id of the same account, instrument and order would have to agree by chance with one that is held, 2^-46 at the very
 * worst, and the venue's cumulative quantity would then show the missing fill. The order is part of the key because
 * both sides of a trade with ourselves carry the same trade id.
 */
export class FillSet implements Saved {
  readonly #mask: number;
  /** Slot → entry + 1; 0 = empty. */
  readonly #slots: Int32Array;
  readonly #hashA: Int32Array;
  readonly #hashB: Int32Array;
  readonly #length: Uint32Array;
  readonly #account: Uint16Array;
  readonly #instrument: Uint32Array;
  readonly #order: Uint32Array;
  readonly #qty: Float64Array;
  readonly #price: Float64Array;
  readonly #busted: Uint8Array;
  readonly #text = new TextHash();
  /** Fills ever added: entry of the n-th is n modulo the capacity. */
  #added = 0;

  constructor(
    readonly fillsMax: number,
    readonly hash: RowHash,
  ) {
    assert(fillsMax > 0, Code.LimitRelationBroken);
    const slots = indexCapacity(fillsMax);
    this.#mask = slots - 1;
    this.#slots = new Int32Array(slots);
    this.#hashA = new Int32Array(fillsMax);
    this.#hashB = new Int32Array(fillsMax);
    this.#length = new Uint32Array(fillsMax);
    this.#account = new Uint16Array(fillsMax);
    this.#instrument = new Uint32Array(fillsMax);
    this.#order = new Uint32Array(fillsMax);
    this.#qty = new Float64Array(fillsMax);
    this.#price = new Float64Array(fillsMax);
    this.#busted = new Uint8Array(fillsMax);
  }

  get count(): number {
    return Math.min(this.#added, this.fillsMax);
  }

  /** Entry of a fill, -1 when it was not counted (or so long ago that it was let go). */
  find(account: number, instrument: number, fillId: string, order: number): number {
    const text = this.#text.read(fillId);
    for (let at = this.#home(text.a, account, instrument); ; at = (at + 1) & this.#mask) {
      const entry = (this.#slots[at] as number) - 1;
      if (entry < 0) return -1;
      if (this.#hashA[entry] !== text.a || this.#hashB[entry] !== text.b) continue;
      if (this.#length[entry] !== fillId.length || this.#account[entry] !== account) continue;
      if (this.#instrument[entry] !== instrument) continue;
      if (order === ANY_ORDER || this.#order[entry] === order) return entry;
    }
  }

  /** Remembers a fill that is not here yet; lets the oldest go when full. */
  add(account: number, instrument: number, fillId: string, order: number, qty: number, price: number): void {
    assert(fillId.length > 0 && order > 0, Code.ValueOutOfRange);
    assert(this.find(account, instrument, fillId, order) < 0, Code.InvariantBroken);
    const entry = this.#added % this.fillsMax;
    if (this.#added >= this.fillsMax) this.#evict(entry);
    // `find` has left the hash of the id in #text.
    this.#hashA[entry] = this.#text.a;
    this.#hashB[entry] = this.#text.b;
    this.#length[entry] = fillId.length;
    this.#account[entry] = account;
    this.#instrument[entry] = instrument;
    this.#order[entry] = order;
    this.#qty[entry] = qty;
    this.#price[entry] = price;
    this.#busted[entry] = 0;
    this.#added++;
    this.#enter(entry);
  }

  qty(entry: number): number {
    return this.#qty[entry] as number;
  }

  order(entry: number): number {
    return this.#order[entry] as number;
  }

  price(entry: number): number {
    return this.#price[entry] as number;
  }

  isBusted(entry: number): boolean {
    return this.#busted[entry] === 1;
  }

  /** Marks a fill as void. It stays remembered, so that neither it nor its bust counts twice. */
  bust(entry: number): void {
    assert(this.#busted[entry] === 0, Code.InvariantBroken);
    this.#row(this.hash, entry).takeOut();
    this.#busted[entry] = 1;
    this.#row(this.hash, entry).putIn();
  }

  /** Adds every row to another hash: the sum from scratch, for audits. */
  addRowsTo(hash: RowHash): void {
    for (let entry = 0; entry < this.count; entry++) this.#row(hash, entry).putIn();
  }

  save(out: StateWriter): void {
    out.part("fills", 1).f64(this.#added);
    for (const column of this.#columns()) out.column(column, this.count);
  }

  load(from: StateReader): void {
    assert(this.#added === 0, Code.InvariantBroken);
    from.part("fills", 1);
    const added = from.f64();
    assert(Number.isSafeInteger(added) && added >= 0, Code.ValueOutOfRange);
    const count = Math.min(added, this.fillsMax);
    for (const column of this.#columns()) assert(from.column(column) === count, Code.InvariantBroken);
    this.#added = added;
    // Oldest first: of two fills that only the order tells apart, the older one must be found first again.
    for (let i = 0; i < count; i++) this.#enter((added - count + i) % this.fillsMax);
  }

  #columns() {
    const keys = [this.#hashA, this.#hashB, this.#length, this.#account, this.#instrument, this.#order];
    return [...keys, this.#qty, this.#price, this.#busted];
  }

  /** Files an entry whose columns stand, in the index and in the hash. */
  #enter(entry: number): void {
    let at = this.#homeOf(entry);
    while (this.#slots[at] !== 0) at = (at + 1) & this.#mask;
    this.#slots[at] = entry + 1;
    this.#row(this.hash, entry).putIn();
  }

  #home(a: number, account: number, instrument: number): number {
    return (a ^ Math.imul(account * 8_191 + instrument + 1, 0x9e3779b1)) & this.#mask;
  }

  #evict(entry: number): void {
    this.#row(this.hash, entry).takeOut();
    const mask = this.#mask;
    let hole = this.#homeOf(entry);
    while (this.#slots[hole] !== entry + 1) {
      assert(this.#slots[hole] !== 0, Code.InvariantBroken);
      hole = (hole + 1) & mask;
    }
    for (let at = (hole + 1) & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      const home = this.#homeOf((this.#slots[at] as number) - 1);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#slots[hole] = this.#slots[at] as number;
      hole = at;
    }
    this.#slots[hole] = 0;
  }

  #homeOf(entry: number): number {
    return this.#home(this.#hashA[entry] as number, this.#account[entry] as number, this.#instrument[entry] as number);
  }

  /** The entry's number is part of its row: who leaves next is state too. */
  #row(hash: RowHash, entry: number): RowHash {
    return hash
      .begin(TABLE, entry)
      .add(this.#hashA[entry] as number)
      .add(this.#hashB[entry] as number)
      .add((this.#account[entry] as number) * 4_294_967_296 + (this.#instrument[entry] as number))
      .add((this.#order[entry] as number) * 2 + (this.#busted[entry] as number))
      .add(this.#length[entry] as number)
      .add(this.#qty[entry] as number)
      .add(this.#price[entry] as number);
  }
}
