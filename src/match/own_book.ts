/** A book of individual orders that match each other by price, then time: for the synthetic venue and the simulator. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import { Reject } from "../model/denial.ts";
import { OrderType, Side, TimeInForce } from "../model/order.ts";

/** Told of what happens, at once and in order. It must not call the book back. */
export interface OwnBookSink {
  /** The order is in: its fills, its rest or its expiry follow. */
  onAccept(order: number): void;
  /** At the maker's price. */
  onFill(maker: number, taker: number, price: number, qty: number): void;
  onCancel(order: number, leavesQty: number): void;
  onExpire(order: number, leavesQty: number, reason: Reject): void;
}

/** End of a list, and "no such order". */
const NONE = -1;
/** Multiplier of Knuth's multiplicative hash, 2^32 / φ. */
const HASH_FACTOR = 2_654_435_769;

/** Price levels of one side in a sorted array, the best last: levels come and go at the end most of the time. */
class Levels {
  readonly price: Float64Array;
  readonly qty: Float64Array;
  readonly head: Int32Array;
  readonly tail: Int32Array;
  count = 0;

  /** `sign` is 1 for bids and -1 for asks: prices times sign rise along the array. */
  constructor(
    capacity: number,
    readonly sign: number,
  ) {
    this.price = new Float64Array(capacity);
    this.qty = new Float64Array(capacity);
    this.head = new Int32Array(capacity);
    this.tail = new Int32Array(capacity);
  }

  /** First index whose price is at least as good as `price`. */
  find(price: number): number {
    let low = 0;
    let high = this.count;
    const wanted = price * this.sign;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.price[middle] as number) * this.sign < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(at: number, price: number): void {
    assert(this.count < this.price.length, Code.TableFull);
    this.#move(at, at + 1);
    this.count++;
    this.price[at] = price;
    this.qty[at] = 0;
    this.head[at] = NONE;
    this.tail[at] = NONE;
  }

  remove(at: number): void {
    assert(this.head[at] === NONE && this.qty[at] === 0, Code.InvariantBroken);
    this.#move(at + 1, at);
    this.count--;
  }

  #move(from: number, to: number): void {
    const end = this.count;
    this.price.copyWithin(to, from, end);
    this.qty.copyWithin(to, from, end);
    this.head.copyWithin(to, from, end);
    this.tail.copyWithin(to, from, end);
  }
}

/** All memory is taken at construction. Order ids are positive integers, unique among the orders that rest. */
export class OwnBook {
  readonly #id: Float64Array;
  readonly #side: Uint8Array;
  readonly #postOnly: Uint8Array;
  readonly #price: Float64Array;
  readonly #leaves: Float64Array;
  readonly #next: Int32Array;
  readonly #prev: Int32Array;
  /** Open addressing from id to row; NONE = empty. */
  readonly #table: Int32Array;
  readonly #mask: number;
  readonly #bids: Levels;
  readonly #asks: Levels;
  #free = 0;
  #count = 0;

  /** `ordersMax` orders may rest at one time. */
  constructor(
    readonly ordersMax: number,
    readonly sink: OwnBookSink,
  ) {
    assert(Number.isSafeInteger(ordersMax) && ordersMax >= 1, Code.ValueOutOfRange);
    assert(ordersMax <= 1 << 24, Code.ValueOutOfRange);
    this.#id = new Float64Array(ordersMax);
    this.#side = new Uint8Array(ordersMax);
    this.#postOnly = new Uint8Array(ordersMax);
    this.#price = new Float64Array(ordersMax);
    this.#leaves = new Float64Array(ordersMax);
    this.#next = new Int32Array(ordersMax);
    this.#prev = new Int32Array(ordersMax);
    let size = 2;
    while (size < 2 * ordersMax) size *= 2;
    this.#table = new Int32Array(size).fill(NONE);
    this.#mask = size - 1;
    for (let row = 0; row < ordersMax; row++) this.#next[row] = row + 1 < ordersMax ? row + 1 : NONE;
    this.#bids = new Levels(ordersMax, 1);
    this.#asks = new Levels(ordersMax, -1);
  }

  /** Orders that rest. */
  get count(): number {
    return this.#count;
  }

  levels(side: number): number {
    return this.#levels(side).count;
  }

  /** Price of a level, 0 = best; 0 when the side is not that deep. */
  priceAt(side: number, depth: number): number {
    const levels = this.#levels(side);
    return depth < levels.count ? (levels.price[levels.count - 1 - depth] as number) : 0;
  }

  qtyAt(side: number, depth: number): number {
    const levels = this.#levels(side);
    return depth < levels.count ? (levels.qty[levels.count - 1 - depth] as number) : 0;
  }

