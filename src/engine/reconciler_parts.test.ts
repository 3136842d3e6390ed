/**
 * Parts of reconciliation by themselves: reconciler_budget.ts, reconciler_case.ts, reconciler_account.ts,
 * reconciler_money.ts, reconciler_orders.ts, reconciler_commands.ts and the table of readiness.ts.
 */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideAdd, wideCmp } from "../core/wide.ts";
import { Reject } from "../model/denial.ts";
import { InstrumentKind, OrderState, Side } from "../model/order.ts";
import { Evidence, RecordKind as K, Readiness, Scope, TradingRecord } from "../model/record.ts";
import { instrumentText } from "./apply.ts";
import { ETH as DESK_ETH, DeskGateway } from "./engine.testing.ts";
import { ALL_INSTRUMENTS } from "./ports.ts";
import { ReadinessTable } from "./readiness.ts";
import { AskedDesk, type Columns } from "./reconciler.testing.ts";
import { AccountSync, Ask, Part, PartState, partOf } from "./reconciler_account.ts";
import { QueryBudget } from "./reconciler_budget.ts";
import { OrderCase, Want } from "./reconciler_case.ts";

const S = 1_000_000;

test("a budget lets so many through in any window, and says when it is tight", () => {
  const budget = new QueryBudget(10, 10 * S);
  const sent: number[] = [];
  for (let nowUs = 0; nowUs < 60 * S; nowUs += 100_000) {
    if (budget.allows(nowUs)) {
      budget.note(nowUs);
      sent.push(nowUs);
    }
  }
  for (const from of sent) expect(sent.filter((us) => us >= from && us < from + 10 * S).length).toBeLessThanOrEqual(10);
  expect(sent.length).toBe(60);
  expect([budget.isTight(60 * S), budget.isTight(200 * S)]).toEqual([true, false]);
  expect(() => new QueryBudget(1, S).note(0)).not.toThrow();
});

describe("a case", () => {
  test("two misses, two seconds apart, the last one after the validity; then the history", () => {
    const one = new OrderCase(1, 0, 0);
    expect([one.miss(0, 10, 5 * S), one.want, one.dueUs]).toEqual([false, Want.Order, 5 * S]);
    expect(one.miss(1 * S, 1 * S, 5 * S)).toBe(false); // Too near, and too early.
    expect(one.miss(4 * S, 4 * S, 5 * S)).toBe(false); // It could still arrive.
    expect([one.miss(5 * S, 6 * S, 5 * S), one.want]).toEqual([true, Want.History]);
    one.found();
    expect([one.misses, one.miss(9 * S, 9 * S, 5 * S)]).toEqual([1 - 1, false]);
  });

  test("backs off to a minute, and begins anew when the venue knows it", () => {
    const one = new OrderCase(1, 0, 0);
    const waits = Array.from({ length: 10 }, () => {
      one.backOff(0);
      return one.dueUs / S;
    });
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    one.found();
    one.backOff(0);
    expect(one.dueUs).toBe(0.5 * S);
  });

  test("a question that fails is asked again within three seconds, however often; an answer begins anew", () => {
    const one = new OrderCase(1, 0, 0);
    const waits = Array.from({ length: 6 }, () => {
      one.failed(0);
      return one.dueUs / S;
    });
    expect(waits).toEqual([0.5, 1, 2, 3, 3, 3]);
    one.answered();
    one.failed(0);
    expect(one.dueUs).toBe(0.5 * S);
    one.ask(Want.Order, 60 * S);
    one.hasten(S);
    expect(one.dueUs).toBe(S);
    one.ask(Want.Fills, 60 * S);
    one.hasten(2 * S);
    expect(one.dueUs).toBe(60 * S);
  });
});

test("a sweep that begins anew is not ended by answers to the one before", () => {
  const sync = new AccountSync(new DeskGateway(), DEFAULT_LIMITS);
  const [old, order] = [
    new Ask({ id: 1, kind: "positions" }, 0, 0),
    new Ask({ id: 2, kind: "order", order: 5, clientOrderId: "", instrument: 0 }, 0, 0),
  ];
  sync.asks.push(old, order);
  sync.want(S);
  expect([old.isSuperseded, order.isSuperseded, sync.isSweeping, sync.isSwept]).toEqual([true, false, true, false]);
  expect([partOf(old.query), partOf(order.query)]).toEqual([Part.Positions, undefined]);
  sync.parts.fill(PartState.Done);
  expect([sync.isSwept, sync.take(2), sync.take(2), sync.find(1)]).toEqual([true, order, undefined, old]);
});

