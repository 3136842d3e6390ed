/** Matching against history: each rule of replay_matcher by hand, quantities by chance, fees against BigInt. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../core/prng.ts";
import { Wide } from "../core/wide.ts";
import { Reject } from "../model/denial.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import type { DisplayedMarket } from "./displayed.ts";
import { fee, RATE_UNIT } from "./fees.ts";
import { type MatcherSink, ReplayMatcher, VenueOrder } from "./replay_matcher.ts";

type Levels = [price: number, qty: number][];

/** A market that shows what it is told. */
class Shown implements DisplayedMarket {
  bids: Levels = [];
  asks: Levels = [];
  valid = true;
  usable(): boolean {
    return this.valid;
  }
  priceAt(side: number, depth: number): number {
    return this.#of(side)[depth]?.[0] ?? 0;
  }
  qtyAt(side: number, depth: number): number {
    return this.#of(side)[depth]?.[1] ?? 0;
  }
  qtyOf(side: number, price: number): number {
    return this.#of(side).find((level) => level[0] === price)?.[1] ?? 0;
  }
  #of(side: number): Levels {
    return side === Side.Buy ? this.bids : this.asks;
  }
}

class Log implements MatcherSink {
  readonly lines: string[] = [];
  onFill(order: VenueOrder, price: number, qty: number, maker: boolean): void {
    this.lines.push(`fill ${order.order} ${qty}@${price} ${maker ? "maker" : "taker"}`);
  }
  onExpire(order: VenueOrder, reason: Reject): void {
    this.lines.push(`expire ${order.order} ${Reject[reason]}`);
  }
}

function desk() {
  const market = new Shown();
  market.bids = [
    [100, 5],
    [99, 7],
  ];
  market.asks = [
    [101, 4],
    [102, 6],
    [103, 10],
  ];
  const log = new Log();
  return { market, log, matcher: new ReplayMatcher(market, log) };
}

let nextOrder = 1;
function order(side: Side, qty: number, price: number, more: Partial<VenueOrder> = {}): VenueOrder {
  const base = { order: nextOrder++, side, qty, price, orderType: price > 0 ? OrderType.Limit : OrderType.Market };
  const timeInForce = price > 0 ? TimeInForce.Gtc : TimeInForce.Ioc;
  return Object.assign(new VenueOrder(), base, { timeInForce }, more);
}

function arrive(d: ReturnType<typeof desk>, o: VenueOrder): string[] {
  const from = d.log.lines.length;
  d.matcher.arrive(o);
  return d.log.lines.slice(from).map((line) => line.replace(` ${o.order} `, " "));
}

describe("an order that takes", () => {
  test("market: walks the levels, the rest of a book that is too thin expires", () => {
    expect(arrive(desk(), order(Side.Buy, 7, 0))).toEqual(["fill 4@101 taker", "fill 3@102 taker"]);
    expect(arrive(desk(), order(Side.Sell, 20, 0))).toEqual([
      "fill 5@100 taker",
      "fill 7@99 taker",
      "expire Unfillable",
    ]);
  });

  test("limit: never worse than its price; the rest rests, of IOC it expires, FOK is all or nothing", () => {
    const d = desk();
    const rests = order(Side.Buy, 9, 101);
    expect(arrive(d, rests)).toEqual(["fill 4@101 taker"]);
    expect([rests.resting, rests.leavesQty]).toEqual([true, 5]);
    const ioc = { timeInForce: TimeInForce.Ioc };
    expect(arrive(desk(), order(Side.Buy, 9, 101, ioc))).toEqual(["fill 4@101 taker", "expire Unfillable"]);
    const fok = { timeInForce: TimeInForce.Fok };
    expect(arrive(desk(), order(Side.Buy, 11, 102, fok))).toEqual(["expire Unfillable"]);
    expect(arrive(desk(), order(Side.Buy, 10, 102, fok))).toEqual(["fill 4@101 taker", "fill 6@102 taker"]);
  });

  test("post-only that would take expires; beside the market it rests", () => {
    const postOnly = { flags: OrderFlag.PostOnly };
    expect(arrive(desk(), order(Side.Buy, 1, 101, postOnly))).toEqual(["expire WouldTake"]);
    expect(arrive(desk(), order(Side.Buy, 1, 100, postOnly))).toEqual([]);
  });

  test("without a book that may be trusted nothing is filled", () => {
    const d = desk();
    d.market.valid = false;
    expect(arrive(d, order(Side.Buy, 1, 0))).toEqual(["expire Unfillable"]);
  });

  test("two orders do not eat the same quantity twice, until the level changes", () => {
    const d = desk();
    expect(arrive(d, order(Side.Buy, 3, 0))).toEqual(["fill 3@101 taker"]);
    expect(arrive(d, order(Side.Buy, 3, 0))).toEqual(["fill 1@101 taker", "fill 2@102 taker"]);
    d.market.asks = [
      [101, 5],
      [102, 6],
    ];
    expect(arrive(d, order(Side.Buy, 3, 0))).toEqual(["fill 3@101 taker"]);
  });
});

