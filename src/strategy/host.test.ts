/**
 * Strategies by hand over a real engine and market: handlers, order calls, refusals, throws, state, timers.
 * Covers meltica, params, rounding, timeframe, plot_lines, market_handle, order_desk, order_handle, instance, host,
 * and the built-ins ema_cross and market_making.
 */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Code } from "../core/code.ts";
import { parseMantissa } from "../core/decimal.ts";
import { Desk } from "../engine/engine.testing.ts";
import { SlotKind } from "../model/market_slot.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { Handlers, Market, OrderOptions, Rejection, Size, StrategyModule } from "./api.ts";
import { BUILT_IN } from "./builtin/index.ts";
import { strategy, t } from "./meltica.ts";
import { intervalUs, resolveParams } from "./params.ts";
import { plainText, roundToStep } from "./rounding.ts";

const BID = 26_800_000;
const ASK = 26_801_000;

/** Starts `module` as instance `id` of a desk. */
function start(d: Desk, module: StrategyModule, id = 1, params: Record<string, number> = {}): void {
  const record = new TradingRecord().reset(RecordKind.InstanceStarted);
  record.instance = id;
  record.text = "{}";
  d.engine.define(record, d.nowUs);
  const bindings = { main: { instrument: 0, account: 0, tf: "1s" } };
  const fault = d.engine.host.add({ id, module, params, bindings });
  if (fault !== undefined) throw new Error(fault.detail);
  d.engine.start(id, d.nowUs);
}

function simple(make: (main: Market) => Handlers): StrategyModule {
  return strategy({ name: "test", markets: { main: {} } }, ({ main }) => make(main));
}

function trade(d: Desk, price: number, id: number): void {
  const { market } = d.lanes;
  market.put(SlotKind.Trade, 0, 1, 0, d.nowUs, d.nowUs, price, 1e6, d.nowUs, 0, id);
  market.publish();
  d.engine.poll();
}

function desk(): Desk {
  const d = new Desk();
  d.quote(BID, ASK);
  return d;
}

describe("order calls", () => {
  /** What `onReject` heard when one order call is made on a quote. */
  function call(size: Size, options: OrderOptions): { d: Desk; rejections: Rejection[] } {
    const rejections: Rejection[] = [];
    const d = desk();
    let done = false;
    start(
      d,
      simple((main) => ({
        onQuote() {
          if (done) return;
          done = true;
          main.buy(size, options);
          expect(rejections).toEqual([]);
        },
        onReject: (rejection) => rejections.push(rejection),
      })),
    );
    d.quote(BID, ASK);
    return { d, rejections };
  }

  test.each([
    [{ base: Number.NaN }, { why: "x" }, "size NaN"],
    [{ base: 0 }, { why: "x" }, "size 0"],
    [{ base: -1 }, { why: "x" }, "size -1"],
    [{ base: "abc" }, { why: "x" }, "size abc"],
    [{ quote: Number.POSITIVE_INFINITY }, { why: "x" }, "size"],
    [{ equity: -0.5 }, { why: "x" }, "size"],
    [{} as Size, { why: "x" }, "size needs one of"],
    [{ base: 1 }, { why: "x", limit: Number.NaN }, "limit NaN"],
    [{ base: 1 }, { why: "x", limit: -5 }, "limit -5"],
    [{ base: 1 }, { why: "x", tif: "day" as "gtc" }, "tif day"],
    [{ base: 1 }, {} as OrderOptions, "`why` is missing"],
  ])("%j %j is refused by name after the handler, and nothing is sent", (size, options, says) => {
    const { d, rejections } = call(size as Size, options as OrderOptions);
    expect(rejections.length).toBe(1);
    expect(rejections[0]).toMatchObject({ code: "StrategyOrderInvalid" });
    expect(rejections[0]?.reason).toContain(says);
    expect(d.gateway.opened).toEqual([]);
    expect(d.kinds()).toContain("ProblemNoted");
  });

  test("too many decimals are rounded: size down to the lot, a buy's price down to the tick", () => {
    const { d } = call({ base: "1.00019999" }, { limit: 2680.019999, why: "x" });
    expect(d.gateway.opened[0]).toMatchObject({ qty: 1_000_100, price: 26_800_100 });
  });

  test("a size that rounds to nothing is denied and journaled, and the strategy hears it with a hint", () => {
    const { d, rejections } = call({ base: 0.00000001 }, { why: "dust" });
    expect(d.gateway.opened).toEqual([]);
    expect(rejections[0]?.code).toBe("QtyBelowMinimum");
    expect(d.kinds()).toContain("OrderDenied");
    expect(rejections[0]?.hint).not.toBe("");
  });

  test("by value and by share of equity", () => {
    expect(call({ quote: 2680.1 }, { why: "x" }).d.gateway.opened[0]?.qty).toBe(1_000_000);
    const all = call({ equity: 0.001 }, { why: "x" }).d;
    expect(all.gateway.opened[0]?.qty).toBeGreaterThan(0);
  });

  test("more than a step may ask for: the rest is refused, the step goes on", () => {
    const rejections: string[] = [];
    const d = desk();
    let done = false;
    start(
      d,
      simple((main) => ({
        onQuote() {
          for (let n = 0; !done && n < 100; n++) main.buy({ base: 0.01 }, { limit: main.bid, why: "flood" });
          done = true;
        },
        onReject: (rejection) => rejections.push(rejection.code),
      })),
    );
    d.quote(BID, ASK);
    expect(d.gateway.opened.length).toBeLessThanOrEqual(d.limits.intentsPerStepMax);
    expect(rejections).toContain("StrategyIntentsCapped");
  });
});

