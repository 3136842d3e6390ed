/**
 * Orders, risk and ledger together through the engine: random commands, a venue that loses, repeats and reorders its
 * answers. Limits hold at every step, money and position are conserved, and the records alone rebuild the same D.
 */

import { expect, test } from "bun:test";
import { Prng } from "../../src/core/prng.ts";
import { Wide } from "../../src/core/wide.ts";
import { apply } from "../../src/engine/apply.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { Desk } from "../../src/engine/engine.testing.ts";
import { CashCause, isExposed, isTerminal, OrderState, Side } from "../../src/model/order.ts";
import { RecordKind, TradingRecord } from "../../src/model/record.ts";

const SESSIONS = process.env["MELTICA_FUZZ"] === "large" ? 400 : 40;
const COMMANDS = 2_500;
const BID = 26_800_000;
const MAX_LONG = 100_000_000; // 100 ETH at six decimals, as the desk's limits say.

const big = (w: Wide) => BigInt(w.hi) * 2n ** 53n + BigInt(w.lo);

/** Notes the side of every order and amend that the gate approved. */
class WatchedDesk extends Desk {
  readonly approved: Side[] = [];
  constructor() {
    super();
    const append = this.journal.append.bind(this.journal);
    this.journal.append = (record) => {
      if (record.kind === RecordKind.OrderIntent || record.kind === RecordKind.ReplaceIntent)
        this.approved.push(record.side);
      append(record);
    };
  }
}

/** The venue: keeps its own truth in plain numbers, and answers late, twice or not at all. */
class Venue {
  readonly pending: Partial<TradingRecord>[] = [];
  readonly told: Partial<TradingRecord>[] = [];
  #fills = 0;

  constructor(
    readonly d: Desk,
    readonly prng: Prng,
  ) {}

  take(): void {
    const { opened, closed } = this.d.gateway;
    for (const effect of opened.splice(0)) this.#open(effect);
    for (const effect of closed.splice(0)) {
      const kind = this.prng.nextBelow(3) === 0 ? RecordKind.CancelRejected : RecordKind.OrderCanceled;
      this.pending.push({ kind, order: effect.order, cumQty: -1 });
    }
  }

  answer(): void {
    const { pending, told, prng, d } = this;
    const again = prng.nextBelow(5) === 0 && told.length > 0;
    const from = again ? told : pending;
    if (from.length === 0) return;
    const at = again || prng.nextBelow(4) === 0 ? prng.nextBelow(from.length) : 0;
    const report = from[at] as Partial<TradingRecord>;
    if (!again) {
      pending.splice(at, 1);
      told.push(report);
      if (told.length > 50) told.shift();
    }
    if (!d.state.orders.has(report.order as number)) return;
    d.report(report.kind as RecordKind, report.order as number, report);
  }

  #open(effect: TradingRecord): void {
    const { order, qty, price } = effect;
    if (effect.kind === RecordKind.ReplaceIntent) {
      const ok = this.prng.nextBelow(2) === 0;
      const kind = ok ? RecordKind.OrderReplaced : RecordKind.ReplaceRejected;
      this.pending.push({ kind, order, qty, price, attempt: effect.attempt });
      return;
    }
    const draw = this.prng.nextBelow(10);
    if (draw === 0) this.pending.push({ kind: RecordKind.OrderRejected, order });
    else if (draw === 1) this.pending.push({ kind: RecordKind.OrderUnknown, order });
    else this.pending.push({ kind: RecordKind.OrderAccepted, order });
    if (draw < 4) return;
    const parts = 1 + this.prng.nextBelow(3);
    let left = qty;
    for (let n = 0; n < parts && left > 0; n++) {
      const part = n === parts - 1 && draw > 6 ? left : Math.min(left, 100 * (1 + this.prng.nextBelow(qty / 100)));
      left -= part;
      this.pending.push({
        kind: RecordKind.OrderFilled,
        order,
        qty: part,
        price: BID,
        cumQty: -1,
        fillId: `F${this.#fills++}`,
      });
    }
  }
}