describe("an order that rests", () => {
  function resting(qty = 3) {
    const d = desk();
    const o = order(Side.Buy, qty, 100);
    d.matcher.arrive(o);
    return { d, o, lines: () => d.log.lines.map((line) => line.replace(` ${o.order} `, " ")) };
  }

  test("waits behind what was displayed; trades there fill it afterwards, in part", () => {
    const { d, o, lines } = resting();
    expect(o.queueAhead).toBe(5);
    d.matcher.onTrade(100, 4, Side.Sell);
    expect([o.queueAhead, o.cumQty]).toEqual([1, 0]);
    d.matcher.onTrade(100, 2, Side.Sell);
    expect(lines()).toEqual(["fill 1@100 maker"]);
    d.matcher.onTrade(100, 9, Side.Sell);
    expect(lines()).toEqual(["fill 1@100 maker", "fill 2@100 maker"]);
    expect(d.matcher.restingCount).toBe(0);
  });

  test("trades of its own side, or beside its price, leave it alone; a trade through it fills it", () => {
    const { d, o, lines } = resting();
    d.matcher.onTrade(100, 50, Side.Buy);
    d.matcher.onTrade(101, 50, Side.Sell);
    expect([o.queueAhead, lines()]).toEqual([5, []]);
    d.matcher.onTrade(99, 2, Side.Sell);
    expect(lines()).toEqual(["fill 2@100 maker"]);
  });

  test("a level that shrinks below the queue shortens it, one that grows does not lengthen it", () => {
    const { d, o } = resting();
    d.market.bids = [[100, 2]];
    d.matcher.onDisplayed();
    expect(o.queueAhead).toBe(2);
    d.market.bids = [[100, 50]];
    d.matcher.onDisplayed();
    expect(o.queueAhead).toBe(2);
  });

  test("an opposite best at its price fills up to what shows, each displayed unit once", () => {
    const { d, lines } = resting(9);
    d.market.bids = [[99, 7]];
    d.market.asks = [
      [100, 4],
      [101, 4],
    ];
    d.matcher.onDisplayed();
    d.matcher.onDisplayed();
    expect(lines()).toEqual(["fill 4@100 maker"]);
    d.market.asks = [[100, 6]];
    d.matcher.onDisplayed();
    expect(lines()).toEqual(["fill 4@100 maker", "fill 2@100 maker"]);
  });

  test("what it took on arrival does not fill it once more while it rests", () => {
    const d = desk();
    const o = order(Side.Buy, 9, 101);
    d.matcher.arrive(o);
    d.matcher.onDisplayed();
    d.matcher.onDisplayed();
    expect([o.cumQty, o.resting]).toEqual([4, true]);
    d.market.asks = [[101, 6]];
    d.matcher.onDisplayed();
    expect(o.cumQty).toBe(6);
  });

  test("amend: less keeps the place, more or another price goes to the back; remove takes it out once", () => {
    const { d, o } = resting();
    d.matcher.onTrade(100, 3, Side.Sell);
    d.matcher.amend(o, 100, 2);
    expect([o.queueAhead, o.qty]).toEqual([2, 2]);
    d.matcher.amend(o, 100, 8);
    expect(o.queueAhead).toBe(5);
    d.matcher.amend(o, 99, 8);
    expect([o.queueAhead, o.price]).toEqual([7, 99]);
    expect([d.matcher.remove(o), d.matcher.remove(o)]).toEqual([true, false]);
  });
});

