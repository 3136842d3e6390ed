/** Orders and fills that are not ours, found by reconciliation: adopted or told, never touched. */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { clientOrderId } from "../model/client_order_id.ts";
import { Denial } from "../model/denial.ts";
import { OrderFlag, OrderState as S, Side } from "../model/order.ts";
import { Readiness, RecordKind, StreamState, VenueOrderStatus } from "../model/record.ts";
import { apply } from "./apply.ts";
import { DurableState } from "./durable.ts";
import { AskedDesk } from "./reconciler.testing.ts";

const ONE = 1_000_000;
const BID = 26_790_000;

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

describe("strangers", () => {
  const stranger = { code: VenueOrderStatus.Open, side: Side.Sell, qty: 2 * ONE, price: 27_000_000, cumQty: 0 };

  test("an external order is adopted, counted, and touched by nobody but who names it", () => {
    const d = new AskedDesk().ready();
    d.pass(61_000_000);
    d.answerSweep([{ ...stranger, venueOrderId: "X1", text: "web_1" }]);
    const { orders } = d.state;
    const order = orders.orderByVenueId(0, "X1");
    expect([orders.state(order), orders.flags(order) & OrderFlag.External]).toEqual([S.Open, OrderFlag.External]);
    expect([orders.openSellQty(0, 0), orders.instance(order)]).toEqual([2 * ONE, 0]);
    expect(problems(d)).toEqual(["OrderAdopted"]);
    d.command(RecordKind.CommandCancelAll, { text: "all" });
    d.command(RecordKind.CommandKill, { scope: 5, text: "stop" });
    expect(d.gateway.closed).toEqual([]);
    const from = d.state.record;
    d.pass(61_000_000);
    d.asked.splice(0, d.asked.length - 3);
    d.answerSweep([{ ...stranger, venueOrderId: "X1", text: "web_1" }]);
    expect(kindsOf(d, from)).toEqual([]);
    d.command(RecordKind.CommandCancel, { order, text: "by hand" });
    expect(d.gateway.closed.map((r) => [r.order, r.venueOrderId])).toEqual([[order, "X1"]]);
    same(d);
  });

  test("its fills are a fact about our position, also when it was never seen open", () => {
    const d = new AskedDesk().ready();
    d.put(RecordKind.OrderFilled, 0, { side: Side.Buy, qty: ONE, price: BID, fillId: "z", venueOrderId: "X2" });
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(0);
    d.pass(6_000_000);
    const order = d.state.orders.orderByVenueId(0, "X2");
    expect([S[d.state.orders.state(order)], d.state.ledger.positionQty(0, 0, 0)]).toEqual(["Filled", ONE]);
    same(d);
  });

  test("a client id that its owner uses again names another order, and stops nothing", () => {
    const d = new AskedDesk().ready();
    d.pass(61_000_000);
    d.answerSweep([{ ...stranger, venueOrderId: "X5", text: "bot" }]);
    const { orders } = d.state;
    const first = orders.orderByVenueId(0, "X5");
    d.put(RecordKind.OrderCanceled, 0, { venueOrderId: "X5" });
    expect(orders.state(first)).toBe(S.Canceled);
    d.pass(61_000_000);
    d.asked.splice(0, d.asked.length - 3);
    d.answerSweep([{ ...stranger, venueOrderId: "X6", text: "bot" }]);
    const second = orders.orderByVenueId(0, "X6");
    expect([orders.state(second), orders.flags(second) & OrderFlag.External]).toEqual([S.Open, OrderFlag.External]);
    expect([orders.state(first), d.state.readiness.ofAccount(0)]).toEqual([S.Canceled, Readiness.Ready]);
    expect(d.asked.filter(({ kind }) => kind === "order")).toEqual([]);
    expect(orders.openSellQty(0, 0)).toBe(2 * ONE);
    same(d);
  });

  test("no family and no time of ours ends an external order", () => {
    const d = new AskedDesk().ready();
    d.pass(61_000_000);
    const expireUs = d.nowUs + 1_000_000;
    d.answerSweep([{ ...stranger, side: Side.Buy, venueOrderId: "X4", text: "web_4", expireUs, group: 1 }]);
    const { orders } = d.state;
    const order = orders.orderByVenueId(0, "X4");
    const exit = d.state.orders.nextOrder;
    const terms = { price: 27_500_000, qty: ONE, side: Side.Sell, orderType: 2, timeInForce: 1 };
    d.command(RecordKind.CommandPlace, { ...terms, flags: OrderFlag.ReduceOnly, parent: order, text: "by hand" });
    expect(Denial[orders.code(exit)]).toBe("ParentInvalid");
    d.pass(5_000_000);
    expect([orders.state(order), orders.held.group(order), d.gateway.closed]).toEqual([S.Open, 0, []]);
    same(d);
  });

  test("a list that shows it after its fill came: one order, and the fill is its own", () => {
    const d = new AskedDesk().ready();
    d.stream(StreamState.Down);
    d.stream(StreamState.Up);
    d.put(RecordKind.OrderFilled, 0, { side: Side.Sell, qty: ONE, price: BID, fillId: "z", venueOrderId: "X3" });
    d.answerSweep([{ ...stranger, venueOrderId: "X3", text: "web_3" }]);
    const { orders } = d.state;
    const order = orders.orderByVenueId(0, "X3");
    expect([orders.state(order), orders.cumQty(order)]).toEqual([S.PartiallyFilled, ONE]);
    d.pass(6_000_000);
    expect([orders.nextOrder, d.state.ledger.positionQty(0, 0, 0)]).toEqual([order + 1, -ONE]);
    same(d);
  });

  test("a fill by a venue id that is not known yet may be of our own order without an answer: it waits for that", () => {
    const d = new AskedDesk().ready();
    const { orders, ledger } = d.state;
    const order = d.place(BID, ONE);
    const fill = { side: Side.Buy, qty: ONE, price: BID, fillId: "z", venueOrderId: "V1" };
    d.put(RecordKind.OrderFilled, 0, fill);
    d.pass(9_500_000); // The ack is lost.
    expect([S[orders.state(order)], orders.nextOrder]).toEqual(["Unknown", order + 1]);
    const stated = d.stated(order, { code: VenueOrderStatus.Filled, cumQty: ONE, venueOrderId: "V1" });
    d.reply("order", [stated]);
    expect([S[orders.state(order)], ledger.positionQty(0, 0, 0), orders.nextOrder]).toEqual(["Filled", ONE, order + 1]);
    const never = d.place(BID, ONE);
    d.report(RecordKind.OrderUnknown, never, { venueOrderId: "" });
    d.put(RecordKind.OrderFilled, 0, { ...fill, fillId: "y", venueOrderId: "theirs" });
    d.put(RecordKind.OrderFilled, 0, { ...fill, fillId: "x", venueOrderId: "sold", side: Side.Sell });
    d.pass(5_500_000);
    expect([orders.orderByVenueId(0, "theirs"), ledger.positionQty(0, 0, 0)]).toEqual([0, 0]);
    d.report(RecordKind.OrderRejected, never, { venueOrderId: "" });
    d.pass(100_000);
    expect([S[orders.state(orders.orderByVenueId(0, "theirs"))], ledger.positionQty(0, 0, 0)]).toEqual(["Filled", ONE]);
    same(d);
  });

  test("one of ours that the journal lost comes back into its instance; an id that we never gave out stops the account", () => {
    const d = new AskedDesk();
    d.command(RecordKind.CommandTick);
    const session = Object.assign(d.records()[0] as object, { kind: RecordKind.SessionStarted, text: '{"epoch":7}' });
    d.engine.define(session as never, d.nowUs);
    d.ready();
    d.pass(61_000_000);
    const lost = clientOrderId(0, 5, 0, 900);
    d.answerSweep([{ ...stranger, venueOrderId: "L1", text: lost }]);
    const order = d.state.orders.orderByVenueId(0, "L1");
    expect(d.state.orders.flags(order) & OrderFlag.LostOwn).toBe(OrderFlag.LostOwn);
    d.command(RecordKind.CommandCancelAll, { text: "all" });
    expect(d.gateway.closed.map((r) => r.order)).toEqual([order]);
    d.pass(61_000_000);
    d.asked.splice(0, d.asked.length - 3);
    d.answerSweep([{ ...stranger, venueOrderId: "L2", text: clientOrderId(0, 7, 0, 900) }]);
    expect([d.state.readiness.ofAccount(0), problems(d).at(-1)]).toEqual([Readiness.Broken, "IdMisused"]);
    same(d);
  });
});
