/** Recovery: what a restart must call unknown, and what it must leave alone. */

import { describe, expect, test } from "bun:test";
import { Reject } from "../model/denial.ts";
import { OrderState } from "../model/order.ts";
import { RecordKind as K } from "../model/record.ts";
import { markUnanswered } from "./recover.ts";
import { TestDesk } from "./test_desk.ts";

function state(desk: TestDesk, order: number): string {
  return OrderState[desk.orders.state(order)] as string;
}

describe("restart", () => {
  test("every request without an answer becomes unknown, once", () => {
    const desk = new TestDesk();
    const orders = [desk.intend(1), desk.send(1), desk.open(1), desk.open(1), desk.send(1), desk.open(1)];
    desk.say(K.ReplaceIntent, 4, { qty: 3 });
    desk.say(K.CancelIntent, 5);
    desk.say(K.CancelIntent, 6);
    expect(markUnanswered(desk.orders, desk)).toBe(4);
    expect(orders.map((order) => state(desk, order))).toEqual([
      "Unknown",
      "Unknown",
      "Open",
      "Unknown",
      "Unknown",
      "CancelSent",
    ]);
    expect(desk.orders.openBuyQty(0, 0)).toBe(8);
    expect(markUnanswered(desk.orders, desk)).toBe(0);
    desk.fill(4, "f", 1); // The replace may have left: one of three, not complete.
    expect(state(desk, 4)).toBe("ReplaceSent");
    desk.report(K.OrderNotFound, 1);
    expect(state(desk, 1)).toBe("NeverAccepted");
  });

  test("a cancel that overtakes an order which is still on its way stays wanted, when it shows up after all", () => {
    const desk = new TestDesk();
    const [late, known] = [desk.send(1), desk.send(1)];
    markUnanswered(desk.orders, desk);
    for (const order of [late, known]) desk.say(K.CancelIntent, order);
    desk.report(K.CancelRejected, late, { code: Reject.UnknownOrder });
    desk.report(K.CancelRejected, known, { code: Reject.RateLimit });
    expect([late, known].map((order) => state(desk, order))).toEqual(["Unknown", "Unknown"]);
    for (const order of [late, known]) desk.report(K.OrderAccepted, order);
    expect([late, known].map((order) => state(desk, order))).toEqual(["CancelSent", "Open"]);
  });
});
