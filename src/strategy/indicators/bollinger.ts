/** Bollinger bands: the mean of the last `period` values, and so many of their standard deviations around it. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Bands, Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { RollingDeviation } from "./rolling_deviation.ts";
import { Series } from "./series.ts";

export class Bollinger implements BarConsumer, Bands {
  readonly upper: Series;
  readonly middle: Series;
  readonly lower: Series;
  readonly #window: RollingDeviation;

  constructor(
    period: number,
    readonly deviations: number,
    readonly source: Source = "close",
  ) {
    assert(deviations > 0, Code.ValueOutOfRange);
    const warmup = warmupOf(source) + period - 1;
    this.upper = new Series(warmup);
    this.middle = new Series(warmup);
    this.lower = new Series(warmup);
    this.#window = new RollingDeviation(period);
  }

  get warmup(): number {
    return this.middle.warmup;
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#window.push(value);
    if (!this.#window.full) return;
    const { mean } = this.#window;
    const away = this.deviations * this.#window.deviation;
    assert(away >= 0, Code.InvariantBroken);
    this.upper.put(mean + away, bar.endUs);
    this.middle.put(mean, bar.endUs);
    this.lower.put(mean - away, bar.endUs);
  }
}
