/** An instance over a scripted engine: refusals after the handler, throws in each handler, state, timers, chance. */

import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { Side } from "../model/order.ts";
import { RecordKind } from "../model/record.ts";
import type { Handlers, Market, Order, Rejection, Size } from "./api.ts";
import { strategy } from "./meltica.ts";
import { ASK, BID, onMain, TestPort } from "./test_port.testing.ts";

/** Makes `ask` in the first onQuote. */
function ask(port: TestPort, make: (main: Market) => unknown): { rejections: Rejection[]; statuses: string[] } {
  const rejections: Rejection[] = [];
  const statuses: string[] = [];
  let isDone = false;
  const module = onMain((main) => ({
    onQuote() {
      if (isDone) return;
      isDone = true;
      const made = make(main);
      // Nothing is answered inside the handler.
      expect(rejections).toEqual([]);
      for (const order of Array.isArray(made) ? made : [made]) statuses.push((order as Order).status);
    },
    onReject: (rejection) => rejections.push(rejection),
  }));
  expect(port.start(module)).toBe("");
  port.quote();
  return { rejections, statuses };
}

describe("order calls", () => {
  test("wishes carry rounded mantissas: sizes down, a buy's limit down, a sell's up", () => {
    const port = new TestPort();
    ask(port, (main) => [
      main.buy({ base: "0.12349999" }, { limit: "2679.9999", why: "b" }),
      main.sell({ base: 0.1 + 0.2 }, { limit: 2680.0001, why: "s" }),
      main.buy({ quote: 268.01 }, { why: "q" }),
      main.buy({ equity: "0.1" }, { limit: 2500, why: "e" }),
      main.buy({ base: 1e-7 }, { why: "dust" }),
    ]);
    expect(port.placed.map(({ side, qty, price }) => [side, qty, price])).toEqual([
      [Side.Buy, 123_400, 26_799_900],
      [Side.Sell, 300_000, 26_800_100],
      [Side.Buy, 99_900 + 100, 0],
      [Side.Buy, 400_000, 25_000_000],
      [Side.Buy, 0, 0],
    ]);
    expect(port.placed.map((wish) => wish.code !== 0)).toEqual([false, false, false, false, true]);
  });

  const wrong: unknown[] = [
    {},
    null,
    5,
    { base: 1, quote: 1 },
    { base: 0 },
    { base: -1 },
    { base: "1e3" },
    { base: {} },
  ];
  test.each([...wrong, { base: Number.NaN }, { equity: "x" }, { base: 1e21 }])("size %p is refused once", (size) => {
    const port = new TestPort();
    const { rejections, statuses } = ask(port, (main) => main.buy(size as Size, { why: "x" }));
    expect(rejections.map((r) => [r.code, r.order?.id, r.order?.status])).toEqual([
      ["StrategyOrderInvalid", 0, "denied"],
    ]);
    expect(rejections[0]?.hint).not.toBe("");
    expect([statuses, port.placed, port.notes.length]).toEqual([["pending"], [], 1]);
  });

  test("place() answering 0 is StrategyIntentsCapped, and the rest of the handler goes on", () => {
    const port = new TestPort();
    port.room = 2;
    const { rejections } = ask(port, (main) => [1, 2, 3, 4].map(() => main.buy({ base: 1 }, { why: "x" })));
    expect(port.placed.length).toBe(2);
    expect(rejections.map((r) => r.code)).toEqual(["StrategyIntentsCapped", "StrategyIntentsCapped"]);
  });

  test("a handler of refusals that is refused again ends", () => {
    const port = new TestPort();
    let heard = 0;
    const again = (main: Market) => main.buy({ base: Number.NaN }, { why: "x" });
    const module = onMain((main) => ({
      onQuote: () => void again(main),
      onReject: () => {
        heard++;
        again(main);
      },
    }));
    port.start(module);
    port.quote();
    expect(heard).toBeGreaterThan(1);
    expect(heard).toBeLessThanOrEqual(256);
    expect(port.host.problems).toEqual([]);
  });

  test("more refusals than are delivered: every handle still ends as denied", () => {
    const port = new TestPort();
    const orders: Order[] = [];
    ask(port, (main) => {
      for (let n = 0; n < 300; n++) orders.push(main.buy({ base: 0 }, { why: "x" }));
      return orders;
    });
    expect(orders.filter((order) => order.live).length).toBe(0);
  });

  test("before the first quote, what needs a price is refused", () => {
    const port = new TestPort();
    const heard: string[] = [];
    const module = onMain((main) => ({
      onStart() {
        main.buy({ quote: 10 }, { why: "x" });
        main.target(1, { why: "x" });
      },
      onReject: (rejection) => heard.push(rejection.reason),
    }));
    port.start(module);
    expect(heard.length).toBe(2);
    for (const reason of heard) expect(reason).toContain("price");
  });

  test("orders in setup are the strategy's mistake, and it is left out", () => {
    const port = new TestPort();
    const module = onMain((main) => {
      main.buy({ base: 1 }, { why: "x" });
      return {};
    });
    expect([port.start(module), port.placed.length]).toEqual(["StrategyThrew", 0]);
  });
});

