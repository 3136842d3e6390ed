/** Held orders' life: triggers, trailing, expiry, restart, gap and outage; emulator.ts, trigger.ts and order_plan.ts. */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { Denial, Reject } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { OrderFlag, OrderType, Side, TimeInForce, TriggerBy } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import type { LimitsPayload } from "../risk/limits_payload.ts";
import { instrumentText } from "./apply.ts";
import { ETH } from "./engine.testing.ts";
import { HeldDesk, PRICE, QTY } from "./held.testing.ts";

const STOP = { side: Side.Sell, orderType: OrderType.StopMarket, flags: OrderFlag.ReduceOnly } as const;

/** Long 1 ETH at 2,000, and a stop below. */
function long(fields = {}, capabilities = {}) {
  const desk = new HeldDesk(capabilities);
  desk.price(2_000);
  desk.position(1);
  const stop = desk.place({ ...STOP, qty: 1, triggerPrice: 1_900, ...fields });
  return { desk, stop };
}

describe("held orders' life", () => {
  test("a stop is held, fires at the first price at or below its trigger, and goes as a market order", () => {
    const { desk, stop } = long();
    expect(desk.stateOf(stop)).toBe("Held");
    expect(desk.sent.length).toBe(1); // The position itself.
    desk.price(1_900.01);
    expect(desk.stateOf(stop)).toBe("Held");
    desk.price(1_900);
    expect(desk.stateOf(stop)).toBe("Sent");
    const sent = desk.sent.at(-1);
    expect([sent?.order, sent?.orderType, sent?.timeInForce, sent?.price, sent?.qty]).toEqual([
      stop,
      OrderType.Market,
      TimeInForce.Ioc,
      0,
      QTY,
    ]);
    expect(desk.kindsOf(stop)).toEqual(["OrderIntent", "OrderTriggered", "OrderSent"]);
    desk.fill(stop, 1);
    expect([desk.stateOf(stop), desk.positionQty()]).toEqual(["Filled", 0]);
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });

  test("a gap through the trigger fires at the first price beyond it", () => {
    const { desk, stop } = long();
    desk.price(1_500);
    expect(desk.stateOf(stop)).toBe("Sent");
    expect(desk.records.find((r) => r.kind === RecordKind.OrderTriggered)?.referencePrice).toBe(1_500 * PRICE);
  });

  const cases = [
    [OrderType.StopMarket, Side.Sell, 1_900, [1_901, 2_100], 1_899],
    [OrderType.StopMarket, Side.Buy, 2_100, [2_099, 1_900], 2_101],
    [OrderType.StopLimit, Side.Sell, 1_900, [1_901], 1_900],
    [OrderType.TakeProfitMarket, Side.Sell, 2_100, [2_099, 1_800], 2_100],
    [OrderType.TakeProfitMarket, Side.Buy, 1_900, [1_901, 2_200], 1_850],
    [OrderType.TakeProfitLimit, Side.Buy, 1_900, [1_950], 1_900],
  ] as const;
  for (const [orderType, side, triggerPrice, quiet, fires] of cases) {
    test(`${OrderType[orderType]} ${Side[side]} at ${triggerPrice}`, () => {
      const desk = new HeldDesk();
      desk.price(2_000);
      const hasPrice = orderType === OrderType.StopLimit || orderType === OrderType.TakeProfitLimit;
      const order = desk.place({
        side,
        orderType,
        qty: 1,
        triggerPrice,
        timeInForce: TimeInForce.Gtc,
        price: hasPrice ? 1_890 : 0,
      });
      for (const price of quiet) desk.price(price);
      expect(desk.stateOf(order)).toBe("Held");
      desk.price(fires);
      expect(desk.stateOf(order)).toBe("Sent");
      expect(desk.sent.at(-1)?.orderType).toBe(hasPrice ? OrderType.Limit : OrderType.Market);
      expect(desk.sent.at(-1)?.price).toBe(hasPrice ? 1_890 * PRICE : 0);
    });
  }

  test("orders fire in the order of their numbers", () => {
    const { desk, stop } = long({ qty: 0.5 });
    const second = desk.place({ ...STOP, qty: 0.5, triggerPrice: 1_950 });
    desk.price(1_800);
    expect(desk.sent.slice(1).map((r) => r.order)).toEqual([stop, second]);
  });

  test("which price fires: last, quote, mark", () => {
    const { desk, stop } = long({ triggerBy: TriggerBy.Quote });
    // The bid is a tick below: it reaches the trigger before the last price does.
    desk.price(1_900.01);
    expect(desk.stateOf(stop)).toBe("Sent");
    const mark = long({ triggerBy: TriggerBy.Mark });
    mark.desk.price(1_800);
    expect(mark.desk.stateOf(mark.stop)).toBe("Held");
  });

  test("a cancel of a held order is a withdrawal at once; an amend changes it where it is", () => {
    const { desk, stop } = long();
    desk.command(RecordKind.CommandAmend, { order: stop, triggerPrice: 1_850 * PRICE, text: "lower" });
    desk.price(1_890);
    expect([desk.stateOf(stop), desk.orders.held.triggerPrice(stop)]).toEqual(["Held", 1_850 * PRICE]);
    desk.command(RecordKind.CommandAmend, { order: stop, triggerPrice: 1_850 * PRICE + 1, text: "off the tick" });
    expect(desk.records.at(-1)).toMatchObject({ kind: RecordKind.ReplaceDenied, code: Denial.TriggerInvalid });
    desk.cancel(stop);
    expect([desk.stateOf(stop), desk.gateway.closed.length]).toEqual(["Withdrawn", 0]);
  });

  test("held orders are no exposure and are counted as open; a kill ends them", () => {
    const { desk, stop } = long();
    expect([desk.orders.openSellQty(0, 0), desk.orders.held.count, desk.orders.held.countOf(0, 0)]).toEqual([0, 1, 1]);
    desk.command(RecordKind.CommandKill, { scope: 5, text: "enough" });
    expect([desk.stateOf(stop), desk.orders.held.count]).toEqual(["Withdrawn", 0]);
    desk.command(RecordKind.CommandPlace, {
      side: Side.Sell,
      orderType: OrderType.StopMarket,
      timeInForce: TimeInForce.Ioc,
      qty: QTY,
      triggerPrice: 1_900 * PRICE,
      text: "x",
    });
    expect(desk.records.at(-1)?.code).toBe(Denial.KillSwitch);
  });

  test("a venue's word on a held order is a break and changes nothing", () => {
    const { desk, stop } = long();
    const hash = () => desk.state.rows.text();
    const before = hash();
    for (const kind of [RecordKind.OrderAccepted, RecordKind.OrderReplaced, RecordKind.OrderFilled]) {
      desk.report(kind, stop, { qty: QTY, price: PRICE, fillId: "x" });
      expect(desk.records.at(-1)).toMatchObject({ kind: RecordKind.ProblemNoted, code: Code.EvidenceImpossible });
    }
    expect(hash()).toBe(before);
  });

  test("a stop that protects more than there is goes with what there is; with nothing left it is denied", () => {
    const { desk, stop } = long();
    const sell = desk.place({ side: Side.Sell, qty: 0.4 });
    desk.fill(sell, 0.4);
    desk.price(1_800);
    expect([desk.stateOf(stop), desk.qty(stop)]).toEqual(["Sent", 0.6]);
    const other = long();
    const all = other.desk.place({ side: Side.Sell, qty: 1 });
    other.desk.fill(all, 1);
    other.desk.price(1_800);
    expect(other.desk.stateOf(other.stop)).toBe("Denied");
    expect(other.desk.orders.code(other.stop)).toBe(Denial.ReduceOnlyWouldIncrease);
  });

  test("an exit that cannot leave is held again and goes when it can; an opening order ends", () => {
    const { desk, stop } = long();
    const entry = desk.place({ side: Side.Buy, orderType: OrderType.TakeProfitMarket, qty: 1, triggerPrice: 1_900 });
    desk.gateway.answer = Code.SocketLost;
    desk.price(1_800);
    expect([desk.stateOf(stop), desk.stateOf(entry)]).toEqual(["Held", "Withdrawn"]);
    for (let i = 0; i < 20; i++) desk.price(1_990); // Fired is fired, wherever the price goes.
    expect(desk.stateOf(stop)).toBe("Held");
    const before = desk.records.length;
    desk.gateway.answer = Code.Ok;
    for (let i = 0; i < 10; i++) desk.tick();
    expect([desk.stateOf(stop), desk.records.length - before]).toEqual(["Sent", 2]);
  });

  test("asleep: nothing is sent until its account is in step with the venue", () => {
    const { desk, stop } = long();
    let awake = false;
    desk.engine.contingency.isAwake = () => awake;
    desk.price(1_800);
    expect(desk.stateOf(stop)).toBe("Held");
    awake = true;
    desk.price(1_810);
    expect(desk.stateOf(stop)).toBe("Sent");
  });
});

