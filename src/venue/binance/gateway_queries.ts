/** Questions of reconciliation at Binance's REST: what is asked, and which rows an answer has. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import type { Instrument } from "../../model/instrument.ts";
import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk } from "../wire/live_answer.ts";
import type { OrderRef, Pages } from "../wire/live_dialect.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { SPOT_WINDOW_MS, tradePages, USDM_WINDOW_MS } from "./gateway_trades.ts";
import { orderParams } from "./order_params.ts";

interface Paths {
  readonly order: string;
  readonly openOrders: string;
  readonly allOrders: string;
  readonly trades: string;
  readonly balances: string;
}

const SPOT: Paths = Object.freeze({
  order: "/api/v3/order",
  openOrders: "/api/v3/openOrders",
  allOrders: "/api/v3/allOrders",
  trades: "/api/v3/myTrades",
  balances: "/api/v3/account",
});
const USDM: Paths = Object.freeze({
  order: "/fapi/v1/order",
  openOrders: "/fapi/v1/openOrders",
  allOrders: "/fapi/v1/allOrders",
  trades: "/fapi/v1/userTrades",
  balances: "/fapi/v3/balance",
});
const POSITIONS = "/fapi/v3/positionRisk";

/** Weight of a question as the venue counts it: the first request of it. */
export function weightOf(market: BinanceMarket, query: VenueQuery): number {
  const isSpot = market === "spot";
  switch (query.kind) {
    case "order":
      return isSpot ? 4 : 1;
    case "openOrders":
      return query.instrument === "all" ? (isSpot ? 80 : 40) : isSpot ? 6 : 1;
    case "fills":
      return isSpot ? 20 : 5;
    case "positions":
      return isSpot ? 0 : 5;
    default:
      return isSpot ? 20 : 5;
  }
}

export class Questions {
  readonly #paths: Paths;

  constructor(
    readonly market: BinanceMarket,
    readonly pageRows: number,
    /** The venue's clock. */
    readonly nowMs: () => number,
  ) {
    assert(pageRows > 0, Code.LimitRelationBroken);
    this.#paths = market === "spot" ? SPOT : USDM;
  }

  order(instrument: Instrument, ref: OrderRef): Pages {
    const ask = this.#ask(this.#paths.order, orderParams(instrument.venueSymbol, ref), this.market === "spot" ? 4 : 1);
    return { ...onePage(ask, (value) => [value]), isNamed: true };
  }

  /**
   * From the venue's own id where it is known, else from when it was made, to the end. Where the venue would not look so far
   * back, among the newest ones: a full page without it proves nothing.
   */
  history(instrument: Instrument, ref: OrderRef): Pages {
    const ask = (from: readonly Param[]) => {
      const params: Param[] = [["symbol", instrument.venueSymbol], ...from, ["limit", String(this.pageRows)]];
      return this.#ask(this.#paths.allOrders, params, this.market === "spot" ? 20 : 5);
    };
    if (ref.venueOrderId !== "")
      return { first: ask([["orderId", ref.venueOrderId]]), rows: listOf, next: () => undefined };
    const sinceMs = Math.floor((ref.sinceUs ?? 0) / 1_000);
    const isNear = this.nowMs() - sinceMs < (this.market === "spot" ? SPOT_WINDOW_MS : USDM_WINDOW_MS);
    const next: Pages["next"] = (rows) => {
      if (rows.length < this.pageRows) return undefined;
      const last = idOf(rows.at(-1));
      // The last one is read once more. A page of one row, or one that cannot be read, would come again for ever.
      return isNear && last !== "" && last !== idOf(rows[0]) ? ask([["orderId", last]]) : "broken";
    };
    return { first: ask(isNear ? [["startTime", String(sinceMs)]] : []), rows: listOf, next };
  }

  openOrders(instrument: Instrument | undefined): Pages {
    const params: Param[] = instrument === undefined ? [] : [["symbol", instrument.venueSymbol]];
    const wanted = { id: 1, kind: "openOrders", instrument: instrument?.id ?? "all" } as const;
    return onePage(this.#ask(this.#paths.openOrders, params, weightOf(this.market, wanted)), listOf);
  }

  fills(instrument: Instrument, venueOrderId: string, sinceUs: number): Pages {
    const { venueSymbol } = instrument;
    const { market, pageRows } = this;
    const wish = { venueSymbol, venueOrderId, sinceUs };
    const ask = (params: readonly Param[]) => this.#ask(this.#paths.trades, params, market === "spot" ? 20 : 5);
    return tradePages({ market, pageRows, nowMs: this.nowMs(), ask }, wish);
  }

  positions(): Pages | undefined {
    return this.market === "spot" ? undefined : onePage(this.#ask(POSITIONS, [], 5), listOf);
  }

  balances(): Pages {
    const isSpot = this.market === "spot";
    const rows = (value: unknown) => listOf(isSpot ? Fields.of(value).source["balances"] : value);
    return onePage(this.#ask(this.#paths.balances, [], isSpot ? 20 : 5), rows);
  }

  #ask(path: string, params: readonly Param[], weight: number): RestAsk {
    return { method: "GET", path, params, security: "signed", weight };
  }
}

function onePage(first: RestAsk, rows: Pages["rows"]): Pages {
  return { first, rows, next: () => undefined };
}

function idOf(row: unknown): string {
  const fields = Fields.of(row);
  const id = fields.id("orderId");
  return fields.bad === "" ? id : "";
}

export function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
