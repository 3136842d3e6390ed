/** Controls beyond the basic ones: bands, slippage, duplicates, self-match, lists, hours, states, breakers, overrides; and their bytes. */

import { describe, expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import type { Wide } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, OrderFlag, Side } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord, TradingState } from "../model/record.ts";
import { ACCOUNT_REAL, Arming } from "./arming.ts";
import type { GateSource } from "./context.ts";
import { Control, LIVE_CONTROLS, LossAction } from "./control.ts";
import { DuplicateRing } from "./duplicates.ts";
import { Finding } from "./finding.ts";
import { isWithinHours } from "./gate_access.ts";
import { SumChecks } from "./gate_sums.ts";
import { LimitReader, readLimits } from "./limit_reader.ts";
import { LimitSet } from "./limit_set.ts";
import { OutcomeRing } from "./outcome_ring.ts";
import { OVERRIDE_US_MAX, Overrides, readOverride } from "./overrides.ts";
import { RiskLevel } from "./risk_level.ts";
import { RiskState } from "./risk_state.ts";
import { RoundTrips, TripOutcome } from "./round_trips.ts";
import { FULL, INSTRUMENT, NOW_US, TEST_LIMITS, TestDesk } from "./test_kit.ts";

const { Buy, Sell } = Side;

/** A desk whose firm has every basic limit wide open, and these. */
function desk(more: Partial<typeof FULL>): TestDesk {
  const wide = { maxOrderValue: "100000", maxOrderQty: "100", maxLongPosition: "1000", maxShortPosition: "1000" };
  const rate = { count: 100, windowUs: 1_000_000 };
  return new TestDesk({ ...FULL, ...wide, newOrders: rate, maxOpenOrders: 100, ...more });
}

/** Answers as told; the rest cannot be known. */
class Source implements GateSource {
  bandLow = 0;
  bandHigh = 0;
  gross = -1;
  net = -1;
  money = -1;
  free = -1;

  grossAfter(_scope: Scope, _order: unknown, _added: number, out: Wide): boolean {
    return put(out, this.gross);
  }
  netAfter(_scope: Scope, _order: unknown, _added: number, out: Wide): boolean {
    return put(out, this.net);
  }
  equity(_scope: Scope, _order: unknown, out: Wide): boolean {
    return put(out, this.money);
  }
  freeAfter(_order: unknown, _leaves: number, _price: number, out: Wide): boolean {
    return put(out, this.free);
  }
  readBand(): boolean {
    return this.bandLow > 0;
  }
}

function put(out: Wide, units: number): boolean {
  if (units < 0) return false;
  const amount = BigInt(units) * 10n ** 18n;
  out.setLimbs(Number(amount >> 53n), Number(amount & ((1n << 53n) - 1n)));
  return true;
}

describe("prices", () => {
  test("a band: both of its ends, one tick in and out; no past, no order", () => {
    const d = desk({ band: { bps: 100, windowUs: 5_000_000 } });
    const source = new Source();
    d.context.source = source;
    expect(d.limit(Buy, 10_000, 1_000).check()).toBe(Denial.NoReferencePrice);
    Object.assign(source, { bandLow: 9_950, bandHigh: 10_000 });
    const found = [10_045, 10_050, 9_900, 9_895].map((price) => d.limit(Buy, price, 1_000).check());
    expect(found).toEqual([Denial.None, Denial.PriceBand, Denial.None, Denial.PriceBand]);
  });

  test("slippage: unknown depth denies an opening market order, a cap binds exactly, an exit passes", () => {
    const d = desk({ slippageBps: 50 });
    expect(d.market(Buy, 1_000).check()).toBe(Denial.DepthUnknown);
    const found = [10_050, 10_051].map((price) => {
      d.context.expectedPrice = price;
      return d.market(Buy, 1_000).check();
    });
    expect(found).toEqual([Denial.None, Denial.SlippageCap]);
    d.context.expectedPrice = 0;
    expect(d.hold(1_000).market(Sell, 1_000).check()).toBe(Denial.None);
  });

  test("self-match: at the touch and beyond; the firm's orders only by setting; a market order without a known reach", () => {
    const own = desk({ selfMatch: "account" });
    Object.assign(own.context, { ownSellMin: 10_005, firmSellMin: 9_995, ownBuyMax: 9_990, firmBuyMax: 9_990 });
    expect([10_000, 10_005].map((price) => own.limit(Buy, price, 1_000).check())).toEqual([0, Denial.SelfMatch]);
    expect([9_995, 9_990].map((price) => own.limit(Sell, price, 1_000).check())).toEqual([0, Denial.SelfMatch]);
    expect(own.market(Buy, 1_000).check()).toBe(Denial.SelfMatch);
    own.context.worstPrice = 10_004;
    expect(own.market(Buy, 1_000).check()).toBe(Denial.None);
    const firm = desk({ selfMatch: "firm" });
    firm.context.firmSellMin = 9_995;
    expect(firm.limit(Buy, 10_000, 1_000).check()).toBe(Denial.SelfMatch);
  });
});

