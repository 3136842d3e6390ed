/**
 * Instances by command: started, changed, paused, resumed, stopped, deleted; restored after a restart with their orders.
 * Covers instance_desk, instance_definition, instances, recover, answers, seals and cancel filters of the engine.
 */

import { describe, expect, test } from "bun:test";
import { MemoryJournal } from "../journal/memory.ts";
import { Reject } from "../model/denial.ts";
import { OrderFlag, OrderState, OrderType, Side, TimeInForce } from "../model/order.ts";
import { CancelFilter, RecordKind, Scope, StopPolicy, TradingRecord } from "../model/record.ts";
import type { Order } from "../strategy/api.ts";
import { strategy, t } from "../strategy/meltica.ts";
import { apply } from "./apply.ts";
import { DurableState } from "./durable.ts";
import { Desk } from "./engine.testing.ts";
import { Engine } from "./engine.ts";
import { readDefinition } from "./instance_definition.ts";
import { InstanceStatus } from "./instances.ts";

const BID = 26_800_000;
const ASK = 26_801_000;
const ONE = 1_000_000;

/** Buys once for each quote until it holds an order; counts its starts in a cell. */
const BUYER = strategy(
  {
    name: "buyer",
    params: { size: t.Number({ default: 0.1, minimum: 0, maximum: 10, description: "base" }) },
    markets: { main: { tf: "1m" } },
  },
  ({ params, main, state }) => {
    const starts = state("starts", 0);
    let live: Order | undefined;
    return {
      onStart() {
        starts.value++;
        live = main.orders[0];
      },
      onQuote() {
        if (live === undefined) live = main.buy({ base: params.size }, { limit: main.bid, why: "buyer" });
      },
      onStop() {
        starts.value = 100;
      },
    };
  },
);

const THROWER = strategy({ name: "thrower", markets: { main: { tf: "1m" } } }, ({ main }) => {
  let ordered = false;
  return {
    onQuote() {
      if (ordered) throw new Error("out of luck");
      ordered = true;
      main.buy({ base: 1 }, { limit: main.bid, why: "first" });
    },
  };
});

/** Orders once by its timer; cancels what it ordered when it is told to. */
const TIMED = strategy({ name: "timed", markets: { main: { tf: "1m" } } }, ({ main, every }) => {
  let live: Order | undefined;
  every("1s", () => {
    if (live === undefined) live = main.buy({ base: 1 }, { limit: main.bid, why: "timed" });
    else live.cancel({ why: "enough" });
  });
  return {};
});

function definition(name: string, strategyName = "buyer", params: Record<string, number> = {}): string {
  const markets = { main: { instrument: "binance:ETH-USDT", account: "desk" } };
  return JSON.stringify({ name, strategy: strategyName, params, markets });
}

class InstanceRig extends Desk {
  constructor() {
    super();
    this.strategies.set("buyer", BUYER);
    this.strategies.set("thrower", THROWER);
    this.strategies.set("timed", TIMED);
    this.quote(BID, ASK);
  }

  start(text: string, instance = 0): TradingRecord {
    this.command(RecordKind.CommandInstanceStart, { text, instance });
    return this.answer() as TradingRecord;
  }

  change(kind: RecordKind, instance: number, fields: Partial<TradingRecord> = {}): TradingRecord {
    this.command(kind, { instance, ...fields });
    return this.answer() as TradingRecord;
  }

  status(instance: number): InstanceStatus | undefined {
    return this.state.instances.get(instance)?.status;
  }

  /** What another process makes of these records alone. */
  rebuilt(): DurableState {
    const state = new DurableState(this.limits);
    this.journal.replay(new TradingRecord(), (record) => apply(state, record));
    expect(state.hash()).toBe(this.state.hash());
    return state;
  }
}

