/** For tests: an order table, its report handler, a replica fed with the same records, and short ways to make records. */

import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { OrderTable } from "./order_table.ts";
import { type RecordSink, ReportHandler } from "./reports.ts";

/** Small tables, so that eviction, wrapping and a full parking are reached. */
export const SMALL_LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  accountsMax: 2,
  instrumentsMax: 3,
  ordersMax: 64,
  fillsMax: 512,
  reportsParkedMax: 32,
};

export type Columns = Partial<Omit<TradingRecord, "reset" | "copyFrom">>;

/** Numbers and applies records as the engine does. */
export class TestDesk implements RecordSink {
  readonly hash = new RowHash();
  readonly replicaHash = new RowHash();
  readonly orders: OrderTable;
  readonly replica: OrderTable;
  readonly handler: ReportHandler;
  /** Kinds of all records, in order; whole records when `keeps`. */
  readonly kinds: RecordKind[] = [];
  readonly records: TradingRecord[] = [];
  /** Called before a record is applied, and after. */
  before: ((record: TradingRecord) => void) | undefined;
  after: ((record: TradingRecord) => void) | undefined;
  #record = 0;

  constructor(
    limits: Limits = SMALL_LIMITS,
    readonly keeps: boolean = true,
  ) {
    this.orders = new OrderTable(limits, this.hash);
    this.replica = new OrderTable(limits, this.replicaHash);
    this.handler = new ReportHandler(this.orders, limits);
  }

  emit(record: TradingRecord): void {
    record.record = ++this.#record;
    this.before?.(record);
    if (this.keeps) {
      this.kinds.push(record.kind);
      this.records.push(new TradingRecord().copyFrom(record));
    }
    this.orders.apply(record);
    this.replica.apply(record);
    this.after?.(record);
  }

  /** Emits a record of our own. */
  say(kind: RecordKind, order: number, columns: Columns = {}): void {
    this.emit(make(kind, order, columns));
  }

  /** Hands a venue report to the handler. */
  report(kind: RecordKind, order: number, columns: Columns = {}): void {
    this.handler.onReport(make(kind, order, columns), this);
  }

  /** OrderIntent with the next number; returns the number. */
  intend(qty: number, columns: Columns = {}): number {
    const order = this.orders.nextOrder;
    this.say(RecordKind.OrderIntent, order, {
      side: Side.Buy,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.Gtc,
      price: 100,
      qty,
      ...columns,
    });
    return order;
  }

  /** OrderIntent and OrderSent. */
  send(qty: number, columns: Columns = {}): number {
    const order = this.intend(qty, columns);
    this.say(RecordKind.OrderSent, order);
    return order;
  }

  /** OrderIntent, OrderSent and OrderAccepted, venue id `v<order>`. */
  open(qty: number, columns: Columns = {}): number {
    const order = this.send(qty, columns);
    this.report(RecordKind.OrderAccepted, order, {
      venueOrderId: `v${order}`,
      account: columns.account ?? 0,
      instrument: columns.instrument ?? 0,
    });
    return order;
  }

  fill(order: number, fillId: string, qty: number, columns: Columns = {}): void {
    this.report(RecordKind.OrderFilled, order, { fillId, qty, price: 100, ...columns });
  }

  /** Hash of the table as it should be: every row added up from scratch. */
  hashFromScratch(): string {
    const hash = new RowHash();
    this.orders.addRowsTo(hash);
    return hash.text();
  }
}

export function make(kind: RecordKind, order: number, columns: Columns = {}): TradingRecord {
  return Object.assign(new TradingRecord().reset(kind), { order }, columns, { kind });
}