test("fills are fetched from a cursor of each instrument: one whose question failed is asked from its own", () => {
  const sync = new AccountSync(new DeskGateway(), DEFAULT_LIMITS);
  sync.startUs = 100;
  sync.fillsFetched(1, 500);
  sync.fillsFetched(2, 50);
  expect([0, 1, 2].map((id) => sync.fillsSinceUs(id))).toEqual([100, 500, 100]);
  sync.fillsFetched(1, 300);
  expect(sync.fillsSinceUs(1)).toBe(500);
});

describe("readiness in D", () => {
  const table = () => new ReadinessTable(DEFAULT_LIMITS, new RowHash());
  const say = (into: ReadinessTable, kind: K, columns: Columns) =>
    into.apply(Object.assign(new TradingRecord().reset(kind), columns));

  test("the worse of account and pair; a break is of its pair alone, and ends by adjustment or by vanishing", () => {
    const d = table();
    expect(d.of(0, 3)).toBeUndefined();
    say(d, K.ReadinessChanged, { instrument: ALL_INSTRUMENTS, code: Readiness.Syncing, text: "start" });
    expect([d.of(0, 3), d.of(1, 3), d.whyOf(0)]).toEqual([Readiness.Syncing, undefined, "start"]);
    say(d, K.ReadinessChanged, { instrument: ALL_INSTRUMENTS, code: Readiness.Ready, text: "reconciled" });
    say(d, K.PositionBroken, { instrument: 3, leg: 1, qty: 5, side: Side.Sell, cumQty: 2 });
    expect([d.of(0, 3), d.of(0, 4), d.breakOf(0, 3, 1)?.venueQty]).toEqual([Readiness.Broken, Readiness.Ready, -5]);
    say(d, K.PositionAdjusted, { instrument: 3, leg: 0, qty: 5, side: Side.Sell });
    expect(d.of(0, 3)).toBe(Readiness.Broken); // The other leg.
    say(d, K.PositionAdjusted, { instrument: 3, leg: 1, qty: 5, side: Side.Sell });
    say(d, K.PositionBroken, { instrument: 3, leg: 2, qty: 1, side: Side.Buy });
    say(d, K.ReadinessChanged, { instrument: 3, code: Readiness.Ready, text: "both have 1" });
    expect([d.of(0, 3), d.breaks()]).toEqual([Readiness.Ready, []]);
  });

  test("save and load lead to the same rows", () => {
    const d = table();
    say(d, K.ReadinessChanged, { account: 2, instrument: ALL_INSTRUMENTS, code: Readiness.Broken, text: "look" });
    say(d, K.ReadinessChanged, { account: 2, instrument: 7, code: Readiness.Syncing, text: "again" });
    say(d, K.PositionBroken, { account: 2, instrument: 9, qty: 1, side: Side.Buy });
    const out = new StateWriter();
    d.save(out);
    const copy = table();
    copy.load(new StateReader(out.bytes()));
    const scratch = new RowHash();
    copy.addRowsTo(scratch);
    expect([copy.hash.text(), scratch.text()]).toEqual([d.hash.text(), d.hash.text()]);
    expect([copy.of(2, 7), copy.whyOf(2, 7)]).toEqual([Readiness.Broken, "again"]);
    expect(copy.breakOf(2, 9, 0)).toEqual(d.breakOf(2, 9, 0));
  });
});

