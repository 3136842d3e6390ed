/** Held orders while their account is not reconciled: exits fire, openings wait. */

import { describe, expect, test } from "bun:test";
import { OrderFlag, OrderType, Side } from "../model/order.ts";
import { Readiness, RecordKind, TradingRecord } from "../model/record.ts";
import { EXIT_SYNC_WAIT_US } from "./awake.ts";
import { HeldDesk, QTY } from "./held.testing.ts";
import { ALL_INSTRUMENTS } from "./ports.ts";

function emit(desk: HeldDesk, kind: RecordKind, fields: Partial<TradingRecord>): void {
  desk.engine.define(Object.assign(new TradingRecord().reset(kind), fields), desk.nowUs);
}

const become = (desk: HeldDesk, code: Readiness) =>
  emit(desk, RecordKind.ReadinessChanged, { instrument: ALL_INSTRUMENTS, code, text: "test" });

/** Long 10, with a stop for it, one that says it reduces or not, and an opening that waits for the same price. */
function long(capabilities = {}, flags: number = OrderFlag.ReduceOnly) {
  const desk = new HeldDesk(capabilities);
  desk.price(2_000);
  desk.position(10);
  const stop = desk.place({ side: Side.Sell, orderType: OrderType.StopMarket, qty: 10, triggerPrice: 1_900, flags });
  const dip = { side: Side.Buy, orderType: OrderType.TakeProfitMarket, qty: 1, triggerPrice: 1_900 };
  return { desk, stop, opening: desk.place(dip) };
}

const states = (desk: HeldDesk, ...orders: number[]) => orders.map((order) => desk.stateOf(order));

describe("broken: only an operator ends it", () => {
  test("an exit fires, marked or by its quantity; an opening waits", () => {
    for (const flags of [OrderFlag.ReduceOnly, 0]) {
      const { desk, stop, opening } = long({}, flags);
      become(desk, Readiness.Broken);
      desk.price(1_890);
      expect(states(desk, stop, opening)).toEqual(["Sent", "Held"]);
      desk.fill(stop, 10);
      become(desk, Readiness.Ready);
      desk.tick();
      expect(desk.stateOf(opening)).toBe("Sent");
    }
  });

  test("one that would open more than it closes waits", () => {
    const { desk } = long();
    const flip = desk.place({ side: Side.Sell, orderType: OrderType.StopMarket, qty: 15, triggerPrice: 1_890 });
    desk.cancel(flip - 2);
    become(desk, Readiness.Broken);
    desk.price(1_880);
    expect(desk.stateOf(flip)).toBe("Held");
  });

  test("an open break: no more than the venue says is held, where it does not guard that itself", () => {
    const broken = (capabilities: object, venueQty: number, flags: number = OrderFlag.ReduceOnly) => {
      const made = long(capabilities, flags);
      const side = venueQty < 0 ? Side.Sell : Side.Buy;
      emit(made.desk, RecordKind.PositionBroken, { qty: Math.abs(venueQty) * QTY, side, cumQty: 10 * QTY, text: "x" });
      made.desk.price(1_890);
      for (let i = 0; i < 5; i++) made.desk.tick();
      return made;
    };
    for (const flags of [OrderFlag.ReduceOnly, 0]) {
      const cut = broken({}, 4, flags);
      expect([cut.desk.stateOf(cut.stop), cut.desk.sent.at(-1)?.qty]).toEqual(["Sent", 4 * QTY]);
    }
    const again = broken({}, 4);
    again.desk.fill(again.stop, 4);
    const second = { side: Side.Sell, orderType: OrderType.StopMarket, qty: 6, triggerPrice: 1_895 } as const;
    const next = again.desk.place({ ...second, flags: OrderFlag.ReduceOnly });
    again.desk.price(1_880); // Six are left by our books, and by the venue's none.
    for (let i = 0; i < 5; i++) again.desk.tick();
    expect([again.desk.stateOf(next), again.desk.positionQty()]).toEqual(["Held", 6]);
    const whole = broken({ reduceOnly: true }, 4);
    expect(whole.desk.sent.at(-1)?.qty).toBe(10 * QTY);
    for (const none of [0, -3]) {
      const { desk, stop } = broken({}, none);
      expect(desk.stateOf(stop)).toBe("Held");
      emit(desk, RecordKind.PositionAdjusted, { qty: 10 * QTY, side: Side.Buy, cumQty: 10 * QTY, text: "it is there" });
      for (let i = 0; i < 5; i++) desk.tick();
      expect([desk.stateOf(stop), desk.sent.at(-1)?.qty]).toEqual(["Sent", 10 * QTY]);
    }
  });
});

describe("syncing", () => {
  test("an exit waits a few seconds and fires, without another price; an opening waits on", () => {
    const { desk, stop, opening } = long();
    become(desk, Readiness.Syncing);
    desk.price(1_890);
    expect(states(desk, stop, opening)).toEqual(["Held", "Held"]);
    for (let us = 0; us < EXIT_SYNC_WAIT_US - 200_000; us += 200_000) desk.tick();
    expect(states(desk, stop, opening)).toEqual(["Held", "Held"]);
    for (let i = 0; i < 3; i++) desk.tick();
    expect(states(desk, stop, opening)).toEqual(["Sent", "Held"]);
  });

  test("the fill of another exit comes while it waits: nothing is left for it to do", () => {
    const { desk, stop } = long();
    const byHand = desk.place({ side: Side.Sell, qty: 10 });
    become(desk, Readiness.Syncing);
    desk.price(1_890);
    desk.fill(byHand, 10);
    for (let us = 0; us < 2 * EXIT_SYNC_WAIT_US; us += 200_000) desk.tick();
    expect([desk.stateOf(stop), desk.positionQty(), desk.sent.some((r) => r.order === stop)]).toEqual([
      "Held",
      0,
      false,
    ]);
  });

  test("after a restart the wait begins anew, however long it was syncing before", () => {
    const { desk, stop } = long();
    become(desk, Readiness.Syncing);
    for (let i = 0; i < 50; i++) desk.tick();
    desk.gateway.query = () => 0; // It does not answer.
    desk.restart();
    desk.price(1_890);
    expect(desk.stateOf(stop)).toBe("Held");
    for (let us = 0; us <= EXIT_SYNC_WAIT_US; us += 200_000) desk.price(1_890, 200_000);
    expect(desk.stateOf(stop)).toBe("Sent");
  });

  test("one that has fired waits for its siblings at the venue all the same: by evidence, not by time", () => {
    const desk = new HeldDesk();
    desk.price(2_000);
    desk.position(4);
    const low = { link: 2, side: Side.Sell, orderType: OrderType.StopMarket, triggerPrice: 1_900, flags: 2 } as const;
    const profit = desk.place({ side: Side.Sell, qty: 4, price: 2_200, flags: OrderFlag.ReduceOnly, legs: [low] });
    desk.accept(profit);
    become(desk, Readiness.Syncing);
    desk.price(1_890);
    for (let us = 0; us < 2 * EXIT_SYNC_WAIT_US; us += 200_000) desk.tick();
    expect(states(desk, profit, profit + 1)).toEqual(["CancelSent", "Held"]);
    desk.canceled(profit);
    expect(desk.stateOf(profit + 1)).toBe("Sent");
  });
});
