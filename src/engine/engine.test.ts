/**
 * The engine by hand: what leaves when, what is recorded first, what a kill does, and that records alone rebuild D.
 * Covers accounts, apply, decider, durable, engine, host_port, instances, recorder, release, wishes.
 */

import { describe, expect, test } from "bun:test";
import { AssertionFailed } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide } from "../core/wide.ts";
import { ComparingJournal } from "../journal/compare.ts";
import { Denial } from "../model/denial.ts";
import { OrderFlag, OrderState, Side } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { strategy } from "../strategy/meltica.ts";
import { apply } from "./apply.ts";
import { DurableState } from "./durable.ts";
import { Desk, ETH } from "./engine.testing.ts";
import { WishQueue } from "./wishes.ts";

const BID = 26_800_000;
const ASK = 26_801_000;
const ONE = 1_000_000;

function desk(): Desk {
  const made = new Desk();
  made.quote(BID, ASK);
  return made;
}

describe("opening effects", () => {
  test("leave when their record is durable: intent first, then the gateway, then sent", () => {
    const d = desk();
    const before = d.state.record;
    const order = d.place(BID, ONE);
    expect(d.kinds(before)).toEqual(["OrderIntent", "OrderSent"]);
    expect(d.gateway.opened[0]).toMatchObject({ order, price: BID, qty: ONE, side: Side.Buy });
    expect(d.state.orders.state(order)).toBe(OrderState.Sent);
    expect(d.records()[before]?.referencePrice).toBe((BID + ASK) / 2);
  });

  test("wait while the disk stands still; a cancel of an open order does not", () => {
    const d = desk();
    const open = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, open);
    d.journal.stalled = true;
    const waiting = d.place(BID, ONE);
    expect(d.gateway.opened.length).toBe(1);
    expect(d.state.orders.state(waiting)).toBe(OrderState.Intent);
    d.command(RecordKind.CommandCancel, { order: open });
    expect(d.gateway.closed.map((effect) => effect.order)).toEqual([open]);
    d.journal.stalled = false;
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened.map((effect) => effect.order)).toEqual([open, waiting]);
  });

  test("that waited too long are withdrawn as stale, never sent", () => {
    const d = desk();
    d.journal.stalled = true;
    const order = d.place(BID, ONE);
    d.nowUs += d.limits.intentAgeUsMax + 1;
    d.journal.stalled = false;
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened).toEqual([]);
    expect(d.state.orders.state(order)).toBe(OrderState.Withdrawn);
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.OrderWithdrawn, code: Denial.StaleIntent });
  });

  test("that waited through a stall are stale, though the input that comes first was sent before it", () => {
    const d = desk();
    d.engine.hear(d.nowUs);
    d.journal.stalled = true;
    const order = d.place(BID, ONE);
    d.journal.stalled = false;
    d.engine.hear(d.nowUs + d.limits.intentAgeUsMax + 1);
    d.nowUs += 10;
    d.command(RecordKind.CommandTick);
    expect(d.gateway.opened).toEqual([]);
    expect(d.state.orders.state(order)).toBe(OrderState.Withdrawn);
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.OrderWithdrawn, code: Denial.StaleIntent });
    const fresh = d.place(BID, ONE);
    expect(d.gateway.opened.map((effect) => effect.order)).toEqual([fresh]);
  });

  test("cancelled before release are withdrawn, and nothing reaches the venue", () => {
    const d = desk();
    d.journal.stalled = true;
    const order = d.place(BID, ONE);
    d.command(RecordKind.CommandCancel, { order });
    d.journal.stalled = false;
    d.engine.tick(d.nowUs);
    expect(d.state.orders.state(order)).toBe(OrderState.Withdrawn);
    expect(d.gateway.opened).toEqual([]);
    expect(d.gateway.closed).toEqual([]);
  });

  test("that the gateway refuses without sending a byte are withdrawn", () => {
    const d = desk();
    d.gateway.answer = Code.TableFull;
    const order = d.place(BID, ONE);
    expect(d.state.orders.state(order)).toBe(OrderState.Withdrawn);
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.OrderWithdrawn, code: Denial.RateLimited });
  });

  test("a replace that waits for the disk is taken back once its order's cancel has left", () => {
    const d = desk();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.journal.stalled = true;
    d.command(RecordKind.CommandAmend, { order, price: BID - 100 });
    d.command(RecordKind.CommandCancel, { order });
    const before = d.state.record;
    d.journal.stalled = false;
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened.map((effect) => effect.kind)).toEqual([RecordKind.OrderIntent]);
    expect(d.gateway.closed.map((effect) => effect.order)).toEqual([order]);
    expect(d.kinds(before)).toEqual(["OrderWithdrawn"]);
    expect(d.state.orders.state(order)).toBe(OrderState.CancelSent);
    d.report(RecordKind.OrderCanceled, order);
    expect(d.state.orders.state(order)).toBe(OrderState.Canceled);
  });

  test("a replace that the venue's own amend ended while it waited never leaves, though another has followed", () => {
    const d = desk();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.journal.stalled = true;
    d.command(RecordKind.CommandAmend, { order, qty: 2 * ONE });
    d.report(RecordKind.OrderReplaced, order, { qty: 3 * ONE });
    d.command(RecordKind.CommandAmend, { order, qty: 4 * ONE });
    d.journal.stalled = false;
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened.map((effect) => effect.qty)).toEqual([ONE, 4 * ONE]);
    expect(d.state.orders.isReplaceReleased(order)).toBe(true);
  });

  test("off the tick, off the lot, over the collar, without an account: denied with their code", () => {
    const d = desk();
    d.place(BID + 1, ONE);
    d.place(BID, ONE + 1);
    d.place(BID * 2, ONE);
    d.command(RecordKind.CommandPlace, {
      account: 1,
      price: BID,
      qty: ONE,
      side: Side.Buy,
      orderType: 2,
      timeInForce: 1,
    });
    const denials = d.records().filter((record) => record.kind === RecordKind.OrderDenied);
    const codes = denials.map((record) => Denial[record.code]);
    expect(codes).toEqual(["PriceIncrement", "QtyIncrement", "PriceCollar", "NotReady"]);
    expect(denials.map((record) => record.order)).toEqual([1, 2, 3, 4]);
    expect(d.gateway.opened).toEqual([]);
  });
});

