/** The own book against a plain list of orders that is sorted anew for every match: the same events, to the last one. */

import { expect, test } from "bun:test";
import { Code } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import { Reject } from "../model/denial.ts";
import { OrderType, Side, TimeInForce } from "../model/order.ts";
import { OwnBook, type OwnBookSink } from "./own_book.ts";

const ORDERS_MAX = 48;
const RUNS = process.env["MELTICA_FUZZ"] === "large" ? 400 : 40;
const COMMANDS = 6_000;

/** Events as numbers in one array: cheap to compare. */
class Events implements OwnBookSink {
  readonly log: number[] = [];
  onAccept(order: number): void {
    this.log.push(1, order, 0, 0, 0);
  }
  onFill(maker: number, taker: number, price: number, qty: number): void {
    this.log.push(2, maker, taker, price, qty);
  }
  onCancel(order: number, leavesQty: number): void {
    this.log.push(3, order, leavesQty, 0, 0);
  }
  onExpire(order: number, leavesQty: number, reason: Reject): void {
    this.log.push(4, order, leavesQty, reason, 0);
  }
}

interface Resting {
  id: number;
  side: Side;
  price: number;
  leaves: number;
  since: number;
  post: boolean;
}

/** The rules, written down without any structure. */
class Naive {
  orders: Resting[] = [];
  #clock = 0;
  constructor(readonly sink: OwnBookSink) {}

  makers(side: Side, worst: number): Resting[] {
    const sign = side === Side.Buy ? 1 : -1;
    return this.orders
      .filter((o) => o.side !== side && o.price * sign <= worst * sign)
      .sort((a, b) => (a.price - b.price) * sign || a.since - b.since);
  }

  submit(id: number, side: Side, type: OrderType, price: number, qty: number, tif: TimeInForce, post: boolean): Code {
    if (this.orders.some((o) => o.id === id)) return Code.ValueOutOfRange;
    const rests = type === OrderType.Limit && tif === TimeInForce.Gtc;
    if (rests && this.orders.length === ORDERS_MAX) return Code.TableFull;
    const worst = type === OrderType.Limit ? price : side === Side.Buy ? Number.MAX_SAFE_INTEGER : 0;
    this.sink.onAccept(id);
    const makers = this.makers(side, worst);
    const total = makers.reduce((sum, o) => sum + o.leaves, 0);
    if (post && makers.length > 0) this.sink.onExpire(id, qty, Reject.WouldTake);
    else if (tif === TimeInForce.Fok && total < qty) this.sink.onExpire(id, qty, Reject.Unfillable);
    else this.enter(id, side, worst, qty, rests, post);
    return Code.Ok;
  }

