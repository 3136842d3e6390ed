/** What paper trading asks of the simulated venue: unique fill ids, a restart out of D, faults on demand, funding. With faults, funding, restore. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Code } from "../../core/code.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { Wide } from "../../core/wide.ts";
import { Desk, ETH } from "../../engine/engine.testing.ts";
import { MarketState } from "../../market/market.ts";
import { Reject } from "../../model/denial.ts";
import { InstrumentTable } from "../../model/instrument.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import { CashCause, InstrumentKind, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import type { Approved } from "../../risk/approved.ts";
import { Faults } from "./faults.ts";
import { fundingAmount } from "./funding.ts";
import { ReplayGateway, type ReplayGatewayOptions } from "./gateway.ts";
import { endKind, mayRest, orderFromFacts } from "./restore.ts";

const ENTRY = 5_000;
const ACK = 3_000;
const BID = 26_800_000;
const ASK = 26_801_000;
const ONE = 1_000_000;
const TERMS = { entryLatencyUs: ENTRY, ackLatencyUs: ACK, makerRate: 0, takerRate: 0, feeIn: "quote" } as const;

class Venue {
  nowUs: number;
  readonly reports: TradingRecord[] = [];
  readonly market = new MarketState(DEFAULT_LIMITS);
  readonly lane = MarketLane.create(DEFAULT_LIMITS);
  readonly gateway: ReplayGateway;
  #id = 0;

  constructor(more: Partial<ReplayGatewayOptions> = {}, kind = InstrumentKind.Spot, nowUs = 1_000_000, account = 0) {
    this.nowUs = nowUs;
    const instruments = new InstrumentTable();
    instruments.define({ ...ETH, kind });
    this.market.define({ ...ETH, kind });
    const put = (record: Readonly<TradingRecord>) => this.reports.push(new TradingRecord().copyFrom(record)) > 0;
    const clock = { nowUs: () => this.nowUs };
    const asset = (code: string) => (code === "USDT" ? 0 : 1);
    const { market } = this;
    this.gateway = new ReplayGateway(account, market, instruments, asset, { put }, clock, DEFAULT_LIMITS, {
      ...TERMS,
      ...more,
    });
  }

  take(): void {
    this.lane.publish();
    for (; this.lane.pending() > 0; this.lane.release(1)) {
      const slot = this.lane.peek(0);
      this.market.onSlot(this.lane, slot);
      if (this.gateway.wantsMarket) this.gateway.onSlot(this.lane, slot);
    }
  }

  book(bid = BID, ask = ASK, qty = 5 * ONE): void {
    const id = ++this.#id;
    this.lane.put(SlotKind.DepthSnapshot, 0, 1, 0, 0, this.nowUs, id, -1, 1, 1, id);
    this.lane.put(SlotKind.Level, 0, 1, 0, 0, this.nowUs, bid, qty, 0, 0, 0);
    this.lane.put(SlotKind.Level, SlotFlag.Sell, 1, 0, 0, this.nowUs, ask, qty, 0, 0, 0);
    this.take();
  }

  trade(price: number, qty: number): void {
    this.lane.put(SlotKind.Trade, SlotFlag.Sell, 1, 0, this.nowUs, this.nowUs, price, qty, this.nowUs, 0, ++this.#id);
    this.take();
  }

  mark(mark: number, rate: number, nextUs: number): void {
    this.lane.put(SlotKind.Mark, 0, 1, 0, this.nowUs, this.nowUs, mark, mark, rate, nextUs, 0);
    this.take();
  }

  send(kind: RecordKind, order: number, more: Partial<TradingRecord> = {}): Code {
    const terms = { side: Side.Buy, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc, price: BID, qty: ONE };
    const record = Object.assign(new TradingRecord().reset(kind), { order, ...terms, ...more });
    if (kind === RecordKind.CancelIntent) return this.gateway.close(record);
    return this.gateway.open(record as unknown as Approved);
  }

  /** Time passes as the driver lets it: due by due. */
  until(us: number): void {
    while (this.gateway.nextDueUs() <= us) {
      this.nowUs = Math.max(this.nowUs, this.gateway.nextDueUs());
      this.gateway.advance(this.gateway.nextDueUs());
    }
    this.nowUs = us;
  }

  ask(order: number): TradingRecord {
    this.gateway.query({ id: 1, kind: "order", order, clientOrderId: "", instrument: 0 });
    this.until(this.nowUs + 20_000);
    return this.reports.at(-2) as TradingRecord; // Behind it comes the end of the answer.
  }

  told(from = 0): string[] {
    return this.reports.slice(from).map((r) => `${RecordKind[r.kind]} ${r.order}`);
  }
}

