/** Equity of accounts and of the firm for limits, counted anew after money has moved and a few times a second. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide } from "../core/wide.ts";
import { Scope } from "../model/record.ts";
import type { ValuationPort } from "./valuation_port.ts";

/** How old equity may be when no money has moved: marks alone change it slowly against a leverage limit. */
const AGE_US_MAX = 100_000;
const FIRM = -1;

interface Entry {
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

  read(valuation: ValuationPort, scope: Scope, account: number, nowUs: number, out: Wide): boolean {
    const key = scope === Scope.Account ? account : FIRM;
    assert(key >= FIRM, Code.ValueOutOfRange);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { amount: new Wide(), isKnown: false, atUs: 0 };
      this.#entries.set(key, entry);
    }
    // What could not be valued is asked for again at once: a price may have come.
    if (!entry.isKnown || nowUs - entry.atUs >= AGE_US_MAX) {
      entry.isKnown = valuation.equity(scope, account, entry.amount);
      entry.atUs = nowUs;
    }
    if (entry.isKnown) out.set(entry.amount);
    return entry.isKnown;
  }
}
