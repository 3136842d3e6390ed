/** Cancels all orders of one Binance account over REST: what the watchdog does when the engine is silent. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { CancelAllClient } from "../wire/cancel_all.ts";
import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk } from "../wire/live_answer.ts";
import type { RequestClient } from "../wire/rest.ts";
import { type CancelKind, type OpenOrder, type OpenPage, RestCancelAll } from "../wire/rest_cancel_all.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { readRest, restRequest } from "./gateway_calls.ts";
import { CANCEL_REFUSED, CLOCK_OFF, Outcome, outcomeOf, TOO_MANY_REQUESTS } from "./order_outcome.ts";
import type { BinanceKey } from "./order_sign.ts";

const SYMBOLS_MAX = 4_096;
const LIMITED_STATUS: readonly number[] = Object.freeze([418, 429]);

interface Paths {
  readonly time: string;
  /** Each lists open orders of all symbols; each cancel takes one symbol. */
  readonly kinds: readonly { readonly list: string; readonly cancel: string }[];
}

const PATHS: Readonly<Record<BinanceMarket, Paths>> = Object.freeze({
  spot: { time: "/api/v3/time", kinds: [{ list: "/api/v3/openOrders", cancel: "/api/v3/openOrders" }] },
  // Conditional orders have endpoints of their own: the others neither list nor cancel them.
  usdm: {
    time: "/fapi/v1/time",
    kinds: [
      { list: "/fapi/v1/openOrders", cancel: "/fapi/v1/allOpenOrders" },
      { list: "/fapi/v1/openAlgoOrders", cancel: "/fapi/v1/algoOpenOrders" },
    ],
  },
});

export interface BinanceCancelAllParts {
  readonly account: string;
  readonly market: BinanceMarket;
  /** Without a slash at its end. */
  readonly restUrl: string;
  readonly key: BinanceKey;
  readonly rest: RequestClient;
  /** Symbols as the venue writes them: canceled blindly when the venue does not list what is open. */
  readonly symbols: readonly string[];
  nowUs(): number;
}

export function binanceCancelAll(parts: BinanceCancelAllParts): CancelAllClient {
  const { market, restUrl, key, symbols } = parts;
  assert(!restUrl.endsWith("/"), Code.ValueOutOfRange);
  assert(symbols.length <= SYMBOLS_MAX, Code.ValueOutOfRange);
  const { time, kinds } = PATHS[market];
  const [first] = kinds;
  return new RestCancelAll(parts, {
    request: (ask, at) => restRequest(restUrl, ask, at, key),
    readRest,
    clockAsk: () => ({ method: "GET", path: time, params: [], security: "none", weight: 1 }),
    clockMs: (value) => Fields.of(value).whole("serverTime", 0),
    isClockOff: ({ code }) => code === CLOCK_OFF,
    // The venue refuses a whole address.
    limitedOf: ({ code }, status) => (LIMITED_STATUS.includes(status) || code === TOO_MANY_REQUESTS ? "all" : "no"),
    isRefused: ({ code }) => outcomeOf(code) === Outcome.Refused,
    // Of one symbol where there is one: it weighs a fraction.
    checkAsk: () => signed("GET", first?.list ?? "", symbols.slice(0, 1)),
    kinds: kinds.map(({ list, cancel }) => kindOf(list, cancel, symbols)),
  });
}

function kindOf(list: string, cancel: string, symbols: readonly string[]): CancelKind {
  return {
    page: () => signed("GET", list, []),
    readPage,
    cancels: (open) => {
      const bySymbol = Map.groupBy(open, ({ symbol }) => symbol);
      return [...bySymbol].map(([symbol, orders]) => ({ ask: signed("DELETE", cancel, [symbol]), orders }));
    },
    blind: () => symbols.map((symbol) => signed("DELETE", cancel, [symbol])),
    read: (answer, orders) => {
      if (answer.isOk) return { taken: orders.length };
      // Refused as unknown: the next pass shows whether it has ended.
      return { taken: 0, failed: answer.code === CANCEL_REFUSED ? undefined : answer };
    },
  };
}

/** Undefined when the answer is no list of orders. */
function readPage(value: unknown): OpenPage | undefined {
  if (!Array.isArray(value)) return undefined;
  const orders: OpenOrder[] = [];
  for (const row of value) {
    const symbol = Fields.of(row).text("symbol", "");
    if (symbol === "") return undefined;
    orders.push({ symbol, id: "" });
  }
  return { orders, next: "" };
}

function signed(method: "GET" | "DELETE", path: string, symbols: readonly string[]): RestAsk {
  const params = symbols.map((symbol): Param => ["symbol", symbol]);
  return { method, path, params, security: "signed", weight: 1 };
}
