/** What the API and /metrics say of dead-man switches: counted when the venue has taken them, named with the code when not. */

import { expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import { LiveAccountView } from "../control/views.ts";
import type { LiveStatus } from "./live_account.ts";
import { liveMetrics, liveView } from "./live_view.ts";

const FIGURES: LiveStatus["figures"] = {
  isUp: true,
  clockOffsetUs: 0,
  clockUncertaintyUs: 0,
  requestsOpen: 0,
  questionsOpen: 0,
  reconnects: 0,
  handovers: 0,
  weightUsed: 0,
  ordersUsed: 0,
  freezes: 0,
  reportsTold: 0,
  reportsWaiting: 0,
  reportsLost: 0,
};

test("switches that the venue has taken are counted, the others are named", () => {
  const status: LiveStatus = {
    name: "perp",
    account: 0,
    checks: [],
    unfitWhy: "",
    figures: FIGURES,
    approval: "build",
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
