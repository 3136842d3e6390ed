/** Wilder's two: relative strength index and average true range. */

import type { Source } from "../api.ts";
import { Smoother } from "./averages.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { Series } from "./series.ts";

/** 0–100; Wilder smoothing (factor 1 / period), seeded by the mean of the first `period` changes. */
export class Rsi extends Series implements BarConsumer {
  readonly #gains: Smoother;
  readonly #losses: Smoother;
  #last = Number.NaN;

  constructor(
    period: number,
    readonly source: Source = "close",
  ) {
    super(warmupOf(source) + period);
    this.#gains = new Smoother(period, 1 / period);
    this.#losses = new Smoother(period, 1 / period);
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    const change = value - this.#last;
    this.#last = value;
    if (Number.isNaN(change)) return;
    this.#gains.next(Math.max(change, 0));
    this.#losses.next(Math.max(-change, 0));
    if (!this.#gains.ready) return;
    const gain = this.#gains.value;
    const loss = this.#losses.value;
    if (loss === 0) this.put(gain === 0 ? 50 : 100);
    else this.put(100 - 100 / (1 + gain / loss));
  }
}

/** Mean true range; the first bar's range is high − low, since there is no close before it. */
export class Atr extends Series implements BarConsumer {
  readonly #ranges: Smoother;
  #lastClose = Number.NaN;

  constructor(period: number) {
    super(period);
    this.#ranges = new Smoother(period, 1 / period);
  }

  onBar(bar: BarInput): void {
    let range = bar.high - bar.low;
    if (!Number.isNaN(this.#lastClose)) {
      range = Math.max(range, Math.abs(bar.high - this.#lastClose), Math.abs(bar.low - this.#lastClose));
    }
    this.#lastClose = bar.close;
    this.#ranges.next(range);
    if (this.#ranges.ready) this.put(this.#ranges.value);
  }
}
