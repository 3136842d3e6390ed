/**
 * Parts that every live gateway is made of, by themselves: outbox, server_clock, order_requests, live_orders, order_ids,
 * private_stats, time_us; report_builder with the messages of a venue that is none. What needs a venue to talk to is tried
 * with one, in the rooms of the venues: live_gateway, live_dialect, live_answer, live_limits, order_entry, query_desk, rest_calls.
 */

import { describe, expect, test } from "bun:test";
import type { VenueQuery } from "../../engine/ports.ts";
import { InstrumentKind, Side } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { Fields } from "./fields.ts";
import { LiveOrders } from "./live_orders.ts";
import { OwnIds } from "./order_ids.ts";
import { type OrderRequest, type RequestKind, Requests } from "./order_requests.ts";
import { Outbox } from "./outbox.ts";
import { PrivateStats } from "./private_stats.ts";
import { ReportBuilder } from "./report_builder.ts";
import { ServerClock } from "./server_clock.ts";
import { timeUs } from "./time_us.ts";

function record(kind: RecordKind, fields: Partial<TradingRecord> = {}): TradingRecord {
  return Object.assign(new TradingRecord().reset(kind), fields);
}

test("outbox: in order, kept while there is no room, and a loss is counted", () => {
  let room = 1;
  const taken: number[] = [];
  const outbox = new Outbox({ put: (each) => (room-- > 0 ? taken.push(each.order) > 0 : false) }, 2);
  const put = (order: number) => outbox.put(record(RecordKind.OrderAccepted, { order }));
  expect([1, 2, 3, 4].map(put)).toEqual([true, true, true, false]);
  expect([outbox.told, outbox.waiting, outbox.lost]).toEqual([1, 2, 1]);
  room = 1;
  outbox.flush();
  expect(put(5)).toBe(true); // Behind 3, though there would be room for it.
  room = 9;
  outbox.flush();
  expect([taken, outbox.told, outbox.waiting]).toEqual([[1, 2, 3, 5], 4, 0]);
});

test("server clock: the quickest answer counts; what is doubted is used until it is measured anew", () => {
  const clock = new ServerClock();
  expect([clock.isKnown, clock.uncertaintyUs]).toEqual([false, Number.POSITIVE_INFINITY]);
  clock.sample(1_000_000, 1_500, 1_200_000); // Halfway at 1,100 ms of ours, 1,500.5 of theirs.
  expect([clock.offsetUs, clock.uncertaintyUs]).toEqual([400_500, 100_000]);
  clock.sample(2_000_000, 2_403, 2_004_000);
  expect([clock.offsetUs, clock.uncertaintyUs, clock.nowMs(3_000_000)]).toEqual([401_500, 2_000, 3_401]);
  clock.sample(3_000_000, -1, 3_001_000);
  expect(clock.offsetUs).toBe(401_500);
  clock.doubt();
  expect(clock.isKnown).toBe(true);
  clock.sample(4_000_000, 4_100, 4_100_000);
  expect(clock.offsetUs).toBe(50_500);
});

describe("requests", () => {
  const request = (id: number, order: number, kind: RequestKind = "new", isSocket = false): OrderRequest => ({
    ...{ id, kind, effect: record(RecordKind.OrderIntent, { order }), sentUs: id, isSocket, tries: 1 },
  });

  test("a question about an order waits for what is under way of it, one about all for everything", () => {
    const requests = new Requests(3);
    for (const [id, order] of [
      [1, 7],
      [2, 8],
    ] as const)
      requests.add(request(id, order));
    const ask = (id: number, order: number) =>
      requests.hold({ kind: "order", id, instrument: 0, order, clientOrderId: "", venueOrderId: "" } as VenueQuery);
    expect([
      ask(1, 7),
      ask(2, 9),
      requests.hold({ kind: "openOrders", id: 3, instrument: "all" } as VenueQuery),
    ]).toEqual([true, true, true]);
    expect(ask(4, 9)).toBe(false);
    expect(requests.ready().map((query) => query.id)).toEqual([2]);
    expect([requests.end(1), requests.end(1)]).toEqual([true, false]);
    expect(requests.ready().map((query) => query.id)).toEqual([1]);
    requests.end(2);
    expect(requests.ready().map((query) => query.id)).toEqual([3]);
    expect([requests.count, requests.find(1)?.effect.order, requests.isOpen(1)]).toEqual([0, 7, false]);
  });

  test("ids of a process that was started later are others, and short enough to come back as numbers", () => {
    const ids = (startedUs: number) => {
      const requests = new Requests(1, startedUs);
      return [requests.nextId(), requests.nextId()] as const;
    };
    const [first, second] = ids(1_763_740_800_999_999);
    const [later] = ids(1_763_740_801_000_000);
    expect([second - first, later - first]).toEqual([1, 100_000]);
    expect(ids(1_763_740_800_000_000)[0]).toBe(first);
    expect([String(ids(9_999_999_999_000_000)[1]).length, Number.isSafeInteger(first), ids(0)[0]]).toEqual([
      15,
      true,
      1,
    ]);
  });

  test("by age, by socket, by order", () => {
    const requests = new Requests(1);
    requests.add(request(requests.nextId(), 7, "new", true));
    requests.add(request(requests.nextId(), 7, "cancel"));
    requests.add(request(requests.nextId(), 8));
    expect(requests.olderThan(3).map(({ id }) => id)).toEqual([1, 2]);
    expect(requests.onSocket().map(({ id }) => id)).toEqual([1]);
    expect([requests.newOf(7)?.id, requests.newOf(9), requests.unanswered().length]).toEqual([1, undefined, 2]);
  });
});

