/** What the interface remembers beside the replica: executions, bars, order times, keys, reasons. Bounded, fed by records. */

import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import { KeyTable } from "./key_table.ts";
import type { ClosedBar, ControlListener } from "./listener.ts";
import { RowRing } from "./row_ring.ts";

/** The columns of an OrderFilled record that an execution shows. */
export interface FillRow {
  readonly record: number;
  readonly fillId: string;
  readonly order: number;
  readonly account: number;
  readonly instrument: number;
  readonly revision: number;
  readonly instance: number;
  readonly side: number;
  readonly price: number;
  readonly qty: number;
  readonly amountHi: number;
  readonly amountLo: number;
  readonly feeHi: number;
  readonly feeLo: number;
  readonly feeAsset: number;
  readonly liquidity: number;
  readonly timeUs: number;
  readonly busted: boolean;
}

export interface KillNote {
  readonly scope: number;
  readonly key: number;
  readonly why: string;
  readonly timeUs: number;
}

interface Scales {
  readonly priceScale: number;
  readonly qtyScale: number;
}

const REVISIONS = 65_536;

export class ControlMemory implements ControlListener, Saved {
  readonly keys: KeyTable;
  readonly fills: RowRing<FillRow>;
  /** Why an instance was paused or stopped last; "" once it runs again. */
  readonly instanceWhys = new Map<number, string>();
  readonly kills = new Map<string, KillNote>();
  readonly #bars = new Map<string, RowRing<ClosedBar>>();
  readonly #scales = new Map<number, Scales>();
  /** Position of a fill in `fills`, for busts. */
  readonly #updatedUs: Float64Array;
  readonly #updatedOrder: Float64Array;

  constructor(readonly limits: Limits) {
    this.keys = new KeyTable(limits);
    this.fills = new RowRing(limits.historyRowsMax);
    this.#updatedUs = new Float64Array(limits.ordersMax);
    this.#updatedOrder = new Float64Array(limits.ordersMax);
  }

  /** The replica may be ahead of the record: only the record's own columns are kept. */
  onRecord(record: Readonly<TradingRecord>): void {
    const { kind } = record;
    if (isOrders(kind) && record.order > 0) this.#onOrder(record);
    else if (kind === RecordKind.InstrumentDefined) this.#onInstrument(record);
    else if (kind === RecordKind.Killed) {
      const { scope, timeUs } = record;
      const key = scopeKeyOf(record);
      const why = scope === Scope.Venue ? record.fillId : record.text;
      this.kills.set(killKey(scope, scope === Scope.Venue ? record.text : key), { scope, key, why, timeUs });
    } else if (kind === RecordKind.Resumed) {
      this.kills.delete(killKey(record.scope, record.scope === Scope.Venue ? record.text : scopeKeyOf(record)));
    } else this.#onInstance(record);
  }

  onBar(bar: ClosedBar): void {
    const key = `${bar.instrument}/${bar.intervalUs}`;
    let ring = this.#bars.get(key);
    if (ring === undefined) {
      ring = new RowRing(this.limits.barHistoryMax);
      this.#bars.set(key, ring);
    }
    ring.push({ ...bar });
  }

  /** Closed bars of one series, oldest first. */
  bars(instrument: number, intervalUs: number, limit: number): ClosedBar[] {
    return this.#bars.get(`${instrument}/${intervalUs}`)?.last(limit) ?? [];
  }