describe("a journal that is far behind", () => {
  test("pauses what runs, which is one record and no more denials; what is resumed afterwards runs", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.quote(BID, ASK);
    let occupancy = 0.74;
    d.journal.occupancy = () => occupancy;
    d.quote(BID, ASK);
    expect(d.status(1)).toBe(InstanceStatus.Running);
    occupancy = 0.75;
    d.command(RecordKind.CommandTick);
    d.command(RecordKind.CommandCancelAll, { text: "something that is recorded" });
    d.engine.tick(d.nowUs + 2_000_000);
    expect(d.status(1)).toBe(InstanceStatus.Paused);
    const { record } = d.state;
    for (let n = 0; n < 10; n++) d.quote(BID, ASK);
    expect(d.state.record).toBe(record);
    occupancy = 0;
    expect(d.change(RecordKind.CommandInstanceResume, 1).text).toBe("");
    expect(d.status(1)).toBe(InstanceStatus.Running);
    d.rebuilt();
  });
});

describe("a timer and an order by hand in one step", () => {
  test("have an order each: the strategy cancels its own, never the one by hand", () => {
    const d = new InstanceRig();
    d.start(definition("one", "timed"));
    d.nowUs += 1_000_000;
    const { nextOrder } = d.state.orders;
    d.command(RecordKind.CommandPlace, {
      price: BID,
      qty: ONE,
      side: Side.Buy,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.Gtc,
    });
    const byHand = d.answer()?.order as number;
    const timed = byHand === nextOrder ? nextOrder + 1 : nextOrder;
    expect([d.state.orders.instance(byHand), d.state.orders.instance(timed)]).toEqual([0, 1]);
    for (const order of [byHand, timed]) d.report(RecordKind.OrderAccepted, order);
    d.nowUs += 1_000_000;
    d.engine.tick(d.nowUs);
    expect(d.gateway.closed.map((effect) => effect.order)).toEqual([timed]);
  });

  test("a denied wish of the timer is no answer to the command", () => {
    const d = new InstanceRig();
    d.start(definition("one", "timed"));
    d.engine.kill(Scope.Instance, 1, "test", d.nowUs);
    d.nowUs += 1_000_000;
    d.place(BID, ONE);
    expect(d.answer()).toMatchObject({ code: 0 });
    expect(d.kinds()).toContain("OrderDenied");
  });
});

describe("a strategy that is refused with each quote", () => {
  const TINY = strategy({ name: "tiny", markets: { main: { tf: "1m" } } }, ({ main }) => ({
    onQuote() {
      main.buy({ base: Number.NaN }, { limit: main.bid, why: "no size" });
    },
  }));

  test("does not flood the journal: some are kept, the others are counted", () => {
    const d = new InstanceRig();
    d.strategies.set("tiny", TINY);
    d.start(definition("one", "tiny"));
    const notes = () => d.records().filter((record) => record.kind === RecordKind.ProblemNoted);
    for (let n = 0; n < 100; n++) d.quote(BID, ASK + 100 * n);
    expect(notes()).toHaveLength(16);
    d.nowUs += 1_000_000;
    d.quote(BID, ASK);
    expect(notes()).toHaveLength(17);
    expect(notes().at(-1)?.text).toContain("(84 more were not journaled)");
    d.rebuilt();
  });
});

describe("long texts", () => {
  const SHOUTER = strategy({ name: "shouter", markets: { main: { tf: "1m" } } }, () => ({
    onQuote() {
      throw new Error("\u4e2d".repeat(5_000));
    },
  }));
  const MUTE = strategy({ name: "mute", markets: { main: { tf: "1m" } } }, () => {
    throw new Error("\u4e2d".repeat(5_000));
  });

  test("an error of any length pauses the instance and stops nothing else", () => {
    const d = new InstanceRig();
    d.strategies.set("shouter", SHOUTER);
    expect(d.start(definition("one", "shouter"))).toMatchObject({ text: "" });
    d.quote(BID, ASK);
    d.engine.tick(d.nowUs);
    expect(d.status(1)).toBe(InstanceStatus.Paused);
    d.engine.kill(Scope.Instance, 1, "why ".repeat(5_000), d.nowUs);
    expect(Math.max(...d.records().map((record) => record.text.length))).toBeLessThanOrEqual(1_000);
    d.rebuilt();
  });

  test("a setup that throws at length is answered; a definition that fits no record is refused", () => {
    const d = new InstanceRig();
    d.strategies.set("mute", MUTE);
    const answer = d.start(definition("one", "mute"));
    expect(JSON.parse(answer.text)).toMatchObject({ code: "StrategyThrew" });
    const params = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`parameter-${n}`, n]));
    expect(d.engine.launch(definition("two", "buyer", params), d.nowUs)?.code).toBe("StrategyShape");
  });

  test("a setup that throws at length after a restart leaves the instance paused, and the engine running", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    const state = d.rebuilt();
    const lanes = { ...d.lanes };
    const strategyOf = () => MUTE;
    const engine = new Engine({ ...d, state, journal: d.journal, lanes, strategyOf, seed: 1 });
    engine.addGateway(d.gateway);
    expect(engine.recover(d.nowUs)).toHaveLength(1);
    expect(state.instances.get(1)?.status).toBe(InstanceStatus.Paused);
  });
});

