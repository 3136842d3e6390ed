/** Everything volatile about one instrument: best quote, trades, book, bars, marks and the quality of each. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import { pow10 } from "../core/decimal.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import { Wide, wideAdd, wideMul, wideMulInt } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import {
  F64_A,
  F64_B,
  F64_C,
  F64_D,
  F64_EXCHANGE_TIME,
  F64_RECEIVE_TIME,
  F64_SEQUENCE,
  SlotFlag,
  SlotKind,
} from "../model/market_slot.ts";
import { BarSeries } from "./bar_series.ts";
import { BookSide } from "./book.ts";
import { FastBook } from "./book_fast.ts";
import { BookSync } from "./book_sync.ts";
import { MarketEvent } from "./market_event.ts";
import type { MarketOptions } from "./market_options.ts";
import { QuoteCheck } from "./quote_check.ts";
import { TopView } from "./top_view.ts";
import { TradeIds, TradeIdVerdict } from "./trade_ids.ts";
import { VenueClock } from "./venue_clock.ts";

/** Sides of `lastSide`: the taker's, as in model/order.ts. */
const SIDE_BUY = 1;
const SIDE_SELL = 2;
/** Where the best quote comes from. */
const FROM_NONE = 0;
const FROM_TICKER = 1;
const FROM_TOP = 2;
/** A quote older than the book by more than this is taken for a dead stream. */
const QUOTE_LAG_US_MAX = 1_000_000;
/** So many quotes in a row with old ids: the venue's ids began again. */
const OLD_QUOTES_TO_BELIEVE = 16;
/** 2^105 and its upper limb: two products or sums below it cannot leave 106 bits. */
const NOTIONAL_MAX = 2 ** 105; // math-ok: a power of two is exact everywhere
const VOLUME_HI_MAX = 4_503_599_627_370_495;
/** A trade may lie so far ahead of the venue's clock as we know it; further ones cut no bars. */
const TRADE_AHEAD_US_MAX = 60_000_000;

/** Long-lived and mutable, numbers only: handlers read it, nobody keeps copies. */
export class InstrumentMarket {
  /** Mantissas at the instrument revision's scales; times in µs. 0 = none yet. */
  bidPrice = 0;
  bidQty = 0;
  askPrice = 0;
  askQty = 0;
  /** Engine (receive) time and the venue's own time of the quote; the latter 0 where the venue sends none. */
  quoteTimeUs = 0;
  quoteExchangeTimeUs = 0;
  quoteUpdateId = 0;
  quoteCount = 0;
  /** Quotes with an id below one seen before: dropped. */
  quotesOld = 0;
  /** Last trade by id. `lastSide` is the taker's: 1 bought, 2 sold. */
  lastPrice = 0;
  lastQty = 0;
  lastSide = 0;
  lastTradeTimeUs = 0;
  /** Engine (receive) time of the last trade. */
  lastTimeUs = 0;
  /** Trades that made volume, and the volume: at qtyScale, and at priceScale + qtyScale. */
  tradeCount = 0;
  readonly volume = new Wide();
  readonly quoteVolume = new Wide();
  high = 0;
  low = 0;
  /** Trades that are no market trades, of the kind (aggregate or not) that came second, and without price or size, or of impossible ones. */
  notMarketTrades = 0;
  otherKindTrades = 0;
  badTrades = 0;
  /** Mark and index at MARK_SCALE, funding rate at FUNDING_SCALE. */
  markPrice = 0;
  indexPrice = 0;
  fundingRate = 0;
  nextFundingTimeUs = 0;
  markTimeUs = 0;
  /** Last liquidation that was told: the side of the forced order (1 bought, 2 sold), and the venue's own time of it. */
  liquidationPrice = 0;
  liquidationQty = 0;
  liquidationSide = 0;
  liquidationTimeUs = 0;
  /** Liquidations told; those without a price or a size are not counted. */
  liquidationCount = 0;
  /** The venue's own bars that were seen; ours are cut from trades. */
  venueBars = 0;
  /** Receive less exchange time of messages that carry one; negative when a clock is off. */
  latencyMinUs = Number.POSITIVE_INFINITY;
  latencyMaxUs = Number.NEGATIVE_INFINITY;
  negativeLatencyCount = 0;
  /** Slots of an unknown or incompatible revision: ignored. */
  wrongRevisionSlots = 0;
  book: BookSync | undefined;
  top: TopView | undefined;
  quoteCheck: QuoteCheck | undefined;
  readonly clock = new VenueClock();
  readonly tradeIds = new TradeIds();
  readonly #series: BarSeries[] = [];
  readonly #product = new Wide();
  #instrument: Instrument;
  /** Oldest revision whose scales are those of today: slots of it need no conversion. */
  #scalesSince: number;
  #quoteFrom = FROM_NONE;
  #oldQuotesInRow = 0;
  /** 0 until the first trade says whether trades or aggregate trades make volume. */
  #tradeKind = 0;

