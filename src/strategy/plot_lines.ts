/** Lines that a strategy draws: sampled at each closed bar, the latest ones kept. */

import type { Indicator } from "./api.ts";

const SAMPLES_MAX = 10_000;

export interface PlotPoint {
  /** Start of the bar, µs. */
  readonly time: number;
  readonly value: number;
}

export class PlotLines {
  readonly #sources = new Map<string, Indicator | (() => number)>();
  readonly #points = new Map<string, PlotPoint[]>();

  add(lines: Readonly<Record<string, Indicator | (() => number)>>): void {
    for (const [name, line] of Object.entries(lines)) {
      this.#sources.set(name, line);
      this.#points.set(name, []);
    }
  }

  sample(time: number): void {
    for (const [name, source] of this.#sources) {
      const value = typeof source === "function" ? source() : source.value;
      const points = this.#points.get(name);
      if (points === undefined || !Number.isFinite(value)) continue;
      if (points.length === SAMPLES_MAX) points.shift();
      points.push({ time, value });
    }
  }

  /** All lines by name. */
  lines(): ReadonlyMap<string, readonly PlotPoint[]> {
    return this.#points;
  }
}
