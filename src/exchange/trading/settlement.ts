/** What an order locks and what a fill moves: the part of the core in which spot and derivatives differ. */

import type { Account } from "./account.ts";
import type { Amount } from "./amount.ts";
import type { Instrument } from "./instrument.ts";
import type { Order, OrderSpec } from "./order.ts";

export interface Settled {
  readonly fee: Amount;
  readonly feeAsset: string;
  readonly pnl: Amount;
  /** Assets whose balances changed. */
  readonly assets: readonly string[];
}

export interface Settlement {
  /** Throws Refusal when the account cannot afford the order. `cost` is what a market buy would pay, in quote. */
  check(account: Account, instrument: Instrument, spec: OrderSpec, cost: Amount): void;
  /** Locks what the order may still cost; called again after an amendment. */
  lock(account: Account, instrument: Instrument, order: Order): void;
  /** Gives back what is still locked. */
  release(account: Account, order: Order): void;
  /** How much of a market order the account can pay at this price; undefined: any. */
  affordable(account: Account, instrument: Instrument, order: Order, price: Amount): Amount | undefined;
  /** False when an order that has just been made larger is more than the account can carry. */
  canCarry(account: Account, instrument: Instrument): boolean;
  /** Called before the order counts the fill. */
  fill(account: Account, instrument: Instrument, order: Order, fill: RawFill): Settled;
}

export interface RawFill {
  readonly price: Amount;
  readonly qty: Amount;
  readonly quote: Amount;
  readonly isMaker: boolean;
  readonly timeMs: number;
}
