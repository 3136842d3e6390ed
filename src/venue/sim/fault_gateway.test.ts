/** The fault gateway one fault at a time. Covers fault_answers, fault_crowd, fault_gateway, fault_plan, fault_venue, fault_wire, venue_ledger. */

import { describe, expect, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { Prng } from "../../core/prng.ts";
import { Reject } from "../../model/denial.ts";
import { OrderType, Side, TimeInForce } from "../../model/order.ts";
import { Evidence, RecordKind, StreamState, VenueOrderStatus } from "../../model/record.ts";
import { FaultDesk } from "./fault.testing.ts";
import { drawFaults, NO_FAULTS, planText } from "./fault_plan.ts";
import { FaultWire } from "./fault_wire.ts";

const ALWAYS = 1_000;
const SECOND_US = 1_000_000;
const MARKET = { orderType: OrderType.Market, timeInForce: TimeInForce.Ioc, price: 0 };
const UNIT = 10n ** 18n;

describe("without faults", () => {
  test("an order is accepted once by answer and once by stream, fills, and is asked for", () => {
    const d = new FaultDesk();
    d.venue.stepMarket(0);
    expect(d.place(1)).toBe(Code.Ok);
    d.wait(SECOND_US);
    expect(d.told()).toEqual(["StreamChanged code 1", "OrderAccepted 1"]);
    d.place(2, { ...MARKET, qty: 100 });
    d.wait(SECOND_US);
    const fill = d.reports.find((record) => record.kind === RecordKind.OrderFilled);
    expect(fill).toMatchObject({ order: 2, qty: 100, cumQty: 100, fillId: "T1", side: Side.Buy, feeAsset: 1 });
    expect(d.ask({ kind: "order", order: 2 })).toEqual([`StatedOrder 2 code ${VenueOrderStatus.Filled}`, "QueryEnded"]);
    expect(d.ask({ kind: "openOrders", instrument: "all" })).toEqual(["StatedOrder 1 code 1", "QueryEnded"]);
    expect(d.ask({ kind: "fills", sinceUs: 0 })).toEqual(["OrderFilled 2", "QueryEnded"]);
    expect(d.reports.at(-2)).toMatchObject({ evidence: Evidence.TradeHistory, fillId: "T1" });
    expect(d.ask({ kind: "fills", sinceUs: 0, order: 1 })).toEqual(["QueryEnded"]);
    expect(d.ask({ kind: "orderHistory", order: 9 })).toEqual([
      `StatedOrder 9 code ${VenueOrderStatus.NotFound}`,
      "QueryEnded",
    ]);
  });

  test("cancels, replaces and their refusals", () => {
    const d = new FaultDesk();
    d.place(1);
    d.wait(SECOND_US);
    d.replace(1, 18_000_000, 2_000_000);
    d.wait(SECOND_US);
    expect(d.reports.at(-1)).toMatchObject({ kind: RecordKind.OrderReplaced, qty: 2_000_000, venueOrderId: "V1.2" });
    d.cancel(1);
    d.wait(SECOND_US);
    expect(d.reports.at(-1)).toMatchObject({ kind: RecordKind.OrderCanceled, order: 1, cumQty: 0 });
    const from = d.reports.length;
    d.cancel(1);
    d.cancel(7);
    d.replace(1, 18_000_000, 1_000_000, 3);
    d.wait(SECOND_US);
    expect(d.told(from).sort()).toEqual(
      [
        `CancelRejected 1 code ${Reject.AlreadyDone}`,
        `CancelRejected 7 code ${Reject.UnknownOrder}`,
        `ReplaceRejected 1 code ${Reject.AlreadyDone}`,
      ].sort(),
    );
    expect(d.venue.ledger.live.size).toBe(0);
  });

  test("cancel-all ends what is open; a partial batch forgets some", () => {
    const d = new FaultDesk();
    for (let order = 1; order <= 20; order++) d.place(order);
    d.wait(SECOND_US);
    d.set({ batchPartial: 500 });
    d.gateway.closeAll(0xffff_ffff);
    d.wait(SECOND_US);
    expect(d.venue.ledger.live.size).toBeGreaterThan(0);
    expect(d.venue.ledger.live.size).toBeLessThan(20);
    d.set({});
    d.gateway.closeAll(0);
    d.wait(SECOND_US);
    expect(d.venue.ledger.live.size).toBe(0);
  });

  test("the venue's money: spot pays its fee in what it receives, perpetuals realise at average cost", () => {
    const d = new FaultDesk();
    const { ledger } = d.venue;
    const make = (side: Side, instrument: number) => {
      const fields = { instrument, side, orderType: 2, timeInForce: 1, flags: 0, acceptedUs: 0, book: 0 };
      const state = { cumQty: 0, status: VenueOrderStatus.Open, reject: Reject.None, changedUs: 0 };
      const order = { clientId: "x", ...fields, venueOrderId: "V", price: 1, qty: 9_000_000, ...state };
      ledger.accept(order);
      return order;
    };
    ledger.fill(make(Side.Buy, 0), 20_000_000, 1_000_000, false, 1);
    expect(ledger.balances.get("ETH")).toBe(UNIT - UNIT / 1_000n);
    expect(ledger.balances.get("USDT")).toBe(-2_000n * UNIT);
    expect(ledger.positionQty(0)).toBe(999_000);
    const buy = make(Side.Buy, 1);
    ledger.fill(buy, 10_000_000, 1_000_000, true, 2);
    ledger.fill(buy, 20_000_000, 1_000_000, true, 3);
    const before = ledger.balances.get("USDT") as bigint;
    ledger.fill(make(Side.Sell, 1), 30_000_000, 3_000_000, true, 4);
    // 2 at an average of 1,500 sold at 3,000; one more opens a short.
    expect((ledger.balances.get("USDT") as bigint) - before).toBe(3_000n * UNIT);
    expect([ledger.positionQty(1), ledger.cost(1)]).toEqual([-1_000_000, 3_000n * UNIT]);
    expect(d.ask({ kind: "positions" })).toEqual(["StatedPosition", "QueryEnded"]);
    expect(d.ask({ kind: "balances" })).toEqual(["StatedBalance", "StatedBalance", "QueryEnded"]);
  });
});

describe("faults, one at a time", () => {
  test("refused: no byte leaves", () => {
    const d = new FaultDesk({ refused: ALWAYS });
    expect([d.place(1), d.gateway.query({ id: 1, kind: "balances" })]).toEqual([
      Code.RequestBudgetSpent,
      Code.RequestBudgetSpent,
    ]);
    d.wait(SECOND_US);
    expect(d.venue.ledger.submissions).toEqual([]);
  });

  test("a lost request and a lost answer end alike for the session, and otherwise at the venue", () => {
    for (const [plan, live] of [
      [{ requestLost: ALWAYS }, 0],
      [{ answerLost: ALWAYS, reportLost: ALWAYS }, 1],
    ] as const) {
      const d = new FaultDesk(plan);
      d.place(1);
      d.wait(6 * SECOND_US);
      expect(d.told(1)).toEqual([`OrderUnknown 1 code ${Code.AnswerMissing}`]);
      expect(d.venue.ledger.live.size).toBe(live);
    }
  });

  test("an error after acceptance is unknown at once; the stream knows better", () => {
    const d = new FaultDesk({ errorAfterwards: ALWAYS, answerDoubled: ALWAYS });
    d.place(1);
    d.wait(10 * SECOND_US);
    expect(d.told(1).sort()).toEqual(["OrderAccepted 1", `OrderUnknown 1 code ${Code.AnswerMissing}`]);
  });

  test("a request that comes after its validity is refused, whatever it asks", () => {
    const d = new FaultDesk({ requestLate: ALWAYS, lateUsMax: 100 * SECOND_US }, undefined, 3);
    for (let order = 1; order <= 20; order++) d.place(order);
    d.wait(110 * SECOND_US);
    expect(d.venue.ledger.submissions.length).toBe(20);
    expect(d.venue.ledger.orders.size).toBeLessThan(5);
  });

  test("a second submission of an id is refused and stands in the venue's log", () => {
    const d = new FaultDesk();
    d.place(1);
    d.place(1);
    d.wait(SECOND_US);
    expect(d.told()).toContain(`OrderRejected 1 code ${Reject.DuplicateClientId}`);
    expect(d.venue.ledger.submissions.length).toBe(2);
    expect(d.venue.ledger.orders.size).toBe(1);
  });

  test("rejects, refused cancels, and a listing with another tick", () => {
    const d = new FaultDesk({ rejected: ALWAYS });
    d.place(1);
    d.wait(SECOND_US);
    d.set({ cancelRefused: ALWAYS, coarseTickAfterUs: 1 });
    d.place(2);
    d.place(3, { price: 19_000_100 });
    d.wait(SECOND_US);
    d.cancel(2);
    d.wait(SECOND_US);
    expect(d.told(1)).toEqual([
      `OrderRejected 1 code ${Reject.Other}`,
      ...d.told().filter((word) => word.endsWith(" 2") || word.includes("Rejected 3")),
      `CancelRejected 2 code ${Reject.Other}`,
    ]);
    expect(d.told()).toContain(`OrderRejected 3 code ${Reject.Filter}`);
    expect(d.venue.ledger.live.size).toBe(1);
  });

  test("reports are doubled, strange or late; what is late is overtaken", () => {
    const d = new FaultDesk({ reportTwice: ALWAYS, answerDoubled: ALWAYS });
    d.place(1);
    d.wait(5 * SECOND_US);
    expect(d.told(1).length).toBe(3);
    d.set({ reportStrange: ALWAYS, answerDoubled: ALWAYS });
    d.place(2);
    d.wait(5 * SECOND_US);
    expect(d.told(4)).toEqual(["OrderAccepted 2"]);
    expect(d.gateway.counts["reportStrange"]).toBe(1);
  });

  test("the stream goes down with a word, or falls silent; what it would have said is never told", () => {
    const d = new FaultDesk({ streamDownEveryUs: SECOND_US, streamGoneUsMax: 1 });
    d.wait(60 * SECOND_US);
    const states = d.reports.map((record) => record.code);
    expect(states.slice(0, 3)).toEqual([StreamState.Up, StreamState.Down, StreamState.Up]);
    const silent = new FaultDesk({ streamSilentEveryUs: 1, streamGoneUsMax: 1 });
    silent.wait(SECOND_US);
    silent.place(1);
    silent.wait(5 * SECOND_US);
    expect(silent.told(1)).toEqual(["OrderAccepted 1"]);
    expect(silent.gateway.counts["deaf"]).toBe(1);
    silent.wait(6 * SECOND_US);
    expect(silent.reports.some((r) => r.kind === RecordKind.StreamChanged && r.code === StreamState.Silent)).toBe(true);
  });

  test("questions are lost, fail, or are answered with a list that is cut short", () => {
    const d = new FaultDesk();
    for (let order = 1; order <= 5; order++) d.place(order);
    d.wait(SECOND_US);
    const open = { kind: "openOrders", instrument: "all" };
    d.set({ queryLost: ALWAYS });
    expect(d.ask(open)).toEqual([]);
    d.set({ queryFailed: ALWAYS });
    expect(d.ask(open).at(-1)).toBe(`QueryEnded code ${Code.VenueError}`);
    d.set({ listCut: ALWAYS });
    const cut = d.ask(open);
    expect(cut.length).toBeLessThan(6);
    expect(cut.at(-1)).toBe("QueryEnded");
  });

  test("somebody else trades on the account, and money moves", () => {
    const d = new FaultDesk();
    for (let n = 0; n < 20; n++) {
      d.venue.stepMarket(n % 2);
      d.venue.placeForeign(d.nowUs);
    }
    d.venue.pay("USDT", d.nowUs);
    d.wait(SECOND_US);
    expect(d.reports.slice(1).every((record) => record.order === 0)).toBe(true);
    expect(d.venue.foreignTrades).toBeGreaterThan(0);
    expect(d.reports.at(-1)).toMatchObject({ kind: RecordKind.CashMoved, fillId: "P1" });
  });

  test("a session that has hung up hears nothing; what it sent arrives, and the next session finds it", () => {
    const d = new FaultDesk();
    d.place(1);
    d.gateway.hangUp();
    d.wait(SECOND_US);
    expect([d.told(1).length, d.venue.ledger.live.size]).toEqual([0, 1]);
    d.session(2);
    expect(d.ask({ kind: "order", order: 1 })).toEqual(["StatedOrder 1 code 1", "QueryEnded"]);
  });
});

test("plans differ in kind; families that are off stay off", () => {
  const plans = Array.from({ length: 200 }, (_, seed) =>
    drawFaults(new Prng(seed), { losses: seed % 2 === 0, foreign: false, payments: false }),
  );
  expect(plans.filter((plan) => plan.answerLost > 0).length).toBeGreaterThan(20);
  expect(plans.some((plan, seed) => seed % 2 === 1 && (plan.answerLost > 0 || plan.streamDownEveryUs > 0))).toBe(false);
  expect(new Set(plans.map(planText)).size).toBeGreaterThan(150);
  expect(planText(NO_FAULTS)).toBe("none");
});

test("the wire keeps the order of due times, and of sending among equal ones", () => {
  const prng = new Prng(5);
  const wire = new FaultWire();
  const sent: [number, number][] = [];
  const ran: [number, number][] = [];
  for (let n = 0; n < 2_000; n++) {
    const dueUs = prng.nextBelow(100);
    sent.push([dueUs, n]);
    wire.push(dueUs, () => ran.push([dueUs, n]));
  }
  expect([wire.count, wire.nextDueUs()]).toEqual([2_000, 0]);
  wire.advance(100);
  expect(ran).toEqual(sent.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
});
