/** Times as the interface shows them, and timeframes as text. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

export interface TimeValue {
  readonly iso: string;
  readonly us: number;
}

const US_MAX = 8_640_000_000_000_000; // The year 10,000 is not ours to show.

/** ISO-8601 with microseconds beside the number itself. */
export function timeOf(us: number): { iso: string; us: number } {
  assert(!Number.isNaN(us), Code.ValueOutOfRange);
  const whole = Math.min(Math.max(0, Math.floor(us)), US_MAX);
  const micros = String(whole % 1_000).padStart(3, "0");
  const iso = new Date(Math.floor(whole / 1_000)).toISOString(); // det-ok: formats a given time
  return { iso: `${iso.slice(0, -1)}${micros}Z`, us: whole };
}

/** 0 = not known. */
export function timeOrNull(us: number): { iso: string; us: number } | null {
  return us > 0 ? timeOf(us) : null;
}

const UNITS: readonly (readonly [string, number])[] = [
  ["w", 604_800_000_000],
  ["d", 86_400_000_000],
  ["h", 3_600_000_000],
  ["m", 60_000_000],
  ["s", 1_000_000],
  ["ms", 1_000],
];

/** `1s`, `5m`, `1h`: the largest unit that divides the interval. */
export function timeframeText(intervalUs: number): string {
  for (const [unit, size] of UNITS) if (intervalUs % size === 0) return `${intervalUs / size}${unit}`;
  return `${intervalUs}us`;
}
