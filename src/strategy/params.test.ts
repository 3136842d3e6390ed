/** Parameters and shapes (params, shape, interval, meltica): judged by TypeBox itself, and every fault is named. */

import { describe, expect, test } from "bun:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import fc from "fast-check";
import { strategy, t } from "./meltica.ts";
import { type ParamValue, resolveParams } from "./params.ts";
import { handlerFault, shapeProblems } from "./shape.ts";

const params = {
  count: t.Integer({ default: 3, minimum: -5, maximum: 50 }),
  share: t.Number({ default: 0.5, minimum: 0, maximum: 1 }),
  mode: t.Enum(["calm", "bold"], { default: "calm" }),
  note: t.String({ default: "" }),
  on: t.Boolean({ default: true }),
};
const { definition } = strategy({ name: "p", params, markets: { main: {} } }, () => ({}));

describe("params", () => {
  test("what resolves is what TypeBox accepts, for any values", () => {
    const whole = Type.Object(params as unknown as Record<string, TSchema>, { additionalProperties: false });
    const value = fc.oneof(fc.integer({ min: -60, max: 60 }), fc.double(), fc.boolean(), fc.constant("calm"));
    const shape = fc.record({ count: value, share: value, mode: value, on: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(shape, (raw) => {
        const resolved = resolveParams(definition, raw as Record<string, ParamValue>);
        const { ok } = resolved;
        const defaults = { count: 3, share: 0.5, mode: "calm", note: "", on: true };
        expect(ok).toBe(Value.Check(whole, { ...defaults, ...raw }));
        if (ok) expect(Value.Check(whole, resolved.params)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test("text from a command line is read by the schema's type", () => {
    const resolved = resolveParams(definition, { count: "-5", share: " 0.25 ", mode: "bold", on: "false", note: "7" });
    expect(resolved).toEqual({ ok: true, params: { count: -5, share: 0.25, mode: "bold", on: false, note: "7" } });
    for (const bad of ["", " ", "1e999", "NaN", "Infinity", "0x10", "1_000", "five", "9007199254740993"]) {
      expect([bad, resolveParams(definition, { count: bad }).ok]).toEqual([bad, false]);
    }
  });

  test("all faults at once; names of prototypes are names like any other", () => {
    const resolved = resolveParams(definition, { count: "99", share: "-1", toString: "x", cuont: 1 });
    expect(resolved.ok ? [] : resolved.problems.map((p) => `${p.detail} (${p.hint})`)).toEqual([
      "parameter count=99 is too large (integer, at least -5, at most 50; default 3)",
      "parameter share=-1 is too small (number, at least 0, at most 1; default 0.5)",
      "p has no parameter toString (it has count, share, mode, note, on)",
      "p has no parameter cuont (did you mean count?)",
    ]);
  });

  test("validate: false, a text, and a throw are problems", () => {
    const answers = [false, "too wild", () => Number.parseInt("x", 10)] as const;
    const said = answers.map((answer) => {
      const validate = () => {
        if (typeof answer === "function") throw new Error("oops");
        return answer;
      };
      const resolved = resolveParams({ ...definition, validate }, {});
      return resolved.ok ? "" : resolved.problems[0]?.detail;
    });
    expect(said).toEqual(["p: parameters do not fit together", "p: too wild", "p: validate threw: oops"]);
  });
});

describe("shape", () => {
  const good = { kind: "meltica.strategy", definition: { name: "a-b", markets: { main: {} } }, setup: () => ({}) };
  const faults = (change: object) =>
    shapeProblems({ ...good, definition: { ...good.definition, ...change } }).map((p) => p.detail);

  test("a sound one has no faults; what is no strategy has one", () => {
    expect(shapeProblems(good)).toEqual([]);
    for (const exported of [undefined, null, 5, "x", {}, () => ({}), { ...good, kind: "x" }]) {
      expect(shapeProblems(exported).map((p) => p.code)).toEqual(["StrategyShape"]);
    }
    expect(shapeProblems({ ...good, definition: null }).length).toBe(1);
    expect(shapeProblems({ ...good, setup: 5 }).map((p) => p.detail)).toEqual(["setup is no function"]);
  });

  test("names, markets, timeframes, parameters and unknown fields are looked at", () => {
    expect(faults({ name: "A B" })).toEqual(["name A B is no name"]);
    expect(faults({ markets: {} })).toEqual(["it names no market"]);
    expect(faults({ markets: { state: {} } })).toEqual(["a market cannot be called state"]);
    expect(faults({ markets: { main: { tf: "1x" } } })).toEqual(["market main: tf 1x is no timeframe"]);
    expect(faults({ markets: { main: { timeframe: "1m" } } })).toEqual(["market main has an unknown field timeframe"]);
    expect(faults({ markets: { main: 5 } })).toEqual(["market main is no object"]);
    expect(faults({ parms: {} })).toEqual(["the definition has an unknown field parms"]);
    expect(faults({ params: { n: 5 } })).toEqual(["parameter n is no schema"]);
    const wild = { n: t.Integer({ default: 9, maximum: 5 }), f: t.Number({ default: Number.NaN }) };
    expect(faults({ params: wild }).length).toBe(2);
    expect(faults({ validate: true })).toEqual(["validate is no function"]);
  });

  test("a handler that would never be called is a fault with the nearest name", () => {
    expect(handlerFault({ onBar() {}, every: { "5s": () => {} } })).toBeUndefined();
    expect(handlerFault({ onBarr() {} })).toMatchObject({ hint: 'did you mean "onBar"?' });
    expect(handlerFault(undefined)?.detail).toContain("no object");
    expect(handlerFault({ onBar: 5 })?.detail).toBe("onBar is no function");
    expect(handlerFault({ every: { soon: () => {} } })?.detail).toBe("every: soon is no interval");
    expect(handlerFault({ every: { "1s": 5 } })?.detail).toBe("every 1s is no function");
  });
});

describe("types", () => {
  test("of params, markets, sizes and options are checked by the compiler", () => {
    const typed = strategy({ name: "typed", params, markets: { main: {}, hedge: { tf: "5s" } } }, (context) => {
      const mode: "calm" | "bold" = context.params.mode;
      const on: boolean = context.params.on;
      const calls = () => {
        context.hedge.buy({ quote: "100" }, { why: "x", limit: 5, tif: "ioc" });
        // @ts-expect-error: one size, not two
        context.main.buy({ base: 1, quoted: 2 }, { why: "x" });
        // @ts-expect-error: a trailing distance is in price or in basis points
        context.main.sell({ base: 1 }, { why: "x", trail: { percent: 4 } });
        // @ts-expect-error: no such time in force
        context.main.buy({ base: 1 }, { why: "x", tif: "day" });
        // @ts-expect-error: a reason is an object
        context.main.flat("death cross");
        // @ts-expect-error: a fraction is a number
        context.main.target("0.5", { why: "x" });
        // @ts-expect-error: no such field of a bar
        context.main.ema(5, "closing");
        // @ts-expect-error: bands are three lines, not one
        context.main.ema(5, context.main.bollinger(20, 2));
        // @ts-expect-error: parameters do not change
        context.params.count = 5;
      };
      return { onBar: ({ bar }) => context.log(`${bar.close} ${mode} ${on} ${calls.length}`) };
    });
    // @ts-expect-error: there are no parameters at all
    const none = strategy({ name: "none", markets: { main: {} } }, (context) => ({ onBar: () => context.params.fast }));
    // @ts-expect-error: the default is none of the choices
    const choice = () => t.Enum(["a", "b"], { default: "c" });
    // @ts-expect-error: handlers take what they are given
    const handler = strategy({ name: "h", markets: { main: {} } }, () => ({ onBar: (text: string) => text.length }));
    expect([typed.kind, none.kind, handler.kind, choice.length]).toEqual([typed.kind, typed.kind, typed.kind, 0]);
  });
});
