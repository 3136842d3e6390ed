/** One synthetic instrument: a seeded price that moves, a book around it, trades that take from the book, marks, funding. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { pow10 } from "../core/decimal.ts";
import { log } from "../core/math.ts";
import { Prng } from "../core/prng.ts";
import { FUNDING_SCALE, MARK_SCALE } from "../model/market_slot.ts";
import { Side } from "../model/order.ts";
import { PricePath } from "./synthetic_path.ts";
import { LevelChanges, SyntheticSide } from "./synthetic_side.ts";
import type { SyntheticSink } from "./synthetic_sink.ts";
import type { SyntheticSpec } from "./synthetic_spec.ts";

/** One trade takes from so many levels at most, and leaves so many. */
const SWEEP_LEVELS_MAX = 16;
const LEVELS_LEFT_MIN = 4;
/** How much more often than not the taker follows the leg: 0.5 + this. */
const TAKER_LEAN = 0.25;
const SPREAD_PULL = 0.2;
/** Typical funding rate of an interval (0.01 %), how far it strays, and how far the perpetual's price strays from the index. */
const FUNDING_BASE = 0.0001;
const FUNDING_STRAY = 0.0003;
const BASIS_STRAY = 0.0003;
const BASIS_PULL = 0.02;
const LEVELS_MIN = 24;
const LEVELS_MAX = 64;

/** Integers on tick and lot throughout; best bid below best ask after every event. Equal arguments give equal events. */
export class SyntheticInstrument {
  readonly bids: SyntheticSide;
  readonly asks: SyntheticSide;
  readonly #changes: LevelChanges;
  readonly #path: PricePath;
  readonly #prng: Prng;
  readonly #bookWaitUs: number;
  readonly #tradeWaitUs: number;
  #bookDueUs: number;
  #tradeDueUs: number;
  #markDueUs = Number.POSITIVE_INFINITY;
  #spread: number;
  /** Share by which the perpetual is dearer than the index; 0 for spot. */
  #basis = 0;

