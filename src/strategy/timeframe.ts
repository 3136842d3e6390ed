/** Closed bars of one series as a strategy sees them, and the indicators that are fed by it, in order of declaration. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { BarFlag, type BarSeries } from "../market/bar_series.ts";
import type { Bands, Bar, Indicator, MacdLines, Source, Timeframe } from "./api.ts";
import { Atr } from "./indicators/atr.ts";
import { type BarConsumer, BarInput, FIELDS } from "./indicators/bar_input.ts";
import { Bollinger } from "./indicators/bollinger.ts";
import { Ema } from "./indicators/ema.ts";
import { Extreme } from "./indicators/extreme.ts";
import { Macd } from "./indicators/macd.ts";
import { Rsi } from "./indicators/rsi.ts";
import type { Series } from "./indicators/series.ts";
import { Sma } from "./indicators/sma.ts";
import { Stdev } from "./indicators/stdev.ts";
import { Vwap } from "./indicators/vwap.ts";
import type { Listing } from "./listing.ts";

export class TimeframeView implements Timeframe {
  readonly #series: BarSeries;
  readonly #listing: Listing;
  readonly #periodMax: number;
  readonly #consumers: BarConsumer[] = [];
  readonly #own = new Set<Indicator>();
  readonly #input = new BarInput();
  /** Bars of the series that the indicators have taken. */
  #seen: number;
  #sealed = false;

  /** `periodMax`: `limits.barHistoryMax`; a longer period could never be warmed from history. */
  constructor(series: BarSeries, listing: Listing, periodMax: number) {
    this.#series = series;
    this.#listing = listing;
    this.#periodMax = periodMax;
    // What is kept from before warms the indicators at the start.
    this.#seen = series.closedCount - series.length;
    assert(this.#seen >= 0, Code.InvariantBroken);
  }

  /** Bars until all indicators have values; 0 without any. */
  get warmup(): number {
    return this.#consumers.reduce((most, consumer) => Math.max(most, consumer.warmup), 0);
  }

  get barUs(): number {
    return this.#series.intervalUs;
  }

  /** Takes the next closed bar, if there is one: indicators first. Call until it answers false. */
  step(): boolean {
    const series = this.#series;
    const waiting = series.closedCount - this.#seen;
    assert(waiting >= 0, Code.InvariantBroken);
    if (waiting === 0) return false;
    // What fell out of the history, or was dropped with its scales, is gone.
    const back = Math.min(waiting, series.length) - 1;
    this.#seen = series.closedCount - back;
    if (back < 0) return false;
    assert(this.#seen <= series.closedCount, Code.InvariantBroken);
    if (this.#consumers.length === 0) return true;
    this.#read(back);
    for (let i = 0; i < this.#consumers.length; i++) (this.#consumers[i] as BarConsumer).onBar(this.#input);
    return true;
  }

  /** Setup is over: no more indicators, since a new one in each handler call would never be ready. */
  seal(): void {
    this.#sealed = true;
  }

  get bar(): Bar | undefined {
    const back = this.#series.closedCount - this.#seen;
    return back < this.#series.length ? this.#barAt(back) : undefined;
  }

  history(count: number): Bar[] {
    const behind = this.#series.closedCount - this.#seen;
    const bars: Bar[] = [];
    for (let back = Math.min(behind + count, this.#series.length) - 1; back >= behind; back--) {
      bars.push(this.#barAt(back));
    }
    return bars;
  }

  ema(period: number, source?: Source): Indicator {
    return this.#line(new Ema(this.#period("ema", period), this.#source("ema", source)));
  }

  sma(period: number, source?: Source): Indicator {
    return this.#line(new Sma(this.#period("sma", period), this.#source("sma", source)));
  }

  rsi(period: number, source?: Source): Indicator {
    return this.#line(new Rsi(this.#period("rsi", period), this.#source("rsi", source)));
  }

  atr(period: number): Indicator {
    return this.#line(new Atr(this.#period("atr", period)));
  }

  stdev(period: number, source?: Source): Indicator {
    return this.#line(new Stdev(this.#period("stdev", period), this.#source("stdev", source)));
  }

  highest(period: number, source?: Source): Indicator {
    return this.#line(new Extreme(this.#period("highest", period), true, this.#source("highest", source)));
  }

  lowest(period: number, source?: Source): Indicator {
    return this.#line(new Extreme(this.#period("lowest", period), false, this.#source("lowest", source)));
  }

  bollinger(period: number, deviations: number, source?: Source): Bands {
    if (!(Number.isFinite(deviations) && deviations > 0)) {
      throw new RangeError(`bollinger: deviations ${String(deviations)} is no positive number`);
    }
    const made = new Bollinger(this.#period("bollinger", period), deviations, this.#source("bollinger", source));
    return this.#add(made, [made.upper, made.middle, made.lower]);
  }

  macd(fast: number, slow: number, signal: number, source?: Source): MacdLines {
    const periods = [fast, slow, signal].map((period) => this.#period("macd", period)) as [number, number, number];
    const made = new Macd(...periods, this.#source("macd", source));
    return this.#add(made, [made.macd, made.signal, made.histogram]);
  }

  vwap(period?: number): Indicator {
    return this.#line(new Vwap(period === undefined ? undefined : this.#period("vwap", period)));
  }

  #line<T extends Series & BarConsumer>(made: T): T {
    return this.#add(made, [made]);
  }

  #add<T extends BarConsumer>(consumer: T, lines: readonly Series[]): T {
    if (this.#sealed) throw new Error("indicators are declared in setup, not in a handler");
    assert(lines.length > 0 && consumer.warmup >= 1, Code.InvariantBroken);
    this.#consumers.push(consumer);
    for (const line of lines) this.#own.add(line);
    return consumer;
  }

  #period(name: string, period: number): number {
    if (Number.isInteger(period) && period >= 1 && period <= this.#periodMax) return period;
    throw new RangeError(`${name}: period ${String(period)} is no whole number from 1 to ${this.#periodMax}`);
  }

  #source(name: string, source: Source | undefined): Source | undefined {
    if (source === undefined) return undefined;
    if (typeof source === "string" ? FIELDS.includes(source) : this.#own.has(source)) return source;
    if (typeof source === "string") throw new RangeError(`${name}: source "${source}" is none of ${FIELDS.join(", ")}`);
    throw new RangeError(`${name}: the source is no indicator of the same market and timeframe`);
  }

  #read(back: number): void {
    const series = this.#series;
    const input = this.#input;
    const { priceUnit } = this.#listing;
    input.startUs = series.startUs(back);
    input.endUs = input.startUs + series.intervalUs;
    input.open = series.open(back) / priceUnit;
    input.high = series.high(back) / priceUnit;
    input.low = series.low(back) / priceUnit;
    input.close = series.close(back) / priceUnit;
    input.volume = this.#listing.size(series.volume(back));
    assert(input.low <= input.high && input.startUs < input.endUs, Code.InvariantBroken);
  }

  #barAt(back: number): Bar {
    const series = this.#series;
    const { priceUnit } = this.#listing;
    const flags = series.flags(back);
    assert(flags >= 0, Code.ValueOutOfRange);
    return {
      start: series.startUs(back),
      open: series.open(back) / priceUnit,
      high: series.high(back) / priceUnit,
      low: series.low(back) / priceUnit,
      close: series.close(back) / priceUnit,
      volume: this.#listing.size(series.volume(back)),
      trades: series.count(back),
      complete: (flags & BarFlag.Complete) !== 0,
      skipped: series.skipped(back),
      lateTrades: (flags & BarFlag.LateTrades) !== 0,
    };
  }
}
