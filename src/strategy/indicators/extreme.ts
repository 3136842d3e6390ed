/** Highest or lowest of the last `period` values: of the bars' highs or lows unless another source is named. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { RollingExtreme } from "./rolling_extreme.ts";
import { Series } from "./series.ts";

export class Extreme extends Series implements BarConsumer {
  readonly #window: RollingExtreme;

  constructor(
    period: number,
    readonly highest: boolean,
    readonly source: Source = highest ? "high" : "low",
  ) {
    super(warmupOf(source) + period - 1);
    this.#window = new RollingExtreme(period, highest);
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#window.push(value);
    assert(this.highest ? this.#window.extreme >= value : this.#window.extreme <= value, Code.InvariantBroken);
    if (this.#window.full) this.put(this.#window.extreme, bar.endUs);
  }
}
