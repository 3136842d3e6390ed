/** The ledger by examples that one can check by hand. */

import { describe, expect, test } from "bun:test";
import { parseWide, wideText } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import { CashCause, Leg, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { Refusal } from "./refusal.ts";
import { BNB, big, ETH, INSTRUMENTS, INVERSE, PERP, SPOT, TestLedger, USDT } from "./test_kit.ts";

const { Buy, Sell } = Side;

function units(text: string): bigint {
  const out = new Wide();
  expect(parseWide(out, text, 18)).toBe(0);
  return big(out);
}

/** The figures that the examples look at, as text. */
function look(t: TestLedger, instrument = SPOT, leg = 0) {
  const out = new Wide();
  const { ledger } = t;
  return {
    position: ledger.positionQty(0, instrument, leg),
    usdt: wideText(ledger.cash(0, USDT, out), 18),
    eth: wideText(ledger.cash(0, ETH, out), 18),
    realized: wideText(ledger.realizedPnl(0, instrument, leg, out), 18),
    cost: wideText(ledger.cost(0, instrument, leg, out), 18),
  };
}

describe("spot", () => {
  test("a round trip: base and quote move, fees apart, profit realised, cost ends at zero", () => {
    const t = new TestLedger();
    t.move(USDT, CashCause.Deposit, units("1000"));
    t.fill(Buy, 10_000, 2_000, { fee: units("0.2") }); // 2 ETH at 100.00
    expect(look(t)).toEqual({ position: 2_000, usdt: "799.8", eth: "2", realized: "0", cost: "200" });
    expect(t.ledger.averageEntry(0, SPOT, 0)).toBe(100);
    const out = new Wide();
    expect(wideText(t.ledger.unrealizedPnl(0, SPOT, 0, 11_000, out), 18)).toBe("20");
    t.fill(Sell, 11_000, 500, { fee: units("0.055") });
    expect(look(t)).toEqual({ position: 1_500, usdt: "854.745", eth: "1.5", realized: "5", cost: "150" });
    t.fill(Sell, 9_000, 1_500);
    expect(look(t)).toEqual({ position: 0, usdt: "989.745", eth: "0", realized: "-10", cost: "0" });
    expect(wideText(t.ledger.fees(0, USDT, out), 18)).toBe("0.255");
    expect(wideText(t.ledger.cashByCause(0, USDT, CashCause.Trade, out), 18)).toBe("-10");
    const row = t.ledger.rows()[0]!;
    expect([row.fillCount, wideText(row.volumeQty, 18), wideText(row.volumeAmount, 18)]).toEqual([3, "4", "390"]);
  });

  test("a fee in the base asset leaves less to sell, dust included; the sale of all closes the cost", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 1_000, { fee: units("0.0014"), feeAsset: ETH });
    // 0.9986 held: 0.998 can be sold, 0.0006 is dust.
    expect(look(t)).toMatchObject({ position: 998, eth: "0.9986", cost: "100" });
    expect(t.ledger.instancePositionQty(1, 0, SPOT, 0)).toBe(998);
    t.fill(Buy, 10_000, 1_000, { fee: units("-0.0005"), feeAsset: ETH }); // A rebate.
    expect(look(t)).toMatchObject({ position: 1_999, eth: "1.9991", cost: "200" });
    t.fill(Sell, 10_000, 1_999);
    expect(look(t)).toMatchObject({ position: 0, eth: "0.0001", cost: "0", realized: "-0.1" });
  });

  test("the stated amount is posted and a difference is counted; a fee in a third asset moves that asset", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 1_000, { amount: units("100") });
    expect(t.ledger.statedAmountDiffers).toBe(0);
    t.fill(Buy, 10_000, 1_000, { amount: units("100.01"), fee: units("0.5"), feeAsset: BNB });
    expect(t.ledger.statedAmountDiffers).toBe(1);
    expect(look(t)).toMatchObject({ usdt: "-200.01", eth: "2", cost: "200.01" });
    expect(wideText(t.ledger.cash(0, BNB, new Wide()), 18)).toBe("-0.5");
  });

  test("accounts, legs and instances are kept apart; the instances' parts sum to the position", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 1_000, { instance: 1 });
    t.fill(Sell, 10_000, 400, { instance: 2 });
    t.fill(Buy, 10_000, 7, { account: 1 });
    t.fill(Buy, 10_000, 5, { instrument: PERP, leg: Leg.Long });
    t.fill(Sell, 10_000, 9, { instrument: PERP, leg: Leg.Short });
    const { ledger } = t;
    expect([ledger.positionQty(0, SPOT, 0), ledger.positionQty(1, SPOT, 0)]).toEqual([600, 7]);
    expect([1, 2, 3].map((i) => ledger.instancePositionQty(i, 0, SPOT, 0))).toEqual([1_000, -400, 0]);
    expect([Leg.Net, Leg.Long, Leg.Short].map((leg) => ledger.positionQty(0, PERP, leg))).toEqual([0, 5, -9]);
  });
});