describe("a new instance", () => {
  test("is recorded, runs, and trades with its own orders", () => {
    const d = new InstanceRig();
    expect(d.start(definition("one"))).toMatchObject({ instance: 1, text: "", code: 0 });
    d.quote(BID, ASK);
    expect(d.gateway.opened.map((o) => [o.instance, o.text])).toEqual([[1, "buyer"]]);
    d.rebuilt();
  });

  test("is refused whole, with a code and nothing recorded, when anything about it is wrong", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    const before = d.state.record;
    const wrong: [string, RegExp][] = [
      ["no json", /not readable/],
      ['{"name":1}', /not readable/],
      [definition("two", "nobody"), /no strategy nobody/],
      [definition("two", "buyer", { siez: 1 }), /no parameter siez/],
      [definition("two", "buyer", { size: 99 }), /size/],
      [definition("one"), /named one/],
      [definition("two").replace("binance:ETH-USDT", "binance:NO-NE"), /no instrument binance:NO-NE/],
      [definition("two").replace('"desk"', '"nobody"'), /no account nobody/],
      [definition("two").replace('"main":', '"other":'), /no market other/],
    ];
    for (const [text, said] of wrong) {
      const { text: problem } = d.start(text);
      expect(problem).toMatch(said);
      expect(JSON.parse(problem)).toHaveProperty("code");
    }
    expect(d.state.record).toBe(before);
    expect(d.state.instances.count).toBe(1);
  });

  test("a definition is an object with name, strategy, params and markets", () => {
    expect(readDefinition(definition("x"))?.name).toBe("x");
    for (const text of ["", "null", "[]", "7", '{"name":"x","strategy":"s","params":[],"markets":{}}']) {
      expect(readDefinition(text)).toBeUndefined();
    }
  });
});

