/** A control server over a desk with orders in all states, for the benches of the interface. */

import { Rig, TOKEN } from "../src/control/rig.testing.ts";
import { DEFAULT_LIMITS, type Limits } from "../src/core/limits.ts";
import { Desk, ETH } from "../src/engine/engine.testing.ts";
import { OrderType, Side, TimeInForce } from "../src/model/order.ts";
import { RecordKind } from "../src/model/record.ts";

export const BENCH_TOKEN = TOKEN;

/** Nothing is turned away for its rate: what is measured is the work, not the door. */
export const OPEN_DOOR: Limits = { ...DEFAULT_LIMITS, readsPerSecondMax: 1e9, writesPerSecondMax: 1e9 };

class BenchDesk extends Desk {
  override readonly limits = OPEN_DOOR;
}

/** `count` orders: most filled or canceled, the newest forty open. */
export function controlRig(count: number): Rig {
  const rig = new Rig(new BenchDesk());
  rig.start();
  rig.quote(BID, BID + ETH.tick);
  const open: number[] = [];
  for (let n = 0; n < count; n++) open.push(placeOrder(rig, n, open));
  rig.pump();
  const { nextOrder } = rig.replica.orders;
  if (nextOrder !== count + 1) throw new Error(`${nextOrder - 1} orders in the rig, not ${count}`);
  return rig;
}

/** Places one more; the oldest open one ends when there are many, so that none is denied. */
export function placeOrder(rig: Rig, n: number, open: number[]): number {
  const { desk } = rig;
  desk.nowUs += 2_000;
  const order = desk.state.orders.nextOrder;
  desk.command(RecordKind.CommandPlace, {
    side: Side.Buy,
    orderType: OrderType.Limit,
    timeInForce: TimeInForce.Gtc,
    price: BID - (n % 50) * ETH.tick,
    qty: QTY,
    text: "bench",
  });
  desk.report(RecordKind.OrderAccepted, order);
  const oldest = open.length >= OPEN_MAX ? (open.shift() as number) : 0;
  if (oldest > 0 && oldest % 4 === 0) {
    desk.report(RecordKind.OrderFilled, oldest, { fillId: `F${oldest}`, cumQty: QTY, feeLo: 7 });
  } else if (oldest > 0) desk.report(RecordKind.OrderCanceled, oldest);
  return order;
}

const BID = 20_000_000;
const QTY = 1_000;
const OPEN_MAX = 40;
