/** Rows of requests into what the core places: each field checked as OKX checks it. */

import { type Amount, amountOf, ZERO } from "../trading/amount.ts";
import type { OrderSpec, PositionSide, Prevention, Side } from "../trading/order.ts";
import type { OkxListing } from "./listings.ts";
import { OkxError, parameterError } from "./okx_error.ts";
import type { OkxVenue } from "./okx_venue.ts";

export type Row = Readonly<Record<string, unknown>>;

const ORDER_TYPES = ["market", "limit", "post_only", "fok", "ioc", "optimal_limit_ioc"] as const;
const TRADE_MODES = ["cash", "cross", "isolated"] as const;
const PREVENTIONS: Readonly<Record<string, Prevention>> = Object.freeze({
  cancel_maker: "expire-maker",
  cancel_taker: "expire-taker",
  cancel_both: "expire-both",
});
const POSITION_SIDES = ["net", "long", "short"] as const;
/** Fields that change what an order does and that the simulator does not know: better refused than left out. */
const NOT_SERVED = ["attachAlgoOrds", "pxUsd", "pxVol", "tpTriggerPx", "slTriggerPx", "banAmend"] as const;

/** Throws OkxError. */
export function readOrder(venue: OkxVenue, row: Row): OrderSpec {
  const listing = readListing(venue, row);
  for (const name of NOT_SERVED) if (isGiven(row[name])) throw parameterError(name);
  const ordType = word(row, "ordType", ORDER_TYPES);
  const common = readCommon(listing, row);
  const { side } = common;
  const isMarket = ordType === "market" || ordType === "optimal_limit_ioc";
  if (ordType === "optimal_limit_ioc" && listing.instType === "SPOT") throw parameterError("ordType");
  const size = decimal(row, "sz");
  const isByQuote = isMarket && listing.instType === "SPOT" && quoteUnit(row, side);
  const time = ordType === "fok" ? "fok" : ordType === "ioc" || isMarket ? "ioc" : "gtc";
  return {
    ...common,
    type: isMarket ? "market" : "limit",
    price: isMarket ? undefined : decimal(row, "px"),
    qty: isByQuote ? undefined : size,
    quoteQty: isByQuote ? size : undefined,
    timeInForce: time,
    postOnly: ordType === "post_only",
    clientId: clientIdOf(row, "clOrdId"),
    tags: { ...common.tags, ordType },
  };
}

/** What orders and algo orders have in common. Throws OkxError. */
export function readCommon(listing: OkxListing, row: Row) {
  const { instType, instId } = listing;
  const tdMode = word(row, "tdMode", TRADE_MODES);
  const isSpot = instType === "SPOT";
  if (isSpot && tdMode !== "cash") {
    throw new OkxError("51010", "You can't complete this request under your current account mode.");
  }
  if (!isSpot && tdMode === "cash") throw parameterError("tdMode");
  const side: Side = word(row, "side", ["buy", "sell"] as const);
  const mode = isGiven(row["stpMode"]) ? String(row["stpMode"]) : "cancel_maker";
  const prevention = Object.hasOwn(PREVENTIONS, mode) ? PREVENTIONS[mode] : undefined;
  if (prevention === undefined) throw parameterError("stpMode");
  const posSide = isGiven(row["posSide"]) ? word(row, "posSide", POSITION_SIDES) : "net";
  const tag = row["tag"] ?? "";
  if (typeof tag !== "string" || !/^[A-Za-z0-9]{0,16}$/.test(tag)) throw parameterError("tag");
  const tags = { tdMode, tag, stpMode: mode, tgtCcy: isGiven(row["tgtCcy"]) ? String(row["tgtCcy"]) : "" };
  // Of spot it is accepted, and means nothing.
  const reduceOnly = flag(row, "reduceOnly") && !isSpot;
  const positionSide: PositionSide = posSide === "net" || isSpot ? "both" : posSide;
  return { symbol: instId, side, prevention, positionSide, reduceOnly, tags };
}

/** By `instId`, or by the number that stands for it. Throws OkxError. */
export function readListing(venue: OkxVenue, row: Row): OkxListing {
  const { instId, instIdCode } = row;
  if (!isGiven(instId) && !isGiven(instIdCode)) throw parameterError("instId", true);
  const listing = isGiven(instId)
    ? venue.listing(String(instId))
    : venue.listings.find((each) => String(each.instIdCode) === String(instIdCode));
  if (listing !== undefined) return listing;
  throw new OkxError("51001", "Instrument ID, Instrument ID code or Spread ID doesn't exist.");
}

/** Above zero; throws OkxError. */
export function decimal(row: Row, name: string): Amount {
  const value = row[name];
  if (!isGiven(value)) throw parameterError(name, true);
  const found = amountOf(typeof value === "number" ? String(value) : value);
  if (found === undefined || found <= ZERO) throw parameterError(name);
  return found;
}

export function optionalDecimal(row: Row, name: string): Amount | undefined {
  return isGiven(row[name]) ? decimal(row, name) : undefined;
}

/** Empty when there is none; letters and digits only, at most 32. Throws OkxError. */
export function clientIdOf(row: Row, name: string): string {
  const value = row[name];
  if (!isGiven(value)) return "";
  if (typeof value === "string" && /^[A-Za-z0-9]{1,32}$/.test(value)) return value;
  throw parameterError(name);
}

export function word<T extends string>(row: Row, name: string, words: readonly T[]): T {
  const value = row[name];
  if (!isGiven(value)) throw parameterError(name, true);
  const found = words.find((each) => each === value);
  if (found === undefined) throw parameterError(name);
  return found;
}

export function flag(row: Row, name: string): boolean {
  const value = row[name];
  if (!isGiven(value) || value === false || value === "false") return false;
  if (value === true || value === "true") return true;
  throw parameterError(name);
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

/** A market buy counts quote unless it says otherwise, a market sell base. */
function quoteUnit(row: Row, side: Side): boolean {
  const unit = isGiven(row["tgtCcy"]) ? word(row, "tgtCcy", ["base_ccy", "quote_ccy"] as const) : undefined;
  return unit === undefined ? side === "buy" : unit === "quote_ccy";
}
