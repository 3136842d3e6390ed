/** Questions of reconciliation at OKX's REST: what is asked, and which rows an answer has. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import type { Instrument } from "../../model/instrument.ts";
import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk } from "../wire/live_answer.ts";
import type { OrderRef, Pages } from "../wire/live_dialect.ts";
import { type ListAsk, newestPages, onePage } from "./gateway_pages.ts";
import { refArgs } from "./order_args.ts";
import { instType } from "./row_fields.ts";

const HOUR_MS = 3_600_000;
/** `fills` goes back three days; older ones, and what it may have lost at its edge, are in the history of three months. */
const FILLS_MS = 71 * HOUR_MS;
/** And `orders-history` a week: a day of it is left to its edge. */
const WEEK_MS = 6 * 24 * HOUR_MS;
/** By what the venue allows in two seconds: see gateway_budget. */
const LIGHT = 1;
const MEDIUM = 2;
const HEAVY = 4;

/** Of the first request of a question. */
export function weightOf({ kind }: VenueQuery): number {
  return kind === "positions" || kind === "balances" ? HEAVY : LIGHT;
}

export class Questions {
  constructor(
    readonly pageRows: number,
    /** The venue's clock. */
    readonly nowMs: () => number,
  ) {
    assert(pageRows > 0, Code.LimitRelationBroken);
  }

  order(instrument: Instrument, ref: OrderRef): Pages {
    const named = Object.entries(refArgs(ref)).map(([name, value]): Param => [name, String(value)]);
    const ask = get("/api/v5/trade/order", [["instId", instrument.venueSymbol], ...named], LIGHT);
    return { ...onePage(ask, listOf), isNamed: true };
  }

  /**
   * A week, then three months; from when the order was made where that is known: all that a busy account has had could not
   * be read to its end. The venue forgets orders that were canceled without a fill after two hours.
   */
  history(instrument: Instrument, { sinceUs = 0 }: OrderRef): Pages {
    const sinceMs = Math.floor(sinceUs / 1_000);
    const params: Param[] = [...whichOf(instrument)];
    if (sinceMs > 0) params.push(["begin", String(sinceMs)]);
    const week = { path: "/api/v5/trade/orders-history", params, weight: LIGHT };
    if (this.nowMs() - sinceMs < WEEK_MS) return newestPages([week], "ordId", this.pageRows);
    const months = { path: "/api/v5/trade/orders-history-archive", params, weight: MEDIUM };
    return newestPages([week, months], "ordId", this.pageRows);
  }

  openOrders(instrument: Instrument | undefined): Pages {
    const params = instrument === undefined ? [] : whichOf(instrument);
    return newestPages([{ path: "/api/v5/trade/orders-pending", params, weight: LIGHT }], "ordId", this.pageRows);
  }

  fills(instrument: Instrument, venueOrderId: string, sinceUs: number): Pages {
    const sinceMs = Math.floor(sinceUs / 1_000);
    const params: Param[] = [...whichOf(instrument)];
    if (venueOrderId !== "") params.push(["ordId", venueOrderId]);
    if (sinceMs > 0) params.push(["begin", String(sinceMs)]);
    const lists: ListAsk[] = [{ path: "/api/v5/trade/fills", params, weight: LIGHT }];
    const isOld = this.nowMs() - sinceMs > FILLS_MS;
    if (isOld) lists.push({ path: "/api/v5/trade/fills-history", params, weight: HEAVY });
    return newestPages(lists, "billId", this.pageRows);
  }

  positions(): Pages {
    return onePage(get("/api/v5/account/positions", [], HEAVY), listOf);
  }

  balances(): Pages {
    const rows = (value: unknown) => {
      const [account] = listOf(value) ?? [];
      return listOf(Fields.of(account).source["details"]);
    };
    return onePage(get("/api/v5/account/balance", [], HEAVY), rows);
  }
}

function whichOf(instrument: Instrument): readonly Param[] {
  return [
    ["instType", instType(instrument)],
    ["instId", instrument.venueSymbol],
  ];
}

function get(path: string, params: readonly Param[], weight: number): RestAsk {
  return { method: "GET", path, params, security: "signed", weight };
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
