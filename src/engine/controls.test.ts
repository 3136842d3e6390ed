/** The engine's side of risk: sums equal a sum over everything, breakers trip and act, floods are counted, exits stay right. */

import { describe, expect, test } from "bun:test";
import { Wide } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import { OrderFlag, OrderState, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord, TradingState } from "../model/record.ts";
import { ACCOUNT_REAL } from "../risk/arming.ts";
import { GateContext } from "../risk/context.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import type { LimitsPayload } from "../risk/limits_payload.ts";
import { apply } from "./apply.ts";
import { BookWalk } from "./book_walk.ts";
import { BreakerWatch } from "./breaker_watch.ts";
import { ControlDesk } from "./control_desk.ts";
import { Controls } from "./controls.ts";
import { DenialFlood } from "./denial_flood.ts";
import { DurableState } from "./durable.ts";
import { Desk } from "./engine.testing.ts";
import { EquityCache } from "./equity_cache.ts";
import { ExposureSum } from "./exposure_row.ts";
import { Exposures } from "./exposures.ts";
import { Marks } from "./marks.ts";
import { BAND_WINDOW_US_MAX, PriceBands } from "./price_bands.ts";
import { ScopeValuation } from "./scope_valuation.ts";

const MID = 20_000_000; // 2,000 USDT
const UNIT = 1_000_000; // 1 ETH

function desk(...levels: Partial<LimitsPayload>[]): Desk {
  const d = new Desk();
  d.quote(MID - 100, MID + 100);
  for (const [at, level] of levels.entries()) setLimits(d, { scope: "firm", key: 0, version: at + 1, ...level });
  return d;
}

function setLimits(d: Desk, payload: LimitsPayload): void {
  const record = new TradingRecord();
  expect(limitsRecord(record, payload, d.limits)).toEqual([]);
  d.command(RecordKind.CommandSetLimits, { ...record, kind: RecordKind.CommandSetLimits });
}

function buy(d: Desk, qty: number, price = MID): number {
  const order = d.place(price, qty);
  d.report(RecordKind.OrderAccepted, order);
  return order;
}

/** Time passes, and the engine looks at the clock. */
function later(d: Desk, us: number): void {
  d.nowUs += us;
  d.engine.tick(d.nowUs);
}

let fills = 0;
function fill(d: Desk, order: number, price: number, fields: Partial<TradingRecord> = {}): void {
  d.report(RecordKind.OrderFilled, order, { price, fillId: `F${++fills}`, ...fields });
}

/** Buys `qty` for an instance and fills it. */
function hold(d: Desk, qty: number, instance = 0): void {
  const order = d.state.orders.nextOrder;
  d.command(RecordKind.CommandPlace, {
    ...{ price: MID, qty, side: Side.Buy, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc, instance },
  });
  fill(d, order, MID, { instance });
}

const lastDenial = (d: Desk) => d.records().findLast(({ kind }) => kind === RecordKind.OrderDenied)?.code;
const tripped = (d: Desk) => d.records().filter(({ kind }) => kind === RecordKind.BreakerTripped);

