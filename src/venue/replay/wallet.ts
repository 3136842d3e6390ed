/** What the simulated venue itself holds for an account: from its own fills and funding, told or not told to anybody. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { RowHash } from "../../core/hash.ts";
import type { Limits } from "../../core/limits.ts";
import { Wide, wideAdd, wideSub } from "../../core/wide.ts";
import type { DurableState } from "../../engine/durable.ts";
import { Ledger } from "../../ledger/ledger.ts";
import type { InstrumentTable } from "../../model/instrument.ts";
import { InstrumentKind, Side } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";

/** A statement that the wallet fills in. */
export type Say = (kind: RecordKind.StatedPosition | RecordKind.StatedBalance) => TradingRecord;

/** Knows nothing until it is restored: then what D had, and all that the venue has done since. */
export class Wallet {
  readonly #base = new Map<number, Wide>();
  readonly #scratch = new TradingRecord();
  #ledger: Ledger | undefined;
  #durable: DurableState["ledger"] | undefined;

  constructor(
    readonly account: number,
    readonly limits: Limits,
    readonly instruments: InstrumentTable,
  ) {}

  get isKnown(): boolean {
    return this.#ledger !== undefined;
  }

  /** Takes what D holds now: positions of derivatives with their cost, cash of every asset. */
  restore(durable: DurableState["ledger"]): void {
    assert(this.#ledger === undefined, Code.InvariantBroken);
    const ledger = new Ledger(this.limits, new RowHash(), this.instruments);
    this.#ledger = ledger;
    this.#durable = durable;
    this.#nameAssets();
    for (const row of durable.rows()) {
      const instrument = this.instruments.get(row.instrument);
      const isHeld = row.account === this.account && row.holding.qty !== 0;
      if (!isHeld || instrument === undefined || instrument.kind === InstrumentKind.Spot) continue;
      const fill = this.#scratch.reset(RecordKind.OrderFilled);
      fill.account = this.account;
      fill.instrument = row.instrument;
      fill.instrumentRevision = instrument.revision;
      fill.leg = row.leg;
      fill.side = row.holding.qty > 0 ? Side.Buy : Side.Sell;
      fill.qty = Math.abs(row.holding.qty);
      fill.amountHi = row.cost.hi;
      fill.amountLo = row.cost.lo;
      ledger.apply(fill);
    }
    for (const row of durable.cashRows()) {
      if (row.account !== this.account) continue;
      const own = ledger.cash(this.account, row.asset, new Wide());
      this.#base.set(row.asset, wideSub(new Wide(), row.total as Wide, own));
    }
  }

  /** A fill or a cash movement at the moment at which it happens here. */
  post(report: Readonly<TradingRecord>): void {
    if (this.#ledger === undefined) return;
    this.#nameAssets();
    this.#ledger.apply(report);
  }

  /** Derivatives that are not flat. Spot holdings are balances. */
  positions(say: Say): void {
    const ledger = this.#ledger;
    assert(ledger !== undefined, Code.InvariantBroken);
    for (const row of ledger.rows()) {
      const { qty } = row.holding;
      const instrument = this.instruments.get(row.instrument);
      if (qty === 0 || instrument === undefined || instrument.kind === InstrumentKind.Spot) continue;
      const out = say(RecordKind.StatedPosition);
      out.instrument = row.instrument;
      out.instrumentRevision = instrument.revision;
      out.leg = row.leg;
      out.side = qty > 0 ? Side.Buy : Side.Sell;
      out.qty = Math.abs(qty);
    }
  }

  balances(say: Say): void {
    const ledger = this.#ledger;
    assert(ledger !== undefined, Code.InvariantBroken);
    const sum = new Wide();
    for (let asset = 0; asset < ledger.assetCodes().length; asset++) {
      ledger.cash(this.account, asset, sum);
      const base = this.#base.get(asset);
      if (base !== undefined) wideAdd(sum, sum, base);
      else if (sum.isZero()) continue;
      const out = say(RecordKind.StatedBalance);
      out.asset = asset;
      out.amountHi = sum.hi;
      out.amountLo = sum.lo;
    }
  }

  /** Assets that were defined since: ids here are those of D. */
  #nameAssets(): void {
    const codes = this.#durable?.assetCodes() ?? [];
    const ledger = this.#ledger as Ledger;
    for (let asset = ledger.assetCodes().length; asset < codes.length; asset++) {
      const record = this.#scratch.reset(RecordKind.AssetDefined);
      record.asset = asset;
      record.text = codes[asset] as string;
      ledger.apply(record);
    }
  }
}
