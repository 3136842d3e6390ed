/**
 * The rules that keep a strategy out of trouble, over a real engine: position_keeper (target and flat while orders are
 * under way), listing, error_position, state_cells, timers, warm-up, and every way to call the API wrongly.
 */

import { describe, expect, test } from "bun:test";
import { Desk, ETH } from "../engine/engine.testing.ts";
import { Denial } from "../model/denial.ts";
import { SlotKind } from "../model/market_slot.ts";
import { OrderFlag, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { Context, Handlers, Market, NoParams, Order, Rejection, StateValue, StrategyModule } from "./api.ts";
import { positionOf } from "./error_position.ts";
import { InlineHost } from "./host.ts";
import type { HostPort } from "./host_port.ts";
import type { InstanceSpec } from "./instance.ts";
import { Listing } from "./listing.ts";
import { strategy } from "./meltica.ts";
import { qtyOfAmount, roundToStep } from "./rounding.ts";
import { StateCells, utf8Bytes } from "./state_cells.ts";

const BID = 26_800_000;
const ASK = 26_801_000;
const ONE = 1_000_000;

type Setup = (context: Context<NoParams> & { readonly main: Market }) => Handlers;

function specOf(setup: Setup, id = 1, more: Partial<InstanceSpec> = {}): InstanceSpec {
  const module = strategy({ name: "test", markets: { main: {} } }, setup as never) as StrategyModule;
  return { id, module, params: {}, bindings: { main: { instrument: 0, account: 0, tf: "1s" } }, ...more };
}

function run(setup: Setup, more: Partial<InstanceSpec> = {}): Desk {
  const d = new Desk();
  d.quote(BID, ASK);
  start(d, setup, 1, more);
  return d;
}

function start(d: Desk, setup: Setup, id = 1, more: Partial<InstanceSpec> = {}): void {
  const record = new TradingRecord().reset(RecordKind.InstanceStarted);
  record.instance = id;
  record.text = "{}";
  d.engine.define(record, d.nowUs);
  const fault = d.engine.host.add(specOf(setup, id, more));
  if (fault !== undefined) throw new Error(fault.detail);
  d.engine.start(id, d.nowUs);
}

function trade(d: Desk, price: number, id: number): void {
  d.lanes.market.put(SlotKind.Trade, 0, 1, 0, d.nowUs, d.nowUs, price, 1e6, d.nowUs, 0, id);
  d.lanes.market.publish();
  d.engine.poll();
}

/** Runs `act` in a handler, on the next quote. */
function acting(): { d: Desk; act(what: (main: Market) => void): void; rejections: Rejection[] } {
  let next: ((main: Market) => void) | undefined;
  const rejections: Rejection[] = [];
  const d = run(({ main }) => ({
    onQuote() {
      const what = next;
      next = undefined;
      what?.(main);
    },
    onReject: (rejection) => rejections.push(rejection),
  }));
  const act = (what: (main: Market) => void) => {
    next = what;
    d.nowUs += 1_000;
    d.quote(BID, ASK);
  };
  return { d, act, rejections };
}

function sent(d: Desk): [string, number, number][] {
  return d.gateway.opened.map((o) => [o.side === Side.Buy ? "buy" : "sell", o.qty, o.flags]);
}

function fill(d: Desk, order: number, qty: number, cumQty = qty): void {
  d.report(RecordKind.OrderFilled, order, { price: BID, qty, cumQty, fillId: `f${order}-${cumQty}` });
}

describe("target and flat while orders are under way", () => {
  test("asking again before the fill buys nothing twice; a higher target buys the difference", () => {
    const { d, act } = acting();
    act((main) => main.target(0.1, { why: "in" }));
    const first = d.gateway.opened[0]?.qty as number;
    expect(first).toBeGreaterThan(0);
    act((main) => expect(main.target(0.1, { why: "in again" })).toBeUndefined());
    d.report(RecordKind.OrderAccepted, 1);
    act((main) => expect(main.target(0.1, { why: "and again" })).toBeUndefined());
    act((main) => main.target(0.2, { why: "more" }));
    expect(sent(d).length).toBe(2);
    expect(d.gateway.opened[1]?.qty).toBe(first);
    expect(d.gateway.closed).toEqual([]);
  });

  test("a target the other way cancels what is under way first, and goes on from what was filled meanwhile", () => {
    const { d, act } = acting();
    act((main) => main.target(0.1, { why: "in", limit: main.bid }));
    const qty = d.gateway.opened[0]?.qty as number;
    d.report(RecordKind.OrderAccepted, 1);
    const part = qty - (qty % 200) - 1_000;
    fill(d, 1, part);
    act((main) => expect(main.target(0, { why: "out" })).toBeUndefined());
    expect(d.gateway.closed.map((o) => o.order)).toEqual([1]);
    expect(sent(d).length).toBe(1);
    d.report(RecordKind.OrderCanceled, 1, { cumQty: part });
    expect(sent(d)[1]).toEqual(["sell", part, 0]);
  });

  test("flat also closes what fills before its cancel arrives", () => {
    const { d, act } = acting();
    act((main) => main.buy({ base: 1 }, { limit: main.bid, why: "in" }));
    d.report(RecordKind.OrderAccepted, 1);
    act((main) => expect(main.flat({ why: "out" })).toBeUndefined());
    expect(d.gateway.closed.length).toBe(1);
    fill(d, 1, ONE);
    expect(sent(d)[1]).toEqual(["sell", ONE, OrderFlag.ReduceOnly]);
    fill(d, 2, ONE);
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(0);
    expect(sent(d).length).toBe(2);
  });

  test("flat is not refused for an offer of its own that is being cancelled, and sells each unit once", () => {
    const { d, act, rejections } = acting();
    act((main) => main.buy({ base: 1 }, { why: "in" }));
    fill(d, 1, ONE);
    act((main) => main.sell({ base: 0.4 }, { limit: "2700", why: "offer" }));
    d.report(RecordKind.OrderAccepted, 2);
    act((main) => main.flat({ why: "out" }));
    expect(sent(d)[2]).toEqual(["sell", 600_000, OrderFlag.ReduceOnly]);
    act((main) => main.flat({ why: "out again" }));
    expect(sent(d).length).toBe(3);
    d.report(RecordKind.OrderCanceled, 2, { cumQty: 0 });
    expect(sent(d)[3]).toEqual(["sell", 400_000, OrderFlag.ReduceOnly]);
    fill(d, 3, 600_000);
    fill(d, 4, 400_000);
    expect(d.state.ledger.positionQty(0, 0, 0)).toBe(0);
    expect(rejections).toEqual([]);
  });

  test("an order of one's own ends what flat had still to do", () => {
    const { d, act } = acting();
    act((main) => main.buy({ base: 1 }, { limit: main.bid, why: "in" }));
    d.report(RecordKind.OrderAccepted, 1);
    act((main) => {
      main.flat({ why: "out" });
      main.buy({ base: 0.5 }, { limit: main.bid, why: "back in" });
    });
    fill(d, 1, ONE);
    expect(sent(d).map(([side]) => side)).toEqual(["buy", "buy"]);
  });

  test("short on spot, no finite number, an unknown option, no reason: refused by name; an exit needs no reason", () => {
    const { d, act, rejections } = acting();
    act((main) => {
      const order = main.target(-0.5, { why: "short" });
      expect([order?.status, order?.id]).toEqual(["pending", 0]);
      main.target(Number.POSITIVE_INFINITY, { why: "x" });
      main.target("0.5" as never, { why: "x" });
      main.target(0.5, { why: "x", stop: "-4%" } as never);
      main.target(0.5, {} as never);
      main.target(1e300, { why: "x" });
      expect(main.flat(undefined as never)).toBeUndefined();
      expect(rejections).toEqual([]);
    });
    expect(rejections.map((r) => [r.code, r.order?.status])).toEqual(Array(6).fill(["StrategyOrderInvalid", "denied"]));
    expect(rejections.map((r) => r.reason.split(" ").slice(0, 3).join(" "))).toEqual([
      "target: fraction -0.5",
      "target: fraction Infinity",
      "target: fraction 0.5",
      "stop is no",
      "`why` is missing",
      "target: fraction 1e+300",
    ]);
    expect(rejections[0]?.hint).not.toBe("");
    expect(sent(d)).toEqual([]);
    expect(d.engine.host.counters(1)).toEqual({ intents: 0, refusals: 6, rejections: 0, throws: 0 });
  });
});

describe("order calls that mean nothing", () => {
  test.each([
    [{ base: 1, quote: 2 }, { why: "x" }, "one of base, quote, equity"],
    [undefined, { why: "x" }, "one of base, quote, equity"],
    [{ base: 1 }, undefined, "options are missing"],
    [{ base: 1 }, { why: "  " }, "`why` is missing"],
    [{ base: 1 }, { why: 5 }, "`why` is missing"],
    [{ base: 1 }, { why: "x", stop: "-4%" }, "stop -4% is no positive number"],
    [{ base: 1 }, { why: "x", postOnly: "no" }, "postOnly"],
    [{ base: 1 }, { why: "x", reduceOnly: 0 }, "reduceOnly"],
    [{ base: 1 }, { why: "x", tif: "toString" }, "tif"],
    [{ base: 1 }, { why: "x", limit: "0.001" }, "limit 0.001 rounds to zero"],
    [{ base: 1 }, { why: "x", limit: Number.NEGATIVE_INFINITY }, "limit -Infinity"],
    [{ base: [1] }, { why: "x" }, "size"],
    [{ base: 1e300 }, { why: "x" }, "too large"],
    [{ quote: "1e5" }, { why: "x" }, "size 1e5"],
    [{ quote: "-1" }, { why: "x" }, "size -1"],
    [{ equity: true }, { why: "x" }, "size true"],
    [{ base: 1n }, { why: "x" }, "size 1"], // bigint-ok: what a strategy in JavaScript may pass
  ])("%p %p is refused after the handler, with the argument named", (size, options, says) => {
    const { d, act, rejections } = acting();
    act((main) => {
      const order = main.buy(size as never, options as never);
      expect([order.id, order.status]).toEqual([0, "pending"]);
    });
    expect(rejections.length).toBe(1);
    expect(rejections[0]?.code).toBe("StrategyOrderInvalid");
    expect(rejections[0]?.reason).toContain(says);
    expect(rejections[0]?.order?.status).toBe("denied");
    expect(sent(d)).toEqual([]);
    expect(d.engine.host.problems).toEqual([]);
  });

  test("an amend is held to the same rules, and names what it changes", () => {
    const { d, act, rejections } = acting();
    let id = 0;
    act((main) => {
      id = main.buy({ base: 1 }, { limit: main.bid, why: "in" }).id;
    });
    d.report(RecordKind.OrderAccepted, id);
    act((main) => {
      main.orders[0]?.amend({ price: Number.NaN });
      main.orders[0]?.amend({ size: -1 });
      main.orders[0]?.amend({ price: "0.0001" });
      main.orders[0]?.amend({});
      main.orders[0]?.amend(undefined as never);
    });
    expect(rejections.map((r) => r.code)).toEqual(Array(5).fill("StrategyOrderInvalid"));
    expect(rejections[0]?.reason).toContain("amend: price NaN");
    expect(rejections[1]?.reason).toContain("amend: size -1");
    expect(rejections[0]?.order?.status).toBe("open");
    expect(sent(d).length).toBe(1);
  });

  test("more refusals than are delivered: counted, and every handle ends as denied, after the handler", () => {
    const { d, act, rejections } = acting();
    const statuses: string[] = [];
    const orders: Order[] = [];
    act((main) => {
      for (let n = 0; n < 300; n++) orders.push(main.buy({ base: 0 }, { why: "x" }));
      statuses.push(...orders.map((order) => order.status));
    });
    expect(new Set(statuses)).toEqual(new Set(["pending"]));
    expect(new Set(orders.map((order) => order.status))).toEqual(new Set(["denied"]));
    expect([rejections.length, d.engine.host.counters(1)?.refusals]).toEqual([256, 300]);
  });

  test("by value: exact in integers, against BigInt", () => {
    for (const [amount, price] of [
      ["100", 26_801_000],
      ["0.3", 3],
      ["123456789.987654321", 99_999_999],
      ["9007199254740993", 1_000_000_000],
    ] as const) {
      const [whole = "", part = ""] = amount.split(".");
      const exact = BigInt(whole + part.padEnd(10, "0")) / BigInt(price);
      const lots = Number(exact - (exact % 100n));
      const read = qtyOfAmount(amount, price, 4, 6, 100);
      if (exact > 9_007_199_254_740_991n) expect(read.code).not.toBe(0);
      else expect([amount, read.mantissa]).toEqual([amount, lots]);
    }
    expect(roundToStep("90071992547409.91", 2, 10, true).mantissa).toBe(0); // Up would pass 2^53.
  });
});

/** Setup that has done `_` and handles nothing. */
function nothing(_: unknown): Handlers {
  return {};
}

describe("setup only declares, handlers only act", () => {
  const faulty = (setup: Setup) => new Desk().engine.host.add(specOf(setup));

  test("setup that orders, or declares nonsense, leaves the instance out and says why", () => {
    const d = new Desk();
    const fault = (setup: Setup) => d.engine.host.add(specOf(setup))?.detail;
    expect(fault(({ main }) => nothing(main.buy({ base: 1 }, { why: "x" })))).toContain("setup only declares");
    expect(fault(({ main }) => nothing(main.ema(0)))).toContain("ema: period 0 is no whole number");
    expect(fault(({ main }) => nothing(main.rsi(1.5)))).toContain("rsi: period 1.5");
    expect(fault(({ main }) => nothing(main.sma(1e9)))).toContain("from 1 to 4096");
    expect(fault(({ main }) => nothing(main.bollinger(20, -1)))).toContain("deviations -1");
    expect(fault(({ main }) => nothing(main.ema(5, "closing" as never)))).toContain('source "closing"');
    expect(fault(({ main }) => nothing(main.ema(5, main.tf("5s").rsi(3))))).toContain("same market and timeframe");
    expect(fault(({ main }) => nothing(main.tf("soon")))).toContain("tf soon is no timeframe");
    expect(fault(({ every }) => nothing(every("soon")))).toContain("every: soon is no interval");
    expect(fault(({ main }) => nothing(main.plot({ a: 5 as never })))).toContain("plot: a");
    expect(fault(() => ({ onBarr() {} }) as never)).toContain("onBarr, which is no handler");
    expect(fault(() => undefined as never)).toContain("no object of handlers");
    expect(faulty(() => ({}))).toBeUndefined();
    // The engine goes on as if nothing had been tried.
    d.quote(BID, ASK);
    expect(d.engine.host.problems).toEqual([]);
  });

  test("indicators, timeframes, lines and timers in a handler pause the instance with words", () => {
    const tries: [string, (c: Parameters<Setup>[0]) => unknown][] = [
      ["indicators are declared in setup", ({ main }) => main.ema(3)],
      ["timeframes are asked for in setup", ({ main }) => main.tf("7s")],
      ["lines are declared in setup", ({ main }) => main.plot({})],
      ["timers are declared in setup", ({ every }) => every("1s")],
    ];
    for (const [says, wrong] of tries) {
      const d = run((context) => ({ onQuote: () => void wrong(context) }));
      d.quote(BID, ASK);
      expect(d.engine.host.problems[0]).toMatchObject({ code: "StrategyThrew" });
      expect(d.engine.host.problems[0]?.detail).toContain(says);
      expect(d.engine.host.instance(1)?.paused).toBe(true);
    }
  });

  test("a handler that answers with a promise is paused, and what the promise does later goes nowhere", async () => {
    const d = run(({ main }) => ({
      async onQuote() {
        await undefined;
        main.buy({ base: 1 }, { why: "too late" });
        throw new Error("nobody hears this");
      },
    }));
    d.quote(BID, ASK);
    await Bun.sleep(1);
    d.quote(BID, ASK);
    expect(d.engine.host.problems[0]).toMatchObject({ code: "StrategyShape" });
    expect(d.engine.host.problems[0]?.detail).toContain("promise");
    expect(sent(d)).toEqual([]);
  });

  test("a line that throws pauses its instance; the other goes on", () => {
    const d = run(({ main }) => {
      main.plot({
        bad: () => {
          throw new Error("no line");
        },
      });
      return {};
    });
    let bars = 0;
    start(d, () => ({ onBar: () => bars++ }), 2);
    for (let n = 1; n <= 4; n++) {
      trade(d, BID, n);
      d.nowUs += 1_000_000;
    }
    expect(d.engine.host.problems.map((p) => p.detail)).toEqual(["test: no line"]);
    expect(bars).toBe(3);
  });
});

describe("timers, warm-up, cells", () => {
  test("every: with a function, and by onTimer; aligned; stopped with the instance, once after a new start", () => {
    const seen: string[] = [];
    const d = run(({ every, now }) => {
      every("2s", () => seen.push(`own ${(now() / 1e6) % 100}`));
      every("3s");
      return { onTimer: ({ interval }) => seen.push(interval) };
    });
    const pass = (seconds: number) => {
      for (let n = 0; n < seconds; n++) {
        d.nowUs += 1_000_000;
        d.engine.tick(d.nowUs);
      }
    };
    pass(6);
    expect(seen.filter((s) => s.startsWith("own")).length).toBe(3);
    expect(seen.filter((s) => s === "3s").length).toBe(2);
    d.engine.host.stop(1, "enough");
    seen.length = 0;
    pass(6);
    expect(seen).toEqual([]);
    d.engine.start(1, d.nowUs);
    d.engine.start(1, d.nowUs);
    pass(6);
    expect(seen.filter((s) => s.startsWith("own")).length).toBe(3);
  });

  test("a late instance warms its indicators from kept bars, without onBar", () => {
    const d = run(() => ({ onBar() {} }));
    for (let n = 1; n <= 10; n++) {
      trade(d, BID + n * 1_000, n);
      d.nowUs += 1_000_000;
    }
    const seen: unknown[] = [];
    start(
      d,
      ({ main }) => {
        const sma = main.sma(3);
        return {
          onStart: () => seen.push(sma.ready, sma.value),
          onBar: ({ bar }) => seen.push(bar.close),
        };
      },
      2,
    );
    expect(d.engine.host.instance(2)?.markets[0]?.timeframes).toEqual([{ barUs: 1e6, warmup: 3 }]);
    expect(seen.length).toBe(2);
    expect(seen[0]).toBe(true);
    expect(seen[1]).toBeCloseTo((BID + 8_000) / 1e4, 9);
  });

  test("cells: of the same type or the initial value; what cannot be journaled pauses; hashes follow values", () => {
    const cells = new StateCells({ n: 5, text: 7 as StateValue, ["__proto__"]: "x" });
    expect([cells.cell("n", 1).value, cells.cell("text", "a").value, cells.cell("__proto__", "b").value]).toEqual([
      5,
      "a",
      "x",
    ]);
    expect(cells.isDirty).toBe(true);
    expect(JSON.parse(cells.flush().text)).toMatchObject({ n: 5, text: "a" });
    expect(cells.isDirty).toBe(false);
    const before = cells.hash();
    cells.cell("n", 1).value = 6;
    expect(cells.isDirty).toBe(true);
    expect(cells.hash()).not.toBe(before);
    cells.cell("n", 1).value = 5;
    expect(cells.hash()).toBe(before);
    for (const text of ["", "plain", "é", "€", "😀", "a😀€é"]) {
      expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length);
    }
    const d = run(({ state }) => {
      const n = state("n", 1);
      return {
        onQuote() {
          n.value = Number.NaN;
        },
      };
    });
    d.nowUs += 2_000_000;
    d.quote(BID, ASK);
    d.nowUs += 2_000_000;
    d.quote(BID, ASK);
    expect(d.engine.host.problems[0]).toMatchObject({ code: "StrategyShape" });
    expect(d.engine.host.problems[0]?.detail).toContain("state n");
  });
});

