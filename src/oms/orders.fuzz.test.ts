/** Random commands and reports: the same venue facts in any order, repeated or held back, end in the venue's truth. */

import { describe, expect, test } from "bun:test";
import { isExposed, isTerminal, OrderEvent, OrderFlag, OrderState as S, Side } from "../model/order.ts";
import { RecordKind as K, type TradingRecord } from "../model/record.ts";
import { eventOf, mayCancel, mayReplace } from "./matrix.ts";
import { markUnanswered } from "./recover.ts";
import { isEvidence } from "./reports.ts";
import { make, SMALL_LIMITS, TestDesk } from "./test_desk.ts";
import { TestChance, TestVenueOrder, type Truth } from "./test_venue.ts";

const SEQUENCES = process.env["MELTICA_FUZZ"] === "large" ? 3_000_000 : 100_000;
const SEQUENCES_PER_DESK = 500;
const SEED = Number(process.env["MELTICA_SEED"] ?? 1);

const END: Readonly<Record<Truth, S>> = {
  none: S.NeverAccepted,
  live: S.Open,
  filled: S.Filled,
  canceled: S.Canceled,
  expired: S.Expired,
  rejected: S.Rejected,
};

/** Watches every record of a desk: what may never happen in between. */
class Watch {
  #before = S.None;
  #cumBefore = 0;
  records = 0;
  readonly stepsSeen = new Set<number>();

  constructor(readonly desk: TestDesk) {
    desk.before = (record) => this.#seeBefore(record);
    desk.after = (record) => this.#seeAfter(record);
  }