  enter(id: number, side: Side, worst: number, qty: number, rests: boolean, post: boolean): void {
    let left = qty;
    for (const maker of this.makers(side, worst)) {
      const filled = Math.min(left, maker.leaves);
      if (filled === 0) break;
      left -= filled;
      maker.leaves -= filled;
      this.sink.onFill(maker.id, id, maker.price, filled);
    }
    this.orders = this.orders.filter((o) => o.leaves > 0);
    if (left === 0) return;
    if (rests) this.orders.push({ id, side, price: worst, leaves: left, since: this.#clock++, post });
    else this.sink.onExpire(id, left, Reject.Unfillable);
  }

  cancel(id: number): boolean {
    const order = this.orders.find((o) => o.id === id);
    if (order === undefined) return false;
    this.orders = this.orders.filter((o) => o !== order);
    this.sink.onCancel(id, order.leaves);
    return true;
  }

  amend(id: number, price: number, leaves: number): boolean {
    const order = this.orders.find((o) => o.id === id);
    if (order === undefined) return false;
    this.sink.onAccept(id);
    if (order.price === price && leaves <= order.leaves) {
      order.leaves = leaves;
      return true;
    }
    this.orders = this.orders.filter((o) => o !== order);
    if (order.post && this.makers(order.side, price).length > 0) this.sink.onExpire(id, leaves, Reject.WouldTake);
    else this.enter(id, order.side, price, leaves, true, order.post);
    return true;
  }
}

/** Resting orders, level by level, must be what the list says; what is displayed is their sum. */
function sameBook(book: OwnBook, naive: Naive): boolean {
  if (book.count !== naive.orders.length) return false;
  for (const o of naive.orders) if (book.leavesOf(o.id) !== o.leaves) return false;
  for (const side of [Side.Buy, Side.Sell]) {
    const byPrice = new Map<number, number>();
    for (const o of naive.orders) if (o.side === side) byPrice.set(o.price, (byPrice.get(o.price) ?? 0) + o.leaves);
    const levels = [...byPrice].sort((a, b) => (side === Side.Buy ? b[0] - a[0] : a[0] - b[0]));
    if (book.levels(side) !== levels.length) return false;
    if (levels.some(([price, qty], i) => book.priceAt(side, i) !== price || book.qtyAt(side, i) !== qty)) return false;
  }
  return true;
}

/** Quantity ordered (amends as they change it) = what fills took, twice, + cancelled + expired + what rests. */
function run(seed: number): { commands: number; fills: number } {
  const prng = new Prng(seed);
  const [events, expected] = [new Events(), new Events()];
  const [book, naive] = [new OwnBook(ORDERS_MAX, events), new Naive(expected)];
  // Narrow runs have deep queues, wide ones many levels; large ids leave 32 bits.
  const width = 2 + prng.nextBelow(60);
  const idBase = prng.nextBelow(3) * 4_294_967_290 + 1;
  let [ids, ordered, gone, fills, at] = [0, 0, 0, 0, 0];
  for (let n = 0; n < COMMANDS; n++) {
    const draw = prng.nextBelow(100);
    const price = 1_000 + prng.nextBelow(width);
    const qty = 1 + prng.nextBelow(20);
    const someId = idBase + Math.max(0, ids - prng.nextBelow(ORDERS_MAX * 2));
    let [mine, theirs]: [Code | boolean, Code | boolean] = [false, false];
    if (draw < 60) {
      const id = draw === 0 ? someId : idBase + ids++;
      const type = prng.nextBelow(10) === 0 ? OrderType.Market : OrderType.Limit;
      const tif = ([1, 1, 1, 1, 1, 2, 3] as const)[prng.nextBelow(7)] as TimeInForce;
      const [side, post] = [(1 + prng.nextBelow(2)) as Side, prng.nextBelow(6) === 0];
      mine = book.submit(id, side, type, price, qty, tif, post);
      theirs = naive.submit(id, side, type, price, qty, tif, post);
      if (mine === Code.Ok) ordered += qty;
    } else if (draw < 80) {
      mine = book.cancel(someId);
      theirs = naive.cancel(someId);
    } else {
      const before = book.leavesOf(someId);
      mine = book.amend(someId, price, qty);
      theirs = naive.amend(someId, price, qty);
      if (before > 0) ordered += qty - before;
    }
    if (mine !== theirs) throw new Error(`seed ${seed}, command ${n}: ${mine} instead of ${theirs}`);
    for (; at < Math.max(events.log.length, expected.log.length); at++) {
      if (events.log[at] !== expected.log[at]) throw new Error(`seed ${seed}, command ${n}: another event`);
      const kind = at % 5 === 0 ? events.log[at] : 0;
      if (kind === 2) gone += 2 * (events.log[at + 4] as number);
      if (kind === 3 || kind === 4) gone += events.log[at + 2] as number;
      if (kind === 2) fills++;
    }
    if (n % 8 === 0 && !sameBook(book, naive)) throw new Error(`seed ${seed}, command ${n}: another book`);
  }
  const resting = naive.orders.reduce((sum, o) => sum + o.leaves, 0);
  expect(ordered, `seed ${seed}`).toBe(gone + resting);
  return { commands: COMMANDS, fills };
}

test("240,000 random commands: the plain list's events, books and quantities", () => {
  let [commands, fills] = [0, 0];
  for (let seed = 1; seed <= RUNS; seed++) {
    const done = run(seed);
    commands += done.commands;
    fills += done.fills;
  }
  expect(commands).toBeGreaterThanOrEqual(200_000);
  expect(fills).toBeGreaterThan(commands / 10);
}, 60_000);