describe("amend and cancel", () => {
  test("a cancel withdraws an amend that waits for its record: it does not follow the cancel to the venue", () => {
    const d = desk();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.journal.stalled = true;
    d.command(RecordKind.CommandAmend, { order, price: BID - 100 });
    d.command(RecordKind.CommandCancel, { order, text: "by hand" });
    d.journal.stalled = false;
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened.map(({ kind }) => kind)).toEqual([RecordKind.OrderIntent]);
    expect(d.records().at(-1)?.kind).toBe(RecordKind.OrderWithdrawn);
    expect(d.state.orders.flags(order) & OrderFlag.ReplacePending).toBe(0);
  });

  test("an amend is checked like a new order, leaves after its record, and its answer changes the order", () => {
    const d = desk();
    const order = d.place(BID, ONE);
    d.command(RecordKind.CommandAmend, { order, price: BID - 100 });
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.ReplaceDenied, code: Denial.OrderNotOpen });
    d.report(RecordKind.OrderAccepted, order);
    d.command(RecordKind.CommandAmend, { order, price: BID });
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.ReplaceDenied, code: Denial.NothingToChange });
    d.command(RecordKind.CommandAmend, { order, price: BID * 2 });
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.ReplaceDenied, code: Denial.PriceCollar });
    d.command(RecordKind.CommandAmend, { order, price: BID - 100, qty: 2 * ONE });
    expect(d.gateway.opened.at(-1)).toMatchObject({ kind: RecordKind.ReplaceIntent, price: BID - 100, qty: 2 * ONE });
    d.command(RecordKind.CommandAmend, { order, price: BID - 200 });
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.ReplaceDenied, code: Denial.ReplacePending });
    d.report(RecordKind.OrderReplaced, order, { price: BID - 100, qty: 2 * ONE, attempt: 2 });
    expect([d.state.orders.price(order), d.state.orders.qty(order)]).toEqual([BID - 100, 2 * ONE]);
  });

  test("cancelling what is unknown or done is denied by name", () => {
    const d = desk();
    d.command(RecordKind.CommandCancel, { order: 99 });
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.CancelDenied, code: Denial.OrderUnknown });
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderRejected, order);
    d.command(RecordKind.CommandCancel, { order });
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.CancelDenied, code: Denial.OrderNotOpen });
  });
});

