/** Reconciliation through the engine, against a venue worked by hand: evidence, readiness, adoption, breaks, storms. */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { clientOrderId } from "../model/client_order_id.ts";
import { Denial, Reject } from "../model/denial.ts";
import { OrderState as S, Side } from "../model/order.ts";
import { Evidence, Readiness, RecordKind, Scope, StreamState, VenueOrderStatus } from "../model/record.ts";
import { apply } from "./apply.ts";
import { DurableState } from "./durable.ts";
import { AskedDesk } from "./reconciler.testing.ts";

const ONE = 1_000_000;
const BID = 26_790_000;
const NOT_FOUND = { code: VenueOrderStatus.NotFound };

const kindsOf = (d: AskedDesk, from: number) => d.kinds(from).filter((kind) => kind !== "Sealed");
const problems = (d: AskedDesk) =>
  d
    .records()
    .filter((r) => r.kind === RecordKind.ProblemNoted)
    .map((r) => Code[r.code] as string);

/** A replica of the records has the same D. */
function same(d: AskedDesk): void {
  const state = new DurableState(d.limits);
  for (const record of d.records()) apply(state, record);
  expect(state.hash()).toBe(d.state.hash());
}

function unknownOrder(d: AskedDesk): number {
  const order = d.place(BID, ONE);
  d.report(RecordKind.OrderUnknown, order, { venueOrderId: "" });
  expect(d.state.orders.state(order)).toBe(S.Unknown);
  return order;
}

describe("readiness", () => {
  test("openings wait for orders, positions and balances; exits and cancels never do; a quiet sweep says nothing", () => {
    const d = new AskedDesk().ready();
    const held = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, held);
    d.report(RecordKind.OrderFilled, held, { qty: ONE, fillId: "a" });
    const open = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, open);
    d.stream(StreamState.Down);
    d.stream(StreamState.Up);
    const denied = d.place(BID, ONE);
    expect([S[d.state.orders.state(denied)], Denial[d.state.orders.code(denied)]]).toEqual(["Denied", "NotSynced"]);
    const exit = d.place(BID, ONE, Side.Sell);
    expect(d.state.orders.state(exit)).toBe(S.Sent);
    d.command(RecordKind.CommandCancel, { order: open });
    expect(d.state.orders.state(open)).toBe(S.CancelSent);
    d.reply("openOrders", [d.stated(open)]);
    expect(d.state.readiness.of(0, 0)).toBe(Readiness.Syncing);
    d.reply("positions");
    d.reply("balances");
    expect(d.state.readiness.of(0, 0)).toBe(Readiness.Ready);
    const from = d.state.record;
    d.report(RecordKind.OrderCanceled, open);
    d.report(RecordKind.OrderFilled, exit, { qty: ONE, fillId: "b" });
    d.pass(61_000_000);
    d.answerSweep();
    expect(kindsOf(d, from)).toEqual(["OrderCanceled", "OrderFilled"]);
    same(d);
  });

  test("a failed answer proves nothing, an unsupported question holds nothing up, an answer without an end is asked again", () => {
    const d = new AskedDesk();
    d.queryCode = (query) => (query.kind === "balances" ? Code.MessageUnknown : Code.Ok);
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.engine.recover(d.nowUs);
    const from = d.state.record;
    d.reply("openOrders", [], Code.VenueError);
    d.reply("positions");
    expect([kindsOf(d, from), d.state.readiness.of(0, 0)]).toEqual([[], Readiness.Syncing]);
    d.pass(1_100_000);
    d.take("openOrders"); // Its end never comes.
    d.pass(6_500_000);
    d.reply("openOrders", [d.stated(order)]);
    expect(d.state.readiness.of(0, 0)).toBe(Readiness.Ready);
    expect(kindsOf(d, from)).toEqual(["ReadinessChanged"]);
  });
});

