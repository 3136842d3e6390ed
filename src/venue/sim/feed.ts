/** One instrument's feed: what its model did becomes frames, told one by one as a venue's streams would. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { BOOK_DEPTH_VISIBLE } from "../../market/market_options.ts";
import { SyntheticInstrument } from "../../match/synthetic.ts";
import type { SyntheticSide } from "../../match/synthetic_side.ts";
import type { SyntheticSink } from "../../match/synthetic_sink.ts";
import { SlotFlag, SlotKind } from "../../model/market_slot.ts";
import { Side } from "../../model/order.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import type { SyntheticListing } from "./instruments.ts";

/** Trades of the past that are told to who connects first, at most. */
const HISTORY_TRADES_MAX = 1_000;
const TRADE_FIELDS = 4;
/** The past ends with a falling leg, the present begins with a rising one, both steeper than usual. */
const LAST_LEG_US = 4_000_000;
const LEG_STRENGTH = 4;
const FIRST_LEG_US = 8_000_000;

/** Frames that wait. */
enum Frame {
  Snapshot,
  Diff,
  Quote,
  Trade,
  Mark,
}

export interface FeedStart {
  readonly seed: number;
  readonly pathSeed: number;
  readonly startUs: number;
  /** The model has run for so long before: its trades are told at the start, with their own times. */
  readonly historyUs: number;
}

/** Frames wait here until `write` has put each into the lane; the model moves on only when none waits. */
export class SyntheticFeed implements SyntheticSink {
  readonly model: SyntheticInstrument;
  /** Frames that wait, from `#next` on. */
  readonly #waiting: Frame[] = [];
  #next = 0;
  /** Trades that wait: time, price, quantity, taker in a row, from `#nextTrade` on. */
  readonly #trades: number[] = [];
  #nextTrade = 0;
  /** Levels of the diff that waits. */
  readonly #sides: Uint8Array;
  readonly #prices: Float64Array;
  readonly #qtys: Float64Array;
  #levels = 0;
  #mark = 0;
  #index = 0;
  #fundingRate = 0;
  #nextFundingUs = 0;
  #updateId: number;
  #tradeId: number;
  /** How deep the last snapshot reached: readers know nothing of what lies behind it. */
  #knownBid = 0;
  #knownAsk = 0;
  /** The best quote told last. */
  #bid = 0;
  #bidQty = 0;
  #ask = 0;
  #askQty = 0;

  constructor(
    readonly listing: SyntheticListing,
    start: FeedStart,
  ) {
    const { spec } = listing;
    const { startUs, historyUs } = start;
    assert(Number.isSafeInteger(startUs) && historyUs >= 0 && historyUs < startUs, Code.ValueOutOfRange);
    this.model = new SyntheticInstrument(spec, start.seed, startUs - historyUs, start.pathSeed);
    this.#sides = new Uint8Array(6 * spec.levels);
    this.#prices = new Float64Array(6 * spec.levels);
    this.#qtys = new Float64Array(6 * spec.levels);
    // Ids go on over a restart, as time does.
    this.#updateId = startUs;
    this.#tradeId = startUs;
    // A quiet past, a dip, and a rise: a strategy that follows trends soon has something to do, whatever the seed.
    this.model.lean(-1, 0, Math.max(1, historyUs));
    this.#runTo(startUs - LAST_LEG_US);
    this.model.lean(-1, LEG_STRENGTH, LAST_LEG_US);
    this.#runTo(startUs);
    this.model.lean(1, LEG_STRENGTH, FIRST_LEG_US);
    this.#waiting.length = 0;
  }

  /** True while frames of what the model has done are still to be written. */
  get waits(): boolean {
    return this.#next < this.#waiting.length;
  }

  /** Slots of the largest frame. */
  get slotsMax(): number {
    return 6 * this.listing.spec.levels + 1;
  }

