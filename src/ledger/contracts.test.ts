/** Contracts by examples: inverse profit, contract sizes, funding shares, adjustments, leverage, breaks. */

import { describe, expect, test } from "bun:test";
import { wideText } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { CashCause, Leg, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { Adjuster } from "./adjuster.ts";
import { FundingShares } from "./funding_shares.ts";
import { PositionTable } from "./position_table.ts";
import { Refusal } from "./refusal.ts";
import { isKnownKind, LedgerTables } from "./tables.ts";
import { big, ETH, INSTRUMENTS, INVERSE, limbs, PERP, SPOT, TestLedger, USDT } from "./test_kit.ts";
import { unrealizedAt } from "./unrealized.ts";

const { Buy, Sell } = Side;
const text = (w: Wide) => wideText(w, 18);

function send(t: TestLedger, kind: RecordKind, columns: Partial<TradingRecord>): void {
  t.ledger.apply(Object.assign(new TradingRecord().reset(kind), { instrumentRevision: 1 }, columns));
}

describe("inverse perpetuals", () => {
  test("a long of 1000 USD from 100 to 125 earns 1000 · (1/100 − 1/125) = 2 of the base asset", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 1_000_000, { instrument: INVERSE });
    const out = new Wide();
    expect(text(t.ledger.cost(0, INVERSE, 0, out))).toBe("10");
    expect(t.ledger.averageEntry(0, INVERSE, 0)).toBe(100);
    expect(text(t.ledger.unrealizedPnl(0, INVERSE, 0, 12_500, out))).toBe("2");
    t.fill(Sell, 12_500, 1_000_000, { instrument: INVERSE });
    expect(text(t.ledger.realizedPnl(0, INVERSE, 0, out))).toBe("2");
    expect([text(t.ledger.cash(0, ETH, out)), text(t.ledger.cash(0, USDT, out))]).toEqual(["2", "0"]);
  });

  test("a short loses the same; thirds are cut at the 18th decimal, and flat everything is settled", () => {
    const t = new TestLedger();
    t.fill(Sell, 30_000, 1_000_000, { instrument: INVERSE }); // 1000 / 300 = 3.333…
    const out = new Wide();
    expect(text(t.ledger.cost(0, INVERSE, 0, out))).toBe("3.333333333333333333");
    t.fill(Buy, 40_000, 300_000, { instrument: INVERSE });
    t.fill(Buy, 70_000, 700_000, { instrument: INVERSE });
    expect(t.ledger.positionQty(0, INVERSE, 0)).toBe(0);
    // 0.75 + 1 − 3.333… : what was opened for, less what it took to close, exactly.
    expect(text(t.ledger.cash(0, ETH, out))).toBe("-1.583333333333333333");
  });

  test("contracts of 100 USD, and linear ones of 0.01", () => {
    const t = new TestLedger();
    const more: Instrument[] = [
      { ...(INSTRUMENTS[INVERSE] as Instrument), id: 3, name: "test:I", venueSymbol: "I", contractSize: 100 },
      {
        ...(INSTRUMENTS[PERP] as Instrument),
        id: 4,
        name: "test:L",
        venueSymbol: "L",
        contractSize: 1,
        contractScale: 2,
      },
    ];
    for (const instrument of more) t.define(instrument);
    const out = new Wide();
    t.fill(Buy, 10_000, 10_000, { instrument: 3 });
    expect(text(t.ledger.cost(0, 3, 0, out))).toBe("10");
    t.fill(Buy, 10_000, 1_000, { instrument: 4 });
    expect([text(t.ledger.cost(0, 4, 0, out)), t.ledger.averageEntry(0, 4, 0)]).toEqual(["1", 100]);
    expect(text(t.ledger.unrealizedPnl(0, 4, 0, 11_000, out))).toBe("0.1");
  });
});

describe("parts of instances", () => {
  test("each has an average of its own; what both have made sums to the account's", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 1_000, { instrument: PERP, instance: 1 });
    t.fill(Sell, 12_000, 1_000, { instrument: PERP, instance: 2 });
    const out = new Wide();
    expect(text(t.ledger.realizedPnl(0, PERP, 0, out))).toBe("20");
    const [one, two] = [1, 2].map((i) => t.ledger.instancePosition(i, 0, PERP, 0));
    expect([one, two].map((p) => [p?.holding.qty, text(p?.realized as Wide), text(p?.cost as Wide)])).toEqual([
      [1_000, "0", "100"],
      [-1_000, "0", "120"],
    ]);
    expect([1, 2].map((i) => t.ledger.averageEntry(0, PERP, 0, i))).toEqual([100, 120]);
    const at = (p: typeof one) => {
      expect(unrealizedAt(out, p as never, INSTRUMENTS[PERP] as Instrument, 11_000)).toBe(true);
      return text(out);
    };
    expect([at(one), at(two)]).toEqual(["10", "10"]);
    expect(t.ledger.partsOf(0, PERP, 0).length).toBe(2);
  });

  test("funding is shared by what each holds, a short one's against a long one's; the hand takes the remainder", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 4, { instrument: PERP, instance: 1 });
    t.fill(Sell, 10_000, 1, { instrument: PERP, instance: 2 });
    const fund = (amount: bigint) => {
      const [amountHi, amountLo] = limbs(amount);
      send(t, RecordKind.CashMoved, { code: CashCause.Funding, instrument: PERP, asset: USDT, amountHi, amountLo });
    };
    fund(-10n); // −10 · 4/3 = −13.3, +10 · 1/3 = 3.3
    const shares = () => [0, 1, 2].map((i) => big(t.ledger.instancePosition(i, 0, PERP, 0)?.funding ?? new Wide()));
    expect(shares()).toEqual([0n, -13n, 3n]);
    fund(-1n);
    expect(shares()).toEqual([0n, -14n, 3n]); // −1.3 and 0.3, cut; they sum to −1.
    fund(5n);
    expect(shares()).toEqual([0n, -8n, 2n]);
    t.fill(Sell, 10_000, 3, { instrument: PERP, instance: 2 });
    fund(-7n); // Came late: nobody holds anything.
    expect(shares()).toEqual([-7n, -8n, 2n]);
    expect(big(t.ledger.cash(0, USDT, new Wide()))).toBe(-13n);
  });
});