  constructor(
    instrument: Instrument,
    readonly limits: Limits,
    readonly options: MarketOptions,
  ) {
    this.#instrument = instrument;
    this.#scalesSince = instrument.revision;
    if (options.checkQuotes) this.quoteCheck = new QuoteCheck();
  }

  get instrument(): Instrument {
    return this.#instrument;
  }

  /** Ids that were missing when a later one came, and ids that came twice. */
  get tradeIdGaps(): number {
    return this.tradeIds.gaps;
  }

  get tradeDuplicates(): number {
    return this.tradeIds.duplicates;
  }

  /** The book, made on first use. */
  wantBook(): BookSync {
    if (this.book === undefined) {
      this.book = new BookSync(new FastBook(this.limits.bookLevelsMax), this.limits, this.options);
      this.book.quoteCheck = this.quoteCheck;
    }
    return this.book;
  }

  /** Bars of one interval, begun on first use; all callers share a series. */
  bars(intervalUs: number): BarSeries {
    for (const series of this.#series) if (series.intervalUs === intervalUs) return series;
    const series = new BarSeries(intervalUs, this.limits.barHistoryMax, this.lastTradeTimeUs);
    this.#series.push(series);
    return series;
  }

  /**
   * What an order is measured against: mid of the best quote (or of a valid book when the quote stream is dead), else
   * the last trade. A mantissa, rounded half up; 0 = none.
   */
  referencePrice(): number {
    if (this.#quoteIsReference()) return middle(this.bidPrice, this.askPrice);
    if (this.#bookIsReference()) return middle(this.book?.book.bestBid as number, this.book?.book.bestAsk as number);
    return this.lastPrice;
  }

  /** Engine time of what `referencePrice` was taken from, 0 when there is none. */
  get referenceTimeUs(): number {
    if (this.#quoteIsReference()) return this.quoteTimeUs;
    if (this.#bookIsReference()) return this.book?.updateTimeUs as number;
    return this.lastTimeUs;
  }

  /** A newer revision: the same scales, finer ones (converted exactly), or others (what is known is dropped). */
  revise(instrument: Instrument): void {
    assert(instrument.id === this.#instrument.id, Code.ValueOutOfRange);
    assert(instrument.revision >= this.#instrument.revision, Code.IdNotDense);
    const price = instrument.priceScale - this.#instrument.priceScale;
    const qty = instrument.qtyScale - this.#instrument.qtyScale;
    this.#instrument = instrument;
    if (price === 0 && qty === 0) return;
    this.#scalesSince = instrument.revision;
    if (price >= 0 && qty >= 0 && this.#fits(pow10(price), pow10(qty))) this.#rescale(pow10(price), pow10(qty));
    else this.#dropAll();
  }

  /** True when slots of `revision` are at the scales of today; counts those that are not. */
  speaks(revision: number): boolean {
    if (revision >= this.#scalesSince && revision <= this.#instrument.revision) return true;
    this.wrongRevisionSlots++;
    return false;
  }

  /** The venue's connection began anew: ids may start again, and nothing of the old stream joins the new one. */
  reconnected(): void {
    this.book?.reset();
    this.top?.clear();
    this.tradeIds.reset();
    this.quoteUpdateId = 0;
    for (const series of this.#series) series.feedGap();
  }

  quote(f64: Float64Array, at: number): number {
    const id = f64[at + F64_SEQUENCE] as number;
    if (id !== 0 && id < this.quoteUpdateId) {
      this.quotesOld++;
      this.#oldQuotesInRow++;
      if (this.#oldQuotesInRow < OLD_QUOTES_TO_BELIEVE) return 0;
    }
    this.#oldQuotesInRow = 0;
    this.#quoteFrom = FROM_TICKER;
    this.bidPrice = f64[at + F64_A] as number;
    this.bidQty = f64[at + F64_B] as number;
    this.askPrice = f64[at + F64_C] as number;
    this.askQty = f64[at + F64_D] as number;
    this.quoteTimeUs = f64[at + F64_RECEIVE_TIME] as number;
    this.quoteExchangeTimeUs = f64[at + F64_EXCHANGE_TIME] as number;
    this.quoteUpdateId = id;
    this.quoteCount++;
    this.#latency(this.quoteTimeUs, this.quoteExchangeTimeUs);
    if (this.quoteCheck !== undefined) {
      this.quoteCheck.quote(id, this.bidPrice, this.bidQty, this.askPrice, this.askQty);
    }
    return MarketEvent.Quote;
  }

  trade(f64: Float64Array, at: number, flags: number): number {
    const price = f64[at + F64_A] as number;
    const qty = f64[at + F64_B] as number;
    const kind = (flags & SlotFlag.Aggregate) === 0 ? 1 : 2;
    if (this.#tradeKind === 0) this.#tradeKind = kind;
    else if (this.#tradeKind !== kind) {
      this.otherKindTrades++;
      return 0;
    }
    const verdict = this.tradeIds.see(f64[at + F64_SEQUENCE] as number, f64[at + F64_D] as number);
    if (verdict === TradeIdVerdict.Duplicate) return 0;
    const gap = verdict === TradeIdVerdict.AfterGap;
    if (gap) this.#feedGap();
    let events = gap ? MarketEvent.Flags : 0;
    if ((flags & SlotFlag.NotMarket) !== 0) {
      this.notMarketTrades++;
      return events;
    }
    // No trade of this world is that large, and no sum either: the outside must not be able to stop us.
    const countable = price * qty <= NOTIONAL_MAX && this.quoteVolume.hi < VOLUME_HI_MAX;
    if (price <= 0 || qty <= 0 || !countable) {
      this.badTrades++;
      return events;
    }
    const receiveUs = f64[at + F64_RECEIVE_TIME] as number;
    const eventUs = f64[at + F64_EXCHANGE_TIME] as number;
    let tradeUs = f64[at + F64_C] as number;
    if (tradeUs <= 0) tradeUs = eventUs > 0 ? eventUs : receiveUs;
    this.#latency(receiveUs, eventUs);
    const plausible = this.clock.sample(receiveUs - (eventUs > 0 ? eventUs : tradeUs));
    if (verdict !== TradeIdVerdict.Late) {
      this.lastPrice = price;
      this.lastQty = qty;
      this.lastSide = (flags & SlotFlag.Sell) === 0 ? SIDE_BUY : SIDE_SELL;
      this.lastTradeTimeUs = tradeUs;
      this.lastTimeUs = receiveUs;
    }
    this.#count(price, qty);
    events |= MarketEvent.Trade;
    if (plausible && tradeUs <= this.clock.exchangeUs(receiveUs) + TRADE_AHEAD_US_MAX) {
      for (let n = 0; n < this.#series.length; n++) {
        if ((this.#series[n] as BarSeries).trade(tradeUs, price, qty)) events |= MarketEvent.Bar;
      }
    }
    // The missing trades may belong to the bar before or to the one that this trade began: neither is whole.
    if (gap) this.#feedGap();
    return events;
  }

  mark(f64: Float64Array, at: number): number {
    this.markPrice = f64[at + F64_A] as number;
    this.indexPrice = f64[at + F64_B] as number;
    this.fundingRate = f64[at + F64_C] as number;
    this.nextFundingTimeUs = f64[at + F64_D] as number;
    this.markTimeUs = f64[at + F64_RECEIVE_TIME] as number;
    this.#latency(this.markTimeUs, f64[at + F64_EXCHANGE_TIME] as number);
    return MarketEvent.Mark;
  }

  /** It is no trade: what it bought or sold is told among the trades, and makes volume there. */
  liquidation(f64: Float64Array, at: number, flags: number): number {
    const price = f64[at + F64_A] as number;
    const qty = f64[at + F64_B] as number;
    if (price <= 0 || qty <= 0) return 0;
    this.liquidationPrice = price;
    this.liquidationQty = qty;
    this.liquidationSide = (flags & SlotFlag.Sell) === 0 ? SIDE_BUY : SIDE_SELL;
    this.liquidationTimeUs = f64[at + F64_C] as number;
    this.liquidationCount++;
    return MarketEvent.Liquidation;
  }

  /** Head of a depth message. True when it has no levels and is complete. */
  depthHead(kind: number, flags: number, f64: Float64Array, at: number): boolean {
    const nowUs = f64[at + F64_RECEIVE_TIME] as number;
    const bids = f64[at + F64_C] as number;
    const asks = f64[at + F64_D] as number;
    const id = f64[at + F64_SEQUENCE] as number;
    this.#latency(nowUs, f64[at + F64_EXCHANGE_TIME] as number);
    if (kind === SlotKind.DepthDiff) {
      return this.wantBook().diff(f64[at + F64_A] as number, f64[at + F64_B] as number, id, bids, asks, nowUs);
    }
    if (kind === SlotKind.DepthSnapshot) {
      return this.wantBook().snapshot(id, bids, asks, nowUs, (flags & SlotFlag.Window) !== 0);
    }
    assert(kind === SlotKind.DepthTop, Code.ValueOutOfRange);
    this.top ??= new TopView();
    return this.top.begin(id, bids, asks, nowUs);
  }

  /** The top picture is complete: it is the best quote where the venue sends no other. */
  topComplete(): number {
    const top = this.top;
    if (top === undefined || this.#quoteFrom === FROM_TICKER) return MarketEvent.Book;
    this.#quoteFrom = FROM_TOP;
    this.bidPrice = top.priceAt(BookSide.Bid, 0);
    this.bidQty = top.qtyAt(BookSide.Bid, 0);
    this.askPrice = top.priceAt(BookSide.Ask, 0);
    this.askQty = top.qtyAt(BookSide.Ask, 0);
    this.quoteTimeUs = top.timeUs;
    this.quoteUpdateId = 0; // The picture's id: a ticker that starts later is not to be compared with it.
    return MarketEvent.Book | MarketEvent.Quote;
  }

  /** Engine time passed: closes bars that are due, marks the book stale. Answers MarketEvent bits. */
  time(nowUs: number): number {
    let events = 0;
    const passedUs = this.clock.exchangeUs(nowUs) - this.options.barGraceUs;
    for (let n = 0; n < this.#series.length; n++) {
      if ((this.#series[n] as BarSeries).time(passedUs)) events |= MarketEvent.Bar;
    }
    if (this.book?.time(nowUs) === true) events |= MarketEvent.Flags;
    return events;
  }

  /** Earliest engine time at which `time` has something to do, Infinity when never. */
  dueUs(): number {
    let due = this.book === undefined ? Number.POSITIVE_INFINITY : this.book.dueUs();
    for (let n = 0; n < this.#series.length; n++) {
      const end = (this.#series[n] as BarSeries).dueUs() + this.clock.offsetUs + this.options.barGraceUs;
      if (end < due) due = end;
    }
    return due;
  }

  /** Puts all of this instrument's volatile state into `hash`, as rows of the given table and the ones after it. */
  hashInto(hash: RowHash, table: number): void {
    const row = this.#instrument.id;
    hash.begin(table, row).add(this.#instrument.revision).add(this.#quoteFrom).add(this.#tradeKind);
    hash.add(this.bidPrice).add(this.bidQty).add(this.askPrice).add(this.askQty);
    hash.add(this.quoteTimeUs).add(this.quoteExchangeTimeUs).add(this.quoteUpdateId).add(this.quoteCount);
    hash.add(this.lastPrice).add(this.lastQty).add(this.lastSide).add(this.lastTradeTimeUs).add(this.lastTimeUs);
    hash.add(this.tradeCount).add(this.volume.hi).add(this.volume.lo).add(this.high).add(this.low);
    hash.add(this.quoteVolume.hi).add(this.quoteVolume.lo).add(this.quotesOld).add(this.venueBars);
    hash.add(this.notMarketTrades).add(this.otherKindTrades).add(this.badTrades).add(this.wrongRevisionSlots);
    hash.add(this.markPrice).add(this.indexPrice).add(this.fundingRate).add(this.nextFundingTimeUs);
    hash.add(this.markTimeUs).add(this.latencyMinUs).add(this.latencyMaxUs).add(this.negativeLatencyCount);
    hash.add(this.clock.offsetUs).add(this.clock.jumps);
    this.tradeIds.hashInto(hash);
    // A market without them has the digest that it had before they were known.
    if (this.liquidationCount > 0) {
      hash.add(this.liquidationPrice).add(this.liquidationQty).add(this.liquidationSide);
      hash.add(this.liquidationTimeUs).add(this.liquidationCount);
    }
    hash.putIn();
    this.top?.hashInto(hash, table + 1, row);
    this.book?.hashInto(hash, table + 2, row); // And table + 3: its levels.
    // In order of interval, not of first use: who asked first is no part of the market.
    const ordered = [...this.#series].sort((a, b) => a.intervalUs - b.intervalUs);
    for (const series of ordered) series.hashInto(hash, table + 4, row);
  }

  #quoteIsReference(): boolean {
    if (this.bidPrice <= 0 || this.askPrice <= this.bidPrice) return false;
    return !this.#bookIsReference() || (this.book?.updateTimeUs as number) - this.quoteTimeUs <= QUOTE_LAG_US_MAX;
  }

  #bookIsReference(): boolean {
    const sync = this.book;
    return sync?.valid === true && sync.book.bestBid > 0 && sync.book.bestAsk > 0;
  }

  #latency(receiveUs: number, exchangeUs: number): void {
    if (exchangeUs <= 0) return;
    const latency = receiveUs - exchangeUs;
    if (latency < 0) this.negativeLatencyCount++;
    if (latency < this.latencyMinUs) this.latencyMinUs = latency;
    if (latency > this.latencyMaxUs) this.latencyMaxUs = latency;
  }

  #count(price: number, qty: number): void {
    const product = this.#product;
    this.tradeCount++;
    wideAdd(this.volume, this.volume, product.setInt(qty));
    wideAdd(this.quoteVolume, this.quoteVolume, wideMul(product, price, qty));
    if (price > this.high) this.high = price;
    if (price < this.low || this.low === 0) this.low = price;
  }

  #feedGap(): void {
    for (let n = 0; n < this.#series.length; n++) (this.#series[n] as BarSeries).feedGap();
  }

  /** True when the prices and sizes that are not summed stay below 2^53 at the finer scale. */
  #fits(priceFactor: number, qtyFactor: number): boolean {
    const price = Math.max(this.bidPrice, this.askPrice, this.high, this.lastPrice, this.liquidationPrice);
    const qty = Math.max(this.bidQty, this.askQty, this.lastQty, this.liquidationQty);
    return price * priceFactor <= MANTISSA_MAX && qty * qtyFactor <= MANTISSA_MAX;
  }

  #rescale(priceFactor: number, qtyFactor: number): void {
    this.bidPrice *= priceFactor;
    this.askPrice *= priceFactor;
    this.lastPrice *= priceFactor;
    this.high *= priceFactor;
    this.low *= priceFactor;
    this.liquidationPrice *= priceFactor;
    this.liquidationQty *= qtyFactor;
    this.bidQty *= qtyFactor;
    this.askQty *= qtyFactor;
    this.lastQty *= qtyFactor;
    wideMulInt(this.volume, this.volume, qtyFactor);
    wideMulInt(this.quoteVolume, wideMulInt(this.quoteVolume, this.quoteVolume, priceFactor), qtyFactor);
    for (const series of this.#series) series.rescale(priceFactor, qtyFactor);
    this.book?.rescale(priceFactor, qtyFactor);
    this.top?.clear();
    this.quoteCheck?.forget();
  }

  /** The new scales do not hold the old numbers. Nothing of them may be read as if they did. */
  #dropAll(): void {
    this.bidPrice = 0;
    this.bidQty = 0;
    this.askPrice = 0;
    this.askQty = 0;
    this.lastPrice = 0;
    this.lastQty = 0;
    this.high = 0;
    this.low = 0;
    this.liquidationPrice = 0;
    this.liquidationQty = 0;
    this.tradeCount = 0;
    this.volume.zero();
    this.quoteVolume.zero();
    this.top?.clear();
    this.book?.reset();
    for (const series of this.#series) series.drop();
  }
}

/** Middle of two prices, rounded half up. */
function middle(bid: number, ask: number): number {
  assert(ask > bid, Code.ValueOutOfRange);
  return bid + Math.round((ask - bid) / 2);
}
