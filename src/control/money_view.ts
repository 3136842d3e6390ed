/** Positions, balances and profit and loss out of the ledger and the board: exact, never through a float. */

import { mantissaTextShort } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { DurableState } from "../engine/durable.ts";
import type { CashRow } from "../ledger/cash.ts";
import type { Position } from "../ledger/position.ts";
import type { Instrument } from "../model/instrument.ts";
import { CashCause, InstrumentKind } from "../model/order.ts";
import { bigAt, bigOf, bigText } from "./exact.ts";
import type { QuoteReader } from "./market_view.ts";
import type { OrderViews } from "./order_view.ts";
import { timeOf } from "./time.ts";
import type { BalanceView, PnlView, PositionView } from "./views.ts";

const LEGS = ["net", "long", "short"] as const;
/** Digits of an average entry beyond the price's own. */
const AVERAGE_MORE_DECIMALS = 2;

export class MoneyViews {
  readonly #wide = new Wide();

  constructor(
    readonly state: DurableState,
    readonly quotes: QuoteReader,
    readonly names: OrderViews,
  ) {}

  /** All positions ever held, flat ones included: what they realised is still theirs. */
  positions(): PositionView[] {
    return this.state.ledger.rows().map((row) => this.position(row));
  }

  position(row: Readonly<Position>): PositionView {
    const instrument = this.state.instruments.get(row.instrument) as Instrument;
    const { qty, qtyScale } = row.holding;
    const doubleMark = this.quotes.doubleMark(row.instrument);
    const unrealized = unrealizedOf(row, instrument, doubleMark);
    const average = qty === 0 ? null : (bigOf(row.cost) * BigInt(10) ** BigInt(qtyScale)) / BigInt(Math.abs(qty));
    return {
      account: this.names.accountName(row.account),
      instrument: instrument.name,
      leg: LEGS[row.leg] ?? "net",
      qty: mantissaTextShort(qty, qtyScale),
      averageEntry: average === null ? null : bigText(average, priceDecimals(instrument)),
      markPrice: doubleMark === 0 ? null : bigText(bigAt(BigInt(doubleMark), instrument.priceScale) / 2n),
      realizedPnl: bigText(bigOf(row.realized)),
      unrealizedPnl: unrealized === undefined ? null : bigText(unrealized),
      asset: moneyOf(instrument),
      instances: this.#parts(row, qtyScale),
    };
  }

  balances(): BalanceView[] {
    return this.state.ledger.cashRows().map((row) => this.#balance(row));
  }

  /**
   * One row for each account that has money: everything it holds, valued in its quote asset at the middle of the
   * market. What no instrument prices is left out; while something that has a market has no price yet, there is no row.
   */
  pnl(nowUs: number): PnlView[] {
    const rows: PnlView[] = [];
    for (let account = 0; account < this.state.accounts.count; account++) {
      const row = this.#pnlOf(account, nowUs);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  #pnlOf(account: number, nowUs: number): PnlView | undefined {
    const { ledger } = this.state;
    const cash = ledger.cashRows().filter((row) => row.account === account);
    const quote = this.#quoteAsset(cash);
    if (quote === undefined) return undefined;
    let equity = 0n;
    let fees = 0n;
    for (const row of cash) {
      const value = this.#valueOf(bigOf(row.total), ledger.assetCode(row.asset) ?? "", quote);
      if (value === undefined) return undefined;
      equity += value;
      const paid = bigOf(ledger.fees(account, row.asset, this.#wide));
      fees += this.#valueOf(paid, ledger.assetCode(row.asset) ?? "", quote) ?? 0n;
    }
    let realized = 0n;
    let unrealized = 0n;
    for (const row of ledger.rows()) {
      const instrument = this.state.instruments.get(row.instrument);
      if (row.account !== account || instrument === undefined || moneyOf(instrument) !== quote) continue;
      realized += bigOf(row.realized);
      const open = unrealizedOf(row, instrument, this.quotes.doubleMark(row.instrument));
      if (open === undefined) return undefined;
      unrealized += open;
      // Spot holdings are in the cash already; a perpetual's open profit is not.
      if (instrument.kind !== InstrumentKind.Spot) equity += open;
    }
    return {
      account: this.names.accountName(account),
      asset: quote,
      equity: bigText(equity),
      realizedPnl: bigText(realized),
      unrealizedPnl: bigText(unrealized),
      fees: bigText(fees),
      time: timeOf(nowUs),
    };
  }

  #balance(row: CashRow): BalanceView {
    const byCause: Record<string, string> = {};
    row.causes.forEach((sum, cause) => {
      if (cause === 0 || (sum as Wide).isZero()) return;
      const name = CashCause[cause] ?? `cause${cause}`;
      byCause[name.slice(0, 1).toLowerCase() + name.slice(1)] = bigText(bigOf(sum));
    });
    return {
      account: this.names.accountName(row.account),
      asset: this.state.ledger.assetCode(row.asset) ?? `asset-${row.asset}`,
      total: bigText(bigOf(row.total)),
      byCause,
    };
  }

  /** The asset in which most instruments are quoted, of those that the account has; ties: the lowest id. */
  #quoteAsset(cash: readonly CashRow[]): string | undefined {
    const codes = cash.map((row) => this.state.ledger.assetCode(row.asset) ?? "");
    let best: string | undefined;
    let most = 0;
    for (const code of codes) {
      const count = this.state.instruments.all().filter((instrument) => moneyOf(instrument) === code).length;
      if (count > most) {
        most = count;
        best = code;
      }
    }
    return best;
  }

  /** Zero when no instrument prices the asset, undefined when one does and has no price yet. */
  #valueOf(amount: bigint, asset: string, quote: string): bigint | undefined {
    if (asset === quote || amount === 0n) return amount;
    const instruments = this.state.instruments
      .all()
      .filter(({ kind, base, quote: to }) => kind === InstrumentKind.Spot && base === asset && to === quote);
    if (instruments.length === 0) return 0n;
    for (const instrument of instruments) {
      const doubleMark = this.quotes.doubleMark(instrument.id);
      if (doubleMark > 0) return (amount * BigInt(doubleMark)) / (2n * 10n ** BigInt(instrument.priceScale));
    }
    return undefined;
  }

  #parts(row: Readonly<Position>, qtyScale: number): Record<string, string> {
    const { ledger, instances } = this.state;
    const parts: Record<string, string> = {};
    for (let id = 0; id <= instances.count; id++) {
      const qty = ledger.instancePositionQty(id, row.account, row.instrument, row.leg);
      if (qty !== 0) parts[this.names.instanceName(id) ?? "by hand"] = mantissaTextShort(qty, qtyScale);
    }
    return parts;
  }
}

/** Asset that an instrument's profit is in. */
function moneyOf(instrument: Instrument): string {
  return instrument.kind === InstrumentKind.Spot ? instrument.quote : instrument.settle;
}

/** 0 when flat, undefined when there is no price. */
function unrealizedOf(row: Readonly<Position>, instrument: Instrument, doubleMark: number): bigint | undefined {
  const { qty, qtyScale } = row.holding;
  if (qty === 0) return 0n;
  if (doubleMark === 0) return undefined;
  const size = BigInt(Math.abs(qty)) * BigInt(doubleMark);
  const value = bigAt(size, instrument.priceScale + qtyScale) / 2n;
  return qty > 0 ? value - bigOf(row.cost) : bigOf(row.cost) - value;
}

function priceDecimals(instrument: Instrument): number {
  return Math.min(18, instrument.priceScale + AVERAGE_MORE_DECIMALS);
}
