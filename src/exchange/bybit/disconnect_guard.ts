/** Disconnection protection: an account that set it and whose guarded streams are all gone loses its orders in time. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

export const PRODUCTS = Object.freeze(["OPTIONS", "DERIVATIVES", "SPOT"] as const);
export type Product = (typeof PRODUCTS)[number];

export interface GuardDue {
  readonly account: string;
  readonly product: Product;
}

interface Guarded {
  windowMs: number;
  streams: number;
  /** 0 while somebody is there. */
  dueMs: number;
}

export class DisconnectGuard {
  readonly #guarded = new Map<string, Guarded>();
  fired = 0;

  set(account: string, product: Product, windowMs: number): void {
    assert(windowMs > 0, Code.ValueOutOfRange);
    this.#of(account, product).windowMs = windowMs;
  }

  /** 0: it was never set. */
  windowMs(account: string, product: Product): number {
    return this.#of(account, product).windowMs;
  }

  /** A stream of the account has the topic now. */
  join(account: string, product: Product): void {
    const guarded = this.#of(account, product);
    guarded.streams++;
    guarded.dueMs = 0;
  }

  leave(account: string, product: Product, nowMs: number): void {
    const guarded = this.#of(account, product);
    assert(guarded.streams > 0, Code.InvariantBroken);
    guarded.streams--;
    if (guarded.streams === 0 && guarded.windowMs > 0) guarded.dueMs = nowMs + guarded.windowMs;
  }

  /** Whose time has run out: over with this. */
  due(nowMs: number): GuardDue[] {
    const due: GuardDue[] = [];
    for (const [key, guarded] of this.#guarded) {
      if (guarded.dueMs === 0 || guarded.dueMs > nowMs) continue;
      guarded.dueMs = 0;
      const [product, account] = [key.slice(0, key.indexOf(" ")), key.slice(key.indexOf(" ") + 1)];
      due.push({ account, product: product as Product });
    }
    this.fired += due.length;
    return due;
  }

  #of(account: string, product: Product): Guarded {
    const key = `${product} ${account}`;
    let guarded = this.#guarded.get(key);
    if (guarded === undefined) {
      guarded = { windowMs: 0, streams: 0, dueMs: 0 };
      this.#guarded.set(key, guarded);
    }
    return guarded;
  }
}
