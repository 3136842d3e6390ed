/** What the order stream has told of each order: a row says how it stands, and what is news must be found by comparing. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

interface Terms {
  readonly price: number;
  readonly qty: number;
}

interface Seen extends Terms {
  /** The venue's time of the newest row. */
  readonly updatedUs: number;
  readonly hasEnded: boolean;
}

export enum News {
  None = 0,
  Accepted = 1,
  Replaced = 2,
  /** The first row of it already has the terms of our replace. */
  AcceptedReplaced = 3,
}

/** Bounded: what has been here longest is forgotten, and told as if it were new. */
export class OrderTerms {
  readonly #seen = new Map<string, Seen>();
  /** Terms of our replaces that the stream has not shown yet, by client order id. */
  readonly #wanted = new Map<string, Terms>();

  constructor(readonly ordersMax: number) {
    assert(ordersMax > 0, Code.LimitRelationBroken);
  }

  /** A replace leaves. */
  want(clientOrderId: string, price: number, qty: number): void {
    this.#wanted.delete(clientOrderId);
    this.#wanted.set(clientOrderId, { price, qty });
    bound(this.#wanted, this.ordersMax);
  }

  /** A row of a living order. Rows of one order may change places: an older one changes nothing. */
  alive(venueOrderId: string, clientOrderId: string, terms: Terms, updatedUs: number): News {
    const before = this.#seen.get(venueOrderId);
    if (before?.hasEnded === true) return News.None;
    const isOurs = this.isWanted(clientOrderId, terms);
    if (before === undefined) {
      this.#put(venueOrderId, { ...terms, updatedUs, hasEnded: false });
      if (isOurs) this.#wanted.delete(clientOrderId);
      return isOurs ? News.AcceptedReplaced : News.Accepted;
    }
    if (updatedUs < before.updatedUs || (updatedUs === before.updatedUs && !isOurs)) return News.None;
    this.#put(venueOrderId, { ...terms, updatedUs, hasEnded: false });
    if (isSame(before, terms)) return News.None;
    if (isOurs) this.#wanted.delete(clientOrderId);
    return News.Replaced;
  }

  /** Our replace asks for these terms, and no row has shown them yet. */
  isWanted(clientOrderId: string, terms: Terms): boolean {
    const wanted = this.#wanted.get(clientOrderId);
    return wanted !== undefined && isSame(wanted, terms);
  }

  /** A row of one that has ended; false when that was told before. */
  ended(venueOrderId: string, clientOrderId: string, updatedUs: number): boolean {
    const before = this.#seen.get(venueOrderId);
    this.#wanted.delete(clientOrderId);
    if (before?.hasEnded === true) return false;
    this.#put(venueOrderId, { price: before?.price ?? 0, qty: before?.qty ?? 0, updatedUs, hasEnded: true });
    return true;
  }

  /** One of its rows has been told. */
  isKnown(venueOrderId: string): boolean {
    return this.#seen.has(venueOrderId);
  }

  #put(venueOrderId: string, seen: Seen): void {
    this.#seen.delete(venueOrderId);
    this.#seen.set(venueOrderId, seen);
    bound(this.#seen, this.ordersMax);
  }
}

function isSame(one: Terms, other: Terms): boolean {
  return one.price === other.price && one.qty === other.qty;
}

function bound(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
