/** Turns order calls of one market handle into wishes: sizes and prices rounded, impossible arguments refused by name. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { InstrumentMarket } from "../market/instrument_market.ts";
import { DENIAL_TEXTS, Denial } from "../model/denial.ts";
import { hasLimitPrice, OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { LegLink, legsText, type OrderLeg } from "../model/order_legs.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { OrderOptions, OrderStatus, Size } from "./api.ts";
import type { HostPort } from "./host_port.ts";
import type { Listing } from "./listing.ts";
import { OrderHandle } from "./order_handle.ts";
import { type Fault, fillTerms, TERM_KEYS } from "./order_terms.ts";
import { decimalText, plainText, type Rounded, roundToStep } from "./rounding.ts";

/** The instance, as its desks see it. */
export interface DeskOwner {
  readonly id: number;
  /** False once the instance is stopped or paused: its calls go nowhere. Throws in setup, which only declares. */
  mayAct(): boolean;
  /** A call that could not become a wish: delivered to `onReject` after the handler. */
  refuse(code: Code, detail: string, hint: string, order: OrderHandle | undefined): void;
  /** A new order, which is followed from now on. */
  follow(order: OrderHandle): void;
}

const TIFS: Readonly<Record<string, TimeInForce>> = Object.freeze({
  gtc: TimeInForce.Gtc,
  ioc: TimeInForce.Ioc,
  fok: TimeInForce.Fok,
});
const OPTION_KEYS: readonly string[] = ["why", "limit", "tif", "postOnly", "reduceOnly", ...TERM_KEYS];
const SIZE_HINT = "one of { base }, { quote }, { equity }, a positive number or decimal text";
const WHY_UNITS_MAX = 256;

export type { Fault } from "./order_terms.ts";

export class OrderDesk {
  /** Live orders, oldest first. */
  readonly live: OrderHandle[] = [];
  /** What `target` and `flat` go on with when an order has ended. */
  onSettled: () => void = nothing;
  readonly #wish = new TradingRecord();

  constructor(
    readonly port: HostPort,
    readonly owner: DeskOwner,
    readonly account: number,
    readonly listing: Listing,
    readonly market: InstrumentMarket,
    /** Equity in the money of the market, for sizes that are a share of it. */
    readonly equity: () => number,
  ) {}

  /** Queues a new order. What makes no sense is refused: the handle has id 0 and is denied after the handler. */
  submit(side: Side, size: Size, options: OrderOptions): OrderHandle {
    const wish = this.#begin(side);
    const fault = this.#fillOptions(wish, options) ?? this.#fillSize(wish, size);
    return fault === undefined ? this.#queue(wish) : this.refuse(side, wish.text, fault);
  }

