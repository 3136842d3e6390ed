/** The gate against a plain BigInt one, and limits that cannot be passed: a small order book-keeper of its own judges. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { PlainGate } from "../../bench/risk_gate.ts";
import { Denial } from "../model/denial.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { LimitsPayload } from "./limits_payload.ts";
import { FULL, NOW_US, TestDesk } from "./test_kit.ts";

const SCALE = process.env["MELTICA_FUZZ"] === "large" ? 10 : 1;

/** A small generator: one seed is one sequence, and fast-check prints and shrinks the seed. */
class Dice {
  constructor(private state: number) {}

  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

const TIGHT: LimitsPayload = { ...FULL, maxOrderValue: "5000", newOrders: { count: 60_000, windowUs: 1 } };

test("every answer equals the plain gate's: 30,000 random worlds", () => {
  const own: LimitsPayload = { scope: "instance", key: 1, version: 1, maxLongPosition: "6", maxShortPosition: "2" };
  const value: LimitsPayload = { scope: "instrument", key: 0, version: 1, maxOrderValue: "650.125", collarBps: 100 };
  const stacks = [[TIGHT], [TIGHT, own], [own, TIGHT, value], [own, value], []];
  const seen = new Set<Denial>();
  const desks = stacks.map((levels) => ({ desk: new TestDesk(...levels), plain: new PlainGate(levels) }));
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const dice = new Dice(seed);
      const { desk, plain } = dice.one(desks);
      randomOrder(dice, desk);
      randomWorld(dice, desk);
      const expected = plain.check(desk.order, desk.context);
      seen.add(expected);
      expect(Denial[desk.check()]).toBe(Denial[expected]);
    }),
    { numRuns: 30_000 * SCALE },
  );
  // The worlds reach all corners: else equality would prove little.
  for (const denial of [
    Denial.None,
    Denial.MaxPosition,
    Denial.MaxOrderValue,
    Denial.PriceCollar,
    Denial.LimitMissing,
  ]) {
    expect(seen.has(denial)).toBe(true);
  }
  expect(seen.size).toBeGreaterThanOrEqual(16);
}, 120_000);

function randomOrder(dice: Dice, desk: TestDesk): void {
  const qty = dice.below(20) === 0 ? dice.below(12) : 2 * (1 + dice.below(dice.one([100, 2_000, 5_000])));
  desk.limit(dice.one([Side.Buy, Side.Sell]), 9_700 + 5 * dice.below(120) + (dice.below(30) === 0 ? 1 : 0), qty);
  const { order } = desk;
  if (dice.below(5) === 0) {
    order.orderType = OrderType.Market;
    order.price = dice.below(30) === 0 ? 5 : 0;
  }
  if (dice.below(10) === 0) order.timeInForce = dice.one([TimeInForce.Ioc, TimeInForce.Fok]);
  if (dice.below(8) === 0) order.flags = dice.one([OrderFlag.PostOnly, OrderFlag.ReduceOnly]);
  if (dice.below(10) === 0) order.instance = dice.below(3);
}

function randomWorld(dice: Dice, desk: TestDesk): void {
  const { order, context } = desk;
  context.killWord = dice.below(60) === 0 ? 1 : 0;
  context.journalOccupancy = dice.below(30) === 0 ? dice.one([0.5, 0.7, 0.9]) : 0;
  context.referencePrice = dice.below(30) === 0 ? 0 : 9_900 + dice.below(200);
  context.referenceValid = dice.below(30) !== 0;
  context.referenceAgeUs = dice.below(20) === 0 ? dice.one([1_000_000, 1_000_001]) : 10;
  context.positionQty = (dice.below(3) - 1) * 2 * dice.below(5_500);
  context.instancePositionQty = dice.below(2) === 0 ? context.positionQty : (dice.below(3) - 1) * 2 * dice.below(3_000);
  context.openBuyQty = dice.below(2) * 2 * dice.below(2_000);
  context.openSellQty = dice.below(2) * 2 * dice.below(2_000);
  const known = dice.below(2) === 0;
  context.instanceOpenBuyQty = known ? 2 * dice.below(context.openBuyQty / 2 + 1) : -1;
  context.instanceOpenSellQty = known ? 2 * dice.below(context.openSellQty / 2 + 1) : -1;
  context.openCount = dice.below(12);
  if (dice.below(4) !== 0) return;
  order.kind = RecordKind.ReplaceIntent;
  context.cumQty = dice.below(2) * 2 * dice.below(200);
  context.oldPrice = dice.below(3) === 0 ? order.price : 10_000;
  context.oldLeavesQty = dice.below(3) === 0 ? order.qty - context.cumQty : 500;
}

