/** Intervals as people write them: `1s`, `5m`, `4h`, `1d`. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

export const INTERVAL_HINT = "for example 1s, 5m, 1h, 1d";

const UNIT_US: Readonly<Record<string, number>> = Object.freeze({
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
});

/** Microseconds, or undefined for anything that is no interval. */
export function intervalUs(text: string): number | undefined {
  // Strategies may be plain JavaScript: anything can come.
  const match = typeof text === "string" ? /^(\d{1,4})([smhd])$/.exec(text) : null;
  if (match === null) return undefined;
  const count = Number(match[1]); // number-ok: at most four digits
  const us = count * (UNIT_US[match[2] as string] as number);
  assert(Number.isSafeInteger(us), Code.ValueOutOfRange);
  return us === 0 ? undefined : us;
}
