/** The gate, check by check: each bound one step below, at and above; exits; amends; cancels; release. */

import { describe, expect, test } from "bun:test";
import { AssertionFailed } from "../core/assert.ts";
import { Denial } from "../model/denial.ts";
import { InstrumentKind, Leg, OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { Control } from "./control.ts";
import { FULL, INSTRUMENT, NOW_US, TEST_LIMITS, TestDesk } from "./test_kit.ts";

const { Buy, Sell } = Side;
type Case = [name: string, arrange: (desk: TestDesk) => void, expected: Denial];

function table(cases: readonly Case[]): void {
  for (const [name, arrange, expected] of cases) {
    test(name, () => {
      const desk = new TestDesk(FULL);
      arrange(desk);
      expect(Denial[desk.check()]).toBe(Denial[expected]);
    });
  }
}

/** 8.000 contracts at 100.00. */
function contracts(desk: TestDesk, kind: InstrumentKind, size: number, scale: number, maxOrderValue: string): void {
  desk.limit(Buy, 10_000, 8_000).set({ ...FULL, version: 2, maxOrderValue });
  desk.context.instrument = { ...INSTRUMENT, kind, contractSize: size, contractScale: scale };
}

describe("contracts are valued in the quote asset", () => {
  const { InversePerpetual, LinearPerpetual } = InstrumentKind;
  table([
    ["inverse at: 8 × 10 USD", (d) => contracts(d, InversePerpetual, 10, 0, "80"), Denial.None],
    ["inverse below", (d) => contracts(d, InversePerpetual, 10, 0, "79.999999999999999999"), Denial.MaxOrderValue],
    ["linear at: 8 × 0.01 × 100", (d) => contracts(d, LinearPerpetual, 1, 2, "8"), Denial.None],
    ["linear below", (d) => contracts(d, LinearPerpetual, 1, 2, "7.999999999999999999"), Denial.MaxOrderValue],
    ["linear of tens", (d) => contracts(d, LinearPerpetual, 10, 0, "7999.999"), Denial.MaxOrderValue],
    ["minimum: 5, at 8 × 0.00625 × 100", (d) => contracts(d, LinearPerpetual, 625, 5, "100"), Denial.None],
    ["minimum: below", (d) => contracts(d, LinearPerpetual, 624, 5, "100"), Denial.NotionalBelowMinimum],
    ["inverse minimum: 8 × 0.625 USD", (d) => contracts(d, InversePerpetual, 625, 3, "100"), Denial.None],
    ["inverse minimum: below", (d) => contracts(d, InversePerpetual, 624, 3, "100"), Denial.NotionalBelowMinimum],
    ["no amount", (d) => contracts(d, LinearPerpetual, Number.MAX_SAFE_INTEGER, 0, "100"), Denial.NoValuation],
  ]);

  test("what was found and the bound are in the same unit", () => {
    const desk = new TestDesk(FULL);
    contracts(desk, InversePerpetual, 10, 0, "50");
    expect(desk.check()).toBe(Denial.MaxOrderValue);
    expect([desk.gate.detailA, desk.gate.detailB]).toEqual([80e5, 50e5]); // Scale 2 + 3.
  });
});

describe("boundaries: -1 step, at, +1 step", () => {
  table([
    ["tick - 1", (d) => d.limit(Buy, 9_999, 1_000), Denial.PriceIncrement],
    ["on the tick", (d) => d.limit(Buy, 10_005, 1_000), Denial.None],
    ["tick + 3: right precision, wrong increment", (d) => d.limit(Buy, 10_003, 1_000), Denial.PriceIncrement],
    ["lot - 1", (d) => d.limit(Buy, 10_000, 999), Denial.QtyIncrement],
    ["lot", (d) => d.limit(Buy, 10_000, 998), Denial.None],
    ["minimum quantity - 1 lot", (d) => d.limit(Buy, 60_000, 8), Denial.QtyBelowMinimum],
    ["maximum quantity + 1 lot", (d) => d.limit(Buy, 10_000, 9_002), Denial.QtyAboveMaximum],
    ["maximum quantity is not what denies", (d) => d.limit(Buy, 10_000, 9_000), Denial.MaxOrderQty],
    ["notional - 1 tick: 99.95 × 0.050", (d) => d.limit(Buy, 9_995, 50), Denial.NotionalBelowMinimum],
    ["notional at: 100.00 × 0.050", (d) => d.limit(Buy, 10_000, 50), Denial.None],
    ["collar - 1 tick", (d) => d.limit(Buy, 10_195, 1_000), Denial.None],
    ["collar at 2 %", (d) => d.limit(Buy, 10_200, 1_000), Denial.None],
    ["collar + 1 tick", (d) => d.limit(Buy, 10_205, 1_000), Denial.PriceCollar],
    ["collar below at 2 %", (d) => d.limit(Buy, 9_800, 1_000), Denial.None],
    ["collar below - 1 tick", (d) => d.limit(Buy, 9_795, 1_000), Denial.PriceCollar],
    [
      "order quantity at",
      (d) => d.limit(Buy, 10_000, 8_000).set({ ...FULL, version: 2, maxOrderValue: "5000" }),
      Denial.None,
    ],
    ["order quantity + 1 lot", (d) => d.limit(Buy, 10_000, 8_002), Denial.MaxOrderQty],
    [
      "order value at",
      (d) => d.limit(Buy, 10_000, 8_000).set({ ...FULL, version: 2, maxOrderValue: "800.00" }),
      Denial.None,
    ],
    [
      "order value + 1 lot",
      (d) => d.limit(Buy, 10_000, 8_000).set({ ...FULL, version: 2, maxOrderValue: "799.999999999999999999" }),
      Denial.MaxOrderValue,
    ],
    [
      "order value + 1 tick",
      (d) => d.limit(Buy, 10_005, 8_000).set({ ...FULL, version: 2, maxOrderValue: "800" }),
      Denial.MaxOrderValue,
    ],
    [
      "long at: 5 + 4 open + 1",
      (d) => {
        d.hold(5_000).context.openBuyQty = 4_000;
      },
      Denial.None,
    ],
    [
      "long + 1 lot",
      (d) => {
        d.hold(5_000).context.openBuyQty = 4_002;
      },
      Denial.MaxPosition,
    ],
    [
      "short at: -2 - 1 open - 1",
      (d) => {
        d.hold(-2_000).limit(Sell, 10_000, 1_000).context.openSellQty = 1_000;
      },
      Denial.None,
    ],
    [
      "short + 1 lot",
      (d) => {
        d.hold(-2_000).limit(Sell, 10_000, 1_002).context.openSellQty = 1_000;
      },
      Denial.MaxPosition,
    ],
    [
      "open sells do not make room for buys",
      (d) => {
        d.hold(9_500).context.openSellQty = 9_500;
      },
      Denial.MaxPosition,
    ],
    [
      "open orders at",
      (d) => {
        d.context.openCount = 9;
      },
      Denial.None,
    ],
    [
      "open orders + 1",
      (d) => {
        d.context.openCount = 10;
      },
      Denial.MaxOpenOrders,
    ],
    [
      "reference age at",
      (d) => {
        d.context.referenceAgeUs = 1_000_000;
      },
      Denial.None,
    ],
    [
      "reference age + 1 µs",
      (d) => {
        d.context.referenceAgeUs = 1_000_001;
      },
      Denial.StaleMarketData,
    ],
    [
      "reference age NaN",
      (d) => {
        d.context.referenceAgeUs = Number.NaN;
      },
      Denial.StaleMarketData,
    ],
    [
      "no reference",
      (d) => {
        d.context.referencePrice = 0;
      },
      Denial.NoReferencePrice,
    ],
    [
      "invalid reference",
      (d) => {
        d.context.referenceValid = false;
      },
      Denial.NoReferencePrice,
    ],
    [
      "market without reference",
      (d) => {
        d.market(Buy, 1_000).context.referencePrice = 0;
      },
      Denial.NoReferencePrice,
    ],
    [
      "journal just below half",
      (d) => {
        d.context.journalOccupancy = 0.49;
      },
      Denial.None,
    ],
    [
      "journal half full",
      (d) => {
        d.context.journalOccupancy = 0.5;
      },
      Denial.JournalBehind,
    ],
    [
      "journal NaN",
      (d) => {
        d.context.journalOccupancy = Number.NaN;
      },
      Denial.JournalBehind,
    ],
  ]);
});

describe("form", () => {
  table([
    ["market", (d) => d.market(Buy, 1_000), Denial.None],
    [
      "market is valued at the reference",
      (d) => {
        d.market(Buy, 8_000).set({ ...FULL, version: 2, maxOrderValue: "799.99" });
      },
      Denial.MaxOrderValue,
    ],
    [
      "market with a price",
      (d) => {
        d.market(Buy, 1_000).order.price = 5;
      },
      Denial.PriceInvalid,
    ],
    [
      "post-only market",
      (d) => {
        d.market(Buy, 1_000).order.flags = OrderFlag.PostOnly;
      },
      Denial.PostOnlyMarket,
    ],
    [
      "post-only IOC",
      (d) => {
        d.order.flags = OrderFlag.PostOnly;
        d.order.timeInForce = TimeInForce.Ioc;
      },
      Denial.UnsupportedType,
    ],
    [
      "post-only limit",
      (d) => {
        d.order.flags = OrderFlag.PostOnly;
      },
      Denial.None,
    ],
    [
      "unknown type",
      (d) => {
        d.order.orderType = 9;
      },
      Denial.UnsupportedType,
    ],
    [
      "no time in force",
      (d) => {
        d.order.timeInForce = 0;
      },
      Denial.UnsupportedType,
    ],
    [
      "no side",
      (d) => {
        d.order.side = 0;
      },
      Denial.UnsupportedType,
    ],
    [
      "unknown leg",
      (d) => {
        d.order.leg = 3;
      },
      Denial.UnsupportedType,
    ],
    ...[0, -5, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].map(
      (price): Case => [
        `price ${price}`,
        (d) => {
          d.order.price = price;
        },
        Denial.PriceInvalid,
      ],
    ),
    ...[0, -2, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].map(
      (qty): Case => [
        `quantity ${qty}`,
        (d) => {
          d.order.qty = qty;
        },
        Denial.QtyInvalid,
      ],
    ),
    [
      "unknown instrument",
      (d) => {
        d.context.instrument = undefined;
      },
      Denial.InstrumentUnknown,
    ],
    [
      "another instrument",
      (d) => {
        d.order.instrument = 7;
      },
      Denial.InstrumentUnknown,
    ],
    [
      "mantissas of another revision",
      (d) => {
        d.order.instrumentRevision = 2;
      },
      Denial.InstrumentUnknown,
    ],
    [
      "largest mantissas",
      (d) => {
        d.context.instrument = { ...INSTRUMENT, tick: 1, lot: 1, qtyMax: 0 };
        d.limit(Buy, 2 ** 53 - 1, 2 ** 53 - 1).context.referencePrice = 2 ** 53 - 1;
      },
      Denial.MaxOrderQty,
    ],
  ]);

  test("a missing control denies, and the message names it; limits elsewhere do not count", () => {
    const names = ["maxOrderValue", "maxOrderQty", "maxLongPosition", "maxShortPosition", "collarBps"] as const;
    const more = ["referenceAgeUsMax", "newOrders", "cancels", "maxOpenOrders"] as const;
    [...names, ...more].forEach((name, bit) => {
      const { [name]: _, ...rest } = FULL;
      const desk = new TestDesk(rest, { ...FULL, scope: "instrument", key: 5 }, { ...FULL, scope: "instance", key: 2 });
      expect(desk.check()).toBe(Denial.LimitMissing);
      expect(desk.gate.detailA).toBe(2 ** bit);
    });
    expect(new TestDesk().check()).toBe(Denial.LimitMissing);
    expect(Control.OpenOrders).toBe(256);
  });

  test("controls may be spread over levels, and each level present binds", () => {
    const { maxOrderQty: _, ...account } = { ...FULL, scope: "account" as const };
    const desk = new TestDesk(account, { scope: "instance", key: 1, version: 1, maxOrderQty: "2" });
    expect(desk.limit(Buy, 10_000, 2_000).check()).toBe(Denial.None);
    expect(desk.limit(Buy, 10_000, 2_002).check()).toBe(Denial.MaxOrderQty);
    expect([desk.gate.detailA, desk.gate.detailB]).toEqual([2_002, 2_000]);
    for (const scope of ["instance", "instrument", "account", "firm"] as const) {
      const narrow = new TestDesk(FULL, { scope, key: scope === "instance" ? 1 : 0, version: 2, maxOrderQty: "0.5" });
      if (scope !== "firm") expect(narrow.check()).toBe(Denial.MaxOrderQty);
    }
  });

  test("an instance's limit binds its own part, the account's the whole", () => {
    const own = { scope: "instance" as const, key: 1, version: 1, maxLongPosition: "2" };
    const desk = new TestDesk({ ...FULL, maxLongPosition: "20" }, own);
    desk.context.positionQty = 12_000;
    desk.context.instancePositionQty = 1_000;
    expect(desk.check()).toBe(Denial.None);
    desk.context.instancePositionQty = 1_002;
    expect(desk.check()).toBe(Denial.MaxPosition);
    desk.context.instancePositionQty = 0;
    desk.context.openBuyQty = 1_500;
    expect(desk.check()).toBe(Denial.MaxPosition); // Whose orders they are is not known: all count.
    desk.context.instanceOpenBuyQty = 1_000;
    expect(desk.check()).toBe(Denial.None);
  });
});

describe("kill", () => {
  test("the kill word and every scope deny, exits too; a resume of the same scope ends it, of another does not", () => {
    const desk = new TestDesk(FULL);
    desk.context.killWord = 1;
    expect(desk.check()).toBe(Denial.KillSwitch);
    desk.context.killWord = 0;
    for (const scope of [Scope.Instance, Scope.Instrument, Scope.Venue, Scope.Account, Scope.Firm]) {
      const kill = new TradingRecord().reset(RecordKind.Killed);
      kill.scope = scope;
      kill.instance = 1;
      kill.text = "test-spot";
      desk.state.apply(kill);
      desk.state.apply(kill);
      expect(desk.check()).toBe(Denial.KillSwitch);
      expect(desk.hold(5_000).limit(Sell, 10_000, 1_000).check()).toBe(Denial.KillSwitch);
      const cancel = new TradingRecord().copyFrom(desk.order, RecordKind.CancelIntent);
      expect(desk.gate.checkCancel(cancel, desk.context)).toBe(Denial.None);
      const resume = new TradingRecord().copyFrom(kill, RecordKind.Resumed);
      resume.scope = scope === Scope.Firm ? Scope.Account : Scope.Firm;
      desk.state.apply(resume);
      expect(desk.check()).toBe(Denial.KillSwitch);
      resume.scope = scope;
      desk.state.apply(resume);
      expect(desk.check()).toBe(Denial.None);
    }
  });
});

describe("exits", () => {
  const NOTHING_SET = new TestDesk();
  test("pass with no limits, no reference, too many orders, dust below the notional, a journal half full", () => {
    const desk = NOTHING_SET.hold(5_000).market(Sell, 5_000);
    desk.context.referencePrice = 0;
    desk.context.referenceValid = false;
    desk.context.openCount = 1_000_000;
    desk.context.journalOccupancy = 0.89;
    expect(desk.check()).toBe(Denial.None);
    expect(desk.limit(Sell, 5, 10).check()).toBe(Denial.None);
    desk.context.journalOccupancy = 0.9;
    expect(desk.check()).toBe(Denial.JournalBehind);
  });

  test("one lot more than is held, or what other open sells already close, is no exit", () => {
    const desk = new TestDesk().hold(5_000);
    expect(desk.market(Sell, 5_002).check()).toBe(Denial.LimitMissing);
    desk.context.openSellQty = 2;
    expect(desk.market(Sell, 5_000).check()).toBe(Denial.LimitMissing);
    expect(desk.market(Sell, 4_998).check()).toBe(Denial.None);
    expect(desk.market(Buy, 100).check()).toBe(Denial.LimitMissing);
    expect(desk.hold(-5_000).market(Buy, 5_000).check()).toBe(Denial.None);
  });

  test("an instance exits only what is its own; by hand one may flatten the account", () => {
    const desk = new TestDesk();
    desk.context.positionQty = 5_000;
    expect(desk.market(Sell, 5_000).check()).toBe(Denial.LimitMissing);
    desk.order.instance = 0;
    expect(desk.check()).toBe(Denial.None);
  });

  test("the collar holds on the aggressive side only, and only where the reference is fresh", () => {
    const desk = new TestDesk(FULL).hold(5_000);
    expect(desk.limit(Sell, 20_000, 1_000).check()).toBe(Denial.None);
    expect(desk.limit(Sell, 9_795, 1_000).check()).toBe(Denial.PriceCollar);
    desk.context.referenceAgeUs = 1_000_001;
    expect(desk.check()).toBe(Denial.None);
  });

  test("reduce-only must reduce, in both accounts of it; a hedge leg is reduced by its other side", () => {
    const desk = new TestDesk(FULL);
    const reduceOnly = (side: Side, qty: number) => {
      desk.limit(side, 10_000, qty).order.flags = OrderFlag.ReduceOnly;
      return desk.check();
    };
    expect(reduceOnly(Sell, 1_000)).toBe(Denial.ReduceOnlyWouldIncrease);
    desk.hold(1_000);
    expect(reduceOnly(Sell, 1_000)).toBe(Denial.None);
    expect(reduceOnly(Sell, 1_002)).toBe(Denial.ReduceOnlyWouldIncrease);
    expect([desk.gate.detailA, desk.gate.detailB]).toEqual([1_002, 1_000]);
    expect(reduceOnly(Buy, 1_000)).toBe(Denial.ReduceOnlyWouldIncrease);
    desk.context.instancePositionQty = 0;
    expect(reduceOnly(Sell, 1_000)).toBe(Denial.ReduceOnlyWouldIncrease);
    desk.limit(Sell, 10_000, 1_000).order.leg = Leg.Long;
    expect(desk.check()).toBe(Denial.ReduceOnlyWouldIncrease);
    desk.hold(1_000);
    expect(desk.check()).toBe(Denial.None);
    desk.order.leg = Leg.Short;
    desk.order.side = Buy;
    expect(desk.check()).toBe(Denial.ReduceOnlyWouldIncrease);
  });
});

describe("rates", () => {
  test("the sixth order in a second is denied, one that leaves the window makes room, an exit always passes", () => {
    const desk = new TestDesk(FULL);
    for (let i = 0; i < 5; i++) {
      expect(desk.check()).toBe(Denial.None);
      desk.note(i === 2 ? RecordKind.ReplaceIntent : RecordKind.OrderIntent, NOW_US + i);
    }
    desk.context.nowUs = NOW_US + 999_999;
    expect(desk.check()).toBe(Denial.OrderRate);
    desk.context.nowUs = NOW_US + 1_000_000;
    expect(desk.check()).toBe(Denial.None);
    desk.context.nowUs = NOW_US + 5;
    expect(desk.hold(1_000).limit(Sell, 10_000, 1_000).check()).toBe(Denial.None);
  });

  test("cancels have their own budget with a reserve; kill lifts it", () => {
    const desk = new TestDesk(FULL);
    const cancel = new TradingRecord().copyFrom(desk.order, RecordKind.CancelIntent);
    const again = new TradingRecord().copyFrom(cancel);
    again.flags = OrderFlag.CancelPending;
    const ask = (order: TradingRecord) => desk.gate.checkCancel(order, desk.context);
    for (let i = 0; i < 3; i++) desk.note(RecordKind.CancelIntent, NOW_US);
    expect([ask(again), ask(cancel)]).toEqual([Denial.CancelRate, Denial.None]);
    for (let i = 0; i < 2; i++) desk.note(RecordKind.CancelIntent, NOW_US);
    expect(ask(cancel)).toBe(Denial.CancelRate);
    expect(desk.check()).toBe(Denial.None); // New orders have another budget.
    desk.context.killWord = 1;
    expect(ask(again)).toBe(Denial.None);
    desk.context.killWord = 0;
    desk.context.nowUs += 1_000_000;
    expect(ask(cancel)).toBe(Denial.None);
    expect(new TestDesk().gate.checkCancel(cancel, desk.context)).toBe(Denial.None);
  });
});

describe("amends", () => {
  function amend(price: number, qty: number, cumQty = 0, oldLeavesQty = 1_000): TestDesk {
    const desk = new TestDesk(FULL).limit(Buy, price, qty);
    desk.order.kind = RecordKind.ReplaceIntent;
    desk.context.oldPrice = 10_000;
    desk.context.oldLeavesQty = oldLeavesQty;
    desk.context.cumQty = cumQty;
    return desk;
  }

  test("are checked like new orders with what they leave", () => {
    expect(amend(10_005, 1_000).check()).toBe(Denial.None);
    expect(amend(10_003, 1_000).check()).toBe(Denial.PriceIncrement);
    expect(amend(10_205, 1_000).check()).toBe(Denial.PriceCollar);
    expect(amend(10_000, 8_002).check()).toBe(Denial.MaxOrderQty);
    expect(amend(10_000, 1_000).check()).toBe(Denial.NothingToChange);
    expect(amend(10_000, 1_000, 400, 600).check()).toBe(Denial.NothingToChange);
    expect(amend(10_000, 400, 400, 600).check()).toBe(Denial.QtyInvalid);
    const full = amend(10_000, 6_000, 1_000);
    full.context.openCount = 10;
    expect(full.check()).toBe(Denial.None); // It is open already.
    full.hold(5_000);
    expect(full.check()).toBe(Denial.None); // 5 held + 5 left = 10.
    full.hold(5_002);
    expect(full.check()).toBe(Denial.MaxPosition);
    const market = amend(10_000, 2_000);
    market.order.orderType = OrderType.Market;
    expect(market.check()).toBe(Denial.UnsupportedType);
  });
});

describe("approved copies", () => {
  test("carry the reference, are bounded, and go back exactly once", () => {
    const desk = new TestDesk(FULL);
    desk.context.referenceAgeUs = 7;
    const taken = Array.from({ length: TEST_LIMITS.releasesMax }, () => desk.gate.approve(desk.order, desk.context)!);
    expect(new Set(taken).size).toBe(TEST_LIMITS.releasesMax);
    expect(taken[0]).toMatchObject({ price: 10_000, qty: 1_000, referencePrice: 10_000, referenceAgeUs: 7 });
    expect(desk.gate.approve(desk.order, desk.context)).toBeUndefined();
    expect(desk.gate.denial).toBe(Denial.IntentsCapped);
    desk.gate.recycle(taken[3]!);
    expect(() => desk.gate.recycle(taken[3]!)).toThrow(AssertionFailed);
    expect(() => desk.gate.checkRelease(taken[3]!, desk.context, 0)).toThrow(AssertionFailed);
    expect(desk.check()).toBe(Denial.None);
    // @ts-expect-error: a record is no approval.
    expect(() => desk.gate.recycle(new TradingRecord())).toThrow(AssertionFailed);
  });

  test("the second gate: kill word, kill state of any scope, age", () => {
    const desk = new TestDesk(FULL);
    const approved = desk.gate.approve(desk.order, desk.context)!;
    const release = (ageUs: number) => desk.gate.checkRelease(approved, desk.context, ageUs);
    expect([release(250_000), release(250_001), release(Number.NaN)]).toEqual([
      Denial.None,
      Denial.StaleIntent,
      Denial.StaleIntent,
    ]);
    desk.context.killWord = 2;
    expect(release(0)).toBe(Denial.KillSwitch);
    desk.context.killWord = 0;
    const kill = new TradingRecord().reset(RecordKind.Killed);
    kill.scope = Scope.Venue;
    kill.text = "test-spot";
    desk.state.apply(kill);
    expect(release(0)).toBe(Denial.KillSwitch);
    desk.context.instrument = { ...INSTRUMENT, id: 3, venue: "other" };
    expect(release(0)).toBe(Denial.KillSwitch); // The context stands elsewhere: an unknown venue counts as killed.
  });
});
