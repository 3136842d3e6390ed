/** The engine trades at the simulator through the live gateway, under faults and over a restart: in the end both agree. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { Prng } from "../../core/prng.ts";
import { expectAgreement, Storm } from "../wire/engine_storm.testing.ts";
import { hostVenue } from "./gateway_rig.testing.ts";

setDefaultTimeout(180_000);

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed

test.each(["spot", "usdm"] as const)(`%s: faults and a restart, seed ${SEED}`, async (market) => {
  const wishes = { traded: [0], cancels: 0.25, amends: 0, takes: 0.35 };
  const plan = { prng: new Prng(SEED), steps: 120, paceMs: 10, ...wishes };
  await using storm = await Storm.at(hostVenue(market, { requestUsMax: 500_000 }), plan);
  const host = await storm.run();
  await expectAgreement(host, plan, market === "spot" ? ["USDT", "BTC", "BNB"] : ["USDT"]);
  expect(host.truth.fills.length).toBeGreaterThan(20);
  const befallen = storm.simulator.faults();
  expect(befallen["lost-ack"] * befallen["failed-ack"] * befallen["report-drop"]).toBeGreaterThan(0);
});
