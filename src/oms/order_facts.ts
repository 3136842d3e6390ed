/** What is known of each order, by its number: the reading half of the order table. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isExposed, OrderFlag, OrderState, type Side } from "../model/order.ts";
import type { TradingRecord } from "../model/record.ts";
import { copyTerms } from "./held_terms.ts";
import type { OrderIndex } from "./order_index.ts";
import { Mark, type OrderRows } from "./order_rows.ts";

/** Every method but `has`, `state` and `isWanted` wants an order that the table holds. */
export class OrderFacts {
  constructor(
    protected readonly rows: OrderRows,
    protected readonly index: OrderIndex,
  ) {}

  has(order: number): boolean {
    return this.index.get(order) >= 0;
  }

  /** State, `None` for an order that never was or has been evicted. */
  state(order: number): OrderState {
    const row = this.index.get(order);
    return row < 0 ? OrderState.None : (this.rows.state[row] as OrderState);
  }

  side(order: number): Side {
    return this.rows.side[this.row(order)] as Side;
  }

  price(order: number): number {
    return this.rows.price[this.row(order)] as number;
  }

  qty(order: number): number {
    return this.rows.qty[this.row(order)] as number;
  }

  /** Distinct fills without the busted ones. */
  cumQty(order: number): number {
    return this.rows.cumQty(this.row(order));
  }

  /** What may still trade; 0 once the order has ended. A pending replace counts with the larger quantity. */
  leavesQty(order: number): number {
    const row = this.row(order);
    return isExposed(this.rows.state[row] as OrderState) ? this.rows.leavesQty(row) : 0;
  }

  /** Larger of the order's price and that of a pending replace: what a value limit must assume. */
  priceMax(order: number): number {
    return this.rows.priceMax(this.row(order));
  }

  /** Larger of the order's quantity and that of a pending replace. */
  qtyMax(order: number): number {
    return this.rows.qtyMax(this.row(order));
  }

  /** New price of the last replace asked for: what a ReplaceIntent's release sends. */
  pendingPrice(order: number): number {
    return this.rows.pendingPrice[this.row(order)] as number;
  }

  pendingQty(order: number): number {
    return this.rows.pendingQty[this.row(order)] as number;
  }

  /** Quantity that the venue says is filled and whose fills have not come: never invented, only known to be missing. */
  missingQty(order: number): number {
    const row = this.row(order);
    return Math.max(0, (this.rows.venueCumQty[row] as number) - (this.rows.filled[row] as number));
  }

  /** Sum of all distinct fills, busted ones included. */
  filledQty(order: number): number {
    return this.rows.filled[this.row(order)] as number;
  }

  /** True when a stated cumulative quantity is news. */
  wouldRaiseVenueCumQty(order: number, cumQty: number): boolean {
    return cumQty > (this.rows.venueCumQty[this.row(order)] as number);
  }

  flags(order: number): number {
    return this.rows.flags[this.row(order)] as number;
  }

  instrument(order: number): number {
    return this.rows.instrument[this.row(order)] as number;
  }

  instrumentRevision(order: number): number {
    return this.rows.revision[this.row(order)] as number;
  }

  account(order: number): number {
    return this.rows.account[this.row(order)] as number;
  }

  instance(order: number): number {
    return this.rows.instance[this.row(order)] as number;
  }

  leg(order: number): number {
    return this.rows.leg[this.row(order)] as number;
  }

  orderType(order: number): number {
    return this.rows.orderType[this.row(order)] as number;
  }

  timeInForce(order: number): number {
    return this.rows.timeInForce[this.row(order)] as number;
  }

  /** Number of the last request that carried terms. */
  attempt(order: number): number {
    return this.rows.attempt[this.row(order)] as number;
  }

  /** Reason of the last denial, reject, cancel or loss. */
  code(order: number): number {
    return this.rows.code[this.row(order)] as number;
  }

  /** Engine time of the intent. */
  timeUs(order: number): number {
    return this.rows.timeUs[this.row(order)] as number;
  }