describe("a new revision of the instrument", () => {
  const define = (desk: HeldDesk, fields: Partial<Instrument>) => {
    const instrument = { ...ETH, revision: 2, ...fields };
    const record = new TradingRecord().reset(RecordKind.InstrumentDefined);
    record.instrumentRevision = 2;
    record.text = instrumentText(instrument);
    desk.engine.define(record, desk.nowUs);
  };

  test("another tick: the stop stays, can be amended on the new tick, and fires", () => {
    const { desk, stop } = long();
    define(desk, { tick: 1_000 });
    desk.command(RecordKind.CommandAmend, { order: stop, triggerPrice: 1_890.05 * PRICE, text: "off" });
    expect(desk.records.at(-1)?.code).toBe(Denial.TriggerInvalid);
    desk.command(RecordKind.CommandAmend, { order: stop, triggerPrice: 1_890.1 * PRICE, text: "on" });
    desk.price(1_890);
    expect([desk.stateOf(stop), desk.orders.held.triggerPrice(stop)]).toEqual(["Sent", 18_901_000]);
  });

  test("other scales: a trigger would be read as another price, so the stop ends and says why", () => {
    const { desk, stop } = long();
    define(desk, { priceScale: 5, tick: 1_000 });
    expect(desk.stateOf(stop)).toBe("Withdrawn");
    expect(desk.records.findLast((r) => r.order === stop)?.text).toContain("scales");
  });
});

