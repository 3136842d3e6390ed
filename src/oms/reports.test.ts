/** Venue reports: early, late, twice, of nobody, impossible; and the traps that other engines fell into. */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { Reject } from "../model/denial.ts";
import { OrderFlag, OrderState, Side } from "../model/order.ts";
import { RecordKind as K } from "../model/record.ts";
import { SMALL_LIMITS, TestDesk } from "./test_desk.ts";

function state(desk: TestDesk, order: number): string {
  return OrderState[desk.orders.state(order)] as string;
}

function last(desk: TestDesk) {
  const record = desk.records.at(-1);
  if (record === undefined) throw new Error("no record yet");
  return record;
}

describe("reports", () => {
  test("a fill that came twice is one record", () => {
    const desk = new TestDesk();
    const order = desk.open(5);
    for (let i = 0; i < 3; i++) desk.fill(order, "f", 5);
    expect(desk.kinds.filter((kind) => kind === K.OrderFilled)).toHaveLength(1);
    expect([desk.handler.counters.duplicates, desk.orders.cumQty(order), state(desk, order)]).toEqual([2, 5, "Filled"]);
  });

  test("a fill before the ack; the ack after it still teaches the venue's id", () => {
    const desk = new TestDesk();
    const order = desk.send(5);
    desk.fill(order, "f", 5);
    expect(state(desk, order)).toBe("Filled");
    desk.report(K.OrderAccepted, order, { venueOrderId: "v9" });
    expect([state(desk, order), desk.orders.venueOrderId(order)]).toEqual(["Filled", "v9"]);
    desk.report(K.OrderAccepted, order, { venueOrderId: "v9" });
    expect(desk.handler.counters.duplicates).toBe(1);
  });

  test("a record has the order's own columns, whatever the report left out", () => {
    const desk = new TestDesk();
    const order = desk.open(5, { instance: 3, side: Side.Sell, leg: 2, instrumentRevision: 4 });
    desk.fill(order, "f", 1);
    const { instance, side, leg, instrumentRevision, qty, fillId } = last(desk);
    expect({ instance, side, leg, instrumentRevision, qty, fillId }).toEqual({
      instance: 3,
      side: Side.Sell,
      leg: 2,
      instrumentRevision: 4,
      qty: 1,
      fillId: "f",
    });
  });

  test("late fills after each terminal state count, stay terminal and alarm", () => {
    const ends: [K, string][] = [
      [K.OrderCanceled, "Canceled"],
      [K.OrderExpired, "Expired"],
      [K.OrderRejected, "Rejected"],
      [K.OrderNotFound, "NeverAccepted"],
    ];
    for (const [kind, name] of ends) {
      const desk = new TestDesk();
      const order = desk.send(5);
      desk.report(kind, order);
      desk.fill(order, "late", 2);
      expect([state(desk, order), desk.orders.cumQty(order), desk.handler.counters.late]).toEqual([name, 2, 1]);
      expect([last(desk).kind, last(desk).code]).toEqual([K.ProblemNoted, Code.LateFill]);
      expect(desk.orders.leavesQty(order)).toBe(0);
    }
  });

  test("an overfill counts and alarms", () => {
    const desk = new TestDesk();
    const order = desk.open(5);
    desk.fill(order, "a", 7);
    expect([state(desk, order), desk.orders.cumQty(order), desk.orders.leavesQty(order)]).toEqual(["Filled", 7, 0]);
    expect([last(desk).kind, last(desk).code]).toEqual([K.ProblemNoted, Code.Overfill]);
    desk.fill(order, "b", 1);
    expect([desk.orders.cumQty(order), desk.handler.counters.overfills, desk.handler.counters.late]).toEqual([8, 2, 1]);
  });

  test("a fill of an order that was never sent is a break: noted with all it said, not applied", () => {
    const desk = new TestDesk();
    const order = desk.intend(5);
    desk.fill(order, "x", 5);
    expect([state(desk, order), desk.orders.cumQty(order), desk.handler.counters.breaks]).toEqual(["Intent", 0, 1]);
    const { kind, code, fillId, qty } = last(desk);
    expect({ kind, code, fillId, qty }).toEqual({
      kind: K.ProblemNoted,
      code: Code.EvidenceImpossible,
      fillId: "x",
      qty: 5,
    });
  });

  test("nonsense from a venue is set aside and never stops us", () => {
    const desk = new TestDesk();
    const order = desk.open(5);
    desk.fill(order, "", 1);
    for (const qty of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) desk.fill(order, `q${qty}`, qty);
    desk.fill(order, "a", 1, { account: 1 });
    desk.fill(order, "b", 1, { instrument: 1 });
    desk.fill(order, "c", 1, { side: Side.Sell });
    desk.report(K.OrderReplaced, order, { qty: -3 });
    desk.report(K.OrderReplaced, order, { price: Number.NaN });
    desk.report(K.OrderReplaced, order, { qty: 2 ** 53 - 1 });
    expect([desk.handler.counters.breaks, desk.orders.cumQty(order), state(desk, order)]).toEqual([13, 0, "Open"]);
  });

  test("a refused order with fills is a break and stays exposed", () => {
    const desk = new TestDesk();
    const order = desk.open(5);
    desk.fill(order, "a", 1);
    desk.say(K.CancelIntent, order);
    desk.report(K.OrderRejected, order);
    expect([state(desk, order), desk.handler.counters.breaks]).toEqual(["CancelSent", 1]);
  });

  test("orphans: parked, replayed when the order appears, given up when the parking is full or too old", () => {
    const desk = new TestDesk({ ...SMALL_LIMITS, reportsParkedMax: 3 });
    desk.fill(0, "f1", 2, { venueOrderId: "v1" });
    desk.fill(0, "f2", 3, { venueOrderId: "v1" });
    expect([desk.handler.parkedCount, desk.kinds.length]).toEqual([2, 0]);
    const order = desk.open(5);
    expect([state(desk, order), desk.orders.cumQty(order), desk.handler.parkedCount]).toEqual(["Filled", 5, 0]);
    for (let i = 0; i < 4; i++) desk.fill(0, `g${i}`, 1, { venueOrderId: "nobody", timeUs: i });
    expect([desk.handler.parkedCount, desk.handler.counters.orphans, last(desk).kind]).toEqual([
      3,
      1,
      K.ReportOrphaned,
    ]);
    expect([last(desk).fillId, last(desk).code]).toEqual(["g0", Code.ReportUnmatched]);
    desk.handler.expireParked(3, desk);
    expect([desk.handler.parkedCount, desk.handler.counters.orphans]).toEqual([1, 3]);
  });

  test("a report before its intent waits for the engine to say that the order appeared", () => {
    const desk = new TestDesk();
    desk.fill(1, "f1", 2);
    const order = desk.send(2);
    desk.handler.replayParked(order, desk);
    expect([order, state(desk, order), desk.handler.parkedCount]).toEqual([1, "Filled", 0]);
  });

  test("a bust before its fill, after it, twice", () => {
    const early = new TestDesk();
    const order = early.open(5);
    early.report(K.FillBusted, order, { fillId: "f", qty: 1 });
    expect([early.handler.parkedCount, early.orders.cumQty(order)]).toEqual([1, 0]);
    early.fill(order, "f", 4);
    const late = new TestDesk();
    late.open(5);
    late.fill(order, "f", 4);
    late.report(K.FillBusted, order, { fillId: "f", qty: 1 });
    for (const desk of [early, late]) {
      expect([state(desk, order), desk.orders.cumQty(order), desk.orders.leavesQty(order)]).toEqual(["Open", 0, 5]);
      expect([last(desk).kind, last(desk).qty, last(desk).price]).toEqual([K.FillBusted, 4, 100]);
      desk.report(K.FillBusted, order, { fillId: "f" });
      desk.fill(order, "f", 4);
      expect([desk.handler.counters.duplicates, desk.orders.cumQty(order)]).toEqual([2, 0]);
    }
    expect(early.hash.text()).toBe(late.hash.text());
  });

  test("a bust of a filled order lowers the quantity and re-opens nothing", () => {
    const desk = new TestDesk();
    const order = desk.open(5);
    desk.fill(order, "a", 2);
    desk.fill(order, "b", 3);
    desk.report(K.FillBusted, order, { fillId: "a" });
    expect([state(desk, order), desk.orders.cumQty(order), desk.orders.openCountAll()]).toEqual(["Filled", 3, 0]);
  });

  test("a refused cancel returns to the state before; unknown stays unknown", () => {
    const desk = new TestDesk();
    const [open, partial, sent, unknown] = [desk.open(5), desk.open(5), desk.send(5), desk.send(5)];
    desk.fill(partial, "p", 1);
    desk.report(K.OrderUnknown, unknown);
    for (const order of [open, partial, sent, unknown]) desk.say(K.CancelIntent, order);
    for (const order of [open, partial, sent, unknown])
      desk.report(K.CancelRejected, order, { code: Reject.RateLimit });
    expect([open, partial, sent, unknown].map((order) => state(desk, order))).toEqual([
      "Open",
      "PartiallyFilled",
      "Sent",
      "Unknown",
    ]);
  });

  test("a cancel refused because the venue no longer has the order leaves it unknown, not open and not cancelled", () => {
    const desk = new TestDesk();
    const order = desk.open(5);
    desk.say(K.CancelIntent, order);
    desk.report(K.CancelRejected, order, { code: Reject.AlreadyDone });
    expect([state(desk, order), desk.orders.openBuyQty(0, 0)]).toEqual(["Unknown", 5]);
    desk.fill(order, "f", 5);
    expect(state(desk, order)).toBe("Filled");
  });

  test("a cancel that ran ahead of its order is still wanted when the order comes after all", () => {
    for (const code of [Reject.UnknownOrder, Reject.AlreadyDone]) {
      const desk = new TestDesk();
      const [lost, sent] = [desk.send(5), desk.send(5)];
      desk.report(K.OrderUnknown, lost);
      for (const order of [lost, sent]) {
        desk.say(K.CancelIntent, order);
        for (let again = 0; again < 2; again++) desk.report(K.CancelRejected, order, { code });
        expect(state(desk, order)).toBe("Unknown");
        desk.report(K.OrderAccepted, order, { venueOrderId: `v${order}` });
        expect([state(desk, order), desk.orders.flags(order) & OrderFlag.CancelPending]).toEqual([
          "CancelSent",
          OrderFlag.CancelPending,
        ]);
        desk.report(K.OrderCanceled, order, { venueOrderId: `v${order}` });
        expect(state(desk, order)).toBe("Canceled");
      }
    }
  });
});