describe("unknown orders", () => {
  test("end as never accepted by two misses, apart, after the validity, and by the history's word; not before", () => {
    const d = new AskedDesk().ready();
    const order = unknownOrder(d);
    expect(d.take("order")).toMatchObject({ order, clientOrderId: clientOrderId(0, 0, 0, order) });
    expect(d.state.orders.openBuyQty(0, 0)).toBe(ONE);
    d.put(RecordKind.OrderNotFound, 0, { order }); // A session's own word ends nothing.
    expect(d.state.orders.state(order)).toBe(S.Unknown);
    const d2 = new AskedDesk().ready();
    const two = unknownOrder(d2);
    d2.reply("order", [NOT_FOUND]);
    d2.pass(1_900_000);
    expect(d2.asked).toEqual([]);
    d2.pass(200_000);
    d2.reply("order", [NOT_FOUND]);
    expect(d2.state.orders.state(two)).toBe(S.Unknown);
    d2.reply("orderHistory");
    expect(d2.state.orders.state(two)).toBe(S.NeverAccepted);
    expect(d2.records().at(-1)).toMatchObject({ kind: RecordKind.OrderNotFound, evidence: Evidence.OrderHistory });
    expect(d2.state.orders.openBuyQty(0, 0)).toBe(0);
    same(d2);
  });

  test("an answer that was asked for a question closed since counts for no later one", () => {
    const d = new AskedDesk().ready();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    const sweep = (list: Parameters<AskedDesk["answerSweep"]>[0]) => {
      d.command(RecordKind.CommandReconcile, { text: "again" });
      d.answerSweep(list);
    };
    sweep([]);
    d.reply("order");
    d.pass(2_100_000);
    d.reply("order");
    const history = d.take("orderHistory");
    sweep([d.stated(order)]); // It is there after all: no question any more.
    sweep([]);
    d.put(RecordKind.QueryEnded, history.id);
    expect(d.state.orders.state(order)).toBe(S.Open);
    d.reply("order", [d.stated(order)]);
    expect(d.engine.reconciler.orders.caseCount).toBe(0);
    same(d);
  });

  test("the venue's word ends it: open, or ended with its fills by trade id", () => {
    const d = new AskedDesk().ready();
    const open = unknownOrder(d);
    d.reply("order", [d.stated(open)]);
    expect(d.state.orders.state(open)).toBe(S.Open);
    const gone = unknownOrder(d);
    d.reply("order", [d.stated(gone, { code: VenueOrderStatus.Canceled, cumQty: ONE / 2 })]);
    expect(d.state.orders.state(gone)).toBe(S.Unknown);
    const trade = { side: Side.Buy, qty: ONE / 2, price: BID, fillId: "t1", evidence: Evidence.TradeHistory };
    expect(d.reply("fills", [{ ...trade, venueOrderId: "V2" }])).toMatchObject({ order: gone });
    d.reply("order", [d.stated(gone, { code: VenueOrderStatus.Canceled, cumQty: ONE / 2 })]);
    expect([d.state.orders.state(gone), d.state.orders.cumQty(gone)]).toEqual([S.Canceled, ONE / 2]);
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(ONE / 2);
    expect(d.asked).toEqual([]);
    same(d);
  });

  test("stay unknown and reserved when nobody answers: told to a person once, within 30 s; asked every three seconds", () => {
    const d = new AskedDesk().ready();
    const order = unknownOrder(d);
    let asked = 0;
    for (let s = 0; s < 120; s++) {
      while (d.asked.some((query) => query.kind === "order")) {
        d.reply("order", [], Code.VenueError);
        asked++;
      }
      d.asked.length = 0;
      d.pass(1_000_000);
      if (s === 31) expect(problems(d)).toEqual(["UnknownUnresolved"]);
    }
    expect(d.state.orders.state(order)).toBe(S.Unknown);
    expect(d.state.orders.openBuyQty(0, 0)).toBe(ONE);
    expect(problems(d)).toEqual(["UnknownUnresolved"]);
    expect(asked).toBeGreaterThan(25); // Once it answers, nobody waits for long.
    expect(asked).toBeLessThan(45);
    expect(d.gateway.opened.length).toBe(1); // Never sent again.
  });

  test("a request that nobody answers becomes unknown by itself; a cancel is sent three times more, then a person is told and it is sent on, slowly", () => {
    const d = new AskedDesk().ready();
    const silent = d.place(BID, ONE);
    d.pass(8_500_000);
    expect(d.state.orders.state(silent)).toBe(S.Unknown);
    d.reply("order", [d.stated(silent)]);
    d.command(RecordKind.CommandCancel, { order: silent });
    d.pass(20_000_000);
    expect(d.gateway.closed.length).toBe(5);
    expect(problems(d)).toEqual(["CancelUnanswered"]);
    d.pass(60_000_000);
    expect(d.gateway.closed.length).toBe(8);
    expect(problems(d)).toEqual(["CancelUnanswered"]);
  });

  test("a replace without an answer: the venue's terms say which", () => {
    const d = new AskedDesk().ready();
    for (const [price, qty] of [
      [BID, ONE],
      [BID - 100, ONE],
    ] as const) {
      const order = d.place(BID, ONE);
      d.report(RecordKind.OrderAccepted, order);
      d.command(RecordKind.CommandAmend, { order, price: BID - 100 });
      d.report(RecordKind.OrderUnknown, order);
      d.reply("order", [d.stated(order, { price, qty })]);
      if (price === BID) {
        expect(d.state.orders.state(order)).toBe(S.ReplaceSent); // It may still come.
        // A question from before the request ran out proves nothing yet; one from after it does.
        while (d.state.orders.state(order) === S.ReplaceSent) {
          d.pass(500_000);
          if (d.asked.length > 0) d.reply("order", [d.stated(order, { price, qty })]);
        }
      }
      expect([d.state.orders.state(order), d.state.orders.price(order)]).toEqual([S.Open, price]);
    }
  });
});

