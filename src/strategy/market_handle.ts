/** A market as a strategy sees it: one instrument on one account. Reads V and D as numbers, writes wishes. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { pow10 } from "../core/decimal.ts";
import type { InstrumentMarket } from "../market/instrument_market.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, Side } from "../model/order.ts";
import type {
  Bands,
  Bar,
  Indicator,
  MacdLines,
  Market,
  Order,
  OrderOptions,
  Position,
  Reason,
  Size,
  Source,
  Timeframe,
} from "./api.ts";
import type { HostPort } from "./host_port.ts";
import type { OrderDesk } from "./order_desk.ts";
import { intervalUs } from "./params.ts";
import { PlotLines } from "./plot_lines.ts";
import { TimeframeView } from "./timeframe.ts";

export class MarketHandle implements Market {
  readonly symbol: string;
  readonly plots = new PlotLines();
  readonly #main: TimeframeView;
  readonly #others = new Map<number, TimeframeView>();
  readonly #priceUnit: number;
  readonly #qtyUnit: number;

  constructor(
    readonly name: string,
    readonly port: HostPort,
    readonly desk: OrderDesk,
    readonly market: InstrumentMarket,
    readonly instrument: Instrument,
    readonly account: number,
    readonly instance: number,
    readonly barUs: number,
  ) {
    assert(barUs > 0, Code.ValueOutOfRange);
    this.symbol = instrument.name;
    this.#priceUnit = pow10(instrument.priceScale);
    this.#qtyUnit = pow10(instrument.qtyScale);
    this.#main = new TimeframeView(market.bars(barUs), instrument);
  }

  /** Takes closed bars into the indicators; true for each bar of the handle's own timeframe, one at a time. */
  stepBars(): boolean {
    for (const other of this.#others.values()) while (other.step());
    if (!this.#main.step()) return false;
    this.plots.sample(this.#main.bar?.start ?? 0);
    return true;
  }

  get bid(): number {
    return this.market.bidPrice / this.#priceUnit;
  }
  get ask(): number {
    return this.market.askPrice / this.#priceUnit;
  }
  get bidSize(): number {
    return this.market.bidQty / this.#qtyUnit;
  }
  get askSize(): number {
    return this.market.askQty / this.#qtyUnit;
  }
  get mid(): number {
    const { bidPrice, askPrice } = this.market;
    return bidPrice > 0 && askPrice > 0 ? (bidPrice + askPrice) / 2 / this.#priceUnit : 0;
  }
  get spread(): number {
    const { bidPrice, askPrice } = this.market;
    return bidPrice > 0 && askPrice > 0 ? (askPrice - bidPrice) / this.#priceUnit : 0;
  }
  get last(): number {
    return this.market.lastPrice / this.#priceUnit;
  }
  get valid(): boolean {
    return this.market.book === undefined ? this.market.bidPrice > 0 : this.market.book.valid;
  }
  get tick(): number {
    return this.instrument.tick / this.#priceUnit;
  }
  get lot(): number {
    return this.instrument.lot / this.#qtyUnit;
  }
  get equity(): number {
    return this.port.equityNumber(this.account, this.#money);
  }
  get baseBalance(): number {
    return this.port.cashNumber(this.account, this.instrument.base);
  }
  get quoteBalance(): number {
    return this.port.cashNumber(this.account, this.#money);
  }
  get canShort(): boolean {
    return this.instrument.kind !== InstrumentKind.Spot;
  }
  get orders(): readonly Order[] {
    return this.desk.live;
  }
  get position(): Position {
    const qty = this.#positionQty();
    return {
      size: qty / this.#qtyUnit,
      side: qty > 0 ? "long" : qty < 0 ? "short" : "flat",
      averagePrice: this.port.averageEntry(this.instance, this.account, this.instrument.id),
    };
  }

  buy(size: Size, options: OrderOptions): Order {
    return this.desk.submit(Side.Buy, size, options, this.ask || this.last, this.equity);
  }

  sell(size: Size, options: OrderOptions): Order {
    return this.desk.submit(Side.Sell, size, options, this.bid || this.last, this.equity);
  }

  target(fraction: number, reason: Reason): Order | undefined {
    const price = this.mid || this.last;
    // What cannot be sized is refused by the desk, with the argument named.
    if (!Number.isFinite(fraction) || !(price > 0)) return this.buy({ equity: fraction }, reason);
    if (fraction < 0 && !this.canShort) return this.sell({ equity: Number.NaN }, reason);
    const wanted = Math.trunc((fraction * this.equity * this.#qtyUnit) / price / this.instrument.lot);
    const difference = wanted * this.instrument.lot - this.#positionQty();
    const qty = Math.abs(difference) - (Math.abs(difference) % this.instrument.lot);
    if (qty === 0) return undefined;
    return this.desk.submitQty(difference > 0 ? Side.Buy : Side.Sell, qty, reason.why, false);
  }

  flat(reason: Reason): Order | undefined {
    this.cancelAll(reason);
    const held = this.#positionQty();
    const qty = Math.abs(held) - (Math.abs(held) % this.instrument.lot);
    if (qty === 0) return undefined;
    return this.desk.submitQty(held > 0 ? Side.Sell : Side.Buy, qty, reason.why, true);
  }

  cancelAll(reason: Reason): void {
    for (const order of [...this.desk.live]) order.cancel(reason);
  }

  tf(timeframe: string): Timeframe {
    const us = intervalUs(timeframe);
    if (us === undefined) throw new RangeError(`timeframe ${timeframe} is none; for example 1s, 5m, 1h, 1d`);
    if (us === this.barUs) return this;
    const known = this.#others.get(us);
    if (known !== undefined) return known;
    const made = new TimeframeView(this.market.bars(us), this.instrument);
    this.#others.set(us, made);
    return made;
  }

  plot(lines: Readonly<Record<string, Indicator | (() => number)>>): void {
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
    return this.instrument.kind === InstrumentKind.Spot ? this.instrument.quote : this.instrument.settle;
  }

  #positionQty(): number {
    return this.port.positionQty(this.instance, this.account, this.instrument.id);
  }
}
