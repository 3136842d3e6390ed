/** How many orders an account has placed in the venue's windows, and the refusal above the limit. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { VenueError } from "../rest_query.ts";

export interface OrderWindow {
  /** Name in headers: `10S`, `1M`, `1D`. */
  readonly name: string;
  readonly interval: "SECOND" | "MINUTE" | "DAY";
  readonly intervalNum: number;
  readonly lengthMs: number;
  readonly limit: number;
}

export const SPOT_WINDOWS: readonly OrderWindow[] = Object.freeze([
  { name: "10S", interval: "SECOND", intervalNum: 10, lengthMs: 10_000, limit: 100 },
  { name: "1D", interval: "DAY", intervalNum: 1, lengthMs: 86_400_000, limit: 200_000 },
]);
export const USDM_WINDOWS: readonly OrderWindow[] = Object.freeze([
  { name: "10S", interval: "SECOND", intervalNum: 10, lengthMs: 10_000, limit: 300 },
  { name: "1M", interval: "MINUTE", intervalNum: 1, lengthMs: 60_000, limit: 1_200 },
]);

interface Count {
  window: number;
  count: number;
}

export class OrderCounts {
  readonly #counts = new Map<string, Count>();

  constructor(readonly windows: readonly OrderWindow[]) {
    assert(windows.length > 0, Code.ValueOutOfRange);
  }

  /** Throws -1015 when one window is full; else counts. */
  take(account: string, orders: number, nowMs: number): void {
    for (const window of this.windows) {
      if (this.#at(account, window, nowMs).count + orders <= window.limit) continue;
      const { limit, intervalNum, interval } = window;
      const msg = `Too many new orders; current limit is ${limit} orders per ${intervalNum} ${interval}.`;
      const waitMs = window.lengthMs - (nowMs % window.lengthMs);
      throw new VenueError(429, -1_015, msg, { "Retry-After": String(Math.ceil(waitMs / 1_000)) });
    }
    for (const window of this.windows) this.#at(account, window, nowMs).count += orders;
  }

  /** A fill gives one back: what counts is unfilled orders. */
  give(account: string, nowMs: number): void {
    for (const window of this.windows) {
      const count = this.#at(account, window, nowMs);
      if (count.count > 0) count.count--;
    }
  }

  headers(account: string, nowMs: number): Record<string, string> {
    const entries = this.windows.map((window) => [
      `X-MBX-ORDER-COUNT-${window.name}`,
      String(this.#at(account, window, nowMs).count),
    ]);
    return Object.fromEntries(entries);
  }

  /** As in `rateLimit/order` and in answers over sockets. */
  rows(account: string, nowMs: number): object[] {
    return this.windows.map((window) => {
      const { interval, intervalNum, limit } = window;
      return { rateLimitType: "ORDERS", interval, intervalNum, limit, count: this.#at(account, window, nowMs).count };
    });
  }

  #at(account: string, window: OrderWindow, nowMs: number): Count {
    const key = `${account} ${window.name}`;
    const number = Math.floor(nowMs / window.lengthMs);
    const found = this.#counts.get(key);
    if (found !== undefined && found.window === number) return found;
    const fresh = { window: number, count: 0 };
    this.#counts.set(key, fresh);
    return fresh;
  }
}
