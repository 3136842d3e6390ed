/** Synthetic instruments as a feed: what they tell becomes the venue's messages, with dense ids and depth each 100 ms. */

import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { mantissaText } from "../core/decimal.ts";
import type { SyntheticInstrument } from "../match/synthetic.ts";
import type { SyntheticSide } from "../match/synthetic_side.ts";
import type { SyntheticSink } from "../match/synthetic_sink.ts";
import { FUNDING_SCALE, MARK_SCALE } from "../model/market_slot.ts";
import { Side } from "../model/order.ts";
import { FarLevels } from "./far_levels.ts";
import type { Feed, FeedFrame, Listing, SimVenue } from "./feed.ts";
import { LevelBook } from "./level_book.ts";

const DEPTH_US = 100_000;
/** Spot writes all numbers with so many decimals. */
const SPOT_DECIMALS = 8;

/** Endless. Instruments with a perpetual stand on USD-M, the others on spot. */
export class SyntheticFeed implements Feed {
  readonly listings: readonly Listing[];
  readonly streams: readonly { readonly venue: SimVenue; readonly stream: string }[];
  readonly frameCount = 0;
  readonly problems = [];
  readonly #tickers: readonly Ticker[];
  readonly #queue: FeedFrame[] = [];

  constructor(instruments: readonly SyntheticInstrument[], startUs: number) {
    assert(instruments.length > 0, Code.NoInstrument);
    this.#tickers = instruments.map((instrument) => new Ticker(instrument, startUs, this.#queue));
    this.listings = this.#tickers.map(({ listing }) => listing);
    this.streams = this.#tickers.flatMap(({ streams }) => streams);
  }