describe("an order's life as its strategy sees it", () => {
  test("pending, open, partial, filled; cancel and amend leave as wishes; target, flat and position follow", () => {
    const seen: string[] = [];
    const d = desk();
    let market: Market | undefined;
    start(
      d,
      simple((main) => {
        market = main;
        return {
          onOrder: (order) => seen.push(order.status),
          onFill: (fill) => seen.push(`fill ${fill.size}@${fill.price} ${fill.maker ? "maker" : "taker"}`),
        };
      }),
    );
    const main = market as Market;
    const order = main.buy({ base: 1 }, { limit: main.bid, why: "first" });
    d.engine.tick(d.nowUs);
    expect([order.id, order.status, main.orders.length]).toEqual([1, "pending", 1]);
    d.report(RecordKind.OrderAccepted, 1);
    order.amend({ price: "2679.50" });
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened.at(-1)).toMatchObject({ kind: RecordKind.ReplaceIntent, price: 26_795_000 });
    d.report(RecordKind.OrderReplaced, 1, { price: 26_795_000, attempt: 2 });
    expect(order.price).toBe(2679.5);
    d.report(RecordKind.OrderFilled, 1, {
      qty: 400_000,
      cumQty: 400_000,
      fillId: "a",
      price: 26_795_000,
      liquidity: 1,
    });
    expect([order.status, order.filled, main.position.size, main.position.side]).toEqual(["partial", 0.4, 0.4, "long"]);
    order.cancel();
    d.engine.tick(d.nowUs);
    expect(d.gateway.closed.map((effect) => effect.order)).toEqual([1]);
    d.report(RecordKind.OrderCanceled, 1, { cumQty: 400_000 });
    expect([order.status, order.live, main.orders.length]).toEqual(["canceled", false, 0]);
    expect(seen).toEqual(["open", "fill 0.4@2679.5 maker", "partial", "canceled"]);
    main.flat({ why: "done" });
    d.engine.tick(d.nowUs);
    expect(d.gateway.opened.at(-1)).toMatchObject({ side: 2, qty: 400_000, price: 0, flags: 2 });
    expect(main.target(Number.NaN, { why: "bad" })?.status).toBe("denied");
    expect(main.target(-0.5, { why: "short on spot" })?.status).toBe("denied");
  });
});

