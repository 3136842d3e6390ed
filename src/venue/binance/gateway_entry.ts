/** Order requests in Binance's words, by socket on spot and by REST on USD-M, and what the answers to them mean. */

import type { Instrument } from "../../model/instrument.ts";
import { RecordKind, type TradingRecord } from "../../model/record.ts";
import { Fields } from "../wire/fields.ts";
import type { Param, RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import { type OrderRef, type Said, Verdict } from "../wire/live_dialect.ts";
import type { OrderIds } from "../wire/order_ids.ts";
import type { RequestKind } from "../wire/order_requests.ts";
import type { RestMethod } from "../wire/rest.ts";
import type { BinanceMarket } from "./fast_path.ts";
import {
  CANCEL_REFUSED,
  CLOCK_OFF,
  NO_NEED_TO_MODIFY,
  NO_SUCH_ORDER,
  Outcome,
  outcomeOf,
  TOO_MANY_ORDERS,
  TOO_MANY_REQUESTS,
} from "./order_outcome.ts";
import { modifyParams, newOrderParams, orderParams } from "./order_params.ts";

/** Says a socket request, signed: `{id, method, params}`. */
export type SaySocket = (id: number, method: string, params: readonly Param[]) => string;

export class OrderWords {
  constructor(
    readonly market: BinanceMarket,
    readonly ids: OrderIds,
    readonly say: SaySocket,
  ) {}

  place(instrument: Instrument, order: Readonly<TradingRecord>, clientOrderId: string): Said | undefined {
    const params = newOrderParams(this.market, instrument, order, clientOrderId);
    if (params === undefined) return undefined;
    if (this.market === "usdm") return { rest: this.#ask("POST", "order", params) };
    return { socket: (id) => this.say(id, "order.place", params) };
  }

  /** USD-M alone. */
  amend(instrument: Instrument, order: Readonly<TradingRecord>, ref: OrderRef): Said | undefined {
    const params = this.market === "usdm" ? modifyParams(instrument, order, ref) : undefined;
    return params === undefined ? undefined : { rest: this.#ask("PUT", "order", params) };
  }

  cancel(instrument: Instrument, ref: OrderRef): Said {
    const params = orderParams(instrument.venueSymbol, ref);
    const rest = this.#ask("DELETE", "order", params);
    return this.market === "usdm" ? { rest } : { rest, socket: (id) => this.say(id, "order.cancel", params) };
  }

  /** USD-M keeps conditional orders apart. */
  cancelAll(instrument: Instrument): readonly RestAsk[] {
    const names = this.market === "spot" ? ["openOrders"] : ["allOpenOrders", "algoOpenOrders"];
    return names.map((name) => this.#ask("DELETE", name, [["symbol", instrument.venueSymbol]]));
  }

  deadMan(instrument: Instrument, countdownMs: number): RestAsk | undefined {
    if (this.market === "spot") return undefined;
    const params: Param[] = [
      ["symbol", instrument.venueSymbol],
      ["countdownTime", String(countdownMs)],
    ];
    return { ...this.#ask("POST", "countdownCancelAll", params), weight: DEAD_MAN_WEIGHT };
  }

  acknowledge(kind: RequestKind, value: unknown, instrument: Instrument, report: TradingRecord): string {
    const row = Fields.of(value);
    report.venueOrderId = row.id("orderId");
    report.exchangeTimeUs = row.timeUs("transactTime", true) || row.timeUs("updateTime", true);
    if (kind === "new") return row.bad;
    const status = row.text("status", kind === "replace" ? "" : "CANCELED");
    report.cumQty = row.mantissa("executedQty", instrument.qtyScale);
    if (kind === "replace") {
      // Down to what is filled already, the venue cancels instead.
      if (status === "CANCELED") report.kind = RecordKind.OrderCanceled;
      report.price = row.mantissa("price", instrument.priceScale);
      report.qty = row.mantissa("origQty", instrument.qtyScale);
    } else if (status !== "CANCELED") return "status";
    else if (report.order === 0) report.order = this.ids.orderOf(row.text("origClientOrderId", ""));
    return row.bad;
  }

  #ask(method: RestMethod, name: string, params: readonly Param[]): RestAsk {
    const path = this.market === "spot" ? `/api/v3/${name}` : `/fapi/v1/${name}`;
    return { method, path, params, security: "signed", weight: 1 };
  }
}

export function verdictOf(kind: RequestKind, { isOk, code }: VenueAnswer): Verdict {
  if (isOk) return Verdict.Done;
  if (kind === "replace" && code === NO_NEED_TO_MODIFY) return Verdict.Unchanged;
  if (kind === "cancelAll" && code === CANCEL_REFUSED) return Verdict.Gone; // There was none.
  if (kind === "cancel") {
    if (code === CANCEL_REFUSED || code === NO_SUCH_ORDER) return Verdict.Gone;
    if (code === TOO_MANY_REQUESTS || code === TOO_MANY_ORDERS || code === CLOCK_OFF) return Verdict.Later;
  }
  return outcomeOf(code) === Outcome.Refused ? Verdict.Refused : Verdict.Unknown;
}

const DEAD_MAN_WEIGHT = 10;