test("a long reason stands in the kill's record, not in those of all its cancels", () => {
  const d = desk();
  for (let n = 0; n < 3; n++) d.report(RecordKind.OrderAccepted, d.place(BID, ONE));
  const before = d.state.record;
  d.command(RecordKind.CommandKill, { scope: Scope.Firm, text: "why ".repeat(125) });
  const records = d.records().slice(before);
  expect(records.map((record) => record.text.length)).toEqual([500, 100, 100, 100]);
});

describe("a journal that is stuck", () => {
  test("a kill sends its cancels, though not even its own record finds room any more", () => {
    const d = desk();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.journal.fill = 1;
    Atomics.store(d.killWord, 0, 1);
    expect(() => d.engine.poll()).toThrow(AssertionFailed);
    expect(d.gateway.closed.map((effect) => effect.order)).toEqual([order]);
  });

  test("a strategy that goes on asking does not fill it to the brim", () => {
    const d = desk();
    const asks = strategy({ name: "asks", markets: { main: {} } }, ({ main }) => ({
      onQuote() {
        main.buy({ base: 1 }, { limit: main.bid, why: "again" });
      },
    }));
    d.strategies.set("asks", asks);
    const markets = { main: { instrument: ETH.name, account: "desk" } };
    d.engine.launch(JSON.stringify({ name: "asks", strategy: "asks", params: {}, markets }), d.nowUs);
    d.journal.fill = 0.6;
    const before = d.state.record;
    d.quote(BID, ASK + 100);
    expect(d.kinds(before)).toEqual(["OrderDenied"]);
    d.journal.fill = 0.95;
    for (let n = 0; n < 10; n++) d.quote(BID, ASK + 200 * n);
    expect(d.state.record).toBe(before + 1);
  });
});

describe("a cancel that the gateway does not take", () => {
  test("is sent again until it does, also after a kill; one whose order has ended is not", () => {
    const d = desk();
    const [first, second] = [d.place(BID, ONE), d.place(BID, ONE)];
    for (const order of [first, second]) d.report(RecordKind.OrderAccepted, order);
    d.gateway.closeAnswer = Code.SocketLost;
    d.command(RecordKind.CommandCancel, { order: first });
    d.command(RecordKind.CommandKill, { scope: Scope.Firm });
    expect(d.engine.decider.unsentCancels).toBe(2);
    d.nowUs += 50_000;
    d.engine.tick(d.nowUs);
    expect(d.gateway.closed).toEqual([]);
    d.report(RecordKind.OrderCanceled, second);
    d.gateway.closeAnswer = Code.Ok;
    d.nowUs += 50_000;
    d.engine.tick(d.nowUs);
    d.nowUs += 50_000;
    d.engine.tick(d.nowUs);
    expect(d.gateway.closed.map((effect) => effect.order)).toEqual([first]);
    expect(d.engine.decider.unsentCancels).toBe(0);
  });
});