describe("a cancel of an order that the venue does not have yet", () => {
  const refused = (d: AskedDesk, order: number) =>
    d.report(RecordKind.CancelRejected, order, { code: Reject.UnknownOrder, venueOrderId: "" });

  test("is sent again at once when the order comes late: by the stream, or by the venue's answer", () => {
    for (const isTold of [true, false]) {
      const d = new AskedDesk().ready();
      const order = unknownOrder(d);
      d.command(RecordKind.CommandKill, { scope: Scope.Firm, text: "by the test" });
      refused(d, order);
      expect(d.state.orders.state(order)).toBe(S.Unknown);
      const before = d.gateway.closed.length;
      if (isTold) d.report(RecordKind.OrderAccepted, order, { venueOrderId: "V1" });
      else {
        d.reply("order", [NOT_FOUND]);
        d.pass(2_100_000);
        d.reply("order", [d.stated(order)]);
      }
      expect(d.state.orders.state(order)).toBe(S.CancelSent);
      expect(d.gateway.closed.slice(before).map((effect) => effect.order)).toEqual([order]);
      same(d);
    }
  });

  test("ends with it when it never comes", () => {
    const d = new AskedDesk().ready();
    const order = unknownOrder(d);
    d.command(RecordKind.CommandCancel, { order });
    refused(d, order);
    d.reply("order", [NOT_FOUND]); // Asked before the cancel.
    d.reply("order", [NOT_FOUND]);
    d.pass(2_100_000);
    d.reply("order", [NOT_FOUND]);
    d.reply("orderHistory");
    expect(d.state.orders.state(order)).toBe(S.NeverAccepted);
    same(d);
  });
});

