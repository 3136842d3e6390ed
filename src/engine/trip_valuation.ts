/** Profit and equity from what D holds anyway: cash flow of round trips plus what is held at the mark. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import { Wide, wideAdd, wideNeg } from "../core/wide.ts";
import { InstrumentKind } from "../model/order.ts";
import { Scope } from "../model/record.ts";
import type { TripRow } from "../risk/round_trips.ts";
import type { DurableState } from "./durable.ts";
import type { Marks } from "./marks.ts";
import type { Valuation } from "./valuation_port.ts";

/**
 * Fees in a third asset and funding are not in the profit of a scope here, but in the equity of an account, which is
 * counted from its cash. Money in another asset than the currency is valued at today's price of it.
 */
export class TripValuation implements Valuation {
  readonly #part = new Wide();

  constructor(
    readonly state: DurableState,
    readonly marks: Marks,
  ) {}

  profit(scope: Scope, key: number, out: Wide): boolean {
    out.zero();
    assert(scope === Scope.Instance || scope === Scope.Account || scope === Scope.Firm, Code.ValueOutOfRange);
    for (const row of this.state.risk.trips.rows()) {
      if (scope === Scope.Instance && row.instance !== key) continue;
      if (scope === Scope.Account && row.account !== key) continue;
      if (!this.#addTrip(row, out)) return false;
    }
    return true;
  }

  equity(scope: Scope, key: number, out: Wide): boolean {
    const { accounts } = this.state;
    out.zero();
    for (let account = 0; account < accounts.count; account++) {
      if (scope !== Scope.Firm && account !== key) continue;
      if (!this.#addAccount(account, out)) return false;
    }
    return true;
  }

  #addTrip(row: Readonly<TripRow>, out: Wide): boolean {
    const instrument = this.state.instruments.get(row.instrument);
    if (instrument === undefined) return false;
    const money = instrument.kind === InstrumentKind.Spot ? instrument.quote : instrument.settle;
    if (!this.#addMoney(money, row.cash, out) || !this.#addMoney(money, row.closed, out)) return false;
    if (row.qty === 0) return true;
    if (!this.marks.refresh(row.instrument) || !this.marks.value(row.instrument, row.qty, this.#part)) return false;
    wideAdd(out, out, this.#part);
    return true;
  }

  #addAccount(account: number, out: Wide): boolean {
    const { ledger, instruments } = this.state;
    const codes = ledger.assetCodes();
    for (let asset = 0; asset < codes.length; asset++) {
      const cash = ledger.cash(account, asset, new Wide());
      if (!this.#addMoney(codes[asset] as string, cash, out)) return false;
    }
    for (const { account: of, instrument: id, leg } of ledger.rows()) {
      const instrument = instruments.get(id);
      if (of !== account || instrument === undefined || instrument.kind === InstrumentKind.Spot) continue;
      if (ledger.positionQty(account, id, leg) === 0) continue;
      const price = this.marks.market.instrument(id)?.referencePrice() ?? 0;
      if (price <= 0) return false;
      const unrealized = ledger.unrealizedPnl(account, id, leg, price, new Wide());
      if (!this.#addMoney(instrument.settle, unrealized, out)) return false;
    }
    return true;
  }

  /** Amounts in the currency are exact; others are valued to 10^-6 of their unit: limits are measured by them, no money moves. */
  #addMoney(asset: string, amount: Readonly<Wide>, out: Wide): boolean {
    if (amount.hi === 0 && amount.lo === 0) return true;
    if (asset === this.marks.currency) {
      wideAdd(out, out, amount as Wide);
      return true;
    }
    const units = Math.floor((amount as Wide).toNumber() / pow10(CASH_SCALE - MONEY_SCALE));
    if (!Number.isSafeInteger(units)) return false;
    assert(asset !== "", Code.ValueOutOfRange);
    const isNegative = units < 0;
    if (!this.marks.assetValue(asset, Math.abs(units), MONEY_SCALE, this.#part)) return false;
    if (isNegative) wideNeg(this.#part, this.#part);
    wideAdd(out, out, this.#part);
    return true;
  }
}

const MONEY_SCALE = 6;
