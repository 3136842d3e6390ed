/** Matching against history by chance, with accounts kept apart from the matcher: nothing is filled that was not there. */

import { describe, expect, test } from "bun:test";
import { Prng } from "../core/prng.ts";
import { Reject } from "../model/denial.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import type { DisplayedMarket } from "./displayed.ts";
import { type MatcherSink, ReplayMatcher, VenueOrder } from "./replay_matcher.ts";

const SEEDS = process.env["MELTICA_FUZZ"] === "large" ? 4_000 : 400;
const STEPS = 250;
const LOW = 95;
const SPAN = 10;

/** One price ladder per side; prices and sizes small, so that levels come back with their old size often. */
class Shown implements DisplayedMarket {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  valid = true;
  usable(): boolean {
    return this.valid;
  }
  prices(side: number): number[] {
    const sorted = [...this.of(side).keys()].sort((a, b) => a - b);
    return side === Side.Buy ? sorted.reverse() : sorted;
  }
  priceAt(side: number, depth: number): number {
    return this.prices(side)[depth] ?? 0;
  }
  qtyAt(side: number, depth: number): number {
    return this.of(side).get(this.priceAt(side, depth)) ?? 0;
  }
  qtyOf(side: number, price: number): number {
    return this.of(side).get(price) ?? 0;
  }
  of(side: number): Map<number, number> {
    return side === Side.Buy ? this.bids : this.asks;
  }
}

/** The accounts: what each displayed level may still give, what the current trade may still give, who has ended. */
class Accounts implements MatcherSink {
  readonly lines: string[] = [];
  /** Remaining quantity of each displayed level of this size: key side:price. */
  readonly offered = new Map<string, number>();
  readonly ended = new Set<number>();
  tradeLeft = 0;
  tradePrice = 0;
  arriving = false;
  said = "";
  constructor(readonly market: Shown) {}

  onFill(order: VenueOrder, price: number, qty: number, maker: boolean): void {
    this.lines.push(`fill ${order.order} ${qty}@${price} ${maker}`);
    expect(qty, this.said).toBeGreaterThan(0);
    expect(order.cumQty, this.said).toBeLessThanOrEqual(order.qty);
    expect(this.ended.has(order.order), this.said).toBe(false);
    if (order.orderType === OrderType.Limit) {
      expect(order.side === Side.Buy ? price <= order.price : price >= order.price, this.said).toBe(true);
    }
    expect(maker, this.said).toBe(!this.arriving);
    if (maker) expect(price, this.said).toBe(order.price);
    if (this.tradePrice > 0) {
      this.tradeLeft -= qty;
      expect(this.tradeLeft, this.said).toBeGreaterThanOrEqual(0);
    } else this.#eat(order, price, qty, maker);
    if (order.leavesQty === 0) this.ended.add(order.order);
  }

  onExpire(order: VenueOrder, reason: Reject): void {
    this.lines.push(`expire ${order.order} ${Reject[reason]}`);
    expect(this.arriving && !order.resting, this.said).toBe(true);
    expect(this.ended.has(order.order), this.said).toBe(false);
    this.ended.add(order.order);
  }

  /** A taker eats at `price`; a crossed maker eats from all levels at or through its price. */
  #eat(order: VenueOrder, price: number, qty: number, maker: boolean): void {
    const opposite = order.side === Side.Buy ? Side.Sell : Side.Buy;
    let left = qty;
    for (const level of maker ? this.market.prices(opposite) : [price]) {
      if (order.side === Side.Buy ? level > price : level < price) break;
      const key = `${opposite}:${level}`;
      const eaten = Math.min(left, this.offered.get(key) ?? 0);
      this.offered.set(key, (this.offered.get(key) ?? 0) - eaten);
      left -= eaten;
    }
    expect(left, `${this.said}: more than was displayed`).toBe(0);
  }
}

class World {
  readonly market = new Shown();
  readonly accounts = new Accounts(this.market);
  readonly matcher = new ReplayMatcher(this.market, this.accounts);
  readonly orders: VenueOrder[] = [];
  readonly prng: Prng;