describe("exposures", () => {
  test("kept order by order, they equal what D alone gives", () => {
    const d = desk();
    hold(d, UNIT);
    const open = buy(d, 2 * UNIT, MID - 1_000);
    buy(d, UNIT, MID - 2_000);
    d.report(RecordKind.OrderFilled, open, { qty: UNIT, price: MID - 1_000, fillId: "part" });
    const kept = d.engine.controls.exposures;
    const anew = new Exposures(d.state, kept.marks);
    const numbers = (of: ExposureSum) => [of.gross, of.high, of.low].map((wide) => wide.toNumber());
    expect(numbers(kept.firm)).toEqual(numbers(anew.firm));
    expect(kept.firm.gross.toNumber()).toBe(8_000e18); // 2 held and 2 open at 2,000.
    expect([kept.firm.openOrders, anew.firm.openOrders]).toEqual([2, 2]);
    expect(kept.venueSum("binance-spot").openOrders).toBe(2);
    const reserved = (of: Exposures) => of.reserved(0, 0, 0, new Wide()).toNumber();
    expect([reserved(kept), reserved(anew)]).toEqual([3_999.7e18, 3_999.7e18]);
    d.command(RecordKind.CommandCancelAll);
    for (const order of [open, open + 1]) d.report(RecordKind.OrderCanceled, order);
    expect([kept.firm.openOrders, reserved(kept), kept.firm.gross.toNumber()]).toEqual([0, 0, 4_000e18]);
    expect(new ExposureSum().unvalued).toBe(0);
  });

  test("what an adjustment gave to an instance is still in its exposure after a restart", () => {
    const d = desk();
    hold(d, UNIT, 2);
    const adjusted = new TradingRecord().reset(RecordKind.PositionAdjusted);
    Object.assign(adjusted, { instance: 1, instrumentRevision: 1, side: Side.Buy, qty: 3 * UNIT, price: MID });
    d.engine.define(adjusted, d.nowUs);
    const kept = d.engine.controls.exposures;
    const anew = new Exposures(d.state, kept.marks);
    const gross = (of: Exposures, instance: number) => of.sum(Scope.Instance, instance).gross.toNumber();
    expect([gross(kept, 1), gross(kept, 2)]).toEqual([4_000e18, 2_000e18]);
    expect([gross(anew, 1), gross(anew, 2)]).toEqual([4_000e18, 2_000e18]);
  });

  test("equity is counted anew after its time, at once when it was not known, and after money has moved", () => {
    let asked = 0;
    let isKnown = false;
    const valuation = { profit: () => false, equity: () => ++asked > 0 && isKnown };
    const cache = new EquityCache();
    const read = (nowUs: number) => cache.read(valuation, Scope.Account, 0, nowUs, new Wide());
    expect([read(1e6), read(1e6)]).toEqual([false, false]);
    isKnown = true;
    expect([read(1e6), read(2e6 - 1), asked]).toEqual([true, true, 3]);
    read(2e6);
    cache.forget();
    read(2e6 + 1);
    expect(asked).toBe(5);
    cache.refresh(valuation, 2_500_000);
    expect([read(3_499_999), asked]).toEqual([true, 6]); // The grid has counted it, the order does not.
  });

  test("marks in another money go by its market; what has none is not valued", () => {
    const d = desk();
    const marks = new Marks(d.market, d.state, "USDT");
    const out = new Wide();
    expect([marks.refresh(0), marks.value(0, 2 * UNIT, out), out.toNumber()]).toEqual([true, true, 4_000e18]);
    expect(new Marks(d.market, d.state, "EUR").refresh(0)).toBe(false);
    const valuation = new ScopeValuation(d.state, marks);
    hold(d, UNIT);
    expect([valuation.profit(Scope.Firm, 0, out), out.toNumber()]).toEqual([true, 0]);
    d.quote(MID + 9_900, MID + 10_100);
    expect([valuation.profit(Scope.Instance, 0, out), out.toNumber()]).toEqual([true, 1e18]);
    expect(valuation.equity(Scope.Firm, 0, out)).toBe(true);
    const euros = new ScopeValuation(d.state, new Marks(d.market, d.state, "EUR"));
    expect([euros.profit(Scope.Firm, 0, out), euros.equity(Scope.Firm, 0, out)]).toEqual([false, false]);
  });
});

