/** What the API and /metrics say of dead-man switches (taken or named with the code), and of what the venue charges. */

import { expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import { LiveAccountView } from "../control/live_account_view.ts";
import type { LiveStatus } from "./live_account.ts";
import { NO_FIGURES } from "./live_seat.ts";
import { liveMetrics, liveView } from "./live_view.ts";

const FIGURES: LiveStatus["figures"] = { ...NO_FIGURES, isUp: true };

const STATUS: LiveStatus = {
  name: "perp",
  account: 0,
  checks: [],
  unfitWhy: "",
  figures: FIGURES,
  approval: "build",
  guarded: 0,
  unguarded: [],
  fees: [],
};

test("switches that the venue has taken are counted, the others are named", () => {
  const status: LiveStatus = {
    ...STATUS,
    guarded: 1,
    unguarded: [
      { instrument: "usdm:BTC-USDT-PERP", code: "AnswerRefused", isArmed: true },
      { instrument: "usdm:ETH-USDT-PERP", code: "", isArmed: false },
    ],
  };
  const view = liveView(status);
  expect([view.deadManSwitches, view.deadManMissing]).toEqual([
    1,
    [
      { instrument: "usdm:BTC-USDT-PERP", code: "AnswerRefused", stillArmed: true },
      { instrument: "usdm:ETH-USDT-PERP", code: null, stillArmed: false },
    ],
  ]);
  expect([...Value.Errors(LiveAccountView, view)]).toEqual([]);
  const metrics = liveMetrics([status], () => true).filter(({ name }) => name.includes("dead_man"));
  expect(metrics.map(({ name, value }) => [name, value])).toEqual([
    ["meltica_live_dead_man_switches", 1],
    ["meltica_live_dead_man_missing", 2],
  ]);
});

test("fees are exact texts with their sign and time, and gauges; what is not known is counted", () => {
  const common = { atUs: 1_700_000_000_000_000 };
  const status: LiveStatus = {
    ...STATUS,
    figures: { ...FIGURES, feesMissing: 2 },
    fees: [
      { ...common, instrument: "usdm:BTC-USDT-PERP", maker: -50_000_000, taker: 450_000_001, discountAsset: "" },
      { ...common, instrument: "spot:BTC-USDT", maker: 0, taker: 1_000_000_000, discountAsset: "BNB" },
    ],
  };
  const view = liveView(status);
  const asOf = { iso: "2023-11-14T22:13:20.000000Z", us: common.atUs };
  expect([view.fees, view.feesMissing]).toEqual([
    [
      { instrument: "usdm:BTC-USDT-PERP", maker: "-0.00005", taker: "0.000450000001", discountIn: null, asOf },
      { instrument: "spot:BTC-USDT", maker: "0", taker: "0.001", discountIn: "BNB", asOf },
    ],
    2,
  ]);
  expect([...Value.Errors(LiveAccountView, view)]).toEqual([]);
  const metrics = liveMetrics([status], () => true).filter(({ name }) => name.includes("fee"));
  expect(
    metrics.map(({ name, labels, value }) => [name, labels?.["instrument"], labels?.["liquidity"], value]),
  ).toEqual([
    ["meltica_live_fees_missing", undefined, undefined, 2],
    ["meltica_live_fee_rate", "usdm:BTC-USDT-PERP", "maker", -0.00005],
    ["meltica_live_fee_rate", "usdm:BTC-USDT-PERP", "taker", 0.000450000001],
    ["meltica_live_fee_rate", "spot:BTC-USDT", "maker", 0],
    ["meltica_live_fee_rate", "spot:BTC-USDT", "taker", 0.001],
  ]);
});
