/** Which way an order goes: to the venue as it is, or held here until its time has come. And what it is when it has. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Denial } from "../model/denial.ts";
import {
  hasLimitPrice,
  isConditional,
  isExposed,
  isHeld,
  isToHold,
  OrderFlag,
  OrderType,
  TimeInForce,
} from "../model/order.ts";
import { LegLink, type OrderLeg } from "../model/order_legs.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { OrderTable } from "../oms/order_table.ts";
import type { VenueCapabilities } from "./ports.ts";

/** What who wishes may say; the rest of the bits is ours. */
const WISH_FLAGS =
  OrderFlag.PostOnly |
  OrderFlag.ReduceOnly |
  OrderFlag.Manual |
  OrderFlag.TrailBps |
  OrderFlag.OnOutageKeep |
  OrderFlag.OnOutageCancel;

/** Settles how the order goes, in its flags and time in force; or says why it cannot go at all. */
export function planOrder(order: TradingRecord, can: VenueCapabilities, orders: OrderTable): Denial {
  assert(order.kind === RecordKind.OrderIntent, Code.NotApproved);
  order.flags &= WISH_FLAGS;
  if (order.parent !== 0 && !isParentRight(order, orders)) return Denial.ParentInvalid;
  if (order.group !== 0 && !isGroupRight(order, orders)) return Denial.GroupInvalid;
  return planTerms(order, can);
}

/** The same for an order that comes with its parent or sibling: it is held in any case, and goes when they let it. */
export function planLeg(leg: TradingRecord, can: VenueCapabilities): Denial {
  assert(leg.parent !== 0 || leg.group !== 0, Code.InvariantBroken);
  leg.flags = (leg.flags & WISH_FLAGS) | OrderFlag.Emulated;
  return planTerms(leg, can);
}

/** True for a type that the venue itself may keep; members of a group only where it guards reduce-only as well. */
export function isNative(orderType: number, can: VenueCapabilities, flags: number, inGroup: boolean): boolean {
  if (inGroup && !(can.reduceOnly && (flags & OrderFlag.ReduceOnly) !== 0)) return false;
  return orderType === OrderType.TrailingStop ? can.trailing : can.stops;
}

/** The terms that go to the venue: what was waited for has happened. */
export function asFired(order: TradingRecord, native: boolean): void {
  assert(order.qty > 0, Code.ValueOutOfRange);
  order.flags |= OrderFlag.Triggered;
  if (isConditional(order.orderType) && !native) {
    order.orderType = hasLimitPrice(order.orderType) ? OrderType.Limit : OrderType.Market;
  }
  if (!hasLimitPrice(order.orderType)) order.price = 0;
  if (order.orderType === OrderType.Market) order.timeInForce = TimeInForce.Ioc;
}

/** Gives an order its place among the legs that come with it; false when they do not fit each other. */
export function joinLegs(order: TradingRecord, legs: readonly OrderLeg[]): boolean {
  let resting = isConditional(order.orderType) ? 0 : 1;
  let siblings = 0;
  for (const leg of legs) {
    const isLimit = leg.orderType === OrderType.Limit;
    if (!isLimit && !isConditional(leg.orderType)) return false;
    if (leg.link === LegLink.Sibling) {
      siblings++;
      if (isLimit) resting++;
    }
  }
  if (siblings === 0) return legs.filter((leg) => leg.orderType === OrderType.Limit).length <= 1;
  // Children of one of two siblings: nobody can say what they should follow.
  if (siblings !== legs.length || resting > 1 || order.orderType === OrderType.Market) return false;
  order.group = order.order;
  return true;
}

/** The leg as a record; numbers follow the order's own. */
export function legOf(
  out: TradingRecord,
  order: Readonly<TradingRecord>,
  legs: readonly OrderLeg[],
  at: number,
): TradingRecord {
  assert(at < legs.length && order.order > 0, Code.ValueOutOfRange);
  const leg = legs[at] as OrderLeg;
  out.copyFrom(order, RecordKind.OrderIntent);
  out.order = order.order + 1 + at;
  out.fillId = "";
  out.side = leg.side;
  out.orderType = leg.orderType;
  out.timeInForce = leg.timeInForce;
  out.flags = leg.flags | (order.flags & OrderFlag.Manual);
  out.qty = leg.qty === 0 ? order.qty : leg.qty;
  out.price = leg.price;
  out.triggerPrice = leg.triggerPrice;
  out.triggerBy = leg.triggerBy;
  out.trailOffset = leg.trailOffset;
  out.expireUs = leg.expireUs;
  out.displayQty = 0;
  out.parent = leg.link === LegLink.Child ? order.order : 0;
  out.group = leg.link === LegLink.Sibling ? order.order : legs.length > 1 ? order.order + 1 : 0;
  return out;
}

function planTerms(order: TradingRecord, can: VenueCapabilities): Denial {
  const isLinked = order.parent !== 0 || order.group !== 0;
  const waits = isConditional(order.orderType) && (isLinked || !isNative(order.orderType, can, order.flags, false));
  if (waits || order.parent !== 0) order.flags |= OrderFlag.Emulated;
  if (order.displayQty > 0 && !can.iceberg) return Denial.UnsupportedType;
  if ((order.flags & OrderFlag.PostOnly) !== 0 && !can.postOnly) return Denial.UnsupportedType;
  if (order.timeInForce === TimeInForce.Gtd) {
    if (order.expireUs === 0) return Denial.ExpireInvalid;
    // What the venue would not end in time, the engine does, by its own clock: see the emulator.
    if (!can.goodTillDate || isToHold(order.flags)) order.timeInForce = TimeInForce.Gtc;
  }
  return Denial.None;
}

/** It is there, of the same market, and may still fill or has filled. */
function isParentRight(order: Readonly<TradingRecord>, orders: OrderTable): boolean {
  const { parent } = order;
  if (!orders.has(parent) || orders.held.parent(parent) !== 0) return false;
  // A family ends its members, and what others have placed is not ours to end.
  if ((orders.flags(parent) & OrderFlag.External) !== 0) return false;
  if (orders.account(parent) !== order.account || orders.instrument(parent) !== order.instrument) return false;
  const state = orders.state(parent);
  return isExposed(state) || isHeld(state) || orders.cumQty(parent) > 0;
}

/** Its first order is there and lives, and no more than one of the group rests at the venue. */
function isGroupRight(order: Readonly<TradingRecord>, orders: OrderTable): boolean {
  const { group } = order;
  if (!orders.has(group) || order.orderType === OrderType.Market || order.parent !== 0) return false;
  if (orders.account(group) !== order.account || orders.instrument(group) !== order.instrument) return false;
  const state = orders.state(group);
  if (!isExposed(state) && !isHeld(state)) return false;
  return orders.held.group(group) === group && isConditional(order.orderType);
}