describe("duplicates", () => {
  test("the same order within the window, not another, not later; an exit may repeat itself", () => {
    const d = desk({ duplicateUs: 1_000 });
    d.limit(Buy, 10_000, 1_000);
    expect(d.check()).toBe(Denial.None);
    d.note(RecordKind.OrderIntent, NOW_US);
    expect(d.check()).toBe(Denial.DuplicateOrder);
    const others = [d.limit(Sell, 10_000, 1_000).check(), d.limit(Buy, 10_005, 1_000).check()];
    others.push(d.limit(Buy, 10_000, 1_002).check());
    d.context.nowUs = NOW_US + 999;
    expect(d.limit(Buy, 10_000, 1_000).check()).toBe(Denial.DuplicateOrder);
    d.context.nowUs = NOW_US + 1_000;
    expect([...others, d.limit(Buy, 10_000, 1_000).check()]).toEqual([0, 0, 0, 0]);
    d.context.nowUs = NOW_US;
    d.hold(-5_000);
    expect(d.limit(Buy, 10_000, 1_000).check()).toBe(Denial.None);
  });

  test("a ring that has gone round within the window cannot say no, so it says yes", () => {
    const ring = new DuplicateRing(new RowHash(), 4);
    const order = new TradingRecord().reset(RecordKind.OrderIntent);
    for (let i = 0; i < 4; i++) {
      Object.assign(order, { price: i + 1, timeUs: NOW_US + i });
      ring.note(order);
    }
    order.price = 99;
    expect(ring.has(order, NOW_US + 4, 10)).toBe(true);
    expect(ring.has(order, NOW_US + 4, 4)).toBe(false);
  });
});

