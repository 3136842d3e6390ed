/** The bar that indicators are being updated with: one mutable object per timeframe. */

import type { Field, Source } from "../api.ts";

/** The names that a source may have, in words for messages. */
export const FIELDS: readonly Field[] = ["open", "high", "low", "close", "volume", "hl2", "hlc3"];

export class BarInput {
  startUs = 0;
  endUs = 0;
  open = 0;
  high = 0;
  low = 0;
  close = 0;
  volume = 0;

  field(name: Field): number {
    switch (name) {
      case "open":
        return this.open;
      case "high":
        return this.high;
      case "low":
        return this.low;
      case "volume":
        return this.volume;
      case "hl2":
        return (this.high + this.low) / 2;
      case "hlc3":
        return (this.high + this.low + this.close) / 3;
      default:
        return this.close;
    }
  }

  /** Value of a source on this bar; NaN while an indicator source is not ready. */
  read(source: Source): number {
    return typeof source === "string" ? this.field(source) : source.value;
  }
}

/** Something that takes each closed bar, in order of declaration. */
export interface BarConsumer {
  /** Bars until all of its lines have values. */
  readonly warmup: number;
  onBar(bar: BarInput): void;
}

/** Bars that a source needs before it gives values. */
export function warmupOf(source: Source): number {
  return typeof source === "string" ? 1 : source.warmup;
}
