/** Exits that were lost: fired and refused, never arrived, gone when their entry filled, undone by a bust. */

import { describe, expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { Denial, Reject } from "../model/denial.ts";
import { OrderFlag, OrderType, Side } from "../model/order.ts";
import { LegLink } from "../model/order_legs.ts";
import { RecordKind } from "../model/record.ts";
import { HeldDesk, QTY } from "./held.testing.ts";
import { EXIT_TRIES_TOLD } from "./lost_exits.ts";

const EXIT = { link: LegLink.Child, side: Side.Sell, flags: OrderFlag.ReduceOnly } as const;
const STOP = { ...EXIT, orderType: OrderType.StopMarket, triggerPrice: 1_900 } as const;
const PROFIT = { ...EXIT, orderType: OrderType.Limit, price: 2_200 } as const;

/** A limit buy of 10 at 2,000 with stop 1,900 and take-profit 2,200; `filled`: and the stop has fired and left. */
function bracket(capabilities = {}, filled = 10) {
  const desk = new HeldDesk(capabilities);
  desk.price(2_010);
  const entry = desk.place({ qty: 10, price: 2_000, legs: [STOP, PROFIT] });
  desk.accept(entry);
  if (filled > 0) desk.fill(entry, filled, 2_000);
  return { desk, entry, stop: entry + 1, profit: entry + 2 };
}

function fired(capabilities = {}) {
  const made = bracket(capabilities);
  const { desk, profit, stop } = made;
  desk.accept(profit);
  desk.price(1_890);
  if (desk.orders.state(profit) !== 0 && desk.stateOf(profit) === "CancelSent") desk.canceled(profit);
  expect(desk.stateOf(stop)).toBe("Sent");
  return { ...made, next: profit + 1 };
}

/** A stop alone, for a position of 10 that was bought by hand. */
function alone(flags: number = OrderFlag.ReduceOnly, qty = 10) {
  const desk = new HeldDesk();
  desk.price(2_000);
  desk.position(10);
  const stop = desk.place({ side: Side.Sell, orderType: OrderType.StopMarket, qty, triggerPrice: 1_900, flags });
  return { desk, stop, next: stop + 1 };
}

const states = (desk: HeldDesk, ...orders: number[]) => orders.map((order) => desk.stateOf(order));
const reject = (desk: HeldDesk, order: number, code: number = Reject.Other) =>
  desk.report(RecordKind.OrderRejected, order, { code, text: "no" });
const problems = (desk: HeldDesk) =>
  desk.records.filter(({ kind }) => kind === RecordKind.ProblemNoted).map(({ code }) => Code[code]);

describe("a fired stop that its venue refuses", () => {
  test("is made again under a new number, reduce-only, for what is left, and closes the position", () => {
    const { desk, stop, next } = fired();
    reject(desk, stop);
    expect(states(desk, stop, next)).toEqual(["Rejected", "Held"]);
    desk.price(1_950); // Fired is fired.
    for (let i = 0; i < 8; i++) desk.tick();
    expect(desk.sent.at(-1)).toMatchObject({
      order: next,
      qty: 10 * QTY,
      side: Side.Sell,
      orderType: OrderType.Market,
    });
    expect((desk.sent.at(-1)?.flags ?? 0) & OrderFlag.ReduceOnly).toBe(OrderFlag.ReduceOnly);
    desk.fill(next, 10, 1_880);
    expect([desk.positionQty(), desk.live(), problems(desk)]).toEqual([0, [], []]);
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });

  test("that never arrived, after a crash: the same", () => {
    const { desk, stop, next } = fired();
    desk.restart();
    for (let i = 0; i < 12 && desk.stateOf(stop) !== "NeverAccepted"; i++) {
      desk.tick(1_100_000);
      desk.answerQuestions();
    }
    expect(states(desk, stop, next)).toEqual(["NeverAccepted", "Held"]);
    for (let i = 0; i < 8; i++) desk.tick();
    expect([desk.stateOf(next), desk.sent.at(-1)?.order]).toEqual(["Sent", next]);
    desk.fill(next, 10, 1_880);
    expect([desk.positionQty(), desk.live()]).toEqual([0, []]);
  });

  test("outlives a restart while it waits, and there is one of it", () => {
    const { desk, stop, next } = fired();
    reject(desk, stop);
    desk.restart();
    for (let i = 0; i < 8; i++) desk.tick();
    expect([desk.live(), desk.stateOf(next)]).toEqual([[next], "Sent"]);
  });

  test("takes no number that is promised to a strategy whose wish waits", () => {
    const { desk, stop, next } = fired();
    let free = false;
    desk.engine.contingency.mayNumber = () => free;
    reject(desk, stop);
    expect(desk.live()).toEqual([]);
    free = true;
    desk.tick();
    expect(desk.live()).toEqual([next]);
  });

  test("told of twice, it is made again once", () => {
    const { desk, stop, next } = fired();
    reject(desk, stop);
    reject(desk, stop);
    desk.report(RecordKind.OrderExpired, stop, { cumQty: 0 });
    expect(desk.live()).toEqual([next]);
  });

  test("again and again: a person is told from the third try on, and it backs off", () => {
    const { desk, stop } = fired();
    let last = stop;
    const sentUs: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      if (desk.stateOf(last) === "Sent") {
        sentUs.push(desk.nowUs);
        expect(desk.live()).toEqual([last]);
        reject(desk, last);
        last = desk.orders.nextOrder - 1;
      }
      if (i % 20 === 0) desk.price(1_850);
      desk.tick(100_000);
    }
    const gaps = sentUs.slice(1).map((us, i) => Math.round((us - (sentUs[i] as number)) / 1_000_000));
    expect(gaps.slice(0, 8)).toEqual([1, 1, 1, 2, 4, 8, 16, 32]);
    expect(problems(desk).length).toBe(sentUs.length - EXIT_TRIES_TOLD + 1);
    expect(new Set(problems(desk))).toEqual(new Set(["ExitLost"]));
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });

  test("the rest that an immediate order did not get is tried again, and no more than it", () => {
    const { desk, stop, next } = fired();
    desk.fill(stop, 4, 1_880);
    desk.report(RecordKind.OrderExpired, stop);
    expect([...states(desk, stop, next), desk.qty(next)]).toEqual(["Expired", "Held", 6]);
    desk.fill(stop, 1, 1_880); // Late: the end has overtaken it.
    expect(desk.qty(next)).toBe(5);
    for (let i = 0; i < 8; i++) desk.tick();
    desk.fill(next, 5, 1_870);
    expect([desk.positionQty(), desk.live()]).toEqual([0, []]);
  });

  test("what the venue says is filled is waited for, not closed a second time", () => {
    const { desk, stop } = fired();
    desk.report(RecordKind.OrderExpired, stop, { cumQty: 10 * QTY });
    for (let i = 0; i < 8; i++) desk.tick();
    expect([desk.live(), desk.sent.at(-1)?.order]).toEqual([[], stop]);
  });

  test("'nothing to reduce' ends it, and is told while our books say otherwise", () => {
    const { desk, stop } = fired({ reduceOnly: true });
    reject(desk, stop, Reject.ReduceOnly);
    for (let i = 0; i < 8; i++) desk.tick();
    expect([desk.live(), problems(desk)]).toEqual([[], ["ExitLost"]]);
  });

  test("beside a sibling that still stands, 'nothing to reduce' says only that the sibling covers it", () => {
    const { desk, stop, profit } = bracket({ reduceOnly: true });
    desk.accept(profit);
    desk.price(1_890);
    reject(desk, stop, Reject.ReduceOnly);
    expect(states(desk, stop, profit, profit + 1)).toEqual(["Rejected", "CancelSent", "Held"]);
    desk.canceled(profit);
    for (let i = 0; i < 8; i++) desk.tick();
    expect(desk.stateOf(profit + 1)).toBe("Sent");
  });

  test("closed by hand meanwhile: the gate ends it, and nobody is called", () => {
    const { desk, stop, next } = fired();
    reject(desk, stop);
    desk.position(-10);
    for (let i = 0; i < 8; i++) desk.tick();
    expect([desk.stateOf(next), desk.orders.code(next)]).toEqual(["Denied", Denial.ReduceOnlyWouldIncrease]);
    expect([desk.positionQty(), problems(desk)]).toEqual([0, []]);
  });

  test("a kill ends it; what somebody cancelled is not made again", () => {
    const { desk, stop, next } = fired();
    reject(desk, stop);
    desk.command(RecordKind.CommandKill, { scope: 5, text: "enough" });
    expect(desk.stateOf(next)).toBe("Withdrawn");
    const other = fired();
    other.desk.cancel(other.stop);
    reject(other.desk, other.stop);
    expect(other.desk.live()).toEqual([]);
  });

  test("one that stands alone; an opening that fires and is refused just ends", () => {
    const { desk, stop, next } = alone();
    desk.price(1_890);
    reject(desk, stop);
    for (let i = 0; i < 8; i++) desk.tick();
    expect([desk.stateOf(next), desk.sent.at(-1)?.qty]).toEqual(["Sent", 10 * QTY]);
    const opening = alone(0, 15);
    opening.desk.price(1_890);
    reject(opening.desk, opening.stop);
    expect(opening.desk.live()).toEqual([]);
    const unmarked = alone(0);
    unmarked.desk.price(1_890);
    reject(unmarked.desk, unmarked.stop);
    expect(unmarked.desk.stateOf(unmarked.next)).toBe("Held");
    expect(unmarked.desk.orders.flags(unmarked.next) & OrderFlag.ReduceOnly).toBe(OrderFlag.ReduceOnly);
  });

  test("a trigger that the venue did not take is watched here", () => {
    const { desk, stop, profit } = bracket({ reduceOnly: true, stops: true });
    desk.accept(profit);
    reject(desk, stop); // It would trigger at once, says the venue.
    const next = profit + 1;
    for (let i = 0; i < 8; i++) desk.tick();
    expect([...states(desk, stop, next), desk.sent.length]).toEqual(["Rejected", "Held", 3]);
    desk.price(1_890);
    for (let i = 0; i < 8; i++) desk.tick();
    expect(desk.sent.at(-1)).toMatchObject({ order: next, orderType: OrderType.Market, qty: 10 * QTY });
  });

  test("the close of what an entry filled after its exit was done", () => {
    const { desk, entry, profit } = bracket({}, 3);
    desk.accept(profit);
    desk.fill(profit, 3, 2_200);
    desk.fill(entry, 2, 2_000);
    desk.canceled(entry);
    const rest = profit + 1;
    reject(desk, rest);
    for (let i = 0; i < 8; i++) desk.tick();
    expect([...states(desk, rest, rest + 1), desk.sent.at(-1)?.qty]).toEqual(["Rejected", "Sent", 2 * QTY]);
    desk.fill(rest + 1, 2);
    expect([desk.positionQty(), desk.live()]).toEqual([0, []]);
  });

  test("cancelled for its size alone, because it cannot be amended: made again in the size that is right", () => {
    const { desk, stop, profit } = bracket({ reduceOnly: true, stops: true });
    desk.accept(stop);
    desk.accept(profit);
    desk.fill(profit, 3, 2_200);
    expect([...states(desk, stop, profit), desk.kindsOf(stop).at(-1)]).toEqual([
      "CancelSent",
      "PartiallyFilled",
      "CancelIntent",
    ]);
    desk.restart();
    desk.canceled(stop);
    const next = profit + 1;
    expect([desk.stateOf(next), desk.qty(next), problems(desk)]).toEqual(["Held", 7, []]);
    desk.price(1_890);
    expect(desk.sent.at(-1)).toMatchObject({ order: next, qty: 7 * QTY, orderType: OrderType.Market });
    const byHand = bracket({ reduceOnly: true, stops: true });
    byHand.desk.accept(byHand.stop);
    byHand.desk.accept(byHand.profit);
    byHand.desk.fill(byHand.profit, 3, 2_200);
    byHand.desk.cancel(byHand.stop); // While that cancel is on its way: now it is wanted gone.
    byHand.desk.canceled(byHand.stop);
    expect(byHand.desk.live()).toEqual([byHand.profit]);
  });

  test("a resting exit that somebody ends at the venue is not put back, and is told", () => {
    const desk = new HeldDesk();
    desk.price(2_000);
    desk.position(10);
    const limit = { orderType: OrderType.StopLimit, triggerPrice: 1_900, price: 1_899, flags: OrderFlag.ReduceOnly };
    const stop = desk.place({ side: Side.Sell, qty: 10, timeInForce: 1, ...limit });
    desk.price(1_890);
    desk.accept(stop);
    desk.canceled(stop);
    expect([desk.live(), problems(desk)]).toEqual([[], ["ExitLost"]]);
  });
});