describe("live orders", () => {
  test("what two ways tell is told once; a stranger's always", () => {
    const orders = new LiveOrders(2);
    orders.add(record(RecordKind.OrderIntent, { order: 7, instrument: 1 }), "c7");
    const tell = (kind: RecordKind, fields: Partial<TradingRecord>) =>
      orders.isNews(record(kind, { instrument: 1, ...fields }));
    const accepted = { order: 7, venueOrderId: "V7" };
    expect([tell(RecordKind.OrderAccepted, accepted), tell(RecordKind.OrderAccepted, accepted)]).toEqual([true, false]);
    const fill = { order: 0, venueOrderId: "V7", fillId: "t" }; // By the venue's name alone.
    expect([tell(RecordKind.OrderFilled, fill), tell(RecordKind.OrderFilled, fill)]).toEqual([true, false]);
    expect([tell(RecordKind.OrderCanceled, accepted), tell(RecordKind.OrderExpired, accepted)]).toEqual([true, false]);
    expect(tell(RecordKind.OrderAccepted, accepted)).toBe(false);
    const stranger = { order: 0, venueOrderId: "V9" };
    expect([tell(RecordKind.OrderAccepted, stranger), tell(RecordKind.OrderAccepted, stranger)]).toEqual([true, true]);
    orders.add(record(RecordKind.OrderIntent, { order: 8 }), "c8");
    orders.add(record(RecordKind.OrderIntent, { order: 9 }), "c9");
    expect([orders.count, orders.get(7), orders.byVenueId("V7", 1)]).toEqual([2, undefined, undefined]);
  });

  test("a replace of ours has its attempt whichever way it comes first, and comes once", () => {
    const orders = new LiveOrders(2);
    const live = orders.add(record(RecordKind.OrderIntent, { order: 7 }), "c7");
    live.replace = { attempt: 3, price: 10, qty: 5 };
    const replaced = () => record(RecordKind.OrderReplaced, { order: 7, price: 10, qty: 5 });
    const first = replaced();
    expect([orders.isNews(first), first.attempt, orders.isNews(replaced())]).toEqual([true, 3, false]);
    expect(orders.isNews(record(RecordKind.OrderReplaced, { order: 7, price: 11, qty: 5 }))).toBe(true);
  });

  test("a replace that the stream says was refused is answered: who amends to its terms later is somebody else", () => {
    const orders = new LiveOrders(2);
    orders.add(record(RecordKind.OrderIntent, { order: 7 }), "c7").replace = { attempt: 3, price: 10, qty: 5 };
    expect(orders.isNews(record(RecordKind.ReplaceRejected, { order: 7, attempt: 3 }))).toBe(true);
    const amended = record(RecordKind.OrderReplaced, { order: 7, price: 10, qty: 5 });
    expect([orders.isNews(amended), amended.attempt]).toEqual([true, 0]);
  });

  test("filled as far as it was, and replaced by a larger one: what is left may be open, in whichever order it is told", () => {
    for (const isFillFirst of [true, false]) {
      const orders = new LiveOrders(2);
      const live = orders.add(record(RecordKind.OrderIntent, { order: 7, qty: 5 }), "c7");
      live.replace = { attempt: 3, price: 10, qty: 8 };
      const fill = record(RecordKind.OrderFilled, { order: 7, fillId: "t", qty: 5 });
      const replaced = record(RecordKind.OrderReplaced, { order: 7, price: 10, qty: 8 });
      const told = isFillFirst ? [fill, replaced] : [replaced, fill];
      const open = told.map((report) => orders.isNews(report) && live.mayBeOpen);
      expect([isFillFirst, ...open]).toEqual([isFillFirst, true, true]);
      orders.isNews(record(RecordKind.OrderFilled, { order: 7, fillId: "u", qty: 3 }));
      expect(live.mayBeOpen).toBe(false);
    }
    const orders = new LiveOrders(2);
    const live = orders.add(record(RecordKind.OrderIntent, { order: 7, qty: 5 }), "c7");
    live.replace = { attempt: 3, price: 10, qty: 8 };
    orders.isNews(record(RecordKind.OrderFilled, { order: 7, fillId: "t", qty: 5 }));
    orders.isNews(record(RecordKind.ReplaceRejected, { order: 7, attempt: 3 }));
    expect(live.mayBeOpen).toBe(false);
  });

  test("a replace that a slow stream tells after the answer to the next one does not bring the old terms back", () => {
    const orders = new LiveOrders(2);
    const live = orders.add(record(RecordKind.OrderIntent, { order: 7 }), "c7");
    const told = (price: number, exchangeTimeUs: number) => {
      const report = record(RecordKind.OrderReplaced, { order: 7, price, qty: 5, exchangeTimeUs });
      return orders.isNews(report) && report.attempt;
    };
    const send = (attempt: number, price: number) => (live.replace = { attempt, price, qty: 5 });
    send(2, 11);
    expect(told(11, 2_000)).toBe(2); // The answers.
    send(3, 12);
    expect(told(12, 3_000)).toBe(3);
    expect([told(11, 2_000), told(12, 3_000)]).toEqual([false, false]); // The stream.
    // Within one millisecond of the venue's clock.
    send(4, 13);
    expect(told(13, 3_000)).toBe(4);
    expect([told(12, 3_000), told(13, 3_000)]).toEqual([false, false]);
    // Back to terms that it had: the old word of them is no answer.
    send(5, 12);
    expect([told(12, 2_999), told(12, 5_000)]).toEqual([false, 5]);
    // Somebody else amends, to terms that were ours once as well.
    expect([told(20, 6_000), told(12, 7_000), told(20, 6_000)]).toEqual([0, 0, false]);
  });
});

