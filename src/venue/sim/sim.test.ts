/** The synthetic market: one frame a step, same seed = same frames, a reader's book equals the model's; with feed, instruments, market. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Code } from "../../core/code.ts";
import { RowHash } from "../../core/hash.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { BookSide } from "../../market/book.ts";
import { BookFlag } from "../../market/book_sync.ts";
import { MarketState } from "../../market/market.ts";
import type { SyntheticSpec } from "../../match/synthetic_spec.ts";
import { btcUsdt, btcUsdtPerp, defaultSpecs } from "../../match/synthetic_specs.ts";
import {
  F64_RECEIVE_TIME,
  SLOT_BYTES,
  SLOT_F64,
  SLOT_U32,
  SlotFlag,
  SlotKind,
  U8_FLAGS,
  U8_KIND,
  U32_INSTRUMENT,
} from "../../model/market_slot.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { instrumentsOf, listingsOf } from "./instruments.ts";
import { SyntheticMarket, type SyntheticMarketOptions } from "./market.ts";

const START_US = 1_700_000_000_000_000;
const FRAME_KINDS = 16;

/** A reader without an engine: market state fed by every frame, which is hashed on the way. */
class Reader {
  readonly lane = MarketLane.create(DEFAULT_LIMITS);
  readonly market = new MarketState(DEFAULT_LIMITS, { checkQuotes: true });
  readonly hash = new RowHash();
  readonly kinds = new Array<number>(FRAME_KINDS).fill(0);
  readonly sim: SyntheticMarket;
  readonly ids: number[];
  reconnects: number[] = [];
  lastUs = 0;
  /** Diffs and snapshots after which a book was not valid. */
  invalid = 0;

  constructor(specs: readonly SyntheticSpec[], seed: number, more: Partial<SyntheticMarketOptions> = {}) {
    const instruments = instrumentsOf(specs);
    this.ids = instruments.map((i) => i.id);
    for (const instrument of instruments) this.market.define(instrument);
    const onReconnect = (id: number) => {
      this.reconnects.push(id);
      this.market.onReconnect(id);
    };
    const listings = listingsOf(instruments, specs);
    this.sim = new SyntheticMarket(
      { listings, seed, startUs: START_US, onReconnect, ...more },
      this.lane,
      DEFAULT_LIMITS,
    );
  }

  step(): void {
    const dueUs = this.sim.nextDueUs();
    expect(dueUs).toBeGreaterThanOrEqual(this.lastUs);
    this.lastUs = dueUs;
    this.sim.step();
    const count = this.lane.pending();
    expect(count).toBeGreaterThan(0);
    const { u8, f64 } = this.lane;
    for (let n = 0; n < count; n++) {
      const slot = this.lane.peek(n);
      const isLast = ((u8[slot * SLOT_BYTES + U8_FLAGS] as number) & SlotFlag.LastOfFrame) !== 0;
      if (isLast !== (n === count - 1)) throw new Error("a step is one frame");
      if (f64[slot * SLOT_F64 + F64_RECEIVE_TIME] !== dueUs) throw new Error("received when it is due");
      this.hash.begin(n, count);
      for (let column = 0; column < SLOT_F64; column++) {
        if (column > 0) this.hash.add(f64[slot * SLOT_F64 + column] as number);
      }
      this.hash.add(u8[slot * SLOT_BYTES + U8_KIND] as number).putIn();
      this.market.onSlot(this.lane, slot);
    }
    const kind = u8[this.lane.peek(0) * SLOT_BYTES + U8_KIND] as number;
    this.kinds[kind] = (this.kinds[kind] as number) + 1;
    const isBook = kind === SlotKind.DepthDiff || kind === SlotKind.DepthSnapshot;
    const id = this.lane.u32[this.lane.peek(0) * SLOT_U32 + U32_INSTRUMENT] as number;
    if (isBook && this.market.instrument(id)?.book?.valid !== true) this.invalid++;
    this.lane.release(count);
  }

