/** A market as a strategy sees it: one instrument on one account. Reads V and D as numbers, writes wishes. */

import { powerOfTen } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import type { InstrumentMarket } from "../market/instrument_market.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, Side } from "../model/order.ts";
import type {
  Bands,
  Bar,
  Bracket,
  BracketOptions,
  Indicator,
  MacdLines,
  Market,
  OcoOptions,
  Order,
  OrderOptions,
  Pair,
  Position,
  Reason,
  Size,
  Source,
  TargetOptions,
  Timeframe,
} from "./api.ts";
import type { HostPort } from "./host_port.ts";
import { INTERVAL_HINT, intervalUs } from "./interval.ts";
import { Listing } from "./listing.ts";
import { type DeskOwner, OrderDesk } from "./order_desk.ts";
import { placeBracket, placeOco } from "./order_pairs.ts";
import { PlotLines } from "./plot_lines.ts";
import { PositionKeeper } from "./position_keeper.ts";
import { TimeframeView } from "./timeframe.ts";

/** What one market of an instance is bound to. */
export interface HandleSpec {
  readonly name: string;
  readonly port: HostPort;
  readonly owner: DeskOwner;
  readonly market: InstrumentMarket;
  readonly instrument: Instrument;
  readonly account: number;
  readonly barUs: number;
  readonly limits: Limits;
}

export class MarketHandle implements Market {
  readonly name: string;
  readonly symbol: string;
  readonly instrumentId: number;
  readonly barUs: number;
  readonly desk: OrderDesk;
  readonly keeper: PositionKeeper;
  readonly plots: PlotLines;
  readonly listing: Listing;
  readonly market: InstrumentMarket;
  readonly position: Position;
  /** Given to `onQuote` and `onBook`, which carry no more than which market it is. */
  readonly tag: { readonly market: string };
  readonly #spec: HandleSpec;
  readonly #main: TimeframeView;
  readonly #others: TimeframeView[] = [];
  #sealed = false;