describe("an operator's corrections", () => {
  test("need a reason and sense; what is refused leaves no record", () => {
    const d = new AskedDesk().ready();
    const from = d.state.record;
    const answer = (kind: K, columns: Columns) => {
      d.answer();
      d.command(kind, columns);
      return JSON.parse(d.answer()?.text || "{}") as { code?: string; detail?: string };
    };
    const why = { text: "found by hand" };
    expect(answer(K.CommandReconcile, {}).detail).toContain("reason");
    expect(answer(K.CommandReconcile, { ...why, account: 9 }).detail).toContain("no venue");
    for (const wrong of [
      { instrument: 5 },
      { qty: 0.5 },
      { qty: -1 },
      { side: 0 },
      { price: Number.NaN },
      { leg: 9 },
    ]) {
      const adjusted = answer(K.CommandAdjustPosition, { qty: 5, side: Side.Buy, ...why, ...wrong });
      expect(adjusted.code, JSON.stringify(wrong)).toBe(Code[Code.ReconcileRefused] as string);
    }
    expect(answer(K.CommandAdjustPosition, { qty: 0, side: Side.Buy, ...why }).detail).toContain("already");
    const own = d.place(26_790_000, S);
    expect(answer(K.CommandAdopt, { order: own, ...why }).detail).toContain("adopted");
    expect(d.kinds(from)).toEqual(["OrderIntent", "OrderSent"]);
  });

  test("an external order is taken into hand: from then on it is cancelled with the others", () => {
    const d = new AskedDesk().ready();
    d.pass(61 * S);
    d.answerSweep([{ code: 1, side: Side.Buy, qty: S, price: 26_000_000, venueOrderId: "X" }]);
    const order = d.state.orders.orderByVenueId(0, "X");
    d.command(K.CommandAdopt, { order, text: "it is mine" });
    d.command(K.CommandCancelAll, { text: "all" });
    expect([d.gateway.closed.map((r) => r.order), d.state.orders.state(order)]).toEqual([
      [order],
      OrderState.CancelSent,
    ]);
  });
});

test("an order that was cancelled and that its venue has forgotten: somebody who has looked ends it, by name", () => {
  const d = new AskedDesk().ready();
  d.pass(61 * S);
  d.answerSweep([{ code: 1, side: Side.Buy, qty: S, price: 26_000_000, venueOrderId: "X" }]);
  const order = d.state.orders.orderByVenueId(0, "X");
  const end = (columns: Columns) => {
    d.answer();
    d.command(K.CommandEndOrder, { order, text: "gone, says their support", fillId: "ann", ...columns });
    return (JSON.parse(d.answer()?.text || "{}") as { code?: string }).code;
  };
  expect(end({})).toBe("ReconcileRefused"); // It is open: the venue's word is better.
  d.command(K.CommandCancel, { order, text: "by hand" });
  d.put(K.CancelRejected, 0, { order, code: Reject.UnknownOrder, venueOrderId: "X" });
  d.pass(70 * S);
  expect([d.state.orders.state(order), d.state.orders.openBuyQty(0, 0)]).toEqual([OrderState.Unknown, S]);
  expect([end({ fillId: " " }), end({ text: "" }), end({ order: 99 })]).toEqual([
    "NameMissing",
    "ReconcileRefused",
    "ReconcileRefused",
  ]);
  expect(end({})).toBeUndefined();
  expect([d.state.orders.state(order), d.state.orders.openBuyQty(0, 0)]).toEqual([OrderState.Canceled, 0]);
  const record = d.records().findLast((r) => r.kind === K.OrderCanceled);
  expect(record).toMatchObject({ evidence: Evidence.Operator, text: "gone, says their support (by ann)" });
  expect(end({})).toBe("ReconcileRefused");
  d.put(K.OrderFilled, 0, { order, side: Side.Buy, qty: S, price: 26_000_000, fillId: "late", venueOrderId: "X" });
  expect(d.state.ledger.positionQty(0, 0, 0)).toBe(S);
});

test("an adopted order that changes hands counts for its new instance, and an amend of it stops nothing", () => {
  const d = new AskedDesk().ready();
  d.pass(61 * S);
  d.answerSweep([{ code: 1, side: Side.Buy, qty: S, price: 26_000_000, venueOrderId: "X" }]);
  const order = d.state.orders.orderByVenueId(0, "X");
  const { exposures } = d.engine.controls;
  expect([exposures.part(0, 0, 0)?.openBuyQty, exposures.part(1, 0, 0)]).toEqual([S, undefined]);
  const record = new TradingRecord().reset(K.OrderAdopted);
  d.state.orders.copyTo(order, record);
  d.engine.define(Object.assign(record, { kind: K.OrderAdopted, instance: 1, flags: 0 }), d.nowUs);
  expect([exposures.part(0, 0, 0)?.openBuyQty, exposures.part(1, 0, 0)?.openBuyQty]).toEqual([0, S]);
  expect([exposures.sum(Scope.Instance, 0).openOrders, exposures.sum(Scope.Instance, 1).openOrders]).toEqual([0, 1]);
  d.quote(26_790_000, 26_800_000);
  d.command(K.CommandAmend, { order, qty: S / 2, text: "less" });
  expect(d.kinds().slice(-2)).toEqual(["ReplaceIntent", "ReplaceSent"]);
});

