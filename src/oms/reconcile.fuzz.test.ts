/** One pass over what a venue states brings D to the venue's truth, a second one says nothing; facts may come in any order. */

import { expect, test } from "bun:test";
import { isTerminal, OrderState as S, Side } from "../model/order.ts";
import { RecordKind as K, TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { mayCancel, mayReplace } from "./matrix.ts";
import { judge, Verdict } from "./reconcile.ts";
import { make, SMALL_LIMITS, TestDesk } from "./test_desk.ts";
import { TestChance, TestVenueOrder, type Truth } from "./test_venue.ts";

const PAIRS = process.env["MELTICA_FUZZ"] === "large" ? 3_000_000 : 100_000;
const PAIRS_PER_DESK = 200;
const SEED = Number(process.env["MELTICA_SEED"] ?? 1);
const AT = { account: 1, instrument: 2 };

const STATUS: Readonly<Record<Truth, VenueOrderStatus>> = {
  none: VenueOrderStatus.NotFound,
  live: VenueOrderStatus.Open,
  filled: VenueOrderStatus.Filled,
  canceled: VenueOrderStatus.Canceled,
  expired: VenueOrderStatus.Expired,
  rejected: VenueOrderStatus.Rejected,
};

/** An order, and a venue whose reports have come in part, in any order, or not at all. */
class Pair {
  readonly order: number;
  readonly venue: TestVenueOrder;
  readonly out = new TradingRecord();

  constructor(
    readonly desk: TestDesk,
    readonly chance: TestChance,
  ) {
    const qty = 1 + chance.below(20);
    this.order = desk.send(qty, { ...AT, attempt: 1, side: chance.oneIn(2) ? Side.Buy : Side.Sell });
    this.venue = new TestVenueOrder(this.order, qty, chance, AT);
    for (let i = 2 + chance.below(20); i > 0; i--) this.#step();
    this.#gate();
    if (this.venue.truth === "none") this.venue.act();
    this.venue.settle();
  }

  #step(): void {
    const { venue, chance, desk, order } = this;
    const what = chance.below(12);
    if (what < 6) venue.act();
    else if (what < 8) this.deliver();
    else if (what === 8) desk.handler.onReport(make(K.OrderUnknown, order, AT), desk);
    else if (what === 9) this.#gate();
    else if (!venue.waits && mayReplace(desk.orders.state(order))) {
      desk.say(K.ReplaceIntent, order, { qty: 1 + chance.below(30), price: 50 });
      venue.waits = true;
    } else if (mayCancel(desk.orders.state(order))) {
      desk.say(K.CancelIntent, order);
      venue.requests.push({ kind: "cancel" });
    }
  }

  #gate(): void {
    const { venue, desk, order } = this;
    if (!venue.waits) return;
    venue.waits = false;
    if (!desk.orders.isWanted(order)) return desk.say(K.OrderWithdrawn, order);
    desk.say(K.ReplaceSent, order);
    venue.requests.push({ kind: "replace", attempt: desk.orders.attempt(order), qty: desk.orders.pendingQty(order) });
  }

  deliver(): void {
    const { venue, desk, chance } = this;
    if (venue.pending.length === 0) return;
    const report = venue.pending.splice(chance.below(venue.pending.length), 1)[0] as TradingRecord;
    venue.delivered.push(report);
    desk.handler.onReport(report, desk);
  }

  /** All that is left, in any order, some of it twice. */
  deliverAll(): void {
    const { venue, desk, chance } = this;
    while (venue.pending.length > 0) {
      this.deliver();
      const again = venue.delivered[chance.below(venue.delivered.length)] as TradingRecord;
      if (chance.oneIn(3) && again.kind !== K.CancelRejected) desk.handler.onReport(again, desk);
    }
  }

  /** What a query says. */
  statement(): TradingRecord {
    const { venue, order } = this;
    const all = [...venue.pending, ...venue.delivered];
    const isReplaced = all.some((report) => report.kind === K.OrderReplaced);
    const terms = { qty: venue.qty, price: isReplaced ? 50 : 100, cumQty: venue.grossQty };
    return make(K.StatedOrder, order, { ...AT, ...terms, venueOrderId: venue.leg, code: STATUS[venue.truth] });
  }

  /** As the reconciler goes about it: judge, report, fetch fills; infer what the history does not have. */
  pass(hasHistory: boolean): Verdict {
    const { desk, order, out } = this;
    const stated = this.statement();
    for (let step = 0; step < 12; step++) {
      const verdict = judge(desk.orders, order, stated, false, out);
      if (verdict === Verdict.Report) desk.handler.onReport(out, desk);
      else if (verdict !== Verdict.FillsMissing) return verdict;
      else if (hasHistory) this.#fetchFills();
      else if (!desk.handler.infer(order, stated.cumQty, 100, 0, desk)) return Verdict.Impossible;
    }
    return Verdict.Report;
  }

  #fetchFills(): void {
    for (const report of [...this.venue.pending, ...this.venue.delivered]) {
      if (report.kind !== K.OrderFilled) continue;
      // It was asked by the order: whatever the trade names, it is known whose it is.
      const trade = Object.assign(new TradingRecord().copyFrom(report), { order: this.order });
      this.desk.handler.onReport(trade, this.desk);
    }
  }

  check(): void {
    const { desk, order, venue } = this;
    const { orders } = desk;
    const state = orders.state(order);
    must(orders.filledQty(order) === venue.grossQty, `filled ${orders.filledQty(order)}, venue ${venue.grossQty}`);
    must(isTerminal(state) === (venue.truth !== "live"), `${S[state]}, venue ${venue.truth}`);
    must(state !== S.Unknown, "no longer unknown");
    must((state === S.Filled) === (venue.truth === "filled"), `${S[state]}, venue ${venue.truth}`);
    must((state === S.Rejected) === (venue.truth === "rejected"), `${S[state]}, venue ${venue.truth}`);
    if (venue.truth === "live") must(orders.qty(order) === venue.qty, "the quantity is the venue's");
  }
}

