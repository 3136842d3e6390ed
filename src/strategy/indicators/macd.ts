/** Moving average convergence and divergence: fast average minus slow, its signal line, and their difference. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { MacdLines, Source } from "../api.ts";
import { type BarConsumer, type BarInput, warmupOf } from "./bar_input.ts";
import { Series } from "./series.ts";
import { Smoother } from "./smoother.ts";

export class Macd implements BarConsumer, MacdLines {
  readonly macd: Series;
  readonly signal: Series;
  readonly histogram: Series;
  readonly #fast: Smoother;
  readonly #slow: Smoother;
  readonly #smoothed: Smoother;

  constructor(
    fast: number,
    slow: number,
    signal: number,
    readonly source: Source = "close",
  ) {
    this.#fast = new Smoother(fast, 2 / (fast + 1));
    this.#slow = new Smoother(slow, 2 / (slow + 1));
    this.#smoothed = new Smoother(signal, 2 / (signal + 1));
    assert(this.#slow.period >= 1, Code.ValueOutOfRange);
    const first = warmupOf(source) - 1 + Math.max(fast, slow);
    this.macd = new Series(first);
    this.signal = new Series(first + signal - 1);
    this.histogram = new Series(first + signal - 1);
  }

  get warmup(): number {
    return this.signal.warmup;
  }

  onBar(bar: BarInput): void {
    const value = bar.read(this.source);
    if (Number.isNaN(value)) return;
    this.#fast.next(value);
    this.#slow.next(value);
    if (!this.#fast.ready || !this.#slow.ready) return;
    const line = this.#fast.value - this.#slow.value;
    this.macd.put(line, bar.endUs);
    this.#smoothed.next(line);
    if (!this.#smoothed.ready) return;
    this.signal.put(this.#smoothed.value, bar.endUs);
    this.histogram.put(line - this.#smoothed.value, bar.endUs);
  }
}