describe("terms", () => {
  const bad = [
    ["a stop without a trigger", { ...STOP, triggerPrice: 0 }, Denial.TriggerInvalid],
    ["a trigger off the tick", { ...STOP, triggerPrice: 1_900.0001 }, Denial.TriggerInvalid],
    ["a trigger on a limit order", { price: 1_900, triggerPrice: 1_900 }, Denial.TriggerInvalid],
    ["trailing without a distance", { ...STOP, orderType: OrderType.TrailingStop }, Denial.TrailInvalid],
    [
      "a distance of 100 %",
      { ...STOP, orderType: OrderType.TrailingStop, trailOffset: 1e6, flags: OrderFlag.TrailBps },
      Denial.TrailInvalid,
    ],
    ["a distance on a stop", { ...STOP, triggerPrice: 1_900, trailOffset: 100 }, Denial.TrailInvalid],
    ["gtd without a time", { price: 1_900, timeInForce: TimeInForce.Gtd }, Denial.ExpireInvalid],
    ["a time that is over", { price: 1_900, timeInForce: TimeInForce.Gtd, expireUs: 1 }, Denial.ExpireInvalid],
    ["a time on ioc", { price: 1_900, timeInForce: TimeInForce.Ioc, expireUs: 9e15 }, Denial.ExpireInvalid],
    ["an iceberg where the venue has none", { price: 1_900, displayQty: 0.5 }, Denial.UnsupportedType],
    ["an unknown parent", { price: 1_900, parent: 99 }, Denial.ParentInvalid],
    ["an unknown group", { ...STOP, triggerPrice: 1_900, group: 99 }, Denial.GroupInvalid],
    ["an unknown type", { orderType: 9 }, Denial.UnsupportedType],
  ] as const;
  for (const [name, fields, denial] of bad) {
    test(name, () => {
      const desk = new HeldDesk();
      desk.price(2_000);
      const order = desk.place({ qty: 1, ...fields });
      expect([desk.stateOf(order), Denial[desk.orders.code(order)]]).toEqual(["Denied", Denial[denial]]);
    });
  }

  test("iceberg: as it is where the venue has it", () => {
    const desk = new HeldDesk({ iceberg: true });
    desk.price(2_000);
    const order = desk.place({ qty: 1, price: 1_900, displayQty: 0.25 });
    expect([desk.stateOf(order), desk.sent.at(-1)?.displayQty]).toEqual(["Sent", 0.25 * QTY]);
    const large = desk.place({ qty: 1, price: 1_900, displayQty: 1.5 });
    expect(desk.orders.code(large)).toBe(Denial.DisplayInvalid);
  });

  test("native: what the venue keeps goes to it as it is, a trigger and all", () => {
    const { desk, stop } = long({}, { stops: true, trailing: true });
    expect([desk.stateOf(stop), desk.sent.at(-1)?.orderType, desk.sent.at(-1)?.triggerPrice]).toEqual([
      "Sent",
      OrderType.StopMarket,
      1_900 * PRICE,
    ]);
    desk.price(1_800);
    expect(desk.kindsOf(stop)).toEqual(["OrderIntent", "OrderSent"]);
  });

  test("good till a time: ended by the venue where it can, else by us, over a restart too", () => {
    for (const native of [true, false]) {
      const desk = new HeldDesk({ goodTillDate: native });
      desk.price(2_000);
      const order = desk.place({
        qty: 1,
        price: 1_900,
        timeInForce: TimeInForce.Gtd,
        expireUs: desk.nowUs + 5_000_000,
      });
      const held = desk.place({
        ...STOP,
        side: Side.Buy,
        flags: 0,
        qty: 1,
        triggerPrice: 2_500,
        timeInForce: TimeInForce.Gtd,
        expireUs: desk.nowUs + 5_000_000,
      });
      desk.accept(order);
      expect(desk.sent.at(-1)?.timeInForce).toBe(native ? TimeInForce.Gtd : TimeInForce.Gtc);
      desk.tick(4_000_000);
      expect([desk.stateOf(order), desk.stateOf(held)]).toEqual(["Open", "Held"]);
      desk.restart();
      desk.tick(1_100_000);
      expect([desk.stateOf(order), desk.stateOf(held)]).toEqual([native ? "Open" : "CancelSent", "Expired"]);
      for (let i = 0; i < 5; i++) desk.tick(1_100_000);
      // Sent again while the venue does not answer, and never for another order.
      const closed = new Set(desk.gateway.closed.map((cancel) => cancel.order));
      expect([...closed]).toEqual(native ? [] : [order]);
    }
  });
});

