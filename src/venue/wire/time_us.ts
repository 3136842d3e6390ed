/** Venues' times as microseconds: most write milliseconds, Binance microseconds on demand. */

/** Milliseconds are below, microseconds (`?timeUnit=MICROSECOND`) at or above: years 1973 and 5138. */
const MICROSECONDS_FROM = 1e14;
const MILLISECONDS_MAX = 9_007_199_254_740; // Later ones would not fit 2^53 µs.

/** Microseconds of a venue's time in milliseconds or microseconds; -1 when it is beyond 2^53 µs. */
export function timeUs(value: number): number {
  if (value >= MICROSECONDS_FROM) return value;
  return value <= MILLISECONDS_MAX ? value * 1_000 : -1;
}