  /** `pathSeed`: instruments with an equal one follow the same path, as a spot market and its perpetual do. */
  constructor(
    readonly spec: SyntheticSpec,
    seed: number,
    startUs: number,
    pathSeed: number = seed,
  ) {
    const { levels, perpetual } = spec;
    assert(levels >= LEVELS_MIN && levels <= LEVELS_MAX, Code.ValueOutOfRange);
    assert(Number.isSafeInteger(startUs) && Number.isSafeInteger(spec.startPrice), Code.ValueOutOfRange);
    assert(spec.startPrice > 100 * levels * spec.levelGapTicks * spec.tick, Code.ValueOutOfRange);
    assert(spec.speed > 0 && spec.bookRate > 0 && spec.tradeRate > 0, Code.ValueOutOfRange);
    // A jump may take all levels of a side away and set as many anew, on both sides.
    this.#changes = new LevelChanges(6 * levels);
    this.bids = new SyntheticSide(Side.Buy, levels, spec.tick, spec.lot, this.#changes);
    this.asks = new SyntheticSide(Side.Sell, levels, spec.tick, spec.lot, this.#changes);
    this.#path = new PricePath(spec, pathSeed, startUs);
    this.#prng = new Prng(seed);
    this.#spread = spec.spreadTicks;
    this.#bookWaitUs = 1_000_000 / (spec.bookRate * spec.speed);
    this.#tradeWaitUs = 1_000_000 / (spec.tradeRate * spec.speed);
    this.#bookDueUs = startUs + this.#wait(this.#bookWaitUs);
    this.#tradeDueUs = startUs + this.#wait(this.#tradeWaitUs);
    if (perpetual !== undefined) {
      assert(perpetual.fundingIntervalUs > 0 && perpetual.markIntervalUs > 0, Code.ValueOutOfRange);
      this.#markDueUs = startUs;
    }
    this.#shape();
    this.#changes.count = 0;
  }

  /** Time of the next event. */
  nextDueUs(): number {
    return Math.min(this.#bookDueUs, this.#tradeDueUs, this.#markDueUs);
  }

  /** The one event that is due: a mark, a change of the book, or a trade with the change that it causes. */
  step(sink: SyntheticSink): void {
    const timeUs = this.nextDueUs();
    this.#path.advance(timeUs);
    if (timeUs === this.#markDueUs) return this.#mark(timeUs, sink);
    if (timeUs === this.#bookDueUs) {
      this.#bookDueUs = timeUs + this.#wait(this.#bookWaitUs);
      this.#shape();
      this.#churn();
    } else {
      this.#tradeDueUs = timeUs + this.#wait(this.#tradeWaitUs);
      this.#trade(timeUs, sink);
    }
    assert(this.bids.ticksAt(0) < this.asks.ticksAt(0), Code.BookCrossed);
    const { sides, prices, qtys, count } = this.#changes;
    if (count > 0) sink.onBook(timeUs, sides, prices, qtys, count);
    this.#changes.count = 0;
  }

  /** Nothing happens before `timeUs`: what was due until then never was. */
  skipTo(timeUs: number): void {
    assert(Number.isSafeInteger(timeUs), Code.ValueOutOfRange);
    this.#bookDueUs = Math.max(this.#bookDueUs, timeUs);
    this.#tradeDueUs = Math.max(this.#tradeDueUs, timeUs);
    const { perpetual } = this.spec;
    if (perpetual !== undefined) this.#markDueUs = Math.max(this.#markDueUs, timeUs);
  }

  /** A leg begins now and lasts so long; `strength` 1 is as steep as any other. */
  lean(direction: 1 | -1, strength: number, forUs: number): void {
    this.#path.lean(direction, strength, forUs);
  }

  /** The model's own price before spread and rounding, a mantissa with a fraction: for marks and tests. */
  get fairPrice(): number {
    return this.spec.startPrice * this.#path.factor * (1 + this.#basis);
  }

  /** Moves the book to where the price is: what would cross leaves, the touch is quoted, far ends are filled up. */
  #shape(): void {
    const { tick, spreadTicks } = this.spec;
    const stray = (this.#prng.nextFloat() - 0.5) * spreadTicks;
    this.#spread += (spreadTicks - this.#spread) * SPREAD_PULL + stray * SPREAD_PULL * 2;
    const spread = Math.max(1, this.#spread);
    const fair = this.fairPrice / tick;
    const bid = Math.floor(fair - spread / 2);
    const ask = Math.max(bid + 1, Math.ceil(fair + spread / 2));
    this.#moveTouch(this.bids, bid);
    this.#moveTouch(this.asks, ask);
  }

  #moveTouch(side: SyntheticSide, target: number): void {
    const gap = this.spec.levelGapTicks;
    while (side.count > 0 && side.isBetter(side.ticksAt(0), target)) side.remove(0);
    if (side.count === 0 || side.ticksAt(0) !== target) {
      // Who quoted near the new touch has moved there.
      const isNear = side.count > 0 && Math.abs(side.ticksAt(0) - target) * 2 < gap;
      if (isNear) side.remove(0);
      side.set(target, this.#lots());
    }
    // Gaps are filled as often as far ends: those alone would walk away from the market, and at last below zero.
    const reach = Math.min(2 * gap * this.spec.levels, side.side === Side.Buy ? target - 1 : Number.POSITIVE_INFINITY);
    while (side.count > 1 && side.isBetter(side.away(target, 2 * reach), side.ticksAt(side.count - 1))) {
      side.remove(side.count - 1);
    }
    for (let n = 0; side.count < this.spec.levels && n < 2 * this.spec.levels; n++) {
      side.set(side.away(target, 1 + this.#prng.nextBelow(reach)), this.#lots());
    }
  }

  /** Somebody adds, reduces or cancels, mostly near the touch. */
  #churn(): void {
    const prng = this.#prng;
    for (let n = prng.nextBelow(3); n >= 0; n--) {
      const side = prng.nextBelow(2) === 0 ? this.bids : this.asks;
      const near = prng.nextFloat();
      const depth = Math.floor(near * near * side.count);
      if (depth > 0 && prng.nextFloat() < 0.3) side.remove(depth);
      else side.setLots(depth, this.#lots());
    }
  }

  #trade(timeUs: number, sink: SyntheticSink): void {
    const prng = this.#prng;
    const isBuy = prng.nextFloat() < 0.5 + TAKER_LEAN * this.#path.direction;
    const taker = isBuy ? Side.Buy : Side.Sell;
    const side = isBuy ? this.asks : this.bids;
    const sweeps = prng.nextFloat() < this.spec.sweepShare;
    const share = prng.nextFloat();
    const best = side.ticksAt(0);
    if (!sweeps) return this.#take(timeUs, sink, side, taker, Math.max(1, Math.floor(side.lotsAt(0) * share * share)));
    const worst = side.away(best, Math.ceil((best * this.spec.sweepBps * share) / 10_000));
    for (let n = 0; n < SWEEP_LEVELS_MAX && side.count > LEVELS_LEFT_MIN; n++) {
      if (side.isBetter(worst, side.ticksAt(0))) return;
      this.#take(timeUs, sink, side, taker, side.lotsAt(0));
    }
  }

  #take(timeUs: number, sink: SyntheticSink, side: SyntheticSide, taker: Side, lots: number): void {
    const shown = side.lotsAt(0);
    assert(lots > 0 && lots <= shown, Code.ValueOutOfRange);
    sink.onTrade(timeUs, side.priceAt(0), lots * side.lot, taker);
    // The last level of a side stays, so that there is always a price.
    side.setLots(0, side.count > 1 ? shown - lots : Math.max(1, shown - lots));
  }

  #mark(timeUs: number, sink: SyntheticSink): void {
    const { perpetual, priceScale, startPrice } = this.spec;
    assert(perpetual !== undefined && priceScale <= MARK_SCALE, Code.ValueOutOfRange);
    this.#markDueUs = timeUs + perpetual.markIntervalUs;
    this.#basis += (this.#prng.nextFloat() - 0.5) * BASIS_STRAY * BASIS_PULL * 4 - this.#basis * BASIS_PULL;
    const unit = pow10(MARK_SCALE - priceScale);
    const mark = Math.round(this.fairPrice * unit);
    const index = Math.round(startPrice * this.#path.factor * unit);
    const stray = Math.max(-FUNDING_STRAY, Math.min(FUNDING_STRAY, this.#basis));
    const rate = Math.round((FUNDING_BASE + stray) * pow10(FUNDING_SCALE));
    const interval = perpetual.fundingIntervalUs;
    sink.onMark(timeUs, mark, index, rate, timeUs - (timeUs % interval) + interval);
  }

  /** Size of a level: between a tenth and twice the typical one. */
  #lots(): number {
    const share = this.#prng.nextFloat();
    return Math.max(1, Math.round(this.spec.levelLots * (0.1 + 1.9 * share * share)));
  }

  /** Whole microseconds until the next of events that come independently of each other, `mean` apart. */
  #wait(mean: number): number {
    return Math.max(1, Math.round(-log((this.#prng.nextU32() + 1) / 4_294_967_296) * mean));
  }
}
