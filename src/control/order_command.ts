/** Bodies about orders to commands: decimal text becomes mantissas at the instrument's scales, or a 422 that points. */

import { Code } from "../core/code.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Instrument } from "../model/instrument.ts";
import { Leg, OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { readDecimal } from "./decimal_field.ts";
import { type FieldError, httpProblem } from "./http_problem.ts";
import { accountNamed, instrumentNamed } from "./lookup.ts";
import { checkPrice, fillTerms, typeOf } from "./order_terms.ts";
import type { AmendBody, PlaceBody } from "./views.ts";

const TIMES_IN_FORCE = {
  gtc: TimeInForce.Gtc,
  ioc: TimeInForce.Ioc,
  fok: TimeInForce.Fok,
  gtd: TimeInForce.Gtd,
} as const;
const BY_HAND = "by hand";

/** CommandPlace of a body. A price makes it a limit order; without one it is a market order. */
export function placeCommand(state: DurableState, body: PlaceBody): TradingRecord {
  const instrument = instrumentNamed(state, body.instrument, 422);
  const account = accountNamed(state, body.account, 422);
  const orderType = typeOf(body);
  const errors: FieldError[] = [];
  checkPrice(errors, orderType, body.price);
  const qty = readDecimal(errors, "/qty", body.qty, instrument.qtyScale);
  const price = body.price === undefined ? 0 : readDecimal(errors, "/price", body.price, instrument.priceScale);
  const record = new TradingRecord().reset(RecordKind.CommandPlace);
  record.account = account.id;
  record.instrument = instrument.id;
  record.instrumentRevision = instrument.revision;
  record.leg = Leg.Net;
  record.side = body.side === "sell" ? Side.Sell : Side.Buy;
  record.orderType = orderType;
  const usual = orderType === OrderType.Market ? "ioc" : body.expireUs === undefined ? "gtc" : "gtd";
  record.timeInForce = TIMES_IN_FORCE[body.timeInForce ?? usual];
  record.flags =
    OrderFlag.Manual |
    (body.postOnly === true ? OrderFlag.PostOnly : 0) |
    (body.reduceOnly === true ? OrderFlag.ReduceOnly : 0);
  record.price = price;
  record.qty = qty;
  record.text = body.why ?? BY_HAND;
  fillTerms(record, body, instrument, errors);
  refuse(errors, instrument);
  return record;
}

/** CommandAmend of a body: what is not given stays. */
export function amendCommand(state: DurableState, order: number, body: AmendBody): TradingRecord {
  const { orders } = state;
  const instrument = state.instruments.get(orders.instrument(order));
  if (instrument === undefined) throw httpProblem(Code.NotFound, `order ${order} has no instrument`);
  const errors: FieldError[] = [];
  if (body.price === undefined && body.qty === undefined && body.triggerPrice === undefined) {
    errors.push({ path: "/", message: "give a price, a qty or both; or a triggerPrice" });
  }
  const trigger =
    body.triggerPrice === undefined
      ? 0
      : readDecimal(errors, "/triggerPrice", body.triggerPrice, instrument.priceScale);
  const price = body.price === undefined ? 0 : readDecimal(errors, "/price", body.price, instrument.priceScale);
  const qty = body.qty === undefined ? 0 : readDecimal(errors, "/qty", body.qty, instrument.qtyScale);
  refuse(errors, instrument);
  const record = new TradingRecord().reset(RecordKind.CommandAmend);
  orders.identify(order, record);
  record.price = price;
  record.qty = qty;
  record.triggerPrice = trigger;
  record.text = body.why ?? BY_HAND;
  return record;
}

export function cancelCommand(state: DurableState, order: number, why: string | undefined): TradingRecord {
  const record = new TradingRecord().reset(RecordKind.CommandCancel);
  state.orders.identify(order, record);
  record.text = why ?? BY_HAND;
  return record;
}

function refuse(errors: readonly FieldError[], instrument: Instrument): void {
  const [first] = errors;
  if (first === undefined) return;
  throw httpProblem(Code.BodyInvalid, `${first.path.slice(1) || "body"}: ${first.message}`, {
    errors,
    hint: `see tick and lot of ${instrument.name} at /api/v1/instruments`,
  });
}
