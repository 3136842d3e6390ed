/** Limits on sums over instruments, and on money: gross and net value, leverage, free balance. Openings only. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import { Wide, wideCmp, wideMulInt } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import { Scope, type TradingRecord } from "../model/record.ts";
import { type GateContext, Level } from "./context.ts";
import { Control } from "./control.ts";
import type { Finding } from "./finding.ts";
import type { RiskLevel } from "./risk_level.ts";

const SUMS = Control.GrossValue | Control.NetValue | Control.Leverage;
const PERCENT = 100;

export class SumChecks {
  readonly #gross = new Wide();
  readonly #net = new Wide();
  readonly #equity = new Wide();
  readonly #free = new Wide();

  constructor(readonly finding: Finding) {}

  /** `price`: what the order is valued at when it pays; its limit, or the reference. */
  check(
    levels: readonly RiskLevel[],
    present: number,
    order: Readonly<TradingRecord>,
    context: GateContext,
    leaves: number,
    price: number,
    isNew: boolean,
  ): Denial {
    if ((present & (SUMS | Control.FreeBalance)) === 0) return Denial.None;
    const added = isNew ? leaves : leaves - context.oldLeavesQty;
    if ((present & SUMS) !== 0) {
      for (let at = 0; at < levels.length; at++) {
        const level = levels[at] as RiskLevel;
        const scope = at === Level.Instance ? Scope.Instance : at === Level.Account ? Scope.Account : Scope.Firm;
        if ((level.set.present & SUMS) === 0) continue;
        const denial = this.#checkLevel(level, scope, order, context, added);
        if (denial !== Denial.None) return denial;
      }
    }
    return (present & Control.FreeBalance) === 0 ? Denial.None : this.#checkFree(levels, order, context, leaves, price);
  }

  #checkLevel(
    level: RiskLevel,
    scope: Scope,
    order: Readonly<TradingRecord>,
    context: GateContext,
    added: number,
  ): Denial {
    const { set } = level;
    const { source } = context;
    assert(level.scope === scope, Code.InvariantBroken); // The reader lets these limits stand at no other scope.
    if (source === undefined) return Denial.NoValuation;
    if ((set.present & (Control.GrossValue | Control.Leverage)) !== 0) {
      if (!source.grossAfter(scope, order, added, this.#gross)) return Denial.NoValuation;
      if ((set.present & Control.GrossValue) !== 0 && set.maxGrossValue.isPassedBy(this.#gross, CASH_SCALE)) {
        return this.#deny(Denial.MaxGrossValue, this.#gross, set.maxGrossValue.mantissas[0] as number);
      }
      if ((set.present & Control.Leverage) !== 0) {
        if (!source.equity(scope, order, this.#equity)) return Denial.NoValuation;
        const denial = this.#checkLeverage(set.maxLeverage);
        if (denial !== Denial.None) return denial;
      }
    }
    if ((set.present & Control.NetValue) === 0) return Denial.None;
    if (!source.netAfter(scope, order, added, this.#net)) return Denial.NoValuation;
    if (this.#net.isNegative() || !set.maxNetValue.isPassedBy(this.#net, CASH_SCALE)) return Denial.None;
    return this.#deny(Denial.MaxNetValue, this.#net, set.maxNetValue.mantissas[0] as number);
  }

  /** gross · 100 ≤ equity · leverage, exactly; without equity nothing may be opened. */
  #checkLeverage(leverage: number): Denial {
    const equity = this.#equity;
    const units = equity.toNumber();
    if (equity.isNegative() || equity.isZero()) return this.#deny(Denial.MaxLeverage, this.#gross, 0);
    wideMulInt(equity, equity, leverage);
    wideMulInt(this.#gross, this.#gross, PERCENT);
    if (wideCmp(this.#gross, equity) <= 0) return Denial.None;
    return this.finding.deny(Denial.MaxLeverage, this.#gross.toNumber() / units, leverage);
  }

  #checkFree(
    levels: readonly RiskLevel[],
    order: Readonly<TradingRecord>,
    context: GateContext,
    leaves: number,
    price: number,
  ): Denial {
    if (context.source === undefined) return Denial.NoValuation;
    if (!context.source.freeAfter(order, leaves, price, this.#free)) return Denial.NoValuation;
    if (this.#free.isNegative()) return this.#deny(Denial.InsufficientBalance, this.#free, 0);
    for (let at = 0; at < levels.length; at++) {
      const { set } = levels[at] as RiskLevel;
      if ((set.present & Control.FreeBalance) === 0) continue;
      if (!set.minFreeBalance.isReachedBy(this.#free, CASH_SCALE)) {
        return this.#deny(Denial.InsufficientBalance, this.#free, set.minFreeBalance.mantissas[0] as number);
      }
    }
    return Denial.None;
  }

  #deny(denial: Denial, found: Wide, bound: number): Denial {
    return this.finding.deny(denial, found.toNumber() / (pow10(9) * pow10(9)), bound);
  }
}
