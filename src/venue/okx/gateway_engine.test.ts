/** The engine trades spot and a swap of one OKX account at the simulator, under faults and over a restart: in the end both agree. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { Prng } from "../../core/prng.ts";
import type { OkxTrading } from "../../exchange/okx/okx_trading.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { amount, ZERO } from "../../exchange/trading/amount.ts";
import { CashCause } from "../../model/order.ts";
import { RecordKind } from "../../model/record.ts";
import { cashMoves, counted, expectAgreement, Storm } from "../wire/engine_storm.testing.ts";
import { hostVenue, SPOT, SWAP } from "./gateway_rig.testing.ts";

setDefaultTimeout(180_000);

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
const RECONNECT = { waitUsMin: 20_000, firstUsMax: 100_000, waitUsMax: 1_000_000 };

/** Cash that no order moves: money comes in, positions pay. Answers how many did. */
function moveCash(simulator: Simulator): number {
  expect(simulator.trading?.deposit("ann", "okx", "USDT", "123.45")).toBeUndefined();
  const [side] = simulator.trading?.sides ?? [];
  const { core } = (side as OkxTrading).venue;
  core.fund("BTC-USDT-SWAP", amount("60000"), amount("0.0001"));
  return core.positions.all("ann", "BTC-USDT-SWAP").filter(({ qty }) => qty !== ZERO).length;
}

test(`faults, cash that moves by itself, and a restart, seed ${SEED}`, async () => {
  let paid = 0;
  const wishes = { traded: [SPOT, SWAP], cancels: 0.25, amends: 0.15, takes: 0.25, waitsReady: true };
  const middle = () => {
    paid += moveCash(storm.simulator);
  };
  const plan = { prng: new Prng(SEED), steps: 80, paceMs: 10, ...wishes, middle };
  const venue = hostVenue({ requestUsMax: 500_000, reconnect: RECONNECT });
  await using storm = await Storm.at(venue, plan);
  const host = await storm.run();
  await expectAgreement(host, plan, ["USDT", "BTC"]);
  const causes = [CashCause.Transfer, CashCause.Funding, CashCause.Adjustment];
  expect(cashMoves(host, causes)).toEqual([2, paid, 0]);
  expect(counted(host, RecordKind.OrderReplaced)).toBeGreaterThan(5);
  expect(host.truth.fills.length).toBeGreaterThan(25);
  const befallen = storm.simulator.faults();
  expect(befallen["lost-ack"] * befallen["failed-ack"] * befallen["report-drop"]).toBeGreaterThan(0);
});
