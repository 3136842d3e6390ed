/** Bodies about orders to commands: decimal text becomes mantissas at the instrument's scales, or a 422 that points. */

import { CODE_TEXTS, Code } from "../core/code.ts";
import { DecimalReader } from "../core/decimal.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Instrument } from "../model/instrument.ts";
import { Leg, OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { type FieldError, httpProblem } from "./http_problem.ts";
import { accountNamed, instrumentNamed } from "./lookup.ts";
import type { AmendBody, PlaceBody } from "./views.ts";

const TIMES_IN_FORCE = { gtc: TimeInForce.Gtc, ioc: TimeInForce.Ioc, fok: TimeInForce.Fok } as const;
const BY_HAND = "by hand";

/** CommandPlace of a body. A price makes it a limit order; without one it is a market order. */
export function placeCommand(state: DurableState, body: PlaceBody): TradingRecord {
  const instrument = instrumentNamed(state, body.instrument, 422);
  const account = accountNamed(state, body.account, 422);
  const type = body.type ?? (body.price === undefined ? "market" : "limit");
  const errors: FieldError[] = [];
  if (type === "limit" && body.price === undefined) errors.push({ path: "/price", message: "a limit order needs one" });
  if (type === "market" && body.price !== undefined) {
    errors.push({ path: "/price", message: "a market order has none" });
  }
  const qty = readDecimal(errors, "/qty", body.qty, instrument.qtyScale);
  const price = body.price === undefined ? 0 : readDecimal(errors, "/price", body.price, instrument.priceScale);
  refuse(errors, instrument);
  const record = new TradingRecord().reset(RecordKind.CommandPlace);
  record.account = account.id;
  record.instrument = instrument.id;
  record.instrumentRevision = instrument.revision;
  record.leg = Leg.Net;
  record.side = body.side === "sell" ? Side.Sell : Side.Buy;
  record.orderType = type === "market" ? OrderType.Market : OrderType.Limit;
  record.timeInForce = TIMES_IN_FORCE[body.timeInForce ?? (type === "market" ? "ioc" : "gtc")];
  record.flags =
    OrderFlag.Manual |
    (body.postOnly === true ? OrderFlag.PostOnly : 0) |
    (body.reduceOnly === true ? OrderFlag.ReduceOnly : 0);
  record.price = price;
  record.qty = qty;
  record.text = body.why ?? BY_HAND;
  return record;
}

/** CommandAmend of a body: what is not given stays. */
export function amendCommand(state: DurableState, order: number, body: AmendBody): TradingRecord {
  const { orders } = state;
  const instrument = state.instruments.get(orders.instrument(order));
  if (instrument === undefined) throw httpProblem(Code.NotFound, `order ${order} has no instrument`);
  const errors: FieldError[] = [];
  if (body.price === undefined && body.qty === undefined) {
    errors.push({ path: "/", message: "give a price, a qty or both" });
  }
  const price = body.price === undefined ? 0 : readDecimal(errors, "/price", body.price, instrument.priceScale);
  const qty = body.qty === undefined ? 0 : readDecimal(errors, "/qty", body.qty, instrument.qtyScale);
  refuse(errors, instrument);
  const record = new TradingRecord().reset(RecordKind.CommandAmend);
  orders.identify(order, record);
  record.price = price;
  record.qty = qty;
  record.text = body.why ?? BY_HAND;
  return record;
}

export function cancelCommand(state: DurableState, order: number, why: string | undefined): TradingRecord {
  const record = new TradingRecord().reset(RecordKind.CommandCancel);
  state.orders.identify(order, record);
  record.text = why ?? BY_HAND;
  return record;
}

/** A positive decimal as a mantissa; notes what is wrong with it, and where in the text. */
function readDecimal(errors: FieldError[], path: string, text: string, scale: number): number {
  const reader = new DecimalReader();
  const mantissa = reader.readSigned(text, 0, scale);
  let code = reader.code;
  if (code === Code.Ok && reader.end !== text.length) code = Code.NumberMalformed;
  if (code === Code.Ok && mantissa < 0) code = Code.NumberNegative;
  if (code !== Code.Ok) {
    const { meaning, hint } = CODE_TEXTS[code];
    const more = code === Code.NumberPrecision ? `at most ${scale} decimals here` : hint;
    errors.push({ path, message: `${Code[code]} at column ${reader.end + 1}: ${meaning}; ${more}` });
    return 0;
  }
  if (mantissa === 0) errors.push({ path, message: "must be more than zero" });
  return mantissa;
}

function refuse(errors: readonly FieldError[], instrument: Instrument): void {
  const [first] = errors;
  if (first === undefined) return;
  throw httpProblem(Code.BodyInvalid, `${first.path.slice(1) || "body"}: ${first.message}`, {
    errors,
    hint: `see tick and lot of ${instrument.name} at /api/v1/instruments`,
  });
}
