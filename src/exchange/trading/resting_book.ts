/** Orders that rest at one symbol, behind what the public market displays: who is hit by what, in price-time order. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Amount, least, ZERO } from "./amount.ts";
import type { MarketView } from "./market_view.ts";
import { isWithin, leavesOf, type Order, opposite, type Side } from "./order.ts";

export interface Resting {
  readonly order: Order;
  /** Displayed quantity that must trade before it; undefined while nobody can see what lies there. */
  ahead: Amount | undefined;
  /** Of an iceberg, what is left of the part that shows. */
  shown: Amount;
}

/** What a taker meets next. */
export interface Slice {
  readonly price: Amount;
  qty: Amount;
  /** Undefined: the public market. */
  readonly resting: Resting | undefined;
}

interface Taken {
  readonly shown: Amount;
  qty: Amount;
}

const LEVEL_STEPS: readonly number[] = Object.freeze([20, 200, 100_000]);

export class RestingBook {
  readonly #buys: Resting[] = [];
  readonly #sells: Resting[] = [];
  /** What accounts took from displayed levels counts until the level shows another size. */
  readonly #taken = new Map<string, Taken>();

  constructor(readonly view: MarketView) {}

  get count(): number {
    return this.#buys.length + this.#sells.length;
  }

  orders(): Order[] {
    return [...this.#buys, ...this.#sells].map(({ order }) => order);
  }

  /** At the back of its price. */
  add(order: Order): void {
    assert(leavesOf(order) > ZERO, Code.ValueOutOfRange);
    const side = this.#side(order.side);
    const ahead = this.view.qtyAt(order.side, order.price);
    const at = side.findIndex(
      (other) => !isWithin(order.side, other.order.price, order.price), // the first worse one
    );
    const resting = { order, ahead, shown: order.displayQty ?? ZERO };
    if (at < 0) side.push(resting);
    else side.splice(at, 0, resting);
  }

  remove(order: Order): boolean {
    const side = this.#side(order.side);
    const at = side.findIndex((resting) => resting.order === order);
    if (at < 0) return false;
    side.splice(at, 1);
    return true;
  }

  /** What a taker of `side` would meet at `limit` or better (undefined: at any price), until `enough` is together. */
  ladder(side: Side, limit: Amount | undefined, enough: (slices: readonly Slice[]) => boolean): Slice[] {
    const makers = opposite(side);
    for (const depth of LEVEL_STEPS) {
      const levels = this.view.levels(makers, depth);
      const slices = this.#ladder(side, levels, limit);
      const worst = levels.at(-1)?.price;
      const isWhole = levels.length < depth || worst === undefined;
      if (isWhole || (limit !== undefined && !isWithin(side, worst, limit)) || enough(slices)) return slices;
    }
    return [];
  }

  /** A taker has had so much of a slice. What was ahead of resting orders there gets less. */
  took(side: Side, slice: Slice, qty: Amount): void {
    assert(qty > ZERO, Code.ValueOutOfRange);
    const makers = opposite(side);
    if (slice.resting !== undefined) return this.#served(slice.resting, qty);
    const key = `${makers} ${slice.price}`;
    const shown = this.view.qtyAt(makers, slice.price) ?? ZERO;
    const before = this.#taken.get(key);
    const had = before !== undefined && before.shown === shown ? before.qty : ZERO;
    this.#taken.set(key, { shown, qty: had + qty });
    for (const resting of this.#side(makers)) {
      if (resting.order.price !== slice.price || resting.ahead === undefined) continue;
      resting.ahead = resting.ahead > qty ? resting.ahead - qty : ZERO;
    }
  }

  /** A public trade: resting orders of the hit side that it reaches, each with what it gets. */
  onTrade(price: Amount, qty: Amount, takerSide: Side): { readonly order: Order; readonly qty: Amount }[] {
    const hits: { order: Order; qty: Amount }[] = [];
    let through = qty;
    let atPrice = ZERO;
    for (const resting of [...this.#side(opposite(takerSide))]) {
      const { order } = resting;
      if (!isWithin(order.side, price, order.price)) break;
      const leaves = leavesOf(order);
      if (order.price !== price) {
        const got = least(leaves, through);
        through -= got;
        if (got > ZERO) hits.push({ order, qty: got });
        continue;
      }
      if (resting.ahead === undefined) continue;
      if (resting.ahead >= through) {
        resting.ahead -= through;
        continue;
      }
      const reach = through - resting.ahead - atPrice;
      resting.ahead = ZERO;
      const got = least(leaves, reach);
      if (got <= ZERO) continue;
      atPrice += got;
      hits.push({ order, qty: got });
    }
    return hits;
  }

  /** The displayed book has changed: orders that stand at or through the other side are filled, queues shorten. */
  onBook(): { readonly order: Order; readonly qty: Amount }[] {
    this.#forgetChanged();
    const hits: { order: Order; qty: Amount }[] = [];
    for (const side of ["buy", "sell"] as const) {
      const best = this.view.levels(opposite(side), 1)[0];
      for (const resting of [...this.#side(side)]) {
        const { order } = resting;
        if (best !== undefined && isWithin(side, best.price, order.price)) this.#cross(order, hits);
        const shown = this.view.qtyAt(side, order.price);
        if (shown !== undefined && (resting.ahead === undefined || resting.ahead > shown)) resting.ahead = shown;
      }
    }
    return hits;
  }

  #cross(order: Order, hits: { order: Order; qty: Amount }[]): void {
    let left = leavesOf(order);
    for (const level of this.view.levels(opposite(order.side), 50)) {
      if (!isWithin(order.side, level.price, order.price) || left === ZERO) break;
      const free = this.#free(opposite(order.side), level.price, level.qty);
      const got = least(free, left);
      if (got === ZERO) continue;
      left -= got;
      this.took(order.side, { price: level.price, qty: free, resting: undefined }, got);
      hits.push({ order, qty: got });
    }
  }

  #ladder(side: Side, levels: readonly { price: Amount; qty: Amount }[], limit: Amount | undefined): Slice[] {
    const makers = opposite(side);
    const own = this.#side(makers);
    const slices: Slice[] = [];
    let at = 0;
    const takePrice = (price: Amount, free: Amount) => {
      const here: Resting[] = [];
      while (own[at]?.order.price === price) here.push(own[at++] as Resting);
      slices.push(...this.#queue(price, free, here));
    };
    for (const level of levels) {
      if (limit !== undefined && !isWithin(side, level.price, limit)) break;
      for (let next = own[at]; next !== undefined && isBetter(makers, next, level.price); next = own[at])
        takePrice(next.order.price, ZERO);
      takePrice(level.price, this.#free(makers, level.price, level.qty));
    }
    for (let next = own[at]; next !== undefined; next = own[at]) {
      if (limit !== undefined && !isWithin(side, next.order.price, limit)) break;
      takePrice(next.order.price, ZERO);
    }
    return slices;
  }

  /** One price: the display up to each order's place in it, then the order; icebergs show their part first. */
  #queue(price: Amount, free: Amount, here: readonly Resting[]): Slice[] {
    const slices: Slice[] = [];
    const hidden: Slice[] = [];
    let given = ZERO;
    for (const resting of here) {
      const upTo = resting.ahead === undefined ? free : least(resting.ahead, free);
      if (upTo > given) {
        slices.push({ price, qty: upTo - given, resting: undefined });
        given = upTo;
      }
      const leaves = leavesOf(resting.order);
      const shows = resting.order.displayQty === undefined ? leaves : least(resting.shown, leaves);
      if (shows > ZERO) slices.push({ price, qty: shows, resting });
      if (leaves > shows) hidden.push({ price, qty: leaves - shows, resting });
    }
    if (free > given) slices.push({ price, qty: free - given, resting: undefined });
    return [...slices, ...hidden];
  }

  /** An iceberg whose shown part is gone shows the next one, at the back of its price. */
  #served(resting: Resting, qty: Amount): void {
    const { order } = resting;
    if (order.displayQty === undefined) return;
    resting.shown = resting.shown > qty ? resting.shown - qty : ZERO;
    if (resting.shown > ZERO || leavesOf(order) <= ZERO) return;
    if (this.remove(order)) this.add(order);
  }

  #free(side: Side, price: Amount, shown: Amount): Amount {
    const taken = this.#taken.get(`${side} ${price}`);
    if (taken === undefined || taken.shown !== shown) return shown;
    return taken.qty >= shown ? ZERO : shown - taken.qty;
  }

  #forgetChanged(): void {
    for (const [key, taken] of this.#taken) {
      const [side, price] = key.split(" ") as [Side, string];
      // bigint-ok: the key is an amount of this file's own making
      const shown = this.view.qtyAt(side, BigInt(price));
      if (shown !== taken.shown) this.#taken.delete(key);
    }
  }

  #side(side: Side): Resting[] {
    return side === "buy" ? this.#buys : this.#sells;
  }
}

function isBetter(makers: Side, resting: Resting, price: Amount): boolean {
  return makers === "buy" ? resting.order.price > price : resting.order.price < price;
}
