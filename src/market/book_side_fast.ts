/**
 * One side of the fast book: a sorted column of keys with the best at the end, in which deleted levels stay as empty
 * places until a neighbour needs them. Four of five inserts of a real feed bring back a price that was deleted a moment
 * ago, so most inserts and all deletes move nothing.
 */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";

/** Places a side starts with; doubles as needed. */
const CAPACITY_FIRST = 64;
/** How far to look for an empty place before the whole tail is moved by one call. */
const NEAR = 48;
/** Empty places tolerated beyond the live ones before they are squeezed out. */
const EMPTY_SPARE = 512;

/** Keys ascend toward the best: the price for bids, its negative for asks. */
export class FastSide {
  /** Live levels. */
  levels = 0;
  /** Place of the best level, -1 when the side is empty; all places above it are empty ones. */
  best = -1;
  /** Highest key that was dropped because the side was full; -Infinity when none was. */
  lostKey = Number.NEGATIVE_INFINITY;
  #keys = new Float64Array(CAPACITY_FIRST);
  /** 0 = an empty place. */
  #qtys = new Float64Array(CAPACITY_FIRST);
  /** Places in use, empty ones included. */
  #places = 0;
  /** Where the last update went: the next one of the same message is usually near. */
  #finger = 0;
  /** Where the last reader by depth stood, so that reading depth after depth is one step each; -1 after a change. */
  #cursorDepth = -1;
  #cursorPlace = 0;

  constructor(private readonly levelsMax: number) {
    assert(levelsMax > 0, Code.LimitRelationBroken);
  }

  /** Sets the level at `key` to `qty`, 0 deletes. */
  set(key: number, qty: number): void {
    assert(qty >= 0 && qty <= MANTISSA_MAX, Code.ValueOutOfRange);
    const at = this.#search(key);
    this.#finger = at;
    this.#cursorDepth = -1;
    if (at < this.#places && (this.#keys[at] as number) === key) {
      const before = this.#qtys[at] as number;
      this.#qtys[at] = qty;
      if (qty === 0) {
        if (before !== 0) this.#vacated(at);
      } else if (before === 0) this.#occupied(at);
    } else if (qty !== 0) this.#insert(at, key, qty);
  }

  clear(): void {
    this.levels = 0;
    this.best = -1;
    this.lostKey = Number.NEGATIVE_INFINITY;
    this.#places = 0;
    this.#finger = 0;
    this.#cursorDepth = -1;
  }

  /** Key of the best level; only when there is one. */
  bestKey(): number {
    assert(this.best >= 0, Code.ValueOutOfRange);
    return this.#keys[this.best] as number;
  }

