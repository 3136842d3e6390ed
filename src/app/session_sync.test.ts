/** Limits of the configuration: set once, set late when a venue tells late, and never over what was set by hand. */

import { describe, expect, test } from "bun:test";
import { Desk, ETH } from "../engine/engine.testing.ts";
import { InstrumentKind } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { limitsRecord } from "../risk/limit_set.ts";
import type { LimitsConfig } from "./config_schema.ts";
import { SessionSync } from "./session_sync.ts";

const LATE = "binance:BTC-USDT";
const CONFIGS: readonly LimitsConfig[] = [
  { scope: "firm", maxOpenOrders: 10 },
  { scope: "instrument", key: LATE, maxOpenOrders: 5 },
];

function setByHand(d: Desk): void {
  const record = new TradingRecord();
  limitsRecord(record, { scope: "firm", key: 0, version: 2, maxOpenOrders: 1 }, d.limits);
  d.engine.define(record, d.nowUs);
}

const defineLate = (sync: SessionSync) => {
  const { id: _id, revision: _revision, ...draft } = ETH;
  sync.instruments([{ ...draft, name: LATE, venueSymbol: "BTCUSDT", base: "BTC" }]);
};

describe("limits of the configuration", () => {
  test.each([true, false])(
    "new: %p; the late instrument gets its own, the firm keeps what was set by hand",
    (isNew) => {
      const d = new Desk();
      const sync = new SessionSync(d.engine, () => d.nowUs);
      expect(sync.limits(CONFIGS, isNew).map(({ detail }) => detail)).toEqual([`limits: no instrument ${LATE}`]);
      expect(d.state.risk.level(Scope.Firm, 0).set.maxOpenOrders).toBe(10);
      setByHand(d);
      defineLate(sync);
      expect(sync.limits(CONFIGS, isNew)).toEqual([]);
      const { risk } = d.state;
      expect([risk.level(Scope.Firm, 0).set.maxOpenOrders, risk.level(Scope.Instrument, 1).set.maxOpenOrders]).toEqual([
        1, 5,
      ]);
    },
  );

  test("the next session sets all of them when they are new, and none when they are not", () => {
    const d = new Desk();
    const first = new SessionSync(d.engine, () => d.nowUs);
    defineLate(first);
    first.limits(CONFIGS, true);
    setByHand(d);
    const before = d.state.record;
    new SessionSync(d.engine, () => d.nowUs).limits(CONFIGS, false);
    expect(d.state.record).toBe(before);
    new SessionSync(d.engine, () => d.nowUs).limits(CONFIGS, true);
    expect(d.kinds(before)).toEqual([RecordKind[RecordKind.LimitsSet], RecordKind[RecordKind.LimitsSet]].map(String));
    expect(d.state.risk.level(Scope.Firm, 0).set.maxOpenOrders).toBe(10);
  });
});

describe("a listing with more decimals than before", () => {
  test("waits while orders are open: their prices would be read at the wrong scale", () => {
    const d = new Desk();
    d.quote(26_800_000, 26_801_000);
    const problems: string[] = [];
    const sync = new SessionSync(
      d.engine,
      () => d.nowUs,
      ({ code }) => problems.push(code),
    );
    const { id: _id, revision: _revision, ...listing } = ETH;
    const finer = { ...listing, priceScale: listing.priceScale + 1, tick: 1 };
    const order = d.place(26_800_000, 1_000_000);
    expect(sync.instruments([finer])).toEqual([ETH]);
    expect(problems).toEqual(["Conflict"]);
    d.report(RecordKind.OrderRejected, order);
    expect(sync.instruments([finer])[0]).toMatchObject({ revision: 2, priceScale: listing.priceScale + 1 });
    expect(problems).toHaveLength(1);
    const other = { ...finer, kind: InstrumentKind.LinearPerpetual, contractSize: 10 };
    expect(sync.instruments([other])[0]).toMatchObject({ revision: 2, kind: InstrumentKind.Spot });
    expect(problems).toEqual(["Conflict", "Conflict"]);
  });
});
