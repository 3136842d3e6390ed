/** What D says of an order against what its venue states: one step nearer to the venue, or what keeps it away. Pure. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isTerminal, OrderFlag, OrderState } from "../model/order.ts";
import { RecordKind, type TradingRecord, VenueOrderStatus } from "../model/record.ts";
import type { OrderTable } from "./order_table.ts";

export enum Verdict {
  /** Nothing differs, or the statement tells of an older leg. */
  Agrees = 0,
  /** `out` is a report that brings D a step nearer: take it, then judge again. */
  Report = 1,
  /** The venue has filled more than we know: its trades are asked for first, by their ids. */
  FillsMissing = 2,
  /** A replace of ours may still be on its way: ask again later. */
  Waits = 3,
  /** The venue does not know it. Proves nothing alone. */
  NotFound = 4,
  /** It has ended here, and lives there: finality is broken. */
  Finality = 5,
  /** It was never sent, and is there: somebody uses our ids. */
  Misused = 6,
  /** What is stated contradicts itself, or a fact that we hold. */
  Impossible = 7,
}

/**
 * One step for an order that D holds. Called until it does not answer `Report`; each report changes what made it
 * necessary, so a second pass over the same statement is silent. `replaceMayCome`: the pending replace may still arrive
 * at the venue.
 */
export function judge(
  orders: OrderTable,
  order: number,
  stated: Readonly<TradingRecord>,
  replaceMayCome: boolean,
  out: TradingRecord,
): Verdict {
  assert(orders.has(order), Code.InvariantBroken);
  assert(stated.kind === RecordKind.StatedOrder, Code.EnumUnknown);
  const status: VenueOrderStatus = stated.code;
  if (status === VenueOrderStatus.NotFound) return Verdict.NotFound;
  // A status that a venue added yesterday says nothing.
  if (!(status >= VenueOrderStatus.Open && status < VenueOrderStatus.NotFound)) return Verdict.Impossible;
  if (stated.account !== orders.account(order) || stated.instrument !== orders.instrument(order)) {
    return Verdict.Impossible;
  }
  if (stated.side !== 0 && stated.side !== orders.side(order)) return Verdict.Impossible;
  if (orders.isSuperseded(order, stated.venueOrderId)) return Verdict.Agrees;
  const state = orders.state(order);
  switch (state) {
    case OrderState.Intent:
    case OrderState.Held:
    case OrderState.Denied:
    case OrderState.Withdrawn:
      return status === VenueOrderStatus.Rejected ? Verdict.Agrees : Verdict.Misused;
    default:
      return isTerminal(state)
        ? judgeEnded(orders, order, stated, status, out)
        : judgeLive(orders, order, stated, status, replaceMayCome, out);
  }
}

function judgeEnded(
  orders: OrderTable,
  order: number,
  stated: Readonly<TradingRecord>,
  status: VenueOrderStatus,
  out: TradingRecord,
): Verdict {
  const lives = status === VenueOrderStatus.Open || status === VenueOrderStatus.Filled;
  if (lives && livesOn(orders, order, stated)) {
    return report(out, stated, RecordKind.OrderReplaced, order, orders.attempt(order));
  }
  if (status === VenueOrderStatus.Open) return Verdict.Finality;
  return isMissing(orders, order, stated) ? Verdict.FillsMissing : Verdict.Agrees;
}

/** Only the old leg of a replace has ended here; its answer, which we never got, made a new one. */
function livesOn(orders: OrderTable, order: number, stated: Readonly<TradingRecord>): boolean {
  const attempt = orders.attempt(order);
  if (attempt <= 1 || orders.isAnswered(order, attempt)) return false;
  const state = orders.state(order);
  if (state === OrderState.Filled) return stated.qty > orders.filledQty(order);
  if (state !== OrderState.Canceled && state !== OrderState.Expired) return false;
  return stated.venueOrderId !== "" && !orders.knowsVenueId(order, stated.venueOrderId);
}

