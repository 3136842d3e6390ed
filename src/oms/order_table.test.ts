/** The order table: numbers, quantities, exposure, replaces, eviction, lists and the hash. */

import { describe, expect, test } from "bun:test";
import { AssertionFailed } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isExposed, OrderFlag, OrderState, Side } from "../model/order.ts";
import { RecordKind as K, TradingRecord } from "../model/record.ts";
import { SMALL_LIMITS, TestDesk } from "./test_desk.ts";

function codeOf(run: () => void): Code | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof AssertionFailed) return error.code;
    throw error;
  }
  return undefined;
}

function state(desk: TestDesk, order: number): string {
  return OrderState[desk.orders.state(order)] as string;
}

describe("order table", () => {
  test("an order's way: intent, sent, open, partial, filled", () => {
    const desk = new TestDesk();
    const order = desk.intend(10, {
      text: "golden cross",
      instance: 7,
      instrument: 2,
      account: 1,
      flags: OrderFlag.Manual,
    });
    expect([order, desk.orders.nextOrder, state(desk, order)]).toEqual([1, 2, "Intent"]);
    expect(desk.orders.isWanted(order)).toBe(true);
    desk.say(K.OrderSent, order);
    expect([state(desk, order), desk.orders.isWanted(order), desk.orders.isAwaited(order)]).toEqual([
      "Sent",
      false,
      true,
    ]);
    const at = { account: 1, instrument: 2 };
    desk.report(K.OrderAccepted, order, { ...at, venueOrderId: "v1" });
    expect([state(desk, order), desk.orders.venueOrderId(order)]).toEqual(["Open", "v1"]);
    desk.fill(order, "f1", 4, at);
    expect([state(desk, order), desk.orders.cumQty(order), desk.orders.leavesQty(order)]).toEqual([
      "PartiallyFilled",
      4,
      6,
    ]);
    expect([desk.orders.openBuyQty(1, 2), desk.orders.openSellQty(1, 2), desk.orders.openCount(1, 2)]).toEqual([
      6, 0, 1,
    ]);
    desk.fill(order, "f2", 6, at);
    expect([state(desk, order), desk.orders.cumQty(order), desk.orders.leavesQty(order)]).toEqual(["Filled", 10, 0]);
    expect([desk.orders.openBuyQty(1, 2), desk.orders.openCount(1, 2), desk.orders.openCountAll()]).toEqual([0, 0, 0]);
    expect([desk.orders.why(order), desk.orders.instance(order)]).toEqual(["golden cross", 7]);
    const out = new TradingRecord().reset(K.CancelIntent);
    desk.orders.copyTo(order, out);
    expect([out.kind, out.order, out.account, out.instrument, out.instance]).toEqual([K.CancelIntent, 1, 1, 2, 7]);
    expect([out.price, out.qty, out.cumQty, out.side, out.venueOrderId]).toEqual([100, 10, 10, Side.Buy, "v1"]);
  });

  test("numbers are dense, denied orders included; a denied order may hold nonsense", () => {
    const desk = new TestDesk();
    expect(codeOf(() => desk.say(K.OrderIntent, 2, { side: 1, qty: 1, price: 1 }))).toBe(Code.IdNotDense);
    desk.say(K.OrderDenied, 1, { qty: Number.NaN, price: -0.5, instrument: 0xffff_ffff, account: 60_000 });
    expect([desk.orders.nextOrder, state(desk, 1), desk.orders.qty(1)]).toEqual([2, "Denied", 0]);
    expect(codeOf(() => desk.intend(0.5))).toBe(Code.ValueOutOfRange);
    expect(desk.hash.text()).toBe(desk.hashFromScratch());
  });

  test("what only our own mistake can journal stops the process", () => {
    const desk = new TestDesk();
    const order = desk.send(5);
    expect(codeOf(() => desk.say(K.OrderSent, order))).toBe(Code.IllegalTransition);
    expect(codeOf(() => desk.say(K.OrderWithdrawn, order))).toBe(Code.IllegalTransition);
    expect(codeOf(() => desk.say(K.ReplaceIntent, order, { qty: 6 }))).toBe(Code.IllegalTransition);
    expect(codeOf(() => desk.say(K.CancelIntent, 99))).toBe(Code.IllegalTransition);
    desk.fill(order, "f", 5);
    expect(codeOf(() => desk.say(K.CancelIntent, order))).toBe(Code.IllegalTransition);
    expect(codeOf(() => desk.say(K.OrderFilled, order, { fillId: "f", qty: 1 }))).toBe(Code.InvariantBroken);
  });

  test("records that are not about orders change nothing", () => {
    const desk = new TestDesk();
    desk.open(5);
    const before = desk.hash.text();
    for (const kind of [K.CashMoved, K.Killed, K.StateCell, K.ProblemNoted, K.CancelDenied]) desk.say(kind, 1);
    expect(desk.hash.text()).toBe(before);
  });

  test("a cancelled intent is unwanted, and a refused cancel does not make it wanted again", () => {
    const desk = new TestDesk();
    const order = desk.intend(5);
    desk.say(K.CancelIntent, order);
    expect([state(desk, order), desk.orders.isWanted(order)]).toEqual(["Intent", false]);
    desk.report(K.CancelRejected, order);
    expect([state(desk, order), desk.orders.isWanted(order)]).toEqual(["Intent", false]);
    desk.say(K.OrderWithdrawn, order);
    expect([state(desk, order), desk.orders.openBuyQty(0, 0)]).toEqual(["Withdrawn", 0]);
  });

  test("a pending replace counts with the larger terms, from the intent until the answer", () => {
    const desk = new TestDesk();
    const order = desk.open(10);
    desk.say(K.ReplaceIntent, order, { qty: 25, price: 90 });
    expect([state(desk, order), desk.orders.isWanted(order), desk.orders.attempt(order)]).toEqual([
      "ReplaceSent",
      true,
      1,
    ]);
    expect([desk.orders.openBuyQty(0, 0), desk.orders.priceMax(order), desk.orders.qty(order)]).toEqual([25, 100, 10]);
    desk.say(K.ReplaceSent, order);
    expect(desk.orders.isWanted(order)).toBe(false);
    desk.fill(order, "f1", 10);
    expect([state(desk, order), desk.orders.leavesQty(order)]).toEqual(["ReplaceSent", 15]);
    desk.report(K.OrderReplaced, order, { attempt: 1 });
    expect([state(desk, order), desk.orders.qty(order), desk.orders.price(order)]).toEqual(["PartiallyFilled", 25, 90]);
    desk.say(K.ReplaceIntent, order, { qty: 12, price: 80 });
    expect(desk.orders.openBuyQty(0, 0)).toBe(15);
    desk.say(K.ReplaceSent, order);
    desk.report(K.ReplaceRejected, order, { attempt: 2 });
    expect([state(desk, order), desk.orders.qty(order), desk.orders.price(order)]).toEqual(["PartiallyFilled", 25, 90]);
    desk.report(K.OrderReplaced, order, { attempt: 1, qty: 11, price: 11 });
    expect([desk.orders.qty(order), desk.handler.counters.duplicates]).toEqual([25, 1]);
  });

  test("a refused replace after the old quantity was filled means Filled", () => {
    const desk = new TestDesk();
    const order = desk.open(10);
    desk.say(K.ReplaceIntent, order, { qty: 20 });
    desk.say(K.ReplaceSent, order);
    desk.fill(order, "f1", 10);
    expect(state(desk, order)).toBe("ReplaceSent");
    desk.report(K.ReplaceRejected, order, { attempt: 1 });
    expect([state(desk, order), desk.orders.leavesQty(order)]).toEqual(["Filled", 0]);
  });

  test("a replace that still waits at the gate does not keep a filled order alive, and can be taken back", () => {
    const desk = new TestDesk();
    const order = desk.open(10);
    desk.say(K.ReplaceIntent, order, { qty: 20 });
    desk.say(K.OrderWithdrawn, order);
    expect([state(desk, order), desk.orders.leavesQty(order), desk.orders.flags(order)]).toEqual(["Open", 10, 0]);
    desk.say(K.ReplaceIntent, order, { qty: 20 });
    desk.fill(order, "f1", 10);
    expect([state(desk, order), desk.orders.isWanted(order)]).toEqual(["Filled", false]);
    desk.say(K.OrderWithdrawn, order);
    expect(state(desk, order)).toBe("Filled");
  });

  test("a replace's answer while a cancel is on its way leaves the cancel on its way", () => {
    const desk = new TestDesk();
    const order = desk.open(10);
    desk.say(K.ReplaceIntent, order, { qty: 20 });
    desk.say(K.ReplaceSent, order);
    desk.say(K.CancelIntent, order);
    desk.report(K.OrderReplaced, order, { attempt: 1, venueOrderId: "v1b" });
    expect([state(desk, order), desk.orders.qty(order), desk.orders.venueOrderId(order)]).toEqual([
      "CancelSent",
      20,
      "v1b",
    ]);
    expect([desk.orders.orderByVenueId(0, "v1"), desk.orders.orderByVenueId(0, "v1b")]).toEqual([order, order]);
    desk.report(K.CancelRejected, order);
    expect(state(desk, order)).toBe("Open");
  });

  test("fills: the venue's cumulative shows what is missing and invents nothing", () => {
    const desk = new TestDesk();
    const order = desk.open(10);
    desk.fill(order, "f2", 3, { cumQty: 8 });
    expect([desk.orders.cumQty(order), desk.orders.missingQty(order), state(desk, order)]).toEqual([
      3,
      5,
      "PartiallyFilled",
    ]);
    desk.fill(order, "f1", 5, { cumQty: 5 });
    expect([desk.orders.cumQty(order), desk.orders.missingQty(order)]).toEqual([8, 0]);
    desk.report(K.OrderCanceled, order, { cumQty: 9 });
    expect([state(desk, order), desk.orders.missingQty(order), desk.orders.cumQty(order)]).toEqual(["Canceled", 1, 8]);
  });

  test("an order that ended before its fills came is exposure until they come", () => {
    const desk = new TestDesk();
    const order = desk.intend(10);
    desk.say(K.OrderSent, order);
    desk.fill(order, "f1", 2);
    desk.report(K.OrderExpired, order, { cumQty: 7 });
    expect([state(desk, order), desk.orders.leavesQty(order), desk.orders.missingQty(order)]).toEqual([
      "Expired",
      0,
      5,
    ]);
    expect([desk.orders.openBuyQty(0, 0), desk.orders.openCount(0, 0)]).toEqual([5, 0]);
    desk.fill(order, "f2", 4);
    expect(desk.orders.openBuyQty(0, 0)).toBe(1);
    desk.fill(order, "f3", 1);
    expect([desk.orders.openBuyQty(0, 0), desk.orders.missingQty(order)]).toEqual([0, 0]);
  });

  test("lists are ascending by number, also after one in the middle ended and came back", () => {
    const desk = new TestDesk();
    const orders = [desk.open(1), desk.open(2), desk.open(3, { side: Side.Sell }), desk.open(4, { instrument: 1 })];
    desk.report(K.OrderCanceled, 2);
    expect(walk(desk)).toEqual([1, 3, 4]);
    desk.report(K.OrderReplaced, 2, { venueOrderId: "v2b", qty: 7, price: 5 });
    expect(walk(desk)).toEqual(orders);
    expect([
      desk.orders.firstOpen(0, 0),
      desk.orders.nextOpen(1),
      desk.orders.nextOpen(2),
      desk.orders.nextOpen(3),
    ]).toEqual([1, 2, 3, 0]);
    expect([desk.orders.openBuyQty(0, 0), desk.orders.openSellQty(0, 0), desk.orders.openBuyQty(0, 1)]).toEqual([
      8, 3, 4,
    ]);
  });

  test("full: ended orders leave in the order they ended, exposed ones never", () => {
    const limits = { ...SMALL_LIMITS, ordersMax: 4 };
    const desk = new TestDesk(limits);
    for (let i = 0; i < 4; i++) desk.open(1);
    expect(desk.orders.hasRoom()).toBe(false);
    desk.say(K.OrderDenied, 5);
    expect([desk.orders.has(5), desk.orders.nextOrder]).toEqual([false, 6]);
    expect(codeOf(() => desk.intend(1))).toBe(Code.TableFull);
    const fresh = new TestDesk(limits);
    for (let i = 0; i < 4; i++) fresh.open(1);
    fresh.report(K.OrderCanceled, 3);
    fresh.report(K.OrderCanceled, 1);
    expect(fresh.open(1)).toBe(5);
    expect([1, 2, 3, 4, 5].map((order) => fresh.orders.has(order))).toEqual([true, true, false, true, true]);
    expect(fresh.orders.orderByVenueId(0, "v3")).toBe(0);
    fresh.say(K.OrderDenied, 6);
    expect([1, 2, 4, 5, 6].map((order) => fresh.orders.has(order))).toEqual([false, true, true, true, true]);
    expect(fresh.hash.text()).toBe(fresh.hashFromScratch());
    fresh.fill(3, "late", 1);
    expect([fresh.handler.counters.orphans, fresh.kinds.at(-1)]).toEqual([1, K.ReportOrphaned]);
  });

  test("fill ids are forgotten oldest first, and the same trade id may stand on both sides", () => {
    const desk = new TestDesk({ ...SMALL_LIMITS, ordersMax: 4, fillsMax: 4 });
    const buy = desk.open(100);
    const sell = desk.open(100, { side: Side.Sell });
    desk.fill(buy, "t1", 1);
    desk.fill(sell, "t1", 1);
    expect([desk.orders.cumQty(buy), desk.orders.cumQty(sell)]).toEqual([1, 1]);
    for (const id of ["t2", "t3", "t4"]) desk.fill(buy, id, 1);
    expect([desk.orders.hasFill(0, 0, "t1", buy), desk.orders.hasFill(0, 0, "t1")]).toEqual([false, true]);
    expect([desk.orders.hasFill(0, 0, "t2"), desk.orders.hasFill(0, 1, "t2"), desk.orders.hasFill(1, 0, "t2")]).toEqual(
      [true, false, false],
    );
    expect(desk.hash.text()).toBe(desk.hashFromScratch());
  });

  test("a different history gives a different hash, the same rows the same", () => {
    const one = new TestDesk();
    const two = new TestDesk();
    one.open(10);
    two.open(10);
    expect(one.hash.text()).toBe(two.hash.text());
    one.fill(1, "a", 1);
    two.fill(1, "b", 1);
    expect(one.hash.text()).not.toBe(two.hash.text());
    expect(one.hash.text()).toBe(one.replicaHash.text());
  });
});

function walk(desk: TestDesk): number[] {
  const seen: number[] = [];
  for (let order = desk.orders.firstOpenAll(); order !== 0; order = desk.orders.nextOpenAll(order)) seen.push(order);
  for (const order of seen) expect(isExposed(desk.orders.state(order))).toBe(true);
  return seen;
}