describe("who may trade what", () => {
  test("lists and hours, at every level; exits pass", () => {
    const cases: [Partial<typeof FULL>, Denial][] = [
      [{ instruments: ["other"] }, Denial.InstrumentNotAllowed],
      [{ instruments: [INSTRUMENT.name] }, Denial.None],
      [{ venues: ["other"] }, Denial.VenueNotAllowed],
      [{ restricted: [INSTRUMENT.name] }, Denial.InstrumentRestricted],
      [{ hours: { from: "23:00", to: "23:01" } }, Denial.OutsideHours],
      [{ hours: { from: "00:00", to: "24:00" } }, Denial.None],
    ];
    for (const [more, expected] of cases) {
      const d = desk(more);
      expect(d.limit(Buy, 10_000, 1_000).check()).toBe(expected);
      expect(d.hold(-1_000).check()).toBe(Denial.None);
    }
  });

  test("hours over midnight belong to the day on which they begin", () => {
    const set = readLimits({ ...FULL, hours: { from: "22:00", to: "02:00", days: [5] } }, TEST_LIMITS).set;
    const at = (text: string) => isWithinHours(set, Date.parse(text) * 1_000);
    // 2026-11-20 is a Friday.
    const found = ["2026-11-20T21:59Z", "2026-11-20T22:00Z", "2026-11-21T01:59Z", "2026-11-21T02:00Z"].map(at);
    expect(found).toEqual([false, true, true, false]);
    expect(at("2026-11-20T01:00Z")).toBe(false); // Began on Thursday.
  });

  test("an account with real money needs every control, arming, and the approved build", () => {
    const d = desk({});
    d.context.isReal = true;
    expect(d.limit(Buy, 10_000, 1_000).check()).toBe(Denial.LimitMissing);
    expect(LIVE_CONTROLS & d.gate.detailA).not.toBe(0);
    const arming = new Arming(TEST_LIMITS, new RowHash());
    const record = new TradingRecord().reset(RecordKind.AccountOpened);
    const say = (kind: RecordKind, flags: number, text: string) =>
      arming.apply(Object.assign(record.reset(kind), { flags, text }));
    say(RecordKind.AccountOpened, 0, "paper");
    expect(arming.whyNot(0, "")).toBe(Denial.None);
    say(RecordKind.AccountOpened, ACCOUNT_REAL, "real");
    expect(arming.whyNot(0, "b1")).toBe(Denial.NotArmed);
    say(RecordKind.AccountArmed, 1, "b1");
    expect([arming.whyNot(0, "b1"), arming.whyNot(0, "b2"), arming.whyNot(0, "")]).toEqual([
      ...[Denial.None, Denial.BuildNotApproved, Denial.BuildNotApproved],
    ]);
    say(RecordKind.AccountArmed, 0, "b1");
    expect(arming.whyNot(0, "b1")).toBe(Denial.NotArmed);
  });

  test("trading states and breakers: exits pass, under a halt only marked ones; a cool-down ends by itself", () => {
    const d = desk({});
    const say = (kind: RecordKind, fields: Partial<TradingRecord>) => {
      const record = Object.assign(new TradingRecord().reset(kind), { scope: Scope.Firm, timeUs: NOW_US, ...fields });
      d.state.apply(record);
    };
    const asked = () => {
      d.hold(0);
      const opening = d.limit(Buy, 10_000, 1_000).check();
      const exit = d.hold(-1_000).check();
      d.order.flags = OrderFlag.ReduceOnly;
      return [opening, exit, d.check()];
    };
    say(RecordKind.TradingStateSet, { code: TradingState.Reducing });
    expect(asked()).toEqual([Denial.OnlyReducing, Denial.None, Denial.None]);
    say(RecordKind.TradingStateSet, { code: 77 });
    expect(asked()).toEqual([Denial.TradingHalted, Denial.TradingHalted, Denial.None]);
    say(RecordKind.TradingStateSet, { code: TradingState.Active });
    say(RecordKind.BreakerTripped, { code: Denial.DailyLoss, flags: LossAction.Halt });
    expect(asked()).toEqual([Denial.DailyLoss, Denial.TradingHalted, Denial.None]);
    say(RecordKind.BreakerReset, { code: Denial.DailyLoss });
    say(RecordKind.BreakerTripped, { code: Denial.RejectRatio, expireUs: NOW_US + 10 });
    expect(asked()).toEqual([Denial.RejectRatio, Denial.None, Denial.None]);
    d.context.nowUs = NOW_US + 10;
    expect(asked()).toEqual([Denial.None, Denial.None, Denial.None]);
  });

  test("the end of a cool-down forgets what it counted, and nothing else", () => {
    const d = desk({ maxDailyLoss: "100", maxLosingTrips: 5, rejectRatio: { orders: 4, bps: 5_000 } });
    const level = d.state.level(Scope.Firm, 0);
    const say = (kind: RecordKind, code: Denial, fields: Partial<TradingRecord> = {}) =>
      d.state.apply(
        Object.assign(new TradingRecord().reset(kind), { scope: Scope.Firm, timeUs: NOW_US, code, ...fields }),
      );
    say(RecordKind.ProfitMarked, 0, { expireUs: NOW_US + 1_000_000, amountLo: 7, feeLo: 9 });
    level.noteTrip(true);
    for (const code of [Denial.RejectRatio, Denial.RepeatedRefusals, Denial.RepeatedExecutions]) {
      say(RecordKind.BreakerTripped, code);
      say(RecordKind.BreakerReset, code);
      expect([level.dayEndUs, level.losingTrips, level.peak.lo]).toEqual([NOW_US + 1_000_000, 1, 9]);
    }
    say(RecordKind.BreakerTripped, Denial.LosingTrips);
    say(RecordKind.BreakerReset, Denial.LosingTrips);
    expect([level.dayEndUs, level.losingTrips]).toEqual([NOW_US + 1_000_000, 0]);
    say(RecordKind.BreakerTripped, Denial.DailyLoss);
    say(RecordKind.BreakerReset, Denial.DailyLoss);
    expect(level.dayEndUs).toBe(0);
  });
});