describe("prices", () => {
  test("the book is walked for the size; what it does not hold is not known", () => {
    const d = desk();
    const walk = new BookWalk();
    walk.walk(d.market.instrument(0), Side.Buy, 1e6);
    expect([walk.expectedPrice, walk.worstPrice]).toEqual([MID + 100, MID + 100]);
    walk.walk(d.market.instrument(0), Side.Sell, 1e6 + 1);
    expect([walk.expectedPrice, walk.worstPrice]).toEqual([0, 0]);
    const levels = { levels: () => 2, priceAt: (_: number, i: number) => 100 + i, qtyAt: () => 10 };
    walk.walk({ book: { valid: true, book: levels } } as never, Side.Buy, 13);
    expect([walk.expectedPrice, walk.worstPrice]).toEqual([101, 101]); // 100.23, against us.
    walk.walk({ book: { valid: true, book: levels }, askPrice: 0 } as never, Side.Buy, 21);
    expect(walk.expectedPrice).toBe(0);
  });

  test("bands remember lows and highs for their window and no longer", () => {
    const bands = new PriceBands();
    const at = 1_700_000_000_000_000;
    for (const [seconds, price] of [
      [0, 100],
      [1, 90],
      [30, 110],
    ] as const)
      bands.note(7, at + seconds * 1e6, price);
    expect([bands.read(7, at + 30e6, BAND_WINDOW_US_MAX), bands.low, bands.high]).toEqual([true, 90, 110]);
    expect([bands.read(7, at + 30e6, 1e6), bands.low, bands.high]).toEqual([true, 110, 110]);
    bands.note(7, at + 30e6, 120);
    bands.note(8, at + 30e6, 5);
    expect([bands.read(7, at + 30e6, 1e6), bands.low, bands.high]).toEqual([true, 110, 120]);
    expect([bands.read(8, at + 30e6, 1e6), bands.low, bands.high]).toEqual([true, 5, 5]);
    expect([bands.read(7, at + 30e6, 1e6), bands.low, bands.high]).toEqual([true, 110, 120]);
    expect(bands.read(7, at + 200e6, 5e6)).toBe(false);
    expect(bands.read(8, at, 1)).toBe(false);
    expect(bands.read(9, at + 30e6, 1e6)).toBe(false);
  });

  test("a reference that jumps is not followed; a market order through a thin book is denied", () => {
    const d = desk({ band: { bps: 100, windowUs: 5_000_000 }, slippageBps: 10 });
    later(d, 100_000);
    d.quote(22_000_000, 22_000_200);
    d.place(22_000_000, UNIT);
    expect(lastDenial(d)).toBe(Denial.PriceBand);
    const market = { side: Side.Buy, orderType: OrderType.Market, timeInForce: TimeInForce.Ioc };
    d.nowUs += 10_000_000;
    d.quote(22_000_000, 22_000_200);
    d.command(RecordKind.CommandPlace, { ...market, qty: 2 * UNIT });
    expect(lastDenial(d)).toBe(Denial.DepthUnknown);
  });
});

test("self-match is asked for at every level that sets it, the venue's too", () => {
  for (const at of [{}, { scope: "venue", venue: "binance-spot", version: 1 }] as Partial<LimitsPayload>[]) {
    const d = desk({}, {});
    setLimits(d, { scope: "firm", key: 0, version: 3, selfMatch: "account", ...at } as LimitsPayload);
    hold(d, UNIT);
    d.report(RecordKind.OrderAccepted, d.place(MID + 1_000, UNIT, Side.Sell));
    d.place(MID + 2_000, UNIT / 2);
    expect([at, lastDenial(d)]).toEqual([at, Denial.SelfMatch]);
  }
});

