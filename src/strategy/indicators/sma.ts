/** Simple moving average: the mean of the last `period` values. */

import type { Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { RollingSum } from "./rolling_sum.ts";
import { Series } from "./series.ts";

export class Sma extends Series implements BarConsumer {
  readonly #window: RollingSum;

  constructor(
    period: number,
    readonly source: Source = "close",
  ) {
    super(warmupOf(source) + period - 1);
    this.#window = new RollingSum(period);
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#window.push(value);
    if (this.#window.full) this.put(this.#window.sum / this.#window.size, bar.endUs);
  }
}
