/** Standard deviation of the last `period` values, of the population (divided by n). */

import type { Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { RollingDeviation } from "./rolling_deviation.ts";
import { Series } from "./series.ts";

export class Stdev extends Series implements BarConsumer {
  readonly #window: RollingDeviation;

  constructor(
    period: number,
    readonly source: Source = "close",
  ) {
    super(warmupOf(source) + period - 1);
    this.#window = new RollingDeviation(period);
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#window.push(value);
    if (this.#window.full) this.put(this.#window.deviation, bar.endUs);
  }
}