/** D with: 1 open and partly filled, 2 never acknowledged, 3 filled, 4 cancelled, 5 cancel pending, 6 replace pending, 7 IOC. */
function desk(): Desk {
  const d = new Desk();
  d.quote(BID - 100, ASK);
  for (let n = 1; n <= 6; n++) d.place(BID, 2 * ONE);
  d.command(RecordKind.CommandPlace, {
    price: BID,
    qty: 2 * ONE,
    side: Side.Buy,
    orderType: OrderType.Limit,
    timeInForce: TimeInForce.Ioc,
    text: "ioc",
  });
  for (const n of [1, 3, 4, 5, 6, 7]) d.report(RecordKind.OrderAccepted, n);
  d.report(RecordKind.OrderFilled, 1, { qty: ONE / 2, price: BID, fillId: "A" });
  d.report(RecordKind.OrderFilled, 3, { qty: 2 * ONE, price: BID, fillId: "B" });
  d.report(RecordKind.OrderCanceled, 4);
  d.command(RecordKind.CommandCancel, { order: 5 });
  d.command(RecordKind.CommandAmend, { order: 6, price: 0, qty: 3 * ONE });
  return d;
}

function restored(): Venue {
  const { state } = desk();
  const venue = new Venue({}, InstrumentKind.Spot, state.timeUs);
  venue.gateway.restore(state);
  return venue;
}

describe("restore", () => {
  test("before any market: orders live and answer, cancels arrive, replaces are refused, an IOC ends, the rest is not there", () => {
    const venue = restored();
    venue.until(venue.nowUs + 20_000);
    expect(venue.told()).toEqual(["ReplaceRejected 6", "OrderExpired 7", "OrderCanceled 5"]);
    expect(venue.reports[0]).toMatchObject({ code: Reject.Other, attempt: 2 });
    expect(venue.ask(1)).toMatchObject({
      code: VenueOrderStatus.Open,
      price: BID,
      qty: 2 * ONE,
      cumQty: ONE / 2,
      venueOrderId: "V1",
    });
    expect(venue.ask(2).code).toBe(VenueOrderStatus.NotFound);
    expect(venue.ask(3)).toMatchObject({ code: VenueOrderStatus.Filled, cumQty: 2 * ONE });
    expect(venue.ask(4).code).toBe(VenueOrderStatus.Canceled);
    const from = venue.reports.length;
    venue.gateway.query({ id: 1, kind: "openOrders", instrument: "all" });
    venue.until(venue.nowUs + 20_000);
    expect(venue.told(from)).toEqual(["StatedOrder 1", "StatedOrder 6", "QueryEnded 0"]);
    venue.send(RecordKind.CancelIntent, 3);
    venue.send(RecordKind.CancelIntent, 2);
    venue.until(venue.nowUs + 20_000);
    expect(venue.reports.slice(-2).map((r) => r.code)).toEqual([Reject.AlreadyDone, Reject.UnknownOrder]);
  });

  test("waiting orders can be amended and cancelled; they rest at the back of the queue once there is a book", () => {
    const venue = restored();
    venue.send(RecordKind.ReplaceIntent, 1, { qty: ONE, attempt: 2 });
    venue.send(RecordKind.CancelIntent, 6);
    venue.until(venue.nowUs + 20_000);
    expect(venue.told().slice(-2)).toEqual(["OrderReplaced 1", "OrderCanceled 6"]);
    expect(venue.gateway.wantsMarket).toBe(true);
    venue.book();
    venue.trade(BID, 5 * ONE);
    const from = venue.reports.length;
    venue.until(venue.nowUs + 20_000);
    expect(venue.told(from)).toEqual([]); // Five were displayed before us.
    venue.trade(BID, ONE);
    venue.until(venue.nowUs + 20_000);
    expect(venue.reports.at(-1)).toMatchObject({
      kind: RecordKind.OrderFilled,
      order: 1,
      qty: ONE / 2,
      cumQty: ONE,
      price: BID,
    });
    expect(venue.gateway.wantsMarket).toBe(false);
  });

  test("a market that has moved through them fills them as makers at their own price, each quantity once", () => {
    const venue = restored();
    venue.until(venue.nowUs + 20_000);
    venue.book(BID - 5_000, BID - 4_000, 2 * ONE);
    venue.until(venue.nowUs + 20_000);
    const fills = venue.reports.filter((r) => r.kind === RecordKind.OrderFilled);
    expect(fills.map((r) => [r.order, r.qty, r.price, r.liquidity])).toEqual([
      [1, (3 * ONE) / 2, BID, 1],
      [6, ONE / 2, BID, 1],
    ]);
  });

  test("a market that is there already: they rest when its next frame is whole, behind what it leaves", () => {
    const { state } = desk();
    const venue = new Venue({}, InstrumentKind.Spot, state.timeUs);
    venue.book();
    venue.gateway.restore(state);
    venue.lane.put(SlotKind.DepthDiff, 0, 1, 0, 0, venue.nowUs, 2, -1, 1, 0, 2);
    venue.lane.put(SlotKind.Level, 0, 1, 0, 0, venue.nowUs, BID, 9 * ONE, 0, 0, 0);
    venue.take();
    venue.trade(BID, 9 * ONE);
    const fills = () => venue.reports.filter((r) => r.kind === RecordKind.OrderFilled).map((r) => [r.order, r.qty]);
    venue.until(venue.nowUs + 20_000);
    expect(fills()).toEqual([]);
    venue.trade(BID, ONE);
    venue.until(venue.nowUs + 20_000);
    expect(fills()).toEqual([[1, ONE]]);
  });

  test("orderFromFacts, mayRest and endKind say what D says", () => {
    const { state } = desk();
    expect(orderFromFacts(state.orders, 1)).toMatchObject({ cumQty: ONE / 2, endKind: 0, venueOrderId: "V1" });
    expect([1, 3, 7].map((n) => mayRest(orderFromFacts(state.orders, n)))).toEqual([true, false, false]);
    expect([3, 4, 2].map((n) => endKind(state.orders.state(n)))).toEqual([
      RecordKind.OrderFilled,
      RecordKind.OrderCanceled,
      0,
    ]);
  });

  test("orders of another account are not ours", () => {
    const { state } = desk();
    const venue = new Venue({}, InstrumentKind.Spot, state.timeUs, 1);
    venue.gateway.restore(state);
    expect(venue.gateway.wantsMarket).toBe(false);
    expect(venue.ask(3).code).toBe(VenueOrderStatus.NotFound);
  });
});