describe("sums and money", () => {
  test("gross, net, leverage and free balance bind at the unit; what cannot be valued denies", () => {
    const cases: [Partial<typeof FULL>, Partial<Source>, Denial][] = [
      [{ maxGrossValue: "100" }, {}, Denial.NoValuation],
      [{ maxGrossValue: "100" }, { gross: 100 }, Denial.None],
      [{ maxGrossValue: "100" }, { gross: 101 }, Denial.MaxGrossValue],
      [{ maxNetValue: "100" }, { net: 101 }, Denial.MaxNetValue],
      [{ maxNetValue: "100" }, { net: 100 }, Denial.None],
      [{ maxLeverage: 200 }, { gross: 200, money: 100 }, Denial.None],
      [{ maxLeverage: 200 }, { gross: 201, money: 100 }, Denial.MaxLeverage],
      [{ maxLeverage: 200 }, { gross: 0, money: 0 }, Denial.MaxLeverage],
      [{ maxLeverage: 200 }, { gross: 1 }, Denial.NoValuation],
      [{ minFreeBalance: "5" }, { free: 5 }, Denial.None],
      [{ minFreeBalance: "5" }, { free: 4 }, Denial.InsufficientBalance],
      [{ minFreeBalance: "5" }, {}, Denial.NoValuation],
    ];
    for (const [more, said, expected] of cases) {
      const d = desk(more);
      d.context.source = Object.assign(new Source(), said);
      expect([more, said, d.limit(Buy, 10_000, 1_000).check()]).toEqual([more, said, expected]);
      d.context.source = undefined;
      expect(d.hold(-1_000).check()).toBe(Denial.None); // An exit asks nobody.
    }
    expect(new SumChecks(new Finding()).finding.found).toBe(0);
  });

  test("amends have a rate of their own where it is set", () => {
    const d = desk({ amends: { count: 1, windowUs: 1_000 } });
    d.limit(Buy, 10_005, 1_000).order.kind = RecordKind.ReplaceIntent;
    Object.assign(d.context, { oldPrice: 10_000, oldLeavesQty: 1_000 });
    expect(d.check()).toBe(Denial.None);
    d.note(RecordKind.ReplaceIntent, NOW_US);
    expect(d.check()).toBe(Denial.AmendRate);
    expect(d.limit(Buy, 10_005, 1_000).check()).toBe(Denial.None);
  });

  test("positions of other accounts count at the instrument and the firm, not at the account", () => {
    const d = desk({ maxLongPosition: "2" });
    d.context.otherLongQty = 1_002;
    expect(d.limit(Buy, 10_000, 1_000).check()).toBe(Denial.MaxPosition);
    d.context.otherLongQty = 1_000;
    expect(d.check()).toBe(Denial.None);
  });
});

