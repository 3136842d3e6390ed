/** Bybit's clock: how it is asked for, and what it says. */

import { Fields } from "../wire/fields.ts";
import type { RestAsk } from "../wire/live_answer.ts";

export function clockAsk(): RestAsk {
  return { method: "GET", path: "/v5/market/time", params: [], security: "none", weight: 1 };
}

/** Milliseconds; 0: not readable. It says nanoseconds, as text. */
export function clockMs(value: unknown): number {
  const text = Fields.of(value).text("timeNano", "");
  return /^\d{16,19}$/.test(text) ? Number.parseInt(text.slice(0, -6), 10) : 0;
}
