/** Outages: since when nobody looked, what the venue's history is asked, and how long held orders wait for it. */

import { describe, expect, test } from "bun:test";
import { OrderFlag, OrderType, Side, TriggerBy } from "../model/order.ts";
import { HeldDesk, PRICE } from "./held.testing.ts";
import { Outages } from "./outages.ts";

const WAIT_US = 5_000_000;

/** Holds one unit at 2000 with a stop at 1900; the venue's history can be asked. */
function long(fields = {}) {
  const desk = new HeldDesk({}, WAIT_US);
  desk.price(2_000);
  desk.position(1);
  const stop = desk.place({
    ...{ side: Side.Sell, orderType: OrderType.StopMarket, flags: OrderFlag.ReduceOnly },
    ...{ qty: 1, triggerPrice: 1_900 },
    ...fields,
  });
  expect(desk.stateOf(stop)).toBe("Held");
  return { desk, stop };
}

describe("held orders wait for word of an outage", () => {
  test("after a restart the venue is asked from the last record on, and a dip that came back fires the stop", () => {
    const { desk, stop } = long();
    const endedUs = desk.state.timeUs;
    desk.nowUs += 60_000_000;
    desk.restart();
    expect(desk.engine.outages.takeQuestion()).toBeUndefined(); // Nothing before a price that can be trusted.
    desk.price(1_980);
    expect(desk.engine.outages.takeQuestion()).toEqual({ instrument: 0, fromUs: endedUs, toUs: desk.nowUs });
    expect(desk.engine.outages.takeQuestion()).toBeUndefined();
    desk.price(1_981);
    expect(desk.stateOf(stop)).toBe("Held");
    desk.engine.backfill(0, 2_000 * PRICE, 1_850 * PRICE, desk.nowUs);
    desk.tick();
    expect(desk.stateOf(stop)).toBe("Sent");
    expect(desk.replicaHash()).toBe(desk.state.hash());
  });

  test("what the present price fires waits for nobody", () => {
    const { desk, stop } = long();
    desk.nowUs += 60_000_000;
    desk.restart();
    desk.price(1_890);
    expect(desk.stateOf(stop)).toBe("Sent");
    expect(desk.engine.outages.takeQuestion()).toBeUndefined();
  });

  test("no answer: after the wait the present price is all there is, and the stop protects as before", () => {
    for (const failed of [false, true]) {
      const { desk, stop } = long();
      desk.nowUs += 60_000_000;
      desk.restart();
      desk.price(1_980);
      if (failed) desk.engine.backfillFailed(0);
      else desk.tick(WAIT_US);
      desk.price(1_970);
      desk.engine.backfill(0, 2_000 * PRICE, 1_850 * PRICE, desk.nowUs); // Too late: it has woken.
      desk.price(1_971);
      expect(desk.stateOf(stop)).toBe("Held");
      desk.price(1_900);
      expect(desk.stateOf(stop)).toBe("Sent");
    }
  });

  test("a price that fires while it is waited comes first", () => {
    const { desk, stop } = long();
    desk.nowUs += 60_000_000;
    desk.restart();
    desk.price(1_980);
    desk.price(1_899);
    expect(desk.stateOf(stop)).toBe("Sent");
  });

  test("a lost feed: asked from the last price that was seen, not from when the loss was noticed", () => {
    const { desk, stop } = long();
    desk.price(1_990);
    const seenUs = desk.nowUs;
    desk.tick(20_000_000);
    desk.engine.emulator.sleep(0);
    desk.price(1_980, 10_000_000);
    expect(desk.engine.outages.takeQuestion()).toEqual({ instrument: 0, fromUs: seenUs, toUs: desk.nowUs });
    desk.engine.backfill(0, 1_990 * PRICE, 1_901 * PRICE, desk.nowUs);
    desk.tick();
    expect(desk.stateOf(stop)).toBe("Held");
    desk.engine.emulator.sleep(0); // Lost once more: asked once more.
    desk.price(1_980, 10_000_000);
    expect(desk.engine.outages.takeQuestion()?.toUs).toBe(desk.nowUs);
  });

  test("an order that was placed after the last price is not fired by what was traded before it", () => {
    const desk = new HeldDesk({}, WAIT_US);
    desk.price(2_000);
    desk.position(1);
    desk.tick(3_000_000);
    const placedUs = desk.nowUs;
    const wish = { side: Side.Sell, orderType: OrderType.StopMarket, flags: OrderFlag.ReduceOnly } as const;
    desk.place({ ...wish, qty: 1, triggerPrice: 1_900 });
    desk.engine.emulator.sleep(0);
    desk.price(1_980, 10_000_000);
    expect(desk.engine.outages.takeQuestion()?.fromUs).toBe(placedUs);
  });

  test("history is of trades: an order by the mark price does not wait, and is not fired by it", () => {
    const outages = new Outages(WAIT_US);
    outages.begin(3, 100);
    expect(outages.waits(3, 100)).toBe(false); // Nothing was missed.
    expect(outages.waits(3, 200)).toBe(true);
    outages.tell(3, 20, 10);
    expect([outages.waits(3, 300), outages.lowOf(3, 15), outages.highOf(3, 15)]).toEqual([false, 10, 20]);
    outages.end(3);
    expect([outages.waits(3, 400), outages.lowOf(3, 15), outages.highOf(3, 15)]).toEqual([false, 15, 15]);
    const { desk, stop } = long({ triggerBy: TriggerBy.Mark });
    desk.nowUs += 60_000_000;
    desk.restart();
    desk.engine.backfill(0, 2_000 * PRICE, 1_850 * PRICE, desk.nowUs);
    desk.price(1_980);
    expect([desk.stateOf(stop), desk.engine.outages.takeQuestion()]).toEqual(["Held", undefined]);
  });
});