  constructor(readonly seed: number) {
    this.prng = new Prng(seed);
  }

  below(n: number): number {
    return this.prng.nextBelow(n);
  }

  /** A few levels change; the book is never crossed in itself. */
  display(): void {
    const { market } = this;
    market.valid = this.below(12) > 0;
    const middle = LOW + this.below(SPAN);
    for (const side of [Side.Buy, Side.Sell]) {
      for (const price of market.prices(side)) {
        const wrong = side === Side.Buy ? price >= middle : price <= middle;
        if (wrong || this.below(4) === 0) this.#set(side, price, 0);
      }
      for (let n = this.below(3); n > 0; n--) {
        const price = side === Side.Buy ? middle - 1 - this.below(4) : middle + 1 + this.below(4);
        this.#set(side, price, 1 + this.below(5));
      }
    }
    this.#act("display", () => this.matcher.onDisplayed());
  }

  #set(side: Side, price: number, qty: number): void {
    const levels = this.market.of(side);
    if ((levels.get(price) ?? 0) === qty) return;
    if (qty === 0) levels.delete(price);
    else levels.set(price, qty);
    this.accounts.offered.set(`${side}:${price}`, qty);
  }

  trade(): void {
    const { accounts, matcher } = this;
    const [price, qty, taker] = [LOW + this.below(SPAN), 1 + this.below(12), 1 + this.below(2)];
    accounts.tradePrice = price;
    accounts.tradeLeft = qty;
    this.#act(`trade ${qty}@${price} ${taker}`, () => matcher.onTrade(price, qty, taker));
    accounts.tradePrice = 0;
  }

  order(): void {
    const o = new VenueOrder();
    o.order = this.orders.length + 1;
    o.side = 1 + this.below(2);
    o.qty = 1 + this.below(9);
    o.orderType = this.below(5) === 0 ? OrderType.Market : OrderType.Limit;
    o.price = o.orderType === OrderType.Market ? 0 : LOW + this.below(SPAN);
    o.timeInForce = ([1, 1, 1, 2, 3] as const)[this.below(5)] as TimeInForce;
    o.flags = this.below(6) === 0 ? OrderFlag.PostOnly : 0;
    this.orders.push(o);
    const from = this.accounts.lines.length;
    this.#arriving(`order ${o.order}`, () => this.matcher.arrive(o));
    const filled = this.accounts.lines.slice(from).some((line) => line.startsWith("fill"));
    if (o.timeInForce === TimeInForce.Fok) expect(o.cumQty === 0 || o.leavesQty === 0).toBe(true);
    if (o.flags !== 0 || !this.market.valid) expect(filled).toBe(false);
    if (o.orderType === OrderType.Market || o.timeInForce !== TimeInForce.Gtc) expect(o.resting).toBe(false);
  }

  change(): void {
    const { matcher } = this;
    if (matcher.restingCount === 0) return;
    const o = matcher.resting(this.below(matcher.restingCount));
    if (this.below(2) === 0) {
      matcher.remove(o);
      this.accounts.ended.add(o.order);
      return;
    }
    const [price, qty] = [this.below(2) === 0 ? o.price : LOW + this.below(SPAN), o.cumQty + 1 + this.below(9)];
    const [ahead, keeps] = [o.queueAhead, price === o.price && qty <= o.qty];
    this.#arriving(`amend ${o.order}`, () => matcher.amend(o, price, qty));
    if (keeps) expect([o.queueAhead, o.qty]).toEqual([ahead, qty]);
  }

  #arriving(what: string, act: () => void): void {
    this.accounts.arriving = true;
    this.#act(what, act);
    this.accounts.arriving = false;
  }

  #act(what: string, act: () => void): void {
    this.accounts.said = `seed ${this.seed}, after ${this.accounts.lines.length} events: ${what}`;
    act();
  }

  run(): string[] {
    for (let step = 0; step < STEPS; step++) {
      const draw = this.below(8);
      if (draw < 3) this.display();
      else if (draw < 5) this.trade();
      else if (draw < 7) this.order();
      else this.change();
    }
    for (const o of this.orders) {
      expect(o.resting !== this.accounts.ended.has(o.order), `seed ${this.seed}: order ${o.order}`).toBe(true);
    }
    return this.accounts.lines;
  }
}