describe("breakers", () => {
  test("a loss of the day: what opens is cancelled and denied, exits pass, a person resets by name, a restart knows it", () => {
    const d = desk({ maxDailyLoss: "100", onLoss: "reduce" });
    later(d, 200_000);
    hold(d, UNIT);
    const open = buy(d, UNIT, MID - 5_000_00);
    d.nowUs += 200_000;
    d.quote(MID - 999_900, MID - 999_700); // 99.98 lost.
    later(d, 200_000);
    expect(tripped(d)).toEqual([]);
    d.nowUs += 200_000;
    d.quote(MID - 1_000_100, MID - 999_900);
    later(d, 200_000);
    expect(tripped(d)).toMatchObject([{ code: Denial.DailyLoss, scope: Scope.Firm }]);
    expect(d.state.orders.state(open)).toBe(OrderState.CancelSent);
    d.place(MID - 1_000_000, UNIT);
    expect(lastDenial(d)).toBe(Denial.DailyLoss);
    d.place(MID - 1_000_000, UNIT, Side.Sell);
    expect(d.state.orders.state(d.state.orders.nextOrder - 1)).toBe(OrderState.Sent);
    const again = new DurableState(d.limits);
    for (const record of d.records()) apply(again, record);
    expect([again.hash(), again.risk.level(Scope.Firm, 0).breakers.length]).toEqual([d.state.hash(), 1]);
    const reset = { scope: Scope.Firm, code: Denial.DailyLoss, text: "seen" };
    d.command(RecordKind.CommandResetBreaker, reset);
    expect(d.state.risk.level(Scope.Firm, 0).breakers.length).toBe(1); // Nobody's name.
    d.command(RecordKind.CommandResetBreaker, { ...reset, fillId: "ada" });
    later(d, 200_000);
    expect(d.state.risk.level(Scope.Firm, 0).breakers).toEqual([]);
  });

  test("what a breaker takes back is not held up by the rate of cancels", () => {
    const cancels = { count: 1, reserve: 1, windowUs: 60_000_000 };
    const d = desk({ maxDailyLoss: "100", onLoss: "reduce", cancels });
    later(d, 200_000);
    hold(d, UNIT);
    const open = [1, 2, 3, 4, 5].map((at) => buy(d, UNIT / 10, MID - 5_000_00 - 1_000 * at));
    d.nowUs += 200_000;
    d.quote(MID - 1_000_100, MID - 999_900);
    later(d, 200_000);
    expect(tripped(d)).toMatchObject([{ code: Denial.DailyLoss }]);
    expect(open.map((order) => OrderState[d.state.orders.state(order)])).toEqual(open.map(() => "CancelSent"));
    const more = [1, 2, 3].map((at) => {
      d.command(RecordKind.CommandResetBreaker, {
        scope: Scope.Firm,
        code: Denial.DailyLoss,
        fillId: "ada",
        text: "x",
      });
      return buy(d, UNIT / 10, MID - 5_500_00 - 1_000 * at);
    });
    d.command(RecordKind.CommandCancelAll, { text: "all" });
    expect(more.map((order) => OrderState[d.state.orders.state(order)])).toEqual(more.map(() => "CancelSent"));
  });

  test("a drawdown kills where it is told to; a new day begins with a clean count", () => {
    const d = desk({ maxDrawdown: "50", onLoss: "kill" }, { maxDailyLoss: "60", maxDrawdown: "50", onLoss: "kill" });
    hold(d, UNIT);
    later(d, 200_000);
    const first = d.state.risk.level(Scope.Firm, 0).dayEndUs;
    d.quote(MID + 999_900, MID + 1_000_100);
    later(d, 90_000_000_000);
    expect(d.state.risk.level(Scope.Firm, 0).dayEndUs).toBeGreaterThan(first);
    d.quote(MID + 499_900, MID + 500_100);
    later(d, 200_000);
    expect(tripped(d)).toMatchObject([{ code: Denial.Drawdown }]);
    expect(d.state.risk.kills.holds(Scope.Firm, 0)).toBe(true);
    expect(BreakerWatch.length).toBeGreaterThan(0);
  });

  test("lost round trips in a row, and executions without a word, of one instance; another goes on", () => {
    const d = desk();
    setLimits(d, {
      scope: "instance",
      key: 1,
      version: 1,
      maxLosingTrips: 2,
      executions: { count: 6, windowUs: 60_000_000 },
    });
    const trip = (price: number) => {
      hold(d, UNIT, 1);
      const order = d.state.orders.nextOrder;
      d.command(RecordKind.CommandPlace, {
        ...{ price, qty: UNIT, side: Side.Sell, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc, instance: 1 },
      });
      fill(d, order, price, { instance: 1 });
    };
    trip(MID - 100);
    trip(MID + 100);
    trip(MID - 100);
    expect(tripped(d)).toMatchObject([{ code: Denial.RepeatedExecutions, instance: 1 }]);
    const reset = { scope: Scope.Instance, instance: 1, fillId: "ada", text: "seen" };
    d.command(RecordKind.CommandResetBreaker, { ...reset, code: Denial.RepeatedExecutions });
    trip(MID - 100); // The loss of before still counts.
    expect(tripped(d).at(-1)).toMatchObject({ code: Denial.LosingTrips, instance: 1 });
    hold(d, UNIT, 2);
    expect(lastDenial(d)).toBeUndefined();
  });

  test("rejects: a share of the last answers trips, and its cool-down ends it by a record", () => {
    const d = desk({ rejectRatio: { orders: 4, bps: 5_000 }, coolDownUs: 1_000_000 });
    for (let i = 0; i < 4; i++) {
      const order = d.place(MID - 100 * i, UNIT);
      d.report(i < 3 ? RecordKind.OrderRejected : RecordKind.OrderAccepted, order);
    }
    expect(tripped(d)).toMatchObject([{ code: Denial.RejectRatio }]);
    d.place(MID - 700, UNIT);
    expect(lastDenial(d)).toBe(Denial.RejectRatio);
    later(d, 1_100_000);
    expect(d.kinds().at(-1)).toBe("BreakerReset");
    expect(d.state.orders.state(buy(d, UNIT))).toBe(OrderState.Open);
  });
});