describe("overrides", () => {
  test("one order by hand, two names, five minutes, once; nothing but price and size", () => {
    const d = desk({ maxOrderQty: "0.5", duplicateUs: 1_000 });
    const text = JSON.stringify({ by: "ada", second: "bob", reason: "unwind" });
    const grant = (fields: Partial<TradingRecord>) => {
      const record = Object.assign(new TradingRecord().reset(RecordKind.OverrideGranted), {
        ...{ side: Buy, price: 10_000, qty: 1_000, timeUs: NOW_US, expireUs: NOW_US + 1_000, text, ...fields },
      });
      return d.state.overrides.grant(record);
    };
    expect(grant({ expireUs: NOW_US + OVERRIDE_US_MAX + 1 })).toBe(false);
    expect(grant({ text: JSON.stringify({ by: "ada", second: "Ada ", reason: "x" }) })).toBe(false);
    expect(grant({ text: "[" })).toBe(false);
    expect(grant({})).toBe(true);
    expect(d.limit(Buy, 10_000, 1_000).check()).toBe(Denial.MaxOrderQty); // Of an instance.
    d.order.instance = 0;
    expect(d.check()).toBe(Denial.None);
    d.note(RecordKind.OrderIntent, NOW_US);
    d.context.nowUs = NOW_US + 1_000;
    expect(d.check()).toBe(Denial.MaxOrderQty);
    expect(readOverride("{}")).toMatchObject({ code: "OverrideInvalid" });
    d.context.nowUs = NOW_US;
    for (const kind of [RecordKind.ReplaceIntent, RecordKind.OrderTriggered]) {
      expect(grant({ expireUs: NOW_US + 2_000 })).toBe(true);
      d.order.kind = kind;
      d.note(kind, NOW_US);
      expect([kind, d.state.overrides.count]).toEqual([kind, 0]); // An amend, and a held order that fires, use it up.
    }
    expect(grant({ expireUs: NOW_US + 2_000 })).toBe(true);
    d.order.flags = OrderFlag.Emulated;
    d.note(RecordKind.OrderIntent, NOW_US); // Only held: it is asked when it fires.
    expect(d.state.overrides.count).toBe(1);
    expect(new Overrides(new RowHash()).count).toBe(0);
  });
});

