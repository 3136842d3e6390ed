/** Test support: an order as the engine wants it sent. */

import { OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";

/** A limit buy of 1000 at 20000.00, where prices have two decimals. */
export function testOrder(more: Partial<TradingRecord> = {}): TradingRecord {
  const terms = {
    side: Side.Buy,
    orderType: OrderType.Limit,
    timeInForce: TimeInForce.Gtc,
    price: 2_000_000,
    qty: 1_000,
  };
  const usual = { order: 7, instrument: 0, instrumentRevision: 1, ...terms };
  return Object.assign(new TradingRecord().reset(RecordKind.OrderIntent), usual, more);
}
