/** The simulator's own book: price text → quantity text, plain and slow, so that it shares no mistake with ours. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { EventFields } from "./frame.ts";

type Levels = readonly (readonly [string, string])[];

export interface DepthAnswer {
  readonly lastUpdateId: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

export class ServedBook {
  lastUpdateId = 0;
  readonly #bids = new Map<string, string>();
  readonly #asks = new Map<string, string>();

  /** True once it holds a whole book. */
  get known(): boolean {
    return this.lastUpdateId > 0;
  }

  load(answer: DepthAnswer): void {
    assert(answer.lastUpdateId > 0, Code.ValueOutOfRange);
    this.#bids.clear();
    this.#asks.clear();
    put(this.#bids, answer.bids);
    put(this.#asks, answer.asks);
    this.lastUpdateId = answer.lastUpdateId;
  }

  /** Diffs that the book holds already change nothing. */
  apply(diff: EventFields): void {
    assert(diff.u !== undefined, Code.FieldMissing);
    if (diff.u <= this.lastUpdateId) return;
    put(this.#bids, diff.b as Levels);
    put(this.#asks, diff.a as Levels);
    this.lastUpdateId = diff.u;
  }

  /** Best levels first. */
  depth(limit: number): DepthAnswer {
    assert(limit > 0, Code.ValueOutOfRange);
    return {
      lastUpdateId: this.lastUpdateId,
      bids: best(this.#bids, -1).slice(0, limit),
      asks: best(this.#asks, 1).slice(0, limit),
    };
  }

  get levels(): { readonly bids: number; readonly asks: number } {
    return { bids: this.#bids.size, asks: this.#asks.size };
  }
}

function put(side: Map<string, string>, levels: Levels): void {
  for (const [price, qty] of levels) {
    if (/^0+(?:\.0+)?$/.test(qty)) side.delete(price);
    else side.set(price, qty);
  }
}

/** Prices of one venue are written with equal decimals, so longer is larger, and equal lengths compare as text. */
function best(side: ReadonlyMap<string, string>, direction: 1 | -1): [string, string][] {
  return [...side].sort(([a], [b]) => direction * (a.length === b.length ? (a < b ? -1 : 1) : a.length - b.length));
}
