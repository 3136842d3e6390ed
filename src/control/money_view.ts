/** Positions and balances out of the ledger and the board: exact, never through a float. */

import { mantissaTextShort } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { DurableState } from "../engine/durable.ts";
import { FreeBalance, Margins } from "../engine/margin.ts";
import { Valuation } from "../engine/valuation.ts";
import type { CashRow } from "../ledger/cash.ts";
import type { Position } from "../ledger/position.ts";
import { type Instrument, moneyOf } from "../model/instrument.ts";
import { CashCause, InstrumentKind } from "../model/order.ts";
import { contractValue } from "../model/value.ts";
import { bigAt, bigOf, bigText, UNIT } from "./exact.ts";
import type { QuoteReader } from "./market_view.ts";
import type { OrderViews } from "./order_view.ts";
import { PnlViews } from "./pnl_view.ts";
import type { BalanceView, PositionView } from "./views.ts";

const LEGS = ["net", "long", "short"] as const;
/** Digits of an average entry beyond the price's own. */
const AVERAGE_MORE_DECIMALS = 2;

export class MoneyViews {
  readonly pnl: PnlViews;
  readonly #valuation: Valuation;
  readonly #margins: Margins;
  readonly #wide = new Wide();
  readonly #maintenance = new Wide();
  readonly #free = new FreeBalance();

  constructor(
    readonly state: DurableState,
    readonly quotes: QuoteReader,
    readonly names: OrderViews,
  ) {
    this.pnl = new PnlViews(state, quotes, names);
    this.#valuation = new Valuation(state, quotes);
    this.#margins = new Margins(state, quotes);
  }

  /** All positions ever held, flat ones included: what they realised is still theirs. */
  positions(): PositionView[] {
    return this.state.ledger.rows().map((row) => this.position(row));
  }

  position(row: Readonly<Position>): PositionView {
    const instrument = this.state.instruments.get(row.instrument) as Instrument;
    const { qty, qtyScale } = row.holding;
    const doubleMark = this.quotes.doubleMark(row.instrument);
    const isPriced = this.#valuation.unrealized(row, this.#wide);
    const unrealized = isPriced ? bigText(bigOf(this.#wide)) : null;
    const isSpot = instrument.kind === InstrumentKind.Spot;
    const averageEntry = this.#averageEntry(row, instrument); // It reckons in the same place as the margin.
    this.#margins.position(row, this.#wide, this.#maintenance);
    return {
      account: this.names.accountName(row.account),
      instrument: instrument.name,
      leg: LEGS[row.leg] ?? "net",
      qty: mantissaTextShort(qty, qtyScale),
      averageEntry,
      markPrice: doubleMark === 0 ? null : bigText(bigAt(BigInt(doubleMark), instrument.priceScale) / 2n),
      realizedPnl: bigText(bigOf(row.realized)),
      unrealizedPnl: unrealized,
      funding: bigText(bigOf(row.funding)),
      leverage: isSpot ? null : mantissaTextShort(this.state.ledger.leverage(row.account, row.instrument), 2),
      initialMargin: isSpot ? null : bigText(bigOf(this.#wide)),
      maintenanceMargin: isSpot ? null : bigText(bigOf(this.#maintenance)),
      asset: moneyOf(instrument),
      instances: this.#parts(row),
    };
  }

  balance(row: CashRow): BalanceView {
    const byCause: Record<string, string> = {};
    row.causes.forEach((sum, cause) => {
      if (cause === 0 || (sum as Wide).isZero()) return;
      const name = CashCause[cause] ?? `cause${cause}`;
      byCause[name.slice(0, 1).toLowerCase() + name.slice(1)] = bigText(bigOf(sum));
    });
    const free = this.#margins.balance(row.account, row.asset, this.#free);
    const broken = this.state.ledger.breaks.get(row.account, row.asset);
    return {
      account: this.names.accountName(row.account),
      asset: this.state.ledger.assetCode(row.asset) ?? `asset-${row.asset}`,
      total: bigText(bigOf(row.total)),
      locked: bigText(bigOf(free.locked)),
      free: bigText(bigOf(free.free)),
      unrealizedPnl: bigText(bigOf(free.unrealized)),
      venueTotal: broken === undefined ? null : bigText(bigOf(broken.theirs)),
      byCause,
    };
  }

  /** Null when flat, or when all was free of charge and inverse: there is no price then. */
  #averageEntry(row: Readonly<Position>, instrument: Instrument): string | null {
    const cost = bigOf(row.cost);
    if (row.holding.qty === 0 || !contractValue(this.#wide, instrument, row.holding.qty)) return null;
    const contracts = bigOf(this.#wide);
    const [above, below] = row.isInverse ? [contracts, cost] : [cost, contracts];
    return below === 0n ? null : bigText((above * UNIT) / below, priceDecimals(instrument));
  }

  #parts({ account, instrument, leg }: Readonly<Position>): Record<string, string> {
    const parts: Record<string, string> = {};
    const rows = [...this.state.ledger.partsOf(account, instrument, leg)].sort((a, b) => a.instance - b.instance);
    for (const { instance, holding } of rows) {
      if (holding.qty === 0) continue;
      parts[this.names.instanceName(instance) ?? "by hand"] = mantissaTextShort(holding.qty, holding.qtyScale);
    }
    return parts;
  }
}

function priceDecimals(instrument: Instrument): number {
  return Math.min(18, instrument.priceScale + AVERAGE_MORE_DECIMALS);
}
