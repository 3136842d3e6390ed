/** The ledger's valuation as risk asks for it: profit and equity of a scope in the firm's currency, whole or not at all. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Wide } from "../core/wide.ts";
import { Scope } from "../model/record.ts";
import type { DurableState } from "./durable.ts";
import type { Marks } from "./marks.ts";
import { ALL_ACCOUNTS, Equity, Valuation } from "./valuation.ts";
import type { ValuationPort } from "./valuation_port.ts";

export class ScopeValuation implements ValuationPort {
  readonly #valuation: Valuation;
  readonly #equity: Equity;

  constructor(
    readonly state: DurableState,
    readonly marks: Marks,
  ) {
    this.#valuation = new Valuation(state, marks);
    this.#equity = new Equity(state.limits.assetsMax);
  }

  profit(scope: Scope, key: number, out: Wide): boolean {
    assert(scope === Scope.Instance || scope === Scope.Account || scope === Scope.Firm, Code.ValueOutOfRange);
    if (!this.#value(scope, key)) return false;
    out.set(this.#equity.profit);
    return this.#equity.isProfitKnown;
  }

  equity(scope: Scope, key: number, out: Wide): boolean {
    assert(scope === Scope.Account || scope === Scope.Firm, Code.ValueOutOfRange);
    if (!this.#value(scope, key)) return false;
    out.set(this.#equity.equity);
    return this.#equity.isComplete;
  }

  /** False while the currency itself is no asset that the ledger knows. */
  #value(scope: Scope, key: number): boolean {
    const currency = this.state.ledger.assetId(this.marks.currency);
    if (currency === undefined) return false;
    if (scope === Scope.Firm) this.#valuation.firm(currency, this.#equity);
    else if (scope === Scope.Account) this.#valuation.account(key, currency, this.#equity);
    else this.#valuation.instance(key, ALL_ACCOUNTS, currency, this.#equity);
    return true;
  }
}