test("an order that has run out is cancelled until it has ended, also when a refusal comes late", () => {
  const desk = new HeldDesk();
  desk.price(2_000);
  const order = desk.place({ qty: 1, price: 1_900, timeInForce: TimeInForce.Gtd, expireUs: desk.nowUs + 1_000_000 });
  desk.accept(order);
  desk.tick(1_100_000);
  desk.tick(1_500_000);
  desk.report(RecordKind.CancelRejected, order, { code: Reject.RateLimit });
  expect(desk.stateOf(order)).toBe("Open");
  desk.tick(1_100_000);
  expect([desk.stateOf(order), desk.gateway.closed.length]).toEqual(["CancelSent", 2]);
});

describe("trailing", () => {
  const trail = (fields = {}) =>
    long({ orderType: OrderType.TrailingStop, triggerPrice: 0, trailOffset: 100 * PRICE, ...fields });

  test("by price: follows the best price and fires at the distance", () => {
    const { desk, stop } = trail();
    for (const price of [2_050, 2_200, 2_150, 2_100.01]) desk.price(price);
    expect([desk.stateOf(stop), desk.orders.held.watermark(stop)]).toEqual(["Held", 2_200 * PRICE]);
    desk.price(2_100);
    expect(desk.stateOf(stop)).toBe("Sent");
  });

  test("by basis points, a buy, rounded to the tick away from the market", () => {
    const desk = new HeldDesk();
    desk.price(2_000);
    const flags = OrderFlag.TrailBps;
    const order = desk.place({ side: Side.Buy, orderType: OrderType.TrailingStop, qty: 1, trailOffset: 12_345, flags });
    desk.price(1_900.07); // 1.2345 % above is 1923.526…, the tick above is 1923.53.
    desk.price(1_923.52);
    expect(desk.stateOf(order)).toBe("Held");
    desk.price(1_923.53);
    expect(desk.stateOf(order)).toBe("Sent");
  });

  test("activation: nothing trails before the price has been there", () => {
    const { desk, stop } = trail({ triggerPrice: 2_100 });
    desk.price(1_500);
    expect([desk.stateOf(stop), desk.orders.held.watermark(stop)]).toEqual(["Held", 0]);
    desk.price(2_110);
    desk.price(2_010.01);
    expect(desk.stateOf(stop)).toBe("Held");
    desk.price(2_010);
    expect(desk.stateOf(stop)).toBe("Sent");
  });

  test("the watermark in D is never more than a basis point behind, and exact within two seconds", () => {
    const { desk, stop } = trail();
    let best = 0;
    for (let i = 0; i < 500; i++) {
      const price = 2_000 + Math.round(i * 3.7) / 100;
      best = Math.max(best, price);
      desk.price(price);
      const mark = desk.orders.held.watermark(stop) / PRICE;
      expect(best - mark).toBeLessThan(best / 10_000);
    }
    const moves = desk.records.filter((r) => r.kind === RecordKind.WatermarkMoved).length;
    expect(moves).toBeLessThan(150);
    desk.tick(2_100_000);
    expect(desk.orders.held.watermark(stop)).toBe(Math.round(best * PRICE));
  });

  test("restart: the watermark is where it was, within a basis point", () => {
    const { desk, stop } = trail();
    desk.price(2_200);
    desk.price(2_200.1);
    desk.restart();
    expect(2_200.1 * PRICE - desk.orders.held.watermark(stop)).toBeLessThan(0.2201 * PRICE);
    desk.price(2_099);
    expect(desk.stateOf(stop)).toBe("Sent");
  });
});

