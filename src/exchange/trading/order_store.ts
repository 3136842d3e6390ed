/** All orders and fills of a venue: by id, by client id, alive and past, per account. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Fill, isAlive, type Order } from "./order.ts";
import { Refusal } from "./refusal.ts";

/** How an order is named in a request: by the venue's id or by the client's; both must fit when both are given. */
export interface OrderRef {
  readonly id?: number | undefined;
  readonly clientId?: string | undefined;
}

interface Shelf {
  readonly orders: Order[];
  readonly open: Set<Order>;
  readonly byClientId: Map<string, Order>;
  readonly fills: Fill[];
  /** Client ids that have come, refused orders' too. */
  readonly asked: Set<string>;
  repeats: number;
}

/** Orders and fills that are kept per account; the oldest ended ones go first. */
const KEPT_MAX = 50_000;

export class OrderStore {
  readonly #byId = new Map<number, Order>();
  readonly #shelves = new Map<string, Shelf>();

  constructor(
    /** True: a client id may be used once ever; false: once among open orders. */
    readonly isClientIdForever: boolean,
  ) {}

  add(order: Order): void {
    assert(!this.#byId.has(order.id), Code.InvariantBroken);
    const shelf = this.#shelf(order.account);
    this.#byId.set(order.id, order);
    shelf.orders.push(order);
    shelf.open.add(order);
    if (order.clientId !== "") shelf.byClientId.set(order.clientId, order);
    if (shelf.orders.length > KEPT_MAX) this.#forget(shelf);
  }

  /** The order has ended. */
  close(order: Order): void {
    assert(!isAlive(order), Code.InvariantBroken);
    this.#shelf(order.account).open.delete(order);
  }

  /** The order goes by another client id from now on; the old one still finds it. */
  rename(order: Order, clientId: string): void {
    assert(clientId.length > 0, Code.ValueOutOfRange);
    order.clientId = clientId;
    this.#shelf(order.account).byClientId.set(clientId, order);
  }

  addFill(fill: Fill): void {
    const { fills } = this.#shelf(fill.account);
    fills.push(fill);
    if (fills.length > KEPT_MAX) fills.splice(0, KEPT_MAX / 10);
  }

  /** A new order is asked for, whatever becomes of it. */
  noteAsked(account: string, clientId: string): void {
    if (clientId === "") return;
    const shelf = this.#shelf(account);
    if (shelf.asked.has(clientId)) shelf.repeats++;
    if (shelf.asked.size >= KEPT_MAX) shelf.asked.clear();
    shelf.asked.add(clientId);
    assert(shelf.asked.size <= KEPT_MAX, Code.InvariantBroken);
  }

  /** Throws Refusal `duplicate-client-id`. */
  checkClientId(account: string, clientId: string): void {
    if (clientId === "") return;
    const known = this.#shelf(account).byClientId.get(clientId);
    if (known === undefined || (!this.isClientIdForever && !isAlive(known))) return;
    throw new Refusal("duplicate-client-id", clientId);
  }

  /** How often a client id came that had come before, whatever became of the first order. */
  repeats(account: string): number {
    return this.#shelf(account).repeats;
  }

  find(account: string, symbol: string | undefined, ref: OrderRef): Order | undefined {
    const shelf = this.#shelf(account);
    const found = ref.id === undefined ? shelf.byClientId.get(ref.clientId ?? "") : this.#byId.get(ref.id);
    if (found === undefined || found.account !== account) return undefined;
    if (symbol !== undefined && found.symbol !== symbol) return undefined;
    if (ref.id === undefined || ref.clientId === undefined || ref.clientId === found.clientId) return found;
    return shelf.byClientId.get(ref.clientId) === found ? found : undefined;
  }

  open(account: string, symbol?: string): Order[] {
    const open = [...this.#shelf(account).open];
    return symbol === undefined ? open : open.filter((order) => order.symbol === symbol);
  }

  openCount(account: string, symbol: string): number {
    let count = 0;
    for (const order of this.#shelf(account).open) if (order.symbol === symbol) count++;
    return count;
  }

  /** Oldest first. */
  all(account: string, symbol?: string): readonly Order[] {
    const { orders } = this.#shelf(account);
    return symbol === undefined ? orders : orders.filter((order) => order.symbol === symbol);
  }

  /** Oldest first. */
  fills(account: string, symbol?: string): readonly Fill[] {
    const { fills } = this.#shelf(account);
    return symbol === undefined ? fills : fills.filter((fill) => fill.symbol === symbol);
  }

  #forget(shelf: Shelf): void {
    const gone = shelf.orders.splice(0, KEPT_MAX / 10);
    for (const order of gone.filter(isAlive)) shelf.orders.unshift(order);
    for (const order of gone) {
      if (isAlive(order)) continue;
      this.#byId.delete(order.id);
      if (shelf.byClientId.get(order.clientId) === order) shelf.byClientId.delete(order.clientId);
    }
  }

  #shelf(account: string): Shelf {
    let shelf = this.#shelves.get(account);
    if (shelf === undefined) {
      shelf = { orders: [], open: new Set(), byClientId: new Map(), fills: [], asked: new Set(), repeats: 0 };
      this.#shelves.set(account, shelf);
    }
    return shelf;
  }
}
