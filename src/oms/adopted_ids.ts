/** Client order ids of adopted orders: they do not follow from our numbers, so they are kept. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";

const TABLE = 23;

interface AdoptedId {
  readonly account: number;
  readonly clientOrderId: string;
}

/** Both ways: order → id, and (account, id) → order. An external order may carry no id at all. */
export class AdoptedIds implements Saved {
  readonly #ids = new Map<number, AdoptedId>();
  readonly #orders = new Map<string, number>();

  constructor(readonly hash: RowHash) {}

  get count(): number {
    return this.#ids.size;
  }

  /** Undefined for an order that was not adopted: its id follows from its number. */
  idOf(order: number): string | undefined {
    return this.#ids.get(order)?.clientOrderId;
  }

  /** 0 = no adopted order of this account carries it. */
  orderOf(account: number, clientOrderId: string): number {
    return clientOrderId === "" ? 0 : (this.#orders.get(key(account, clientOrderId)) ?? 0);
  }

  add(order: number, account: number, clientOrderId: string): void {
    assert(order > 0 && !this.#ids.has(order), Code.IllegalTransition);
    assert(account >= 0, Code.ValueOutOfRange);
    this.#ids.set(order, { account, clientOrderId });
    if (clientOrderId !== "") this.#orders.set(key(account, clientOrderId), order);
    row(this.hash, order, account, clientOrderId).putIn();
  }

  remove(order: number): void {
    const known = this.#ids.get(order);
    if (known === undefined) return;
    const { account, clientOrderId } = known;
    row(this.hash, order, account, clientOrderId).takeOut();
    this.#ids.delete(order);
    // A venue that lets an id be used again must not make us forget the younger order.
    const named = key(account, clientOrderId);
    if (this.#orders.get(named) === order) this.#orders.delete(named);
  }

  addRowsTo(hash: RowHash): void {
    for (const [order, { account, clientOrderId }] of this.#ids) row(hash, order, account, clientOrderId).putIn();
  }

  save(out: StateWriter): void {
    out.part("adopted", 2).u32(this.#ids.size);
    for (const [order, { account, clientOrderId }] of this.#ids) {
      // An id that was used again names the younger order, and nobody any more once that one has left.
      out
        .u32(order)
        .u32(account)
        .text(clientOrderId)
        .bool(this.orderOf(account, clientOrderId) === order);
    }
  }

  load(from: StateReader): void {
    assert(this.#ids.size === 0, Code.InvariantBroken);
    from.part("adopted", 2);
    for (let left = from.u32(); left > 0; left--) {
      const [order, account, clientOrderId] = [from.u32(), from.u32(), from.text()];
      this.add(order, account, clientOrderId);
      if (!from.bool()) this.#orders.delete(key(account, clientOrderId));
    }
  }
}

function row(hash: RowHash, order: number, account: number, clientOrderId: string): RowHash {
  return hash.begin(TABLE, order).add(account).addText(clientOrderId);
}

function key(account: number, clientOrderId: string): string {
  return `${account} ${clientOrderId}`;
}