test("an order that nobody knows ends as never accepted although somebody cancels it all the time", () => {
  const d = new AskedDesk().ready();
  const order = unknownOrder(d);
  const impatient = (us: number) => {
    for (let passed = 0; passed < us; passed += 100_000) {
      d.command(RecordKind.CommandCancel, { order });
      d.pass(100_000);
    }
  };
  const from = d.state.record;
  const sent = d.gateway.closed.length;
  impatient(500_000);
  for (const kind of ["order", "order", "order", "orderHistory"] as const) {
    if (d.state.orders.state(order) !== S.Unknown) break;
    impatient(2_500_000);
    d.reply(kind, kind === "order" ? [NOT_FOUND] : []);
  }
  expect(d.state.orders.state(order)).toBe(S.NeverAccepted);
  expect(kindsOf(d, from).filter((kind) => kind === "CancelIntent")).toHaveLength(1);
  expect(d.gateway.closed.slice(sent)).toHaveLength(1);
  same(d);
});

test("a kill whose cancel the venue refuses is no less a kill: it is asked for again until the order has ended", () => {
  const d = new AskedDesk().ready();
  const order = d.place(BID, ONE);
  d.report(RecordKind.OrderAccepted, order);
  d.command(RecordKind.CommandKill, { scope: Scope.Firm, text: "by the test" });
  for (let again = 0; again < 3; again++) {
    const before = d.gateway.closed.length;
    d.report(RecordKind.CancelRejected, order, { code: Reject.RateLimit });
    expect(d.state.orders.state(order)).toBe(S.Open);
    d.pass(2_100_000);
    expect(d.gateway.closed.length).toBeGreaterThan(before);
    expect(d.state.orders.state(order)).toBe(S.CancelSent);
  }
  d.report(RecordKind.OrderCanceled, order);
  const from = d.state.record;
  d.pass(10_000_000);
  expect([d.state.orders.state(order), kindsOf(d, from)]).toEqual([S.Canceled, []]);
  same(d);
});

describe("complete lists", () => {
  test("an open order that is missing is asked for, then unknown with an alarm; never ended, never silent", () => {
    const d = new AskedDesk().ready();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.pass(61_000_000);
    d.answerSweep();
    expect(d.state.orders.state(order)).toBe(S.Open);
    d.reply("order", [NOT_FOUND]);
    d.pass(2_100_000);
    d.reply("order", [NOT_FOUND]);
    d.reply("orderHistory", [NOT_FOUND]);
    expect([d.state.orders.state(order), problems(d)]).toEqual([S.Unknown, ["OrderMissing"]]);
    d.pass(1_000_000);
    d.reply("order", [d.stated(order, { code: VenueOrderStatus.Canceled })]);
    expect(d.state.orders.state(order)).toBe(S.Canceled);
    same(d);
  });

  test("what came or changed after the question is not judged by its answer", () => {
    const d = new AskedDesk().ready();
    const before = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, before);
    d.pass(61_000_000);
    d.quote(BID, BID + 100);
    const after = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, after);
    const old = d.stated(before);
    d.report(RecordKind.OrderFilled, before, { qty: ONE, fillId: "x" });
    d.answerSweep([old]);
    expect([d.state.orders.state(before), d.state.orders.state(after)]).toEqual([S.Filled, S.Open]);
    expect(d.asked.filter((query) => query.kind === "order")).toEqual([]);
    expect(problems(d)).toEqual([]);
  });

  test("an order that has ended here and lives there: asked once more, then nothing opens until a person has looked", () => {
    const d = new AskedDesk().ready();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.report(RecordKind.OrderCanceled, order);
    d.pass(61_000_000);
    d.answerSweep([d.stated(order)]);
    expect(d.state.readiness.ofAccount(0)).toBe(Readiness.Ready);
    d.reply("order", [d.stated(order)]);
    expect([d.state.readiness.ofAccount(0), problems(d)]).toEqual([Readiness.Broken, ["FinalityBroken"]]);
    expect(d.state.orders.code(d.place(BID, ONE))).toBe(Denial.PositionBroken);
    d.stream(StreamState.Down);
    d.stream(StreamState.Up);
    d.answerSweep();
    expect(d.state.readiness.ofAccount(0)).toBe(Readiness.Broken);
    d.command(RecordKind.CommandReconcile, { text: "cancelled it at the venue" });
    d.asked.splice(0, d.asked.length - 3);
    d.answerSweep();
    expect(d.state.readiness.ofAccount(0)).toBe(Readiness.Ready);
    same(d);
  });
});

