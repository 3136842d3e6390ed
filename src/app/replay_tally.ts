/** Counts what a session's records say: orders by outcome, denials by code, fills and fees. */

import { CASH_SCALE, wideText } from "../core/decimal.ts";
import { Wide, wideAdd } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import { Liquidity } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";

/** Fed with every record in order; the sums are exact. */
export class ReplayTally {
  readonly counts = new Map<RecordKind, number>();
  readonly denials = new Map<string, number>();
  readonly fees = new Map<number, Wide>();
  readonly fillQty = new Wide();
  makerFills = 0;
  takerFills = 0;
  filledOrders = 0;
  readonly #part = new Wide();
  readonly #cumQty = new Map<number, number>();
  readonly #orderQty = new Map<number, number>();

  add(record: Readonly<TradingRecord>): void {
    this.counts.set(record.kind, this.count(record.kind) + 1);
    switch (record.kind) {
      case RecordKind.OrderIntent:
      case RecordKind.OrderReplaced:
        this.#orderQty.set(record.order, record.qty);
        break;
      case RecordKind.OrderDenied:
      case RecordKind.CancelDenied:
      case RecordKind.ReplaceDenied:
        increase(this.denials, Denial[record.code] ?? String(record.code));
        break;
      case RecordKind.OrderFilled:
        this.#fill(record);
    }
  }

  count(kind: RecordKind): number {
    return this.counts.get(kind) ?? 0;
  }

  /** Asset code → what was paid. */
  feesByAsset(codeOf: (asset: number) => string): Record<string, string> {
    return Object.fromEntries([...this.fees].map(([asset, sum]) => [codeOf(asset), wideText(sum, CASH_SCALE)]));
  }

  #fill(record: Readonly<TradingRecord>): void {
    if (record.liquidity === Liquidity.Maker) this.makerFills++;
    else this.takerFills++;
    wideAdd(this.fillQty, this.fillQty, this.#part.setInt(record.qty));
    const fee = this.fees.get(record.feeAsset) ?? new Wide();
    this.fees.set(record.feeAsset, wideAdd(fee, fee, this.#part.setLimbs(record.feeHi, record.feeLo)));
    const cumQty = (this.#cumQty.get(record.order) ?? 0) + record.qty;
    this.#cumQty.set(record.order, cumQty);
    if (cumQty === this.#orderQty.get(record.order)) this.filledOrders++;
  }
}

export function increase(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