  /** Queues an order and what comes with it; answers all of their handles, the order's own first. */
  submitWith(
    side: Side,
    size: Size,
    options: OrderOptions,
    legs: readonly OrderLeg[],
    wrong: Fault | undefined,
  ): OrderHandle[] {
    const wish = this.#begin(side);
    const fault = wrong ?? this.#fillOptions(wish, options) ?? this.#fillSize(wish, size);
    if (fault !== undefined) return [this.refuse(side, wish.text || whyText(options?.why), fault)];
    wish.venueOrderId = legsText(legs);
    const first = this.#queue(wish);
    if (first.id === 0) return [first];
    return [first, ...legs.map((leg, at) => this.#followLeg(first, leg, first.id + 1 + at))];
  }

  /** The handle of an order that came with another one: it is held until its records say more. */
  #followLeg(first: OrderHandle, leg: OrderLeg, id: number): OrderHandle {
    assert(leg.link === LegLink.Child || leg.link === LegLink.Sibling, Code.ValueOutOfRange);
    const order = new OrderHandle(id, leg.side === Side.Buy ? "buy" : "sell", first.why, this);
    order.qty = leg.qty || first.qty;
    order.limitPrice = leg.price;
    this.owner.follow(order);
    this.live.push(order);
    return order;
  }

  /** Queues an order of `target` or `flat` for exactly `qty`, a mantissa on the lot. */
  submitTarget(side: Side, qty: number, options: OrderOptions): OrderHandle {
    assert(qty > 0 && qty % this.listing.instrument.lot === 0, Code.ValueOutOfRange);
    const wish = this.#begin(side);
    const fault = this.#fillOptions(wish, options);
    if (fault !== undefined) return this.refuse(side, wish.text, fault);
    wish.qty = qty;
    const order = this.#queue(wish);
    order.isTarget = true;
    return order;
  }

  cancel(order: OrderHandle, why: unknown): void {
    assert(order.desk === this, Code.InvariantBroken);
    if (!this.owner.mayAct() || order.id === 0 || !order.live) return;
    this.port.cancel(order.id, this.owner.id, whyText(why) || order.why);
  }

  amend(
    order: OrderHandle,
    change: { readonly price?: unknown; readonly size?: unknown; readonly stop?: unknown },
    why: unknown,
  ): void {
    assert(order.desk === this, Code.InvariantBroken);
    if (!this.owner.mayAct() || order.id === 0 || !order.live) return;
    const { instrument } = this.listing;
    const { price, size, stop } = isObject(change) ? change : {};
    const newPrice =
      price === undefined
        ? undefined
        : roundToStep(price, instrument.priceScale, instrument.tick, order.side === "sell");
    const newQty = size === undefined ? undefined : this.listing.qtyOf(size);
    const newStop =
      stop === undefined ? undefined : roundToStep(stop, instrument.priceScale, instrument.tick, order.side === "sell");
    const fault =
      newPrice === undefined && newQty === undefined && newStop === undefined
        ? (["amend names neither price nor size", "amend({ price }) or amend({ size })"] as const)
        : (valueFault("amend: price", price, newPrice, instrument.tick) ??
          valueFault("amend: size", size, newQty, instrument.lot) ??
          valueFault("amend: stop", stop, newStop, instrument.tick));
    if (fault !== undefined) return this.owner.refuse(Code.StrategyOrderInvalid, fault[0], fault[1], order);
    const text = whyText(why) || order.why;
    this.port.amend(
      order.id,
      this.owner.id,
      newPrice?.mantissa ?? 0,
      newQty?.mantissa ?? 0,
      text,
      newStop?.mantissa ?? 0,
    );
  }

  /** A handle for a call that was refused; nothing is sent. */
  refuse(side: Side, why: string, fault: Fault): OrderHandle {
    const order = new OrderHandle(0, side === Side.Buy ? "buy" : "sell", why, this);
    this.owner.refuse(Code.StrategyOrderInvalid, fault[0], fault[1], order);
    return order;
  }

  /** A handle for an order that lived before a restart. It counts as none of `target`: those begin anew. */
  adopt(record: Readonly<TradingRecord>, status: OrderStatus): OrderHandle {
    assert(record.order > 0 && record.qty > 0, Code.ValueOutOfRange);
    const order = new OrderHandle(record.order, record.side === Side.Buy ? "buy" : "sell", record.text, this);
    order.limitPrice = record.price;
    order.qty = record.qty;
    order.cumQty = Math.max(0, record.cumQty);
    order.status = status;
    this.live.push(order);
    return order;
  }

  /** Takes an order that has ended off the live list. */
  settle(order: OrderHandle): void {
    assert(!order.live, Code.InvariantBroken);
    const at = this.live.indexOf(order);
    if (at >= 0) this.live.splice(at, 1);
  }

  #begin(side: Side): TradingRecord {
    assert(this.owner.id >= 1, Code.ValueOutOfRange); // 0 stands for orders by hand.
    const wish = this.#wish.reset(RecordKind.CommandPlace);
    wish.side = side;
    wish.instance = this.owner.id;
    wish.account = this.account;
    wish.instrument = this.listing.instrument.id;
    wish.instrumentRevision = this.listing.instrument.revision;
    return wish;
  }

