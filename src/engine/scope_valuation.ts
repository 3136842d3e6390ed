/** The ledger's valuation as risk asks for it: profit and equity of a scope in the firm's currency, whole or not at all. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Wide } from "../core/wide.ts";
import { WHOLE } from "../ledger/position.ts";
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
    const currency = this.#currency();
    if (currency === undefined) return false;
    const instance = scope === Scope.Instance ? key : WHOLE;
    const account = scope === Scope.Account ? key : ALL_ACCOUNTS;
    out.set(this.#valuation.profit(instance, account, currency, this.#equity).profit);
    return this.#equity.isProfitKnown;
  }

  equity(scope: Scope, key: number, out: Wide): boolean {
    assert(scope === Scope.Account || scope === Scope.Firm, Code.ValueOutOfRange);
    const currency = this.#currency();
    if (currency === undefined) return false;
    out.set(this.#valuation.equity(scope === Scope.Firm ? ALL_ACCOUNTS : key, currency, this.#equity).equity);
    return this.#equity.isLowerBound;
  }

  /** Undefined while the currency itself is no asset that the ledger knows. */
  #currency(): number | undefined {
    return this.state.ledger.assetId(this.marks.currency);
  }
}