describe("kill", () => {
  test("the word kills at the next poll: recorded first, everything open cancelled, nothing new, exits too", () => {
    const d = desk();
    const orders = [d.place(BID, ONE), d.place(BID - 100, ONE)];
    for (const order of orders) d.report(RecordKind.OrderAccepted, order);
    const before = d.state.record;
    Atomics.store(d.killWord, 0, 1);
    d.engine.poll();
    expect(d.kinds(before)).toEqual(["Killed", "CancelIntent", "CancelIntent"]);
    expect(d.gateway.closed.map((effect) => effect.order)).toEqual(orders);
    d.place(BID, ONE);
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.OrderDenied, code: Denial.KillSwitch });
  });

  test("catches an intent between its record and its release", () => {
    const d = desk();
    d.journal.stalled = true;
    const order = d.place(BID, ONE);
    Atomics.store(d.killWord, 0, 1);
    d.engine.poll();
    d.journal.stalled = false;
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened).toEqual([]);
    expect(d.state.orders.state(order)).toBe(OrderState.Withdrawn);
  });

  test("by command: one instrument only, until it is resumed; survives a rebuild of D", () => {
    const d = desk();
    d.command(RecordKind.CommandKill, { scope: Scope.Instrument, instrument: 0, text: "drill" });
    d.place(BID, ONE);
    expect(d.records().at(-1)?.code).toBe(Denial.KillSwitch);
    const rebuilt = new DurableState(d.limits);
    d.journal.replay(new TradingRecord(), (record) => apply(rebuilt, record));
    expect(rebuilt.risk.isKilled(0, 0, 0)).toBe(true);
    d.command(RecordKind.CommandResume, { scope: Scope.Instrument, instrument: 0 });
    expect(d.state.orders.state(d.place(BID, ONE))).toBe(OrderState.Sent);
  });
});

describe("the sequence", () => {
  test("private reports are taken before market frames that waited longer", () => {
    const d = desk();
    const order = d.place(BID, ONE);
    const input = d.engine.recorder.input;
    d.lanes.market.put(1, 0, 1, 0, 0, d.nowUs, 0, 0, 0, 0, 0);
    d.lanes.market.publish();
    d.report(RecordKind.OrderAccepted, order);
    expect(d.records().at(-1)).toMatchObject({ kind: RecordKind.OrderAccepted, input: input + 1 });
    expect(d.engine.recorder.input).toBe(input + 2);
  });

  test("engine time never runs backward, whatever times arrive", () => {
    const d = desk();
    const atUs = d.engine.nowUs();
    d.nowUs -= 1_000_000;
    d.quote(BID, ASK);
    d.place(BID, ONE);
    expect(d.engine.nowUs()).toBe(atUs);
  });

  test("records are dense: a gap, a repetition or an input that runs backward stops apply", () => {
    const state = new DurableState(desk().limits);
    const record = new TradingRecord().reset(RecordKind.SessionStarted);
    record.record = 2;
    expect(() => apply(state, record)).toThrow(AssertionFailed);
    record.record = 1;
    record.input = 5;
    apply(state, record);
    expect(() => apply(state, record)).toThrow(/RecordOrderBroken/);
    record.record = 2;
    record.input = 4;
    expect(() => apply(state, record)).toThrow(/RecordOrderBroken/);
  });

  test("a fill moves position and cash; the same fill twice moves them once", () => {
    const d = desk();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    const fill = { price: BID, qty: ONE, cumQty: ONE, fillId: "T1" };
    d.report(RecordKind.OrderFilled, order, fill);
    d.report(RecordKind.OrderFilled, order, fill);
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(ONE);
    expect(d.state.orders.state(order)).toBe(OrderState.Filled);
    expect(d.kinds().filter((kind) => kind === "OrderFilled").length).toBe(1);
    expect(d.state.ledger.cash(0, 1, new Wide()).toNumber()).toBe(1e18);
  });
});