describe("session tag and faults", () => {
  test("fill ids carry the session's tag", () => {
    const venue = new Venue({ sessionTag: "7" });
    venue.book();
    venue.send(RecordKind.OrderIntent, 1, { price: ASK });
    venue.until(venue.nowUs + 20_000);
    expect(venue.reports.at(-1)?.fillId).toBe("R7-1");
  });

  test("jitter: later by up to so much, in order, the same with the same seed", () => {
    const run = (seed: number) => {
      const venue = new Venue({ faults: { seed, latencyJitterUs: 40_000 } });
      venue.book();
      for (let n = 1; n <= 50; n++) {
        venue.send(RecordKind.OrderIntent, n);
        venue.until(venue.nowUs + 10_000);
      }
      venue.until(venue.nowUs + 200_000);
      return venue.reports.map((r) => `${r.order} ${r.timeUs}`);
    };
    const times = run(1);
    expect(times).toHaveLength(50);
    expect(times.map((t) => Number(t.split(" ")[0]))).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    const late = times.map((t, n) => Number(t.split(" ")[1]) - (1_000_000 + n * 10_000) - ENTRY - ACK);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeGreaterThan(20_000);
    expect(run(1)).toEqual(times);
    expect(run(2)).not.toEqual(times);
  });

  test("a share of orders is refused", () => {
    const venue = new Venue({ faults: { seed: 3, rejectRate: 0.25 } });
    venue.book();
    for (let n = 1; n <= 400; n++) {
      venue.send(RecordKind.OrderIntent, n);
      venue.until(venue.nowUs + 100);
    }
    venue.until(venue.nowUs + 20_000);
    const refused = venue.reports.filter((r) => r.kind === RecordKind.OrderRejected).length;
    expect(refused).toBeGreaterThan(70);
    expect(refused).toBeLessThan(130);
    expect(venue.reports).toHaveLength(400);
    const none = new Faults({ seed: 1 });
    expect([none.rejects(), none.jitterUs()]).toEqual([false, 0]);
  });

  test("disconnect: openings refused, cancels wait, what fills meanwhile is told afterwards, once", () => {
    const venue = new Venue();
    venue.book();
    venue.send(RecordKind.OrderIntent, 1);
    venue.send(RecordKind.OrderIntent, 2, { price: BID - 1_000 });
    venue.until(1_020_000);
    expect(venue.told()).toEqual(["OrderAccepted 1", "OrderAccepted 2"]);
    venue.send(RecordKind.OrderIntent, 3, { price: BID - 2_000 });
    venue.gateway.disconnect(500_000);
    expect(venue.send(RecordKind.OrderIntent, 4)).toBe(Code.SocketLost);
    expect(venue.send(RecordKind.ReplaceIntent, 1, { qty: 2 * ONE, attempt: 1 })).toBe(Code.SocketLost);
    expect(venue.send(RecordKind.CancelIntent, 2)).toBe(Code.Ok);
    venue.trade(BID, 6 * ONE);
    venue.until(1_519_999);
    expect(venue.reports).toHaveLength(2);
    venue.until(1_700_000);
    expect(venue.told(2)).toEqual(["OrderFilled 1", "OrderAccepted 3", "OrderCanceled 2"]);
    expect(venue.reports.slice(2).map((r) => r.timeUs)).toEqual([1_520_000, 1_520_000, 1_528_000]);
    expect(venue.send(RecordKind.OrderIntent, 5)).toBe(Code.Ok);
  });
});