describe("a throw pauses only its instance", () => {
  const boom = () => {
    throw new Error("boom");
  };
  const handlers: Record<string, Handlers> = {
    onStart: { onStart: boom },
    onBar: { onBar: boom },
    onTrade: { onTrade: boom },
    onLiquidation: { onLiquidation: boom },
    onQuote: { onQuote: boom },
    onBook: { onBook: boom },
    onFill: { onFill: boom },
    onOrder: { onOrder: boom },
    onReject: { onReject: boom },
    onStop: { onStop: boom },
    every: { every: { "1s": boom } },
  };

  test.each(Object.keys(handlers))("%s", (name) => {
    const port = new TestPort();
    const seen: string[] = [];
    const order = (main: Market) => main.buy({ base: 1 }, { limit: 2680, why: "x" });
    const bad = onMain((main) => ({
      ...(name === "onQuote" ? {} : { onQuote: () => order(main) }),
      ...handlers[name],
    }));
    const good = onMain(() => ({
      onBar: () => seen.push("bar"),
      onTrade: () => seen.push("trade"),
      onLiquidation: () => seen.push("liquidation"),
      onQuote: () => seen.push("quote"),
      onBook: () => seen.push("book"),
      every: { "1s": () => seen.push("timer") },
    }));
    port.start(bad, 1);
    port.start(good, 2);
    const wasPaused = port.host.instance(1)?.paused;
    port.quote();
    if (port.placed.length > 0) {
      port.report(RecordKind.OrderAccepted, 1);
      port.fill(1, 1_000_000);
      port.report(RecordKind.OrderRejected, port.placed.length);
    }
    port.trade(BID);
    port.trade(BID);
    port.liquidate();
    port.host.onMarket(0, port.feed.snapshot(1, [[BID, 100]], [[ASK, 100]]));
    for (let i = 0; i < port.due.length && i < 4; i++) port.host.onTimer(port.due[i]?.payload ?? 0);
    port.host.stop(1, "test");
    expect(port.host.problems.map((p) => [p.code, p.detail])).toEqual([["StrategyThrew", "test: boom"]]);
    const [found] = port.host.problems;
    expect(found?.file).toContain("instance.test.ts");
    expect(found?.line).toBeGreaterThan(1);
    expect(found?.column).toBeGreaterThan(0);
    expect(port.host.instance(1)?.counters.throws).toBe(1);
    expect(wasPaused).toBe(name === "onStart");
    expect([port.host.instance(1)?.paused, port.host.instance(2)?.paused]).toEqual([true, false]);
    for (const kind of ["bar", "trade", "liquidation", "quote", "book", "timer"]) expect(seen).toContain(kind);
    const [wishes, events] = [port.placed.length, seen.length];
    port.quote();
    expect([port.placed.length, seen.length]).toEqual([wishes, events + 1]);
  });

  test("a handler that answers with a promise is no handler", () => {
    const port = new TestPort();
    port.start(onMain(() => ({ onQuote: (async () => boom()) as unknown as () => void })));
    port.quote();
    expect(port.host.problems.map((p) => p.code)).toEqual(["StrategyShape"]);
  });

  test("a paused instance's handles reach nothing", () => {
    const port = new TestPort();
    let main: Market | undefined;
    port.start(
      onMain((made) => {
        main = made;
        return { onQuote: boom };
      }),
    );
    port.quote();
    expect(main?.buy({ base: 1 }, { why: "x" }).live).toBe(false);
    main?.cancelAll({ why: "x" });
    main?.flat({ why: "x" });
    expect([port.placed.length, port.canceled.length]).toEqual([0, 0]);
  });
});

