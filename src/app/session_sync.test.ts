/** Limits of the configuration: set once, set late when a venue tells late, and never over what was set by hand. */

import { describe, expect, test } from "bun:test";
import { Desk, ETH } from "../engine/engine.testing.ts";
import { InstrumentKind } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { ACCOUNT_REAL } from "../risk/arming.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import type { LimitsConfig } from "./config_schema.ts";
import { SessionSync } from "./session_sync.ts";

const LATE = "binance:BTC-USDT";
const CONFIGS: readonly LimitsConfig[] = [
  { scope: "firm", maxOpenOrders: 10 },
  { scope: "instrument", key: LATE, maxOpenOrders: 5 },
];

function setByHand(d: Desk, more: object = {}): void {
  const record = new TradingRecord();
  limitsRecord(record, { scope: "firm", key: 0, version: 2, maxOpenOrders: 1, ...more }, d.limits);
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

describe("an account that was armed under other limits", () => {
  const FIRM = { scope: "firm", maxOpenOrders: 10, maxOrderValue: "1000" } as const;

  /** Account 1. */
  function armed(): Desk {
    const d = new Desk();
    const define = (kind: RecordKind, fields: Partial<TradingRecord>) =>
      d.engine.define(Object.assign(new TradingRecord().reset(kind), { account: 1, ...fields }), d.nowUs);
    define(RecordKind.AccountOpened, { text: "desk", flags: ACCOUNT_REAL });
    new SessionSync(d.engine, () => d.nowUs).limits([FIRM, { scope: "account", key: "desk", maxOpenOrders: 4 }], true);
    define(RecordKind.AccountArmed, { flags: 1, text: "build@place" });
    expect(d.state.risk.arming.isArmed(1)).toBe(true);
    return d;
  }

  function restarted(d: Desk, config: LimitsConfig, isNew = true) {
    const told: string[] = [];
    const before = d.state.record;
    const sync = new SessionSync(
      d.engine,
      () => d.nowUs,
      ({ code, detail }) => told.push(`${code} ${detail}`),
    );
    expect(sync.limits([config], isNew)).toEqual([]);
    return { isArmed: d.state.risk.arming.isArmed(1), told, kinds: d.kinds(before) };
  }

  test("a limit that the configuration raises disarms it first, and is told by name", () => {
    const d = armed();
    const { isArmed, told, kinds } = restarted(d, { ...FIRM, maxOrderValue: "5000" });
    expect([isArmed, kinds]).toEqual([false, ["AccountArmed", "LimitsSet"]]);
    expect(told).toEqual(["LimitsLoosened desk: firm: maxOrderValue 1000 → 5000"]);
    expect(d.state.risk.level(Scope.Firm, 0).text).toContain("5000");
  });

  test("one that is taken away does so too, and one that was lowered by hand since", () => {
    const { maxOrderValue: _gone, ...less } = FIRM;
    expect(restarted(armed(), less).isArmed).toBe(false);
    const d = armed();
    setByHand(d, { maxOrderValue: "1000" });
    expect(restarted(d, FIRM)).toMatchObject({ isArmed: false });
  });

  test("the same or tighter limits, and limits that are not new, leave it armed", () => {
    expect(restarted(armed(), FIRM)).toMatchObject({ isArmed: true, told: [], kinds: ["LimitsSet"] });
    expect(restarted(armed(), { ...FIRM, maxOpenOrders: 9, collarBps: 100 })).toMatchObject({
      isArmed: true,
      told: [],
    });
    expect(restarted(armed(), { ...FIRM, maxOpenOrders: 11 }, false)).toMatchObject({ isArmed: true, kinds: [] });
  });

  test("limits of another account are not its own", () => {
    const d = armed();
    const other = Object.assign(new TradingRecord().reset(RecordKind.AccountOpened), { account: 2, text: "other" });
    d.engine.define(other, d.nowUs);
    restarted(d, { scope: "account", key: "other", maxOpenOrders: 3 });
    expect(restarted(d, { scope: "account", key: "other", maxOpenOrders: 30 })).toMatchObject({
      isArmed: true,
      told: [],
    });
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
