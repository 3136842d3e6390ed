/** The verdicts of reconcile.ts, cell by cell of the reconciliation matrix; steps of orders as order_steps.ts gives them. */

import { describe, expect, test } from "bun:test";
import { Side } from "../model/order.ts";
import { RecordKind as K, TradingRecord, VenueOrderStatus as V } from "../model/record.ts";
import { stateAfter } from "./order_steps.ts";
import { judge, Verdict } from "./reconcile.ts";
import { type Columns, make, TestDesk } from "./test_desk.ts";

type Maker = (desk: TestDesk) => number;

const OURS: Readonly<Record<string, Maker>> = {
  intent: (d) => d.intend(10),
  denied: (d) => {
    d.say(K.OrderDenied, d.orders.nextOrder, { side: Side.Buy });
    return d.orders.nextOrder - 1;
  },
  withdrawn: (d) => after(d, d.intend(10), K.OrderWithdrawn),
  sent: (d) => d.send(10),
  unknown: (d) => after(d, d.send(10), K.OrderUnknown),
  open: (d) => d.open(10),
  partial: (d) => {
    const order = d.open(10);
    d.fill(order, "a", 4);
    return order;
  },
  cancelSent: (d) => after(d, d.open(10), K.CancelIntent),
  canceled: (d) => after(d, d.open(10), K.OrderCanceled),
  filled: (d) => {
    const order = d.open(10);
    d.fill(order, "a", 10);
    return order;
  },
  never: (d) => after(d, after(d, d.send(10), K.OrderUnknown), K.OrderNotFound),
};

function after(desk: TestDesk, order: number, kind: K): number {
  if (kind === K.OrderWithdrawn || kind === K.CancelIntent) desk.say(kind, order);
  else desk.report(kind, order);
  return order;
}

/** What the venue says: status, and filled so far. */
const THEIRS: Readonly<Record<string, Columns>> = {
  open: { code: V.Open, cumQty: 0 },
  filledMore: { code: V.Open, cumQty: 6 },
  canceled: { code: V.Canceled, cumQty: 0 },
  canceledMore: { code: V.Canceled, cumQty: 6 },
  rejected: { code: V.Rejected, cumQty: 0 },
  notFound: { code: V.NotFound, cumQty: -1 },
  unheardOf: { code: 99, cumQty: 0 },
};

/** "kind" of a report that brings us nearer, else the verdict. */
const MATRIX: Readonly<Record<string, readonly string[]>> = {
  //            open             filledMore       canceled         canceledMore    rejected         notFound    unheardOf
  intent: ["Misused", "Misused", "Misused", "Misused", "Agrees", "NotFound", "Impossible"],
  denied: ["Misused", "Misused", "Misused", "Misused", "Agrees", "NotFound", "Impossible"],
  withdrawn: ["Misused", "Misused", "Misused", "Misused", "Agrees", "NotFound", "Impossible"],
  sent: ["OrderAccepted", "OrderAccepted", "OrderCanceled", "FillsMissing", "OrderRejected", "NotFound", "Impossible"],
  unknown: [
    "OrderAccepted",
    "OrderAccepted",
    "OrderCanceled",
    "FillsMissing",
    "OrderRejected",
    "NotFound",
    "Impossible",
  ],
  open: ["Agrees", "OrderAccepted", "OrderCanceled", "FillsMissing", "OrderRejected", "NotFound", "Impossible"],
  partial: ["Agrees", "OrderAccepted", "OrderCanceled", "FillsMissing", "Impossible", "NotFound", "Impossible"],
  cancelSent: ["Agrees", "OrderAccepted", "OrderCanceled", "FillsMissing", "OrderRejected", "NotFound", "Impossible"],
  canceled: ["Finality", "Finality", "Agrees", "FillsMissing", "Agrees", "NotFound", "Impossible"],
  filled: ["Finality", "Finality", "Agrees", "Agrees", "Agrees", "NotFound", "Impossible"],
  never: ["Finality", "Finality", "Agrees", "FillsMissing", "Agrees", "NotFound", "Impossible"],
};

describe("ours × theirs", () => {
  for (const [ours, row] of Object.entries(MATRIX)) {
    test(ours, () => {
      const found = Object.values(THEIRS).map((columns) => {
        const desk = new TestDesk();
        const order = (OURS[ours] as Maker)(desk);
        const stated = make(K.StatedOrder, order, { qty: 10, price: 100, ...columns });
        const out = new TradingRecord();
        const verdict = judge(desk.orders, order, stated, false, out);
        if (verdict === Verdict.Report) desk.handler.onReport(out, desk); // What it asks for can be taken.
        return verdict === Verdict.Report ? K[out.kind] : Verdict[verdict];
      });
      expect(found).toEqual([...row] as string[]);
      expect(stateAfter).toBeFunction();
    });
  }
});

test("a statement of another account, instrument or side is impossible; one of an old leg says nothing", () => {
  const desk = new TestDesk();
  const order = desk.open(10);
  const out = new TradingRecord();
  const say = (columns: Columns) =>
    Verdict[judge(desk.orders, order, make(K.StatedOrder, order, { code: V.Open, qty: 10, ...columns }), true, out)];
  expect([say({ account: 1 }), say({ instrument: 1 }), say({ side: Side.Sell })]).toEqual(Array(3).fill("Impossible"));
  desk.say(K.ReplaceIntent, order, { qty: 12, price: 90, attempt: 2 });
  desk.say(K.ReplaceSent, order);
  expect(say({ qty: 10, price: 100 })).toBe("Waits");
  desk.report(K.OrderReplaced, order, { qty: 12, price: 90, attempt: 2, venueOrderId: "v2" });
  expect(say({ code: V.Canceled, venueOrderId: "v1" })).toBe("Agrees");
  expect(say({ qty: 15, price: 90, venueOrderId: "v2" })).toBe("Report"); // Somebody has amended it by hand.
  expect(K[out.kind]).toBe("OrderReplaced");
});
