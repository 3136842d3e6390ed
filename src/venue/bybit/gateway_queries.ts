/** Questions of reconciliation at Bybit's REST: what is asked, which rows an answer has, and how its pages go on. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import type { Instrument } from "../../model/instrument.ts";
import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk } from "../wire/live_answer.ts";
import type { OrderRef, Pages } from "../wire/live_dialect.ts";
import type { Category } from "./category.ts";
import { cursorText } from "./cursor.ts";
import { refFields } from "./order_params.ts";

const OPEN = "/v5/order/realtime";
const HISTORY = "/v5/order/history";
const EXECUTIONS = "/v5/execution/list";
const POSITIONS = "/v5/position/list";
const WALLET = "/v5/account/wallet-balance";

/** Derivatives are asked for by the coin that they settle in. */
export const SETTLE_COINS: readonly string[] = Object.freeze(["USDT", "USDC"]);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The venue refuses longer windows. */
const WINDOW_MS = 7 * DAY_MS;
/** How far back "all of them" goes: a quarter of a year. */
const WINDOWS_MAX = 13;
const POSITION_ROWS = 200;

/** Each request counts as one. */
export function weightOf(category: Category, query: VenueQuery): number {
  return category === "spot" && query.kind === "positions" ? 0 : 1;
}

export class Questions {
  constructor(
    readonly category: Category,
    readonly orderRows: number,
    readonly fillRows: number,
    /** The venue's clock. */
    readonly nowMs: () => number,
  ) {
    assert(orderRows > 0 && fillRows > 0, Code.LimitRelationBroken);
  }

  /** What lives or has ended a short while ago is at one place, the rest at another: it is missing when neither has it. */
  order(instrument: Instrument, ref: OrderRef): Pages {
    return this.#named(instrument, ref, [OPEN, HISTORY]);
  }

  /** The history has no living orders. */
  history(instrument: Instrument, ref: OrderRef): Pages {
    return this.#named(instrument, ref, [HISTORY, OPEN]);
  }

  openOrders(instrument: Instrument | undefined): Pages {
    const scopes: Param[][] = instrument === undefined ? this.#everything() : [[["symbol", instrument.venueSymbol]]];
    return this.#scoped(OPEN, scopes, this.orderRows);
  }

  /** Windows of a week, the newest first: the venue gives the newest rows of each first. */
  fills(instrument: Instrument, venueOrderId: string, sinceUs: number): Pages {
    const nowMs = this.nowMs();
    const scope: Param[] = [["symbol", instrument.venueSymbol]];
    if (venueOrderId !== "") scope.push(["orderId", venueOrderId]);
    const sinceMs = Math.floor(sinceUs / 1_000);
    // One order's are found without a time, those of the last days at least.
    if (venueOrderId !== "" && sinceMs === 0) return this.#scoped(EXECUTIONS, [scope], this.fillRows);
    const fromMs = sinceMs === 0 ? nowMs - WINDOWS_MAX * WINDOW_MS : sinceMs;
    const scopes = windowsOf(fromMs, nowMs).map((window) => [...scope, ...window]);
    return this.#scoped(EXECUTIONS, scopes, this.fillRows);
  }

  positions(): Pages | undefined {
    return this.category === "spot" ? undefined : this.#scoped(POSITIONS, this.#everything(), POSITION_ROWS);
  }

  balances(): Pages {
    const first: RestAsk = { ...this.#ask(WALLET, []), params: [["accountType", "UNIFIED"]] };
    return { first, rows: coinsOf, next: () => undefined };
  }

  #everything(): Param[][] {
    return this.category === "spot" ? [[]] : SETTLE_COINS.map((coin) => [["settleCoin", coin]]);
  }

  #named(instrument: Instrument, ref: OrderRef, paths: readonly [string, string]): Pages {
    const scope: Param[] = [["symbol", instrument.venueSymbol], ...Object.entries(refFields(ref))];
    let second: RestAsk | undefined = this.#ask(paths[1], scope);
    return {
      first: this.#ask(paths[0], scope),
      rows: listOf,
      next: (rows) => {
        const ask = rows.length === 0 ? second : undefined;
        second = undefined;
        return ask;
      },
      isNamed: true,
    };
  }

  #scoped(path: string, scopes: readonly (readonly Param[])[], rows: number): Pages {
    return listedPages((params) => this.#ask(path, params), scopes, rows);
  }

  #ask(path: string, params: readonly Param[]): RestAsk {
    const all: Param[] = [["category", this.category], ...params];
    return { method: "GET", path, params: all, security: "signed", weight: 1 };
  }
}

/** One list after the other, each newest first and by its cursor. */
export function listedPages(
  askOf: (params: readonly Param[]) => RestAsk,
  scopes: readonly (readonly Param[])[],
  rows: number,
): Pages {
  assert(scopes.length > 0 && rows > 0, Code.ValueOutOfRange);
  let at = 0;
  const ask = (cursor: string) => {
    const params: Param[] = [...(scopes[at] as Param[]), ["limit", String(rows)]];
    if (cursor !== "") params.push(["cursor", cursor]);
    return askOf(params);
  };
  return {
    first: ask(""),
    rows: listOf,
    next: (found, value) => {
      const cursor = Fields.of(value).text("nextPageCursor", "");
      // A cursor behind an empty page leads nowhere.
      if (cursor !== "" && found.length > 0) return ask(cursorText(cursor));
      at++;
      return at < scopes.length ? ask("") : undefined;
    },
    isNewestFirst: true,
  };
}

/** From then until now in weeks, the newest first: longer windows are refused. */
export function windowsOf(fromMs: number, nowMs: number): Param[][] {
  const windows: Param[][] = [];
  // The venue's clock goes on while we read.
  let endMs = nowMs + MINUTE_MS;
  do {
    const startMs = Math.max(Math.min(fromMs, endMs), endMs - WINDOW_MS + 1);
    windows.push([
      ["startTime", String(startMs)],
      ["endTime", String(endMs)],
    ]);
    endMs = startMs - 1;
  } while (endMs >= fromMs && windows.length < 64 * WINDOWS_MAX);
  return windows;
}

/** Rows of `{list: […]}`. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  const list = Fields.of(value).source["list"];
  return Array.isArray(list) ? list : undefined;
}

/** Coins of the one unified account. */
export function coinsOf(value: unknown): readonly unknown[] | undefined {
  const coins = Fields.of(listOf(value)?.[0]).source["coin"];
  return Array.isArray(coins) ? coins : undefined;
}
