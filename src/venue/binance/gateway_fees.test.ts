/** What Binance's answers say of fees: of spot the sum of what is charged together; exact; nothing out of half an answer. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { until } from "../../exchange/book_client.testing.ts";
import { feeAsk } from "./gateway_fees.ts";
import { GatewayRig, stillSimulator, testInstrument } from "./gateway_rig.testing.ts";

setDefaultTimeout(60_000);

const SPOT = testInstrument("spot", 0, "BTC");
const USDM = testInstrument("usdm", 0, "BTC");
const PART = { maker: "0.00100000", taker: "0.00200000", buyer: "0.00000000", seller: "0.00000000" };
const NONE = { maker: "0", taker: "0", buyer: "0", seller: "0" };
const COMMISSION = { symbol: "BTCUSDT", standardCommission: PART, specialCommission: NONE, taxCommission: NONE };
const spot = (more: object = {}) => feeAsk("spot", SPOT).read({ ...COMMISSION, ...more });
const usdm = (answer: object) => feeAsk("usdm", USDM).read(answer);

test("what is asked", () => {
  const common = { method: "GET", params: [["symbol", "BTCUSDT"]], security: "signed", weight: 20 };
  expect(feeAsk("spot", SPOT).ask).toEqual({ ...common, path: "/api/v3/account/commission" } as never);
  expect(feeAsk("usdm", USDM).ask).toEqual({ ...common, path: "/fapi/v1/commissionRate" } as never);
});

test("spot: all parts together, of a side's own rates the larger; a discount is named and not reckoned with", () => {
  expect(spot()).toEqual({ maker: 1_000_000_000, taker: 2_000_000_000, discountAsset: "" });
  const tax = { maker: "0.0003", taker: "0.0005", buyer: "0.00001", seller: "0.00004" };
  const special = { maker: "0.01", taker: "0.02", buyer: "0", seller: "0" };
  const discount = { enabledForAccount: true, enabledForSymbol: true, discountAsset: "BNB", discount: "0.75000000" };
  expect(spot({ taxCommission: tax, specialCommission: special, discount })).toEqual({
    maker: 11_340_000_000,
    taker: 22_540_000_000,
    discountAsset: "BNB",
  });
  for (const off of ["enabledForAccount", "enabledForSymbol"]) {
    expect(spot({ discount: { ...discount, [off]: false } })).toMatchObject({ discountAsset: "" });
  }
  // Older answers have no special part.
  expect(spot({ specialCommission: undefined })).toMatchObject({ taker: 2_000_000_000 });
  expect(spot({ standardCommission: { ...PART, maker: "-0.0001" } })).toMatchObject({ maker: -100_000_000 });
});

test.each([
  [{ symbol: "ETHUSDT" }, "symbol ETHUSDT"],
  [{ symbol: undefined }, "field symbol"],
  [{ standardCommission: undefined }, "field standardCommission"],
  [{ standardCommission: { ...PART, taker: 0.001 } }, "field standardCommission.taker"],
  [{ standardCommission: { ...PART, taker: "0.0000000000001" } }, "field standardCommission.taker"],
  [{ taxCommission: { maker: "0" } }, "field taxCommission.buyer"],
  [{ discount: { enabledForAccount: "yes" } }, "field enabledForAccount"],
])("spot: %j is nothing to reckon with", (more, why) => {
  expect(spot(more)).toBe(why);
});

test("USD-M: as it is said", () => {
  const answer = { symbol: "BTCUSDT", makerCommissionRate: "0.0002", takerCommissionRate: "0.00045" };
  expect(usdm(answer)).toEqual({ maker: 200_000_000, taker: 450_000_000, discountAsset: "" });
  expect(usdm({ ...answer, makerCommissionRate: "" })).toBe("field makerCommissionRate");
  expect(usdm({ ...answer, symbol: "ETHUSDT" })).toBe("symbol ETHUSDT");
});

describe.skipIf(!fixturesPresent)(`documented answers (${FIXTURES_REASON})`, () => {
  const of = (file: string): unknown => JSON.parse(readFileSync(fixture(file), "utf8")).response;
  test("each is read, to the last digit", () => {
    expect(feeAsk("spot", SPOT).read(of("binance-spot/jkorf.rest.Spot.Account.GetCommissionRates.json"))).toEqual({
      maker: 2_800_000, // 0.0000001 + 0.0000004, and 0.00000112 + 0.00000118
      taker: 2_920_000,
      discountAsset: "BNB",
    });
    const file = "binance-usdm/jkorf.rest.UsdFutures.Account.GetUserCommissionRate.json";
    expect(feeAsk("usdm", USDM).read(of(file))).toEqual({ maker: 200_000_000, taker: 400_000_000, discountAsset: "" });
  });
});

test.each(["spot", "usdm"] as const)("%s at the simulator: asked for once the key is known", async (market) => {
  const simulator = await stillSimulator(market);
  const rig = await new GatewayRig(simulator, market).up();
  expect(rig.gateway.status()).toMatchObject({ fees: [], feesMissing: 0 });
  rig.gateway.probe(() => undefined);
  expect(await until(() => rig.gateway.status().fees.length === 2, 20_000)).toBe(true);
  const [fee] = rig.gateway.status().fees;
  expect([fee?.maker, fee?.taker]).toEqual(market === "spot" ? [1e9, 1e9] : [2e8, 5e8]);
  expect([rig.gateway.status().feesMissing, rig.problems]).toEqual([0, []]);
  rig.gateway.stop();
  await simulator.stop();
});
