/** Order requests in Bybit's words, by their connection or by REST, and what an answer says. */

import type { Instrument } from "../../model/instrument.ts";
import type { TradingRecord } from "../../model/record.ts";
import { Fields } from "../wire/fields.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { OrderRef, Said } from "../wire/live_dialect.ts";
import type { Category } from "./category.ts";
import { amendBody, cancelBody, createBody, type OrderBody } from "./order_params.ts";
import type { RequestTime } from "./order_sign.ts";
import type { OrderTerms } from "./order_terms.ts";

/** Spot leaves conditional orders alone unless they are meant. */
const FILTERS: readonly (string | undefined)[] = Object.freeze([undefined, "StopOrder", "tpslOrder"]);

export class OrderWords {
  constructor(
    readonly category: Category,
    readonly terms: OrderTerms,
    /** False: the account has no connection of orders. */
    readonly isSocket: boolean,
    readonly time: () => RequestTime,
  ) {}

  place(instrument: Instrument, order: Readonly<TradingRecord>, clientOrderId: string): Said | undefined {
    const body = createBody(this.category, instrument, order, clientOrderId);
    return body === undefined ? undefined : this.#say("create", body);
  }

  amend(instrument: Instrument, order: Readonly<TradingRecord>, ref: OrderRef): Said | undefined {
    const body = amendBody(this.category, instrument, order, ref);
    if (body === undefined) return undefined;
    this.terms.want(ref.clientOrderId, order.price, order.qty);
    return this.#say("amend", body);
  }

  cancel(instrument: Instrument, ref: OrderRef): Said {
    return this.#say("cancel", cancelBody(this.category, instrument, ref));
  }

  cancelAll({ venueSymbol }: Instrument): readonly RestAsk[] {
    const head = { symbol: venueSymbol, category: this.category };
    // Of derivatives it means orders of every kind.
    if (this.category === "linear") return [post("cancel-all", head)];
    return FILTERS.map((orderFilter) =>
      post("cancel-all", orderFilter === undefined ? head : { ...head, orderFilter }),
    );
  }

  #say(name: string, body: OrderBody): Said {
    const rest = post(name, body);
    return this.isSocket ? { rest, socket: (id) => socketText(id, `order.${name}`, body, this.time()) } : { rest };
  }
}

/** What an answer names: the order alone. How it stands, the order stream tells. */
export function acknowledge(value: unknown, report: TradingRecord): string {
  const row = Fields.of(value);
  report.venueOrderId = row.text("orderId");
  return row.bad === "" && report.venueOrderId === "" ? "orderId" : row.bad;
}

export function socketText(id: number, op: string, body: OrderBody, time: RequestTime): string {
  const header = {
    "X-BAPI-TIMESTAMP": String(time.timestampMs),
    "X-BAPI-RECV-WINDOW": String(time.recvWindowMs),
  };
  return JSON.stringify({ reqId: String(id), header, op, args: [body] });
}

function post(name: string, body: OrderBody): RestAsk {
  const path = `/v5/order/${name}`;
  return { method: "POST", path, params: [], body: JSON.stringify(body), security: "signed", weight: 1 };
}
