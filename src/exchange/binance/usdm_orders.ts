/** New orders of Binance USD-M: parameters to what the core places, conditional ones too. */

import { type RestQuery, VenueError } from "../rest_query.ts";
import { amount, over, times, whole, ZERO } from "../trading/amount.ts";
import type { OrderSpec, PositionSide, Prevention, Side, Trigger } from "../trading/order.ts";
import type { Call } from "./endpoint.ts";
import { OrderParams } from "./order_params.ts";

const CONDITIONAL = ["STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"] as const;
const TIMES = ["GTC", "IOC", "FOK", "GTX", "GTD"] as const;
const PREVENTIONS: readonly Prevention[] = Object.freeze(["none", "expire-taker", "expire-maker", "expire-both"]);
const MATCHES = /^(OPPONENT|QUEUE)(?:_(5|10|20))?$/;

export interface UsdmRequest {
  readonly spec: OrderSpec;
  readonly isAck: boolean;
}

/** Throws VenueError. Conditional types are refused: they have an endpoint of their own. */
export function readUsdmOrder(call: Call, query: RestQuery = call.query): UsdmRequest {
  const params = new OrderParams(query);
  const symbol = usdmSymbol(call, query);
  const side = params.side();
  const type = query.required("type");
  if ((CONDITIONAL as readonly string[]).includes(type)) {
    const msg = "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.";
    throw new VenueError(400, -4_120, msg);
  }
  if (type !== "LIMIT" && type !== "MARKET") throw new VenueError(400, -1_116, "Invalid orderType.");
  const clientId = params.clientId("newClientOrderId") ?? call.newClientId();
  const answerAs = params.word("newOrderRespType", ["ACK", "RESULT"], "ACK", -1_136, "Invalid newOrderRespType.");
  const isLimit = type === "LIMIT";
  const match = isLimit ? query.text("priceMatch") : undefined;
  const price = isLimit ? (matchedPrice(call, symbol, side, match) ?? params.requiredDecimal("price")) : undefined;
  const common = readCommon(call, query, params, isLimit);
  return {
    isAck: answerAs === "ACK",
    spec: {
      ...common,
      symbol,
      side,
      type: isLimit ? "limit" : "market",
      price,
      qty: params.requiredDecimal("quantity"),
      clientId,
      tags: match === undefined ? { origType: type } : { origType: type, priceMatch: match },
    },
  };
}

/** An order of `algoOrder`. Throws VenueError. */
export function readAlgoOrder(call: Call): OrderSpec {
  const { query } = call;
  const params = new OrderParams(query);
  if (query.required("algoType") !== "CONDITIONAL") throw new VenueError(400, -4_500, "Invalid algoType.");
  const symbol = usdmSymbol(call, query);
  const side = params.side();
  const type = params.word("type", CONDITIONAL, undefined, -1_116, "Invalid orderType.");
  const isLimit = type === "STOP" || type === "TAKE_PROFIT";
  const source = params.word(
    "workingType",
    ["CONTRACT_PRICE", "MARK_PRICE"],
    "CONTRACT_PRICE",
    -4_151,
    "Invalid workingType.",
  );
  const closePosition = params.flag("closePosition");
  const trigger = readTrigger(params, type, side, source === "MARK_PRICE" ? "mark" : "last");
  const qty = closePosition ? params.decimal("quantity") : params.requiredDecimal("quantity");
  if (closePosition && (qty !== undefined || params.flag("reduceOnly"))) {
    throw new VenueError(400, -4_136, "Target strategy invalid for orderType with closePosition.");
  }
  const tags: Record<string, string> = { origType: type };
  for (const name of ["callbackRate", "priceProtect"]) {
    const text = query.text(name);
    if (text !== undefined) tags[name] = text;
  }
  return {
    ...readCommon(call, query, params, isLimit),
    symbol,
    side,
    type: isLimit ? "limit" : "market",
    price: isLimit ? params.requiredDecimal("price") : undefined,
    qty,
    closePosition,
    trigger,
    clientId: params.clientId("clientAlgoId") ?? call.newClientId(),
    tags,
  };
}

export function usdmSymbol(call: Call, query: RestQuery = call.query): string {
  const symbol = query.symbol(query.required("symbol"));
  if (call.venue.symbols.has(symbol)) return symbol;
  throw new VenueError(400, -1_121, "Invalid symbol.");
}

function readCommon(call: Call, query: RestQuery, params: OrderParams, isLimit: boolean) {
  const time = isLimit ? params.word("timeInForce", TIMES, "GTC", -1_115, "Invalid timeInForce.") : "IOC";
  const expireMs = query.optionalWhole("goodTillDate");
  if (time === "GTD" && (expireMs === undefined || expireMs <= call.nowMs)) {
    throw new VenueError(400, -4_192, "The goodTillDate timestamp must be greater than the current time.");
  }
  const side = params.word("positionSide", ["BOTH", "LONG", "SHORT"], "BOTH", -1_128, "Invalid positionSide.");
  const timeInForce: OrderSpec["timeInForce"] =
    time === "GTX" ? "gtc" : (time.toLowerCase() as OrderSpec["timeInForce"]);
  return {
    timeInForce,
    postOnly: time === "GTX",
    expireMs: time === "GTD" ? expireMs : undefined,
    reduceOnly: params.flag("reduceOnly"),
    positionSide: side.toLowerCase() as PositionSide,
    prevention: params.prevention(PREVENTIONS, call.venue.rules.preventionUsual),
  };
}

function readTrigger(params: OrderParams, type: string, side: Side, source: Trigger["source"]): Trigger {
  if (type === "TRAILING_STOP_MARKET") {
    const rate = params.requiredDecimal("callbackRate");
    const percent = over(rate, whole(100));
    if (rate < amount("0.1") || rate > whole(10)) throw new VenueError(400, -4_136, "Invalid callBack rate.");
    const from = params.decimal("activatePrice") ?? params.decimal("activationPrice");
    return { price: ZERO, rises: side === "buy", source, trail: { rate: times(percent, whole(1)), from } };
  }
  const price = params.decimal("triggerPrice") ?? params.requiredDecimal("stopPrice");
  return { price, rises: type.startsWith("STOP") === (side === "buy"), source };
}

/** The price that `priceMatch` means now. */
function matchedPrice(call: Call, symbol: string, side: Side, match: string | undefined) {
  if (match === undefined || match === "NONE") return undefined;
  const [, word, depth = "1"] = MATCHES.exec(match) ?? [];
  if (word === undefined) throw new VenueError(400, -4_182, "Invalid priceMatch.");
  const opposite = side === "buy" ? "sell" : "buy";
  const from = word === "OPPONENT" ? opposite : side;
  const at = Number.parseInt(depth, 10);
  const level = call.venue.symbols.view(symbol).levels(from, at).at(-1);
  if (level === undefined) throw new VenueError(400, -4_183, "Price match is not available now.");
  return level.price;
}
