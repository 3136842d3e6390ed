/** What the replay venue says must be true as evidence, and what it shows must be known: refusals, ended orders, depth. */

import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { instrumentOf } from "../../market/feed.testing.ts";
import { MarketState } from "../../market/market.ts";
import { Reject } from "../../model/denial.ts";
import { InstrumentTable } from "../../model/instrument.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import { Leg, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import type { Approved } from "../../risk/approved.ts";
import { ReplayGateway } from "./gateway.ts";

const LEVELS = 1_000;
const TERMS = { entryLatencyUs: 2_000, ackLatencyUs: 1_000, makerRate: 0, takerRate: 0, feeIn: "received" } as const;

class Venue {
  nowUs = 1_000_000;
  laneIsFull = false;
  readonly reports: TradingRecord[] = [];
  readonly market = new MarketState(DEFAULT_LIMITS);
  readonly lane = MarketLane.create(DEFAULT_LIMITS);
  readonly gateway: ReplayGateway;

  constructor() {
    const instruments = new InstrumentTable();
    instruments.define(instrumentOf());
    this.market.define(instrumentOf());
    const sink = {
      put: (r: Readonly<TradingRecord>) => !this.laneIsFull && this.reports.push(new TradingRecord().copyFrom(r)) > 0,
    };
    const clock = { nowUs: () => this.nowUs };
    this.gateway = new ReplayGateway(0, this.market, instruments, () => 0, sink, clock, DEFAULT_LIMITS, TERMS);
  }

  #put(kind: SlotKind, flags: number, a: number, b: number, c: number, d: number, sequence: number): void {
    this.lane.put(kind, flags, 1, 0, this.nowUs, this.nowUs, a, b, c, d, sequence);
  }

  #take(): void {
    this.lane.publish();
    const wants = this.gateway.wantsMarket;
    for (; this.lane.pending() > 0; this.lane.release(1)) {
      this.market.onSlot(this.lane, this.lane.peek(0));
      if (wants) this.gateway.onSlot(this.lane, this.lane.peek(0));
    }
  }

  /** A REST snapshot of limited depth: bids 1100 … 101, asks 1101 … 2100, five each; what lies deeper is not known. */
  snapshot(): void {
    this.#put(SlotKind.DepthSnapshot, 0, 5, -1, LEVELS, LEVELS, 5);
    for (let i = 0; i < LEVELS; i++) this.#put(SlotKind.Level, 0, 1_100 - i, 5, 0, 0, 0);
    for (let i = 0; i < LEVELS; i++) this.#put(SlotKind.Level, SlotFlag.Sell, 1_101 + i, 5, 0, 0, 0);
    this.#take();
  }

  quote(bid: number, ask: number): void {
    this.#put(SlotKind.Quote, 0, bid, 5, ask, 5, 9);
    this.#take();
  }

  sold(price: number, qty: number, id: number): void {
    this.#put(SlotKind.Trade, SlotFlag.Sell, price, qty, this.nowUs, 0, id);
    this.#take();
  }

  send(kind: RecordKind, more: Partial<TradingRecord> = {}): void {
    const limit = { order: 1, side: Side.Buy, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc };
    const record = Object.assign(new TradingRecord().reset(kind), limit, { price: 1_100, qty: 4 }, more);
    if (kind === RecordKind.CancelIntent) this.gateway.close(record);
    else this.gateway.open(record as unknown as Approved);
  }

  /** Sends, waits for both latencies, and answers the last thing said. */
  told(kind: RecordKind, more: Partial<TradingRecord> = {}): TradingRecord {
    this.send(kind, more);
    return this.pass();
  }

  pass(): TradingRecord {
    this.nowUs += TERMS.entryLatencyUs + TERMS.ackLatencyUs;
    this.gateway.advance(this.nowUs);
    return this.reports.at(-1) as TradingRecord;
  }

  ask(order: number): TradingRecord {
    this.gateway.query({ id: 1, kind: "order", order, clientOrderId: "", instrument: 0 });
    this.pass();
    return this.reports.at(-2) as TradingRecord; // Behind it comes the end of the answer.
  }
}

function open(): Venue {
  const venue = new Venue();
  venue.snapshot();
  return venue;
}

