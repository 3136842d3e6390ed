/** A new order of Bybit as the core takes it: units of market orders, triggers, position index, time in force. */

import { type Amount, ZERO } from "../trading/amount.ts";
import type { OrderSpec, PositionSide, Prevention, Side, Trigger } from "../trading/order.ts";
import { Refusal } from "../trading/refusal.ts";
import { paramError } from "./bybit_error.ts";
import type { Call } from "./endpoint.ts";
import { type Category, type Listed, leanText } from "./listing.ts";
import type { Params } from "./params.ts";

const TIMES = Object.freeze(["GTC", "IOC", "FOK", "PostOnly"] as const);
const POSITION_SIDES: readonly PositionSide[] = Object.freeze(["both", "long", "short"] as const);
const PREVENTIONS: Readonly<Record<string, Prevention>> = Object.freeze({
  None: "none",
  CancelMaker: "expire-maker",
  CancelTaker: "expire-taker",
  CancelBoth: "expire-both",
});
/** Known to the venue, and not to this simulator: better refused than ignored. */
const NOT_HERE = Object.freeze(["takeProfit", "stopLoss", "slippageTolerance", "bboSideType", "orderIv"]);

/** Throws 10001, and Refusal `unknown-symbol`. */
export function readOrder(call: Call, category: Category, params: Params): OrderSpec {
  const listed = listedOf(call, category, params);
  for (const name of NOT_HERE) {
    if (params.text(name) !== undefined) throw paramError(`params error: ${name} is not supported by the simulator`);
  }
  const side = sideOf(params);
  const type = params.word("orderType", ["Limit", "Market"]) === "Limit" ? "limit" : "market";
  const time = params.word("timeInForce", TIMES, "GTC");
  if (type === "market" && time === "PostOnly") throw paramError("params error: timeInForce invalid");
  const trigger = readTrigger(call, listed, params, side);
  const isSpot = category === "spot";
  const amounts = readAmounts(params, isSpot, type, side);
  const closesAll = !isSpot && amounts.qty === ZERO && params.flag("reduceOnly");
  const positionSide = positionSideOf(params, isSpot);
  const last = listed.market.trades.at(-1)?.price;
  return {
    symbol: listed.key,
    side,
    type,
    price: type === "limit" ? requiredPrice(params) : undefined,
    qty: closesAll ? undefined : amounts.qty,
    quoteQty: amounts.quoteQty,
    timeInForce:
      type === "market" ? "ioc" : time === "PostOnly" ? "gtc" : (time.toLowerCase() as "gtc" | "ioc" | "fok"),
    postOnly: time === "PostOnly",
    // With positions on both sides, the index says what closes.
    reduceOnly: !isSpot && positionSide === "both" && params.flag("reduceOnly"),
    closePosition: closesAll,
    trigger,
    prevention: PREVENTIONS[params.text("smpType") ?? "None"] ?? "none",
    positionSide,
    clientId: params.linkId(),
    tags: {
      orderFilter: params.text("orderFilter") ?? "Order",
      closeOnTrigger: String(params.flag("closeOnTrigger")),
      ...(last === undefined ? {} : { lastPrice: leanText(last) }),
      ...(isSpot && type === "market" ? { marketUnit: amounts.quoteQty === undefined ? "baseCoin" : "quoteCoin" } : {}),
    },
  };
}

/** Throws Refusal `unknown-symbol`. */
export function listedOf(call: Call, category: Category, params: Params): Listed {
  const symbol = params.required("symbol");
  const found = call.listings.find(category, symbol);
  if (found === undefined) throw new Refusal("unknown-symbol", symbol);
  return found;
}

export function sideOf(params: Params): Side {
  const word = params.text("side");
  if (word === "Buy") return "buy";
  if (word === "Sell") return "sell";
  throw paramError("Side invalid");
}

function requiredPrice(params: Params): Amount {
  const price = params.decimal("price", "Price invalid");
  if (price === undefined) throw paramError("Price invalid");
  return price;
}

/** A market buy of spot is by value unless it says otherwise; a sell, by quantity. */
function readAmounts(
  params: Params,
  isSpot: boolean,
  type: OrderSpec["type"],
  side: Side,
): { readonly qty: Amount | undefined; readonly quoteQty: Amount | undefined } {
  const qty = params.decimal("qty", "Qty invalid");
  if (qty === undefined) throw paramError("Qty invalid");
  if (!isSpot || type === "limit") return { qty, quoteQty: undefined };
  const unit = params.word("marketUnit", ["baseCoin", "quoteCoin"], side === "buy" ? "quoteCoin" : "baseCoin");
  if (unit === "baseCoin") return { qty, quoteQty: undefined };
  if (qty === ZERO) throw paramError("Qty invalid");
  return { qty: undefined, quoteQty: qty };
}

function readTrigger(call: Call, listed: Listed, params: Params, side: Side): Trigger | undefined {
  const price = params.decimal("triggerPrice");
  const isSpot = listed.category === "spot";
  const filter = params.word("orderFilter", ["Order", "StopOrder", "tpslOrder"], "Order");
  if (price === undefined || price === ZERO) {
    if (isSpot && filter !== "Order") throw paramError("params error: triggerPrice is required");
    return undefined;
  }
  if (isSpot) {
    if (filter === "Order") throw paramError("params error: triggerPrice needs orderFilter StopOrder or tpslOrder");
    const last = call.venue.symbols.view(listed.key).last();
    return { price, rises: last === undefined ? side === "buy" : price > last, source: "last" };
  }
  const direction = params.whole("triggerDirection");
  if (direction !== 1 && direction !== 2) throw paramError("TriggerDirection invalid");
  const by = params.word("triggerBy", ["LastPrice", "MarkPrice", "IndexPrice"], "LastPrice");
  return { price, rises: direction === 1, source: by === "LastPrice" ? "last" : "mark" };
}

function positionSideOf(params: Params, isSpot: boolean): PositionSide {
  const index = params.whole("positionIdx") ?? 0;
  const found = POSITION_SIDES[index];
  if (found === undefined) throw paramError("position idx not match position mode");
  return isSpot ? "both" : found;
}
