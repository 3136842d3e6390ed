/** Closed bars of one series as a strategy sees them, and the indicators that are fed by it, in order of declaration. */

import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { pow10 } from "../core/decimal.ts";
import { BarFlag, type BarSeries } from "../market/bar_series.ts";
import type { Instrument } from "../model/instrument.ts";
import type { Bands, Bar, Indicator, MacdLines, Source, Timeframe } from "./api.ts";
import { Ema, Macd, Sma } from "./indicators/averages.ts";
import { type BarConsumer, BarInput } from "./indicators/bar_input.ts";
import { Atr, Rsi } from "./indicators/oscillators.ts";
import { Bollinger, Extreme, Stdev } from "./indicators/ranges.ts";
import { Vwap } from "./indicators/vwap.ts";

export class TimeframeView implements Timeframe {
  readonly #series: BarSeries;
  readonly #priceUnit: number;
  readonly #qtyUnit: number;
  readonly #consumers: BarConsumer[] = [];
  readonly #input = new BarInput();
  /** Bars of the series that the indicators have taken. */
  #seen: number;

  constructor(series: BarSeries, instrument: Instrument) {
    assert(instrument.priceScale >= 0 && instrument.qtyScale >= 0, Code.ValueOutOfRange);
    this.#series = series;
    this.#seen = series.closedCount;
    this.#priceUnit = pow10(instrument.priceScale);
    this.#qtyUnit = pow10(instrument.qtyScale);
  }

  /** Takes the next closed bar, if there is one: indicators first. Call until it answers false. */
  step(): boolean {
    const back = this.#series.closedCount - this.#seen - 1;
    if (back < 0) return false;
    this.#seen++;
    if (back >= this.#series.length) return this.step(); // Fell out of the history: never with one bar at a time.
    this.#read(back);
    for (const consumer of this.#consumers) consumer.onBar(this.#input);
    return true;
  }

  get bar(): Bar | undefined {
    return this.#seen === 0 || this.#series.length === 0 ? undefined : this.#barAt(0);
  }

  history(count: number): Bar[] {
    const bars: Bar[] = [];
    for (let back = Math.min(count, this.#series.length) - 1; back >= 0; back--) bars.push(this.#barAt(back));
    return bars;
  }

  ema(period: number, source?: Source): Indicator {
    return this.#add(new Ema(period, source));
  }

  sma(period: number, source?: Source): Indicator {
    return this.#add(new Sma(period, source));
  }

  rsi(period: number, source?: Source): Indicator {
    return this.#add(new Rsi(period, source));
  }

  atr(period: number): Indicator {
    return this.#add(new Atr(period));
  }

  stdev(period: number, source?: Source): Indicator {
    return this.#add(new Stdev(period, source));
  }

  highest(period: number, source?: Source): Indicator {
    return this.#add(new Extreme(period, true, source));
  }

  lowest(period: number, source?: Source): Indicator {
    return this.#add(new Extreme(period, false, source));
  }

  bollinger(period: number, deviations: number, source?: Source): Bands {
    return this.#add(new Bollinger(period, deviations, source));
  }

  macd(fast: number, slow: number, signal: number, source?: Source): MacdLines {
    return this.#add(new Macd(fast, slow, signal, source));
  }

  vwap(period?: number): Indicator {
    return this.#add(new Vwap(period));
  }

  #add<T extends BarConsumer>(consumer: T): T {
    this.#consumers.push(consumer);
    return consumer;
  }

  #read(back: number): void {
    const series = this.#series;
    const input = this.#input;
    input.startUs = series.startUs(back);
    input.open = series.open(back) / this.#priceUnit;
    input.high = series.high(back) / this.#priceUnit;
    input.low = series.low(back) / this.#priceUnit;
    input.close = series.close(back) / this.#priceUnit;
    input.volume = series.volume(back) / this.#qtyUnit;
    input.complete = (series.flags(back) & BarFlag.Complete) !== 0;
  }

  #barAt(back: number): Bar {
    const series = present(this.#series);
    return {
      start: series.startUs(back),
      open: series.open(back) / this.#priceUnit,
      high: series.high(back) / this.#priceUnit,
      low: series.low(back) / this.#priceUnit,
      close: series.close(back) / this.#priceUnit,
      volume: series.volume(back) / this.#qtyUnit,
      complete: (series.flags(back) & BarFlag.Complete) !== 0,
    };
  }
}
