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

  test("is not asked when the stream tells them meanwhile", () => {
    const d = new AskedDesk().ready();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order, { venueOrderId: "V1" });
    d.asked.length = 0;
    d.report(RecordKind.OrderCanceled, order, CANCELED);
    d.report(RecordKind.OrderFilled, order, trade);
    d.pass(30_000_000);
    expect(d.asked).toEqual([]);
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
