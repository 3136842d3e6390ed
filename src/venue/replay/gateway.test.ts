/** The simulated venue of replay: latencies, order of reports, races, fees; with its display and due_queue. */

import { beforeEach, describe, expect, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { ETH } from "../../engine/engine.testing.ts";
import { MarketState } from "../../market/market.ts";
import { Reject } from "../../model/denial.ts";
import { InstrumentTable } from "../../model/instrument.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import { InstrumentKind, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, TradingRecord } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import type { Approved } from "../../risk/approved.ts";
import { DueQueue } from "./due_queue.ts";
import { ReplayGateway, type ReplayGatewayOptions } from "./gateway.ts";

const ENTRY = 5_000;
const ACK = 3_000;
const BID = 26_800_000;
const ASK = 26_801_000;
const ONE = 1_000_000;

class Venue {
  nowUs = 1_000_000;
  readonly reports: TradingRecord[] = [];
  readonly market = new MarketState(DEFAULT_LIMITS);
  readonly lane = MarketLane.create(DEFAULT_LIMITS);
  readonly gateway: ReplayGateway;

  constructor(kind: InstrumentKind = InstrumentKind.Spot, options: Partial<ReplayGatewayOptions> = {}) {
    const instruments = new InstrumentTable();
    const instrument = { ...ETH, kind };
    instruments.define(instrument);
    this.market.define(instrument);
    const all = { entryLatencyUs: ENTRY, ackLatencyUs: ACK, makerRate: -10_000, takerRate: 100_000, ...options };
    const sink = {
      put: (record: Readonly<TradingRecord>) => this.reports.push(new TradingRecord().copyFrom(record)) > 0,
    };
    const clock = { nowUs: () => this.nowUs };
    const asset = (code: string) => (code === "USDT" ? 0 : 1);
    this.gateway = new ReplayGateway(0, this.market, instruments, asset, sink, clock, DEFAULT_LIMITS, {
      feeIn: "received",
      ...all,
    });
    this.book();
  }

  #take(): void {
    const { lane } = this;
    for (let n = 0; n < lane.pending(); n++) {
      this.market.onSlot(lane, lane.peek(n));
      if (this.gateway.wantsMarket) this.gateway.onSlot(lane, lane.peek(n));
    }
    lane.release(lane.pending());
  }

  book(bidQty = 5 * ONE, askQty = 4 * ONE, id = this.nowUs): void {
    this.lane.put(SlotKind.DepthSnapshot, 0, 1, 0, 0, this.nowUs, id, -1, 1, 1, id);
    this.lane.put(SlotKind.Level, 0, 1, 0, 0, this.nowUs, BID, bidQty, 0, 0, 0);
    this.lane.put(SlotKind.Level, SlotFlag.Sell, 1, 0, 0, this.nowUs, ASK, askQty, 0, 0, 0);
    this.lane.publish();
    this.#take();
  }

  trade(price: number, qty: number, id: number): void {
    this.lane.put(SlotKind.Trade, SlotFlag.Sell, 1, 0, this.nowUs, this.nowUs, price, qty, this.nowUs, 0, id);
    this.lane.publish();
    this.#take();
  }

  send(kind: RecordKind, order: number, more: Partial<TradingRecord> = {}): Code {
    const base = {
      order,
      side: Side.Buy,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.Gtc,
      price: BID,
      qty: ONE,
    };
    const record = Object.assign(new TradingRecord().reset(kind), base, more);
    return kind === RecordKind.CancelIntent
      ? this.gateway.close(record)
      : this.gateway.open(record as unknown as Approved);
  }

  until(us: number): void {
    this.nowUs = us;
    this.gateway.advance(us);
  }

  told(): string[] {
    return this.reports.map((r) => `${RecordKind[r.kind]} ${r.order} @${r.timeUs}`);
  }
}

let venue: Venue;
beforeEach(() => {
  venue = new Venue();
});

