/** One order book topic: a snapshot, then what has changed in its levels, with `u` dense; level 1 is snapshots only. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

export type Levels = readonly (readonly [price: string, qty: string])[];

export interface BookMessage {
  readonly type: "snapshot" | "delta";
  readonly b: Levels;
  readonly a: Levels;
  readonly u: number;
}

export const DEPTHS: readonly number[] = Object.freeze([1, 50, 200, 1_000]);
/** Of level 1: a quiet book is told again after this. */
export const REPEAT_MS = 3_000;

export class BookChannel {
  #bids = new Map<string, string>();
  #asks = new Map<string, string>();
  #u = 0;
  #toldMs = 0;

  constructor(readonly depth: number) {
    assert(DEPTHS.includes(depth), Code.ValueOutOfRange);
  }

  /** False before the first levels: nobody can be told anything. */
  get isReady(): boolean {
    return this.#u > 0;
  }

  /** Of what was told last; undefined before the first levels. */
  get updateId(): number | undefined {
    return this.isReady ? this.#u : undefined;
  }

  /** The whole of it as it was last told: for who comes now. */
  snapshot(): BookMessage {
    assert(this.isReady, Code.InvariantBroken);
    return { type: "snapshot", b: [...this.#bids], a: [...this.#asks], u: this.#u };
  }

  /** The venue's book began anew: everybody gets all of it, with `u` at 1. */
  restart(bids: Levels, asks: Levels, nowMs: number): BookMessage {
    this.#u = 1;
    return this.#take(bids, asks, nowMs);
  }

  /** The book is gone, and nobody listens. */
  clear(): void {
    this.#u = 0;
    this.#bids.clear();
    this.#asks.clear();
  }

  /** Takes the levels over without telling: nobody listened, and their next snapshot says it all. */
  resume(bids: Levels, asks: Levels, nowMs: number): void {
    this.#u++;
    this.#take(bids, asks, nowMs);
  }

  /** What is to be told of the book as it stands now, if anything. */
  update(bids: Levels, asks: Levels, nowMs: number): BookMessage | undefined {
    if (!this.isReady) {
      this.#u = 1;
      return this.#take(bids, asks, nowMs);
    }
    const b = changesOf(this.#bids, bids);
    const a = changesOf(this.#asks, asks);
    if (b.length === 0 && a.length === 0) return undefined;
    this.#u++;
    const whole = this.#take(bids, asks, nowMs);
    return this.depth === 1 ? whole : { type: "delta", b, a, u: this.#u };
  }

  /** Level 1 of a book that has been quiet for long enough, with the same `u`. */
  repeat(nowMs: number): BookMessage | undefined {
    if (this.depth !== 1 || !this.isReady || nowMs - this.#toldMs < REPEAT_MS) return undefined;
    this.#toldMs = nowMs;
    return this.snapshot();
  }

  #take(bids: Levels, asks: Levels, nowMs: number): BookMessage {
    assert(bids.length <= this.depth && asks.length <= this.depth, Code.ValueOutOfRange);
    this.#bids = new Map(bids);
    this.#asks = new Map(asks);
    this.#toldMs = nowMs;
    return { type: "snapshot", b: bids, a: asks, u: this.#u };
  }
}

/** Levels that are new or other, and those that are gone (or out of reach) with a size of 0. */
function changesOf(before: ReadonlyMap<string, string>, now: Levels): [string, string][] {
  const changes: [string, string][] = [];
  const left = new Set(before.keys());
  for (const [price, qty] of now) {
    left.delete(price);
    if (before.get(price) !== qty) changes.push([price, qty]);
  }
  for (const price of left) changes.push([price, "0"]);
  return changes;
}
