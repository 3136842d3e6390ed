/** Pages of the trade history: by windows of time until there are trades, from then on by trade id, to the end. */

import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk } from "../wire/live_answer.ts";
import type { Pages } from "../wire/live_dialect.ts";
import type { BinanceMarket } from "./fast_path.ts";

const DAY_MS = 86_400_000;
/** The venue refuses longer windows. */
export const SPOT_WINDOW_MS = DAY_MS;
export const USDM_WINDOW_MS = 7 * DAY_MS;
/** Windows that may be empty: on spot it begins with the very first trade before that many, on USD-M it keeps no more. */
const WINDOWS_MAX = 26;

export interface TradesWish {
  readonly venueSymbol: string;
  /** "" = of all orders. */
  readonly venueOrderId: string;
  readonly sinceUs: number;
}

export interface TradesHow {
  readonly market: BinanceMarket;
  readonly pageRows: number;
  /** By the venue's clock. */
  readonly nowMs: number;
  ask(params: readonly Param[]): RestAsk;
}

type Next = (rows: readonly unknown[]) => RestAsk | undefined | "broken";

/** Oldest first. */
export function tradePages(how: TradesHow, wish: TradesWish): Pages {
  const reading = new Reading(how, wish);
  const first = reading.first();
  return {
    first,
    rows: (value) => (Array.isArray(value) ? value : undefined),
    next: (rows) => reading.next(rows),
  };
}

class Reading {
  readonly #windowMs: number;
  /** How it goes on after the page that is being read. */
  next: Next = () => undefined;

  constructor(
    readonly how: TradesHow,
    readonly wish: TradesWish,
  ) {
    this.#windowMs = how.market === "spot" ? SPOT_WINDOW_MS : USDM_WINDOW_MS;
  }

  first(): RestAsk {
    const { how, wish } = this;
    const windowMs = this.#windowMs;
    const sinceMs = Math.floor(wish.sinceUs / 1_000);
    const isOld = how.nowMs - sinceMs > WINDOWS_MAX * windowMs;
    if (wish.venueOrderId !== "" && (how.market === "spot" || how.nowMs - sinceMs <= windowMs || sinceMs === 0)) {
      return this.#page([["orderId", wish.venueOrderId]], (rows) => this.#onward(rows));
    }
    if (isOld && how.market === "spot") return this.#byId("0");
    return this.#byWindow(isOld ? how.nowMs - WINDOWS_MAX * windowMs : sinceMs);
  }

  #byWindow(fromMs: number): RestAsk {
    const { how, wish } = this;
    const toMs = fromMs + this.#windowMs;
    const params: Param[] = [
      ["startTime", String(fromMs)],
      ["endTime", String(toMs)],
    ];
    if (wish.venueOrderId !== "") params.unshift(["orderId", wish.venueOrderId]);
    return this.#page(params, (rows) => {
      if (toMs > how.nowMs && rows.length < how.pageRows) return undefined;
      // By id from the first trade on: windows that are full would lose some.
      if (rows.length > 0) return this.#afterLast(rows);
      // The venue's clock goes on while we read: what it says now may be a moment later.
      return toMs > how.nowMs ? undefined : this.#byWindow(toMs);
    });
  }

  #byId(fromId: string): RestAsk {
    const params: Param[] = [["fromId", fromId]];
    if (this.wish.venueOrderId !== "") params.unshift(["orderId", this.wish.venueOrderId]);
    return this.#page(params, (rows) => this.#onward(rows));
  }

  /** A page that is not full is the last one. */
  #onward(rows: readonly unknown[]): RestAsk | undefined | "broken" {
    return rows.length < this.how.pageRows ? undefined : this.#afterLast(rows);
  }

  #afterLast(rows: readonly unknown[]): RestAsk | "broken" {
    const id = nextId(rows);
    return id === undefined ? "broken" : this.#byId(id);
  }

  #page(params: readonly Param[], next: Next): RestAsk {
    this.next = next;
    return this.how.ask([["symbol", this.wish.venueSymbol], ...params, ["limit", String(this.how.pageRows)]]);
  }
}

/** One more than the last id; undefined when it cannot be read. Ids of trades are below 2^53. */
function nextId(rows: readonly unknown[]): string | undefined {
  const last = Fields.of(rows.at(-1));
  const id = last.whole("id");
  return last.bad === "" ? String(id + 1) : undefined;
}