describe("exits stay exits", () => {
  test("a person flattens under a halt; a strategy's exit waits; a kill stops both", () => {
    const d = desk();
    hold(d, UNIT);
    const halt = { scope: Scope.Firm, code: TradingState.Halted, fillId: "ada", text: "news" };
    d.command(RecordKind.CommandSetTradingState, halt);
    const market = { side: Side.Sell, orderType: OrderType.Market, timeInForce: TimeInForce.Ioc, qty: UNIT };
    d.command(RecordKind.CommandPlace, market);
    expect(lastDenial(d)).toBe(Denial.TradingHalted);
    d.command(RecordKind.CommandPlace, { ...market, flags: OrderFlag.ReduceOnly });
    expect(d.state.orders.state(d.state.orders.nextOrder - 1)).toBe(OrderState.Sent);
  });

  test("a spot account without base cannot sell, with base it can close; the balance that is missing is not unlimited", () => {
    const d = desk({ minFreeBalance: "0" });
    setLimits(d, { scope: "instrument", key: 0, version: 2, ...WIDE, maxShortPosition: "100" });
    d.place(MID, UNIT, Side.Sell);
    expect(lastDenial(d)).toBe(Denial.InsufficientBalance);
    hold(d, UNIT);
    d.place(MID, UNIT, Side.Sell);
    expect(d.state.orders.state(d.state.orders.nextOrder - 1)).toBe(OrderState.Sent);
    d.place(MID, UNIT, Side.Sell);
    expect(lastDenial(d)).toBe(Denial.InsufficientBalance);
  });

  test("a resting reduce-only order that would flip a position which has shrunk is cancelled", () => {
    const d = desk();
    hold(d, 3 * UNIT);
    const rest = d.state.orders.nextOrder;
    const sell = { side: Side.Sell, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc };
    d.command(RecordKind.CommandPlace, { ...sell, price: MID + 5_000, qty: UNIT, flags: OrderFlag.ReduceOnly });
    d.command(RecordKind.CommandPlace, { ...sell, price: MID + 6_000, qty: UNIT, flags: OrderFlag.ReduceOnly });
    for (const order of [rest, rest + 1]) d.report(RecordKind.OrderAccepted, order);
    d.command(RecordKind.CommandPlace, { ...sell, price: MID, qty: UNIT });
    fill(d, rest + 2, MID);
    expect([rest, rest + 1].map((order) => d.state.orders.state(order))).toEqual([OrderState.Open, OrderState.Open]);
    // Base leaves otherwise: a bust of what was bought.
    d.report(RecordKind.FillBusted, rest - 1, { fillId: `F${fills - 1}`, qty: 3 * UNIT, price: MID });
    const states = [rest, rest + 1].map((order) => d.state.orders.state(order));
    expect(states).toEqual([OrderState.CancelSent, OrderState.CancelSent]);
  });

  test("a live account opens nothing while no watchdog is heard; a paper account needs none", () => {
    const d = desk();
    const options = { market: d.market, build: "b1", gatewayOf: () => undefined };
    const controls = new Controls(d.engine.recorder, options);
    const order = new TradingRecord().reset(RecordKind.OrderIntent);
    const denialOf = (isGuarded: boolean) => {
      controls.isGuarded = () => isGuarded;
      const context = new GateContext();
      controls.fill(context, order, 0);
      return context.accountDenial;
    };
    expect([denialOf(true), denialOf(false)]).toEqual([Denial.None, Denial.None]);
    order.account = d.state.accounts.all().length;
    const opened = new TradingRecord().reset(RecordKind.AccountOpened);
    const { account } = order;
    d.engine.define(Object.assign(opened, { account, flags: ACCOUNT_REAL, text: "live" }), d.nowUs);
    // Not armed is told first: it is what a person can change.
    expect([denialOf(true), denialOf(false)]).toEqual([Denial.NotArmed, Denial.NotArmed]);
    const armed = new TradingRecord().reset(RecordKind.AccountArmed);
    d.engine.define(Object.assign(armed, { account, flags: 1, text: "b1" }), d.nowUs);
    expect([denialOf(true), denialOf(false)]).toEqual([Denial.None, Denial.WatchdogSilent]);
    // It was armed before anybody knew of places; from then on an arming holds at one place, whatever build it names.
    controls.placeOf = d.engine.controls.placeOf = () => "here";
    expect(denialOf(true)).toBe(Denial.BuildNotApproved);
    const arm = (build: string) =>
      d.command(RecordKind.CommandArm, { account, flags: 1, venueOrderId: build, fillId: "a", text: "b" });
    for (const [build, denial] of [
      ["b2", Denial.BuildNotApproved],
      ["b1", Denial.None],
    ] as const) {
      arm(build);
      expect([build, denialOf(true)]).toEqual([build, denial]);
    }
    controls.placeOf = () => "elsewhere";
    expect(denialOf(true)).toBe(Denial.BuildNotApproved);
  });

  test("openings wait while the account is not reconciled, exits do not", () => {
    const d = desk();
    hold(d, UNIT);
    d.engine.controls.isSynced = () => false;
    d.place(MID, UNIT);
    expect(lastDenial(d)).toBe(Denial.NotReady);
    d.place(MID, UNIT, Side.Sell);
    expect(d.state.orders.state(d.state.orders.nextOrder - 1)).toBe(OrderState.Sent);
  });
});

