/** Saved and loaded, an order table goes on as if nothing had been: compared after every single record. */

import { describe, expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { OrderState, Side } from "../model/order.ts";
import { RecordKind as K, TradingRecord } from "../model/record.ts";
import { FillSet } from "./fill_set.ts";
import { mayCancel, mayReplace } from "./matrix.ts";
import { OrderTable } from "./order_table.ts";
import { make, SMALL_LIMITS, TestDesk } from "./test_desk.ts";
import { TestChance } from "./test_venue.ts";

const SEEDS = 60;
const STEPS = 600;
const WRITER = new StateWriter();

class Copy {
  hash = new RowHash();
  table = new OrderTable(SMALL_LIMITS, this.hash);
  loads = 0;

  reload(from: OrderTable): void {
    from.save(WRITER.clear());
    const bytes = WRITER.bytes().slice();
    this.hash = new RowHash();
    this.table = new OrderTable(SMALL_LIMITS, this.hash);
    const reader = new StateReader(bytes);
    this.table.load(reader);
    expect(reader.isAtEnd).toBe(true);
    // The bytes of what was loaded are the same again: nothing hidden was lost.
    this.table.save(WRITER.clear());
    expect(Buffer.compare(WRITER.bytes(), bytes)).toBe(0);
    this.loads++;
  }
}

describe("orders, saved and loaded", () => {
  test(`${SEEDS} random lives with eviction: equal after each record, whenever the copy was made`, () => {
    let loads = 0;
    let evicted = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const chance = new TestChance(seed);
      const desk = new TestDesk(SMALL_LIMITS, false);
      const copy = new Copy();
      desk.after = (record) => {
        copy.table.apply(record);
        if (copy.hash.text() !== desk.hash.text()) throw new Error(`seed ${seed}, record ${record.record}`);
      };
      for (let step = 0; step < STEPS; step++) {
        move(desk, chance);
        if (chance.oneIn(60)) copy.reload(chance.oneIn(2) ? copy.table : desk.orders);
      }
      expect(desk.hashFromScratch()).toBe(copy.hash.text());
      compare(desk.orders, copy.table);
      loads += copy.loads;
      if (desk.orders.nextOrder > SMALL_LIMITS.ordersMax + 1) evicted++;
    }
    expect(loads).toBeGreaterThan(SEEDS);
    expect(evicted).toBeGreaterThan(SEEDS / 2);
  });

  test("an id that the venue used twice names the younger order, also after a load", () => {
    const desk = new TestDesk(SMALL_LIMITS);
    const older = desk.send(5);
    const younger = desk.send(5);
    for (const order of [older, younger]) desk.say(K.OrderAccepted, order, { venueOrderId: "twice" });
    const copy = new Copy();
    copy.reload(desk.orders);
    expect(copy.table.orderByVenueId(0, "twice")).toBe(younger);
    expect(copy.table.knowsVenueId(older, "twice")).toBe(true);
  });

  test("an id whose younger order was let go names none, and a load does not give it back to the older one", () => {
    const desk = new TestDesk(SMALL_LIMITS);
    const older = desk.send(5);
    const younger = desk.send(5);
    for (const order of [older, younger]) desk.say(K.OrderAccepted, order, { venueOrderId: "twice" });
    desk.say(K.OrderCanceled, younger);
    for (let n = 0; n < SMALL_LIMITS.ordersMax - 1; n++) desk.send(1);
    expect(desk.orders.has(younger)).toBe(false);
    expect(desk.orders.orderByVenueId(0, "twice")).toBe(0);
    const copy = new Copy();
    copy.reload(desk.orders);
    expect(copy.table.orderByVenueId(0, "twice")).toBe(0);
    expect(copy.table.knowsVenueId(older, "twice")).toBe(true);
  });

  test("fills: the ring goes on where it was, and of two with one id the older is found first", () => {
    const [hash, chance] = [new RowHash(), new TestChance(5)];
    const set = new FillSet(16, hash);
    for (let n = 1; n <= 200; n++) {
      const [id, order] = [`f${chance.below(12)}`, 1 + chance.below(5)];
      if (set.find(0, 0, id, order) < 0) set.add(0, 0, id, order, n, n);
      set.save(WRITER.clear());
      const again = new RowHash();
      const copy = new FillSet(16, again);
      copy.load(new StateReader(WRITER.bytes().slice()));
      for (let id = 0; id < 12; id++) {
        for (let order = 0; order <= 5; order++) {
          expect(copy.find(0, 0, `f${id}`, order)).toBe(set.find(0, 0, `f${id}`, order));
        }
      }
      copy.add(0, 0, `new${n}`, 9, 1, 1);
      set.add(0, 0, `new${n}`, 9, 1, 1);
      expect(again.text()).toBe(hash.text());
    }
  });

  test("bytes of another kind are refused, never half believed", () => {
    const table = new OrderTable(SMALL_LIMITS, new RowHash());
    const bytes = new StateWriter().part("accounts", 1).u32(0).bytes();
    expect(() => table.load(new StateReader(bytes))).toThrow();
  });
});