describe("proof", () => {
  function session(): Desk {
    const d = desk();
    for (let n = 0; n < 30; n++) {
      d.nowUs += 10_000;
      d.quote(BID + n * 100, ASK + n * 100);
      const order = d.place(BID + n * 100, ONE);
      if (n % 3 === 0) d.report(RecordKind.OrderAccepted, order);
      if (n % 5 === 0) d.report(RecordKind.OrderFilled, order, { cumQty: ONE, fillId: `T${n}` });
      if (n % 7 === 0) d.command(RecordKind.CommandCancel, { order });
    }
    return d;
  }

  test("apply alone over the records gives the same D; deciding again gives the same records", () => {
    const first = session();
    const rebuilt = new DurableState(first.limits);
    first.journal.replay(new TradingRecord(), (record) => apply(rebuilt, record));
    expect(rebuilt.hash()).toBe(first.state.hash());
    const second = session();
    const compare = new ComparingJournal(first.journal);
    second.journal.replay(new TradingRecord(), (record) => compare.append(record));
    expect(compare.difference()).toBeUndefined();
    expect(second.journal.chain()).toBe(first.journal.chain());
  });

  test("one changed column, a missing and an extra record are found, with number and name", () => {
    const first = session();
    const tampered = (change: (record: TradingRecord) => boolean) => {
      const compare = new ComparingJournal(first.journal);
      first.journal.replay(new TradingRecord(), (record) => {
        const copy = new TradingRecord().copyFrom(record);
        if (change(copy)) compare.append(copy);
      });
      return compare.difference();
    };
    const price = tampered((record) => {
      if (record.record === 20) record.price += 1;
      return true;
    });
    expect(price).toMatchObject({ record: 20, column: "price" });
    expect(tampered((record) => record.record !== first.state.record)?.is).toBe("missing");
    const compare = new ComparingJournal(first.journal);
    first.journal.replay(new TradingRecord(), (record) => compare.append(record));
    compare.append(new TradingRecord());
    expect(compare.difference()?.was).toBe("missing");
    expect(compare.occupancy()).toBe(0);
  });
});

describe("strategies in the engine", () => {
  test("wishes are decided after the handler, cells are journaled and restored from D, a throw pauses one instance", () => {
    const d = desk();
    const seen: string[] = [];
    const module = strategy({ name: "one-order", markets: { main: {} } }, ({ main, state }) => {
      const count = state("count", 0);
      return {
        onQuote() {
          count.value++;
          if (count.value === 1) seen.push(main.buy({ base: 1 }, { limit: main.bid, why: "first" }).status);
          if (count.value === 3) throw new Error("third quote");
        },
        onOrder: (order) => seen.push(order.status),
      };
    });
    const record = new TradingRecord().reset(RecordKind.InstanceStarted);
    record.instance = 1;
    record.text = "{}";
    d.engine.define(record, d.nowUs);
    expect(
      d.engine.host.add({ id: 1, module, params: {}, bindings: { main: { instrument: 0, account: 0 } } }),
    ).toBeUndefined();
    d.engine.start(1, d.nowUs);
    for (let n = 0; n < 5; n++) {
      d.nowUs += 2_000_000;
      d.quote(BID, ASK);
    }
    expect(seen).toEqual(["pending"]);
    expect(d.gateway.opened.length).toBe(1);
    expect(d.gateway.opened[0]).toMatchObject({ instance: 1, instrument: ETH.id, price: BID, qty: ONE, text: "first" });
    expect(d.state.instances.get(1)?.cells).toBe('{"count":3}');
    expect(d.engine.host.problems[0]).toMatchObject({ code: "StrategyThrew" });
    expect(d.kinds()).toContain("ProblemNoted");
    expect(d.state.accounts.get(0)?.name).toBe("desk");
  });

  test("a step takes a bounded number of wishes, in order, and forgets none that it took", () => {
    const wishes = new WishQueue(4);
    const out = new TradingRecord();
    wishes.beginStep();
    for (let n = 1; n <= 6; n++) {
      const slot = wishes.claim(RecordKind.CommandPlace);
      if (slot !== undefined) slot.order = n;
    }
    expect(wishes.places).toBe(4);
    const taken: number[] = [];
    while (wishes.take(out)) taken.push(out.order);
    expect(taken).toEqual([1, 2, 3, 4]);
    expect(wishes.claim(RecordKind.CommandPlace)).toBeUndefined();
    wishes.beginStep();
    expect(wishes.claim(RecordKind.CommandCancel)).toBeDefined();
    expect(wishes.places).toBe(0);
  });
});
