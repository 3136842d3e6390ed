/** Orders that have ended with fills that nobody has told: the venue is asked for them. */

import { describe, expect, test } from "bun:test";
import { OrderState as S, Side } from "../model/order.ts";
import { Evidence, RecordKind } from "../model/record.ts";
import { AskedDesk } from "./reconciler.testing.ts";

const ONE = 1_000_000;
const BID = 26_790_000;

describe("an order that has ended with fills that nobody has told", () => {
  const CANCELED = { venueOrderId: "V1", cumQty: ONE / 2 };
  const trade = { order: 0, side: Side.Buy, qty: ONE / 2, price: BID, fillId: "t1", venueOrderId: "V1" };

  const ended = () => {
    const d = new AskedDesk().ready();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.report(RecordKind.OrderCanceled, order, { cumQty: ONE / 2 });
    return { d, order };
  };

  test("nobody is asked when they come at once", () => {
    const { d, order } = ended();
    d.report(RecordKind.OrderFilled, order, { qty: ONE / 2, fillId: "a" });
    d.pass(2_000_000);
    expect(d.asked).toEqual([]);
    expect(d.engine.reconciler.orders.caseCount).toBe(0);
  });

  test("its trades are asked for; what the history does not have is inferred", () => {
    const { d, order } = ended();
    d.pass(1_100_000);
    const trade = { side: Side.Buy, price: BID, evidence: Evidence.TradeHistory, venueOrderId: "V1" };
    d.reply("fills", [{ ...trade, qty: ONE / 4, fillId: "a" }]);
    for (let n = 0; n < 2; n++) {
      d.pass(1_100_000);
      d.reply("fills");
    }
    expect([d.state.orders.cumQty(order), d.state.ledger.positionQty(0, 0, 0)]).toEqual([ONE / 2, ONE / 2]);
    expect(d.state.orders.openBuyQty(0, 0)).toBe(0);
    expect(d.engine.reconciler.orders.caseCount).toBe(0);
  });

  test("is asked for them a second later, also when it is named by the venue's id alone", () => {
    const d = new AskedDesk().ready();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order, { venueOrderId: "V1" });
    d.put(RecordKind.OrderCanceled, 1, CANCELED);
    expect([d.state.orders.state(order), d.state.orders.missingQty(order)]).toEqual([S.Canceled, ONE / 2]);
    d.asked.length = 0;
    d.pass(1_100_000);
    expect(d.reply("fills", [{ ...trade, evidence: Evidence.TradeHistory }])).toMatchObject({ order });
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(ONE / 2);
    d.pass(30_000_000);
    expect(d.asked.filter((query) => query.kind === "fills")).toEqual([]);
  });

  test("is asked for them after a restart too", () => {
    const d = new AskedDesk();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order, { venueOrderId: "V1" });
    d.report(RecordKind.OrderCanceled, order, CANCELED);
    d.engine.recover(d.nowUs);
    expect(d.reply("fills", [{ ...trade, evidence: Evidence.TradeHistory }])).toMatchObject({ order });
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(ONE / 2);
  });
});