describe("an entry that ended without a fill, and then filled", () => {
  test("its exits live again for what it filled", () => {
    const { desk, entry, stop, profit } = bracket({}, 0);
    desk.canceled(entry);
    expect(states(desk, stop, profit)).toEqual(["Withdrawn", "Withdrawn"]);
    desk.fill(entry, 4, 2_000);
    const again = [profit + 1, profit + 2] as const;
    expect([...states(desk, ...again), desk.qty(again[0])]).toEqual(["Held", "Sent", 4]);
    expect(problems(desk)).toEqual(["LateFill", "EntryFilledLate"]);
    desk.fill(entry, 2, 2_000);
    expect(desk.qty(again[0])).toBe(6);
    desk.accept(again[1]);
    desk.price(1_890);
    desk.canceled(again[1]);
    desk.fill(again[0], 6, 1_880);
    expect([desk.positionQty(), desk.live()]).toEqual([0, []]);
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });

  test("with exits that a person took away: told, nothing is put back", () => {
    const { desk, entry, stop, profit } = bracket({}, 0);
    desk.cancel(stop);
    desk.cancel(profit);
    desk.cancel(entry);
    desk.canceled(entry);
    desk.fill(entry, 4, 2_000);
    expect([desk.live(), problems(desk)]).toEqual([[], ["LateFill", "EntryFilledLate"]]);
  });
});

