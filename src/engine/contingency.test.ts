/** Families of orders: brackets, OTO, OCO; each by hand. The random ones are in contingency.fuzz.test.ts. */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { Denial, Reject } from "../model/denial.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { LegLink } from "../model/order_legs.ts";
import { RecordKind, Scope, TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { HeldDesk, PRICE, QTY } from "./held.testing.ts";

const EXIT = { link: LegLink.Child, side: Side.Sell, flags: OrderFlag.ReduceOnly } as const;
const STOP = { ...EXIT, orderType: OrderType.StopMarket, triggerPrice: 1_900 } as const;
const PROFIT = { ...EXIT, orderType: OrderType.Limit, price: 2_200 } as const;

/** A limit buy of 10 at 2,000 with stop 1,900 and take-profit 2,200, accepted. */
function bracket(capabilities = {}) {
  const desk = new HeldDesk(capabilities);
  desk.price(2_010);
  const entry = desk.place({ qty: 10, price: 2_000, legs: [STOP, PROFIT] });
  desk.accept(entry);
  return { desk, entry, stop: entry + 1, profit: entry + 2 };
}

const states = (desk: HeldDesk, ...orders: number[]) => orders.map((order) => desk.stateOf(order));

describe("bracket", () => {
  test("children are held until the entry has fills, and follow them", () => {
    const { desk, entry, stop, profit } = bracket();
    expect(states(desk, entry, stop, profit)).toEqual(["Open", "Held", "Held"]);
    expect(desk.sent.length).toBe(1);
    desk.price(1_800); // No position to protect yet.
    expect(states(desk, stop, profit)).toEqual(["Held", "Held"]);
    desk.price(2_000);
    desk.fill(entry, 3, 2_000);
    expect(states(desk, entry, stop, profit)).toEqual(["PartiallyFilled", "Held", "Sent"]);
    expect([desk.qty(stop), desk.qty(profit)]).toEqual([3, 3]);
    desk.accept(profit);
    desk.fill(entry, 2, 2_000);
    expect([desk.qty(stop), desk.stateOf(profit), desk.orders.pendingQty(profit)]).toEqual([5, "ReplaceSent", 5 * QTY]);
    desk.replaced(profit);
    desk.fill(entry, 5, 2_000);
    desk.replaced(profit);
    expect([desk.stateOf(entry), desk.qty(stop), desk.qty(profit)]).toEqual(["Filled", 10, 10]);
    desk.fill(profit, 10, 2_200);
    expect(states(desk, stop, profit)).toEqual(["Withdrawn", "Filled"]);
    expect(desk.positionQty()).toBe(0);
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });

  test("the stop fires: take-profit is cancelled first, and the stop goes with what is left", () => {
    const { desk, entry, stop, profit } = bracket();
    desk.fill(entry, 10, 2_000);
    desk.accept(profit);
    desk.price(1_890);
    expect([...states(desk, stop, profit), desk.gateway.closed.length]).toEqual(["Held", "CancelSent", 1]);
    desk.price(1_950); // It has fired: the price may go where it wants.
    desk.fill(profit, 4, 2_200); // The cancel was late for a part of it.
    expect([desk.stateOf(stop), desk.qty(stop)]).toEqual(["Held", 6]);
    desk.canceled(profit);
    expect([desk.stateOf(stop), desk.sent.at(-1)?.qty]).toEqual(["Sent", 6 * QTY]);
    desk.fill(stop, 6);
    expect([...states(desk, stop), desk.positionQty(), desk.live()]).toEqual(["Filled", 0, []]);
  });

  test("the take-profit is filled whole while its cancel is on the way: the stop is withdrawn", () => {
    const { desk, entry, stop, profit } = bracket();
    desk.fill(entry, 10, 2_000);
    desk.accept(profit);
    desk.price(1_890);
    desk.fill(profit, 10, 2_200);
    expect([...states(desk, stop, profit), desk.positionQty()]).toEqual(["Withdrawn", "Filled", 0]);
  });

  test("where the venue guards reduce-only the stop goes at once", () => {
    const { desk, entry, stop, profit } = bracket({ reduceOnly: true });
    desk.fill(entry, 10, 2_000);
    desk.accept(profit);
    desk.price(1_890);
    expect(states(desk, stop, profit)).toEqual(["Sent", "CancelSent"]);
  });

  test("where the venue keeps stops and guards reduce-only, both exits rest there", () => {
    const { desk, entry, stop, profit } = bracket({ reduceOnly: true, stops: true });
    desk.fill(entry, 4, 2_000);
    expect(states(desk, stop, profit)).toEqual(["Sent", "Sent"]);
    expect(desk.sent.find((r) => r.order === stop)).toMatchObject({ orderType: OrderType.StopMarket, qty: 4 * QTY });
    desk.accept(stop);
    desk.accept(profit);
    desk.fill(profit, 4, 2_200);
    expect(states(desk, entry, stop, profit)).toEqual(["CancelSent", "CancelSent", "Filled"]);
  });

  test("the entry ends without a fill: its children go; with fills: they stay for what it filled", () => {
    const none = bracket();
    none.desk.canceled(none.entry);
    expect(states(none.desk, none.stop, none.profit)).toEqual(["Withdrawn", "Withdrawn"]);
    const some = bracket();
    some.desk.fill(some.entry, 2, 2_000);
    some.desk.accept(some.profit);
    some.desk.canceled(some.entry);
    expect([...states(some.desk, some.stop, some.profit), some.desk.qty(some.stop)]).toEqual(["Held", "Open", 2]);
  });

  test("the entry's end overtakes its fills: its children stay, and its trades are asked for", () => {
    const { desk, entry, stop, profit } = bracket();
    desk.report(RecordKind.OrderCanceled, entry, { cumQty: 4 * QTY });
    expect(states(desk, entry, stop, profit)).toEqual(["Canceled", "Held", "Held"]);
    desk.fill(entry, 4, 2_000);
    expect([desk.qty(stop), desk.stateOf(profit), desk.positionQty()]).toEqual([4, "Sent", 4]);
    const lost = bracket();
    lost.desk.report(RecordKind.OrderCanceled, lost.entry, { cumQty: 4 * QTY });
    lost.desk.restart();
    for (let n = 0; n < 4; n++) {
      lost.desk.tick(1_100_000);
      lost.desk.answerQuestions();
    }
    expect([lost.desk.qty(lost.stop), lost.desk.positionQty()]).toEqual([4, 4]);
    expect(lost.desk.replicaHash()).toBe(lost.desk.state.hash());
  });

  test("the old leg of an amended entry ends before the new one is told: its children stay, for a while", () => {
    const amended = () => {
      const made = bracket();
      made.desk.command(RecordKind.CommandAmend, { order: made.entry, price: 2_001 * PRICE, text: "up" });
      made.desk.canceled(made.entry);
      expect(states(made.desk, made.entry, made.stop, made.profit)).toEqual(["Canceled", "Held", "Held"]);
      return made;
    };
    const { desk, entry, stop, profit } = amended();
    desk.report(RecordKind.OrderReplaced, entry, { attempt: 2, venueOrderId: "new", qty: 10 * QTY });
    desk.fill(entry, 10, 2_001);
    expect([...states(desk, entry, stop, profit), desk.qty(stop)]).toEqual(["Filled", "Held", "Sent", 10]);
    expect(desk.replicaHash()).toBe(desk.state.hash());
    const refused = amended();
    refused.desk.report(RecordKind.ReplaceRejected, refused.entry, { attempt: 2, code: Reject.UnknownOrder });
    refused.desk.tick();
    expect(states(refused.desk, refused.stop, refused.profit)).toEqual(["Withdrawn", "Withdrawn"]);
    const silent = amended();
    silent.desk.restart();
    silent.desk.tick(5_000_000);
    expect(silent.desk.stateOf(silent.stop)).toBe("Held");
    silent.desk.tick(6_000_000);
    expect(states(silent.desk, silent.stop, silent.profit)).toEqual(["Withdrawn", "Withdrawn"]);
  });

  test("a child whose new leg is told of after the old one's end knows what its family filled meanwhile", () => {
    const { desk, entry, profit } = bracket();
    desk.fill(entry, 3, 2_000);
    desk.accept(profit);
    desk.fill(entry, 2, 2_000);
    desk.canceled(profit);
    desk.fill(entry, 4, 2_000);
    desk.report(RecordKind.OrderReplaced, profit, { attempt: 2, venueOrderId: "new", qty: 5 * QTY });
    expect([desk.stateOf(profit), desk.orders.pendingQty(profit)]).toEqual(["ReplaceSent", 9 * QTY]);
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });

  test("an exit that is done ends the entry; what it still fills is closed at the market", () => {
    const { desk, entry, stop, profit } = bracket();
    desk.fill(entry, 3, 2_000);
    desk.accept(profit);
    desk.fill(profit, 3, 2_200);
    expect(states(desk, entry, stop, profit)).toEqual(["CancelSent", "Withdrawn", "Filled"]);
    desk.fill(entry, 2, 2_000);
    desk.canceled(entry);
    const rest = desk.orders.nextOrder - 1;
    expect(rest).toBe(profit + 1);
    expect(desk.sent.at(-1)).toMatchObject({ order: rest, side: Side.Sell, qty: 2 * QTY, orderType: OrderType.Market });
    desk.fill(rest, 2);
    expect([desk.positionQty(), desk.live()]).toEqual([0, []]);
  });

  test("the stop fires while the entry still fills: the entry is cancelled, and what it fills late is closed too", () => {
    const { desk, entry, stop, profit } = bracket();
    desk.fill(entry, 4, 2_000);
    desk.accept(profit);
    desk.price(1_890);
    expect(states(desk, entry, profit)).toEqual(["CancelSent", "CancelSent"]);
    desk.canceled(profit);
    expect(desk.sent.at(-1)).toMatchObject({ order: stop, qty: 4 * QTY });
    desk.fill(entry, 1, 1_990);
    desk.canceled(entry);
    desk.fill(stop, 4);
    const rest = desk.orders.nextOrder - 1;
    expect(desk.sent.at(-1)).toMatchObject({ order: rest, qty: QTY, side: Side.Sell });
    desk.fill(rest, 1);
    expect([desk.positionQty(), desk.live()]).toEqual([0, []]);
  });

  test("a venue that cannot amend: an exit that became too small stays, the stop covers all", () => {
    const { desk, entry, stop, profit } = bracket({ amend: false });
    desk.fill(entry, 3, 2_000);
    desk.accept(profit);
    desk.fill(entry, 7, 2_000);
    expect([desk.stateOf(profit), desk.qty(profit), desk.qty(stop)]).toEqual(["Open", 3, 10]);
    desk.price(1_890);
    desk.canceled(profit);
    expect(desk.sent.at(-1)).toMatchObject({ order: stop, qty: 10 * QTY });
  });

  test("an amend that the venue refuses is not repeated without end", () => {
    const { desk, entry, profit } = bracket();
    desk.fill(entry, 3, 2_000);
    desk.accept(profit);
    desk.fill(entry, 7, 2_000);
    for (let i = 0; i < 10; i++) {
      if (desk.stateOf(profit) === "ReplaceSent") {
        desk.report(RecordKind.ReplaceRejected, profit, { attempt: desk.orders.attempt(profit), code: 1 });
      }
      desk.tick(150_000);
    }
    const asked = desk.kindsOf(profit).filter((kind) => kind === "ReplaceIntent").length;
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(4);
  });

  test("a cancel that the gate or the venue refuses is asked for again, and not without end", () => {
    const { desk, entry, stop, profit } = bracket();
    desk.fill(entry, 10, 2_000);
    desk.accept(profit);
    const record = new TradingRecord().copyFrom(
      desk.records.find((r) => r.kind === RecordKind.LimitsSet) as TradingRecord,
    );
    const limits = JSON.parse(record.text);
    record.text = JSON.stringify({ ...limits, version: 2, cancels: { count: 1, reserve: 0, windowUs: 2_000_000 } });
    desk.engine.define(record, desk.nowUs);
    const other = desk.place({ qty: 1, price: 1_999 });
    desk.accept(other);
    desk.cancel(other);
    desk.price(1_890);
    expect([...states(desk, stop, profit), desk.kindsOf(profit).at(-1)]).toEqual(["Held", "Open", "CancelDenied"]);
    for (let i = 0; i < 14; i++) desk.tick(150_000);
    expect(desk.stateOf(profit)).toBe("CancelSent");
    expect(desk.kindsOf(profit).filter((kind) => kind === "CancelDenied").length).toBeLessThan(4);
    const asked = desk.gateway.closed.length;
    for (let i = 0; i < 30; i++) {
      const isAsked = desk.stateOf(profit) === "CancelSent";
      if (isAsked) desk.report(RecordKind.CancelRejected, profit, { code: Reject.RateLimit });
      desk.tick(100_000);
    }
    expect(desk.gateway.closed.length).toBeGreaterThan(asked);
    expect(desk.gateway.closed.length).toBeLessThan(asked + 5);
  });

  test("a child may be made smaller by hand, and never larger than its parent's fills", () => {
    const { desk, entry, stop, profit } = bracket();
    desk.fill(entry, 6, 2_000);
    desk.accept(profit);
    desk.command(RecordKind.CommandAmend, { order: profit, qty: 7 * QTY, text: "more" });
    expect(desk.records.at(-1)).toMatchObject({ kind: RecordKind.ReplaceDenied, code: Denial.ContingentQty });
    desk.command(RecordKind.CommandAmend, { order: profit, qty: 2 * QTY, text: "less" });
    desk.replaced(profit);
    desk.fill(entry, 4, 2_000);
    expect([desk.stateOf(profit), desk.qty(profit), desk.qty(stop)]).toEqual(["Open", 2, 10]);
    desk.command(RecordKind.CommandAmend, { order: profit, price: 2_300 * PRICE, text: "higher" });
    desk.replaced(profit);
    expect([desk.qty(profit), desk.orders.price(profit)]).toEqual([2, 2_300 * PRICE]);
  });

  test("an amend of a child that the venue refuses, or the gate takes back, is not made again by the family", () => {
    const { desk, entry, profit } = bracket();
    desk.fill(entry, 10, 2_000);
    desk.accept(profit);
    desk.command(RecordKind.CommandAmend, { order: profit, qty: 4 * QTY, text: "less" });
    desk.report(RecordKind.ReplaceRejected, profit, { attempt: 2, code: Reject.Filter });
    for (let i = 0; i < 20; i++) desk.tick(150_000);
    expect([desk.stateOf(profit), desk.qty(profit), desk.orders.attempt(profit)]).toEqual(["Open", 10, 2]);
    desk.gateway.answer = Code.SocketLost;
    desk.command(RecordKind.CommandAmend, { order: profit, qty: 5 * QTY, text: "less" });
    desk.gateway.answer = Code.Ok;
    for (let i = 0; i < 20; i++) desk.tick(150_000);
    expect([desk.stateOf(profit), desk.qty(profit), desk.orders.attempt(profit)]).toEqual(["Open", 10, 3]);
    desk.command(RecordKind.CommandAmend, { order: profit, qty: 6 * QTY, text: "less" });
    desk.replaced(profit);
    for (let i = 0; i < 20; i++) desk.tick(150_000);
    expect([desk.stateOf(profit), desk.qty(profit), desk.orders.attempt(profit)]).toEqual(["Open", 6, 4]);
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });

  test("refused whole: the legs of a denied entry are denied under their numbers, those of a bad leg too", () => {
    const desk = new HeldDesk();
    desk.price(2_000);
    const entry = desk.place({ qty: 10, price: 2_000.001, legs: [STOP, PROFIT] });
    expect(states(desk, entry, entry + 1, entry + 2)).toEqual(["Denied", "Denied", "Denied"]);
    const other = desk.place({ qty: 10, price: 2_000, legs: [STOP, { ...PROFIT, price: 2_200.001 }] });
    expect(states(desk, other, other + 1, other + 2)).toEqual(["Denied", "Denied", "Denied"]);
    expect(Denial[desk.orders.code(other)]).toBe("PriceIncrement");
    const text = desk.orders.nextOrder;
    desk.command(RecordKind.CommandPlace, {
      venueOrderId: "[[1]]",
      qty: QTY,
      side: Side.Buy,
      orderType: 1,
      timeInForce: 2,
    });
    expect(desk.orders.code(text)).toBe(Denial.LegsInvalid);
    expect(desk.sent.length).toBe(0);
  });

  test("the entry does not leave before its exits are durable", () => {
    const { desk, entry } = bracket();
    const kinds = desk.records.slice(desk.records.findIndex((r) => r.order === entry)).map((r) => RecordKind[r.kind]);
    expect(kinds.slice(0, 4)).toEqual(["OrderIntent", "OrderIntent", "OrderIntent", "OrderSent"]);
  });

  test("a bust of the entry's fill makes its exits smaller", () => {
    const { desk, entry, stop } = bracket();
    desk.fill(entry, 3, 2_000);
    desk.fill(entry, 2, 2_000);
    const fillId = desk.records.findLast((r) => r.kind === RecordKind.OrderFilled)?.fillId ?? "";
    desk.report(RecordKind.FillBusted, entry, { fillId });
    expect([desk.orders.held.parentFilled(stop), desk.qty(stop)]).toEqual([3 * QTY, 3]);
  });

  test("a kill ends all of it, and a restart under the kill leaves nothing", () => {
    const { desk, entry, stop, profit } = bracket();
    desk.fill(entry, 3, 2_000);
    desk.accept(profit);
    desk.command(RecordKind.CommandKill, { scope: 5, text: "enough" });
    expect(states(desk, entry, stop, profit)).toEqual(["CancelSent", "Withdrawn", "CancelSent"]);
  });
});

describe("a kill of a venue", () => {
  test("ends what is held for it too, and leaves strangers' orders alone", () => {
    const { desk, entry, stop, profit } = bracket();
    const elsewhere = bracket();
    desk.fill(entry, 3, 2_000);
    desk.accept(profit);
    desk.engine.reconciler.begin(desk.gateway, "again");
    const asked = desk.gateway.asked.find((query) => query.kind === "openOrders")?.id ?? 0;
    const theirs = { attempt: asked, order: 0, qty: QTY, price: 1_990 * PRICE, code: VenueOrderStatus.Open };
    const external = desk.orders.nextOrder;
    desk.report(RecordKind.StatedOrder, 0, { ...theirs, side: Side.Buy, venueOrderId: "theirs" });
    expect(desk.stateOf(external)).toBe("Open");
    desk.command(RecordKind.CommandKill, { scope: Scope.Venue, venueOrderId: "binance-spot", text: "enough" });
    expect(states(desk, entry, stop, profit, external)).toEqual(["CancelSent", "Withdrawn", "CancelSent", "Open"]);
    elsewhere.desk.command(RecordKind.CommandKill, { scope: Scope.Venue, venueOrderId: "other", text: "enough" });
    expect(elsewhere.desk.stateOf(elsewhere.stop)).toBe("Held");
  });
});

describe("OTO", () => {
  test("a child of any kind waits for its parent, and is no exit when it does not reduce", () => {
    const desk = new HeldDesk();
    desk.price(2_010);
    const parent = desk.place({ qty: 5, price: 2_000 });
    const child = desk.place({ qty: 8, price: 1_950, parent });
    desk.accept(parent);
    expect(states(desk, parent, child)).toEqual(["Open", "Held"]);
    desk.fill(parent, 2, 2_000);
    expect([desk.stateOf(child), desk.qty(child)]).toEqual(["Sent", 2]);
    desk.accept(child);
    desk.fill(child, 2, 1_950);
    expect(states(desk, parent, child)).toEqual(["PartiallyFilled", "Filled"]);
  });

  test("a parent of another market, one that ended, a child of a child: refused", () => {
    const desk = new HeldDesk();
    desk.price(2_010);
    const parent = desk.place({ qty: 5, price: 2_000 });
    const child = desk.place({ qty: 5, price: 2_100, parent });
    const grandchild = desk.place({ qty: 5, price: 2_100, parent: child });
    desk.cancel(parent);
    desk.canceled(parent);
    const late = desk.place({ qty: 5, price: 2_100, parent });
    expect(states(desk, child, grandchild, late)).toEqual(["Withdrawn", "Denied", "Denied"]);
    expect(desk.orders.code(late)).toBe(Denial.ParentInvalid);
  });
});

describe("OCO", () => {
  const oco = (capabilities = {}) => {
    const desk = new HeldDesk(capabilities);
    desk.price(2_000);
    desk.position(4);
    const legs = [{ ...STOP, link: LegLink.Sibling }];
    const flags = OrderFlag.ReduceOnly;
    const profit = desk.place({ side: Side.Sell, qty: 4, price: 2_200, flags, legs });
    desk.accept(profit);
    return { desk, profit, stop: profit + 1 };
  };

  test("a fill of one lowers the other, its end by fill ends it", () => {
    const { desk, profit, stop } = oco();
    desk.fill(profit, 1, 2_200);
    expect([desk.stateOf(stop), desk.qty(stop)]).toEqual(["Held", 3]);
    desk.fill(profit, 3, 2_200);
    expect([desk.stateOf(stop), desk.live()]).toEqual(["Withdrawn", []]);
  });

  test("the stop fires: the sibling is cancelled, its end waited for", () => {
    const { desk, profit, stop } = oco();
    desk.price(1_800);
    expect(states(desk, profit, stop)).toEqual(["CancelSent", "Held"]);
    desk.canceled(profit);
    expect(states(desk, profit, stop)).toEqual(["Canceled", "Sent"]);
  });

  test("a cancel of one by hand leaves the other", () => {
    const { desk, profit, stop } = oco();
    desk.cancel(profit);
    desk.canceled(profit);
    expect([desk.stateOf(stop), desk.qty(stop)]).toEqual(["Held", 4]);
  });

  test("an answer that is missing does not let the stop go; evidence does", () => {
    const { desk, profit, stop } = oco();
    desk.price(1_800);
    desk.report(RecordKind.OrderUnknown, profit, { code: Code.AnswerMissing });
    for (let i = 0; i < 5; i++) desk.tick();
    expect(states(desk, profit, stop)).toEqual(["Unknown", "Held"]);
    desk.silentAbout.add(profit);
    desk.restart();
    for (let i = 0; i < 5; i++) desk.price(1_950);
    expect(states(desk, profit, stop)).toEqual(["Unknown", "Held"]);
    desk.canceled(profit);
    expect(desk.stateOf(stop)).toBe("Sent");
  });

  test("two stops: a breakout; the first to fire ends the other", () => {
    const desk = new HeldDesk();
    desk.price(2_000);
    const low = { link: LegLink.Sibling, side: Side.Sell, orderType: OrderType.StopMarket, triggerPrice: 1_900 };
    const high = desk.place({ qty: 1, orderType: OrderType.StopMarket, triggerPrice: 2_100, legs: [low] });
    desk.price(2_150);
    expect(states(desk, high, high + 1)).toEqual(["Sent", "Held"]);
    desk.price(1_800); // Whipsaw before the fill: at most one of them may trade.
    expect(states(desk, high, high + 1)).toEqual(["CancelSent", "Held"]);
    desk.fill(high, 1);
    expect(states(desk, high, high + 1)).toEqual(["Filled", "Withdrawn"]);
  });

  test("two that rest, or one at the market: refused", () => {
    const desk = new HeldDesk();
    desk.price(2_000);
    const rest = { link: LegLink.Sibling, side: Side.Sell, orderType: OrderType.Limit, price: 2_100 };
    const order = desk.place({ qty: 1, price: 1_900, legs: [rest] });
    const market = desk.place({ qty: 1, legs: [{ ...STOP, link: LegLink.Sibling }] });
    expect([desk.orders.code(order), desk.orders.code(market)]).toEqual([Denial.LegsInvalid, Denial.LegsInvalid]);
    expect(states(desk, order, order + 1)).toEqual(["Denied", "Denied"]);
  });

  test("good till a time ends each of them", () => {
    const desk = new HeldDesk();
    desk.price(2_000);
    const expireUs = desk.nowUs + 1_000_000;
    const order = desk.place({
      qty: 1,
      side: Side.Buy,
      price: 1_900,
      timeInForce: TimeInForce.Gtd,
      expireUs,
      legs: [{ link: LegLink.Sibling, side: Side.Buy, orderType: OrderType.StopMarket, triggerPrice: 2_100, expireUs }],
    });
    desk.accept(order);
    desk.tick(1_100_000);
    expect(states(desk, order, order + 1)).toEqual(["CancelSent", "Expired"]);
  });
});
