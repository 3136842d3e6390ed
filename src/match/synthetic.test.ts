/** Synthetic instruments: never crossed, nothing negative, on tick and lot, conserved, same seed = same events. With synthetic_path, synthetic_side, synthetic_spec, synthetic_specs. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RowHash } from "../core/hash.ts";
import { MARK_SCALE } from "../model/market_slot.ts";
import { Side } from "../model/order.ts";
import { SyntheticInstrument } from "./synthetic.ts";
import { PricePath } from "./synthetic_path.ts";
import { LevelChanges, SyntheticSide } from "./synthetic_side.ts";
import type { SyntheticSink } from "./synthetic_sink.ts";
import type { SyntheticSpec } from "./synthetic_spec.ts";
import { btcUsdt, btcUsdtPerp, defaultSpecs, solUsdt } from "./synthetic_specs.ts";

const START_US = 1_700_000_000_000_000;

/** Follows the events as a venue's reader would, and checks each against what it has seen before. */
class Reader implements SyntheticSink {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  readonly hash = new RowHash();
  books = 0;
  trades = 0;
  buys = 0;
  marks: { mark: number; index: number; rate: number; nextUs: number; timeUs: number }[] = [];
  lastUs = 0;
  /** Displayed quantity that the trades of this event have taken, by price. */
  taken = new Map<number, number>();

  constructor(readonly model: SyntheticInstrument) {
    for (const side of [model.bids, model.asks]) {
      for (let n = 0; n < side.count; n++) this.of(side.side).set(side.priceAt(n), side.qtyAt(n));
    }
  }

  of(side: number): Map<number, number> {
    return side === Side.Buy ? this.bids : this.asks;
  }

  #see(timeUs: number, ...values: number[]): void {
    expect(timeUs).toBeGreaterThanOrEqual(this.lastUs);
    this.lastUs = timeUs;
    this.hash.begin(1, timeUs % 4_294_967_296);
    for (const value of values) this.hash.add(value);
    this.hash.putIn();
  }

  onBook(timeUs: number, sides: Uint8Array, prices: Float64Array, qtys: Float64Array, count: number): void {
    this.books++;
    this.#see(timeUs, count);
    const seen = new Set<string>();
    for (let n = 0; n < count; n++) {
      const [side, price, qty] = [sides[n] as number, prices[n] as number, qtys[n] as number];
      this.#see(timeUs, side, price, qty);
      const { tick, lot } = this.model.spec;
      if (!(price > 0 && price % tick === 0 && qty >= 0 && qty % lot === 0)) throw new Error(`${price} ${qty}`);
      if (seen.has(`${side}:${price}`)) throw new Error("a level twice in one change");
      seen.add(`${side}:${price}`);
      const of = this.of(side);
      const taken = this.taken.get(price);
      if (taken !== undefined && qty !== (of.get(price) ?? 0) - taken)
        throw new Error("a trade was not taken from the book");
      this.taken.delete(price);
      if (qty === 0) {
        of.delete(price); // A level that came and went within one event is told as gone: readers ignore it.
      } else of.set(price, qty);
    }
    if (this.taken.size > 0) throw new Error("a trade without a change of the book");
    const [bid, ask] = [Math.max(...this.bids.keys()), Math.min(...this.asks.keys())];
    if (!(bid < ask)) throw new Error(`crossed ${bid} ${ask}`);
    if (bid !== this.model.bids.priceAt(0) || ask !== this.model.asks.priceAt(0)) throw new Error("best differs");
  }

  onTrade(timeUs: number, price: number, qty: number, taker: Side): void {
    this.trades++;
    if (taker === Side.Buy) this.buys++;
    this.#see(timeUs, price, qty, taker);
    const shown = this.of(taker === Side.Buy ? Side.Sell : Side.Buy).get(price) ?? 0;
    if (!(qty > 0 && qty <= shown)) throw new Error(`traded ${qty} of ${shown}`);
    this.taken.set(price, qty);
  }

  onMark(timeUs: number, mark: number, index: number, rate: number, nextUs: number): void {
    this.#see(timeUs, mark, index, rate, nextUs);
    this.marks.push({ mark, index, rate, nextUs, timeUs });
  }

  /** The books followed from changes alone equal the model's own. */
  compare(): void {
    for (const side of [this.model.bids, this.model.asks]) {
      const own = Array.from({ length: side.count }, (_, n): [number, number] => [side.priceAt(n), side.qtyAt(n)]);
      const seen = [...this.of(side.side)].sort(
        (a, b) => (side.side === Side.Buy ? -1 : 1) * ((a[0] as number) - (b[0] as number)),
      );
      expect(seen).toEqual(own);
    }
  }
}