describe("a running instance", () => {
  test("paused: its orders are cancelled and it hears nothing; resumed: set up anew, cells restored", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.quote(BID, ASK);
    d.report(RecordKind.OrderAccepted, 1);
    expect(d.change(RecordKind.CommandInstancePause, 1).text).toBe("");
    expect(d.status(1)).toBe(InstanceStatus.Paused);
    expect(d.gateway.closed.map((o) => o.order)).toEqual([1]);
    d.report(RecordKind.OrderCanceled, 1);
    d.quote(BID, ASK);
    expect(d.gateway.opened.length).toBe(1);
    expect(d.change(RecordKind.CommandInstancePause, 1).text).toContain("not running");
    expect(d.change(RecordKind.CommandInstanceResume, 1).text).toBe("");
    expect(d.change(RecordKind.CommandInstanceResume, 1).text).toContain("running");
    d.quote(BID, ASK);
    expect(d.gateway.opened.length).toBe(2);
    expect(JSON.parse(d.state.instances.get(1)?.cells ?? "{}")).toEqual({ starts: 2 });
    d.rebuilt();
  });

  test("changed: new parameters, and the live order is taken over instead of doubled", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.quote(BID, ASK);
    d.report(RecordKind.OrderAccepted, 1);
    expect(d.start(definition("one", "buyer", { size: 0.5 }), 1)).toMatchObject({ instance: 1, text: "" });
    d.quote(BID, ASK);
    expect(d.gateway.opened.length).toBe(1);
    expect(d.start(definition("one", "buyer", { size: 99 }), 1).text).toContain("size");
    expect(readDefinition(d.state.instances.get(1)?.definition ?? "")?.params).toEqual({ size: 0.5 });
  });

  test("that throws is paused in D as well, and its orders are cancelled", () => {
    const d = new InstanceRig();
    d.start(definition("bad", "thrower"));
    d.quote(BID, ASK);
    d.report(RecordKind.OrderAccepted, 1);
    d.quote(BID, ASK);
    expect(d.status(1)).toBe(InstanceStatus.Paused);
    expect(d.gateway.closed.map((o) => o.order)).toEqual([1]);
    expect(d.rebuilt().instances.get(1)?.status).toBe(InstanceStatus.Paused);
  });

  test("stopped flat: orders cancelled first, then the position closed by a reduce-only market order, until it is", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.quote(BID, ASK);
    d.report(RecordKind.OrderAccepted, 1);
    const half = ONE / 20;
    d.report(RecordKind.OrderFilled, 1, { qty: half, cumQty: half, fillId: "f1" });
    expect(d.change(RecordKind.CommandInstanceStop, 1, { flags: StopPolicy.Flatten }).text).toBe("");
    expect(d.gateway.closed.map((o) => o.order)).toEqual([1]);
    expect(d.change(RecordKind.CommandInstanceDelete, 1).text).toContain("being closed");
    d.report(RecordKind.OrderCanceled, 1);
    d.nowUs += 1_000;
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened[1]).toMatchObject({
      side: Side.Sell,
      qty: half,
      orderType: OrderType.Market,
      timeInForce: TimeInForce.Ioc,
      flags: OrderFlag.ReduceOnly,
    });
    d.report(RecordKind.OrderAccepted, 2);
    d.report(RecordKind.OrderFilled, 2, { qty: half, cumQty: half, fillId: "f2", price: BID });
    d.nowUs += 2_000_000;
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened.length).toBe(2);
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(0);
    expect(d.change(RecordKind.CommandInstanceDelete, 1).text).toBe("");
    expect(d.status(1)).toBe(InstanceStatus.Deleted);
    expect(d.change(RecordKind.CommandInstanceResume, 1).text).toContain("no instance 1");
    expect(d.engine.instances.wasDeleted("one")).toBe(true);
    expect(d.start(definition("one")).instance).toBe(2); // The name is free again, the id is not.
    d.rebuilt();
  });

  test("stopped flat is closed, though another one that is stopped flat cannot be", () => {
    const d = new InstanceRig();
    for (const id of [1, 2]) {
      d.start(definition(`i${id}`));
      d.quote(BID, ASK);
      d.report(RecordKind.OrderAccepted, id);
      d.report(RecordKind.OrderFilled, id, { qty: ONE / 10, cumQty: ONE / 10, fillId: `f${id}` });
    }
    d.engine.kill(Scope.Instance, 1, "test", d.nowUs);
    d.change(RecordKind.CommandInstanceStop, 1, { flags: StopPolicy.Flatten });
    d.change(RecordKind.CommandInstanceStop, 2, { flags: StopPolicy.Flatten });
    for (let n = 0; n < 15; n++) {
      d.nowUs += 100_000;
      d.engine.tick(d.nowUs);
    }
    const closing = d.gateway.opened.filter((order) => order.side === Side.Sell);
    expect(closing.map((order) => [order.instance, order.qty])).toEqual([[2, ONE / 10]]);
  });

  test("stopped keeping its orders: nothing is cancelled", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.quote(BID, ASK);
    d.report(RecordKind.OrderAccepted, 1);
    d.change(RecordKind.CommandInstanceStop, 1, { flags: StopPolicy.Keep });
    expect(d.gateway.closed).toEqual([]);
    expect(d.change(RecordKind.CommandInstanceStop, 1).text).toContain("stopped");
    expect(d.change(RecordKind.CommandInstanceDelete, 1).text).toContain("open orders"); // Nobody would know whose.
    d.report(RecordKind.OrderCanceled, 1);
    expect(d.change(RecordKind.CommandInstanceDelete, 1).text).toBe("");
  });
});

