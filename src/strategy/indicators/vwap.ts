/** Volume-weighted average of the typical price: over the last n bars, or since the start of the UTC day. */

import type { BarConsumer, BarInput } from "./bar_input.ts";
import { Series } from "./series.ts";
import { Window } from "./window.ts";

const DAY_US = 86_400_000_000;

export class Vwap extends Series implements BarConsumer {
  readonly #values: Window | undefined;
  readonly #volumes: Window | undefined;
  #day = -1;
  #valueSum = 0;
  #volumeSum = 0;

  constructor(period?: number) {
    super(period ?? 1);
    this.#values = period === undefined ? undefined : new Window(period);
    this.#volumes = period === undefined ? undefined : new Window(period);
  }

  onBar(bar: BarInput): void {
    const value = bar.field("hlc3") * bar.volume;
    if (this.#values === undefined || this.#volumes === undefined) return this.#onDay(bar, value);
    this.#values.push(value);
    this.#volumes.push(bar.volume);
    const volume = this.#volumes.sum();
    if (this.#values.full && volume > 0) this.put(this.#values.sum() / volume);
  }

  #onDay(bar: BarInput, value: number): void {
    const day = Math.floor(bar.startUs / DAY_US);
    if (day !== this.#day) {
      this.#day = day;
      this.#valueSum = 0;
      this.#volumeSum = 0;
    }
    this.#valueSum += value;
    this.#volumeSum += bar.volume;
    if (this.#volumeSum > 0) this.put(this.#valueSum / this.#volumeSum);
  }
}
