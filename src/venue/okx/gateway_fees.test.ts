/** What OKX's answers say of fees: the sign turned round, by coin or fee group; exact; nothing out of half an answer. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { until } from "../../exchange/book_client.testing.ts";
import { feeAsk } from "./gateway_fees.ts";
import { GatewayRig, SPOT, SWAP, stillSimulator, testInstrument } from "./gateway_rig.testing.ts";

setDefaultTimeout(60_000);

const [spot, swap] = [testInstrument(SPOT), testInstrument(SWAP)];
const ROW = {
  ...{ instType: "SPOT", level: "Lv1", maker: "-0.0008", taker: "-0.001", makerU: "-0.0002", takerU: "-0.0005" },
  ...{ makerUSDC: "0.0001", takerUSDC: "-0.0003", feeGroup: [] as object[] },
};
const of = (instrument: typeof spot, more: object = {}) => feeAsk(instrument).read([{ ...ROW, ...more }]);
const rates = (maker: number, taker: number) => ({ maker, taker, discountAsset: "" });

test("what is asked: spot by the instrument, contracts by their family", () => {
  const common = { method: "GET", path: "/api/v5/account/trade-fee", security: "signed", weight: 4 };
  const asked = (instrument: typeof spot): unknown => feeAsk(instrument).ask;
  const ofSpot = [
    ["instType", "SPOT"],
    ["instId", "BTC-USDT"],
  ];
  const ofSwap = [
    ["instType", "SWAP"],
    ["instFamily", "BTC-USDT"],
  ];
  expect([asked(spot), asked(swap)]).toEqual([
    { ...common, params: ofSpot },
    { ...common, params: ofSwap },
  ]);
});

test("what one pays is positive, a rebate negative; each coin has its own", () => {
  expect(of(spot)).toEqual(rates(800_000_000, 1_000_000_000));
  expect(of({ ...spot, quote: "USDC" })).toEqual(rates(-100_000_000, 300_000_000));
  const isSwap = { instType: "SWAP" };
  expect(of(swap, isSwap)).toEqual(rates(200_000_000, 500_000_000));
  expect(of({ ...swap, settle: "USDC" }, isSwap)).toEqual(rates(-100_000_000, 300_000_000));
  expect(of({ ...swap, settle: "BTC" }, isSwap)).toEqual(rates(800_000_000, 1_000_000_000));
  const nothing = of(spot, { maker: "0", taker: "-0" });
  expect(nothing).toEqual(rates(0, 0));
  expect(Object.is((nothing as { maker: number }).maker, 0)).toBe(true);
});

test("the fee group of the instrument, where it comes alone", () => {
  const group = { groupId: "1", maker: "-0.00015", taker: "-0.00045" };
  expect(of(spot, { feeGroup: [group] })).toEqual(rates(150_000_000, 450_000_000));
  expect(of(spot, { feeGroup: [group, group] })).toEqual(rates(800_000_000, 1_000_000_000));
  expect(of(spot, { feeGroup: [{ groupId: "1" }] })).toEqual(rates(800_000_000, 1_000_000_000));
});

test.each([
  [{ taker: "" }, "field taker"],
  [{ maker: -0.0008 }, "field maker"],
  [{ instType: "SWAP" }, "instType SWAP"],
  [{ feeGroup: "none" }, "field feeGroup"],
])("%j is nothing to reckon with", (more, why) => {
  expect(of(spot, more)).toBe(why);
});

test("an answer without rows is none", () => {
  for (const value of [[], undefined, {}, [null]]) expect(feeAsk(spot).read(value)).toBe("field instType");
});

describe.skipIf(!fixturesPresent)(`documented answers (${FIXTURES_REASON})`, () => {
  test("is read", () => {
    const text = readFileSync(fixture("okx/jkorf.rest.UnifiedApi.Account.GetFeeRates.json"), "utf8");
    expect(feeAsk(spot).read(JSON.parse(text).response.data)).toEqual(rates(800_000_000, 1_000_000_000));
  });
});

test("at the simulator: asked for once the key is known", async () => {
  const simulator = await stillSimulator();
  const rig = await new GatewayRig(simulator).up();
  rig.gateway.probe(() => undefined);
  expect(await until(() => rig.gateway.status().fees.length === 4, 20_000)).toBe(true);
  const { fees, feesMissing } = rig.gateway.status();
  expect(new Set(fees.map(({ maker, taker }) => `${maker} ${taker}`))).toEqual(
    new Set(["800000000 1000000000", "200000000 500000000"]),
  );
  expect([feesMissing, rig.problems]).toEqual([0, []]);
  rig.gateway.stop();
  await simulator.stop();
});