describe("linear perpetuals", () => {
  test("only what is realised reaches the cash; a flip is a close and an open", () => {
    const t = new TestLedger();
    t.move(USDT, CashCause.Deposit, units("100"));
    t.fill(Buy, 10_000, 1_000, { instrument: PERP, fee: units("0.1") });
    expect(look(t, PERP)).toEqual({ position: 1_000, usdt: "99.9", eth: "0", realized: "0", cost: "100" });
    t.fill(Sell, 12_000, 1_500, { instrument: PERP });
    expect(look(t, PERP)).toEqual({ position: -500, usdt: "119.9", eth: "0", realized: "20", cost: "60" });
    expect(wideText(t.ledger.unrealizedPnl(0, PERP, 0, 11_000, new Wide()), 18)).toBe("5");
    t.fill(Buy, 11_000, 500, { instrument: PERP });
    expect(look(t, PERP)).toEqual({ position: 0, usdt: "124.9", eth: "0", realized: "25", cost: "0" });
    expect(wideText(t.ledger.cashByCause(0, USDT, CashCause.RealizedPnl, new Wide()), 18)).toBe("25");
  });

  test("thirds: shares are rounded down and the last one takes the rest", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 3, { instrument: PERP, amount: 100n });
    for (const cost of [67n, 34n, 0n]) {
      t.fill(Sell, 10_000, 1, { instrument: PERP, amount: 40n });
      expect(big(t.ledger.cost(0, PERP, 0, new Wide()))).toBe(cost);
    }
    expect(big(t.ledger.realizedPnl(0, PERP, 0, new Wide()))).toBe(20n);
  });
});

describe("busts, revisions, refusals", () => {
  test("a bust at once gives back quantity, cash and fee; the hash shows the history in its counters only", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 1_000, { fee: units("0.0014"), feeAsset: ETH });
    const before = look(t);
    t.fill(Buy, 12_000, 500, { fee: units("0.0007"), feeAsset: ETH });
    t.fill(Buy, 12_000, 500, { fee: units("0.0007"), feeAsset: ETH, bust: true });
    const after = look(t);
    expect([after.position, after.usdt, after.eth]).toEqual([before.position, before.usdt, before.eth]);
    // Realised is recomputed at the average of both, so it and the cost moved by the same amount.
    expect(units(after.realized) - units(after.cost)).toBe(units(before.realized) - units(before.cost));
    expect(t.ledger.rows()[0]!.fillCount).toBe(1);
  });

  test("a larger scale multiplies positions exactly, dust included; a late fill of the old revision is converted", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 1_000, { fee: units("0.0014"), feeAsset: ETH });
    t.define({ ...INSTRUMENTS[SPOT]!, revision: 2, qtyScale: 5, priceScale: 4 });
    expect(t.ledger.positionQty(0, SPOT, 0)).toBe(99_860);
    expect(t.ledger.instancePositionQty(1, 0, SPOT, 0)).toBe(99_860);
    t.fill(Buy, 10_000, 1_000, { revision: 1 });
    t.fill(Buy, 1_000_000, 100_000, { revision: 2 });
    expect(look(t)).toMatchObject({ position: 299_860, usdt: "-300", eth: "2.9986", cost: "300" });
    expect(wideText(t.ledger.unrealizedPnl(0, SPOT, 0, 1_000_000, new Wide()), 18)).toBe("-0.14");
    t.fill(Buy, 1, 1, { revision: 3 });
    expect(t.ledger.lastRefusal).toBe(Refusal.RevisionUnknown);
  });

  test("what makes no sense is refused whole and counted", () => {
    const t = new TestLedger();
    const hash = t.hash.text();
    const cases: [refusal: Refusal, act: () => void][] = [
      [Refusal.RangeExceeded, () => t.fill(Buy, 0, 1, { instrument: INVERSE })], // No price, no amount.
      [Refusal.InstrumentUnknown, () => t.fill(Buy, 1, 1, { instrument: 77 })],
      [Refusal.AssetUnknown, () => t.fill(Buy, 1, 1, { fee: 1n, feeAsset: 9 })],
      [Refusal.AssetUnknown, () => t.move(9, CashCause.Deposit, 1n)],
      [Refusal.Malformed, () => t.move(USDT, 99 as CashCause, 1n)],
      [Refusal.Malformed, () => t.fill(Buy, 1, 0)],
      [Refusal.Malformed, () => t.fill(Buy, -1, 1)],
      [Refusal.Malformed, () => t.fill(Buy, 1, 1.5)],
      [Refusal.Malformed, () => t.fill(3 as Side, 1, 1)],
      [Refusal.Malformed, () => t.fill(Buy, 1, 1, { leg: 3 })],
      [Refusal.Malformed, () => t.fill(Buy, 1, 1, { account: 64 })],
      [Refusal.Malformed, () => t.fill(Buy, 1, 1, { amount: -1n })],
      [Refusal.RangeExceeded, () => t.fill(Buy, 2 ** 53 - 1, 2 ** 52)],
      [Refusal.RangeExceeded, () => t.fill(Buy, 0, 2 ** 53 - 1)],
      [Refusal.RevisionUnknown, () => t.fill(Buy, 1, 1, { revision: 2 })],
    ];
    cases.forEach(([refusal, act], i) => {
      act();
      expect([Refusal[t.ledger.lastRefusal], t.ledger.refusedCount]).toEqual([Refusal[refusal]!, i + 1]);
    });
    expect(t.ledger.rows()).toEqual([]);
    expect(t.ledger.cashRows()).toEqual([]);
    expect(t.hash.text()).not.toBe(hash); // The counters are part of D.
    t.ledger.apply(new TradingRecord().reset(RecordKind.StateCell));
    expect(t.ledger.refusedCount).toBe(cases.length);
  });

  test("assets are dense and unique", () => {
    const t = new TestLedger();
    expect([t.ledger.assetId("BNB"), t.ledger.assetCode(1), t.ledger.assetId("XRP")]).toEqual([2, "ETH", undefined]);
    expect(t.ledger.assetCodes()).toEqual(["USDT", "ETH", "BNB"]);
  });
});
