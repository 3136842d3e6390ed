/** Who holds what: balances of all accounts and of the three holders behind them; nothing appears or vanishes but by deposit. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Amount, ZERO } from "./amount.ts";

export interface Balance {
  free: Amount;
  locked: Amount;
}

/** Behind all accounts: who trades against them, who takes the fees, where deposits come from. May be below zero. */
export const MARKET = "(market)";
export const FEES = "(fees)";
export const OUTSIDE = "(outside)";

export class Wallets {
  readonly #holders = new Map<string, Map<string, Balance>>();

  /** The balance itself: read it, change it only through the methods. */
  of(holder: string, asset: string): Readonly<Balance> {
    return this.#of(holder, asset);
  }

  assets(holder: string): string[] {
    return [...(this.#holders.get(holder)?.keys() ?? [])];
  }

  get holders(): string[] {
    return [...this.#holders.keys()];
  }

  /** From free to free. An account never goes below zero by a transfer unless `mayOwe`. */
  move(from: string, to: string, asset: string, amount: Amount, mayOwe = false): void {
    assert(amount >= ZERO, Code.ValueOutOfRange);
    const source = this.#of(from, asset);
    assert(mayOwe || isBehind(from) || source.free >= amount, Code.InvariantBroken);
    source.free -= amount;
    this.#of(to, asset).free += amount;
  }

  /** False, and nothing done, when so much is not free. */
  lock(holder: string, asset: string, amount: Amount): boolean {
    assert(amount >= ZERO, Code.ValueOutOfRange);
    const balance = this.#of(holder, asset);
    if (balance.free < amount) return false;
    balance.free -= amount;
    balance.locked += amount;
    return true;
  }

  unlock(holder: string, asset: string, amount: Amount): void {
    const balance = this.#of(holder, asset);
    assert(amount >= ZERO && balance.locked >= amount, Code.InvariantBroken);
    balance.locked -= amount;
    balance.free += amount;
  }

  /** Sum over all holders: zero at all times. */
  sum(asset: string): Amount {
    let sum = ZERO;
    for (const balances of this.#holders.values()) {
      const balance = balances.get(asset);
      if (balance !== undefined) sum += balance.free + balance.locked;
    }
    return sum;
  }

  #of(holder: string, asset: string): Balance {
    let balances = this.#holders.get(holder);
    if (balances === undefined) {
      balances = new Map();
      this.#holders.set(holder, balances);
    }
    let balance = balances.get(asset);
    if (balance === undefined) {
      balance = { free: ZERO, locked: ZERO };
      balances.set(asset, balance);
    }
    return balance;
  }
}

function isBehind(holder: string): boolean {
  return holder === MARKET || holder === FEES || holder === OUTSIDE;
}
