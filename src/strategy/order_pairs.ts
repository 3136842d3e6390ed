/** `bracket` and `oco`: orders that are placed together, and know of each other from the first record on. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { LegLink, type OrderLeg } from "../model/order_legs.ts";
import { TradingRecord } from "../model/record.ts";
import type { Bracket, BracketOptions, OcoOptions, OrderOptions, Pair, Size } from "./api.ts";
import type { OrderDesk } from "./order_desk.ts";
import { type Fault, fillHeld, fillTrail, fillTrigger } from "./order_terms.ts";
import { roundToStep } from "./rounding.ts";

const BRACKET_KEYS: readonly string[] = ["stop", "trail", "takeProfit", "triggerBy", "onOutage"];
const OCO_KEYS: readonly string[] = ["why", "limit", "stop", "trail", "reduceOnly", "triggerBy", "onOutage"];

/** The entry and its exits; exits are held until it fills, and follow its fills. */
export function placeBracket(desk: OrderDesk, side: "buy" | "sell", size: Size, options: BracketOptions): Bracket {
  const entrySide = side === "sell" ? Side.Sell : Side.Buy;
  const { entry, exits } = split(options);
  const legs: OrderLeg[] = [];
  const { stop, trail, takeProfit } = exits;
  const exitSide = entrySide === Side.Buy ? Side.Sell : Side.Buy;
  const hasStop = stop !== undefined || trail !== undefined;
  let fault: Fault | undefined =
    stop !== undefined && trail !== undefined ? ["a bracket has one stop", "stop or trail, not both"] : undefined;
  if (!hasStop && takeProfit === undefined) fault = ["a bracket without exits", "stop, trail or takeProfit"];
  if (fault === undefined && hasStop) fault = addStop(desk, legs, exitSide, LegLink.Child, exits, true);
  if (fault === undefined && takeProfit !== undefined) fault = addLimit(desk, legs, exitSide, takeProfit);
  const orders = desk.submitWith(entrySide, size, entry as unknown as OrderOptions, legs, fault);
  assert(orders.length >= 1, Code.InvariantBroken);
  const [first, second, third] = orders;
  return {
    entry: first as Bracket["entry"],
    stop: hasStop ? second : undefined,
    takeProfit: hasStop ? third : second,
  };
}

/** A limit order and a stop of the same side: one cancels the other. */
export function placeOco(desk: OrderDesk, side: "buy" | "sell", size: Size, options: OcoOptions): Pair {
  const orderSide = side === "sell" ? Side.Sell : Side.Buy;
  const given = typeof options === "object" && options !== null ? options : ({} as OcoOptions);
  const { why, limit, reduceOnly } = given;
  const unknown = Object.keys(given).find((key) => !OCO_KEYS.includes(key));
  let fault: Fault | undefined;
  if (unknown !== undefined) fault = [`${unknown} is no option of oco`, `known: ${OCO_KEYS.join(", ")}`];
  else if (limit === undefined) fault = ["oco needs a limit", "{ limit, stop } or { limit, trail }"];
  else if ((given.stop === undefined) === (given.trail === undefined)) {
    fault = ["oco needs one of stop and trail", "{ limit, stop } or { limit, trail }"];
  }
  const legs: OrderLeg[] = [];
  if (fault === undefined) fault = addStop(desk, legs, orderSide, LegLink.Sibling, given, reduceOnly !== false);
  const first = { why, ...(limit === undefined ? {} : { limit }), reduceOnly: reduceOnly !== false };
  const orders = desk.submitWith(orderSide, size, first, legs, fault);
  return { limit: orders[0] as Pair["limit"], stop: orders[1] };
}

function split(options: BracketOptions): { entry: Record<string, unknown>; exits: Partial<BracketOptions> } {
  const entry: Record<string, unknown> = {};
  const exits: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options ?? {})) (BRACKET_KEYS.includes(key) ? exits : entry)[key] = value;
  return { entry, exits: exits as Partial<BracketOptions> };
}

function addStop(
  desk: OrderDesk,
  legs: OrderLeg[],
  side: Side,
  link: LegLink,
  options: Partial<BracketOptions>,
  reduceOnly: boolean,
): Fault | undefined {
  const { instrument } = desk.listing;
  const wish = new TradingRecord();
  wish.side = side;
  wish.flags = reduceOnly ? OrderFlag.ReduceOnly : 0;
  const fault =
    options.trail === undefined
      ? fillTrigger(wish, "stop", options.stop, instrument, OrderType.StopMarket)
      : fillTrail(wish, options.trail, instrument);
  if (fault !== undefined) return fault;
  const held = fillHeld(wish, options);
  const { orderType, flags, triggerPrice, triggerBy, trailOffset } = wish;
  const rest = { timeInForce: TimeInForce.Gtc, qty: 0, price: 0, expireUs: 0 };
  legs.push({ link, side, orderType, flags, triggerPrice, triggerBy, trailOffset, ...rest });
  return held;
}

function addLimit(desk: OrderDesk, legs: OrderLeg[], side: Side, limit: unknown): Fault | undefined {
  const { instrument } = desk.listing;
  const read = roundToStep(limit, instrument.priceScale, instrument.tick, side === Side.Sell);
  if (read.code !== Code.Ok || read.mantissa === 0) {
    return [`takeProfit ${String(limit).slice(0, 40)} is no price`, "a positive number or decimal text"];
  }
  const rest = { timeInForce: TimeInForce.Gtc, qty: 0, triggerPrice: 0, triggerBy: 0, trailOffset: 0, expireUs: 0 };
  const flags = OrderFlag.ReduceOnly;
  legs.push({ link: LegLink.Child, side, orderType: OrderType.Limit, flags, price: read.mantissa, ...rest });
  return undefined;
}