  nextTimeUs(): number {
    while (this.#queue.length === 0) this.#step();
    return (this.#queue[0] as FeedFrame).timeUs;
  }

  take(): FeedFrame {
    this.nextTimeUs();
    return present(this.#queue.shift());
  }

  rewind(): boolean {
    return false;
  }

  upcomingBook(venue: SimVenue, symbol: string): string | undefined {
    const isIt = (frame: FeedFrame) => frame.stream === "" && frame.venue === venue && frame.symbol === symbol;
    return this.#queue.find(isIt)?.data;
  }

  /** The one instrument that is due first does what is due. */
  #step(): void {
    let first = this.#tickers[0] as Ticker;
    for (const ticker of this.#tickers) if (ticker.dueUs() < first.dueUs()) first = ticker;
    first.step();
  }
}

/** One instrument's messages. */
class Ticker implements SyntheticSink {
  readonly listing: Listing;
  readonly streams: readonly { readonly venue: SimVenue; readonly stream: string }[];
  readonly #book = new LevelBook();
  /** Changes since the last depth message: price text → quantity text. */
  readonly #bids = new Map<string, string>();
  readonly #asks = new Map<string, string>();
  readonly #low: string;
  readonly #farBids: FarLevels;
  readonly #farAsks: FarLevels;
  #flushUs: number;
  #updateId = 1;
  #flushedId = 1;
  #tradeId = 0;
  #top = "";

  constructor(
    readonly instrument: SyntheticInstrument,
    startUs: number,
    readonly queue: FeedFrame[],
  ) {
    this.listing = listingOf(instrument);
    const { venue, symbol } = this.listing;
    this.#low = symbol.toLowerCase();
    const kinds = ["depth@100ms", "bookTicker", "trade", ...(venue === "binance-usdm" ? ["markPrice@1s"] : [])];
    this.streams = kinds.map((kind) => ({ venue, stream: `${this.#low}@${kind}` }));
    this.#flushUs = startUs + DEPTH_US;
    this.#seed(instrument.bids, true);
    this.#seed(instrument.asks, false);
    const { levelLots } = instrument.spec;
    this.#farBids = new FarLevels(instrument.bids, true, levelLots);
    this.#farAsks = new FarLevels(instrument.asks, false, levelLots);
    this.#follow();
    this.#bids.clear();
    this.#asks.clear();
    this.#updateId = 1;
    const levels = Number.MAX_SAFE_INTEGER;
    const book = { lastUpdateId: 1, bids: this.#book.bids(levels), asks: this.#book.asks(levels) };
    this.#push(startUs, "", { ...book, E: ms(startUs), T: ms(startUs) });
  }

  dueUs(): number {
    return Math.min(this.instrument.nextDueUs(), this.#flushUs);
  }

  step(): void {
    if (this.instrument.nextDueUs() < this.#flushUs) this.instrument.step(this);
    else this.#flush();
  }

  onBook(timeUs: number, sides: Uint8Array, prices: Float64Array, qtys: Float64Array, count: number): void {
    assert(count > 0 && count <= sides.length, Code.ValueOutOfRange);
    for (let i = 0; i < count; i++) {
      this.#set(sides[i] === Side.Buy, prices[i] as number, qtys[i] as number);
    }
    this.#updateId++;
    const [b, B] = present(this.#book.bestBid);
    const [a, A] = present(this.#book.bestAsk);
    const top = `${b} ${B} ${a} ${A}`;
    if (top === this.#top) return;
    this.#top = top;
    const body = { u: this.#updateId, s: this.listing.symbol, b, B, a, A };
    const times = { T: ms(timeUs), E: ms(timeUs) };
    this.#push(timeUs, "bookTicker", this.#isSpot ? body : { e: "bookTicker", ...body, ...times });
  }

  onTrade(timeUs: number, price: number, qty: number, taker: Side): void {
    assert(price > 0 && qty > 0, Code.ValueOutOfRange);
    this.#tradeId++;
    const head = { e: "trade", E: ms(timeUs), s: this.listing.symbol, t: this.#tradeId };
    const body = { p: this.#price(price), q: this.#qty(qty), T: ms(timeUs) };
    const tail = { m: taker === Side.Sell };
    const message = this.#isSpot ? { ...head, ...body, ...tail, M: true } : { ...head, ...body, X: "MARKET", ...tail };
    this.#push(timeUs, "trade", message);
  }

  onMark(timeUs: number, mark: number, index: number, fundingRate: number, nextFundingUs: number): void {
    assert(mark > 0 && nextFundingUs > timeUs, Code.ValueOutOfRange);
    const p = mantissaText(mark, MARK_SCALE);
    const i = mantissaText(index, MARK_SCALE);
    const head = { e: "markPriceUpdate", E: ms(timeUs), s: this.listing.symbol };
    const body = { p, i, P: p, r: mantissaText(fundingRate, FUNDING_SCALE), T: ms(nextFundingUs) };
    this.#push(timeUs, "markPrice@1s", { ...head, ...body });
  }

  /** What has changed since the last time, with the quantities of now. Nothing when nothing has. */
  #flush(): void {
    const timeUs = this.#flushUs;
    this.#flushUs += DEPTH_US;
    this.#follow();
    if (this.#updateId === this.#flushedId) return;
    const U = this.#flushedId + 1;
    const u = this.#updateId;
    const times = this.#isSpot ? { E: ms(timeUs) } : { E: ms(timeUs), T: ms(timeUs) };
    const ids = this.#isSpot ? { U, u } : { U, u, pu: this.#flushedId };
    const rows = { b: [...this.#bids], a: [...this.#asks] };
    this.#push(timeUs, "depth@100ms", { e: "depthUpdate", ...times, s: this.listing.symbol, ...ids, ...rows });
    this.#flushedId = u;
    this.#bids.clear();
    this.#asks.clear();
  }

  /** The far levels go where the model has gone. */
  #follow(): void {
    const { tick, lot } = this.instrument.spec;
    const changesBefore = this.#bids.size + this.#asks.size;
    this.#farBids.update((ticks, lots) => this.#set(true, ticks * tick, lots * lot));
    this.#farAsks.update((ticks, lots) => this.#set(false, ticks * tick, lots * lot));
    if (this.#bids.size + this.#asks.size > changesBefore) this.#updateId++;
  }

  #set(isBid: boolean, priceMantissa: number, qtyMantissa: number): void {
    const price = this.#price(priceMantissa);
    const qty = this.#qty(qtyMantissa);
    this.#book.set(isBid, price, qty);
    (isBid ? this.#bids : this.#asks).set(price, qty);
  }

  #seed(side: SyntheticSide, isBid: boolean): void {
    for (let i = 0; i < side.count; i++) {
      this.#book.set(isBid, this.#price(side.priceAt(i)), this.#qty(side.qtyAt(i)));
    }
  }

  #push(timeUs: number, kind: string, message: object): void {
    const { venue, symbol } = this.listing;
    const stream = kind === "" ? "" : `${this.#low}@${kind}`;
    this.queue.push({ timeUs, venue, symbol, stream, data: JSON.stringify(message), envelope: undefined });
  }

  get #isSpot(): boolean {
    return this.listing.venue === "binance-spot";
  }

  #price(mantissa: number): string {
    return mantissaText(mantissa, this.instrument.spec.priceScale, this.listing.priceDecimals);
  }

  #qty(mantissa: number): string {
    return mantissaText(mantissa, this.instrument.spec.qtyScale, this.listing.qtyDecimals);
  }
}

function listingOf({ spec }: SyntheticInstrument): Listing {
  const { base, quote, perpetual, tick, lot, priceScale, qtyScale } = spec;
  const isSpot = perpetual === undefined;
  const priceDecimals = isSpot ? SPOT_DECIMALS : spec.priceDecimals;
  const qtyDecimals = isSpot ? SPOT_DECIMALS : spec.qtyDecimals;
  return {
    venue: isSpot ? "binance-spot" : "binance-usdm",
    symbol: base + quote,
    base,
    quote,
    tick: mantissaText(tick, priceScale, priceDecimals),
    step: mantissaText(lot, qtyScale, qtyDecimals),
    priceDecimals,
    qtyDecimals,
  };
}

function ms(timeUs: number): number {
  return Math.floor(timeUs / 1_000);
}