  /** What is left of a resting order, 0 when it does not rest. */
  leavesOf(order: number): number {
    const at = this.#slotOf(order);
    const row = this.#table[at] as number;
    return row === NONE ? 0 : (this.#leaves[row] as number);
  }

  /**
   * A new order: takes what it may, then rests or expires. `price` is ignored for market orders.
   * Answers TableFull, without any event, when it could rest and there is no room; ValueOutOfRange for a known id.
   */
  submit(
    order: number,
    side: number,
    type: number,
    price: number,
    qty: number,
    timeInForce: number,
    postOnly: boolean,
  ): Code {
    assert(Number.isSafeInteger(order) && order > 0, Code.ValueOutOfRange);
    assert(side === Side.Buy || side === Side.Sell, Code.ValueOutOfRange);
    assert(Number.isSafeInteger(qty) && qty > 0, Code.ValueOutOfRange);
    if ((this.#table[this.#slotOf(order)] as number) !== NONE) return Code.ValueOutOfRange;
    const limit = type === OrderType.Limit;
    if (limit) assert(Number.isSafeInteger(price) && price > 0, Code.ValueOutOfRange);
    const mayRest = limit && timeInForce === TimeInForce.Gtc;
    // Asked before anything happens: an order that has filled in part must be able to rest.
    if (mayRest && this.#count === this.ordersMax) return Code.TableFull;
    this.sink.onAccept(order);
    const worst = limit ? price : side === Side.Buy ? Number.POSITIVE_INFINITY : 0;
    if (postOnly && this.#crosses(side, worst)) {
      this.sink.onExpire(order, qty, Reject.WouldTake);
      return Code.Ok;
    }
    if (timeInForce === TimeInForce.Fok && !this.#canFill(side, worst, qty)) {
      this.sink.onExpire(order, qty, Reject.Unfillable);
      return Code.Ok;
    }
    this.#enter(order, side, worst, qty, mayRest, postOnly);
    return Code.Ok;
  }

  /** UnknownOrder is answered as false: it does not rest (any more). */
  cancel(order: number): boolean {
    const row = this.#table[this.#slotOf(order)] as number;
    if (row === NONE) return false;
    const leavesQty = this.#leaves[row] as number;
    this.#unlink(row);
    this.sink.onCancel(order, leavesQty);
    return true;
  }

  /**
   * Changes price and what is left of a resting order. Less at the same price keeps its place in time, anything else
   * arrives anew: it may take (post-only expires instead), and rests at the back. False when it does not rest.
   */
  amend(order: number, price: number, leavesQty: number): boolean {
    assert(Number.isSafeInteger(price) && price > 0, Code.ValueOutOfRange);
    assert(Number.isSafeInteger(leavesQty) && leavesQty > 0, Code.ValueOutOfRange);
    const row = this.#table[this.#slotOf(order)] as number;
    if (row === NONE) return false;
    const side = this.#side[row] as number;
    const before = this.#leaves[row] as number;
    if (price === this.#price[row] && leavesQty <= before) {
      const levels = this.#levels(side);
      const at = levels.find(price);
      levels.qty[at] = (levels.qty[at] as number) - (before - leavesQty);
      this.#leaves[row] = leavesQty;
      this.sink.onAccept(order);
      return true;
    }
    const postOnly = this.#postOnly[row] === 1;
    this.#unlink(row);
    this.sink.onAccept(order);
    if (postOnly && this.#crosses(side, price)) this.sink.onExpire(order, leavesQty, Reject.WouldTake);
    else this.#enter(order, side, price, leavesQty, true, postOnly);
    return true;
  }

  /** Takes, then rests or expires. */
  #enter(order: number, side: number, worst: number, qty: number, mayRest: boolean, postOnly: boolean): void {
    const left = this.#take(order, side, worst, qty);
    if (left === 0) return;
    if (!mayRest) this.sink.onExpire(order, left, Reject.Unfillable);
    else if (this.#qtyOf(side, worst) > MANTISSA_MAX - left) this.sink.onExpire(order, left, Reject.Filter);
    else this.#rest(order, side, worst, left, postOnly);
  }

  /** Sum of a level, 0 when there is none: it must stay an exact integer. */
  #qtyOf(side: number, price: number): number {
    const levels = this.#levels(side);
    const at = levels.find(price);
    return at < levels.count && levels.price[at] === price ? (levels.qty[at] as number) : 0;
  }

  #levels(side: number): Levels {
    return side === Side.Buy ? this.#bids : this.#asks;
  }

  /** True when the best of the other side is within `worst`. */
  #crosses(side: number, worst: number): boolean {
    const other = side === Side.Buy ? this.#asks : this.#bids;
    return other.count > 0 && within(side, other.price[other.count - 1] as number, worst);
  }

  #canFill(side: number, worst: number, qty: number): boolean {
    const other = side === Side.Buy ? this.#asks : this.#bids;
    let left = qty;
    for (let at = other.count - 1; at >= 0 && left > 0; at--) {
      if (!within(side, other.price[at] as number, worst)) break;
      left -= other.qty[at] as number;
    }
    return left <= 0;
  }

  /** Answers what is left of `qty`. */
  #take(taker: number, side: number, worst: number, qty: number): number {
    const other = side === Side.Buy ? this.#asks : this.#bids;
    let left = qty;
    while (left > 0 && this.#crosses(side, worst)) {
      const at = other.count - 1;
      const row = other.head[at] as number;
      assert(row !== NONE, Code.InvariantBroken);
      const price = other.price[at] as number;
      const maker = this.#id[row] as number;
      const filled = Math.min(left, this.#leaves[row] as number);
      left -= filled;
      this.#leaves[row] = (this.#leaves[row] as number) - filled;
      other.qty[at] = (other.qty[at] as number) - filled;
      if (this.#leaves[row] === 0) this.#unlink(row);
      this.sink.onFill(maker, taker, price, filled);
    }
    return left;
  }

  #rest(order: number, side: number, price: number, qty: number, postOnly: boolean): void {
    const row = this.#free;
    assert(row !== NONE, Code.TableFull);
    this.#free = this.#next[row] as number;
    const levels = this.#levels(side);
    const at = levels.find(price);
    if (at === levels.count || levels.price[at] !== price) levels.insert(at, price);
    const last = levels.tail[at] as number;
    this.#id[row] = order;
    this.#side[row] = side;
    this.#postOnly[row] = postOnly ? 1 : 0;
    this.#price[row] = price;
    this.#leaves[row] = qty;
    this.#prev[row] = last;
    this.#next[row] = NONE;
    if (last === NONE) levels.head[at] = row;
    else this.#next[last] = row;
    levels.tail[at] = row;
    levels.qty[at] = (levels.qty[at] as number) + qty;
    assert(Number.isSafeInteger(levels.qty[at] as number), Code.ValueOutOfRange);
    this.#table[this.#slotOf(order)] = row;
    this.#count++;
  }

  /** Takes a row out of its level, of the table of ids, and gives it back. */
  #unlink(row: number): void {
    const levels = this.#levels(this.#side[row] as number);
    const at = levels.find(this.#price[row] as number);
    assert(at < levels.count && levels.price[at] === this.#price[row], Code.InvariantBroken);
    const prev = this.#prev[row] as number;
    const next = this.#next[row] as number;
    if (prev === NONE) levels.head[at] = next;
    else this.#next[prev] = next;
    if (next === NONE) levels.tail[at] = prev;
    else this.#prev[next] = prev;
    levels.qty[at] = (levels.qty[at] as number) - (this.#leaves[row] as number);
    if (levels.head[at] === NONE) levels.remove(at);
    this.#forget(this.#id[row] as number);
    this.#next[row] = this.#free;
    this.#free = row;
    this.#count--;
  }

  /** Where the id is in the table, or where it would go. */
  #slotOf(order: number): number {
    let at = hashOf(order) & this.#mask;
    for (;;) {
      const row = this.#table[at] as number;
      if (row === NONE || this.#id[row] === order) return at;
      at = (at + 1) & this.#mask;
    }
  }

  /** Deletes an id; what stood behind it because of it moves up, so that no tombstones are needed. */
  #forget(order: number): void {
    let hole = this.#slotOf(order);
    assert((this.#table[hole] as number) !== NONE, Code.InvariantBroken);
    for (let at = (hole + 1) & this.#mask; ; at = (at + 1) & this.#mask) {
      const row = this.#table[at] as number;
      if (row === NONE) break;
      const home = hashOf(this.#id[row] as number) & this.#mask;
      // It may move when its home does not lie behind the hole, seen from where it is.
      if (((at - home) & this.#mask) >= ((at - hole) & this.#mask)) {
        this.#table[hole] = row;
        hole = at;
      }
    }
    this.#table[hole] = NONE;
  }
}

function within(side: number, price: number, worst: number): boolean {
  return side === Side.Buy ? price <= worst : price >= worst;
}

/** Ids are dense as a rule; the upper bits of the product spread them, and of a large id the rest counts too. */
function hashOf(order: number): number {
  const low = order >>> 0;
  const high = Math.floor(order / 4_294_967_296);
  return Math.imul(low ^ high, HASH_FACTOR) >>> 7;
}
