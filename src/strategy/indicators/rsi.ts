/** Wilder's relative strength index, 0–100: smoothed gains against smoothed losses. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { Series } from "./series.ts";
import { Smoother } from "./smoother.ts";

/** Factor 1 / period, seeded by the mean of the first `period` changes; 50 where nothing moved at all. */
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
    const both = gain + loss;
    assert(gain >= 0 && loss >= 0, Code.InvariantBroken);
    this.put(both === 0 ? 50 : (100 * gain) / both, bar.endUs);
  }
}