const HOUR = 3_600_000_000;
const START = 1_699_999_200_000_000; // A full hour.

function perpetual(qty: number, nowUs = START + 1_000): Venue {
  return new Venue({ positionQty: () => qty }, InstrumentKind.LinearPerpetual, nowUs);
}

describe("funding", () => {
  test("a long pays a positive rate at the funding time, exactly, once, under an id of that time", () => {
    const venue = perpetual(3 * ONE);
    venue.mark(268_000_000_000, 1_000_000, START + HOUR);
    venue.until(START + HOUR - 1);
    expect(venue.reports).toEqual([]);
    venue.mark(270_000_000_000, 2_000_000, START + HOUR);
    venue.until(START + HOUR + 10_000);
    venue.mark(270_000_000_000, 9_000_000, START + 2 * HOUR);
    venue.until(START + HOUR + 60_000_000);
    expect(venue.told()).toEqual(["CashMoved 0"]);
    const paid = venue.reports[0] as TradingRecord;
    expect(paid).toMatchObject({
      code: CashCause.Funding,
      asset: 0,
      instrument: 0,
      exchangeTimeUs: START + HOUR,
      fillId: `F0-${START + HOUR}`,
      timeUs: START + HOUR + ACK,
    });
    // 3 ETH · 2,700 USDT · 0.0002 = 1.62 USDT.
    expect(BigInt(paid.amountHi) * 2n ** 53n + BigInt(paid.amountLo)).toBe(-1_620_000_000_000_000_000n);
    venue.until(START + 2 * HOUR + 10_000);
    expect(venue.reports).toHaveLength(2);
  });

  test("nothing for no position, for spot, or without marks; a short receives", () => {
    const flat = perpetual(0);
    const spot = new Venue({ positionQty: () => ONE }, InstrumentKind.Spot, START + 1_000);
    for (const venue of [flat, spot]) {
      venue.mark(268_000_000_000, 1_000_000, START + HOUR);
      venue.until(START + HOUR + 1_000_000);
      expect(venue.reports).toEqual([]);
    }
    const blind = perpetual(ONE);
    blind.until(START + 10_000_000);
    expect(blind.reports).toEqual([]);
    const short = perpetual(-ONE);
    short.mark(268_000_000_000, 1_000_000, START + HOUR);
    short.until(START + HOUR + 1_000_000);
    expect((short.reports[0] as TradingRecord).amountHi).toBeGreaterThan(0);
    expect((short.reports[0] as TradingRecord).side).toBe(Side.Sell);
  });

  test("a restart never pays twice: a time that is not ahead of the engine's clock is past", () => {
    const again = perpetual(ONE, START + HOUR); // The clock of a D that has the payment.
    again.mark(268_000_000_000, 1_000_000, START + HOUR);
    again.until(START + HOUR + 5_000_000);
    expect(again.reports).toEqual([]);
    again.mark(268_000_000_000, 1_000_000, START + 2 * HOUR);
    again.until(START + 2 * HOUR + 5_000_000);
    expect(again.reports.map((r) => r.fillId)).toEqual([`F0-${START + 2 * HOUR}`]);
  });

  test("without a reader of positions, or before the clock runs, nothing is due", () => {
    expect(new Venue().gateway.nextDueUs()).toBe(Number.POSITIVE_INFINITY);
    expect(perpetual(ONE, 0).gateway.nextDueUs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("fundingAmount equals plain big integers, and says when it is no amount", () => {
    const out = new Wide();
    const int = (max: number) => fc.integer({ min: 1, max });
    const signed = (max: number) => fc.integer({ min: -max, max }).filter((n) => n !== 0);
    fc.assert(
      fc.property(
        signed(10 ** 13),
        int(10 ** 14),
        signed(10 ** 8),
        fc.integer({ min: 0, max: 9 }),
        (qty, mark, rate, scale) => {
          const product = BigInt(qty) * BigInt(mark) * BigInt(rate);
          const size = product < 0n ? -product : product;
          const whole = size / 10n ** BigInt(scale);
          const truth = product > 0n ? -whole : whole;
          const fits = fundingAmount(out, qty, mark, rate, scale);
          const value = BigInt(out.hi) * 2n ** 53n + BigInt(out.lo);
          if (!fits) expect(whole).toBeGreaterThan(2n ** 100n);
          else if (size < 2n ** 104n) expect(value).toBe(truth);
          else expect(Number(value) / Number(truth)).toBeCloseTo(1, 9);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
