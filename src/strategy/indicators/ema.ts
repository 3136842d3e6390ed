/** Exponential moving average, factor 2 / (period + 1), seeded by the mean of the first `period` values. */

import type { Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { Series } from "./series.ts";
import { Smoother } from "./smoother.ts";

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
    if (this.#smoother.ready) this.put(this.#smoother.value, bar.endUs);
  }
}