describe("restart and outage", () => {
  const policies = [
    ["trigger", 0, "Sent", "OrderTriggered"],
    ["keep", OrderFlag.OnOutageKeep, "Held", "ProblemNoted"],
    ["cancel", OrderFlag.OnOutageCancel, "Withdrawn", "OrderWithdrawn"],
  ] as const;
  for (const [name, flag, state, kind] of policies) {
    test(`${name}: the outage's low passed the stop, the price has come back`, () => {
      const { desk, stop } = long({ flags: OrderFlag.ReduceOnly | flag });
      desk.restart();
      expect(desk.stateOf(stop)).toBe("Held");
      desk.engine.backfill(0, 2_000 * PRICE, 1_850 * PRICE, desk.nowUs);
      expect(desk.stateOf(stop)).toBe("Held"); // Nothing before a price that can be trusted.
      desk.price(1_980);
      expect(desk.stateOf(stop)).toBe(state);
      expect(desk.kindsOf(stop)).toContain(kind);
      expect(desk.replicaHash()).toBe(desk.state.hash());
    });

    test(`${name}: nobody tells of the outage, the price is beyond the stop`, () => {
      const { desk, stop } = long({ flags: OrderFlag.ReduceOnly | flag });
      desk.restart();
      desk.price(1_850);
      expect(desk.stateOf(stop)).toBe(state);
      if (name !== "keep") return;
      desk.price(1_800);
      expect(desk.stateOf(stop)).toBe("Held");
      desk.price(1_950); // On the other side again: from here on it protects as before.
      desk.price(1_899);
      expect(desk.stateOf(stop)).toBe("Sent");
    });

    test(`${name}: an outage that did not reach the stop changes nothing`, () => {
      const { desk, stop } = long({ flags: OrderFlag.ReduceOnly | flag });
      desk.restart();
      desk.engine.backfill(0, 2_100 * PRICE, 1_901 * PRICE, desk.nowUs);
      desk.price(1_980);
      expect(desk.stateOf(stop)).toBe("Held");
      desk.price(1_900);
      expect(desk.stateOf(stop)).toBe("Sent");
    });
  }

  test("trailing: the outage's high moves the watermark, its low fires where the old one says so", () => {
    const make = () => {
      const { desk, stop } = long({ orderType: OrderType.TrailingStop, triggerPrice: 0, trailOffset: 100 * PRICE });
      desk.price(2_100);
      desk.restart();
      return { desk, stop };
    };
    const sure = make();
    sure.desk.engine.backfill(0, 2_300 * PRICE, 2_000 * PRICE, sure.desk.nowUs);
    sure.desk.price(2_250);
    expect(sure.desk.stateOf(sure.stop)).toBe("Sent");
    const open = make();
    open.desk.engine.backfill(0, 2_300 * PRICE, 2_001 * PRICE, open.desk.nowUs);
    open.desk.price(2_250);
    expect([open.desk.stateOf(open.stop), open.desk.orders.held.watermark(open.stop)]).toEqual(["Held", 2_300 * PRICE]);
    open.desk.price(2_200);
    expect(open.desk.stateOf(open.stop)).toBe("Sent");
  });

  test("a feed that was lost: the same, without a restart", () => {
    const { desk, stop } = long();
    desk.engine.emulator.sleep(0);
    desk.engine.backfill(0, 2_000 * PRICE, 1_850 * PRICE, desk.nowUs);
    desk.price(1_980);
    expect(desk.stateOf(stop)).toBe("Sent");
  });

  test("killed at any record, a stop fires once and only once", () => {
    const { desk, stop } = long();
    desk.price(1_850);
    const all = desk.records.length;
    const first = desk.records.findIndex((r) => r.order === stop) + 1;
    for (let keep = first; keep <= all; keep++) {
      const again = long();
      again.desk.price(1_850);
      again.desk.restart(keep);
      again.desk.price(1_850);
      again.desk.tick();
      const state = again.desk.stateOf(stop);
      // The venue may have it once it was triggered: it is unknown then, never sent again.
      expect(state).toBe(keep < all - 1 ? "Sent" : "Unknown");
      expect(again.desk.sent.filter((r) => r.order === stop).length).toBe(keep < all - 1 ? 2 : 1);
    }
  });
});