describe("round trips", () => {
  const trips = () => new RoundTrips(TEST_LIMITS, new RowHash());
  const fill = (of: RoundTrips, side: Side, price: number, qty: number, fields: Partial<TradingRecord> = {}) => {
    const record = Object.assign(new TradingRecord().reset(RecordKind.OrderFilled), {
      ...{ side, price, qty, instrumentRevision: 1, instance: 1, ...fields },
    });
    return of.apply(record, INSTRUMENT, 0, 1);
  };

  test("won, lost by the fee alone, flipped, with dust left, and a bust", () => {
    const of = trips();
    expect([fill(of, Buy, 100, 10), fill(of, Sell, 101, 10)]).toEqual([TripOutcome.None, TripOutcome.Won]);
    const fee = { feeLo: 200_000_000_000_000 }; // 0.0002, more than was won.
    expect([fill(of, Buy, 100, 10), fill(of, Sell, 101, 10, fee)]).toEqual([TripOutcome.None, TripOutcome.Lost]);
    expect([fill(of, Buy, 100, 10), fill(of, Sell, 90, 30)]).toEqual([TripOutcome.None, TripOutcome.Lost]);
    expect(of.get(1, 0, 0)?.qty).toBe(-20);
    expect(fill(of, Buy, 80, 19)).toBe(TripOutcome.Won); // One unit is below a lot.
    expect(of.get(1, 0, 0)?.qty).toBe(0);
    fill(of, Buy, 100, 10);
    expect(fill(of, Buy, 100, 10, { kind: RecordKind.FillBusted })).toBe(TripOutcome.None);
    expect(of.get(1, 0, 0)?.qty).toBe(0);
  });

  test("contracts count by their size, inverse ones in their base asset", () => {
    const of = trips();
    const at = (instrument: Instrument, side: Side, price: number, qty: number) => {
      const fields = { side, price, qty, instrumentRevision: 1, instance: 1 };
      return of.apply(Object.assign(new TradingRecord().reset(RecordKind.OrderFilled), fields), instrument, 0, -1);
    };
    const inverse = { ...INSTRUMENT, kind: InstrumentKind.InversePerpetual, contractSize: 100 };
    expect([at(inverse, Buy, 10_000, 10_000), at(inverse, Sell, 12_500, 10_000)]).toEqual([0, TripOutcome.Won]);
    // 1000 USD bought at 100 and sold at 125: 10 − 8 of the base asset.
    expect(of.get(1, 0, 0)?.closed.toNumber()).toBe(2e18);
    expect([at(inverse, Sell, 10_000, 10_000), at(inverse, Buy, 12_500, 10_000)]).toEqual([0, TripOutcome.Lost]);
    expect(of.get(1, 0, 0)?.closed.isZero()).toBe(true);
    const linear = { ...INSTRUMENT, kind: InstrumentKind.LinearPerpetual, contractSize: 1, contractScale: 2 };
    expect([at(linear, Buy, 10_000, 10_000), at(linear, Sell, 12_500, 10_000)]).toEqual([0, TripOutcome.Won]);
    expect(of.get(1, 0, 0)?.closed.toNumber()).toBe(25e17); // 25 · 10 · 0.01.
  });

  test("what is closed is what came in less what went out", () => {
    const of = trips();
    for (const [side, price, qty] of [
      [Buy, 100, 10],
      [Buy, 110, 10],
      [Sell, 120, 20],
    ] as const)
      fill(of, side, price, qty);
    // 2400 − 2100 at scale 5 = 0.003.
    expect(of.get(1, 0, 0)?.closed.toNumber()).toBe(3e15);
  });
});