describe("what operators and venues state", () => {
  test("an adjustment sets the position, realises nothing, moves no cash, and the named instance takes the difference", () => {
    const t = new TestLedger();
    t.fill(Buy, 10_000, 1_000, { instrument: PERP, instance: 1 });
    const out = new Wide();
    send(t, RecordKind.PositionAdjusted, { instrument: PERP, instance: 1, side: Buy, qty: 400 });
    expect([t.ledger.positionQty(0, PERP, 0), t.ledger.instancePositionQty(1, 0, PERP, 0)]).toEqual([400, 400]);
    expect([text(t.ledger.cost(0, PERP, 0, out)), text(t.ledger.realizedPnl(0, PERP, 0, out))]).toEqual(["40", "0"]);
    send(t, RecordKind.PositionAdjusted, { instrument: PERP, side: Sell, qty: 100, price: 12_000 });
    expect([t.ledger.positionQty(0, PERP, 0), t.ledger.instancePositionQty(0, 0, PERP, 0)]).toEqual([-100, -500]);
    expect(text(t.ledger.cost(0, PERP, 0, out))).toBe("12");
    expect(t.ledger.cashRows()).toEqual([]);
    send(t, RecordKind.PositionAdjusted, { instrument: PERP, qty: 0 });
    expect([t.ledger.positionQty(0, PERP, 0), text(t.ledger.cost(0, PERP, 0, out))]).toEqual([0, "0"]);
    expect(t.ledger.adjustedWithoutPrice).toBe(0);
    send(t, RecordKind.PositionAdjusted, { instrument: PERP, side: Buy, qty: 5 });
    expect([t.ledger.adjustedWithoutPrice, t.ledger.refusedCount]).toEqual([1, 0]);
    send(t, RecordKind.PositionAdjusted, { instrument: PERP, side: 7, qty: 5 });
    send(t, RecordKind.PositionAdjusted, { instrument: 99, side: Buy, qty: 5 });
    expect([t.ledger.refusedCount, t.ledger.lastRefusal]).toEqual([2, Refusal.InstrumentUnknown]);
    expect(new Adjuster(new LedgerTables(t.ledger.limits, t.hash, t.instruments)).wasWithoutPrice).toBe(false);
  });

  test("leverage of contracts; none of spot; a broken balance is marked until it is adjusted", () => {
    const t = new TestLedger();
    send(t, RecordKind.LeverageSet, { instrument: PERP, qty: 2_000 });
    expect([t.ledger.leverage(0, PERP), t.ledger.leverage(1, PERP)]).toEqual([2_000, 100]);
    send(t, RecordKind.LeverageSet, { instrument: SPOT, qty: 2_000 });
    send(t, RecordKind.LeverageSet, { instrument: PERP, qty: 20_001 });
    expect([t.ledger.refusedCount, t.ledger.leverage(0, SPOT)]).toEqual([2, 100]);
    const [amountHi, amountLo] = limbs(-5n);
    send(t, RecordKind.CashBroken, { asset: USDT, amountHi, amountLo });
    expect([t.ledger.breaks.count, big(t.ledger.breaks.get(0, USDT)?.theirs as Wide)]).toEqual([1, -5n]);
    t.move(USDT, CashCause.Deposit, -5n);
    expect(t.ledger.breaks.count).toBe(1);
    t.move(USDT, CashCause.Adjustment, -5n);
    expect(t.ledger.breaks.count).toBe(0);
    send(t, RecordKind.CashBroken, { asset: 9 });
    expect(t.ledger.lastRefusal).toBe(Refusal.AssetUnknown);
  });

  test("parts of the room that others build on", () => {
    const t = new TestLedger();
    const tables = new LedgerTables(t.ledger.limits, t.hash, t.instruments);
    expect(tables.positions).toBeInstanceOf(PositionTable);
    new FundingShares(tables).post(new TradingRecord(), new Wide().setInt(5));
    expect(tables.positions.wholes).toEqual([]);
    expect([0, 1, 3, 4].map(isKnownKind)).toEqual([false, true, true, false]);
    const row = tables.positions.take(0, INSTRUMENTS[PERP] as Instrument, Leg.Long);
    expect([tables.positions.find(0, PERP, Leg.Long) === row, tables.positions.partsOf(0, PERP, Leg.Long)]).toEqual([
      true,
      [],
    ]);
  });
});
