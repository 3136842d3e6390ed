/** Spread and extremes of a window: standard deviation, Bollinger bands, highest, lowest. */

import type { Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { Series } from "./series.ts";
import { Window } from "./window.ts";

/** Population standard deviation of the last `period` values, in two passes: no cancellation. */
export class Stdev extends Series implements BarConsumer {
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
    if (!this.#window.full) return;
    const mean = this.#window.sum() / this.#window.size;
    this.put(Math.sqrt(this.#window.squares(mean) / this.#window.size));
  }
}

/** Mean ± `deviations` population standard deviations. */
export class Bollinger implements BarConsumer {
  readonly upper: Series;
  readonly middle: Series;
  readonly lower: Series;
  readonly #window: Window;

  constructor(
    period: number,
    readonly deviations: number,
    readonly source: Source = "close",
  ) {
    const warmup = warmupOf(source) + period - 1;
    this.upper = new Series(warmup);
    this.middle = new Series(warmup);
    this.lower = new Series(warmup);
    this.#window = new Window(period);
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#window.push(value);
    if (!this.#window.full) return;
    const mean = this.#window.sum() / this.#window.size;
    const away = this.deviations * Math.sqrt(this.#window.squares(mean) / this.#window.size);
    this.upper.put(mean + away);
    this.middle.put(mean);
    this.lower.put(mean - away);
  }
}

/** Largest or smallest of the last `period` values. */
export class Extreme extends Series implements BarConsumer {
  readonly #window: Window;

  constructor(
    period: number,
    readonly highest: boolean,
    readonly source: Source = highest ? "high" : "low",
  ) {
    super(warmupOf(source) + period - 1);
    this.#window = new Window(period);
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#window.push(value);
    if (this.#window.full) this.put(this.highest ? this.#window.max() : this.#window.min());
  }
}