test("a pause is held up by no limit of cancels, and by no venue that refuses them", () => {
  const d = new InstanceRig();
  d.start(definition("one", "thrower"));
  const orders = [1, 2, 3].map((n) => {
    const order = d.state.orders.nextOrder;
    const terms = { price: BID - n * 10_000, qty: 1_000_000, side: Side.Buy, orderType: OrderType.Limit };
    d.command(RecordKind.CommandPlace, { instance: 1, text: "by hand", timeInForce: 1, ...terms });
    d.report(RecordKind.OrderAccepted, order);
    return order;
  });
  const states = () => orders.map((order) => OrderState[d.state.orders.state(order)]);
  expect(states()).toEqual(["Open", "Open", "Open"]);
  const limits = d.records().findLast((r) => r.kind === RecordKind.LimitsSet) as TradingRecord;
  const cancels = { count: 1, reserve: 0, windowUs: 1_500_000 };
  limits.text = JSON.stringify({ ...JSON.parse(limits.text), version: 2, cancels });
  d.engine.define(limits, d.nowUs);
  d.change(RecordKind.CommandInstancePause, 1, { text: "enough" });
  expect(states()).toEqual(["CancelSent", "CancelSent", "CancelSent"]);
  for (const order of orders) d.report(RecordKind.CancelRejected, order, { code: Reject.RateLimit });
  expect(states()).toEqual(["Open", "Open", "Open"]);
  for (let n = 0; n < 6; n++) {
    d.nowUs += 1_000_000;
    d.engine.tick(d.nowUs);
  }
  expect(states()).toEqual(["CancelSent", "CancelSent", "CancelSent"]);
  d.rebuilt();
});

describe("after a restart", () => {
  /** A new engine over what the records of the old one say, with a gateway that has seen nothing yet. */
  function restarted(before: InstanceRig, suspect = 0): InstanceRig {
    const state = new DurableState(before.limits);
    const journal = new MemoryJournal(before.limits);
    before.journal.replay(new TradingRecord(), (record) => {
      apply(state, record);
      journal.append(record);
    });
    const fresh = new InstanceRig();
    const engine = new Engine({ ...fresh, journal, state, seed: 1 });
    const after: InstanceRig = Object.assign(fresh, { state, engine, nowUs: before.nowUs + 2_000 });
    engine.addGateway(after.gateway);
    engine.recover(before.nowUs + 1_000, suspect);
    return after;
  }

  test("what was never answered is unknown, cancels are sent again, strategies go on with their orders and cells", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.quote(BID, ASK);
    d.report(RecordKind.OrderAccepted, 1);
    const sent = d.place(BID, ONE);
    const canceling = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, canceling);
    d.command(RecordKind.CommandCancel, { order: canceling });
    const after = restarted(d);
    expect(after.state.orders.state(sent)).toBe(OrderState.Unknown);
    expect(after.gateway.closed.map((o) => o.order)).toEqual([canceling]);
    after.quote(BID, ASK);
    expect(after.gateway.opened).toEqual([]); // The old quote still rests: no second one.
    expect(JSON.parse(after.state.instances.get(1)?.cells ?? "{}")).toEqual({ starts: 2 });
  });

  test("the instance that stalled the engine stays paused", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.start(definition("two"));
    const after = restarted(d, 2);
    expect([after.status(1), after.status(2)]).toEqual([InstanceStatus.Running, InstanceStatus.Paused]);
  });
});

describe("a crash between a record and the cancels that it asks for", () => {
  test.each([
    ["a kill", RecordKind.Killed, (d: InstanceRig) => d.engine.kill(Scope.Instance, 1, "test", d.nowUs)],
    ["a pause", RecordKind.InstancePaused, (d: InstanceRig) => void d.change(RecordKind.CommandInstancePause, 1)],
    [
      "a stop that closes the position",
      RecordKind.InstanceStopped,
      (d: InstanceRig) => void d.change(RecordKind.CommandInstanceStop, 1, { flags: StopPolicy.Flatten }),
    ],
  ])("%s: recovery cancels", (_, kind, act) => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.quote(BID, ASK);
    d.report(RecordKind.OrderAccepted, 1);
    const byHand = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, byHand);
    act(d);
    const state = new DurableState(d.limits);
    const journal = new MemoryJournal(d.limits);
    for (const record of d.records()) {
      journal.append(record);
      apply(state, record);
      if (record.kind === kind) break;
    }
    d.gateway.closed.length = 0;
    const engine = new Engine({ ...d, strategyOf: d.strategyOf, state, journal, seed: 1 });
    engine.addGateway(d.gateway);
    engine.recover(d.nowUs);
    expect(d.gateway.closed.map((effect) => effect.order)).toEqual([1]);
    expect([state.orders.state(1), state.orders.state(byHand)]).toEqual([OrderState.CancelSent, OrderState.Open]);
  });
});