  /** The newest bar of every series. */
  lastBars(): ClosedBar[] {
    return [...this.#bars.values()].flatMap((ring) => ring.last(1));
  }

  /** Engine time of the order's newest record; 0 = not seen. */
  orderUpdatedUs(order: number): number {
    const slot = order % this.limits.ordersMax;
    return this.#updatedOrder[slot] === order ? (this.#updatedUs[slot] as number) : 0;
  }

  /** Scales of the revision that a record's mantissas have. */
  scales(instrument: number, revision: number): Scales | undefined {
    return this.#scales.get(instrument * REVISIONS + revision);
  }

  /** What came from records; bars come from the market, and are not in it. */
  save(out: StateWriter): void {
    out.part("control", 2);
    for (const table of [this.keys, this.fills]) table.save(out);
    out.text(JSON.stringify([[...this.instanceWhys], [...this.kills], [...this.#scales]]));
    out.column(this.#updatedUs, this.#updatedUs.length).column(this.#updatedOrder, this.#updatedOrder.length);
  }

  load(from: StateReader): void {
    from.part("control", 2);
    for (const table of [this.keys, this.fills]) table.load(from);
    const [whys, kills, scales] = JSON.parse(from.text()) as [
      [number, string][],
      [string, KillNote][],
      [number, Scales][],
    ];
    for (const [instance, why] of whys) this.instanceWhys.set(instance, why);
    for (const [key, note] of kills) this.kills.set(key, note);
    for (const [key, scale] of scales) this.#scales.set(key, scale);
    from.column(this.#updatedUs);
    from.column(this.#updatedOrder);
  }

  #onOrder(record: Readonly<TradingRecord>): void {
    const slot = record.order % this.limits.ordersMax;
    if (record.order >= (this.#updatedOrder[slot] as number)) {
      this.#updatedOrder[slot] = record.order;
      this.#updatedUs[slot] = record.timeUs;
    }
    this.keys.onRecord(record);
    if (record.kind === RecordKind.OrderFilled) this.fills.push(fillRow(record));
    else if (record.kind === RecordKind.FillBusted) this.#onBust(record);
  }

  /** Backward: a venue takes back what is young. */
  #onBust(record: Readonly<TradingRecord>): void {
    for (let at = this.fills.count - 1; at >= this.fills.first; at--) {
      const fill = this.fills.at(at);
      if (fill === undefined || fill.fillId !== record.fillId || fill.order !== record.order) continue;
      this.fills.set(at, { ...fill, busted: true });
      return;
    }
  }

  #onInstrument(record: Readonly<TradingRecord>): void {
    try {
      const { priceScale, qtyScale } = JSON.parse(record.text) as Scales;
      const scales = { priceScale, qtyScale };
      this.#scales.set(record.instrument * REVISIONS + record.instrumentRevision, scales);
    } catch {
      return; // The replica has refused it already.
    }
  }

  #onInstance(record: Readonly<TradingRecord>): void {
    if (!INSTANCE_KINDS.includes(record.kind)) return;
    this.instanceWhys.set(record.instance, record.kind === RecordKind.InstanceStarted ? "" : record.text);
  }
}

/** Kinds of records that change an order. */
function isOrders(kind: RecordKind): boolean {
  if (kind >= RecordKind.OrderTriggered && kind <= RecordKind.OrderAdopted) return true;
  return kind >= RecordKind.OrderIntent && kind <= RecordKind.FillBusted;
}

export function killKey(scope: number, key: number | string): string {
  return `${scope}/${key}`;
}

const INSTANCE_KINDS: readonly RecordKind[] = [
  RecordKind.InstanceStarted,
  RecordKind.InstancePaused,
  RecordKind.InstanceStopped,
];

function scopeKeyOf(record: Readonly<TradingRecord>): number {
  if (record.scope === Scope.Instance) return record.instance;
  if (record.scope === Scope.Instrument) return record.instrument;
  return record.scope === Scope.Account ? record.account : 0;
}

function fillRow(record: Readonly<TradingRecord>): FillRow {
  return {
    record: record.record,
    fillId: record.fillId,
    order: record.order,
    account: record.account,
    instrument: record.instrument,
    revision: record.instrumentRevision,
    instance: record.instance,
    side: record.side,
    price: record.price,
    qty: record.qty,
    amountHi: record.amountHi,
    amountLo: record.amountLo,
    feeHi: record.feeHi,
    feeLo: record.feeLo,
    feeAsset: record.feeAsset,
    liquidity: record.liquidity,
    timeUs: record.timeUs,
    busted: false,
  };
}