function run(spec: SyntheticSpec, seed: number, events: number): Reader {
  const model = new SyntheticInstrument(spec, seed, START_US);
  const reader = new Reader(model);
  for (let n = 0; n < events; n++) model.step(reader);
  reader.compare();
  return reader;
}

describe("SyntheticInstrument", () => {
  test("any seed, any wildness: never crossed, on tick and lot, trades are taken from what shows, the book is conserved", () => {
    const wild = fc.record({
      volatilityYear: fc.double({ min: 0, max: 20, noNaN: true }),
      trendBps: fc.double({ min: 0, max: 50, noNaN: true }),
      shocksPerHour: fc.integer({ min: 0, max: 5_000 }),
      shockBps: fc.integer({ min: 0, max: 500 }),
      sweepShare: fc.double({ min: 0, max: 1, noNaN: true }),
      sweepBps: fc.integer({ min: 0, max: 50 }),
      spreadTicks: fc.integer({ min: 1, max: 100 }),
      levels: fc.integer({ min: 24, max: 64 }),
      levelLots: fc.integer({ min: 1, max: 10_000 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...defaultSpecs()), wild, fc.nat(), (spec, more, seed) => {
        run({ ...spec, ...more }, seed, 400);
      }),
      { numRuns: 40 },
    );
  });

  test("the same seed gives the same events, another seed others", () => {
    const hash = (seed: number) => run(btcUsdtPerp(), seed, 3_000).hash.text();
    expect(hash(7)).toBe(hash(7));
    expect(hash(8)).not.toBe(hash(7));
  });

  test("the depth stays at the market however long it runs, and however slowly the price moves meanwhile", () => {
    const quiet: SyntheticSink = { onBook() {}, onTrade() {}, onMark() {} };
    for (const speed of [1, 20, 1_000]) {
      const model = new SyntheticInstrument({ ...btcUsdt(), speed }, 3, START_US);
      const { levels, levelGapTicks, tick } = model.spec;
      const reach = 8 * levels * levelGapTicks * tick;
      for (let n = 0; n < 300_000; n++) {
        model.step(quiet);
        if (n % 1_000 > 0) continue;
        for (const side of [model.bids, model.asks]) {
          const far = Math.abs(side.priceAt(side.count - 1) - side.priceAt(0));
          if (side.count > 1 && far > reach) throw new Error(`the depth reaches to ${far} after ${n} events`);
        }
      }
    }
  });

  test("the default rates: about 10 changes and 5 trades a second; speed multiplies them", () => {
    for (const speed of [1, 1_000]) {
      const model = new SyntheticInstrument({ ...btcUsdt(), speed }, 3, START_US);
      const reader = new Reader(model);
      const endUs = START_US + 200_000_000 / speed;
      while (model.nextDueUs() < endUs) model.step(reader);
      const changes = reader.books / 200;
      expect(changes).toBeGreaterThan(12); // The changes by trades are among them.
      expect(changes).toBeLessThan(18);
      expect(reader.trades / 200).toBeGreaterThan(4.5); // A sweep prints one trade a level.
      expect(reader.trades / 200).toBeLessThan(12);
      if (speed > 1) continue; // One leg: takers lean one way.
      expect(reader.buys / reader.trades).toBeGreaterThan(0.3);
      expect(reader.buys / reader.trades).toBeLessThan(0.7);
    }
  });

  test("perpetuals: a mark a second near the index, a small funding rate, the next funding time ahead", () => {
    const { marks } = run(btcUsdtPerp(60_000_000), 5, 5_000);
    expect(marks.length).toBeGreaterThan(200);
    for (const { mark, index, rate, nextUs, timeUs } of marks) {
      expect(Number.isSafeInteger(mark) && Number.isSafeInteger(index) && Number.isSafeInteger(rate)).toBe(true);
      expect(Math.abs(mark / index - 1)).toBeLessThan(0.002);
      expect(Math.abs(rate)).toBeLessThanOrEqual(4_000_000);
      expect(nextUs % 60_000_000).toBe(0);
      expect(nextUs - timeUs).toBeGreaterThan(0);
      expect(nextUs - timeUs).toBeLessThanOrEqual(60_000_000);
    }
    expect((marks[0]?.index as number) / 10 ** MARK_SCALE).toBeCloseTo(60_000, -3);
    expect(run(solUsdt(), 5, 2_000).marks).toEqual([]);
  });

  test("a spot market and its perpetual follow one path; skipping leaves out what was due", () => {
    const spot = new SyntheticInstrument(btcUsdt(), 1, START_US, 99);
    const perp = new SyntheticInstrument(btcUsdtPerp(), 2, START_US, 99);
    const [spotReader, perpReader] = [new Reader(spot), new Reader(perp)];
    const until = (us: number) => {
      while (spot.nextDueUs() <= us) spot.step(spotReader);
      while (perp.nextDueUs() <= us) perp.step(perpReader);
    };
    until(START_US + 60_000_000);
    expect(spot.fairPrice / 10 ** 4 / (perp.fairPrice / 10 ** 3)).toBeCloseTo(1, 2);
    const books = spotReader.books;
    spot.skipTo(START_US + 3_600_000_000);
    expect(spot.nextDueUs()).toBeGreaterThanOrEqual(START_US + 3_600_000_000);
    spot.step(spotReader);
    expect(spotReader.books).toBe(books + 1);
    spotReader.compare();
  });
});

describe("PricePath", () => {
  test("volatility a year is what the spec says, without legs and shocks", () => {
    const path = new PricePath({ ...btcUsdt(), trendBps: 0, shocksPerHour: 0, volatilityYear: 0.5 }, 4, START_US);
    let sum = 0;
    let before = 1;
    const seconds = 20_000;
    for (let n = 1; n <= seconds; n++) {
      path.advance(START_US + n * 1_000_000);
      sum += (path.factor / before - 1) ** 2;
      before = path.factor;
    }
    const volatility = Math.sqrt((sum / seconds) * 31_557_600);
    expect(volatility).toBeGreaterThan(0.47);
    expect(volatility).toBeLessThan(0.53);
  });

  test("legs turn within their bounds, and lean() turns it at once", () => {
    const path = new PricePath(btcUsdt(), 4, START_US);
    let turns = 0;
    let before = path.direction;
    for (let n = 1; n <= 200; n++) {
      path.advance(START_US + n * 1_000_000);
      if (path.direction !== before) turns++;
      before = path.direction;
    }
    expect(turns).toBeGreaterThan(12);
    expect(turns).toBeLessThan(45);
    path.lean(1, 1, 1_000_000);
    const risenTo = path.direction;
    expect(risenTo).toBe(1);
  });
});

describe("SyntheticSide and LevelChanges", () => {
  test("levels stay sorted; a full side lets its worst go and takes nothing worse; a level is told once", () => {
    const changes = new LevelChanges(16);
    const side = new SyntheticSide(Side.Buy, 3, 10, 5, changes);
    for (const ticks of [5, 9, 7]) side.set(ticks, ticks);
    side.set(8, 1);
    expect([0, 1, 2, 3].map((n) => side.priceAt(n))).toEqual([90, 80, 70, 0]);
    side.set(1, 1);
    expect(side.count).toBe(2);
    side.setLots(0, 3);
    side.setLots(0, 0);
    expect(side.qtyAt(0)).toBe(5);
    expect([...changes.prices.slice(0, changes.count)]).toEqual([50, 90, 70, 80]);
    expect([...changes.qtys.slice(0, changes.count)]).toEqual([0, 0, 0, 5]);
  });
});