describe("refusals", () => {
  test("a replace of a live order is never refused as done or unknown; of an ended or strange one it is", () => {
    const venue = open();
    venue.told(RecordKind.OrderIntent);
    venue.sold(1_099, 2, 1);
    const replaced = (order: number, qty: number) => {
      const { kind, code } = venue.told(RecordKind.ReplaceIntent, { order, qty, attempt: 2 });
      return [RecordKind[kind], Reject[code]];
    };
    expect(replaced(1, 2)).toEqual(["ReplaceRejected", "Filter"]);
    venue.told(RecordKind.CancelIntent);
    expect(replaced(1, 3)).toEqual(["ReplaceRejected", "AlreadyDone"]);
    expect(replaced(7, 3)).toEqual(["ReplaceRejected", "UnknownOrder"]);
    expect(venue.told(RecordKind.CancelIntent, { order: 7 }).code).toBe(Reject.UnknownOrder);
    expect(venue.told(RecordKind.CancelIntent).code).toBe(Reject.AlreadyDone);
  });

  test("while the market cannot be seen, an order that moves keeps its place instead; one that shrinks shrinks", () => {
    const venue = open();
    venue.told(RecordKind.OrderIntent);
    venue.market.onReconnect(0);
    const moved = venue.told(RecordKind.ReplaceIntent, { price: 1_090, attempt: 2 });
    expect([moved.kind, moved.code]).toEqual([RecordKind.ReplaceRejected, Reject.MarketClosed]);
    const shrunk = venue.told(RecordKind.ReplaceIntent, { qty: 3, attempt: 3 });
    expect([shrunk.kind, shrunk.qty]).toEqual([RecordKind.OrderReplaced, 3]);
  });
});

describe("questions about ended orders", () => {
  test("are answered with how they ended, not with `not found`", () => {
    const venue = open();
    venue.told(RecordKind.OrderIntent, { order: 1, price: 1_101 });
    expect(venue.ask(1)).toMatchObject({ code: VenueOrderStatus.Filled, qty: 4, cumQty: 4 });
    venue.told(RecordKind.OrderIntent, { order: 2 });
    venue.told(RecordKind.CancelIntent, { order: 2 });
    expect(venue.ask(2)).toMatchObject({ code: VenueOrderStatus.Canceled, cumQty: 0 });
    venue.told(RecordKind.OrderIntent, { order: 3, price: 1_102, qty: 99, timeInForce: TimeInForce.Fok });
    expect(venue.ask(3)).toMatchObject({ code: VenueOrderStatus.Expired, cumQty: 0 });
    expect(venue.ask(4)).toMatchObject({ code: VenueOrderStatus.NotFound });
  });
});

describe("what can be seen", () => {
  test("a price deeper than the book is known has no empty queue", () => {
    const venue = open();
    venue.told(RecordKind.OrderIntent, { price: 50 });
    venue.sold(50, 3, 1);
    expect(venue.pass().kind).toBe(RecordKind.OrderAccepted);
    venue.sold(49, 3, 2); // Through it: nobody can be ahead any more.
    expect(venue.pass()).toMatchObject({ kind: RecordKind.OrderFilled, price: 50, qty: 3 });
  });

  test("while the book is not valid the quote stands in for it", () => {
    const venue = open();
    venue.market.onReconnect(0);
    venue.quote(1_100, 1_110);
    expect(venue.told(RecordKind.OrderIntent, { price: 1_110 })).toMatchObject({ price: 1_110, qty: 4, cumQty: 4 });
  });

  test("an order that rests is told of quotes while the book is not valid, and not of them while it is", () => {
    const venue = open();
    venue.told(RecordKind.OrderIntent);
    venue.quote(1_090, 1_099); // Disagrees with a valid book: the book counts.
    expect(venue.pass().kind).toBe(RecordKind.OrderAccepted);
    venue.market.onReconnect(0);
    venue.quote(1_090, 1_099);
    expect(venue.pass()).toMatchObject({ kind: RecordKind.OrderFilled, price: 1_100, qty: 4 });
  });

  test("without a market a limit order expires; it does not rest unseen, to be filled as maker where it would take", () => {
    const venue = new Venue();
    const end = venue.told(RecordKind.OrderIntent, { price: 1_200 });
    expect([end.kind, end.code]).toEqual([RecordKind.OrderExpired, Reject.MarketClosed]);
    venue.quote(1_100, 1_110);
    venue.pass();
    expect(venue.reports.length).toBe(2);
  });

  test("a crossed quote is no market", () => {
    const venue = new Venue();
    venue.quote(1_110, 1_100);
    expect(venue.told(RecordKind.OrderIntent, { price: 1_200 }).kind).toBe(RecordKind.OrderExpired);
  });
});

test("a full lane delays reports in their order, and stops nothing", () => {
  const venue = open();
  venue.laneIsFull = true;
  venue.send(RecordKind.OrderIntent, { order: 1, leg: Leg.Long });
  venue.send(RecordKind.OrderIntent, { order: 2, leg: Leg.Short });
  expect(venue.pass()).toBeUndefined();
  venue.laneIsFull = false;
  venue.pass();
  expect(venue.reports.map((r) => [r.order, r.leg])).toEqual([[1, Leg.Long], [2, Leg.Short]]); // biome-ignore format: one line.
});