describe("a bust after the exit was done", () => {
  const bust = (desk: HeldDesk, order: number) => {
    const { fillId } = desk.records.findLast((r) => r.kind === RecordKind.OrderFilled && r.order === order) ?? {};
    desk.report(RecordKind.FillBusted, order, { fillId: fillId ?? "" });
  };

  test("of the exit: the position is back, and is closed at the market", () => {
    const { desk, stop } = fired();
    desk.fill(stop, 10, 1_880);
    bust(desk, stop);
    expect([desk.positionQty(), problems(desk)]).toEqual([10, ["ExitUndone"]]);
    const rest = desk.orders.nextOrder - 1;
    expect(desk.sent.at(-1)).toMatchObject({ order: rest, side: Side.Sell, qty: 10 * QTY });
    desk.fill(rest, 10, 1_880);
    expect([desk.positionQty(), desk.live()]).toEqual([0, []]);
  });

  test("of the entry: the position has turned round, and a person is told by how much", () => {
    const { desk, entry, stop } = fired();
    desk.fill(stop, 10, 1_880);
    bust(desk, entry);
    expect([desk.positionQty(), problems(desk), desk.live()]).toEqual([-10, ["ExitUndone"], []]);
    expect(desk.records.at(-1)?.qty).toBe(10 * QTY);
  });

  test("of an exit that stands alone: told", () => {
    const { desk, stop } = alone();
    desk.price(1_890);
    desk.fill(stop, 10, 1_880);
    bust(desk, stop);
    expect([desk.positionQty(), problems(desk)]).toEqual([10, ["ExitUndone"]]);
  });
});
