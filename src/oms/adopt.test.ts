/** Whose an order is (adopt.ts), the ids and epochs that tell it (adopted_ids.ts, epochs.ts), and inferred_fills.ts: as D keeps them. */

import { describe, expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { clientOrderId } from "../model/client_order_id.ts";
import { OrderFlag, OrderState, OrderType, Side, TimeInForce } from "../model/order.ts";
import { Evidence, RecordKind as K, TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { adoption, Owner, OwnerSearch } from "./adopt.ts";
import { AdoptedIds } from "./adopted_ids.ts";
import { EpochTable } from "./epochs.ts";
import { InferredFills, inferredFillId } from "./inferred_fills.ts";
import { make, TestDesk } from "./test_desk.ts";

const NODE = 3;

function search(): { desk: TestDesk; owners: OwnerSearch; epochs: EpochTable } {
  const desk = new TestDesk();
  const epochs = new EpochTable(16, new RowHash());
  epochs.apply('{"epoch":4}', desk.orders.nextOrder);
  desk.open(10);
  desk.open(10);
  epochs.apply('{"epoch":6}', desk.orders.nextOrder);
  desk.open(10, { instance: 9 });
  return { desk, epochs, owners: new OwnerSearch(desk.orders, epochs, NODE) };
}

const stated = (text: string, venueOrderId = "new") =>
  make(K.StatedOrder, 0, { text, venueOrderId, code: VenueOrderStatus.Open, side: Side.Sell, qty: 5, price: 7 });

describe("owner", () => {
  test("ours by number, venue id or client id; lost where the journal lacks a session; a stranger's otherwise", () => {
    const { owners, desk } = search();
    const find = (record: TradingRecord) => [Owner[owners.find(record)], owners.order, owners.instance];
    expect(find(make(K.StatedOrder, 2))).toEqual(["Known", 2, 0]);
    expect(find(stated("", "v1"))).toEqual(["Known", 1, 0]);
    expect(find(stated(clientOrderId(NODE, 4, 0, 2)))).toEqual(["Known", 2, 0]);
    expect(find(stated(clientOrderId(NODE, 6, 9, 3)))).toEqual(["Known", 3, 0]);
    expect(find(stated(clientOrderId(NODE, 5, 8, 77)))).toEqual(["Lost", 0, 8]);
    expect(find(stated(clientOrderId(NODE, 4, 8, 77)))).toEqual(["Lost", 0, 8]); // Written after the last that D has.
    for (const text of ["web_1", "", clientOrderId(NODE + 1, 4, 0, 2)]) {
      expect(find(stated(text))).toEqual(["External", 0, 0]);
    }
    expect(owners.idOf(3)).toBe(clientOrderId(NODE, 6, 9, 3));
    expect(desk.orders.adopted.count).toBe(0);
  });

  test("impossible: an epoch to come, a number that this session never gave, a number with another owner", () => {
    const { owners, desk } = search();
    const find = (record: TradingRecord) => Owner[owners.find(record)];
    expect(find(stated(clientOrderId(NODE, 7, 0, 1)))).toBe("Impossible");
    expect(find(stated(clientOrderId(NODE, 6, 0, 77)))).toBe("Impossible");
    expect(find(stated(clientOrderId(NODE, 6, 8, 3)))).toBe("Impossible");
    expect(find(make(K.StatedOrder, 99))).toBe("Impossible");
    for (let n = 0; n < 64; n++) desk.say(K.OrderDenied, desk.orders.nextOrder);
    desk.report(K.OrderCanceled, 1);
    for (let n = 0; n < 64; n++) desk.say(K.OrderDenied, desk.orders.nextOrder);
    expect(desk.orders.has(1)).toBe(false);
    expect(find(stated(clientOrderId(NODE, 4, 0, 1)))).toBe("Forgotten");
    expect(find(make(K.StatedOrder, 1))).toBe("Forgotten");
  });
});

describe("adoption", () => {
  test("an adopted order lives, is found by its id again, changes hands, and is forgotten with its row", () => {
    const { desk, owners } = search();
    const out = new TradingRecord();
    const order = desk.orders.nextOrder;
    expect(adoption(stated("web_1"), order, 0, OrderFlag.External, out)).toBe(true);
    desk.emit(out);
    const { orders } = desk;
    expect([orders.state(order), orders.openSellQty(0, 0), orders.orderType(order), orders.timeInForce(order)]).toEqual(
      [OrderState.Open, 5, OrderType.Limit, TimeInForce.Gtc],
    );
    expect([Owner[owners.find(stated("web_1", "other"))], owners.order]).toEqual(["Known", order]);
    expect(owners.idOf(order)).toBe("web_1");
    desk.fill(order, "x1", 2);
    expect(orders.cumQty(order)).toBe(2);
    desk.emit(Object.assign(new TradingRecord().copyFrom(out), { instance: 9, flags: 0 }));
    expect([orders.instance(order), orders.flags(order) & OrderFlag.External, orders.cumQty(order)]).toEqual([9, 0, 2]);
    expect(desk.hash.text()).toBe(desk.hashFromScratch());
    desk.report(K.OrderCanceled, order);
    for (let n = 0; n < 130; n++) desk.say(K.OrderDenied, desk.orders.nextOrder);
    expect([orders.has(order), orders.adopted.count]).toEqual([false, 0]);
    expect([desk.hash.text(), desk.replicaHash.text()]).toEqual([desk.hashFromScratch(), desk.hash.text()]);
  });

  test("what is no whole order is refused", () => {
    for (const more of [{ side: 0 }, { qty: 0 }, { qty: 0.5 }, { price: -1 }, { qty: Number.NaN }]) {
      const thin = Object.assign(stated("x"), more);
      expect(adoption(thin, 1, 0, OrderFlag.External, new TradingRecord())).toBe(false);
    }
  });
});

describe("tables", () => {
  test("epochs: what names none or an old one changes nothing; sessions without orders leave no row; bounded", () => {
    const hash = new RowHash();
    const epochs = new EpochTable(3, hash);
    for (const text of ["", "{}", '{"epoch":"2"}', '{"epoch":-1}', '{"epoch":1e9}']) epochs.apply(text, 1);
    expect([epochs.current, epochs.epochOf(1), hash.text()]).toEqual([0, undefined, new RowHash().text()]);
    const sessions = [1, 1, 5, 5, 9, 12].entries();
    for (const [n, firstOrder] of sessions) epochs.apply(JSON.stringify({ epoch: n + 1 }), firstOrder);
    epochs.apply('{"epoch":6}', 40); // The same session says it twice.
    expect([1, 5, 8, 9, 100].map((order) => epochs.epochOf(order))).toEqual([undefined, 4, 4, 5, 6]);
    const fresh = new RowHash();
    epochs.addRowsTo(fresh);
    expect(fresh.text()).toBe(hash.text());
  });

  test("save and load lead to the same rows", () => {
    const hash = new RowHash();
    const [epochs, adopted, inferred] = [new EpochTable(9, hash), new AdoptedIds(hash), new InferredFills(hash)];
    epochs.apply('{"epoch":2}', 3);
    adopted.add(5, 1, "web");
    adopted.add(6, 1, "");
    inferred.add(5, { fillId: inferredFillId(1, 0, "V", 2, 4), qty: 2, price: 9, from: 2 });
    const out = new StateWriter();
    for (const table of [epochs, adopted, inferred]) table.save(out);
    const copyHash = new RowHash();
    const copies = [new EpochTable(9, copyHash), new AdoptedIds(copyHash), new InferredFills(copyHash)] as const;
    const from = new StateReader(out.bytes());
    for (const table of copies) table.load(from);
    expect(from.isAtEnd).toBe(true);
    expect(copyHash.text()).toBe(hash.text());
    expect([copies[1].orderOf(1, "web"), copies[2].get(5)?.qty, copies[0].epochOf(3)]).toEqual([5, 2, 2]);
  });

  test("an id that was used again names the younger order, then nobody: also after it was saved and loaded", () => {
    const adopted = new AdoptedIds(new RowHash());
    for (const order of [5, 6]) adopted.add(order, 1, "web");
    const copyOf = (table: AdoptedIds) => {
      const out = new StateWriter();
      table.save(out);
      const copy = new AdoptedIds(new RowHash());
      copy.load(new StateReader(out.bytes()));
      return copy;
    };
    expect([adopted, copyOf(adopted)].map((table) => table.orderOf(1, "web"))).toEqual([6, 6]);
    adopted.remove(6);
    expect([adopted, copyOf(adopted)].map((table) => table.orderOf(1, "web"))).toEqual([0, 0]);
    expect(copyOf(adopted).idOf(5)).toBe("web");
  });

  test("the id of an inferred fill follows from the venue's facts alone", () => {
    const id = inferredFillId(1, 2, "V9", 0, 5);
    expect(inferredFillId(1, 2, "V9", 0, 5)).toBe(id);
    const others = [
      inferredFillId(0, 2, "V9", 0, 5),
      inferredFillId(1, 3, "V9", 0, 5),
      inferredFillId(1, 2, "V8", 0, 5),
    ];
    expect(new Set([id, ...others, inferredFillId(1, 2, "V9", 0, 6)]).size).toBe(5);
  });

  test("an inferred fill inside a replaced order: real trades take its place, one by one and beyond it", () => {
    const desk = new TestDesk();
    const order = desk.open(10);
    expect(desk.handler.infer(order, 6, 100, 0, desk)).toBe(true);
    expect(desk.handler.infer(order, 6, 100, 0, desk)).toBe(false);
    expect(desk.handler.infer(order, 8, 100, 0, desk)).toBe(true);
    expect([desk.orders.cumQty(order), desk.orders.filledQty(order), desk.orders.inferred.count]).toEqual([8, 8, 1]);
    desk.fill(order, "late", 2, { cumQty: 10 }); // Beyond what was inferred: nothing to replace.
    expect([desk.orders.state(order), desk.orders.cumQty(order)]).toEqual([OrderState.Filled, 10]);
    for (const [n, qty] of [3, 3, 2].entries()) desk.fill(order, `t${n}`, qty, { evidence: Evidence.TradeHistory });
    expect([desk.orders.state(order), desk.orders.cumQty(order)]).toEqual([OrderState.Filled, 10]);
    expect([desk.orders.filledQty(order), desk.orders.inferred.count]).toEqual([10, 0]);
    expect([desk.handler.counters.late, desk.handler.counters.overfills]).toEqual([0, 0]);
    expect(desk.hash.text()).toBe(desk.hashFromScratch());
  });
});