describe("ReplayGateway", () => {
  test("an order arrives after the entry latency and is answered after the ack latency, acceptance before fills", () => {
    venue.send(RecordKind.OrderIntent, 1, { price: ASK, qty: 2 * ONE });
    expect(venue.gateway.nextDueUs()).toBe(1_000_000 + ENTRY);
    venue.until(1_000_000 + ENTRY + ACK - 1);
    expect(venue.told()).toEqual([]);
    venue.until(1_000_000 + ENTRY + ACK);
    expect(venue.told()).toEqual(["OrderAccepted 1 @1008000", "OrderFilled 1 @1008000"]);
    const [accepted, fill] = venue.reports as [TradingRecord, TradingRecord];
    expect(accepted.exchangeTimeUs).toBe(1_000_000 + ENTRY);
    expect(fill).toMatchObject({ price: ASK, qty: 2 * ONE, cumQty: 2 * ONE, fillId: "R1", liquidity: 2, feeAsset: 1 });
    expect(BigInt(fill.amountHi) * 2n ** 53n + BigInt(fill.amountLo)).toBe(5_360_200_000_000_000_000_000n);
    expect(BigInt(fill.feeHi) * 2n ** 53n + BigInt(fill.feeLo)).toBe(2_000_000_000_000_000n);
  });

  test("a resting order is filled as maker by trades, with a rebate; sells pay in quote", () => {
    venue.send(RecordKind.OrderIntent, 1, { side: Side.Sell, price: ASK });
    venue.until(1_010_000);
    venue.lane.put(SlotKind.Trade, 0, 1, 0, venue.nowUs, venue.nowUs, ASK + 100, ONE, venue.nowUs, 0, 7);
    venue.lane.publish();
    venue.market.onSlot(venue.lane, venue.lane.peek(0));
    venue.gateway.onSlot(venue.lane, venue.lane.peek(0));
    venue.until(1_020_000);
    const fill = venue.reports.at(-1) as TradingRecord;
    expect(fill).toMatchObject({
      kind: RecordKind.OrderFilled,
      price: ASK,
      liquidity: 1,
      feeAsset: 0,
      timeUs: 1_013_000,
    });
    expect(BigInt(fill.feeHi) * 2n ** 53n + BigInt(fill.feeLo)).toBe(-268_010_000_000_000_000n);
  });

  test("cancel: of a resting order cancelled, of a filled one refused as already done", () => {
    venue.send(RecordKind.OrderIntent, 1);
    venue.send(RecordKind.OrderIntent, 2, { price: ASK });
    venue.send(RecordKind.CancelIntent, 1);
    venue.send(RecordKind.CancelIntent, 2);
    venue.until(1_100_000);
    const kinds = venue.reports.map((r) => `${RecordKind[r.kind]} ${r.order}`);
    expect(kinds.slice(0, 3)).toEqual(["OrderAccepted 1", "OrderAccepted 2", "OrderFilled 2"]);
    expect(kinds.slice(3)).toEqual(["OrderCanceled 1", "CancelRejected 2"]);
    expect(venue.reports.at(-1)?.code).toBe(Reject.AlreadyDone);
  });

  test("replace: a smaller size keeps its place, an unknown order is refused, an id chain is kept", () => {
    venue.send(RecordKind.OrderIntent, 1, { qty: 2 * ONE });
    venue.send(RecordKind.ReplaceIntent, 1, { qty: ONE, attempt: 2 });
    venue.send(RecordKind.ReplaceIntent, 9, { attempt: 2 });
    venue.until(1_100_000);
    expect(venue.reports[1]).toMatchObject({
      kind: RecordKind.OrderReplaced,
      qty: ONE,
      attempt: 2,
      venueOrderId: "V1.2",
    });
    expect(venue.reports[2]).toMatchObject({ kind: RecordKind.ReplaceRejected, code: Reject.UnknownOrder });
    venue.trade(BID, 6 * ONE, 1);
    venue.until(1_200_000);
    expect(venue.reports.at(-1)).toMatchObject({ kind: RecordKind.OrderFilled, qty: ONE, cumQty: ONE });
  });

  test("the same order twice is a duplicate; cancel all takes everything; questions are answered", () => {
    venue.send(RecordKind.OrderIntent, 1);
    venue.send(RecordKind.OrderIntent, 1);
    venue.until(1_020_000);
    expect(venue.reports.at(-1)).toMatchObject({ kind: RecordKind.OrderRejected, code: Reject.DuplicateClientId });
    expect(venue.gateway.query({ id: 1, kind: "openOrders", instrument: "all" })).toBe(Code.Ok);
    expect(venue.gateway.query({ id: 2, kind: "order", order: 77, clientOrderId: "", instrument: 0 })).toBe(Code.Ok);
    expect(venue.gateway.query({ id: 1, kind: "balances" })).not.toBe(Code.Ok);
    venue.gateway.closeAll(0);
    venue.until(1_100_000);
    const last = venue.reports.slice(-5).map((r) => `${RecordKind[r.kind]} ${r.order} ${r.attempt} ${r.code}`);
    const stated = ["StatedOrder 1 1 1", "QueryEnded 0 1 0", "StatedOrder 77 2 6", "QueryEnded 0 2 0"];
    expect(last).toEqual([...stated, "OrderCanceled 1 0 0"]);
    expect(venue.gateway.wantsMarket).toBe(false);
  });

  test("without a usable market a market order expires; perpetuals pay in the settle asset", () => {
    const perp = new Venue(InstrumentKind.LinearPerpetual);
    perp.send(RecordKind.OrderIntent, 1, { price: ASK });
    perp.until(1_100_000);
    expect(perp.reports[1]).toMatchObject({ kind: RecordKind.OrderFilled, feeAsset: 0 });
    const blind = new Venue();
    blind.market.onReconnect(0);
    blind.send(RecordKind.OrderIntent, 1, { orderType: OrderType.Market, timeInForce: TimeInForce.Ioc, price: 0 });
    blind.until(1_100_000);
    expect(blind.reports.at(-1)).toMatchObject({ kind: RecordKind.OrderExpired, code: Reject.Unfillable });
  });

  test("two runs of the same inputs give the same reports", () => {
    const run = () => {
      const v = new Venue();
      for (let n = 1; n < 50; n++) {
        v.send(RecordKind.OrderIntent, n, { price: n % 3 === 0 ? ASK : BID, side: n % 2 === 0 ? Side.Buy : Side.Sell });
        v.until(v.nowUs + 4_000);
        v.trade(n % 5 === 0 ? BID - 100 : BID, ONE, n);
        if (n % 4 === 0) v.send(RecordKind.CancelIntent, n - 1);
        if (n % 9 === 0) v.book(ONE * n, ONE * n, v.nowUs);
      }
      v.until(v.nowUs + 100_000);
      return v.reports;
    };
    const reports = run();
    expect(reports.length).toBeGreaterThan(80);
    expect(run()).toEqual(reports);
    const fills = reports.filter((r) => r.kind === RecordKind.OrderFilled).map((r) => r.fillId);
    expect(new Set(fills).size).toBe(fills.length);
  });
});

describe("DueQueue", () => {
  test("first in, first out over many wraps; full says so; due times never run backward", () => {
    const queue = new DueQueue(4);
    let put = 0;
    let taken = 0;
    for (let round = 0; round < 100; round++) {
      while (true) {
        const slot = queue.push(1_000 + put - (put % 3) * 5);
        if (slot === undefined) break;
        slot.reset(RecordKind.OrderIntent).order = put++;
      }
      expect(queue.count).toBe(4);
      for (let n = 0; n < 3; n++) {
        const dueUs = queue.nextDueUs();
        expect(queue.shift().order).toBe(taken++);
        expect(queue.nextDueUs()).toBeGreaterThanOrEqual(dueUs);
      }
    }
    while (queue.count > 0) queue.shift();
    expect(queue.nextDueUs()).toBe(Number.POSITIVE_INFINITY);
  });
});