describe("a throw", () => {
  const boom = () => {
    throw new Error("boom");
  };
  const names = ["onStart", "onQuote", "onTrade", "onBar", "onOrder", "onFill", "onReject", "onStop", "every"] as const;

  test.each(names)("in %s pauses that instance with its position; the other goes on", (name) => {
    const d = desk();
    let others = 0;
    const bad = simple((main) => {
      let asked = false;
      const ask = () => {
        if (!asked) main.buy({ base: name === "onReject" ? Number.NaN : 1 }, { limit: main.bid, why: "x" });
        asked = true;
      };
      return { onQuote: ask, ...(name === "every" ? { every: { "1s": boom } } : { [name]: boom }) };
    });
    start(d, bad, 1);
    start(
      d,
      simple(() => ({ onQuote: () => others++ })),
      2,
    );
    for (let n = 1; n <= 3; n++) {
      d.nowUs += 1_100_000;
      d.quote(BID, ASK);
      trade(d, BID, n);
      if (n === 1 && d.gateway.opened.length > 0) {
        d.report(RecordKind.OrderAccepted, 1);
        d.report(RecordKind.OrderFilled, 1, { cumQty: 1e6, fillId: "f" });
      }
    }
    if (name === "onStop") d.engine.stop(1, "test", d.nowUs);
    const found = d.engine.host.problems;
    expect(found.length).toBe(1);
    expect(found[0]).toMatchObject({ code: "StrategyThrew", detail: "test: boom" });
    expect(found[0]?.file).toContain("host.test.ts");
    expect(found[0]?.line).toBeGreaterThan(1);
    expect(others).toBe(3);
    if (name !== "onStop") expect(d.engine.host.instance(1)?.paused).toBe(true);
    d.quote(BID, ASK);
    expect(d.engine.host.problems.length).toBe(1);
  });

  test("in setup leaves the instance out", () => {
    const d = desk();
    expect(() => start(d, simple(boom))).toThrow("boom");
    expect(d.engine.host.instance(1)).toBeUndefined();
  });
});

describe("bars, indicators, plots, state, chance", () => {
  test("indicators take a bar before onBar does; other timeframes give closed bars; plots are sampled", () => {
    const seen: [number, number, number][] = [];
    const d = desk();
    let fast: Market | undefined;
    start(
      d,
      simple((main) => {
        fast = main;
        const sma = main.sma(2);
        const slow = main.tf("2s");
        main.plot({ sma, constant: () => 1 });
        return { onBar: ({ bar }) => seen.push([bar.close, sma.value, slow.history(10).length]) };
      }),
    );
    for (let n = 0; n < 6; n++) {
      trade(d, BID + n * 1_000, n + 1);
      d.nowUs += 1_000_000;
    }
    expect(seen.map(([close]) => close)).toEqual([2680, 2680.1, 2680.2, 2680.3, 2680.4]);
    expect(seen[1]?.[1]).toBeCloseTo(2680.05, 9);
    expect(seen.at(-1)?.[2]).toBe(2);
    expect(fast?.history(2).map((bar) => bar.close)).toEqual([2680.3, 2680.4]);
    const lines = d.engine.host.instance(1)?.markets[0]?.plots.lines();
    expect(lines?.get("constant")?.length).toBe(5);
    expect(lines?.get("sma")?.length).toBe(4);
  });

  test("cells are journaled when they change, restored when given, refused when too large", () => {
    const d = desk();
    const module = strategy({ name: "cells", markets: { main: {} } }, ({ state }) => {
      const text = state("text", "");
      return { onQuote: () => (text.value += "0123456789".repeat(100)) };
    });
    start(d, module);
    for (let n = 0; n < 3; n++) {
      d.nowUs += 1_100_000;
      d.quote(BID, ASK);
    }
    expect(JSON.parse(d.state.instances.get(1)?.cells ?? "{}").text.length).toBe(3_000);
    d.nowUs += 1_100_000;
    d.quote(BID, ASK);
    expect(d.engine.host.problems[0]?.code).toBe("StrategyStateTooLarge");
    const seen: unknown[] = [];
    const restored = strategy({ name: "restored", markets: { main: {} } }, ({ state }) => ({
      onStart: ({ restored }) => seen.push(restored, state("n", 1).value),
    }));
    const bindings = { main: { instrument: 0, account: 0 } };
    d.engine.host.add({ id: 5, module: restored, params: {}, bindings, restored: { n: 42 } });
    d.engine.host.start(5);
    expect(seen).toEqual([true, 42]);
  });

  test("random() repeats with the seed, now() is engine time", () => {
    const draw = () => {
      const d = desk();
      const drawn: number[] = [];
      start(
        d,
        strategy({ name: "r", markets: { main: {} } }, ({ random, now }) => ({
          onQuote: () => drawn.push(random(), now()),
        })),
      );
      d.quote(BID, ASK);
      return drawn;
    };
    expect(draw()).toEqual(draw());
    expect(draw()[1]).toBe(desk().nowUs);
  });

  test("the built-ins set up and run", () => {
    for (const module of Object.values(BUILT_IN)) {
      const d = desk();
      const resolved = resolveParams(module.definition, {});
      if (!resolved.ok) throw new Error("defaults must be valid");
      start(d, module, 1, resolved.params as Record<string, number>);
      for (let n = 0; n < 20; n++) {
        d.nowUs += 500_000;
        d.quote(BID + n * 1_000, ASK + n * 1_000);
        trade(d, BID, n + 1);
      }
      expect(d.engine.host.problems).toEqual([]);
    }
  });
});