test("evidence that cannot be is asked for, and what the venue then says twice stops the account", () => {
  const d = new AskedDesk().ready();
  const order = d.place(BID, ONE);
  d.report(RecordKind.OrderRejected, order, { code: 5 });
  d.report(RecordKind.OrderAccepted, order);
  expect(problems(d)).toEqual(["EvidenceImpossible"]);
  d.reply("order", [d.stated(order)]);
  expect(d.state.readiness.ofAccount(0)).toBe(Readiness.Ready);
  d.pass(600_000);
  d.reply("order", [d.stated(order)]);
  expect([d.state.readiness.ofAccount(0), problems(d)[1]]).toEqual([Readiness.Broken, "FinalityBroken"]);
});

describe("inferred fills", () => {
  test("a history without trades: one fill for the gap, and real trades take its place without moving the position", () => {
    const d = new AskedDesk().ready();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order, { cumQty: ONE / 2 });
    for (let tries = 0; tries < 3; tries++) {
      d.pass(1_500_000);
      d.reply("fills");
    }
    const { orders, ledger } = d.state;
    expect([orders.cumQty(order), ledger.positionQty(0, 0, 0)]).toEqual([ONE / 2, ONE / 2]);
    expect(problems(d)).toEqual(["FillInferred"]);
    const from = d.state.record;
    d.report(RecordKind.OrderFilled, order, { qty: ONE / 4, fillId: "r1" });
    expect(kindsOf(d, from)).toEqual(["FillBusted", "OrderFilled", "OrderFilled"]);
    expect(ledger.positionQty(0, 0, 0)).toBe(ONE / 2);
    d.report(RecordKind.OrderFilled, order, { qty: ONE / 4, fillId: "r2" });
    expect([ledger.positionQty(0, 0, 0), orders.cumQty(order), orders.inferred.count]).toEqual([ONE / 2, ONE / 2, 0]);
    d.report(RecordKind.OrderFilled, order, { qty: ONE / 2, fillId: "r3" });
    expect([orders.state(order), ledger.positionQty(0, 0, 0)]).toEqual([S.Filled, ONE]);
    same(d);
  });
});

test("more than the order's quantity is never inferred: told to a person, and its trades asked for ever more rarely", () => {
  const d = new AskedDesk().ready();
  const order = d.place(BID, ONE);
  d.report(RecordKind.OrderAccepted, order, { cumQty: 900 * ONE });
  let asked = 0;
  for (let n = 0; n < 60; n++) {
    d.pass(1_000_000);
    if (d.asked.some(({ kind }) => kind === "openOrders")) d.answerSweep([d.stated(order)]);
    for (; d.asked.some(({ kind }) => kind === "fills"); asked++) d.reply("fills");
  }
  expect([d.state.orders.state(order), d.state.ledger.positionQty(0, 0, 0)]).toEqual([S.Open, 0]);
  expect(problems(d)).toEqual(["StatementImpossible"]);
  expect(asked).toBeLessThan(15);
  d.report(RecordKind.OrderFilled, order, { qty: ONE, fillId: "a" });
  expect(d.state.orders.state(order)).toBe(S.Filled);
  same(d);
});

