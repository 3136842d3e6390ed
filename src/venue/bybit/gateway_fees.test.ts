/** What Bybit's answers say of fees: of the symbol that was asked for, exact; nothing out of half an answer. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { until } from "../../exchange/book_client.testing.ts";
import { feeAsk } from "./gateway_fees.ts";
import { GatewayRig, stillSimulator, testInstrument } from "./gateway_rig.testing.ts";

setDefaultTimeout(60_000);

const BTC = testInstrument("linear", 0, "BTC");
const ROW = { symbol: "BTCUSDT", takerFeeRate: "0.00055", makerFeeRate: "-0.0001", baseCoin: "" };
const of = (...list: unknown[]) => feeAsk("linear", BTC).read({ list });
const rates = (maker: number, taker: number) => ({ maker, taker, discountAsset: "" });

test("what is asked, and the row of its symbol", () => {
  const params = [
    ["category", "linear"],
    ["symbol", "BTCUSDT"],
  ];
  const asked: unknown = feeAsk("linear", BTC).ask;
  expect(asked).toEqual({ method: "GET", path: "/v5/account/fee-rate", params, security: "signed", weight: 1 });
  expect(of({ ...ROW, symbol: "BTCUSDC", takerFeeRate: "1" }, ROW)).toEqual(rates(-100_000_000, 550_000_000));
});

test.each([
  [[], "BTCUSDT is not in the list"],
  [[{ ...ROW, symbol: "ETHUSDT" }], "BTCUSDT is not in the list"],
  [[{ ...ROW, takerFeeRate: "" }], "field takerFeeRate"],
  [[{ ...ROW, makerFeeRate: 0.0001 }], "field makerFeeRate"],
  [[{ ...ROW, makerFeeRate: "1e-4" }], "field makerFeeRate"],
])("%j is nothing to reckon with", (list, why) => {
  expect(of(...list)).toBe(why);
});

describe.skipIf(!fixturesPresent)(`documented answers (${FIXTURES_REASON})`, () => {
  const read = (file: string, base: string) => {
    const content = JSON.parse(readFileSync(fixture(`bybit/${file}.json`), "utf8"));
    return feeAsk("linear", testInstrument("linear", 0, base)).read((content.response ?? content).result);
  };
  test("each is read", () => {
    expect(read("jkorf.rest.V5Api.Account.GetFeeRate", "ETH")).toEqual(rates(100_000_000, 600_000_000));
    expect(read("nautilus.http_get_fee_rate", "SOL")).toEqual(rates(250_000_000, 750_000_000));
  });
});

test.each(["spot", "linear"] as const)("%s at the simulator: asked for once the key is known", async (category) => {
  const simulator = await stillSimulator(category);
  const rig = await new GatewayRig(simulator, category).up();
  rig.gateway.probe(() => undefined);
  expect(await until(() => rig.gateway.status().fees.length === 2, 20_000)).toBe(true);
  const [fee] = rig.gateway.status().fees;
  expect([fee?.maker, fee?.taker]).toEqual(category === "spot" ? [1e9, 1e9] : [2e8, 5.5e8]);
  expect([rig.gateway.status().feesMissing, rig.problems]).toEqual([0, []]);
  rig.gateway.stop();
  await simulator.stop();
});