describe("bars, state, timers, chance", () => {
  test("indicators take each bar before onBar, one bar at a time", () => {
    const port = new TestPort();
    const seen: [number, number, boolean][] = [];
    port.start(
      onMain((main) => {
        const sma = main.sma(3);
        return { onBar: ({ bar }) => seen.push([bar.close, sma.value, sma.ready]) };
      }),
    );
    for (let n = 0; n < 7; n++) port.trade(BID + n * 10_000);
    expect(seen.map(([close]) => close)).toEqual([2680, 2681, 2682, 2683, 2684, 2685]);
    expect(seen.map(([, , ready]) => ready)).toEqual([false, false, true, true, true, true]);
    expect(seen.slice(2).map(([, value]) => value)).toEqual([2681, 2682, 2683, 2684]);
  });

  const cells = (initial: number | string, change: (value: never) => unknown) =>
    strategy({ name: "cells", markets: { main: {} } }, ({ state }) => {
      const cell = state("n", initial);
      return {
        onQuote() {
          (cell as { value: unknown }).value = change(cell.value as never);
        },
      };
    });

  test("cells are flushed once per change, restored, and refused when too large or not journalable", () => {
    const port = new TestPort();
    port.start(
      cells(1, (value: number) => value + 1),
      1,
    );
    port.host.dirtyState(1);
    expect(port.host.dirtyState(1)).toBeUndefined();
    port.quote();
    expect([port.host.dirtyState(1), port.host.dirtyState(1)]).toEqual(['{"n":2}', undefined]);
    port.start(
      cells(1, (value: number) => value + 1),
      2,
      { n: 41 },
    );
    port.quote();
    expect(port.host.dirtyState(2)).toBe('{"n":42}');
    const room = DEFAULT_LIMITS.stateBytesMax - '{"n":""}'.length;
    port.start(
      cells("", () => "x".repeat(room)),
      3,
    );
    port.start(
      cells("", () => "x".repeat(room + 1)),
      4,
    );
    port.start(
      cells("", () => "é".repeat(room / 2 + 1)),
      5,
    );
    port.start(
      cells(0, () => Number.NaN),
      6,
    );
    port.quote();
    expect([3, 4, 5, 6].map((id) => port.host.dirtyState(id)?.length)).toEqual([
      DEFAULT_LIMITS.stateBytesMax,
      undefined,
      undefined,
      undefined,
    ]);
    const codes = port.host.problems.map((p) => p.code);
    expect(codes).toEqual(["StrategyStateTooLarge", "StrategyStateTooLarge", "StrategyShape"]);
  });

  test("timers are aligned to their interval, armed again after each run, and end with the instance", () => {
    const port = new TestPort();
    const at: number[] = [];
    port.feed.nowUs = 1_000_300_000;
    port.start(
      strategy({ name: "timed", markets: { main: {} } }, ({ now }) => ({ every: { "5s": () => at.push(now()) } })),
    );
    expect(port.due).toEqual([{ dueUs: 1_005_000_000, payload: 0 }]);
    for (const late of [0, 1_200_000, 0]) {
      const next = port.due.at(-1) as { dueUs: number; payload: number };
      port.feed.nowUs = next.dueUs + late;
      port.host.onTimer(next.payload);
    }
    expect(port.due.map((d) => d.dueUs / 1e6)).toEqual([1_005, 1_010, 1_015, 1_020]);
    expect(at.map((us) => us / 1e6)).toEqual([1_005, 1_011.2, 1_015]);
    port.host.stop(1, "done");
    port.host.onTimer(0);
    expect([at.length, port.due.length]).toEqual([3, 4]);
  });

  test("random() is the same for the same seed, and another for another seed or instance", () => {
    const draw = (seed: number, id: number) => {
      const port = new TestPort({}, seed);
      const drawn: number[] = [];
      const draws = strategy({ name: "r", markets: { main: {} } }, ({ random }) => ({
        onQuote: () => void drawn.push(random()),
      }));
      port.start(draws, id);
      for (let n = 0; n < 20; n++) port.quote(BID + n * 100);
      return drawn;
    };
    const first = draw(7, 1);
    expect(first.length).toBe(20);
    expect(draw(7, 1)).toEqual(first);
    expect(draw(8, 1)).not.toEqual(first);
    expect(draw(7, 2)).not.toEqual(first);
    for (const value of first) expect(value >= 0 && value < 1).toBe(true);
  });
});
