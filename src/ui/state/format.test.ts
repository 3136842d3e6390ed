/** Words and numbers for people. */

import { expect, test } from "bun:test";
import type { OrderView, RiskView } from "../../control/views.ts";
import {
  clockTime,
  controlLines,
  countText,
  duration,
  instrumentParts,
  marketText,
  orderPrice,
  orderState,
  orderTags,
  paramText,
  words,
} from "./format.ts";

test("times and durations", () => {
  const local = new Date(2026, 0, 2, 3, 4, 5);
  expect(clockTime(local.getTime() * 1_000)).toBe("03:04:05");
  expect([0, 59_999, 60_000, 7_200_000, 200_000_000, -5].map(duration)).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "2 h",
    "2 d",
    "0 s",
  ]);
});

test("names, states, parameters", () => {
  expect(instrumentParts("sim:BTC-USDT-PERP")).toEqual({ venue: "sim", symbol: "BTC-USDT-PERP" });
  expect(instrumentParts("odd")).toEqual({ venue: "", symbol: "odd" });
  expect(words("partiallyFilled")).toBe("partially filled");
  expect(orderState({ state: "unknown", terminal: false })).toEqual({ text: "unknown", tone: "bad" });
  expect(orderState({ state: "denied", terminal: true }).tone).toBe("warn");
  expect(orderState({ state: "cancelSent", terminal: false })).toEqual({ text: "cancel sent", tone: "calm" });
  expect(orderState({ state: "canceled", terminal: true }).tone).toBe("faint");
  expect(paramText({ fast: 12, on: true, list: [1] })).toBe("fast 12 · on true · list [1]");
  expect(marketText({ main: { instrument: "sim:A", account: "p", tf: "1m" } })).toBe("sim:A 1m");
  expect([0, 1, 2].map((n) => countText(n, "order"))).toEqual(["0 orders", "1 order", "2 orders"]);
});

test("what an order waits for and belongs to", () => {
  const order = {
    price: "1900",
    type: "stopLimit",
    timeInForce: "gtc",
    postOnly: false,
    reduceOnly: true,
  } as OrderView;
  const held = { ...order, terminal: false, emulated: true, triggerPrice: "1905", parent: 7, group: 8 };
  expect(orderPrice(held)).toBe("1900 @ 1905");
  expect(orderTags(held)).toEqual(["reduce", "emulated", "oco", "of 7"]);
  expect(orderPrice({ ...held, price: null, type: "trailingStop", trailBps: "25" })).toBe("trailingStop 25 bp");
  expect(orderTags({ ...order, timeInForce: "ioc", external: true, lost: true })).toEqual([
    "ioc",
    "reduce",
    "external",
    "lost",
  ]);
  expect([orderPrice({ ...held, terminal: true }), orderTags({ ...held, triggered: true })]).toEqual([
    "1900",
    ["reduce", "oco", "of 7"],
  ]);
});

test("what controls have stopped", () => {
  const since = { iso: "", us: 0 };
  const breaker = { scope: "account", key: "lab", code: "DailyLoss", action: "reduce", since, until: null, why: "102" };
  const risk = { breakers: [breaker], tradingStates: [{ scope: "firm", key: "", state: "halted" }] };
  expect(controlLines(risk as unknown as RiskView)).toEqual([
    "account lab: DailyLoss (reduce) until it is reset by name, 102",
    "firm: halted",
  ]);
});