function move(desk: TestDesk, chance: TestChance): void {
  const { orders } = desk;
  const at = { account: chance.below(2), instrument: chance.below(3) };
  const order = 1 + chance.below(orders.nextOrder);
  const isKnown = orders.has(order);
  switch (chance.below(8)) {
    case 0:
    case 1: {
      const side = chance.oneIn(2) ? Side.Buy : Side.Sell;
      if (orders.openCountAll() > 40) return endOne(desk);
      desk.send(1 + chance.below(20), { ...at, side, text: "w".repeat(chance.below(30)) });
      return;
    }
    case 2:
      return desk.say(K.OrderDenied, orders.nextOrder, { ...at, side: Side.Buy, qty: 1, code: 3 });
    case 3:
      if (!isKnown) return;
      return desk.report(K.OrderAccepted, order, { ...place(desk, order), venueOrderId: `v${order}` });
    case 4:
      if (!isKnown) return;
      return desk.fill(order, `f${chance.below(400)}`, 1 + chance.below(4), place(desk, order));
    case 5:
      if (isKnown && mayReplace(orders.state(order))) {
        desk.say(K.ReplaceIntent, order, { qty: 1 + chance.below(30), price: 50 });
        desk.say(K.ReplaceSent, order);
        const venueOrderId = `v${order}.${orders.attempt(order)}`;
        if (chance.oneIn(2)) desk.report(K.OrderReplaced, order, { ...place(desk, order), venueOrderId });
      }
      return;
    case 6:
      if (!isKnown || !mayCancel(orders.state(order))) return;
      return desk.say(K.CancelIntent, order);
    default:
      if (!isKnown) return;
      return desk.report(K.OrderCanceled, order, place(desk, order));
  }
}

function endOne(desk: TestDesk): void {
  const order = desk.orders.firstOpenAll();
  desk.report(K.OrderCanceled, order, place(desk, order));
}

function place(desk: TestDesk, order: number) {
  return { account: desk.orders.account(order), instrument: desk.orders.instrument(order) };
}

function compare(one: OrderTable, other: OrderTable): void {
  expect(other.nextOrder).toBe(one.nextOrder);
  const [a, b] = [new TradingRecord(), new TradingRecord()];
  for (let order = 1; order < one.nextOrder; order++) {
    expect(other.state(order)).toBe(one.state(order));
    if (one.state(order) === OrderState.None) continue;
    one.copyTo(order, a.copyFrom(make(K.OrderSent, order)));
    other.copyTo(order, b.copyFrom(make(K.OrderSent, order)));
    expect(b).toEqual(a);
  }
  const walked = (table: OrderTable) => {
    const numbers: number[] = [];
    for (let at = table.firstOpenAll(); at > 0; at = table.nextOpenAll(at)) numbers.push(at);
    for (let at = table.firstOpen(1, 1); at > 0; at = table.nextOpen(at)) numbers.push(at);
    return [...numbers, table.openBuyQty(1, 1), table.openSellQty(1, 1), table.openCount(0, 2)];
  };
  expect(walked(other)).toEqual(walked(one));
}
