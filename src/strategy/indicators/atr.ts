/** Wilder's average true range; the first bar's range is high − low, since there is no close before it. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { BarConsumer, BarInput } from "./bar_input.ts";
import { Series } from "./series.ts";
import { Smoother } from "./smoother.ts";

export class Atr extends Series implements BarConsumer {
  readonly #ranges: Smoother;
  #lastClose = Number.NaN;

  constructor(period: number) {
    super(period);
    this.#ranges = new Smoother(period, 1 / period);
  }

  onBar(bar: BarInput): void {
    let range = bar.high - bar.low;
    assert(range >= 0, Code.ValueOutOfRange);
    if (!Number.isNaN(this.#lastClose)) {
      range = Math.max(range, Math.abs(bar.high - this.#lastClose), Math.abs(bar.low - this.#lastClose));
    }
    this.#lastClose = bar.close;
    this.#ranges.next(range);
    if (this.#ranges.ready) this.put(this.#ranges.value, bar.endUs);
  }
}