describe("params and rounding", () => {
  const { definition } = BUILT_IN["ema-cross"] as StrategyModule;

  test("defaults, text, bounds, unknown names, and what does not fit together", () => {
    expect(resolveParams(definition, { fast: "5" })).toEqual({ ok: true, params: { fast: 5, slow: 26, size: 0.95 } });
    const faults = (raw: Record<string, string>) => {
      const resolved = resolveParams(definition, raw);
      return resolved.ok ? [] : resolved.problems.map((p) => `${p.code}: ${p.detail} (${p.hint})`);
    };
    expect(faults({ fsat: "5" })[0]).toContain("did you mean fast?");
    expect(faults({ fast: "1.5" })[0]).toContain("no whole number");
    expect(faults({ size: "2" })[0]).toContain("at most 1");
    expect(faults({ size: "abc" })[0]).toContain("no number");
    expect(faults({ fast: "30", slow: "20" })[0]).toContain("fast must be below slow");
    const choice = strategy(
      {
        name: "c",
        params: { mode: t.Enum(["a", "b"], { default: "a" }), on: t.Boolean({ default: true }) },
        markets: {},
      },
      () => ({}),
    );
    expect(resolveParams(choice.definition, { mode: "b", on: "false" })).toEqual({
      ok: true,
      params: { mode: "b", on: false },
    });
    expect(resolveParams(choice.definition, { mode: "z" }).ok).toBe(false);
    expect([intervalUs("1s"), intervalUs("4h"), intervalUs("0m"), intervalUs("x")]).toEqual([
      1e6,
      14_400e6,
      undefined,
      undefined,
    ]);
  });

  test("rounding never uses floats: against decimal text", () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.nat(99_999_999),
        fc.nat(6),
        fc.integer({ min: 1, max: 500 }),
        (whole, part, scale, step) => {
          const text = `${whole}.${String(part).padStart(8, "0")}`;
          const exact = BigInt(whole) * 100_000_000n + BigInt(part);
          if (exact === 0n) return;
          const unit = 10n ** BigInt(8 - scale) * BigInt(step);
          const down = Number((exact / unit) * BigInt(step));
          const up = exact % unit === 0n ? down : down + step;
          expect(roundToStep(text, scale, step, false)).toEqual({ code: Code.Ok, mantissa: down });
          expect(roundToStep(text, scale, step, true)).toEqual({ code: Code.Ok, mantissa: up });
        },
      ),
      { numRuns: 20_000 },
    );
  });

  test("numbers become their shortest decimal text, without an exponent; the rest is refused", () => {
    expect([plainText(1e-7), plainText(1.5e-9), plainText(1e21), plainText(0.1)]).toEqual([
      "0.0000001",
      "0.0000000015",
      "1000000000000000000000",
      "0.1",
    ]);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 0, -1, "", "1e5", "0x1", "1.", ".5", "-1", null, {}]) {
      expect(roundToStep(bad as number, 4, 100, false).code).toBe(Code.StrategyOrderInvalid);
    }
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (value) => {
        const text = plainText(value);
        expect(text).toMatch(/^\d+(\.\d+)?$/);
        expect(Number(text)).toBe(value);
        expect([Code.Ok, Code.NumberPrecision, Code.NumberRange]).toContain(parseMantissa(text, 8).code);
      }),
    );
  });
});

describe("types", () => {
  test("a wrong parameter, market or order is a compile error", () => {
    const module = strategy(
      { name: "typed", params: { fast: t.Integer({ default: 3 }) }, markets: { main: {} } },
      (context) => {
        // @ts-expect-error: there is no such parameter
        context.params.fasst;
        // @ts-expect-error: there is no such market
        context.other;
        // @ts-expect-error: an order says why
        const order = () => context.main.buy({ base: 1 }, {});
        const fast: number = context.params.fast;
        expect([typeof order, fast]).toEqual(["function", 3]);
        return {};
      },
    );
    start(desk(), module, 1, { fast: 3 });
    expect(module.definition.name).toBe("typed");
  });
});