describe("an order of before the venue's restart", () => {
  test("resumes behind what is displayed; what has come through its price fills it as a maker at the next change", () => {
    const d = desk();
    const waits = order(Side.Buy, 3, 100, { cumQty: 1 });
    const crossed = order(Side.Buy, 5, 101);
    d.matcher.resume(waits);
    d.matcher.resume(crossed);
    expect([waits.queueAhead, d.matcher.restingCount, d.log.lines.length]).toEqual([5, 2, 0]);
    d.matcher.onDisplayed();
    expect(d.log.lines).toEqual([`fill ${crossed.order} 4@101 maker`]);
    d.matcher.onTrade(100, 7, Side.Sell);
    expect(d.log.lines.slice(1)).toEqual([`fill ${crossed.order} 1@101 maker`, `fill ${waits.order} 1@100 maker`]);
    d.market.valid = false;
    expect(() => d.matcher.resume(order(Side.Buy, 1, 99))).toThrow();
  });
});

describe("by chance", () => {
  test("never more than ordered, displayed or traded; ends once; same input, same events", () => {
    const run = (seed: number) => {
      const prng = new Prng(seed);
      const d = desk();
      const orders: VenueOrder[] = [];
      let offered = 0;
      const refresh = () => {
        const mid = 95 + prng.nextBelow(10);
        const side = (sign: number): Levels =>
          Array.from({ length: 3 }, (_, i) => [mid + sign * (i + 1), 1 + prng.nextBelow(9)]);
        [d.market.bids, d.market.asks] = [side(-1), side(1)];
        offered += [...d.market.bids, ...d.market.asks].reduce((sum, level) => sum + level[1], 0);
        d.matcher.onDisplayed();
      };
      for (let step = 0; step < 300; step++) {
        const draw = prng.nextBelow(4);
        if (draw === 0) refresh();
        else if (draw === 1) {
          const qty = 1 + prng.nextBelow(12);
          offered += qty;
          d.matcher.onTrade(95 + prng.nextBelow(10), qty, 1 + prng.nextBelow(2));
        } else if (draw === 2) {
          const o = order(
            1 + prng.nextBelow(2),
            1 + prng.nextBelow(10),
            prng.nextBelow(4) === 0 ? 0 : 95 + prng.nextBelow(10),
          );
          o.order = orders.length + 1;
          orders.push(o);
          d.matcher.arrive(o);
        } else if (d.matcher.restingCount > 0)
          d.matcher.remove(d.matcher.resting(prng.nextBelow(d.matcher.restingCount)));
      }
      for (const o of orders) {
        expect(o.cumQty, `seed ${seed}`).toBeLessThanOrEqual(o.qty);
        const ends = d.log.lines.filter((line) => line.startsWith(`expire ${o.order} `)).length;
        expect(ends + (o.resting ? 1 : 0), `seed ${seed}`).toBeLessThanOrEqual(1);
      }
      const filled = orders.reduce((sum, o) => sum + o.cumQty, 0);
      expect(filled, `seed ${seed}`).toBeLessThanOrEqual(offered + 32);
      return d.log.lines;
    };
    for (let seed = 1; seed <= 200; seed++) expect(run(seed)).toEqual(run(seed));
  });
});

describe("fees", () => {
  test("exact, half up, rebates negative", () => {
    const step = 10_000_000_000n;
    fc.assert(
      fc.property(
        fc.nat(2 ** 40),
        fc.maxSafeInteger().map(Math.abs),
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        (hi, lo, rate) => {
          const amount = (BigInt(hi) << 53n) + BigInt(lo);
          const exact = (amount * BigInt(Math.abs(rate))) / BigInt(RATE_UNIT);
          const rounded = ((2n * exact + step) / (2n * step)) * step;
          const out = fee(new Wide(), new Wide().setLimbs(hi, lo), rate);
          expect((BigInt(out.hi) << 53n) + BigInt(out.lo)).toBe(rate < 0 ? -rounded : rounded);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});
