/** Pages of the trade history: by windows of time until there are trades, from then on by trade id, to the end. */

import type { BinanceMarket } from "./fast_path.ts";
import type { RestCalls } from "./gateway_calls.ts";
import type { Param } from "./order_params.ts";
import { Fields } from "./private_fields.ts";

const DAY_MS = 86_400_000;
/** The venue refuses longer windows. */
const SPOT_WINDOW_MS = DAY_MS;
const USDM_WINDOW_MS = 7 * DAY_MS;
/** Windows that may be empty: on spot it begins with the very first trade before that many, on USD-M it keeps no more. */
const WINDOWS_MAX = 26;

export interface TradesWish {
  readonly venueSymbol: string;
  /** "" = of all orders. */
  readonly venueOrderId: string;
  readonly sinceUs: number;
}

interface Reading {
  readonly wish: TradesWish;
  readonly rows: unknown[];
  readonly done: (rows: readonly unknown[] | undefined) => void;
  pages: number;
}

export class TradePages {
  constructor(
    readonly market: BinanceMarket,
    readonly path: string,
    readonly calls: RestCalls,
  ) {}

  /** Oldest first; undefined when a page failed, or there are more than may be read: the answer is not whole then. */
  read(wish: TradesWish, done: (rows: readonly unknown[] | undefined) => void): void {
    const reading: Reading = { wish, rows: [], done, pages: 0 };
    const nowMs = this.calls.parts.clock.nowMs(this.calls.parts.nowUs());
    const windowMs = this.#windowMs();
    const sinceMs = Math.floor(wish.sinceUs / 1_000);
    const isOld = nowMs - sinceMs > WINDOWS_MAX * windowMs;
    if (wish.venueOrderId !== "" && (this.market === "spot" || nowMs - sinceMs <= windowMs || sinceMs === 0)) {
      return this.#page(reading, [["orderId", wish.venueOrderId]], () => done(reading.rows));
    }
    if (isOld && this.market === "spot") return this.#byId(reading, "0");
    this.#byWindow(reading, isOld ? nowMs - WINDOWS_MAX * windowMs : sinceMs, nowMs);
  }

  #byWindow(reading: Reading, fromMs: number, nowMs: number): void {
    const toMs = fromMs + this.#windowMs();
    const params: Param[] = [
      ["startTime", String(fromMs)],
      ["endTime", String(toMs)],
    ];
    if (reading.wish.venueOrderId !== "") params.unshift(["orderId", reading.wish.venueOrderId]);
    this.#page(reading, params, (rows) => {
      const isLast = toMs > nowMs && rows.length < this.calls.parts.limits.pageRows;
      if (isLast) return reading.done(reading.rows);
      // By id from the first trade on: windows that are full would lose some.
      if (rows.length > 0) return this.#byId(reading, nextId(rows));
      // The venue's clock goes on while we read: what it says now may be a moment later.
      if (toMs > nowMs) return reading.done(reading.rows);
      this.#byWindow(reading, toMs, nowMs);
    });
  }

  #byId(reading: Reading, fromId: string | undefined): void {
    if (fromId === undefined) return reading.done(undefined);
    const params: Param[] = [["fromId", fromId]];
    if (reading.wish.venueOrderId !== "") params.unshift(["orderId", reading.wish.venueOrderId]);
    this.#page(reading, params, (rows) => {
      if (rows.length < this.calls.parts.limits.pageRows) return reading.done(reading.rows);
      this.#byId(reading, nextId(rows));
    });
  }

  #page(reading: Reading, params: readonly Param[], next: (rows: readonly unknown[]) => void): void {
    const { limits, budget } = this.calls.parts;
    const nowUs = this.calls.parts.nowUs();
    const weight = this.market === "spot" ? 20 : 5;
    const isFirst = reading.pages === 0; // Its weight was taken when the question came.
    reading.pages++;
    if (reading.pages > limits.pagesMax || (!isFirst && !budget.takeQuery(weight, nowUs))) {
      return reading.done(undefined);
    }
    const all: Param[] = [["symbol", reading.wish.venueSymbol], ...params, ["limit", String(limits.pageRows)]];
    this.calls.call("GET", this.path, all, "signed", (answer) => {
      if (!answer.isOk || !Array.isArray(answer.value)) return reading.done(undefined);
      reading.rows.push(...answer.value);
      next(answer.value);
    });
  }

  #windowMs(): number {
    return this.market === "spot" ? SPOT_WINDOW_MS : USDM_WINDOW_MS;
  }
}

/** One more than the last id; undefined when it cannot be read. Ids of trades are below 2^53. */
function nextId(rows: readonly unknown[]): string | undefined {
  const last = Fields.of(rows.at(-1));
  const id = last.whole("id");
  return last.bad === "" ? String(id + 1) : undefined;
}