describe("ReplayMatcher by chance", () => {
  test("fills stay within orders, displayed levels and trades; each order ends once or rests; runs repeat", () => {
    let [fills, expiries] = [0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const lines = new World(seed).run();
      fills += lines.filter((line) => line.startsWith("fill")).length;
      expiries += lines.filter((line) => line.startsWith("expire")).length;
      if (seed % 20 === 0) expect(new World(seed).run()).toEqual(lines);
    }
    expect(fills).toBeGreaterThan(SEEDS * 10);
    expect(expiries).toBeGreaterThan(SEEDS * 10);
  }, 60_000);
});

describe("our own orders together", () => {
  const quiet: MatcherSink = { onFill() {}, onExpire() {} };

  function rest(matcher: ReplayMatcher, price: number, qty: number): VenueOrder {
    const facts = { side: Side.Buy, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc, price, qty };
    const o = Object.assign(new VenueOrder(), facts);
    matcher.arrive(o);
    return o;
  }

  test("strangers ahead count once for all of them", () => {
    const market = new Shown();
    market.bids.set(100, 5);
    const matcher = new ReplayMatcher(market, quiet);
    const [a, b] = [rest(matcher, 100, 3), rest(matcher, 100, 4)];
    matcher.onTrade(100, 10, Side.Sell); // 5 strangers, 3 of ours, 2 of ours.
    expect([a.cumQty, b.cumQty, b.queueAhead]).toEqual([3, 2, 0]);
  });

  test("the better price is served first, whoever came first", () => {
    const market = new Shown();
    const matcher = new ReplayMatcher(market, quiet);
    const [a, b, c] = [rest(matcher, 100, 3), rest(matcher, 101, 2), rest(matcher, 101, 2)];
    matcher.onTrade(99, 3, Side.Sell);
    expect([a.cumQty, b.cumQty, c.cumQty]).toEqual([0, 2, 1]);
    market.asks.set(100, 2);
    matcher.onDisplayed();
    expect([a.cumQty, b.cumQty, c.cumQty]).toEqual([1, 2, 2]);
  });

  test("what a taker ate does not fill its own rest, nor another of ours; new size does", () => {
    const market = new Shown();
    market.asks.set(101, 4);
    const matcher = new ReplayMatcher(market, quiet);
    const [a, b] = [rest(matcher, 101, 9), rest(matcher, 101, 9)];
    matcher.onDisplayed();
    expect([a.cumQty, b.cumQty]).toEqual([4, 0]);
    market.asks.set(101, 6);
    matcher.onDisplayed();
    expect([a.cumQty, b.cumQty]).toEqual([6, 4]);
  });

  test("a level that went and came back with its old size is a new one", () => {
    const market = new Shown();
    market.asks.set(101, 4);
    const matcher = new ReplayMatcher(market, quiet);
    rest(matcher, 101, 4);
    expect(matcher.wantsMarket).toBe(true);
    market.asks.clear();
    matcher.onDisplayed();
    expect(matcher.wantsMarket).toBe(false);
    market.asks.set(101, 4);
    expect(rest(matcher, 101, 4).cumQty).toBe(4);
  });

  test("an order that arrives while the market cannot be seen does not rest unseen: it expires", () => {
    const market = new Shown();
    market.bids.set(100, 5);
    market.valid = false;
    const matcher = new ReplayMatcher(market, quiet);
    const o = rest(matcher, 100, 3);
    expect([o.resting, matcher.restingCount]).toEqual([false, 0]);
    market.valid = true;
    matcher.onDisplayed();
    matcher.onTrade(99, 6, Side.Sell);
    expect(o.cumQty).toBe(0);
  });
});