describe("the host", () => {
  test("asks nothing of an instance without handlers, and measures those that have", () => {
    const d = new Desk();
    const measured: number[] = [];
    const meter = { begin: () => 7, end: (instance: number, begun: number) => measured.push(instance, begun) };
    const port = new Proxy({} as HostPort, {
      get: (_, name) =>
        name === "instrument" ? () => ETH : name === "market" ? (id: number) => d.market.instrument(id) : () => 0,
    });
    const host = new InlineHost(port, d.limits, 1, meter);
    expect(host.add(specOf(() => ({}), 1))).toBeUndefined();
    expect(host.add(specOf(() => ({ onQuote() {} }), 2))).toBeUndefined();
    expect(host.add(specOf(() => ({}), 2))).toMatchObject({ code: "StrategyShape" });
    host.start(1);
    host.start(2);
    host.onMarket(0, 0xff);
    host.onMarket(1, 0xff);
    expect(measured).toEqual([2, 7]);
    expect(host.instance(1)?.active).toBe(true);
    expect(host.stateHash(1)).toHaveLength(16);
    expect(host.plots(1)).toEqual(new Map([["main", new Map()]]));
  });

  test("a revision changes tick, lot and scales under the strategy's feet, and its numbers stay right", () => {
    const listing = new Listing(ETH);
    expect([listing.priceUnit, listing.qtyUnit, listing.onLot(12_345)]).toEqual([10_000, 1_000_000, 12_300]);
    listing.revise({ ...ETH, revision: 2, lot: 1_000, qtyScale: 8 });
    expect([listing.qtyUnit, listing.onLot(12_345)]).toEqual([100_000_000, 12_000]);
    expect(() => listing.revise({ ...ETH, id: 9 })).toThrow("InvariantBroken");
  });

  test("a denial of the engine comes with code and cure, and the order is denied then, not before", () => {
    const { d, act, rejections } = acting();
    let during = "";
    act((main) => {
      during = main.buy({ base: 1 }, { limit: main.bid * 0.5, why: "far away" }).status;
    });
    expect(during).toBe("pending");
    expect(rejections[0]).toMatchObject({ code: Denial[Denial.PriceCollar] });
    expect(rejections[0]?.order?.status).toBe("denied");
    expect(d.engine.host.counters(1)).toMatchObject({ intents: 1, rejections: 1 });
  });

  test("the position of an error is a line of the strategy's file, whatever stands above it on the stack", () => {
    const error = new Error("x");
    error.stack =
      "Error: x\n    at inner (/app/src/timeframe.ts:1:2)\n    at onBar (/home/me/my strategy.ts?v=1a:33:7)\n    at /x.ts:5:6";
    expect(positionOf(error, "/home/me/my strategy.ts")).toEqual({
      file: "/home/me/my strategy.ts",
      line: 33,
      column: 7,
    });
    expect(positionOf(error, undefined)).toEqual({ file: "/app/src/timeframe.ts", line: 1, column: 2 });
    expect(positionOf(error, "/elsewhere.ts")).toEqual({ file: "/elsewhere.ts" });
    expect(positionOf("text", undefined)).toEqual({});
  });

  test("two runs of the same session give the same records", () => {
    const session = () => {
      const d = run(({ main, random, state }) => {
        const n = state("n", 0);
        return {
          onQuote() {
            n.value++;
            if (random() < 0.5) main.target(random() * 0.2, { why: `draw ${n.value}` });
            else main.flat({ why: "flat" });
          },
        };
      });
      for (let i = 0; i < 40; i++) {
        d.nowUs += 300_000;
        const from = d.gateway.opened.length;
        d.quote(BID + i * 100, ASK + i * 100);
        for (const o of d.gateway.opened.slice(from)) fill(d, o.order, o.qty);
      }
      return d.records().map((r) => JSON.stringify(r));
    };
    const first = session();
    expect(first.length).toBeGreaterThan(100);
    expect(session()).toEqual(first);
  });
});
