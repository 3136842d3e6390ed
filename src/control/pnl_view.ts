/** Equity and profit by account, by instance and of the firm, in a chosen currency: never short without saying so. */

import { Code } from "../core/code.ts";
import { nearest } from "../core/nearest.ts";
import type { MarkSource } from "../engine/conversion.ts";
import { Valued } from "../engine/conversion.ts";
import type { DurableState } from "../engine/durable.ts";
import { Equity, Valuation } from "../engine/valuation.ts";
import type { CashRow } from "../ledger/cash.ts";
import { moneyOf } from "../model/instrument.ts";
import { bigOf, bigText } from "./exact.ts";
import { httpProblem } from "./http_problem.ts";
import type { OrderViews } from "./order_view.ts";
import { timeOf } from "./time.ts";
import type { PnlView } from "./views.ts";

export type PnlBy = PnlView["by"];

export class PnlViews {
  readonly #valuation: Valuation;
  readonly #equity: Equity;

  constructor(
    readonly state: DurableState,
    marks: MarkSource,
    readonly names: OrderViews,
  ) {
    this.#valuation = new Valuation(state, marks);
    this.#equity = new Equity(state.limits.assetsMax);
  }

  /** Rows of now. Without a currency each account is valued in the asset that most of its instruments are quoted in. */
  rows(by: PnlBy, currency: string | undefined, nowUs: number): PnlView[] {
    const chosen = currency === undefined ? undefined : this.#asset(currency);
    if (by === "firm") return this.#firm(chosen, nowUs);
    const rows: PnlView[] = [];
    for (let account = 0; account < this.state.accounts.count; account++) {
      const asset = chosen ?? this.#usualAsset(account);
      if (asset === undefined) continue;
      if (by === "account") {
        if (!this.state.ledger.cashRows().some((row) => row.account === account)) continue;
        this.#valuation.account(account, asset, this.#equity);
        rows.push(this.#row(by, account, undefined, asset, nowUs));
      } else rows.push(...this.#instances(account, asset, nowUs));
    }
    return rows;
  }

  /** Points of the curve: accounts of which everything that has a market has a price now; a hole is better than a dip. */
  points(nowUs: number): PnlView[] {
    return this.rows("account", undefined, nowUs).filter((row) => row.complete);
  }

  #firm(chosen: number | undefined, nowUs: number): PnlView[] {
    const asset = chosen ?? this.#usualAsset(undefined);
    if (asset === undefined) return [];
    this.#valuation.firm(asset, this.#equity);
    return [this.#row("firm", undefined, undefined, asset, nowUs)];
  }

  /** Those that have traded in the account, the hand (0) included. */
  #instances(account: number, asset: number, nowUs: number): PnlView[] {
    const { ledger } = this.state;
    const traded = [...ledger.instanceCashRows(), ...ledger.partRows()].filter((row) => row.account === account);
    const ids = [...new Set(traded.map((row) => row.instance))].sort((a, b) => a - b);
    return ids.map((id) => {
      this.#valuation.instance(id, account, asset, this.#equity);
      return this.#row("instance", account, id, asset, nowUs);
    });
  }

  #row(by: PnlBy, account: number | undefined, instance: number | undefined, asset: number, nowUs: number): PnlView {
    const equity = this.#equity;
    const unvalued = this.state.ledger.assetCodes().filter((_, id) => equity.assets[id] !== Valued.Yes);
    return {
      by,
      account: account === undefined ? "" : this.names.accountName(account),
      instance: instance === undefined ? null : (this.names.instanceName(instance) ?? "by hand"),
      asset: this.state.ledger.assetCode(asset) ?? "",
      equity: bigText(bigOf(equity.equity)),
      realizedPnl: bigText(bigOf(equity.realized)),
      unrealizedPnl: bigText(bigOf(equity.unrealized)),
      fees: bigText(bigOf(equity.fees)),
      funding: bigText(bigOf(equity.funding)),
      complete: equity.unpricedCount === 0,
      unvalued,
      time: timeOf(nowUs),
    };
  }

  #asset(code: string): number {
    const { ledger } = this.state;
    const id = ledger.assetId(code);
    if (id !== undefined) return id;
    const near = nearest(code, ledger.assetCodes());
    const hint = near === undefined ? "see /api/v1/balances" : `did you mean ${near}?`;
    throw httpProblem(Code.NotFound, `there is no asset ${JSON.stringify(code)}`, { status: 422, hint });
  }

  /** The asset in which most instruments are quoted, of those that the account (or the firm) has; ties: the first row. */
  #usualAsset(account: number | undefined): number | undefined {
    const { ledger, instruments } = this.state;
    const cash = ledger.cashRows().filter((row: CashRow) => account === undefined || row.account === account);
    let best: number | undefined;
    let most = 0;
    for (const { asset } of cash) {
      const code = ledger.assetCode(asset);
      const count = instruments.all().filter((instrument) => moneyOf(instrument) === code).length;
      if (count > most) {
        most = count;
        best = asset;
      }
    }
    return best;
  }
}
