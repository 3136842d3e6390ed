/** Fills that no trade id proves: derived from a venue's cumulative quantity, and replaced when the real trades come. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { TextHash } from "./text_hash.ts";

const TABLE = 22;

/** At most one for each order: a larger gap replaces the smaller one. */
export interface InferredFill {
  readonly fillId: string;
  readonly qty: number;
  readonly price: number;
  /** Cumulative quantity, without this fill, at which it begins. */
  readonly from: number;
}

/** The same facts give the same id, so that a second recovery finds what the first has inferred. */
export function inferredFillId(
  account: number,
  instrument: number,
  venueOrderId: string,
  from: number,
  to: number,
): string {
  assert(from >= 0 && to > from, Code.ValueOutOfRange);
  assert(account >= 0 && instrument >= 0, Code.ValueOutOfRange);
  const { a, b } = new TextHash().read(`${account} ${instrument} ${venueOrderId} ${from} ${to}`);
  return `inferred-${hex8(a)}${hex8(b)}-${from}-${to}`;
}

/** Part of D: rare, so a Map is enough. Written by the order table alone. */
export class InferredFills implements Saved {
  readonly #fills = new Map<number, InferredFill>();

  constructor(readonly hash: RowHash) {}

  get count(): number {
    return this.#fills.size;
  }

  /** Undefined: everything that counts as filled has a trade id. */
  get(order: number): InferredFill | undefined {
    return this.#fills.get(order);
  }

  orders(): number[] {
    return [...this.#fills.keys()];
  }

  add(order: number, fill: InferredFill): void {
    assert(!this.#fills.has(order), Code.IllegalTransition);
    assert(fill.qty > 0 && fill.from >= 0, Code.ValueOutOfRange);
    this.#fills.set(order, fill);
    row(this.hash, order, fill).putIn();
  }

  /** Also for an order that is evicted: nothing of it is replaced any more. */
  remove(order: number): void {
    const fill = this.#fills.get(order);
    if (fill === undefined) return;
    row(this.hash, order, fill).takeOut();
    this.#fills.delete(order);
  }

  addRowsTo(hash: RowHash): void {
    for (const [order, fill] of this.#fills) row(hash, order, fill).putIn();
  }

  save(out: StateWriter): void {
    out.part("inferred", 1).u32(this.#fills.size);
    for (const [order, { fillId, qty, price, from }] of this.#fills) {
      out.u32(order).text(fillId).f64(qty).f64(price).f64(from);
    }
  }

  load(from: StateReader): void {
    assert(this.#fills.size === 0, Code.InvariantBroken);
    from.part("inferred", 1);
    for (let left = from.u32(); left > 0; left--) {
      const order = from.u32();
      this.add(order, { fillId: from.text(), qty: from.f64(), price: from.f64(), from: from.f64() });
    }
  }
}

function row(hash: RowHash, order: number, { fillId, qty, price, from }: InferredFill): RowHash {
  return hash.begin(TABLE, order).addText(fillId).add(qty).add(price).add(from);
}

function hex8(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
