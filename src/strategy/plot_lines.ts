/** Lines that a strategy draws: sampled at each closed bar, the latest ones kept. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Indicator } from "./api.ts";

export interface PlotPoint {
  /** Start of the bar, µs. */
  readonly time: number;
  readonly value: number;
}

const LINES_MAX = 32;

interface Line {
  readonly name: string;
  readonly source: Indicator | (() => number);
  /** One for each sampled bar; NaN where there was no value. */
  readonly values: Float64Array;
}

export class PlotLines {
  readonly #lines: Line[] = [];
  #times = new Float64Array(0);
  #sampled = 0;

  /** `samplesMax`: bars that are kept. */
  constructor(readonly samplesMax: number) {
    assert(samplesMax > 0, Code.LimitRelationBroken);
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Throws what is wrong with the lines: the strategy's mistake. */
  add(lines: Readonly<Record<string, Indicator | (() => number)>>): void {
    for (const [name, source] of Object.entries(lines)) {
      const isLine = typeof source === "function" || typeof source?.value === "number";
      if (!isLine) throw new TypeError(`plot: ${name} is neither an indicator nor a function`);
      if (this.#lines.some((line) => line.name === name)) throw new TypeError(`plot: ${name} is drawn twice`);
      if (this.#lines.length === LINES_MAX) throw new RangeError(`plot: more than ${LINES_MAX} lines`);
      if (this.isEmpty) this.#times = new Float64Array(this.samplesMax);
      this.#lines.push({ name, source, values: new Float64Array(this.samplesMax).fill(Number.NaN) });
    }
  }

  sample(time: number): void {
    if (this.isEmpty) return;
    assert(time >= 0, Code.ValueOutOfRange);
    const row = this.#sampled % this.samplesMax;
    this.#times[row] = time;
    this.#sampled++;
    for (let i = 0; i < this.#lines.length; i++) {
      const { source, values } = this.#lines[i] as Line;
      values[row] = Number.NaN;
      values[row] = typeof source === "function" ? source() : source.value;
    }
  }

  /** All lines by name, oldest point first; bars without a value are left out. */
  lines(): ReadonlyMap<string, readonly PlotPoint[]> {
    const found = new Map<string, PlotPoint[]>();
    for (const { name, values } of this.#lines) {
      const points: PlotPoint[] = [];
      for (let n = Math.max(0, this.#sampled - this.samplesMax); n < this.#sampled; n++) {
        const value = values[n % this.samplesMax] as number;
        if (Number.isFinite(value)) points.push({ time: this.#times[n % this.samplesMax] as number, value });
      }
      found.set(name, points);
    }
    return found;
  }
}