test("cash that differs is told once when it was seen twice, and told again when it is even", () => {
  const d = new AskedDesk().ready();
  const usdt = d.state.ledger.assetId("USDT") as number;
  const cash = d.state.ledger.cashRows()[0];
  const stated = (more: number) => [
    { asset: usdt, amountHi: (cash?.total.hi ?? 0) + more, amountLo: cash?.total.lo ?? 0 },
  ];
  const from = d.state.record;
  const sweep = (more: number) => {
    d.pass(61 * S);
    d.asked.splice(0, d.asked.length - 3);
    d.answerSweep([], [], stated(more));
    d.pass(1_100_000);
    if (d.asked.some((query) => query.kind === "balances")) d.reply("balances", stated(more));
  };
  sweep(7);
  sweep(7);
  expect(d.kinds(from)).toEqual(["CashBroken", "ProblemNoted"]);
  expect(d.state.readiness.of(0, 0)).toBe(Readiness.Ready);
  sweep(0);
  expect([d.kinds(from).at(-1), d.state.ledger.breaks.all()]).toEqual(["CashBroken", []]);
});

test("what a venue rounds away of contracts' profits is taken over once they are flat; more than that, or without contracts, is a break", () => {
  const of = (isTraded: boolean, units18: number) => {
    const d = new AskedDesk().ready();
    const perpetual = { ...DESK_ETH, id: 1, name: "binance:ETH-USDT-PERP", kind: InstrumentKind.LinearPerpetual };
    const defined = new TradingRecord().reset(K.InstrumentDefined);
    Object.assign(defined, { instrument: 1, instrumentRevision: 1, text: instrumentText(perpetual) });
    d.engine.define(defined, d.nowUs);
    const terms = { instrument: 1, price: 26_790_000, qty: S };
    if (isTraded) {
      for (const side of [Side.Buy, Side.Sell]) {
        d.put(K.OrderFilled, 0, { ...terms, side, fillId: `F${side}`, venueOrderId: `X${side}` });
      }
      d.pass(6 * S);
    }
    const usdt = d.state.ledger.assetId("USDT") as number;
    const cash = () => d.state.ledger.cash(0, usdt, new Wide());
    const theirs = wideAdd(new Wide(), cash(), new Wide().setInt(units18));
    for (let look = 0; look < 3; look++) {
      d.pass(61 * S);
      for (const kind of ["positions", "balances"] as const) {
        const stated = kind === "balances" ? [{ asset: usdt, amountHi: theirs.hi, amountLo: theirs.lo }] : [];
        while (d.asked.some((query) => query.kind === kind)) d.reply(kind, stated);
      }
      while (d.asked.some((query) => query.kind === "openOrders")) d.reply("openOrders");
      d.pass(1_100_000);
      while (d.asked.some((query) => query.kind === "balances")) {
        d.reply("balances", [{ asset: usdt, amountHi: theirs.hi, amountLo: theirs.lo }]);
      }
    }
    const kinds = d.kinds().filter((kind) => kind === "CashMoved" || kind === "CashBroken");
    return [kinds.slice(1).join(), wideCmp(cash(), theirs) === 0]; // The first is the desk's opening balance.
  };
  const eighth = 10_000_000_000;
  expect(of(true, 3 * eighth)).toEqual(["CashMoved", true]);
  expect(of(true, -100 * eighth)).toEqual(["CashMoved", true]);
  expect(of(true, 101 * eighth)).toEqual(["CashBroken", false]);
  expect(of(false, 3 * eighth)).toEqual(["CashBroken", false]);
});
