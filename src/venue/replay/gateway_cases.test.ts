/** The simulated venue of replay, further cases: duplicates, replaces, questions, trades that do not count, fees, a whole run by chance. */

import { describe, expect, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { Prng } from "../../core/prng.ts";
import { instrumentOf } from "../../market/feed.testing.ts";
import { MarketState } from "../../market/market.ts";
import { Reject } from "../../model/denial.ts";
import { InstrumentTable } from "../../model/instrument.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import { InstrumentKind, OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import type { Approved } from "../../risk/approved.ts";
import { ReplayGateway, type ReplayGatewayOptions } from "./gateway.ts";

const ENTRY = 2_000;
const ACK = 1_000;
const START = 1_000_000;
const ASSETS = ["USDT", "ETH", "USDC"];
/** Prices at 10^-4, sizes at 10^-6: 2,680.00 and one whole coin. */
const BID = 26_800_000;
const ASK = 26_801_000;
const ONE = 1_000_000;

type Levels = readonly (readonly [price: number, qty: number])[];

class Venue {
  nowUs = START;
  readonly reports: TradingRecord[] = [];
  readonly market = new MarketState(DEFAULT_LIMITS);
  readonly lane = MarketLane.create(DEFAULT_LIMITS);
  readonly gateway: ReplayGateway;
  #sequence = 1;

  constructor(options: Partial<ReplayGatewayOptions> = {}, kind = InstrumentKind.Spot, settle = "USDT") {
    const instruments = new InstrumentTable();
    instruments.define(instrumentOf({ kind, settle }));
    this.market.define(instrumentOf({ kind, settle }));
    const sink = {
      put: (r: Readonly<TradingRecord>) => this.reports.push(new TradingRecord().copyFrom(r)) > 0,
    };
    const all: ReplayGatewayOptions = {
      entryLatencyUs: ENTRY,
      ackLatencyUs: ACK,
      makerRate: -10_000,
      takerRate: 100_000,
      feeIn: "received",
      ...options,
    };
    const asset = (code: string) => ASSETS.indexOf(code);
    const clock = { nowUs: () => this.nowUs };
    this.gateway = new ReplayGateway(3, this.market, instruments, asset, sink, clock, DEFAULT_LIMITS, all);
  }

  /** One frame, as the engine takes it. */
  #take(): void {
    const { lane, gateway } = this;
    lane.publish();
    const wants = gateway.wantsMarket;
    const count = lane.pending();
    for (let n = 0; n < count; n++) {
      this.market.onSlot(lane, lane.peek(n));
      if (wants) gateway.onSlot(lane, lane.peek(n));
    }
    lane.release(count);
  }

  book(bids: Levels, asks: Levels): void {
    const id = this.#sequence++;
    this.lane.put(SlotKind.DepthSnapshot, 0, 1, 0, 0, this.nowUs, id, -1, bids.length, asks.length, id);
    for (const [price, qty] of bids) this.lane.put(SlotKind.Level, 0, 1, 0, 0, this.nowUs, price, qty, 0, 0, 0);
    for (const [price, qty] of asks) {
      this.lane.put(SlotKind.Level, SlotFlag.Sell, 1, 0, 0, this.nowUs, price, qty, 0, 0, 0);
    }
    this.#take();
  }

  quote(bid: number, bidQty: number, ask: number, askQty: number): void {
    this.lane.put(SlotKind.Quote, 0, 1, 0, 0, this.nowUs, bid, bidQty, ask, askQty, this.#sequence++);
    this.#take();
  }

  /** Sold by the taker unless `flags` says otherwise. */
  trade(price: number, qty: number, id: number, flags: number = SlotFlag.Sell): void {
    this.lane.put(SlotKind.Trade, flags, 1, 0, this.nowUs, this.nowUs, price, qty, this.nowUs, 0, id);
    this.#take();
  }

  send(kind: RecordKind, order: number, more: Partial<TradingRecord> = {}): Code {
    const limit = { order, side: Side.Buy, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc };
    const record = Object.assign(new TradingRecord().reset(kind), limit, { price: BID, qty: ONE }, more);
    if (kind === RecordKind.CancelIntent) return this.gateway.close(record);
    return this.gateway.open(record as unknown as Approved);
  }

  pass(us: number): void {
    this.nowUs += us;
    this.gateway.advance(this.nowUs);
  }

  /** What was told since last asked. */
  told(): string[] {
    return this.reports.splice(0).map((r) => `${RecordKind[r.kind]} ${r.order} ${r.qty}@${r.price} at ${r.timeUs}`);
  }

  takeReport(): TradingRecord {
    this.pass(ENTRY + ACK);
    return this.reports.splice(0).at(-1) as TradingRecord;
  }
}

const wide = (hi: number, lo: number): bigint => BigInt(hi) * 2n ** 53n + BigInt(lo);

function shown(options: Partial<ReplayGatewayOptions> = {}, kind = InstrumentKind.Spot, settle = "USDT"): Venue {
  const venue = new Venue(options, kind, settle);
  venue.book([[BID, 5 * ONE]], [[ASK, 4 * ONE]]);
  return venue;
}

describe("orders at the replay venue", () => {
  test("a duplicate does not touch the order that rests", () => {
    const venue = shown();
    venue.send(RecordKind.OrderIntent, 1, { qty: 2 * ONE });
    venue.send(RecordKind.OrderIntent, 1, { qty: 9 * ONE, side: Side.Sell, price: ASK });
    venue.pass(ENTRY + ACK);
    expect(venue.told()[1]).toStartWith(`OrderRejected 1 ${9 * ONE}@${ASK}`);
    venue.trade(BID, 99 * ONE, 1);
    venue.pass(ACK);
    expect(venue.told()).toEqual([`OrderFilled 1 ${2 * ONE}@${BID} at ${START + ENTRY + 2 * ACK}`]);
  });

  test("after a replace every report names the new venue id; the new price is matched at once", () => {
    const venue = shown();
    venue.send(RecordKind.OrderIntent, 1);
    venue.send(RecordKind.ReplaceIntent, 1, { price: ASK, qty: 5 * ONE, attempt: 2 });
    venue.send(RecordKind.CancelIntent, 1);
    venue.pass(ENTRY + ACK);
    expect(venue.reports.map((r) => [RecordKind[r.kind], r.venueOrderId, r.cumQty])).toEqual([
      ["OrderAccepted", "V1", 0],
      ["OrderReplaced", "V1.2", 0],
      ["OrderFilled", "V1.2", 4 * ONE],
      ["OrderCanceled", "V1.2", 4 * ONE],
    ]);
    expect(venue.reports.every((r) => r.account === 3 && r.record === 0 && r.input === 0)).toBe(true);
  });

  test("a replace to no more than is filled is refused, and the order lives on", () => {
    const venue = shown();
    venue.send(RecordKind.OrderIntent, 1, { price: ASK, qty: 6 * ONE });
    venue.send(RecordKind.ReplaceIntent, 1, { price: ASK, qty: 4 * ONE, attempt: 2 });
    venue.pass(ENTRY + ACK);
    const refused = venue.reports.at(-1) as TradingRecord;
    // Not AlreadyDone: the engine would take that for the end of an order that lives.
    expect(refused).toMatchObject({ kind: RecordKind.ReplaceRejected, code: Reject.Filter, attempt: 2 });
    venue.reports.length = 0;
    venue.send(RecordKind.CancelIntent, 1);
    expect(venue.takeReport()).toMatchObject({ kind: RecordKind.OrderCanceled, cumQty: 4 * ONE });
  });

  test("post-only, FOK and IOC end with their reason and what was filled", () => {
    const venue = shown();
    const ends = (more: Partial<TradingRecord>) => {
      venue.send(RecordKind.OrderIntent, 1, { price: ASK, qty: 5 * ONE, ...more });
      const { kind, code, cumQty } = venue.takeReport();
      return [RecordKind[kind], Reject[code], cumQty];
    };
    expect(ends({ flags: OrderFlag.PostOnly })).toEqual(["OrderExpired", "WouldTake", 0]);
    expect(ends({ timeInForce: TimeInForce.Fok })).toEqual(["OrderExpired", "Unfillable", 0]);
    expect(ends({ timeInForce: TimeInForce.Ioc })).toEqual(["OrderExpired", "Unfillable", 4 * ONE]);
    // What was taken stays taken, although replay still shows it.
    expect(ends({ timeInForce: TimeInForce.Ioc })).toEqual(["OrderExpired", "Unfillable", 0]);
    venue.book([[BID, ONE]], [[ASK, 2 * ONE]]);
    expect(ends({ timeInForce: TimeInForce.Ioc })).toEqual(["OrderExpired", "Unfillable", 2 * ONE]);
  });

  test("an unknown instrument is refused; cancel-all of another instrument cancels nothing, of all everything", () => {
    const venue = shown();
    venue.send(RecordKind.OrderIntent, 1, { instrument: 7 });
    venue.send(RecordKind.OrderIntent, 2);
    expect(venue.takeReport()).toMatchObject({ kind: RecordKind.OrderAccepted, order: 2 });
    venue.gateway.closeAll(5);
    venue.pass(ENTRY + ACK);
    expect(venue.told()).toEqual([]);
    venue.gateway.closeAll(0xffff_ffff);
    expect(venue.takeReport()).toMatchObject({ kind: RecordKind.OrderCanceled, order: 2 });
    expect(venue.gateway.nextDueUs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("questions to the replay venue", () => {
  test("travel behind the order that they ask about, and take both latencies", () => {
    const venue = shown();
    venue.send(RecordKind.OrderIntent, 1);
    venue.gateway.query({ id: 1, kind: "order", order: 1, clientOrderId: "", instrument: 0 });
    venue.pass(ENTRY + ACK);
    const first = START + ENTRY + ACK;
    const stated = `StatedOrder 1 ${ONE}@${BID} at`;
    const ended = "QueryEnded 0 0@0 at";
    expect(venue.told()).toEqual([
      `OrderAccepted 1 ${ONE}@${BID} at ${first}`,
      `${stated} ${first}`,
      `${ended} ${first}`,
    ]);
    // With nothing on its way there is nothing to wait for.
    venue.pass(3_600_000_000);
    const asked = venue.nowUs;
    expect(venue.gateway.query({ id: 1, kind: "openOrders", instrument: 0 })).toBe(Code.Ok);
    expect(venue.told()).toEqual([`${stated} ${asked}`, `${ended} ${asked}`]);
    expect(venue.gateway.query({ id: 1, kind: "openOrders", instrument: 5 })).toBe(Code.Ok);
    expect(venue.told()).toEqual([`${ended} ${asked}`]);
    expect(venue.gateway.query({ id: 1, kind: "balances" })).toBe(Code.MessageUnknown);
    venue.gateway.query({ id: 1, kind: "order", order: 8, clientOrderId: "", instrument: 0 });
    const notFound = {
      kind: RecordKind.StatedOrder,
      order: 8,
      account: 3,
      instrument: 0,
      code: VenueOrderStatus.NotFound,
    };
    expect(venue.reports[0]).toMatchObject(notFound);
  });
});

describe("trades and quotes at the replay venue", () => {
  test("trades that the market does not count fill nobody: no market trade, seen twice", () => {
    const venue = shown();
    venue.trade(BID, ONE, 1);
    venue.trade(BID, ONE, 2);
    venue.book([], [[ASK, ONE]]);
    venue.send(RecordKind.OrderIntent, 1, { qty: 9 * ONE });
    venue.pass(ENTRY + ACK);
    venue.told();
    venue.trade(BID, ONE, 3, SlotFlag.Sell | SlotFlag.NotMarket);
    venue.trade(BID, ONE, 2);
    venue.pass(ACK);
    expect(venue.told()).toEqual([]);
    venue.trade(BID, ONE, 4);
    venue.trade(BID, ONE, 4);
    venue.pass(ACK);
    expect(venue.told()).toEqual([`OrderFilled 1 ${ONE}@${BID} at ${venue.nowUs}`]);
  });

  test("with quotes only: a level behind the best has an unknown queue, and keeps a known one", () => {
    const venue = new Venue();
    venue.quote(BID, 3 * ONE, ASK, ONE);
    venue.send(RecordKind.OrderIntent, 1, { qty: ONE });
    venue.send(RecordKind.OrderIntent, 2, { qty: ONE, price: BID - 100 });
    venue.pass(ENTRY + ACK);
    venue.quote(BID + 100, 2 * ONE, ASK, ONE);
    venue.quote(BID, 9 * ONE, ASK, ONE);
    venue.told();
    venue.trade(BID, 3 * ONE, 1);
    venue.trade(BID - 100, ONE, 2); // Through the first, at the second.
    venue.pass(ACK);
    expect(venue.told()).toEqual([`OrderFilled 1 ${ONE}@${BID} at ${venue.nowUs}`]);
    venue.trade(BID - 100, 50 * ONE, 3);
    venue.quote(BID - 100, 2 * ONE, ASK, ONE);
    venue.trade(BID - 100, 3 * ONE, 4);
    venue.pass(ACK);
    expect(venue.told()).toEqual([`OrderFilled 2 ${ONE}@${BID - 100} at ${venue.nowUs}`]);
  });
});

describe("money at the replay venue", () => {
  const taken = (venue: Venue, side: Side) => {
    venue.send(RecordKind.OrderIntent, 1, { side, price: side === Side.Buy ? ASK : BID, qty: 1_234_567 });
    const { kind, asset, feeAsset, amountHi, amountLo, feeHi, feeLo } = venue.takeReport();
    expect(kind).toBe(RecordKind.OrderFilled);
    return [ASSETS[asset], wide(amountHi, amountLo), ASSETS[feeAsset], wide(feeHi, feeLo)];
  };
  const bought = 1_234_567n * BigInt(ASK) * 10n ** 8n;
  const sold = 1_234_567n * BigInt(BID) * 10n ** 8n;

  test("spot: a buy pays in base, a sell in quote, or both in quote; 10^-8 half up", () => {
    // 1.234567 ETH · 0.1 % = 0.001234567; to 10^-8, half up: 0.00123457.
    expect(taken(shown(), Side.Buy)).toEqual(["USDT", bought, "ETH", 123_457n * 10n ** 10n]);
    // 1.234567 · 2,680.00 · 0.1 % = 3.30863956.
    expect(taken(shown(), Side.Sell)).toEqual(["USDT", sold, "USDT", 330_863_956n * 10n ** 10n]);
    // 1.234567 · 2,680.10 · 0.1 % = 3.3087630167: half up 3.30876302.
    expect(taken(shown({ feeIn: "quote" }), Side.Buy)).toEqual(["USDT", bought, "USDT", 330_876_302n * 10n ** 10n]);
  });

  test("a perpetual pays in its settle asset", () => {
    const venue = shown({}, InstrumentKind.LinearPerpetual, "USDC");
    expect(taken(venue, Side.Buy)).toEqual(["USDT", bought, "USDC", 330_876_302n * 10n ** 10n]);
  });
});

describe("a whole run by chance", () => {
  /** Orders, cancels, replaces, questions, books, quotes of trades: everything that can be sent, in any order. */
  function run(seed: number): { venue: Venue; sent: Map<number, number> } {
    const prng = new Prng(seed);
    const venue = shown();
    const sent = new Map<number, number>();
    const near = () => BID - 300 + 100 * prng.nextBelow(12);
    for (let n = 1; n <= 300; n++) {
      const draw = prng.nextBelow(10);
      const some = 1 + prng.nextBelow(sent.size + 1);
      const qty = ONE * (1 + prng.nextBelow(9));
      if (draw < 3) {
        const order = sent.size + 1;
        const timeInForce = (1 + prng.nextBelow(3)) as TimeInForce;
        venue.send(RecordKind.OrderIntent, order, { side: 1 + prng.nextBelow(2), price: near(), qty, timeInForce });
        sent.set(order, qty);
      } else if (draw === 3) venue.send(RecordKind.CancelIntent, some);
      else if (draw === 4) venue.send(RecordKind.ReplaceIntent, some, { price: near(), qty, attempt: n });
      else if (draw === 5 && prng.nextBelow(9) === 0) venue.gateway.closeAll(0);
      else if (draw < 8) venue.trade(near(), qty, n, prng.nextBelow(2) === 0 ? SlotFlag.Sell : 0);
      else {
        const middle = near();
        venue.book([[middle - 100, qty]], [[middle + 100, qty]]);
      }
      venue.pass(prng.nextBelow(1_500));
    }
    venue.pass(ENTRY + ACK);
    return { venue, sent };
  }

  test("reports are complete, in order of time and repeatable; nothing comes after an order's end", () => {
    let fills = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { venue, sent } = run(seed);
      expect(run(seed).venue.reports).toEqual(venue.reports);
      const accepted = new Map<number, { qty: number; filled: number; ended: boolean }>();
      const fillIds = new Set<string>();
      let before = 0;
      for (const r of venue.reports) {
        const said = `seed ${seed}: ${RecordKind[r.kind]} ${r.order}`;
        expect(r.timeUs, said).toBeGreaterThanOrEqual(before);
        expect(r.timeUs - r.exchangeTimeUs, said).toBe(ACK);
        before = r.timeUs;
        const order = accepted.get(r.order);
        if (r.kind === RecordKind.OrderAccepted) {
          expect(order, said).toBeUndefined();
          accepted.set(r.order, { qty: r.qty, filled: 0, ended: false });
        } else if (r.kind !== RecordKind.CancelRejected && r.kind !== RecordKind.ReplaceRejected) {
          if (order === undefined) throw new Error(said);
          expect(order.ended, said).toBe(false);
          if (r.kind === RecordKind.OrderReplaced) order.qty = r.qty;
          else if (r.kind === RecordKind.OrderFilled) {
            order.filled += r.qty;
            order.ended = order.filled === order.qty;
            expect(wide(r.amountHi, r.amountLo), said).toBe(BigInt(r.price) * BigInt(r.qty) * 10n ** 8n);
            fillIds.add(r.fillId);
            fills++;
          } else order.ended = true;
          expect(r.cumQty, said).toBe(order.filled);
          expect(order.filled, said).toBeLessThanOrEqual(order.qty);
        } else if (order === undefined) expect(r.code, said).toBe(Reject.UnknownOrder);
        else expect(r.code, said).toBe(order.ended ? Reject.AlreadyDone : Reject.Filter);
      }
      expect(accepted.size).toBe(sent.size);
      expect(fillIds.size).toBe(venue.reports.filter((r) => r.kind === RecordKind.OrderFilled).length);
    }
    expect(fills).toBeGreaterThan(500);
  }, 30_000);
});
