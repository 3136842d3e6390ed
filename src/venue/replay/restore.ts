/** What the simulated venue knows after a restart: orders as the journal's facts left them. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { DurableState } from "../../engine/durable.ts";
import { VenueOrder } from "../../match/replay_matcher.ts";
import { OrderState, OrderType, TimeInForce } from "../../model/order.ts";
import { RecordKind } from "../../model/record.ts";

/** The part of D that the venue is rebuilt from. */
export type DurableFacts = Pick<DurableState, "orders" | "timeUs" | "ledger">;

/** The order as D has it: terms, what is filled, how it ended (0 = it lives). Only fills that D has did happen. */
export function orderFromFacts(orders: DurableFacts["orders"], number: number): VenueOrder {
  assert(orders.has(number), Code.InvariantBroken);
  const order = new VenueOrder();
  order.order = number;
  order.instrument = orders.instrument(number);
  order.venueOrderId = orders.venueOrderId(number);
  order.side = orders.side(number);
  order.leg = orders.leg(number);
  order.orderType = orders.orderType(number);
  order.timeInForce = orders.timeInForce(number);
  order.flags = orders.flags(number);
  order.price = orders.price(number);
  order.qty = orders.qty(number);
  order.cumQty = orders.filledQty(number);
  order.endKind = endKind(orders.state(number));
  return order;
}

/** True for an order that may stand in the book. */
export function mayRest(order: VenueOrder): boolean {
  return order.orderType === OrderType.Limit && order.timeInForce === TimeInForce.Gtc && order.leavesQty > 0;
}

/** How D says that an order ended which had been at the venue; 0 when it lives, or never was there. */
export function endKind(state: OrderState): number {
  switch (state) {
    case OrderState.Filled:
      return RecordKind.OrderFilled;
    case OrderState.Canceled:
      return RecordKind.OrderCanceled;
    case OrderState.Expired:
      return RecordKind.OrderExpired;
    default:
      return 0;
  }
}