  constructor(spec: HandleSpec) {
    assert(spec.barUs > 0, Code.ValueOutOfRange);
    this.#spec = spec;
    this.name = spec.name;
    this.symbol = spec.instrument.name;
    this.instrumentId = spec.instrument.id;
    this.barUs = spec.barUs;
    this.market = spec.market;
    this.listing = new Listing(spec.instrument);
    this.tag = Object.freeze({ market: spec.name });
    this.plots = new PlotLines(spec.limits.barHistoryMax);
    this.desk = new OrderDesk(spec.port, spec.owner, spec.account, this.listing, spec.market, () => this.equity);
    this.keeper = new PositionKeeper(this.desk, () => this.#positionQty());
    this.desk.onSettled = () => this.keeper.settled();
    this.position = new PositionView(this.#positionQty.bind(this), this.#averageEntry.bind(this), this.listing);
    this.#main = new TimeframeView(spec.market.bars(spec.barUs), this.listing, spec.limits.barHistoryMax);
  }

  /** Takes closed bars into the indicators; true for each bar of the handle's own timeframe, one at a time. */
  stepBars(): boolean {
    assert(this.#sealed, Code.InvariantBroken);
    for (let i = 0; i < this.#others.length; i++) while ((this.#others[i] as TimeframeView).step());
    if (!this.#main.step()) return false;
    if (!this.plots.isEmpty) this.plots.sample(this.#main.bar?.start ?? 0);
    return true;
  }

  /** Setup is over: indicators, lines and timeframes are as they are, and what is in the history warms them. */
  seal(): void {
    this.#sealed = true;
    this.#main.seal();
    for (const other of this.#others) other.seal();
  }

  /** True when bars feed anything but `onBar`. */
  get hasBarReaders(): boolean {
    return this.#main.warmup > 0 || this.#others.length > 0 || !this.plots.isEmpty;
  }

  /** The timeframes in use, with the bars each needs before all its indicators have values. */
  get timeframes(): readonly { readonly barUs: number; readonly warmup: number }[] {
    return [this.#main, ...this.#others].map(({ barUs, warmup }) => ({ barUs, warmup }));
  }

  /** The instrument has a newer revision: tick, lot, scales. */
  revise(instrument: Instrument): void {
    const { priceUnit, instrument: before } = this.listing;
    this.listing.revise(instrument);
    assert(instrument.revision >= 1, Code.ValueOutOfRange);
    const qtyFactor = powerOfTen(instrument.qtyScale) / powerOfTen(before.qtyScale);
    const priceFactor = this.listing.priceUnit / priceUnit;
    for (const order of this.desk.live) order.rescale(qtyFactor, priceFactor);
  }

  get price(): number {
    return this.market.lastPrice > 0 ? this.market.lastPrice / this.listing.priceUnit : this.mid;
  }
  get bid(): number {
    return this.market.bidPrice / this.listing.priceUnit;
  }
  get ask(): number {
    return this.market.askPrice / this.listing.priceUnit;
  }
  get bidSize(): number {
    return this.listing.size(this.market.bidQty);
  }
  get askSize(): number {
    return this.listing.size(this.market.askQty);
  }
  get mid(): number {
    const { bidPrice, askPrice } = this.market;
    return bidPrice > 0 && askPrice > 0 ? (bidPrice + askPrice) / 2 / this.listing.priceUnit : 0;
  }
  get spread(): number {
    const { bidPrice, askPrice } = this.market;
    return bidPrice > 0 && askPrice > 0 ? (askPrice - bidPrice) / this.listing.priceUnit : 0;
  }
  get valid(): boolean {
    return this.market.book === undefined ? this.market.bidPrice > 0 : this.market.book.valid;
  }
  get tick(): number {
    return this.listing.instrument.tick / this.listing.priceUnit;
  }
  get lot(): number {
    return this.listing.size(this.listing.instrument.lot);
  }
  get equity(): number {
    return this.#spec.port.equityNumber(this.#spec.account, this.#money);
  }
  get baseBalance(): number {
    return this.#spec.port.cashNumber(this.#spec.account, this.listing.instrument.base);
  }
  get quoteBalance(): number {
    return this.#spec.port.cashNumber(this.#spec.account, this.#money);
  }
  get canShort(): boolean {
    return this.listing.instrument.kind !== InstrumentKind.Spot;
  }
  get orders(): readonly Order[] {
    return this.desk.live;
  }

  buy(size: Size, options: OrderOptions): Order {
    this.keeper.forget();
    return this.desk.submit(Side.Buy, size, options);
  }

  sell(size: Size, options: OrderOptions): Order {
    this.keeper.forget();
    return this.desk.submit(Side.Sell, size, options);
  }

  bracket(side: "buy" | "sell", size: Size, options: BracketOptions): Bracket {
    this.keeper.forget();
    return placeBracket(this.desk, side, size, options);
  }

  oco(side: "buy" | "sell", size: Size, options: OcoOptions): Pair {
    this.keeper.forget();
    return placeOco(this.desk, side, size, options);
  }

  target(fraction: number, options: TargetOptions): Order | undefined {
    return this.keeper.target(fraction, options);
  }

  flat(reason: Reason): Order | undefined {
    return this.keeper.flat(reason);
  }

  cancelAll(reason: Reason): void {
    for (const order of [...this.desk.live]) this.desk.cancel(order, reason?.why);
  }

  tf(timeframe: string): Timeframe {
    const us = intervalUs(timeframe);
    if (us === undefined) throw new RangeError(`tf ${String(timeframe)} is no timeframe; ${INTERVAL_HINT}`);
    if (us === this.barUs) return this;
    const known = this.#others.find((other) => other.barUs === us);
    if (known !== undefined) return known;
    if (this.#sealed) throw new Error(`tf ${timeframe}: timeframes are asked for in setup first`);
    const { market, limits } = this.#spec;
    const made = new TimeframeView(market.bars(us), this.listing, limits.barHistoryMax);
    this.#others.push(made);
    return made;
  }

  plot(lines: Readonly<Record<string, Indicator | (() => number)>>): void {
    if (this.#sealed) throw new Error("lines are declared in setup, not in a handler");
    this.plots.add(lines);
  }

  get bar(): Bar | undefined {
    return this.#main.bar;
  }
  history(count: number): Bar[] {
    return this.#main.history(count);
  }
  ema(period: number, source?: Source): Indicator {
    return this.#main.ema(period, source);
  }
  sma(period: number, source?: Source): Indicator {
    return this.#main.sma(period, source);
  }
  rsi(period: number, source?: Source): Indicator {
    return this.#main.rsi(period, source);
  }
  atr(period: number): Indicator {
    return this.#main.atr(period);
  }
  stdev(period: number, source?: Source): Indicator {
    return this.#main.stdev(period, source);
  }
  highest(period: number, source?: Source): Indicator {
    return this.#main.highest(period, source);
  }
  lowest(period: number, source?: Source): Indicator {
    return this.#main.lowest(period, source);
  }
  bollinger(period: number, deviations: number, source?: Source): Bands {
    return this.#main.bollinger(period, deviations, source);
  }
  macd(fast: number, slow: number, signal: number, source?: Source): MacdLines {
    return this.#main.macd(fast, slow, signal, source);
  }
  vwap(period?: number): Indicator {
    return this.#main.vwap(period);
  }

  get #money(): string {
    const { kind, quote, settle } = this.listing.instrument;
    return kind === InstrumentKind.Spot ? quote : settle;
  }

  #positionQty(): number {
    const { port, owner, account } = this.#spec;
    return port.positionQty(owner.id, account, this.instrumentId);
  }

  #averageEntry(): number {
    const { port, owner, account } = this.#spec;
    return port.averageEntry(owner.id, account, this.instrumentId);
  }
}

/** Reads through: one object for the life of the handle. */
class PositionView implements Position {
  readonly #qty: () => number;
  readonly #averageEntry: () => number;
  readonly #listing: Listing;

  constructor(qty: () => number, averageEntry: () => number, listing: Listing) {
    this.#qty = qty;
    this.#averageEntry = averageEntry;
    this.#listing = listing;
  }

  get size(): number {
    return this.#listing.size(this.#qty());
  }
  get side(): Position["side"] {
    const qty = this.#qty();
    return qty > 0 ? "long" : qty < 0 ? "short" : "flat";
  }
  get averagePrice(): number {
    return this.#averageEntry();
  }
}
