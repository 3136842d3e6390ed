/** The engine trades at the simulator through the live gateway, under faults and over a restart: in the end both agree. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { Prng } from "../../core/prng.ts";
import type { BybitExchange } from "../../exchange/bybit/bybit_exchange.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { amount, ZERO } from "../../exchange/trading/amount.ts";
import { CashCause } from "../../model/order.ts";
import { RecordKind } from "../../model/record.ts";
import { cashMoves, counted, expectAgreement, Storm } from "../wire/engine_storm.testing.ts";
import { hostVenue } from "./gateway_rig.testing.ts";

setDefaultTimeout(180_000);

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
/** On each side of a restart. */
const STEPS = process.env["MELTICA_FUZZ"] === "large" ? { spot: 900, linear: 500 } : { spot: 50, linear: 30 };
/** Within what the venue takes in a second, so that most orders leave. */
const PACE_MS = { spot: 45, linear: 90 };
/** The venue takes ten orders a second of linear: less is waited for what is dropped. */
const FASTER = { requestUsMax: 500_000, settleUs: 0, recvWindowMs: 500, cancelWaitUsMax: 100_000 };

/** Cash that no order moves: money comes in, positions pay. Answers how many did. */
function moveCash(simulator: Simulator, category: "spot" | "linear"): number {
  expect(simulator.trading?.deposit("ann", "bybit", "USDT", "123.45")).toBeUndefined();
  if (category === "spot") return 0;
  const side = simulator.trading?.sides.find((each) => each.venueNames().includes("bybit"));
  const { venue } = side as BybitExchange;
  venue.fund("linear:BTCUSDT", amount("60000"), amount("0.0001"));
  return venue.positions.all("ann", "linear:BTCUSDT").filter(({ qty }) => qty !== ZERO).length;
}

test.each(["spot", "linear"] as const)(`%s: faults, cash, a restart, seed ${SEED}`, async (category) => {
  let paid = 0;
  const middle = () => {
    paid += moveCash(storm.simulator, category);
  };
  const pace = { steps: STEPS[category], paceMs: PACE_MS[category] };
  const wishes = { traded: [0], cancels: 0.22, amends: 0.18, amended: "price-and-qty", takes: 0.3 } as const;
  const plan = { prng: new Prng(SEED), ...pace, ...wishes, middle };
  await using storm = await Storm.at(hostVenue(category, FASTER), plan);
  const host = await storm.run();
  await expectAgreement(host, plan, ["USDT", "BTC"]);
  const causes = [CashCause.Transfer, CashCause.Funding, CashCause.Adjustment];
  expect(cashMoves(host, causes)).toEqual([2, paid, 0]);
  expect(host.truth.fills.length).toBeGreaterThan(4);
  expect(counted(host, RecordKind.OrderReplaced)).toBeGreaterThan(0);
  const befallen = storm.simulator.faults();
  expect(befallen["lost-ack"] + befallen["failed-ack"] + befallen["report-drop"]).toBeGreaterThan(0);
});
