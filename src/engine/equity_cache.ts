/** Equity of accounts and of the firm for limits: counted anew on the engine's grid of time, and after money has moved. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide } from "../core/wide.ts";
import { Scope } from "../model/record.ts";
import type { ValuationPort } from "./valuation_port.ts";

/** How old equity may be when no money has moved and the grid stands still: marks alone change it slowly. */
const AGE_US_MAX = 1_000_000;
const FIRM = -1;

interface Entry {
  readonly scope: Scope;
  readonly account: number;
  readonly amount: Wide;
  isKnown: boolean;
  atUs: number;
}

export class EquityCache {
  readonly #entries = new Map<number, Entry>();

  /** Fills, cash, restarts: what is remembered is worthless. */
  forget(): void {
    for (const entry of this.#entries.values()) entry.atUs = 0;
  }

  /** In a turn of the clock, so that no order has to wait for it. */
  refresh(valuation: ValuationPort, nowUs: number): void {
    for (const entry of this.#entries.values()) count(entry, valuation, nowUs);
  }

  read(valuation: ValuationPort, scope: Scope, account: number, nowUs: number, out: Wide): boolean {
    const key = scope === Scope.Account ? account : FIRM;
    assert(key >= FIRM, Code.ValueOutOfRange);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { scope, account, amount: new Wide(), isKnown: false, atUs: 0 };
      this.#entries.set(key, entry);
    }
    // What could not be valued is asked for again at once: a price may have come.
    if (!entry.isKnown || nowUs - entry.atUs >= AGE_US_MAX) count(entry, valuation, nowUs);
    if (entry.isKnown) out.set(entry.amount);
    return entry.isKnown;
  }
}

function count(entry: Entry, valuation: ValuationPort, nowUs: number): void {
  entry.isKnown = valuation.equity(entry.scope, entry.account, entry.amount);
  entry.atUs = nowUs;
}