  until(us: number): void {
    while (this.sim.nextDueUs() <= us) this.step();
  }

  /** The reader's books are valid and equal to the models' own. */
  compare(): void {
    for (const id of this.ids) {
      const book = this.market.instrument(id)?.book;
      const model = this.sim.model(id);
      if (book === undefined || model === undefined) throw new Error("no book");
      expect(book.flags & ~BookFlag.Stale).toBe(BookFlag.Valid);
      for (const [side, own] of [
        [BookSide.Bid, model.bids],
        [BookSide.Ask, model.asks],
      ] as const) {
        expect(book.book.levels(side)).toBe(own.count);
        for (let n = 0; n < own.count; n++) {
          if (book.book.priceAt(side, n) !== own.priceAt(n) || book.book.qtyAt(side, n) !== own.qtyAt(n)) {
            throw new Error(`level ${n} of instrument ${id} differs`);
          }
        }
      }
    }
  }
}

describe("SyntheticMarket", () => {
  test("readers' books stay valid and equal the models' own, quotes agree, no id is missing, any seed", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 40_000_000 }), (seed, historyUs) => {
        const reader = new Reader(defaultSpecs(), seed, { historyUs });
        reader.until(START_US + 12_000_000);
        while (reader.lane.pending() > 0 || reader.sim.nextDueUs() === reader.lastUs) reader.step();
        reader.compare();
        expect(reader.invalid).toBe(0);
        for (const id of reader.ids) {
          const market = reader.market.instrument(id);
          expect(market?.tradeIdGaps).toBe(0);
          expect(market?.tradeDuplicates).toBe(0);
          expect(market?.quoteCheck?.mismatches).toBe(0);
          expect(market?.book?.gaps).toBe(0);
          expect(market?.badTrades).toBe(0);
        }
      }),
      { numRuns: 12 },
    );
  });

  test("the same seed gives the same frames, another seed others; prices start where they are told to", () => {
    const run = (seed: number, more: Partial<SyntheticMarketOptions> = {}) => {
      const reader = new Reader(defaultSpecs(), seed, more);
      reader.until(START_US + 10_000_000);
      return reader;
    };
    expect(run(1).hash.text()).toBe(run(1).hash.text());
    expect(run(2).hash.text()).not.toBe(run(1).hash.text());
    const moved = run(1, { startPrices: new Map([[0, 700_000_000]]) });
    expect((moved.market.instrument(0)?.bidPrice as number) / 700_000_000).toBeCloseTo(1, 1);
    expect((moved.market.instrument(1)?.bidPrice as number) / 30_000_000).toBeCloseTo(1, 1);
  });

  test("history: trades of the last 30 s come first, with their own times, and close bars at once", () => {
    const reader = new Reader([btcUsdt()], 1);
    const bars = reader.market.instrument(0)?.bars(1_000_000);
    reader.until(START_US);
    expect(bars?.length).toBeGreaterThan(26);
    expect(bars?.length).toBeLessThan(31);
    expect(reader.kinds[SlotKind.DepthSnapshot]).toBe(1);
    expect(reader.market.instrument(0)?.lastTradeTimeUs).toBeLessThan(START_US);
    const none = new Reader([btcUsdt()], 1, { historyUs: 0 });
    none.until(START_US);
    expect(none.kinds[SlotKind.Trade]).toBe(0);
  });

  test("disconnect: silence, then onReconnect for all, fresh snapshots, valid books; ids go on", () => {
    const reader = new Reader(defaultSpecs(), 3);
    reader.until(START_US + 5_000_000);
    const trades = reader.market.instrument(0)?.tradeCount as number;
    reader.sim.disconnect(4_000_000);
    const backUs = reader.sim.nextDueUs();
    expect(backUs).toBeGreaterThanOrEqual(START_US + 9_000_000);
    expect(reader.reconnects).toEqual([]);
    reader.step();
    expect(reader.reconnects).toEqual(reader.ids);
    reader.until(backUs + 5_000_000);
    reader.until(reader.lastUs);
    reader.compare();
    expect(reader.sim.connections).toBe(2);
    expect(reader.market.instrument(0)?.tradeCount).toBeGreaterThan(trades);
    expect(reader.market.instrument(0)?.tradeIdGaps).toBe(0);
  });

  test("a host that slept for hours gets a jump, not hours of events; a short delay is made up for", () => {
    const reader = new Reader(defaultSpecs(), 4);
    reader.until(START_US + 5_000_000);
    const frames = reader.sim.frames;
    reader.sim.catchUp(START_US + 6_500_000);
    expect(reader.sim.jumps).toBe(0);
    const awakeUs = START_US + 3 * 3_600_000_000;
    reader.sim.catchUp(awakeUs);
    reader.until(awakeUs + 1_000_000);
    reader.until(reader.lastUs);
    reader.compare();
    expect(reader.sim.jumps).toBe(1);
    expect(reader.sim.frames - frames).toBeLessThan(1_000);
  });

  test("a disconnect within a frame's event leaves no half-told book; many of them in a row", () => {
    const reader = new Reader([btcUsdt(), btcUsdtPerp()], 5);
    for (let n = 0; n < 300; n++) {
      for (let steps = n % 7; steps >= 0; steps--) reader.step();
      reader.sim.disconnect(1 + (n % 3) * 700_000);
    }
    reader.until(reader.sim.nextDueUs() + 1_000_000);
    reader.until(reader.lastUs);
    reader.compare();
  });

  test("a full lane: the frame waits, nothing is lost", () => {
    const reader = new Reader([btcUsdt()], 6);
    while (reader.sim.blocked === 0) reader.sim.step();
    const dueUs = reader.sim.nextDueUs();
    const frames = reader.sim.frames;
    reader.sim.step();
    expect([reader.sim.frames, reader.sim.nextDueUs()]).toEqual([frames, dueUs]);
    const { lane, market } = reader;
    for (let n = 0; n < lane.pending(); n++) market.onSlot(lane, lane.peek(n));
    lane.release(lane.pending());
    reader.until(dueUs + 1_000_000);
    reader.until(reader.lastUs);
    reader.compare();
    expect(market.instrument(0)?.tradeIdGaps).toBe(0);
  });

  test("load: 100,000 events a second of model time, and how fast they are made", () => {
    const reader = new Reader([{ ...btcUsdt(), bookRate: 10, tradeRate: 5, speed: 6_700 }], 7, { historyUs: 0 });
    const { sim, lane } = reader;
    const startedNs = Bun.nanoseconds();
    while (sim.nextDueUs() < START_US + 500_000) {
      sim.step();
      lane.release(lane.pending());
    }
    const seconds = (Bun.nanoseconds() - startedNs) / 1e9;
    console.log(
      `    ${sim.frames} frames in ${seconds.toFixed(3)} s = ${Math.round(sim.frames / seconds / 1_000)} k/s`,
    );
    expect(sim.frames).toBeGreaterThan(50_000);
    expect(sim.frames / seconds).toBeGreaterThan(20_000); // Far below what it does: other work shares the machine.
  });
});

describe("instruments", () => {
  test("canonical names and dense ids; definitions find their specs again, others have none", () => {
    const instruments = instrumentsOf(defaultSpecs(), 3);
    expect(instruments.map((i) => i.name)).toContain("sim:BTC-USDT-PERP");
    expect(instruments.map((i) => i.id)).toEqual([3, 4, 5, 6, 7]);
    const strange = { ...(instruments[0] as (typeof instruments)[0]), venue: "binance-spot" };
    expect(listingsOf([...instruments, strange], defaultSpecs()).map((l) => l.instrument.id)).toEqual([3, 4, 5, 6, 7]);
    expect(() => instrumentsOf([btcUsdt(), btcUsdt()])).toThrow(Code[Code.ValueOutOfRange]);
  });
});