describe("positions", () => {
  /** ETH is spot here: what a venue states is judged, what it leaves out is not. */
  const there = (qty: number) => [{ qty, side: Side.Buy }];

  test("a difference is seen twice before it is a break; it ends by an operator's word, with a reason", () => {
    const d = new AskedDesk().ready();
    d.pass(61_000_000);
    d.answerSweep([], there(3 * ONE));
    expect(d.state.readiness.of(0, 0)).toBe(Readiness.Ready);
    d.pass(1_100_000);
    d.reply("positions", there(3 * ONE));
    expect([d.state.readiness.of(0, 0), problems(d)]).toEqual([Readiness.Broken, ["PositionDiffers"]]);
    expect(d.state.readiness.breaks()).toMatchObject([{ venueQty: 3 * ONE, ourQty: 0 }]);
    expect(d.state.orders.code(d.place(BID, ONE))).toBe(Denial.PositionBroken);
    d.command(RecordKind.CommandAdjustPosition, { qty: 3 * ONE, side: Side.Buy });
    expect(d.state.readiness.of(0, 0)).toBe(Readiness.Broken); // Without a reason nothing is adjusted.
    d.command(RecordKind.CommandAdjustPosition, { qty: 3 * ONE, side: Side.Buy, text: "transfer from cold wallet" });
    expect(d.state.readiness.of(0, 0)).toBe(Readiness.Ready);
    const adjusted = d.records().findLast((r) => r.kind === RecordKind.PositionAdjusted);
    expect(adjusted).toMatchObject({ qty: 3 * ONE, side: Side.Buy, cumQty: 0, evidence: Evidence.Operator });
    same(d);
  });

  test("a break vanishes by itself when the late fill comes", () => {
    const d = new AskedDesk().ready();
    const order = d.place(BID, ONE);
    d.report(RecordKind.OrderAccepted, order);
    d.pass(61_000_000);
    d.answerSweep([d.stated(order)], there(ONE));
    d.pass(1_100_000);
    d.reply("positions", there(ONE));
    expect(d.state.readiness.of(0, 0)).toBe(Readiness.Broken);
    d.report(RecordKind.OrderFilled, order, { qty: ONE, fillId: "late" });
    d.pass(61_000_000);
    d.reply("openOrders");
    d.reply("positions", there(ONE));
    expect(d.state.readiness.of(0, 0)).toBe(Readiness.Ready);
    same(d);
  });

  test("1,000 planted breaks, 1,000 found in the first pass, and none where there is none", () => {
    let found = 0;
    for (let n = 0; n < 50; n++) {
      const d = new AskedDesk().ready();
      for (let i = 0; i < 20; i++) {
        const qty = 1 + ((n * 7_919 + i * 104_729) % 5_000_000);
        const ours = d.state.ledger.positionQty(0, 0, 0);
        d.pass(61_000_000);
        d.asked.splice(0, d.asked.length - 3);
        d.answerSweep([], there(ours + qty));
        d.pass(1_100_000);
        d.reply("positions", there(ours + qty));
        if (d.state.readiness.of(0, 0) === Readiness.Broken) found++;
        d.command(RecordKind.CommandAdjustPosition, { qty: ours + qty, side: Side.Buy, text: "planted" });
        expect(d.state.readiness.of(0, 0)).toBe(Readiness.Ready);
      }
    }
    expect(found).toBe(1_000);
  });
});

test("no storm: hundreds of unknown orders are asked for a few at a time, and within the window's budget", () => {
  const d = new AskedDesk().ready();
  const all: number[] = [];
  for (let n = 0; n < 40; n++) all.push(unknownOrder(d));
  let asked = 0;
  for (let turn = 0; turn < 100; turn++) {
    expect(d.asked.length).toBeLessThanOrEqual(d.limits.queriesInFlightMax);
    while (d.asked.length > 0) {
      d.reply(d.asked[0]?.kind as "order", [], Code.VenueError);
      asked++;
    }
    d.pass(100_000);
  }
  expect(asked).toBeLessThanOrEqual(d.limits.queriesPerWindowMax + 4);
  expect(all.every((order) => d.state.orders.state(order) === S.Unknown)).toBe(true);
});
