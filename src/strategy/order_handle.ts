/** An order as its strategy sees it: a handle whose status follows the records. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isReheld } from "../model/held_rules.ts";
import { isToHold } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { Order, OrderStatus, Reason } from "./api.ts";
import type { Listing } from "./listing.ts";

/** Where its wishes go. */
export interface HandleDesk {
  readonly listing: Listing;
  cancel(order: OrderHandle, why: unknown): void;
  amend(order: OrderHandle, change: OrderChange, why: unknown): void;
  /** The order has ended. */
  settle(order: OrderHandle): void;
  /** Everybody has heard that one has. */
  onSettled(): void;
}

export type OrderChange = Parameters<Order["amend"]>[0];

export class OrderHandle implements Order {
  status: OrderStatus = "pending";
  /** Mantissas, as last confirmed. */
  limitPrice = 0;
  qty = 0;
  cumQty = 0;
  /** Sent by `target` or `flat`, which count it. */
  isTarget = false;

  constructor(
    readonly id: number,
    readonly side: "buy" | "sell",
    readonly why: string,
    readonly desk: HandleDesk,
  ) {}

  get price(): number {
    return this.limitPrice / this.desk.listing.priceUnit;
  }

  get size(): number {
    return this.desk.listing.size(this.qty);
  }

  get filled(): number {
    return this.desk.listing.size(this.cumQty);
  }

  /** What may still trade at the venue, signed: positive buys. */
  get signedLeaves(): number {
    if (this.status === "held") return 0;
    const leaves = Math.max(0, this.qty - this.cumQty);
    return this.side === "buy" ? leaves : -leaves;
  }

  get live(): boolean {
    const { status } = this;
    return (
      status === "pending" || status === "held" || status === "open" || status === "partial" || status === "unknown"
    );
  }

  cancel(reason?: Reason): void {
    this.desk.cancel(this, reason?.why);
  }

  amend(change: OrderChange, reason?: Reason): void {
    this.desk.amend(this, change, reason?.why);
  }

  /** Follows a record of this order. */
  take(record: Readonly<TradingRecord>): void {
    assert(record.order === this.id, Code.InvariantBroken);
    switch (record.kind) {
      case RecordKind.OrderIntent:
        this.limitPrice = record.price;
        this.qty = record.qty;
        if (isToHold(record.flags)) this.status = "held";
        return;
      case RecordKind.OrderTriggered:
        this.limitPrice = record.price;
        this.qty = record.qty;
        this.status = "pending";
        return;
      case RecordKind.OrderReplaced:
      case RecordKind.OrderResized:
        // Of a held order a 0 means that it stays.
        if (record.price > 0 || this.status !== "held") this.limitPrice = record.price;
        if (record.qty > 0 || this.status !== "held") this.qty = record.qty;
        return;
      case RecordKind.OrderWithdrawn:
        this.status = isReheld(record.code, record.flags) ? "held" : "canceled";
        return;
      case RecordKind.OrderAccepted:
        if (this.status === "pending" || this.status === "unknown") this.status = this.cumQty > 0 ? "partial" : "open";
        return;
      case RecordKind.OrderFilled:
        assert(record.qty > 0, Code.ValueOutOfRange);
        this.cumQty += record.qty;
        if (this.live) this.status = this.cumQty >= this.qty ? "filled" : "partial";
        return;
      case RecordKind.FillBusted:
        this.cumQty = Math.max(0, this.cumQty - record.qty);
        return;
      default:
        this.status = ENDS[record.kind] ?? this.status;
    }
  }

  /** The instrument's quantities have more decimals now. */
  rescale(qtyFactor: number, priceFactor: number): void {
    assert(qtyFactor > 0 && priceFactor > 0, Code.ValueOutOfRange);
    this.qty *= qtyFactor;
    this.cumQty *= qtyFactor;
    this.limitPrice *= priceFactor;
  }
}

const ENDS: Readonly<Record<number, OrderStatus>> = Object.freeze({
  [RecordKind.OrderDenied]: "denied",
  [RecordKind.OrderRejected]: "rejected",
  [RecordKind.OrderCanceled]: "canceled",
  [RecordKind.OrderExpired]: "expired",
  [RecordKind.OrderNotFound]: "rejected",
  [RecordKind.OrderUnknown]: "unknown",
});
