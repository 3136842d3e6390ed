/** Placing, cancelling and amending at OKX: the same rows over REST and over sockets. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Account } from "../trading/account.ts";
import { isAlive, type Order } from "../trading/order.ts";
import { Refusal } from "../trading/refusal.ts";
import type { OkxCall, OkxEndpoint, Stated } from "./endpoint.ts";
import { orderIdOf, orderIdText } from "./ids.ts";
import { OkxError } from "./okx_error.ts";
import type { OkxVenue } from "./okx_venue.ts";
import { clientIdOf, flag, isGiven, optionalDecimal, type Row, readListing, readOrder } from "./order_reader.ts";
import { type Asked, endedRefusal, okxWording } from "./refusals.ts";

const ROWS_MAX = 20;
const SPAN_MS = 2_000;

type RowAct = (venue: OkxVenue, account: Account, row: Row) => Stated;

/** By the name of the operation over sockets. */
export const ORDER_OPS: Readonly<Record<string, OkxEndpoint>> = Object.freeze({
  order: endpoint(placeRow, 1, 60),
  "batch-orders": endpoint(placeRow, ROWS_MAX, 300),
  "cancel-order": endpoint(cancelRow, 1, 60),
  "batch-cancel-orders": endpoint(cancelRow, ROWS_MAX, 300),
  "amend-order": endpoint(amendRow, 1, 60),
  "batch-amend-orders": endpoint(amendRow, ROWS_MAX, 300),
});

/** By method and path after `/api/v5/`. */
export const ORDER_ENDPOINTS: Readonly<Record<string, OkxEndpoint>> = Object.freeze({
  "POST trade/order": ORDER_OPS["order"] as OkxEndpoint,
  "POST trade/batch-orders": ORDER_OPS["batch-orders"] as OkxEndpoint,
  "POST trade/cancel-order": ORDER_OPS["cancel-order"] as OkxEndpoint,
  "POST trade/cancel-batch-orders": ORDER_OPS["batch-cancel-orders"] as OkxEndpoint,
  "POST trade/amend-order": ORDER_OPS["amend-order"] as OkxEndpoint,
  "POST trade/amend-batch-orders": ORDER_OPS["batch-amend-orders"] as OkxEndpoint,
});

function endpoint(act: RowAct, rowsMax: number, most: number): OkxEndpoint {
  assert(rowsMax > 0, Code.ValueOutOfRange);
  return {
    security: "trade",
    isOrder: true,
    isStated: true,
    isEntry: act !== cancelRow,
    rowsMax,
    limit: { most, spanMs: SPAN_MS },
    isPerInstrument: true,
    answer: ({ venue, account, rows }: OkxCall) => rows.map((row) => act(venue, account, row)),
  };
}

function placeRow(venue: OkxVenue, account: Account, row: Row): Stated {
  const tag = typeof row["tag"] === "string" ? row["tag"] : "";
  return stated(venue, row, "place", { tag }, () => venue.core.place(account, readOrder(venue, row)));
}

function cancelRow(venue: OkxVenue, account: Account, row: Row): Stated {
  return stated(venue, row, "cancel", {}, () => {
    const order = found(venue, account, row, "cancel");
    return venue.core.cancel(account, order.symbol, { id: order.id });
  });
}

function amendRow(venue: OkxVenue, account: Account, row: Row): Stated {
  const reqId = typeof row["reqId"] === "string" ? row["reqId"] : "";
  return stated(venue, row, "amend", { reqId }, () => {
    if (!isGiven(row["newSz"]) && !isGiven(row["newPx"]))
      throw new OkxError("51500", "You must enter a price, quantity, or TP/SL.");
    const order = found(venue, account, row, "amend");
    const change = { price: optionalDecimal(row, "newPx"), qty: optionalDecimal(row, "newSz") };
    venue.amending = { reqId };
    try {
      return venue.core.amend(account, order.symbol, { id: order.id }, change);
    } catch (error) {
      if (error instanceof Refusal && flag(row, "cxlOnFail") && isAlive(order)) {
        venue.core.cancel(account, order.symbol, { id: order.id });
      }
      throw error;
    } finally {
      venue.amending = undefined;
    }
  });
}

/** The order that a row names; both ids given: the venue's counts. Throws OkxError. */
function found(venue: OkxVenue, account: Account, row: Row, asked: "cancel" | "amend"): Order {
  const { instId } = readListing(venue, row);
  const hasId = isGiven(row["ordId"]);
  const clientId = clientIdOf(row, "clOrdId");
  if (!hasId && clientId === "") throw new OkxError("51003", "Either client order ID or order ID is required");
  const id = orderIdOf(row["ordId"]);
  const isStrange = hasId && id === undefined;
  const order = isStrange ? undefined : venue.core.orders.find(account.name, instId, hasId ? { id } : { clientId });
  if (order === undefined) throw new OkxError(...okxWording(new Refusal("unknown-order"), asked));
  if (isAlive(order)) return order;
  throw new OkxError(...endedRefusal(asked, order.status === "filled"));
}

function stated(
  venue: OkxVenue,
  row: Row,
  asked: Asked,
  more: Readonly<Record<string, string>>,
  act: () => Order,
): Stated {
  const ts = String(venue.nowMs());
  try {
    const order = act();
    return { clOrdId: order.clientId, ordId: orderIdText(order.id), ...more, ts, sCode: "0", sMsg: "" };
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof OkxError)) throw error;
    const [sCode, sMsg] = error instanceof OkxError ? [error.code, error.msg] : okxWording(error, asked);
    const text = (name: string) => (typeof row[name] === "string" ? row[name] : "");
    // A new order that is refused has no id; a cancel and an amend say whose they were.
    return { clOrdId: text("clOrdId"), ordId: asked === "place" ? "" : text("ordId"), ...more, ts, sCode, sMsg };
  }
}