function must(condition: boolean, rule: string): void {
  if (!condition) throw new Error(rule);
}

function run(name: string, from: number, count: number, one: (pair: Pair) => void): void {
  for (let first = 0; first < count; first += PAIRS_PER_DESK) {
    const desk = new TestDesk(SMALL_LIMITS, false);
    for (let i = 0; i < PAIRS_PER_DESK; i++) {
      const seed = SEED * 1_000_003 + from + first + i;
      try {
        one(new Pair(desk, new TestChance(seed)));
      } catch (error) {
        throw new Error(`${name}, seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
      // Whatever rests must not fill the table.
      const { orders } = desk;
      for (let o = orders.firstOpenAll(), next = 0; o !== 0; o = next) {
        next = orders.nextOpenAll(o);
        desk.handler.onReport(make(K.OrderCanceled, o, AT), desk);
      }
    }
    must(desk.hash.text() === desk.replicaHash.text(), "a replica has the same hash");
    must(desk.hash.text() === desk.hashFromScratch(), "the hash is the sum of its rows");
    must(desk.handler.counters.breaks === 0, `an honest venue breaks nothing (${name}, from ${first})`);
  }
}

test(`reconcile-idempotent: ${PAIRS} pairs, one pass equal, second pass silent`, () => {
  let inferred = 0;
  run("idempotent", 0, PAIRS, (pair) => {
    const hasHistory = !pair.chance.oneIn(4);
    let verdict = pair.pass(hasHistory);
    must(verdict === Verdict.Agrees, `first pass ends with ${Verdict[verdict]}`);
    pair.check();
    const before = pair.desk.orders.hash.text();
    let records = 0;
    pair.desk.after = () => records++;
    verdict = pair.pass(hasHistory);
    pair.desk.after = undefined;
    must(verdict === Verdict.Agrees && records === 0, `second pass: ${Verdict[verdict]}, ${records} records`);
    must(pair.desk.orders.hash.text() === before, "the second pass changes nothing");
    if (pair.desk.orders.inferred.get(pair.order) !== undefined) inferred++;
  });
  expect(inferred).toBeGreaterThan(PAIRS / 200);
}, 60_000);

test("any-order-of-facts: reports, statements and histories in any order and number end in one state", () => {
  run("any order", 5_000_000, Math.min(PAIRS, 40_000), (pair) => {
    const { chance, desk, order, venue } = pair;
    // A few reports, a statement, more reports, another statement: whatever came first, the end is the venue's.
    for (let rounds = chance.below(3); rounds >= 0; rounds--) {
      for (let i = chance.below(4); i > 0; i--) pair.deliver();
      if (chance.oneIn(2)) pair.pass(chance.oneIn(2));
    }
    pair.deliverAll();
    must(pair.pass(true) === Verdict.Agrees, "the last word agrees");
    pair.check();
    must(desk.orders.inferred.get(order) === undefined, "real trades have replaced what was inferred");
    must(desk.orders.cumQty(order) === venue.cumQty, "the position is the sum of what was not busted");
  });
}, 60_000);
