/** Held orders in the order table: lists, families, terms; held_orders.ts, held_terms.ts, order_facts.ts. */

import { describe, expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Denial } from "../model/denial.ts";
import { OrderFlag, OrderState, OrderType, Side } from "../model/order.ts";
import { Evidence, RecordKind, TradingRecord } from "../model/record.ts";
import { HeldTerms } from "./held_terms.ts";
import { OrderFacts } from "./order_facts.ts";
import { OrderRows } from "./order_rows.ts";
import { make, SMALL_LIMITS, TestDesk } from "./test_desk.ts";

const HELD = {
  flags: OrderFlag.Emulated,
  orderType: OrderType.StopMarket,
  side: Side.Sell,
  price: 0,
  triggerPrice: 90,
};

const state = (desk: TestDesk, order: number) => OrderState[desk.orders.state(order)];

function agree(desk: TestDesk): void {
  expect(desk.hash.text()).toBe(desk.hashFromScratch());
  expect(desk.replicaHash.text()).toBe(desk.hash.text());
}

describe("held orders", () => {
  test("are listed by number, are no exposure, and never leave a full table", () => {
    const desk = new TestDesk();
    const held = [desk.intend(5, HELD), desk.intend(6, { ...HELD, instrument: 1 }), desk.intend(7, HELD)];
    const { orders } = desk;
    expect(orders).toBeInstanceOf(OrderFacts);
    expect([orders.held.count, orders.held.countOf(0, 0), orders.held.countOf(0, 1)]).toEqual([3, 2, 1]);
    expect([orders.held.firstOf(0), orders.held.nextOf(held[0] as number), orders.held.firstOf(2)]).toEqual([1, 3, 0]);
    expect([orders.firstHeldAll(), orders.nextHeldAll(1), orders.nextHeldAll(3)]).toEqual([1, 2, 0]);
    expect([orders.openCountAll(), orders.openSellQty(0, 0), orders.leavesQty(1)]).toEqual([0, 0, 0]);
    for (let i = 0; i < 80; i++) desk.say(RecordKind.OrderDenied, orders.nextOrder, { code: 1 });
    expect(held.map((order) => state(desk, order))).toEqual(["Held", "Held", "Held"]);
    expect([orders.hasRoomFor(61), orders.hasRoomFor(62)]).toEqual([true, false]);
    desk.say(RecordKind.OrderWithdrawn, 2);
    expect([orders.held.count, orders.held.firstOf(1), orders.nextHeldAll(1)]).toEqual([2, 0, 3]);
    agree(desk);
  });

  test("a trigger takes the record's terms, an exit that could not leave comes back, an opening does not", () => {
    const desk = new TestDesk();
    const exit = desk.intend(5, { ...HELD, flags: OrderFlag.Emulated | OrderFlag.ReduceOnly });
    const entry = desk.intend(5, HELD);
    for (const order of [exit, entry]) {
      desk.say(RecordKind.OrderTriggered, order, { orderType: OrderType.Market, timeInForce: 2, qty: 4 });
      expect([state(desk, order), desk.orders.qty(order), desk.orders.orderType(order)]).toEqual(["Intent", 4, 1]);
      expect(desk.orders.held.placedType(order)).toBe(OrderType.StopMarket);
      desk.say(RecordKind.OrderWithdrawn, order, { code: Denial.StaleIntent });
    }
    expect([state(desk, exit), state(desk, entry)]).toEqual(["Held", "Withdrawn"]);
    expect(desk.orders.flags(exit) & OrderFlag.Triggered).toBe(OrderFlag.Triggered);
    desk.say(RecordKind.OrderDenied, exit, { code: Denial.ReduceOnlyWouldIncrease });
    expect(state(desk, exit)).toBe("Denied");
    agree(desk);
  });

  test("watermark, size and terms change where it is; of what is not held they may not", () => {
    const desk = new TestDesk();
    const order = desk.intend(5, HELD);
    desk.say(RecordKind.WatermarkMoved, order, { price: 120 });
    desk.say(RecordKind.OrderResized, order, { qty: 3 });
    expect([desk.orders.held.watermark(order), desk.orders.qty(order), desk.orders.held.ownQty(order)]).toEqual([
      120, 3, 5,
    ]);
    desk.say(RecordKind.OrderReplaced, order, { evidence: Evidence.Own, qty: 9, triggerPrice: 80, price: 0 });
    expect([desk.orders.qty(order), desk.orders.held.ownQty(order), desk.orders.held.triggerPrice(order)]).toEqual([
      9, 9, 80,
    ]);
    agree(desk);
    const open = desk.open(5);
    expect(() => desk.say(RecordKind.WatermarkMoved, open, { price: 1 })).toThrow("IllegalTransition");
    expect(() => new TestDesk().say(RecordKind.OrderResized, 1, { qty: 1 })).toThrow("IllegalTransition");
  });

  test("copies and columns", () => {
    const desk = new TestDesk();
    const terms = { triggerBy: 2, trailOffset: 7, displayQty: 3, expireUs: 99, triggerPrice: 90 };
    const order = desk.intend(5, { ...HELD, ...terms });
    const out = new TradingRecord();
    desk.orders.copyTo(order, out);
    expect(out).toMatchObject(terms);
    const { held } = desk.orders;
    expect([held.triggerBy(order), held.trailOffset(order), held.displayQty(order), held.expireUs(order)]).toEqual([
      2, 7, 3, 99,
    ]);
  });
});

