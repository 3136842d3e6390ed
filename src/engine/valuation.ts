/** Equity and profit of an instance, an account or the firm, in one currency, at the marks of now. V, never D. */

import { amountsFit } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide, wideAdd, wideNeg } from "../core/wide.ts";
import type { CashRow } from "../ledger/cash.ts";
import { type Position, WHOLE } from "../ledger/position.ts";
import { unrealizedAt } from "../ledger/unrealized.ts";
import { CashCause } from "../model/order.ts";
import type { MarkSource } from "./conversion.ts";
import { Conversion, Valued } from "./conversion.ts";
import type { DurableState } from "./durable.ts";

/** Every account: the firm, or an instance wherever it trades. */
export const ALL_ACCOUNTS = -1;

/** What trading moves: not what is paid in or out, nor what an operator puts right. The fee is looked at by itself. */
const TRADED: readonly CashCause[] = Object.freeze([
  ...[CashCause.Trade, CashCause.RealizedPnl, CashCause.Funding, CashCause.Interest],
  ...[CashCause.Liquidation, CashCause.AutoDeleverage, CashCause.Settlement],
]);

/** A valuation: 10^-18 of the currency. The caller keeps one and it is filled again and again. */
export class Equity {
  /** Cash of every asset, and what contracts would realise now. For an instance: what it has made since it began. */
  readonly equity = new Wide();
  readonly cash = new Wide();
  /** Of positions, spot and contracts: closed, and open at the mark. */
  readonly realized = new Wide();
  readonly unrealized = new Wide();
  /** Paid (negative: rebates were more), and funding received (negative: paid). */
  readonly fees = new Wide();
  readonly funding = new Wide();
  /**
   * What trading has made: realised and unrealised, less fees, with funding. By the flows of cash, so that a fee in what
   * was bought, which is in the position's cost already, counts once.
   */
  readonly profit = new Wide();
  /** False when something that was traded has no price now. A fee in an asset without any market is not in the profit. */
  isProfitKnown = true;
  /** By asset id: a Valued. What is not Yes is in no sum. */
  readonly assets: Uint8Array;
  /** Assets and positions that have a market and no price now: the sums are short of them. */
  unpricedCount = 0;
  /** Assets for which we know no market at all. */
  unvaluedCount = 0;
  /** Something of them is owed, or is the profit of a contract: the sums may be too high without it. */
  hasUnvaluedDebt = false;

  constructor(assetsMax: number) {
    this.assets = new Uint8Array(assetsMax);
  }

  /** True when everything is in the sums. Limits on equity are to be judged on complete ones. */
  get isComplete(): boolean {
    return this.unpricedCount === 0 && this.unvaluedCount === 0;
  }

  /** True when what is in no sum could only add to them: coins that nothing here trades, as venues give and users keep. */
  get isLowerBound(): boolean {
    return this.unpricedCount === 0 && !this.hasUnvaluedDebt;
  }

  clear(): this {
    if (!this.isComplete) this.assets.fill(Valued.Yes);
    this.unpricedCount = 0;
    this.unvaluedCount = 0;
    this.hasUnvaluedDebt = false;
    this.equity.zero();
    this.cash.zero();
    this.realized.zero();
    this.unrealized.zero();
    this.fees.zero();
    this.funding.zero();
    this.profit.zero();
    this.isProfitKnown = true;
    return this;
  }
}

export class Valuation {
  readonly conversion: Conversion;
  readonly #amount = new Wide();
  readonly #flow = new Wide();

  constructor(
    readonly state: DurableState,
    readonly marks: MarkSource,
  ) {
    this.conversion = new Conversion(state, marks);
  }

  /** All that an account has. `currency` is an asset id. O(its cash rows + all positions), no allocation. */
  account(account: number, currency: number, out: Equity): Equity {
    return this.#value(out.clear(), account, WHOLE, currency);
  }

  firm(currency: number, out: Equity): Equity {
    return this.#value(out.clear(), ALL_ACCOUNTS, WHOLE, currency);
  }

  /** What one instance (0: the hand) has made, fees and funding included, in one account or in ALL_ACCOUNTS. */
  instance(instance: number, account: number, currency: number, out: Equity): Equity {
    assert(instance >= 0, Code.ValueOutOfRange);
    return this.#value(out.clear(), account, instance, currency);
  }

  /** Fills cash and equity alone: what a limit on equity asks for, many times a second. */
  equity(account: number, currency: number, out: Equity): Equity {
    const { ledger } = this.state;
    out.clear();
    const cash = ledger.cashRows();
    for (let i = 0; i < cash.length; i++) {
      const row = cash[i] as CashRow;
      if (account === ALL_ACCOUNTS || row.account === account) this.#addTotal(out, row, currency);
    }
    const positions = ledger.rows();
    for (let i = 0; i < positions.length; i++) {
      const row = positions[i] as Position;
      const isAsked = row.holding.qty !== 0 && (account === ALL_ACCOUNTS || row.account === account);
      if (isAsked && ledger.listing(row.instrument)?.isSpot === false) this.#addPosition(out, row, currency);
    }
    return out;
  }