describe("limits and what is held", () => {
  const ENTRY = { side: Side.Buy, orderType: OrderType.StopMarket, qty: 1, triggerPrice: 2_100 } as const;
  const RATE = { count: 1_000, windowUs: 1_000_000 };

  function limited(more: Partial<LimitsPayload>): HeldDesk {
    const desk = new HeldDesk();
    desk.price(2_000);
    const payload = { scope: "account", key: 0, version: 1, newOrders: RATE, ...more } as LimitsPayload;
    const record = new TradingRecord();
    expect(limitsRecord(record, payload, desk.state.limits)).toEqual([]);
    desk.command(RecordKind.CommandSetLimits, { ...record, kind: RecordKind.CommandSetLimits });
    return desk;
  }

  test("an order that is held is not counted twice against open orders when it fires or is amended", () => {
    const desk = limited({ maxOpenOrders: 1 });
    const order = desk.place(ENTRY);
    desk.command(RecordKind.CommandAmend, { order, triggerPrice: 2_050 * PRICE });
    expect(desk.orders.held.triggerPrice(order)).toBe(2_050 * PRICE);
    expect(desk.stateOf(desk.place(ENTRY))).toBe("Denied");
    desk.price(2_060);
    expect(desk.stateOf(order)).toBe("Sent");
  });

  test("an entry's exits count as open orders, too", () => {
    const legs = [
      { side: Side.Sell, orderType: OrderType.StopMarket, triggerPrice: 1_800 },
      { side: Side.Sell, orderType: OrderType.Limit, price: 2_300 },
    ];
    const place = (maxOpenOrders: number) => {
      const desk = limited({ maxOpenOrders });
      return desk.stateOf(desk.place({ price: 2_000, qty: 1, legs }));
    };
    expect([place(2), place(3)]).toEqual(["Denied", "Sent"]);
  });

  test("what fires at once counts against the rate of new orders", () => {
    const desk = limited({ newOrders: { count: 3, windowUs: 1_000_000 } });
    const orders = [desk.place(ENTRY), desk.place(ENTRY), desk.place(ENTRY)];
    desk.nowUs += 2_000_000;
    desk.price(2_000);
    orders.push(desk.place(ENTRY));
    desk.price(2_110);
    const sent = orders.filter((order) => desk.stateOf(order) === "Sent");
    expect(sent.length).toBe(2); // And the one that was placed in the same second.
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });
});

describe("a kill ends what is held", () => {
  const kills = [
    [Scope.Firm, {}],
    [Scope.Account, { account: 0 }],
    [Scope.Instrument, { instrument: 0 }],
    [Scope.Venue, { venueOrderId: ETH.venue }],
  ] as const;
  for (const [scope, columns] of kills) {
    test(`${Scope[scope]}: held, resting and unknown alike; a resume brings nothing back`, () => {
      const { desk, stop } = long();
      const rest = desk.place({ price: 1_900, qty: 1 });
      desk.accept(rest);
      desk.command(RecordKind.CommandKill, { scope, text: "stop", ...columns });
      expect([desk.stateOf(stop), desk.stateOf(rest)]).toEqual(["Withdrawn", "CancelSent"]);
      const hash = desk.replicaHash();
      expect(desk.state.hash()).toBe(hash);
      desk.command(RecordKind.CommandResume, { scope, text: "go on", ...columns });
      desk.price(1_800);
      expect([desk.stateOf(stop), desk.state.risk.kills.count]).toEqual(["Withdrawn", 0]);
    });
  }
});
