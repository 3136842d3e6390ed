/** Weight, order counts and reserves: who may still send when the others have spent theirs. */

import { describe, expect, test } from "bun:test";
import { Fields } from "../wire/fields.ts";
import { GatewayBudget } from "./gateway_budget.ts";
import { gatewayLimitsOf } from "./gateway_limits.ts";
import { testInstrument } from "./gateway_rig.testing.ts";

const S = 1_000_000;
const REST = { text: "", headers: {} };
const TOO_MANY = JSON.stringify({
  code: -1015,
  msg: "Too many new orders; current limit is 300 orders per TEN_SECOND.",
});

describe.each(["spot", "usdm"] as const)("%s", (market) => {
  const limits = gatewayLimitsOf(market);
  const { weightMax } = limits.requests;
  const instrument = testInstrument(market, 0, "BTC");

  test("sweeps stop first, then orders, then questions about an order, cancels last", () => {
    const budget = new GatewayBudget(gatewayLimitsOf(market, { orders: { ...limits.requests } }));
    const spend = (take: () => boolean) => {
      while (take());
      return budget.used(0).weight;
    };
    expect(limits.requests.dataReserve).toBe(limits.cancelReserve + limits.questionReserve);
    const spare = spend(() => budget.takeSpare(1, 0));
    expect(spare).toBe((weightMax - limits.orderReserve) / 2);
    const sweeps = spend(() => budget.takeQuery(1, 0));
    const orders = spend(() => budget.takeOrder(instrument, 0));
    const questions = spend(() => budget.takeQuery(1, 0, true));
    expect([sweeps, orders]).toEqual([
      weightMax - limits.orderReserve,
      weightMax - limits.cancelReserve - limits.questionReserve,
    ]);
    expect(questions - orders).toBeGreaterThanOrEqual(limits.questionReserve);
    expect([budget.takeOrder(instrument, 0), budget.weight.takeData(1, 0)]).toEqual([false, false]);
    expect(spend(() => budget.takeCancel(1, 0))).toBe(weightMax);
    expect(weightMax - questions).toBeGreaterThanOrEqual(100);
  });

  test("too many orders: the venue counts them alone, so cancels and questions go on; it does not say for how long", () => {
    for (const bySocket of [false, true]) {
      const budget = new GatewayBudget(limits);
      const answer = Fields.of({ status: 429, error: JSON.parse(TOO_MANY) });
      if (bySocket) budget.onSocketAnswer(answer, 429, 0);
      else budget.onAnswer({ ...REST, status: 429, text: TOO_MANY }, 0, 0);
      expect([budget.takeOrder(instrument, S), budget.takeCancel(1, S), budget.takeQuery(1, S)]).toEqual([
        false,
        true,
        true,
      ]);
      expect([budget.takeOrder(instrument, 13 * S), budget.freezes]).toEqual([true, 1]);
    }
  });

  test("too many requests: nothing at all, as long as the venue says or a minute", () => {
    const budget = new GatewayBudget(limits);
    budget.onAnswer({ ...REST, status: 429, headers: { "retry-after": "7" } }, 0, 0);
    expect([budget.takeCancel(1, 6 * S), budget.takeCancel(1, 7 * S)]).toEqual([false, true]);
    budget.onAnswer({ ...REST, status: 418 }, 0, 10 * S);
    expect([budget.takeQuery(1, 69 * S, true), budget.takeQuery(1, 70 * S, true)]).toEqual([false, true]);
  });
});