/** An order as the little book-keeper of the property knows it. */
interface OwnOrder {
  readonly instance: number;
  readonly side: Side;
  readonly price: number;
  /** What can still fill: while an amend is on its way, the larger of both quantities. */
  leaves: number;
  cumQty: number;
  pendingQty: number;
}

/** Two instances on one instrument: positions and open orders, kept as plainly as can be. */
class Books {
  readonly position = [0, 0, 0];
  readonly orders: OwnOrder[] = [];

  held(instance: number): number {
    return instance < 0 ? this.position.reduce((a, b) => a + b, 0) : (this.position[instance] as number);
  }

  open(side: Side, instance: number, except?: OwnOrder): number {
    const mine = this.orders.filter(
      (o) => o !== except && o.side === side && (instance < 0 || o.instance === instance),
    );
    return mine.reduce((sum, o) => sum + o.leaves, 0);
  }

  fill(order: OwnOrder, qty: number): void {
    this.position[order.instance] = this.held(order.instance) + (order.side === Side.Buy ? qty : -qty);
    order.leaves -= qty;
    order.cumQty += qty;
    if (order.leaves === 0) this.orders.splice(this.orders.indexOf(order), 1);
  }
}

const OWN: LimitsPayload = { scope: "instance", key: 1, version: 1, maxLongPosition: "6", maxShortPosition: "2" };
const LONG = 10_000;
const SHORT = 4_000;
const COUNT = 9;
const WINDOW_US = 1_000;

function look(desk: TestDesk, books: Books, instance: number, except?: OwnOrder): void {
  const { context } = desk;
  context.positionQty = books.held(-1);
  context.instancePositionQty = books.held(instance);
  context.openBuyQty = books.open(Side.Buy, -1, except);
  context.openSellQty = books.open(Side.Sell, -1, except);
  context.instanceOpenBuyQty = books.open(Side.Buy, instance, except);
  context.instanceOpenSellQty = books.open(Side.Sell, instance, except);
  context.openCount = books.orders.length;
}

/** Wishes to open. Returns true when it was an opening order that the gate let through. */
function place(dice: Dice, desk: TestDesk, books: Books): boolean {
  const instance = dice.one([1, 1, 2]);
  look(desk, books, instance);
  const side = dice.one([Side.Buy, Side.Sell]);
  const qty = 2 * (25 + dice.below(dice.one([500, 3_900])));
  desk.limit(side, 10_000 + 5 * dice.below(20) * (side === Side.Buy ? -1 : 1), qty).order.instance = instance;
  const denial = desk.check();
  const sign = side === Side.Buy ? -1 : 1;
  const { context } = desk;
  const open = side === Side.Buy ? context.openBuyQty : context.openSellQty;
  const ownOpen = side === Side.Buy ? context.instanceOpenBuyQty : context.instanceOpenSellQty;
  const isExit = qty + open <= sign * context.positionQty && qty + ownOpen <= sign * context.instancePositionQty;
  // Exits are never blocked, whatever rate, size, staleness or count says.
  if (isExit && denial !== Denial.None) throw new Error(`an exit was denied: ${Denial[denial]}`);
  if (denial !== Denial.None) return false;
  desk.note(RecordKind.OrderIntent, context.nowUs);
  books.orders.push({ instance, side, price: desk.order.price, leaves: qty, cumQty: 0, pendingQty: 0 });
  return !isExit;
}

function amend(dice: Dice, desk: TestDesk, books: Books, order: OwnOrder): boolean {
  if (order.pendingQty !== 0) return false;
  look(desk, books, order.instance, order);
  const qty = order.cumQty + 2 * (1 + dice.below(3_000));
  desk.limit(order.side, order.price, qty).order.instance = order.instance;
  desk.order.kind = RecordKind.ReplaceIntent;
  desk.context.oldPrice = order.price;
  desk.context.oldLeavesQty = order.leaves;
  desk.context.cumQty = order.cumQty;
  const leaves = qty - order.cumQty;
  const { context } = desk;
  const sign = order.side === Side.Buy ? -1 : 1;
  const open = order.side === Side.Buy ? context.openBuyQty : context.openSellQty;
  const ownOpen = order.side === Side.Buy ? context.instanceOpenBuyQty : context.instanceOpenSellQty;
  const isExit = leaves + open <= sign * context.positionQty && leaves + ownOpen <= sign * context.instancePositionQty;
  if (desk.check() !== Denial.None) return false;
  desk.note(RecordKind.ReplaceIntent, context.nowUs);
  order.pendingQty = qty;
  order.leaves = Math.max(order.leaves, leaves);
  return !isExit;
}