describe("families", () => {
  const family = () => {
    const desk = new TestDesk();
    const parent = desk.open(10);
    const flags = OrderFlag.Emulated | OrderFlag.ReduceOnly;
    const stop = desk.intend(10, { ...HELD, flags, parent, group: 2 });
    const profit = desk.intend(10, { flags, side: Side.Sell, parent, group: 2, price: 120 });
    return { desk, parent, stop, profit };
  };

  test("a child learns its parent's fills, siblings each other's, a parent its exits'", () => {
    const { desk, parent, stop, profit } = family();
    const { held } = desk.orders;
    expect([held.isParent(parent), held.isLinked(parent), held.isArmed(stop), held.targetQty(stop)]).toEqual([
      true,
      true,
      false,
      0,
    ]);
    desk.fill(parent, "a", 6);
    expect([held.isArmed(stop), held.targetQty(stop), held.targetQty(profit)]).toEqual([true, 6, 6]);
    desk.say(RecordKind.OrderTriggered, profit, { orderType: OrderType.Limit, timeInForce: 1, qty: 6, price: 120 });
    desk.say(RecordKind.OrderSent, profit);
    desk.fill(profit, "b", 2, { side: Side.Sell });
    expect([held.groupFilled(stop), held.targetQty(stop), held.targetQty(profit)]).toEqual([2, 4, 6]);
    expect([held.childFilled(parent), held.isExitDone(parent)]).toEqual([2, false]);
    desk.report(RecordKind.FillBusted, profit, { fillId: "b" });
    expect([held.targetQty(stop), held.childFilled(parent)]).toEqual([6, 0]);
    desk.fill(profit, "c", 6, { side: Side.Sell });
    expect([held.targetQty(stop), held.isExitDone(parent)]).toEqual([0, true]);
    agree(desk);
  });

  test("one that joins late starts with what was filled before", () => {
    const { desk, parent } = family();
    desk.fill(parent, "a", 6);
    const late = desk.intend(10, { flags: OrderFlag.Emulated, side: Side.Sell, price: 130, parent, group: 2 });
    expect(desk.orders.held.targetQty(late)).toBe(6);
    agree(desk);
  });

  test("of two without a parent the end by fill of one is the end of the other, whatever their sizes", () => {
    const desk = new TestDesk();
    const first = desk.open(3, { group: 1, side: Side.Sell });
    const second = desk.intend(8, { ...HELD, group: 1 });
    desk.fill(first, "a", 1, { side: Side.Sell });
    expect(desk.orders.held.targetQty(second)).toBe(7);
    desk.fill(first, "b", 2, { side: Side.Sell });
    expect(desk.orders.held.targetQty(second)).toBe(0);
    agree(desk);
  });
});

describe("terms", () => {
  test("a change of any column changes the hash, and they are saved and loaded", () => {
    const rows = new OrderRows(SMALL_LIMITS);
    rows.create(0, make(RecordKind.OrderIntent, 1, { qty: 10, price: 5, parent: 7 }), OrderState.Held);
    const hashOf = () => {
      const hash = new RowHash();
      rows.addTo(hash, 0).putIn();
      return hash.text();
    };
    const columns = Object.entries(rows.terms) as [string, Uint8Array][];
    const seen = new Set([hashOf()]);
    for (const [, column] of columns) {
      const before = column[0] as number;
      column[0] = before === 1 ? 0 : before + 1;
      seen.add(hashOf());
      column[0] = before;
    }
    expect(seen.size).toBe(columns.length + 1);
    const out = new StateWriter();
    rows.terms.save(out, 3);
    const loaded = new HeldTerms(SMALL_LIMITS);
    loaded.load(new StateReader(out.bytes()), 3);
    expect(loaded).toEqual(rows.terms);
  });
});