function command(d: Desk, prng: Prng): void {
  const draw = prng.nextBelow(100);
  const order = 1 + prng.nextBelow(Math.max(1, d.state.orders.nextOrder));
  const qty = 100 * (1 + prng.nextBelow(300_000));
  const price = BID + 100 * (prng.nextBelow(2_000) - 1_000) + (prng.nextBelow(20) === 0 ? 1 : 0);
  if (draw < 55) d.place(price, qty, prng.nextBelow(2) === 0 ? Side.Buy : Side.Sell);
  else if (draw < 75) d.command(RecordKind.CommandCancel, { order });
  else if (draw < 90)
    d.command(RecordKind.CommandAmend, { order, price: prng.nextBelow(2) * price, qty: prng.nextBelow(2) * qty });
  else if (draw < 92) d.command(RecordKind.CommandCancelAll, { text: "sweep" });
  else if (draw < 93) d.command(RecordKind.CommandKill, { scope: 5, text: "drill" });
  else if (draw < 97) d.command(RecordKind.CommandResume, { scope: 5, text: "drill over" });
  else d.journal.stalled = !d.journal.stalled;
}

/**
 * What the gate lets through keeps position and open orders within the limits, counted anew from the order table. Only
 * what it has just approved is asked about: a fill that the venue tells after it said "cancelled" is nobody's approval.
 */
function checkLimits(d: Desk, approved: Side, seed: number): void {
  const { orders, ledger } = d.state;
  let [buy, sell] = [0, 0];
  for (let o = orders.firstOpen(0, 0); o !== 0; o = orders.nextOpen(o)) {
    expect(isExposed(orders.state(o)), `seed ${seed}`).toBe(true);
    if (orders.side(o) === Side.Buy) buy += orders.leavesQty(o);
    else sell += orders.leavesQty(o);
  }
  const held = ledger.positionQty(0, 0, 0);
  if (approved === Side.Buy && held + buy > MAX_LONG)
    throw new Error(`seed ${seed}: ${held} + ${buy} passes the limit`);
  if (approved === Side.Sell && held - sell < 0) throw new Error(`seed ${seed}: ${held} - ${sell} would be short`);
}

test(`${SESSIONS * COMMANDS} random commands: limits, conservation, no impossible step, the same D from records`, () => {
  let [fills, denied, kills, unknown] = [0, 0, 0, 0];
  for (let seed = 1; seed <= SESSIONS; seed++) {
    const prng = new Prng(seed);
    const d = new WatchedDesk();
    const venue = new Venue(d, prng);
    d.quote(BID - 500, BID + 500);
    for (let n = 0; n < COMMANDS; n++) {
      d.nowUs += 1 + prng.nextBelow(20_000);
      const before = d.approved.length;
      command(d, prng);
      for (const side of d.approved.slice(before)) checkLimits(d, side, seed);
      venue.take();
      if (prng.nextBelow(3) > 0) venue.answer();
    }
    let bought = 0;
    let paid = 0n;
    const ends = new Map<number, number>();
    for (const record of d.records()) {
      if (record.kind === RecordKind.OrderFilled) {
        fills++;
        const sign = record.side === Side.Buy ? 1 : -1;
        bought += sign * record.qty;
        paid += BigInt(sign) * BigInt(record.qty) * BigInt(record.price) * 10n ** 8n;
      }
      if (record.kind === RecordKind.OrderDenied) denied++;
      if (record.kind === RecordKind.Killed) kills++;
      if (record.kind === RecordKind.OrderUnknown) unknown++;
      if (record.kind === RecordKind.OrderDenied) ends.set(record.order, (ends.get(record.order) ?? 0) + 1);
    }
    const { ledger, orders } = d.state;
    expect(ledger.positionQty(0, 0, 0), `seed ${seed}`).toBe(bought);
    const wide = new Wide();
    const opening = big(ledger.cashByCause(0, 0, CashCause.OpeningBalance, wide));
    expect(big(ledger.cash(0, 0, wide)), `seed ${seed}`).toBe(opening - paid);
    expect(big(ledger.cash(0, 1, wide)), `seed ${seed}`).toBe(BigInt(bought) * 10n ** 12n);
    for (const [order, times] of ends) {
      expect(times).toBe(1);
      if (orders.has(order)) expect(orders.state(order)).toBe(OrderState.Denied);
      expect(isTerminal(OrderState.Denied)).toBe(true);
    }
    const rebuilt = new DurableState(d.limits);
    d.journal.replay(new TradingRecord(), (record) => apply(rebuilt, record));
    expect(rebuilt.hash(), `seed ${seed}`).toBe(d.state.hash());
  }
  // The test must have been somewhere: all of these happen, many times.
  expect(Math.min(fills / 1_000, denied / 1_000, kills / 100, unknown / 100)).toBeGreaterThan(1);
});