test("ids: of another node, of a session whose numbers were given out again: nobody's", () => {
  const ids = new OwnIds(2, 5, (order) => (order < 10 ? 4 : undefined));
  for (const order of [3, 10, 70_000]) expect(ids.orderOf(ids.idOf(order, 1))).toBe(order);
  expect(new OwnIds(3, 5).orderOf(ids.idOf(10, 1))).toBe(0);
  expect(new OwnIds(2, 6).orderOf(ids.idOf(10, 1))).toBe(0);
  expect([ids.orderOf("web_123"), ids.orderOf("")]).toEqual([0, 0]);
});

test("stats keep the first sample of each reason, and bound the names", () => {
  const stats = new PrivateStats();
  expect([stats.setAside("odd", { a: 1 }), stats.setAside("odd", "again")]).toEqual([true, false]);
  expect(stats.aside().get("odd")).toEqual({ count: 2, sample: '{"a":1}' });
  for (let at = 0; at < 1_000; at++) stats.decoded(`n${at}`);
  expect([stats.byName().size, stats.decodedTotal, stats.byName().get("others")]).toEqual([257, 1_000, 744]);
});

test("times in milliseconds and microseconds; what is beyond 2^53 is none", () => {
  expect([timeUs(1_700_000_000_123), timeUs(1_700_000_000_123_456), timeUs(1e13)]).toEqual([
    1_700_000_000_123_000, 1_700_000_000_123_456, -1,
  ]);
});

test("fills: money stated or reckoned, a fee in an asset that nobody defined is said and not charged", () => {
  const told: TradingRecord[] = [];
  const instrument = {
    ...{
      id: 4,
      revision: 1,
      name: "v:A-B",
      venue: "v",
      venueSymbol: "AB",
      kind: InstrumentKind.Spot,
      base: "A",
      quote: "B",
    },
    ...{ settle: "B", priceScale: 2, qtyScale: 3, priceDecimals: 2, qtyDecimals: 3, tick: 1, lot: 1 },
    ...{ qtyMin: 1, qtyMax: 0, notionalMin: 0 },
  };
  const parts = {
    account: 2,
    instrument: () => instrument,
    assetId: (code: string) => ({ A: 0, B: 1 })[code],
    ids: new OwnIds(1, 1),
  };
  const builder = new ReportBuilder(parts, (each) => told.push(each));
  const names = { price: "p", qty: "q", tradeId: "t", maker: "m", quote: "", fee: "f", feeAsset: "fa" };
  const fill = (source: Record<string, unknown>) => {
    const fields = Fields.of({ side: "SELL", p: "10.50", q: "0.200", t: "9", m: true, ...source });
    const made = builder.order(RecordKind.OrderFilled, instrument, fields, 5);
    builder.fill(made, instrument, fields, names);
    builder.tell("trade", made, fields);
    return told.at(-1);
  };
  const made = fill({ f: "0.01", fa: "B" });
  expect([made?.side, made?.price, made?.qty, made?.fillId, made?.feeAsset]).toEqual([Side.Sell, 1_050, 200, "9", 1]);
  expect(BigInt(made?.amountHi ?? 0) * 2n ** 53n + BigInt(made?.amountLo ?? 0)).toBe(2_100_000_000_000_000_000n);
  expect(BigInt(made?.feeHi ?? 0) * 2n ** 53n + BigInt(made?.feeLo ?? 0)).toBe(10_000_000_000_000_000n);
  expect(fill({ f: "0.01", fa: "XYZ" })).toMatchObject({ feeHi: 0, feeLo: 0, text: "fee not counted: 0.01 XYZ" });
  const before = told.length;
  fill({ q: "0" });
  expect([told.length, builder.stats.aside().has("trade: field q")]).toEqual([before, true]);
});
