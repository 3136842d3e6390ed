/** Order requests in OKX's words: by the private socket where the instrument's number is known, by REST where it is not. */

import type { Instrument } from "../../model/instrument.ts";
import type { TradingRecord } from "../../model/record.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { OrderRef, Said } from "../wire/live_dialect.ts";
import type { RequestKind } from "../wire/order_requests.ts";
import type { InstrumentCodes } from "./instrument_codes.ts";
import { type Args, amendArgs, newOrderArgs, refArgs, type TradeMode } from "./order_args.ts";
import { requestName } from "./private_orders.ts";
import { rowOf } from "./row_fields.ts";

export interface WordsParts {
  readonly codes: InstrumentCodes;
  readonly mode: TradeMode;
  /** Until when the venue may take a new order or an amend: milliseconds by its clock. */
  deadlineMs(): number;
}

export class OrderWords {
  constructor(readonly parts: WordsParts) {}

  place(instrument: Instrument, order: Readonly<TradingRecord>, clientOrderId: string): Said | undefined {
    const args = newOrderArgs(instrument, order, clientOrderId, this.parts.mode);
    return args === undefined ? undefined : this.#one("order", "order", instrument, args);
  }

  amend(instrument: Instrument, order: Readonly<TradingRecord>, ref: OrderRef): Said | undefined {
    const args = amendArgs(instrument, order, ref, requestName(order.attempt));
    return args === undefined ? undefined : this.#one("amend-order", "amend-order", instrument, args);
  }

  /** Both ways: it must get through. */
  cancel(instrument: Instrument, ref: OrderRef): Said {
    const args = refArgs(ref);
    const rest = ask("cancel-order", { instId: instrument.venueSymbol, ...args });
    const code = this.parts.codes.of(instrument);
    return code === undefined ? { rest } : { rest, socket: (id) => text(id, "cancel-order", code, args) };
  }

  cancelMany(orders: readonly { readonly instrument: Instrument; readonly ref: OrderRef }[]): RestAsk {
    const rows = orders.map(({ instrument, ref }) => ({ ...refArgs(ref), instId: instrument.venueSymbol }));
    return { ...ask("cancel-batch-orders", rows), weight: rows.length };
  }

  /** The answer names the order, and nothing more. */
  acknowledge(_kind: RequestKind, value: unknown, report: TradingRecord): string {
    const row = rowOf(Array.isArray(value) ? value[0] : value);
    report.venueOrderId = row.id("ordId");
    report.exchangeTimeUs = row.timeUs("ts", true);
    return row.bad;
  }

  #one(op: string, path: string, instrument: Instrument, args: Args): Said {
    const code = this.parts.codes.of(instrument);
    if (code === undefined) return { rest: ask(path, { instId: instrument.venueSymbol, ...args }) };
    return { socket: (id) => text(id, op, code, args, String(this.parts.deadlineMs())) };
  }
}

function text(id: number, op: string, instIdCode: number, args: Args, expTime?: string): string {
  const head = { id: String(id), op, ...(expTime === undefined ? {} : { expTime }) };
  return JSON.stringify({ ...head, args: [{ instIdCode, ...args }] });
}

function ask(name: string, body: object): RestAsk {
  const path = `/api/v5/trade/${name}`;
  return { method: "POST", path, params: [], body: JSON.stringify(body), security: "signed", weight: 1 };
}