  /** Fills profit alone, of one instance or of WHOLE accounts: what a limit on losses asks for. */
  profit(instance: number, account: number, currency: number, out: Equity): Equity {
    const { ledger } = this.state;
    out.clear();
    const cash = instance === WHOLE ? ledger.cashRows() : ledger.instanceCashRows();
    for (let i = 0; i < cash.length; i++) {
      const row = cash[i] as CashRow;
      const isAsked = row.instance === instance && (account === ALL_ACCOUNTS || row.account === account);
      if (isAsked) this.#addProfit(out, row, currency);
    }
    const positions = instance === WHOLE ? ledger.rows() : ledger.partRows();
    for (let i = 0; i < positions.length; i++) {
      const row = positions[i] as Position;
      const isAsked = row.instance === instance && (account === ALL_ACCOUNTS || row.account === account);
      if (!isAsked || row.holding.qty === 0) continue;
      if (ledger.listing(row.instrument)?.isSpot === false) this.#addPosition(out, row, currency);
    }
    return out;
  }

  /** out = what closing the position at the mark would realise, in its own money. False without a mark; 0 when flat. */
  unrealized(row: Readonly<Position>, out: Wide): boolean {
    const instrument = this.state.instruments.get(row.instrument);
    if (row.holding.qty === 0 || instrument === undefined) {
      out.zero();
      return true;
    }
    const mark = this.marks.doubleMark(row.instrument);
    if (mark > 0) return unrealizedAt(out, row, instrument, mark, 2);
    out.zero();
    return false;
  }

  #value(out: Equity, account: number, instance: number, currency: number): Equity {
    const { ledger } = this.state;
    assert(account >= ALL_ACCOUNTS && account < this.state.limits.accountsMax, Code.ValueOutOfRange);
    assert(ledger.assetCode(currency) !== undefined, Code.ValueOutOfRange);
    const cash = instance === WHOLE ? ledger.cashRows() : ledger.instanceCashRows();
    for (let i = 0; i < cash.length; i++) {
      const row = cash[i] as CashRow;
      if (row.instance === instance && (account === ALL_ACCOUNTS || row.account === account)) {
        this.#addCash(out, row, currency);
      }
    }
    const positions = instance === WHOLE ? ledger.rows() : ledger.partRows();
    for (let i = 0; i < positions.length; i++) {
      const row = positions[i] as Position;
      if (row.instance === instance && (account === ALL_ACCOUNTS || row.account === account)) {
        this.#addPosition(out, row, currency);
      }
    }
    return out;
  }

  #addCash(out: Equity, row: CashRow, currency: number): void {
    this.#addProfit(out, row, currency);
    if (!this.#addTotal(out, row, currency)) return;
    const amount = this.#amount.set(row.causes[CashCause.Fee] as Wide);
    if (this.#convert(out, amount, row.asset, currency)) add(out, out.fees, wideNeg(amount, amount));
    amount.set(row.causes[CashCause.Funding] as Wide);
    if (this.#convert(out, amount, row.asset, currency)) add(out, out.funding, amount);
  }

  #addTotal(out: Equity, row: CashRow, currency: number): boolean {
    const amount = this.#amount.set(row.total);
    if (!this.#convert(out, amount, row.asset, currency)) {
      if (row.total.isNegative()) out.hasUnvaluedDebt = true;
      return false;
    }
    add(out, out.cash, amount);
    add(out, out.equity, amount);
    return true;
  }

  #addProfit(out: Equity, row: CashRow, currency: number): void {
    const flow = this.#flow.zero();
    for (let i = 0; i < TRADED.length; i++) {
      const amount = row.causes[TRADED[i] as CashCause] as Wide;
      if (amountsFit(flow, amount)) wideAdd(flow, flow, amount);
      else out.isProfitKnown = false;
    }
    const fee = row.causes[CashCause.Fee] as Wide;
    let valued = this.conversion.convert(this.#amount.set(fee), row.asset, currency);
    const isApart = valued === Valued.NoMarket;
    if (!isApart && amountsFit(flow, fee)) wideAdd(flow, flow, fee);
    else if (!isApart) out.isProfitKnown = false;
    valued = this.conversion.convert(flow, row.asset, currency);
    if (valued === Valued.Yes && amountsFit(out.profit, flow)) wideAdd(out.profit, out.profit, flow);
    else out.isProfitKnown = false;
  }

  #addPosition(out: Equity, row: Readonly<Position>, currency: number): void {
    const listing = this.state.ledger.listing(row.instrument);
    if (listing === undefined) return;
    const amount = this.#amount.set(row.realized);
    if (this.#convert(out, amount, listing.money, currency)) add(out, out.realized, amount);
    if (row.holding.qty === 0) return;
    if (!this.unrealized(row, amount)) {
      out.unpricedCount++;
      if (!listing.isSpot) out.isProfitKnown = false;
      return;
    }
    if (!this.#convert(out, amount, listing.money, currency)) {
      if (listing.isSpot) return;
      out.isProfitKnown = false;
      out.hasUnvaluedDebt = true;
      return;
    }
    add(out, out.unrealized, amount);
    // What spot holds is in the cash already; what contracts would realise is not.
    if (listing.isSpot) return;
    add(out, out.equity, amount);
    add(out, out.profit, amount);
  }

  #convert(out: Equity, amount: Wide, asset: number, currency: number): boolean {
    const valued = this.conversion.convert(amount, asset, currency);
    if (valued === Valued.Yes) return true;
    if (out.assets[asset] === Valued.Yes) {
      out.assets[asset] = valued;
      if (valued === Valued.Unpriced) out.unpricedCount++;
      else out.unvaluedCount++;
    }
    return false;
  }
}

/** A mark gone mad must not stop the engine: what would leave the range of amounts is counted, never added. */
function add(out: Equity, sum: Wide, amount: Wide): void {
  if (amountsFit(sum, amount)) wideAdd(sum, sum, amount);
  else out.unpricedCount++;
}
