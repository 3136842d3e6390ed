/** Moving averages: simple, exponential (seeded by the simple one, as most charts do), Wilder's. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { Series } from "./series.ts";
import { Window } from "./window.ts";

/** Mean of the last `period` values. */
export class Sma extends Series implements BarConsumer {
  readonly #window: Window;

  constructor(
    period: number,
    readonly source: Source = "close",
  ) {
    super(warmupOf(source) + period - 1);
    this.#window = new Window(period);
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#window.push(value);
    if (this.#window.full) this.put(this.#window.sum() / this.#window.size);
  }
}

/** Exponential smoothing with factor `alpha`; the first value is the mean of the first `period` inputs. */
export class Smoother {
  value = Number.NaN;
  #seed = 0;
  #count = 0;

  constructor(
    readonly period: number,
    readonly alpha: number,
  ) {
    assert(period >= 1 && alpha > 0 && alpha <= 1, Code.ValueOutOfRange);
  }

  get ready(): boolean {
    return this.#count >= this.period;
  }

  next(input: number): void {
    if (this.#count < this.period) {
      this.#seed += input;
      this.#count++;
      if (this.ready) this.value = this.#seed / this.period;
      return;
    }
    this.value += (input - this.value) * this.alpha;
  }
}

/** Exponential moving average, factor 2 / (period + 1). */
export class Ema extends Series implements BarConsumer {
  readonly #smoother: Smoother;

  constructor(
    period: number,
    readonly source: Source = "close",
  ) {
    super(warmupOf(source) + period - 1);
    this.#smoother = new Smoother(period, 2 / (period + 1));
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#smoother.next(value);
    if (this.#smoother.ready) this.put(this.#smoother.value);
  }
}

/** Fast average minus slow average, its signal line, and their difference. */
export class Macd implements BarConsumer {
  readonly macd: Series;
  readonly signal: Series;
  readonly histogram: Series;
  readonly #fast: Smoother;
  readonly #slow: Smoother;
  readonly #smoothed: Smoother;

  constructor(
    fast: number,
    slow: number,
    signal: number,
    readonly source: Source = "close",
  ) {
    const start = warmupOf(source) - 1;
    this.#fast = new Smoother(fast, 2 / (fast + 1));
    this.#slow = new Smoother(slow, 2 / (slow + 1));
    this.#smoothed = new Smoother(signal, 2 / (signal + 1));
    this.macd = new Series(start + Math.max(fast, slow));
    this.signal = new Series(start + Math.max(fast, slow) + signal - 1);
    this.histogram = new Series(this.signal.warmup);
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#fast.next(value);
    this.#slow.next(value);
    if (!this.#fast.ready || !this.#slow.ready) return;
    const line = this.#fast.value - this.#slow.value;
    this.macd.put(line);
    this.#smoothed.next(line);
    if (!this.#smoothed.ready) return;
    this.signal.put(this.#smoothed.value);
    this.histogram.put(line - this.#smoothed.value);
  }
}