describe("commands", () => {
  test("are answered in order, with the last record of their step and the denial", () => {
    const d = new InstanceRig();
    d.command(RecordKind.CommandPlace, {
      side: Side.Buy,
      qty: ONE,
      price: BID,
      orderType: OrderType.Limit,
      attempt: 7,
      timeInForce: TimeInForce.Gtc,
      fillId: "key",
    });
    d.command(RecordKind.CommandPlace, {
      side: Side.Buy,
      qty: 1e12,
      price: BID,
      orderType: OrderType.Limit,
      attempt: 8,
      timeInForce: TimeInForce.Gtc,
    });
    d.command(RecordKind.CommandCancel, { order: 99, attempt: 9 });
    const [placed, denied, missing] = [d.answer(), d.answer(), d.answer()];
    expect(placed).toMatchObject({ attempt: 7, order: 1, code: 0 });
    expect(d.records()[(placed?.record as number) - 2]).toMatchObject({ kind: RecordKind.OrderIntent, fillId: "key" });
    expect(denied).toMatchObject({ attempt: 8, order: 2, record: d.state.record - 1 });
    expect(denied?.code).toBeGreaterThan(0);
    expect(d.state.orders.state(2)).toBe(OrderState.Denied);
    expect(missing).toMatchObject({ attempt: 9, order: 99, record: d.state.record });
    expect(missing?.code).toBeGreaterThan(0);
  });

  test("cancel all takes only what fits every filter", () => {
    const d = new InstanceRig();
    d.start(definition("one"));
    d.quote(BID, ASK);
    const manual = d.place(BID, ONE);
    for (const order of [1, manual]) d.report(RecordKind.OrderAccepted, order);
    d.command(RecordKind.CommandCancelAll, { flags: CancelFilter.Instance | CancelFilter.Account, instance: 1 });
    expect(d.gateway.closed.map((o) => o.order)).toEqual([1]);
    d.command(RecordKind.CommandCancelAll, { flags: CancelFilter.Instrument, instrument: 5 });
    expect(d.gateway.closed.length).toBe(1);
    d.command(RecordKind.CommandCancelAll, {});
    expect(d.gateway.closed.map((o) => o.order)).toEqual([1, manual]);
  });

  test("the kill word closes the gate in the very step that would release", () => {
    const d = new InstanceRig();
    d.journal.stalled = true;
    const order = d.place(BID, ONE);
    d.journal.stalled = false;
    Atomics.store(d.killWord, 0, 1);
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened).toEqual([]);
    expect(d.state.orders.state(order)).toBe(OrderState.Withdrawn);
    expect(d.state.risk.isKilled(0, 0, 0)).toBe(true);
    Atomics.store(d.killWord, 0, 0);
    d.command(RecordKind.CommandResume, { scope: Scope.Firm });
    expect(d.state.risk.isKilled(0, 0, 0)).toBe(false);
  });

  test("funding is a record of its own", () => {
    const d = new InstanceRig();
    const report = new TradingRecord().reset(RecordKind.CashMoved);
    Object.assign(report, { timeUs: d.nowUs, code: 4, amountLo: 500, instrument: 0, fillId: "F0-1" });
    d.lanes.private.put(report);
    d.engine.poll();
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.CashMoved, code: 4, amountLo: 500 });
  });
});

test("seals carry the hash of D before them, once for each change", () => {
  const d = new Desk();
  const state = new DurableState(d.limits);
  const journal = new MemoryJournal(d.limits);
  const engine = new Engine({ ...d, state, journal, sealEveryUs: 1_000, seed: 1 });
  const record = new TradingRecord().reset(RecordKind.AccountOpened);
  record.text = "a";
  engine.define(record, d.nowUs);
  const hash = state.hash();
  for (const us of [1, 5_000, 10_000]) engine.tick(d.nowUs + us);
  const texts: string[] = [];
  journal.replay(new TradingRecord(), (r) => texts.push(`${RecordKind[r.kind]} ${r.text}`));
  expect(texts).toEqual(["AccountOpened a", `Sealed ${hash}`]);
});