  #seeBefore(record: TradingRecord): void {
    this.#before = this.desk.orders.state(record.order);
    this.#cumBefore = this.desk.orders.has(record.order) ? this.desk.orders.cumQty(record.order) : 0;
  }

  #seeAfter(record: TradingRecord): void {
    const { orders } = this.desk;
    this.records++;
    if (!orders.has(record.order)) return;
    const after = orders.state(record.order);
    const event = eventOf(record.kind);
    if (event !== -1) this.stepsSeen.add(this.#before * 16 + event);
    must(orders.cumQty(record.order) >= 0, "cumQty is never negative");
    const isFill = event === OrderEvent.Fill;
    const isBust = event === OrderEvent.Bust;
    must(isFill || isBust || this.#cumBefore === orders.cumQty(record.order), "only fills and busts move cumQty");
    if (this.#before === S.Unknown && after !== S.Unknown) {
      must(isEvidence(event) && event !== OrderEvent.Lose, "only evidence ends Unknown");
    }
    if (isTerminal(this.#before) && !isTerminal(after)) must(event === OrderEvent.Replace, "only a replace revives");
    if (after === S.Rejected && this.#before !== S.Rejected) must(event === OrderEvent.Reject, "only a reject rejects");
    if (isTerminal(after)) must((orders.flags(record.order) & PENDING) === 0, "nothing is pending after the end");
  }
}

const PENDING = OrderFlag.CancelPending | OrderFlag.ReplacePending;

function must(condition: boolean, rule: string): void {
  if (!condition) throw new Error(rule);
}

describe("orders, fuzzed", () => {
  test(`${SEQUENCES} sequences of venue facts, shuffled, repeated, held back`, () => {
    const seen = new Set<number>();
    for (let first = 0; first < SEQUENCES; first += SEQUENCES_PER_DESK) {
      const desk = new TestDesk(SMALL_LIMITS, false);
      const watch = new Watch(desk);
      const previous: TestVenueOrder[] = [];
      for (let i = 0; i < SEQUENCES_PER_DESK; i++) {
        const seed = SEED * 1_000_003 + first + i;
        try {
          runSequence(desk, new TestChance(seed), previous);
        } catch (error) {
          throw new Error(`seed ${seed} (run with MELTICA_SEED=${SEED}): ${(error as Error).message}`, {
            cause: error,
          });
        }
        if (i % 50 === 0) checkSums(desk);
      }
      checkSums(desk);
      must(desk.handler.counters.breaks === 0, "an honest venue breaks nothing");
      must(desk.handler.counters.overfills === 0, "an honest venue overfills nothing");
      for (const step of watch.stepsSeen) seen.add(step);
    }
    // The sequences reach far into the matrix; a generator that dries up must not pass unseen.
    expect(seen.size).toBeGreaterThanOrEqual(72);
  }, 60_000);

  test("the same facts delivered in two shuffled orders give the same order", () => {
    for (let seed = 0; seed < 3_000; seed++) {
      const one = finalRow(seed, 1);
      for (const shuffle of [2, 3]) expect({ seed, ...finalRow(seed, shuffle) }).toEqual({ seed, ...one });
    }
  });

  test("random bytes of evidence never stop the handler, and sums stay right", () => {
    for (let seed = 0; seed < 400; seed++) {
      const chance = new TestChance(seed);
      const desk = new TestDesk(SMALL_LIMITS, false);
      for (let i = 0; i < 60; i++) {
        if (chance.oneIn(4)) ourMove(desk, chance);
        else desk.handler.onReport(anyReport(desk, chance), desk);
      }
      checkSums(desk);
    }
  });
});

function runSequence(desk: TestDesk, chance: TestChance, previous: TestVenueOrder[]): void {
  const at = { account: chance.below(2), instrument: chance.below(3) };
  const qty = 1 + chance.below(20);
  const order = desk.intend(qty, { ...at, side: chance.oneIn(2) ? Side.Buy : Side.Sell });
  if (chance.oneIn(20)) {
    if (chance.oneIn(2)) desk.say(K.CancelIntent, order);
    desk.say(K.OrderWithdrawn, order);
    return;
  }
  const isLostOnTheWay = chance.oneIn(25);
  if (isLostOnTheWay && chance.oneIn(2)) markUnanswered(desk.orders, desk);
  else desk.say(K.OrderSent, order);
  const venue = new TestVenueOrder(order, qty, chance, at);
  const steps = 4 + chance.below(24);
  for (let i = 0; i < steps; i++) {
    const what = chance.below(16);
    if (what < 6) {
      if (!isLostOnTheWay) venue.act();
    } else if (what < 11) deliver(desk, venue, chance);
    else if (what === 11) repeat(desk, venue, chance);
    else if (what === 12) desk.handler.onReport(make(K.OrderUnknown, order, at), desk);
    else if (what === 13) repeat(desk, previous[chance.below(previous.length || 1)] ?? venue, chance);
    else if (what === 14) ask(desk, venue, chance);
    else if (chance.oneIn(4)) restart(desk, venue, chance);
    else gate(desk, venue);
  }
  gate(desk, venue);
  if (isLostOnTheWay) {
    venue.requests.length = 0;
    if (!isExposed(desk.orders.state(order))) return;
    desk.handler.onReport(make(K.OrderUnknown, order, at), desk);
    desk.handler.onReport(make(K.OrderNotFound, order, at), desk);
  } else {
    if (venue.truth === "none") venue.act();
    venue.settle();
  }
  while (venue.pending.length > 0) deliver(desk, venue, chance);
  for (let i = chance.below(4); i > 0; i--) repeat(desk, venue, chance);
  checkEnd(desk, venue);
  venue.cancel();
  while (venue.pending.length > 0) deliver(desk, venue, chance);
  must(isTerminal(desk.orders.state(order)), "a settled order has ended");
  previous[chance.below(8)] = venue;
}

function checkEnd(desk: TestDesk, venue: TestVenueOrder): void {
  const { orders } = desk;
  if (orders.state(venue.order) === S.Unknown) {
    must(venue.truth === "live", `still unknown, though the venue has told that it is ${venue.truth}`);
    desk.handler.onReport(venue.query(), desk);
  }
  const live = venue.cumQty > 0 ? S.PartiallyFilled : S.Open;
  const expected = venue.truth === "live" ? live : END[venue.truth];
  const state = orders.state(venue.order);
  must(state === expected, `state is ${S[state]}, the venue's truth is ${S[expected]}`);
  must(orders.cumQty(venue.order) === venue.cumQty, "cumQty equals the venue's");
  must(orders.filledQty(venue.order) === venue.grossQty, "fills equal the venue's");
  must(orders.missingQty(venue.order) === 0, "nothing is missing once all has come");
  must(desk.handler.parkedCount === 0, "nothing is parked once all has come");
  if (venue.truth !== "live") return;
  must(orders.qty(venue.order) === venue.qty, "the quantity is the venue's");
  must(orders.venueOrderId(venue.order) === venue.leg, "the venue's id is the live leg's");
}

function deliver(desk: TestDesk, venue: TestVenueOrder, chance: TestChance): void {
  if (venue.pending.length === 0) return;
  const report = venue.pending.splice(chance.below(venue.pending.length), 1)[0] as TradingRecord;
  venue.delivered.push(report);
  desk.handler.onReport(report, desk);
}

/** Repeats what cannot be mistaken for news: an old refusal or ack says again what was true when it was said. */
function repeat(desk: TestDesk, venue: TestVenueOrder, chance: TestChance): void {
  if (venue.delivered.length === 0) return;
  const report = venue.delivered[chance.below(venue.delivered.length)] as TradingRecord;
  if (report.kind === K.CancelRejected || !desk.orders.has(venue.order)) return;
  desk.handler.onReport(report, desk);
}

function ask(desk: TestDesk, venue: TestVenueOrder, chance: TestChance): void {
  const { orders } = desk;
  const state = orders.state(venue.order);
  if (!venue.waits && chance.below(3) > 0 && mayReplace(state)) {
    desk.say(K.ReplaceIntent, venue.order, { qty: 1 + chance.below(30), price: 50 });
    venue.waits = true;
  } else if (mayCancel(state)) {
    desk.say(K.CancelIntent, venue.order);
    venue.requests.push({ kind: "cancel" });
  }
}

/** The release gate comes to the waiting replace: it goes, or is no longer wanted. */
function gate(desk: TestDesk, venue: TestVenueOrder): void {
  if (!venue.waits) return;
  venue.waits = false;
  const { orders } = desk;
  if (!orders.isWanted(venue.order)) {
    desk.say(K.OrderWithdrawn, venue.order);
    return;
  }
  desk.say(K.ReplaceSent, venue.order);
  sendReplace(desk, venue);
}

function sendReplace(desk: TestDesk, venue: TestVenueOrder): void {
  const attempt = desk.orders.attempt(venue.order);
  venue.requests.push({ kind: "replace", attempt, qty: desk.orders.pendingQty(venue.order) });
}

/** A crash: what waited at the gate may have left without a record of it, or not; reconciliation then says which. */
function restart(desk: TestDesk, venue: TestVenueOrder, chance: TestChance): void {
  const { orders } = desk;
  const mayHaveLeft = venue.waits && orders.isWanted(venue.order);
  const isUnanswered = venue.waits && (orders.flags(venue.order) & OrderFlag.ReplacePending) !== 0;
  venue.waits = false;
  markUnanswered(orders, desk);
  if (!isUnanswered) return;
  if (mayHaveLeft && chance.oneIn(2)) sendReplace(desk, venue);
  else {
    const attempt = orders.attempt(venue.order);
    desk.handler.onReport(make(K.ReplaceRejected, venue.order, { ...venue.at, attempt }), desk);
  }
}

/** One venue history with requests answered, delivered in the shuffle's order; the row as it ends. */
function finalRow(seed: number, shuffle: number): Record<string, unknown> {
  const desk = new TestDesk(SMALL_LIMITS, false);
  const chance = new TestChance(seed);
  const qty = 1 + chance.below(20);
  const order = desk.send(qty);
  const venue = new TestVenueOrder(order, qty, chance, { account: 0, instrument: 0 });
  venue.act();
  deliver(desk, venue, chance);
  if (chance.oneIn(2) && mayReplace(desk.orders.state(order))) {
    const target = 1 + chance.below(30);
    desk.say(K.ReplaceIntent, order, { qty: target, price: 50 });
    desk.say(K.ReplaceSent, order);
    venue.requests.push({ kind: "replace", attempt: 1, qty: target });
  }
  for (let i = 0; i < 12; i++) venue.act();
  venue.settle();
  const order2 = new TestChance(seed * 31 + shuffle);
  while (venue.pending.length > 0) {
    deliver(desk, venue, order2);
    if (order2.oneIn(3)) repeat(desk, venue, order2);
  }
  if (venue.truth === "live") desk.handler.onReport(venue.query(), desk);
  const { orders } = desk;
  return {
    state: S[orders.state(order)],
    cumQty: orders.cumQty(order),
    leavesQty: orders.leavesQty(order),
    open: orders.openBuyQty(0, 0),
    price: venue.truth === "live" ? orders.price(order) : 0,
  };
}

function ourMove(desk: TestDesk, chance: TestChance): void {
  const order = 1 + chance.below(desk.orders.nextOrder);
  const state = desk.orders.state(order);
  if (state === S.None) {
    if (desk.orders.hasRoom())
      desk.send(1 + chance.below(9), { account: chance.below(2), instrument: chance.below(3) });
  } else if (chance.oneIn(2) && mayCancel(state)) desk.say(K.CancelIntent, order);
  else if (mayReplace(state)) desk.say(K.ReplaceIntent, order, { qty: 1 + chance.below(9) });
  else if (desk.orders.isWanted(order)) desk.say(state === S.Intent ? K.OrderSent : K.ReplaceSent, order);
}

/** Any evidence with any columns, sensible or not. */
function anyReport(desk: TestDesk, chance: TestChance): TradingRecord {
  const values = [0, 1, 2, 5, -1, 0.5, Number.NaN, 2 ** 53 - 1, 2 ** 60, Number.POSITIVE_INFINITY];
  const value = () => values[chance.below(chance.oneIn(3) ? values.length : 4)] as number;
  return make((K.OrderAccepted + chance.below(11)) as K, chance.below(desk.orders.nextOrder + 2), {
    account: chance.below(3),
    instrument: chance.below(4),
    side: chance.below(3),
    code: chance.below(14),
    attempt: chance.below(3),
    price: value(),
    qty: value(),
    cumQty: value(),
    fillId: chance.oneIn(8) ? "" : `f${chance.below(20)}`,
    venueOrderId: chance.oneIn(3) ? "" : `v${chance.below(6)}`,
  });
}

/** Exposure against a plain recomputation, the hash against a fresh table's and against the sum from scratch. */
function checkSums(desk: TestDesk): void {
  const { orders } = desk;
  const sums = new Map<string, number>();
  let open = 0;
  for (let order = 1; order < orders.nextOrder; order++) {
    if (!orders.has(order)) continue;
    const key = `${orders.account(order)} ${orders.instrument(order)} ${Side[orders.side(order)]}`;
    const pending = (orders.flags(order) & OrderFlag.ReplacePending) === 0 ? 0 : orders.pendingQty(order);
    if (!isExposed(orders.state(order))) {
      const room = Math.max(0, Math.max(orders.qty(order), pending) - orders.filledQty(order));
      sums.set(key, (sums.get(key) ?? 0) + Math.min(orders.missingQty(order), room));
      continue;
    }
    open++;
    const leaves = Math.max(orders.qty(order), pending) - orders.cumQty(order);
    sums.set(key, (sums.get(key) ?? 0) + Math.max(0, leaves));
  }
  let listed = 0;
  for (let account = 0; account < 2; account++) {
    for (let instrument = 0; instrument < 3; instrument++) {
      const pair = `${account} ${instrument}`;
      must(
        orders.openBuyQty(account, instrument) === (sums.get(`${pair} Buy`) ?? 0),
        "open buys are the sum of leaves",
      );
      must(
        orders.openSellQty(account, instrument) === (sums.get(`${pair} Sell`) ?? 0),
        "open sells are the sum of leaves",
      );
      let before = 0;
      for (let o = orders.firstOpen(account, instrument); o !== 0; o = orders.nextOpen(o)) {
        must(o > before && isExposed(orders.state(o)), "a pair's list is ascending and exposed");
        before = o;
        listed++;
      }
    }
  }
  must(listed === open && orders.openCountAll() === open, "every exposed order is listed once");
  must(desk.hash.text() === desk.replicaHash.text(), "a fresh table fed with the same records has the same hash");
  must(desk.hash.text() === desk.hashFromScratch(), "the hash is the sum from scratch");
}