  /** A reader connects: snapshot, best quote, last mark; the first one hears of the trades of the recent past too. */
  connect(): void {
    assert(!this.waits, Code.InvariantBroken);
    this.#waiting.push(Frame.Snapshot, Frame.Quote);
    if (this.#nextFundingUs > 0) this.#waiting.push(Frame.Mark);
    for (let n = this.#trades.length / TRADE_FIELDS; n > 0; n--) this.#waiting.push(Frame.Trade);
  }

  /** The connection is lost: what waits is never told. */
  forget(): void {
    this.#waiting.length = 0;
    this.#next = 0;
    this.#trades.length = 0;
    this.#nextTrade = 0;
    this.#levels = 0;
    assert(!this.waits, Code.InvariantBroken);
  }

  /** The one event that is due. */
  step(): void {
    assert(!this.waits && this.#levels === 0, Code.InvariantBroken);
    this.model.step(this);
    if (this.#levels === 0) return;
    const { bids, asks } = this.model;
    const last = BOOK_DEPTH_VISIBLE - 1;
    // Where the price has left what the last snapshot showed, a diff would leave holes that nobody knows of.
    const isKnown = bids.priceAt(last) >= this.#knownBid && asks.priceAt(last) <= this.#knownAsk;
    this.#waiting.push(isKnown ? Frame.Diff : Frame.Snapshot);
    const isSameBid = bids.priceAt(0) === this.#bid && bids.qtyAt(0) === this.#bidQty;
    const isSameAsk = asks.priceAt(0) === this.#ask && asks.qtyAt(0) === this.#askQty;
    if (!isSameBid || !isSameAsk) this.#waiting.push(Frame.Quote);
  }

  /** Writes the next waiting frame; `timeUs` is both the venue's time and ours. */
  write(lane: MarketLane, timeUs: number): void {
    assert(this.waits, Code.InvariantBroken);
    const frame = this.#waiting[this.#next++] as Frame;
    if (frame === Frame.Snapshot) this.#writeSnapshot(lane, timeUs);
    else if (frame === Frame.Diff) this.#writeDiff(lane, timeUs);
    else if (frame === Frame.Quote) this.#writeQuote(lane, timeUs);
    else if (frame === Frame.Trade) this.#writeTrade(lane, timeUs);
    else this.#put(lane, SlotKind.Mark, timeUs, this.#mark, this.#index, this.#fundingRate, this.#nextFundingUs, 0);
    lane.publish();
    if (!this.waits) this.forget();
  }

  onBook(_timeUs: number, sides: Uint8Array, prices: Float64Array, qtys: Float64Array, count: number): void {
    assert(count <= this.#sides.length, Code.TableFull);
    this.#levels = count;
    for (let n = 0; n < count; n++) {
      this.#sides[n] = sides[n] as number;
      this.#prices[n] = prices[n] as number;
      this.#qtys[n] = qtys[n] as number;
    }
  }

  onTrade(timeUs: number, price: number, qty: number, taker: Side): void {
    this.#trades.push(timeUs, price, qty, taker);
    this.#waiting.push(Frame.Trade);
  }

  onMark(_timeUs: number, mark: number, index: number, fundingRate: number, nextFundingUs: number): void {
    this.#mark = mark;
    this.#index = index;
    this.#fundingRate = fundingRate;
    this.#nextFundingUs = nextFundingUs;
    this.#waiting.push(Frame.Mark);
  }

  /** The past, of which the last trades are kept. */
  #runTo(timeUs: number): void {
    const tradesMax = HISTORY_TRADES_MAX * TRADE_FIELDS;
    while (this.model.nextDueUs() < timeUs) {
      this.model.step(this);
      if (this.#trades.length > 2 * tradesMax) this.#trades.splice(0, tradesMax);
    }
    if (this.#trades.length > tradesMax) this.#trades.splice(0, this.#trades.length - tradesMax);
    this.#levels = 0;
  }

  #writeSnapshot(lane: MarketLane, timeUs: number): void {
    const { bids, asks } = this.model;
    const id = ++this.#updateId;
    this.#put(lane, SlotKind.DepthSnapshot, timeUs, id, -1, bids.count, asks.count, id);
    this.#writeSide(lane, timeUs, bids);
    this.#writeSide(lane, timeUs, asks);
    this.#knownBid = bids.priceAt(bids.count - 1);
    this.#knownAsk = asks.priceAt(asks.count - 1);
    this.#levels = 0;
  }

  #writeSide(lane: MarketLane, timeUs: number, side: SyntheticSide): void {
    const flags = side.side === Side.Sell ? SlotFlag.Sell : 0;
    for (let n = 0; n < side.count; n++) {
      this.#put(lane, SlotKind.Level, timeUs, side.priceAt(n), side.qtyAt(n), 0, 0, 0, flags);
    }
  }

  #writeDiff(lane: MarketLane, timeUs: number): void {
    const count = this.#levels;
    assert(count > 0, Code.InvariantBroken);
    const id = ++this.#updateId;
    let bids = 0;
    for (let n = 0; n < count; n++) if (this.#sides[n] === Side.Buy) bids++;
    this.#put(lane, SlotKind.DepthDiff, timeUs, id, -1, bids, count - bids, id);
    for (let n = 0; n < count; n++) {
      const flags = this.#sides[n] === Side.Sell ? SlotFlag.Sell : 0;
      this.#put(lane, SlotKind.Level, timeUs, this.#prices[n] as number, this.#qtys[n] as number, 0, 0, 0, flags);
    }
    this.#levels = 0;
  }

  #writeQuote(lane: MarketLane, timeUs: number): void {
    const { bids, asks } = this.model;
    this.#bid = bids.priceAt(0);
    this.#bidQty = bids.qtyAt(0);
    this.#ask = asks.priceAt(0);
    this.#askQty = asks.qtyAt(0);
    this.#put(lane, SlotKind.Quote, timeUs, this.#bid, this.#bidQty, this.#ask, this.#askQty, this.#updateId);
  }

  /** The event is told now; the trade's own time may lie in the past. */
  #writeTrade(lane: MarketLane, timeUs: number): void {
    const trades = this.#trades;
    const at = this.#nextTrade;
    assert(at < trades.length, Code.InvariantBroken);
    this.#nextTrade += TRADE_FIELDS;
    const [tradeUs, price, qty] = [trades[at] as number, trades[at + 1] as number, trades[at + 2] as number];
    const flags = trades[at + 3] === Side.Sell ? SlotFlag.Sell : 0;
    this.#put(lane, SlotKind.Trade, timeUs, price, qty, tradeUs, 0, ++this.#tradeId, flags);
  }

  #put(
    lane: MarketLane,
    kind: SlotKind,
    timeUs: number,
    a: number,
    b: number,
    c: number,
    d: number,
    sequence: number,
    flags = 0,
  ): void {
    const { revision, id } = this.listing.instrument;
    lane.put(kind, flags, revision, id, timeUs, timeUs, a, b, c, d, sequence);
  }
}
