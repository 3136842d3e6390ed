/** The public types as a strategy's author meets them: each `@ts-expect-error` is an error that the compiler must find. */

import { expect, test } from "bun:test";
import { strategy, t } from "./meltica.ts";

test("parameters, markets and reasons are checked where a strategy is written", () => {
  const params = { fast: t.Integer({ default: 3 }), mode: t.Enum(["calm", "bold"], { default: "calm" }) };
  const module = strategy({ name: "typed", params, markets: { main: {}, hedge: {} } }, (context) => {
    const fast: number = context.params.fast;
    const mode: "calm" | "bold" = context.params.mode;
    const calls = () => {
      // @ts-expect-error: there is no such parameter
      context.params.fasst;
      // @ts-expect-error: a number is no text
      const text: string = context.params.fast;
      // @ts-expect-error: there is no such market
      context.mian.flat({ why: "x" });
      // @ts-expect-error: an order says why
      context.main.buy({ base: 1 }, {});
      // @ts-expect-error: a target says why
      context.main.target(0.5, {});
      // @ts-expect-error: an order has a size
      context.hedge.sell({ why: "x" });
      // @ts-expect-error: a status is read, not set
      context.main.buy({ base: 1 }, { why: "x" }).status = "filled";
      // @ts-expect-error: cells hold what can be journaled
      context.state("list", [1, 2]);
      return text;
    };
    context.state("count", 1).value += fast;
    return { onBar: ({ market, bar }) => context.log(`${market} ${bar.close} ${mode} ${calls.length}`) };
  });
  expect([module.kind, module.definition.name]).toEqual(["meltica.strategy", "typed"]);
  expect(Object.keys(module.definition.markets)).toEqual(["main", "hedge"]);
});