function event(dice: Dice, books: Books, order: OwnOrder): void {
  const what = dice.below(8);
  if (what < 4) books.fill(order, Math.min(order.leaves, 1 + dice.below(order.leaves)));
  else if (what === 4)
    books.orders.splice(books.orders.indexOf(order), 1); // Cancelled, or never accepted.
  else if (what === 5 && order.pendingQty > 0) {
    // The venue's answer: replaced. What filled meanwhile counts against the new quantity.
    order.leaves = order.pendingQty - order.cumQty;
    order.pendingQty = 0;
    if (order.leaves <= 0) books.orders.splice(books.orders.indexOf(order), 1);
  }
  // Else: unknown, nothing happens, and it stays exposure.
}

test("position + open + unknown never pass a limit, rates neither, exits never blocked: 50,000 sequences", () => {
  let opened = 0;
  let filled = 0;
  const newOrders = { count: COUNT, windowUs: WINDOW_US };
  // One desk for all: what it remembers are times, and each sequence starts after every window has passed.
  const desk = new TestDesk({ ...TIGHT, maxOpenOrders: 6, newOrders }, OWN);
  let startUs = NOW_US;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const dice = new Dice(seed);
      const books = new Books();
      const openings: number[] = [];
      startUs += 10_000_000;
      let nowUs = startUs;
      for (let step = 0; step < 24; step++) {
        nowUs += dice.below(200);
        desk.context.nowUs = nowUs;
        desk.context.referenceAgeUs = dice.below(6) === 0 ? 2_000_000 : 0;
        const order = books.orders.length === 0 ? undefined : dice.one(books.orders);
        const what = dice.below(10);
        let wasOpening = false;
        if (order === undefined || what < 4) wasOpening = place(dice, desk, books);
        else if (what < 6) wasOpening = amend(dice, desk, books, order);
        else event(dice, books, order);
        if (wasOpening) openings.push(nowUs);
        else if (what >= 6) filled++;
        opened += wasOpening ? 1 : 0;
        check(books, openings, nowUs);
      }
    }),
    { numRuns: 50_000 * SCALE },
  );
  // The property is not vacuous: much was let through.
  expect(opened).toBeGreaterThan(100_000);
  expect(filled).toBeGreaterThan(100_000);
}, 120_000);

function check(books: Books, openings: readonly number[], nowUs: number): void {
  const worst = (side: Side, instance: number) =>
    (side === Side.Buy ? 1 : -1) * books.held(instance) + books.open(side, instance);
  if (worst(Side.Buy, -1) > LONG) throw new Error("long passed");
  if (worst(Side.Sell, -1) > SHORT) throw new Error("short passed");
  if (worst(Side.Buy, 1) > 6_000) throw new Error("the instance's long passed");
  if (worst(Side.Sell, 1) > 2_000) throw new Error("the instance's short passed");
  if (openings.filter((t) => t > nowUs - WINDOW_US).length > COUNT) throw new Error("rate passed");
}

test("apply is total: random records of every kind, limits of random text, and equal records give equal hashes", () => {
  const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, 1, -1, 2 ** 53, Number.NaN));
  const text = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify(FULL)), fc.constant('{"scope":"firm"}'));
  const shape = fc.record({
    kind: fc.integer({ min: 0, max: 80 }),
    scope: number,
    instance: number,
    instrument: number,
  });
  const more = fc.record({ account: number, timeUs: number, text });
  fc.assert(
    fc.property(fc.array(fc.tuple(shape, more), { maxLength: 12 }), (rows) => {
      const [one, two] = [new TestDesk(FULL), new TestDesk(FULL)];
      for (const [a, b] of rows) {
        const record = Object.assign(new TradingRecord(), a, b);
        one.state.apply(record);
        two.state.apply(record);
      }
      expect(one.hash.text()).toBe(two.hash.text());
    }),
    { numRuns: 2_000 * SCALE },
  );
}, 120_000);
