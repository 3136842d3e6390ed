/** Volume-weighted average of the typical price (high + low + close) / 3: of the last n bars, or of the UTC day. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { BarConsumer, BarInput } from "./bar_input.ts";
import { RollingSum } from "./rolling_sum.ts";
import { Series } from "./series.ts";

const DAY_US = 86_400_000_000;

export class Vwap extends Series implements BarConsumer {
  readonly #values: RollingSum | undefined;
  readonly #volumes: RollingSum | undefined;
  #day = -1;
  #valueSum = 0;
  #volumeSum = 0;

  constructor(period?: number) {
    super(period ?? 1);
    this.#values = period === undefined ? undefined : new RollingSum(period);
    this.#volumes = period === undefined ? undefined : new RollingSum(period);
  }

  onBar(bar: BarInput): void {
    assert(bar.volume >= 0, Code.NumberNegative);
    const value = bar.field("hlc3") * bar.volume;
    if (this.#values === undefined || this.#volumes === undefined) return this.#onDay(bar, value);
    this.#values.push(value);
    this.#volumes.push(bar.volume);
    const volume = this.#volumes.sum;
    if (this.#values.full && volume > 0) this.put(this.#values.sum / volume, bar.endUs);
  }

  #onDay(bar: BarInput, value: number): void {
    assert(bar.startUs >= 0, Code.ValueOutOfRange);
    const day = Math.floor(bar.startUs / DAY_US);
    if (day !== this.#day) {
      this.#day = day;
      this.#valueSum = 0;
      this.#volumeSum = 0;
    }
    this.#valueSum += value;
    this.#volumeSum += bar.volume;
    if (this.#volumeSum > 0) this.put(this.#valueSum / this.#volumeSum, bar.endUs);
  }
}