  /** Record that ended the order; 0 while it lives. */
  endedRecord(order: number): number {
    return this.rows.endedRecord[this.row(order)] as number;
  }

  /** Record that changed the order last: a statement that was asked for before it is old. */
  changedRecord(order: number): number {
    return this.rows.changedRecord[this.row(order)] as number;
  }

  /** True when the pending replace may have left. */
  isReplaceReleased(order: number): boolean {
    return this.rows.hasMark(this.row(order), Mark.ReplaceReleased);
  }

  /** The venue's current id of the order, "" before it is known. */
  venueOrderId(order: number): string {
    return this.rows.ids.current(this.row(order));
  }

  why(order: number): string {
    return this.rows.why(this.row(order));
  }

  /** True when evidence has shown that the venue accepted the order. */
  isAccepted(order: number): boolean {
    return this.rows.hasMark(this.row(order), Mark.Accepted);
  }

  /** True when a request is out whose answer may be lost. */
  isAwaited(order: number): boolean {
    const row = this.row(order);
    if (this.rows.state[row] === OrderState.Sent) return true;
    if (this.rows.hasFlag(row, OrderFlag.CancelPending)) return this.rows.state[row] !== OrderState.Intent;
    return this.rows.hasMark(row, Mark.ReplaceReleased);
  }

  /** What the release gate asks: is the waiting OrderIntent or ReplaceIntent still to be sent? */
  isWanted(order: number): boolean {
    const row = this.index.get(order);
    if (row < 0) return false;
    const state = this.rows.state[row] as OrderState;
    if (state === OrderState.Intent) return !this.rows.hasFlag(row, OrderFlag.CancelPending);
    return state === OrderState.ReplaceSent && !this.rows.hasMark(row, Mark.ReplaceReleased);
  }

  /** True for a replace whose answer has come already: a repeated or late one must not change terms. */
  isAnswered(order: number, attempt: number): boolean {
    return this.rows.isAnswered(this.row(order), attempt);
  }

  /** Order that a venue id names, current or earlier in a chain of replaces; 0 = none. */
  orderByVenueId(account: number, venueOrderId: string): number {
    return this.rows.ids.order(account, venueOrderId);
  }

  knowsVenueId(order: number, venueOrderId: string): boolean {
    return this.rows.ids.knows(this.row(order), venueOrderId);
  }

  /** True when a replace has put another venue id in the place of this one. */
  isSuperseded(order: number, venueOrderId: string): boolean {
    return this.rows.ids.isSuperseded(this.row(order), venueOrderId);
  }

  /** Fills `out` with the order's columns; kind, numbers, times and money stay as they are. */
  copyTo(order: number, out: TradingRecord): void {
    const row = this.row(order);
    const rows = this.rows;
    this.identify(order, out);
    out.orderType = rows.orderType[row] as number;
    out.timeInForce = rows.timeInForce[row] as number;
    out.flags = rows.flags[row] as number;
    out.attempt = rows.attempt[row] as number;
    out.price = rows.price[row] as number;
    out.qty = rows.qty[row] as number;
    out.cumQty = rows.cumQty(row);
    out.venueOrderId = rows.ids.current(row);
    out.text = rows.why(row);
    if (rows.terms.special[row] !== 0) copyTerms(rows.terms, row, out);
  }

  /** Fills in whose order it is, and nothing that the record itself states. */
  identify(order: number, out: TradingRecord): void {
    const row = this.row(order);
    const rows = this.rows;
    out.order = order;
    out.account = rows.account[row] as number;
    out.instrument = rows.instrument[row] as number;
    out.instrumentRevision = rows.revision[row] as number;
    out.instance = rows.instance[row] as number;
    out.leg = rows.leg[row] as number;
    out.side = rows.side[row] as number;
  }

  protected row(order: number): number {
    const row = this.index.get(order);
    assert(row >= 0, Code.InvariantBroken);
    return row;
  }
}