describe("bytes", () => {
  test("a state of everything comes back with the same hash and the same answers", () => {
    const d = desk({
      duplicateUs: 1_000,
      rejectRatio: { orders: 5, bps: 10 },
      executions: { count: 9, windowUs: 1_000 },
    });
    d.set({ scope: "venue", key: 0, venue: "v", version: 1, maxOrderQty: "1" });
    d.set({
      scope: "account",
      key: 1,
      version: 1,
      refusals: { count: 3, windowUs: 5 },
      amends: { count: 2, windowUs: 9 },
    });
    const say = (kind: RecordKind, fields: Partial<TradingRecord> = {}) =>
      d.state.apply(Object.assign(new TradingRecord().copyFrom(d.order, kind), { timeUs: NOW_US, ...fields }));
    const kinds = [RecordKind.OrderIntent, RecordKind.ReplaceIntent, RecordKind.CancelIntent, RecordKind.OrderRejected];
    for (const kind of [...kinds, RecordKind.OrderAccepted, RecordKind.OrderDenied]) say(kind, { account: 1 });
    say(RecordKind.Killed, { scope: Scope.Venue, text: "w" });
    say(RecordKind.Killed, { scope: Scope.Instrument, instrument: 7 });
    say(RecordKind.TradingStateSet, { scope: Scope.Instance, instance: 3, code: TradingState.Halted });
    say(RecordKind.BreakerTripped, { scope: Scope.Account, account: 1, code: 9, expireUs: NOW_US + 5, text: "why" });
    say(RecordKind.ProfitMarked, { scope: Scope.Firm, expireUs: 5, amountLo: 3, feeLo: 4 });
    say(RecordKind.AccountOpened, { account: 2, flags: ACCOUNT_REAL });
    say(RecordKind.AccountArmed, { account: 2, flags: 1, text: "b" });
    const text = JSON.stringify({ by: "a", second: "b", reason: "c" });
    say(RecordKind.OverrideGranted, { expireUs: NOW_US + 5, text, qty: 3 });
    say(RecordKind.Resumed, { scope: 99 });
    const out = new StateWriter();
    d.state.save(out);
    const hash = new RowHash();
    const loaded = new RiskState(TEST_LIMITS, hash);
    const reader = new StateReader(out.bytes());
    loaded.load(reader);
    expect([reader.isAtEnd, hash.text(), loaded.ignoredCount]).toEqual([true, d.hash.text(), 1]);
    const again = new StateWriter();
    loaded.save(again);
    expect(again.bytes()).toEqual(out.bytes());
    expect(loaded.venueLevel("v").set.maxOrderQty.mantissas[0]).toBe(1);
    expect(loaded.level(Scope.Account, 1).breaker(9)?.why).toBe("why");
    d.state.apply(d.order);
    loaded.apply(d.order);
    expect(hash.text()).toBe(d.hash.text());
  });

  test("an outcome ring that was cleared by a reset has no rejects after it was loaded either", () => {
    const ring = new OutcomeRing();
    ring.resize(4);
    for (let n = 0; n < 3; n++) ring.note(true);
    ring.clear();
    ring.note(false);
    const out = new StateWriter();
    ring.save(out);
    const loaded = new OutcomeRing();
    loaded.load(new StateReader(out.bytes()));
    expect([loaded.count, loaded.rejects]).toEqual([ring.count, ring.rejects]);
    for (let n = 0; n < 6; n++) for (const each of [ring, loaded]) each.note(n % 2 === 0);
    expect([loaded.count, loaded.rejects, loaded.mark]).toEqual([ring.count, ring.rejects, ring.mark]);
  });

  test("a level takes its row back when all is as it was; an outcome ring forgets the oldest", () => {
    const hash = new RowHash();
    const empty = hash.text();
    const level = new RiskLevel(hash, Scope.Firm, 0);
    level.setTradingState(TradingState.Halted);
    expect(hash.text()).not.toBe(empty);
    level.setTradingState(TradingState.Active);
    expect(hash.text()).toBe(empty);
    const ring = new OutcomeRing();
    ring.resize(3);
    for (const isReject of [true, true, false]) ring.note(isReject);
    expect([ring.isOver(6_000), ring.isOver(7_000)]).toEqual([true, false]);
    ring.note(false);
    expect(ring.rejects).toBe(1);
  });
});

test("each wrong field of a payload is a problem; a list that fits no record as well", () => {
  const wrong: Record<string, unknown>[] = [
    ...[{ band: { bps: 1, windowUs: 60_000_001 } }, { band: 3 }, { slippageBps: -1 }, { selfMatch: "all" }],
    ...[{ maxLeverage: 1.5 }, { onLoss: "sell" }, { maxLosingTrips: 0 }, { rejectRatio: { orders: 0, bps: 1 } }],
    ...[
      { instruments: "all" },
      { venues: [""] },
      { hours: { from: "8", to: "9" } },
      { hours: { from: "24:01", to: "1" } },
    ],
    ...[{ hours: { from: "08:00", to: "09:00", days: [0] } }, { executions: { count: 1 } }],
    { restricted: Array.from({ length: 200 }, (_, i) => `venue:LONG-NAME-OF-AN-INSTRUMENT-${i}`) },
  ];
  for (const fields of wrong) {
    expect([
      fields,
      readLimits({ scope: "firm", key: 0, version: 1, ...fields }, TEST_LIMITS).problems.length,
    ]).not.toEqual([...[fields, 0]]);
  }
  expect(readLimits({ scope: "venue", version: 1 }, TEST_LIMITS).problems.length).toBe(1);
  expect(readLimits({ scope: "instrument", key: 0, version: 1, maxGrossValue: "1" }, TEST_LIMITS).problems.length).toBe(
    1,
  );
  const reader = new LimitReader(TEST_LIMITS);
  reader.control(new LimitSet(), Scope.Firm, "nothing", 1);
  expect(reader.problems.length).toBe(1);
  expect(Control.Hours).toBe(2 ** 27);
});
