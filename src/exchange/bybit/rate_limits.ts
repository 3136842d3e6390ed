/** Requests a second by account and endpoint, told in headers; beyond them 10006. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { BybitError } from "./bybit_error.ts";

interface Window {
  startMs: number;
  used: number;
}

export interface RateState {
  readonly limit: number;
  readonly left: number;
  readonly resetMs: number;
}

const WINDOW_MS = 1_000;

export class RateLimits {
  readonly #windows = new Map<string, Window>();

  /** Takes `count` requests of an account's endpoint, all or none. Throws 10006. */
  take(account: string, endpoint: string, limit: number, count: number, nowMs: number): RateState {
    assert(limit > 0 && count > 0, Code.ValueOutOfRange);
    const key = `${account} ${endpoint}`;
    let window = this.#windows.get(key);
    if (window === undefined || nowMs - window.startMs >= WINDOW_MS || nowMs < window.startMs) {
      window = { startMs: nowMs, used: 0 };
      this.#windows.set(key, window);
    }
    if (window.used + count > limit) {
      throw new BybitError(10_006, "Too many visits. Exceeded the API Rate Limit.");
    }
    window.used += count;
    return { limit, left: limit - window.used, resetMs: window.startMs + WINDOW_MS };
  }
}

/** As in the header of an answer. */
export function rateHeaders(state: RateState | undefined): Record<string, string> {
  if (state === undefined) return {};
  return {
    "X-Bapi-Limit": String(state.limit),
    "X-Bapi-Limit-Status": String(state.left),
    "X-Bapi-Limit-Reset-Timestamp": String(state.resetMs),
  };
}