function judgeLive(
  orders: OrderTable,
  order: number,
  stated: Readonly<TradingRecord>,
  status: VenueOrderStatus,
  replaceMayCome: boolean,
  out: TradingRecord,
): Verdict {
  const lives = status === VenueOrderStatus.Open || status === VenueOrderStatus.Filled;
  if (status === VenueOrderStatus.Rejected) {
    if (orders.filledQty(order) > 0) return Verdict.Impossible;
    return report(out, stated, RecordKind.OrderRejected, order, orders.attempt(order));
  }
  if (lives && provesMore(orders, order, stated)) {
    return report(out, stated, RecordKind.OrderAccepted, order, orders.attempt(order));
  }
  if (lives) {
    const terms = judgeTerms(orders, order, stated, replaceMayCome && status === VenueOrderStatus.Open, out);
    if (terms === Verdict.Report) return terms;
    if (isMissing(orders, order, stated)) return Verdict.FillsMissing;
    if (status === VenueOrderStatus.Open) return terms;
    // All is filled there, by its own account; here is more to fill.
    return Verdict.Impossible;
  }
  if (isMissing(orders, order, stated)) return Verdict.FillsMissing;
  const kind = status === VenueOrderStatus.Canceled ? RecordKind.OrderCanceled : RecordKind.OrderExpired;
  return report(out, stated, kind, order, orders.attempt(order));
}

/** The venue's own terms count: what a replace asked for, what a person amended, or the old ones when it was refused. */
function judgeTerms(
  orders: OrderTable,
  order: number,
  stated: Readonly<TradingRecord>,
  replaceMayCome: boolean,
  out: TradingRecord,
): Verdict {
  if (stated.qty <= 0) return Verdict.Agrees; // Not stated.
  const isPending = (orders.flags(order) & OrderFlag.ReplacePending) !== 0;
  const attempt = orders.attempt(order);
  const isOld = sameTerms(stated, orders.price(order), orders.qty(order));
  if (isPending && orders.isReplaceReleased(order)) {
    if (sameTerms(stated, orders.pendingPrice(order), orders.pendingQty(order))) {
      return report(out, stated, RecordKind.OrderReplaced, order, attempt);
    }
    if (!isOld) return report(out, stated, RecordKind.OrderReplaced, order, attempt);
    if (replaceMayCome) return Verdict.Waits;
    return report(out, stated, RecordKind.ReplaceRejected, order, attempt);
  }
  if (isOld) return Verdict.Agrees;
  if (!orders.fitsQty(order, stated.qty) || !Number.isSafeInteger(stated.price)) return Verdict.Impossible;
  if (isPending) return Verdict.Waits; // Ours waits at the gate: first it goes, or is taken back.
  return report(out, stated, RecordKind.OrderReplaced, order, 0);
}

function sameTerms(stated: Readonly<TradingRecord>, price: number, qty: number): boolean {
  return stated.qty === qty && (stated.price <= 0 || stated.price === price);
}

/** Unknown is ended by it, or a first acceptance, a venue id or a higher cumulative quantity is learned. */
function provesMore(orders: OrderTable, order: number, stated: Readonly<TradingRecord>): boolean {
  if (orders.state(order) === OrderState.Unknown || !orders.isAccepted(order)) return true;
  if (stated.venueOrderId !== "" && orders.venueOrderId(order) === "") return true;
  return orders.wouldRaiseVenueCumQty(order, stated.cumQty);
}

function isMissing(orders: OrderTable, order: number, stated: Readonly<TradingRecord>): boolean {
  return stated.cumQty > orders.filledQty(order);
}

function report(
  out: TradingRecord,
  stated: Readonly<TradingRecord>,
  kind: RecordKind,
  order: number,
  attempt: number,
): Verdict {
  assert(order > 0, Code.IdNotDense);
  out.copyFrom(stated, kind);
  out.order = order;
  out.attempt = attempt;
  out.code = 0;
  out.text = "";
  return Verdict.Report;
}
