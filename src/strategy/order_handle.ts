/** An order as its strategy sees it: a handle whose status follows the records. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { Order, OrderStatus, Reason } from "./api.ts";
import type { OrderDesk } from "./order_desk.ts";

export class OrderHandle implements Order {
  status: OrderStatus = "pending";
  price = 0;
  size = 0;
  filled = 0;
  /** Mantissas, as last confirmed. */
  qty = 0;
  cumQty = 0;

  constructor(
    readonly id: number,
    readonly side: "buy" | "sell",
    readonly why: string,
    readonly desk: OrderDesk,
  ) {}

  get live(): boolean {
    const { status } = this;
    return status === "pending" || status === "open" || status === "partial" || status === "unknown";
  }

  cancel(reason?: Reason): void {
    this.desk.cancel(this, reason?.why ?? this.why);
  }

  amend(change: { readonly price?: number | string; readonly size?: number | string }, reason?: Reason): void {
    this.desk.amend(this, change, reason?.why ?? this.why);
  }

  /** Follows a record of this order. */
  take(record: Readonly<TradingRecord>): void {
    assert(record.order === this.id, Code.InvariantBroken);
    const { priceUnit, qtyUnit } = this.desk;
    switch (record.kind) {
      case RecordKind.OrderIntent:
      case RecordKind.OrderReplaced:
        this.price = record.price / priceUnit;
        this.qty = record.qty;
        this.size = record.qty / qtyUnit;
        return;
      case RecordKind.OrderAccepted:
        if (this.status === "pending" || this.status === "unknown") this.status = "open";
        return;
      case RecordKind.OrderFilled:
        this.cumQty += record.qty;
        this.filled = this.cumQty / qtyUnit;
        if (this.live) this.status = this.cumQty >= this.qty ? "filled" : "partial";
        return;
      default:
        this.status = ENDS[record.kind] ?? this.status;
    }
  }
}

const ENDS: Readonly<Record<number, OrderStatus>> = {
  [RecordKind.OrderDenied]: "denied",
  [RecordKind.OrderWithdrawn]: "canceled",
  [RecordKind.OrderRejected]: "rejected",
  [RecordKind.OrderCanceled]: "canceled",
  [RecordKind.OrderExpired]: "expired",
  [RecordKind.OrderNotFound]: "rejected",
  [RecordKind.OrderUnknown]: "unknown",
};