describe("traps of others", () => {
  test("a time-out after the ack, and a duplicate-id refusal, are no reject", () => {
    const desk = new TestDesk();
    const acked = desk.open(5);
    desk.report(K.OrderUnknown, acked);
    expect([state(desk, acked), desk.handler.counters.stale]).toEqual(["Open", 1]);
    const lost = desk.send(5);
    desk.report(K.OrderUnknown, lost);
    desk.report(K.OrderRejected, lost, { code: Reject.DuplicateClientId });
    expect(state(desk, lost)).toBe("Unknown");
    const refused = desk.send(5);
    desk.report(K.OrderRejected, refused, { code: Reject.DuplicateClientId });
    expect(state(desk, refused)).toBe("Unknown");
    desk.report(K.OrderAccepted, refused, { venueOrderId: "v" });
    expect(state(desk, refused)).toBe("Open");
  });

  test("unknown never becomes cancelled or rejected by retries, and counts as exposure", () => {
    const desk = new TestDesk();
    const order = desk.open(5);
    desk.say(K.CancelIntent, order);
    for (let i = 0; i < 10; i++) desk.report(K.OrderUnknown, order);
    expect([state(desk, order), desk.orders.openBuyQty(0, 0), desk.orders.openCountAll()]).toEqual(["Unknown", 5, 1]);
    desk.report(K.OrderNotFound, order);
    expect(state(desk, order)).toBe("Unknown");
  });

  test("a cancel-and-replace venue's phantom cancel, before and after the replace", () => {
    const after = new TestDesk();
    const before = new TestDesk();
    for (const desk of [after, before]) {
      desk.open(5);
      desk.say(K.ReplaceIntent, 1, { qty: 8, price: 70 });
      desk.say(K.ReplaceSent, 1);
    }
    after.report(K.OrderReplaced, 1, { attempt: 1, venueOrderId: "n" });
    after.report(K.OrderCanceled, 1, { venueOrderId: "v1" });
    before.report(K.OrderCanceled, 1, { venueOrderId: "v1" });
    before.fill(1, "f", 3, { venueOrderId: "n" });
    before.report(K.OrderReplaced, 1, { attempt: 1, venueOrderId: "n" });
    after.fill(1, "f", 3, { venueOrderId: "n" });
    for (const desk of [after, before]) {
      expect([state(desk, 1), desk.orders.qty(1), desk.orders.price(1)]).toEqual(["PartiallyFilled", 8, 70]);
      expect([desk.orders.venueOrderId(1), desk.orders.leavesQty(1)]).toEqual(["n", 5]);
      desk.report(K.OrderCanceled, 1, { venueOrderId: "n" });
      expect(state(desk, 1)).toBe("Canceled");
    }
  });

  test("an end with the terms of a replace whose answer was lost: the replace was done; with the old terms it was not", () => {
    for (const isUnknown of [false, true]) {
      for (const [qty, price] of [
        [8, 70],
        [5, 100],
      ] as const) {
        const desk = new TestDesk();
        const order = desk.open(5, { price: 100 });
        desk.say(K.ReplaceIntent, order, { qty: 8, price: 70 });
        desk.say(K.ReplaceSent, order);
        if (isUnknown) desk.report(K.OrderUnknown, order, { attempt: desk.orders.attempt(order) });
        desk.fill(order, "f", 4);
        desk.report(K.OrderCanceled, order, { qty, price, cumQty: 4, venueOrderId: "v1" });
        expect([state(desk, order), desk.orders.qty(order), desk.orders.price(order)]).toEqual([
          "Canceled",
          qty,
          price,
        ]);
      }
    }
  });

  test("two accounts never mix", () => {
    const desk = new TestDesk();
    const [one, two] = [desk.open(5), desk.open(5, { account: 1 })];
    desk.fill(one, "same", 2);
    desk.fill(two, "same", 3, { account: 1 });
    expect([desk.orders.openBuyQty(0, 0), desk.orders.openBuyQty(1, 0)]).toEqual([3, 2]);
  });
});