describe("floods and commands", () => {
  test("denials of one code beyond some a second are counted, and told once", () => {
    const d = desk({ maxOrderQty: "0.001" });
    expect(new DenialFlood(d.engine.recorder).isFlooding(1)).toBe(false);
    const flood = d.engine.controls.floods;
    const record = new TradingRecord().reset(RecordKind.OrderDenied);
    Object.assign(record, { instance: 3, code: Denial.MaxOrderQty, timeUs: d.nowUs });
    for (let i = 0; i < 16; i++) {
      expect(flood.isFlooding(3)).toBe(false);
      flood.note(record);
    }
    expect([flood.isFlooding(3), flood.isFlooding(4)]).toEqual([true, false]);
    expect([flood.take(3, Denial.MaxOrderQty), flood.take(3, Denial.KillSwitch)]).toEqual([true, false]);
    later(d, 1_100_000);
    const counted = d.records().filter(({ kind }) => kind === RecordKind.DenialsCounted);
    expect(counted).toMatchObject([{ instance: 3, code: Denial.MaxOrderQty, qty: 1 }]);
  });

  test("commands without a name, a reason or a known kind change nothing", () => {
    const d = desk();
    const before = d.state.record;
    for (const fields of [{ fillId: "ada" }, { text: "x" }, { fillId: "ada", text: "x", code: 9 }]) {
      d.command(RecordKind.CommandSetTradingState, { scope: Scope.Firm, ...fields });
    }
    d.command(RecordKind.CommandArm, { account: 5, fillId: "a", text: "b" });
    d.command(RecordKind.CommandOverride, { text: "{}" });
    expect(d.state.record).toBe(before);
    expect([ControlDesk.takes(RecordKind.CommandArm), ControlDesk.takes(RecordKind.CommandPlace)]).toEqual([
      true,
      false,
    ]);
    expect(Controls.length).toBe(2);
  });

  test("a kill of a venue: durable, its orders cancelled, resumed by its name alone", () => {
    const d = desk();
    const open = buy(d, UNIT);
    d.command(RecordKind.CommandKill, { scope: Scope.Venue, venueOrderId: "binance-spot", text: "news" });
    expect(d.state.orders.state(open)).toBe(OrderState.CancelSent);
    d.place(MID, UNIT);
    expect(lastDenial(d)).toBe(Denial.KillSwitch);
    d.command(RecordKind.CommandResume, { scope: Scope.Venue, venueOrderId: "elsewhere", text: "x" });
    expect(d.state.risk.kills.venues()).toEqual(["binance-spot"]);
    d.command(RecordKind.CommandResume, { scope: Scope.Venue, venueOrderId: "binance-spot", text: "over" });
    expect(d.state.risk.kills.count).toBe(0);
  });
});

const RATE = { count: 1_000, windowUs: 1_000_000 };
const WIDE = {
  ...{ maxOrderValue: "100000", maxOrderQty: "100", maxLongPosition: "100", collarBps: 5_000 },
  ...{ referenceAgeUsMax: 60_000_000, maxOpenOrders: 50, newOrders: RATE, cancels: RATE },
} as const;