  bestQty(): number {
    return this.best < 0 ? 0 : (this.#qtys[this.best] as number);
  }

  /** Place of the level at `depth` (0 = best), -1 when the side is not that deep. */
  placeAt(depth: number): number {
    assert(depth >= 0, Code.ValueOutOfRange);
    if (depth >= this.levels) return -1;
    const near = this.#cursorDepth >= 0 && this.#cursorDepth <= depth;
    let place = near ? this.#cursorPlace : this.best;
    for (let left = near ? depth - this.#cursorDepth : depth; left > 0; left--) {
      place--;
      while ((this.#qtys[place] as number) === 0) place--;
    }
    this.#cursorDepth = depth;
    this.#cursorPlace = place;
    return place;
  }

  keyOf(place: number): number {
    return this.#keys[place] as number;
  }

  qtyOf(place: number): number {
    return this.#qtys[place] as number;
  }

  /** Quantity at `key`, 0 when there is no such level. */
  find(key: number): number {
    const at = this.#search(key);
    return at < this.#places && (this.#keys[at] as number) === key ? (this.#qtys[at] as number) : 0;
  }

  /** Multiplies all keys and quantities; false when one does not fit 53 bits. */
  rescale(keyFactor: number, qtyFactor: number): boolean {
    let fits = true;
    for (let i = 0; i < this.#places; i++) {
      this.#keys[i] = (this.#keys[i] as number) * keyFactor;
      this.#qtys[i] = (this.#qtys[i] as number) * qtyFactor;
      if (Math.abs(this.#keys[i] as number) > MANTISSA_MAX || (this.#qtys[i] as number) > MANTISSA_MAX) fits = false;
    }
    this.lostKey *= keyFactor;
    return fits;
  }

  /** Squeezes out the empty places, so that depth N is N places from the best. Also done now and then by itself. */
  squeeze(): void {
    let to = 0;
    for (let from = 0; from < this.#places; from++) {
      const qty = this.#qtys[from] as number;
      if (qty === 0) continue;
      this.#keys[to] = this.#keys[from] as number;
      this.#qtys[to] = qty;
      to++;
    }
    assert(to === this.levels, Code.InvariantBroken);
    this.#places = to;
    this.best = to - 1;
    this.#finger = to;
    this.#cursorDepth = -1;
  }

  /** First place whose key is not below `key`; gallops from the finger, then halves. */
  #search(key: number): number {
    const keys = this.#keys;
    const places = this.#places;
    let low = this.#finger;
    let high = low;
    let step = 1;
    if (low < places && (keys[low] as number) < key) {
      do {
        low = high + 1;
        high += step;
        step += step;
      } while (high < places && (keys[high] as number) < key);
      if (high > places) high = places;
    } else {
      do {
        high = low;
        low -= step;
        step += step;
      } while (low >= 0 && (keys[low] as number) >= key);
      low = low < 0 ? 0 : low + 1;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The level at `at` was deleted. */
  #vacated(at: number): void {
    this.levels--;
    if (at === this.best) {
      let best = at - 1;
      while (best >= 0 && (this.#qtys[best] as number) === 0) best--;
      this.best = best;
    }
    if (this.#places - this.levels > this.levels + EMPTY_SPARE) this.squeeze();
  }

  /** The empty place `at` holds a level now. */
  #occupied(at: number): void {
    this.levels++;
    if (at > this.best) this.best = at;
    if (this.levels > this.levelsMax) this.#dropWorst();
  }

  /** Puts a new key before place `at`, into an empty place nearby if there is one. */
  #insert(at: number, key: number, qty: number): void {
    if (at < this.#places && (this.#qtys[at] as number) === 0) {
      this.#fill(at, key, qty);
      return;
    }
    if (at > 0 && (this.#qtys[at - 1] as number) === 0) {
      this.#fill(at - 1, key, qty);
      return;
    }
    const above = Math.min(this.#places, at + NEAR);
    for (let to = at + 1; to < above; to++) {
      if ((this.#qtys[to] as number) === 0) {
        this.#shiftUp(at, to, key, qty);
        return;
      }
    }
    if (this.#places - at > NEAR) {
      const below = Math.max(0, at - NEAR);
      for (let to = at - 2; to >= below; to--) {
        if ((this.#qtys[to] as number) === 0) {
          this.#shiftDown(at, to, key, qty);
          return;
        }
      }
    }
    if (this.#places === this.#keys.length) {
      this.#makeRoom();
      at = this.#search(key);
    }
    this.#places++;
    this.#shiftUp(at, this.#places - 1, key, qty);
  }

  #fill(at: number, key: number, qty: number): void {
    this.#keys[at] = key;
    this.#qtys[at] = qty;
    this.#finger = at;
    this.#occupied(at);
  }

  /** Moves [at, to) one place up over the empty place `to`, then fills `at`. */
  #shiftUp(at: number, to: number, key: number, qty: number): void {
    const keys = this.#keys;
    const qtys = this.#qtys;
    if (to - at > NEAR) {
      keys.copyWithin(at + 1, at, to);
      qtys.copyWithin(at + 1, at, to);
    } else {
      for (let i = to; i > at; i--) {
        keys[i] = keys[i - 1] as number;
        qtys[i] = qtys[i - 1] as number;
      }
    }
    if (this.best >= at && this.best < to) this.best++;
    this.#fill(at, key, qty);
  }

  /** Moves (to, at) one place down over the empty place `to`, then fills `at - 1`. */
  #shiftDown(at: number, to: number, key: number, qty: number): void {
    const keys = this.#keys;
    const qtys = this.#qtys;
    for (let i = to; i < at - 1; i++) {
      keys[i] = keys[i + 1] as number;
      qtys[i] = qtys[i + 1] as number;
    }
    assert(this.best >= at, Code.InvariantBroken); // Right above the best are empty places: it never moves down.
    this.#fill(at - 1, key, qty);
  }

  /** All places are in use: squeezes the empty ones out, or doubles. Rare, and the only place that allocates. */
  #makeRoom(): void {
    if (this.#places - this.levels >= this.#places >>> 2) {
      this.squeeze();
      return;
    }
    const capacity = this.#keys.length * 2;
    const keys = new Float64Array(capacity);
    const qtys = new Float64Array(capacity);
    keys.set(this.#keys);
    qtys.set(this.#qtys);
    this.#keys = keys;
    this.#qtys = qtys;
    assert(this.#places < capacity, Code.InvariantBroken);
  }

  /** One level too many: the worst goes, and from it outward the side is not known any more. */
  #dropWorst(): void {
    let worst = 0;
    while ((this.#qtys[worst] as number) === 0) worst++;
    const key = this.#keys[worst] as number;
    if (key > this.lostKey) this.lostKey = key;
    this.#qtys[worst] = 0;
    this.#vacated(worst);
  }
}