  /** Fills all but the quantity; answers what is wrong, if anything. */
  #fillOptions(wish: TradingRecord, options: OrderOptions): Fault | undefined {
    if (!isObject(options)) return ["the options are missing", '{ why: "…" } at least'];
    wish.text = whyText(options.why);
    if (wish.text === "") return ["`why` is missing", "say in a few words what the order is for"];
    for (const key of Object.keys(options)) {
      if (!OPTION_KEYS.includes(key)) return [`${key} is no option of an order`, `known: ${OPTION_KEYS.join(", ")}`];
    }
    const { limit, tif, postOnly, reduceOnly } = options;
    if (postOnly !== undefined && typeof postOnly !== "boolean") return ["postOnly is not true or false", ""];
    if (reduceOnly !== undefined && typeof reduceOnly !== "boolean") return ["reduceOnly is not true or false", ""];
    wish.flags = (postOnly === true ? OrderFlag.PostOnly : 0) | (reduceOnly === true ? OrderFlag.ReduceOnly : 0);
    wish.orderType = limit === undefined ? OrderType.Market : OrderType.Limit;
    wish.timeInForce = limit === undefined ? TimeInForce.Ioc : TimeInForce.Gtc;
    if (tif !== undefined) {
      if (!Object.hasOwn(TIFS, tif)) return [`tif ${show(tif)} is unknown`, "one of gtc, ioc, fok"];
      wish.timeInForce = TIFS[tif] as TimeInForce;
    }
    const fault = limit === undefined ? undefined : this.#fillLimit(wish, limit);
    return fault ?? fillTerms(wish, options, this.listing);
  }

  #fillLimit(wish: TradingRecord, limit: unknown): Fault | undefined {
    const { instrument } = this.listing;
    const read = roundToStep(limit, instrument.priceScale, instrument.tick, wish.side === Side.Sell);
    wish.price = read.mantissa;
    assert(wish.price % instrument.tick === 0, Code.InvariantBroken);
    return valueFault("limit", limit, read, instrument.tick);
  }

  /** A quantity that rounds to zero is well-formed and too small: the engine denies and journals it as such. */
  #fillSize(wish: TradingRecord, size: Size): Fault | undefined {
    const { instrument } = this.listing;
    const keys = isObject(size) ? Object.keys(size) : [];
    const unit = keys[0] ?? "";
    if (keys.length !== 1 || !["base", "quote", "equity"].includes(unit))
      return ["size needs one of base, quote, equity", SIZE_HINT];
    const value = (size as Record<string, unknown>)[unit];
    let read: Rounded;
    if (unit === "base") read = this.listing.qtyOf(value);
    else {
      const price = wish.price || wish.triggerPrice || this.#touch(wish.side);
      if (this.listing.isInverse) return [`size ${unit} of an inverse contract`, "so many contracts, as { base }"];
      if (price === 0) return [`size ${unit} needs a price, and there is none yet`, "wait for the first quote"];
      const amount = unit === "quote" ? value : this.#shareOfEquity(value);
      read = this.listing.qtyOfAmount(amount, price);
    }
    const fault = valueFault("size", value, read, 0);
    if (fault !== undefined) return fault;
    wish.qty = read.mantissa;
    assert(wish.qty % instrument.lot === 0, Code.InvariantBroken);
    if (wish.qty === 0) wish.code = Denial.QtyBelowMinimum;
    return undefined;
  }

  #shareOfEquity(share: unknown): string {
    const text = decimalText(share);
    return text === "" ? "" : plainText(Number(text) * this.equity()); // number-ok: a share; the lot rounds it anyway
  }

  /** What a market order would meet: the other side's best price, else the last trade. */
  #touch(side: number): number {
    const { askPrice, bidPrice, lastPrice } = this.market;
    return (side === Side.Buy ? askPrice : bidPrice) || lastPrice;
  }

  #queue(wish: TradingRecord): OrderHandle {
    assert(wish.text !== "" && wish.qty >= 0, Code.InvariantBroken);
    const side = wish.side === Side.Buy ? "buy" : "sell";
    assert(hasLimitPrice(wish.orderType) === wish.price > 0, Code.InvariantBroken);
    const id = this.owner.mayAct() ? this.port.place(wish) : 0;
    const order = new OrderHandle(id, side, wish.text, this);
    order.qty = wish.qty;
    order.limitPrice = wish.price;
    if (id === 0) {
      const denial = this.port.refusedAs?.() ?? Denial.None;
      const { meaning, hint } = DENIAL_TEXTS[denial];
      if (denial !== Denial.None) this.owner.refuse(Code.OrderDenied, `${Denial[denial]}: ${meaning}`, hint, order);
      else
        this.owner.refuse(Code.StrategyIntentsCapped, "too many orders in one step", "spread them over steps", order);
      return order;
    }
    this.owner.follow(order);
    this.live.push(order);
    return order;
  }
}

/** A value that did not round, or a price that rounded to nothing (`step` > 0: zero is not allowed). */
function valueFault(name: string, value: unknown, read: Rounded | undefined, step: number): Fault | undefined {
  if (read === undefined) return undefined;
  if (read.code === Code.StrategyOrderInvalid)
    return [`${name} ${show(value)} is no positive number`, "a number or decimal text"];
  if (read.code === Code.NumberRange) return [`${name} ${show(value)} is too large`, "check the unit"];
  if (step > 0 && read.mantissa === 0) return [`${name} ${show(value)} rounds to zero`, "it is below one step"];
  return undefined;
}

/** The reason as it goes into the journal; "" when there is none. */
export function whyText(why: unknown): string {
  return typeof why === "string" ? why.trim().slice(0, WHY_UNITS_MAX) : "";
}

function show(value: unknown): string {
  return isObject(value) ? `{ ${Object.keys(value).slice(0, 5).join(", ")} }` : String(value).slice(0, 40);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function nothing(): void {}
