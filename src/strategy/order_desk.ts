/** Turns order calls of one market handle into wishes: sizes and prices rounded, impossible arguments refused by name. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { pow10 } from "../core/decimal.ts";
import type { Instrument } from "../model/instrument.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { OrderOptions, Size } from "./api.ts";
import type { HostPort } from "./host_port.ts";
import { OrderHandle } from "./order_handle.ts";
import { plainText, roundToStep } from "./rounding.ts";

/** Told of calls that could not become a wish; delivered to `onReject` after the handler. */
export interface RefusalSink {
  refuse(code: Code, detail: string, order: OrderHandle | undefined): void;
}

const TIFS: Readonly<Record<string, TimeInForce>> = {
  gtc: TimeInForce.Gtc,
  ioc: TimeInForce.Ioc,
  fok: TimeInForce.Fok,
};
const WHY_UNITS_MAX = 256;

export class OrderDesk {
  readonly priceUnit: number;
  readonly qtyUnit: number;
  /** Live orders, oldest first. */
  readonly live: OrderHandle[] = [];
  readonly #wish = new TradingRecord();

  constructor(
    readonly port: HostPort,
    readonly refusals: RefusalSink,
    readonly orders: Map<number, OrderHandle>,
    readonly instance: number,
    readonly account: number,
    readonly instrument: Instrument,
  ) {
    assert(instance >= 1, Code.ValueOutOfRange); // 0 stands for orders by hand.
    this.priceUnit = pow10(instrument.priceScale);
    this.qtyUnit = pow10(instrument.qtyScale);
  }

  /** Queues a new order; a call that makes no sense gives a denied handle with id 0. */
  submit(side: Side, size: Size, options: OrderOptions, price: number, equity: number): OrderHandle {
    const name = side === Side.Buy ? "buy" : "sell";
    const why = typeof options?.why === "string" ? options.why.slice(0, WHY_UNITS_MAX) : "";
    const wish = this.#wish.reset(RecordKind.CommandPlace);
    wish.side = side;
    wish.text = why;
    const fault = this.#complete(wish, side, size, options, price, equity);
    if (fault !== undefined) return this.#refused(name, why, fault);
    return this.#queue(wish, name, why);
  }

  /** Queues a market order for exactly `qty` (a mantissa on the lot). */
  submitQty(side: Side, qty: number, why: string, reduceOnly: boolean): OrderHandle {
    assert(qty > 0 && qty % this.instrument.lot === 0, Code.ValueOutOfRange);
    const wish = this.#wish.reset(RecordKind.CommandPlace);
    wish.side = side;
    wish.text = why.slice(0, WHY_UNITS_MAX);
    wish.orderType = OrderType.Market;
    wish.timeInForce = TimeInForce.Ioc;
    wish.flags = reduceOnly ? OrderFlag.ReduceOnly : 0;
    wish.qty = qty;
    return this.#queue(wish, side === Side.Buy ? "buy" : "sell", wish.text);
  }

  cancel(order: OrderHandle, why: string): void {
    if (order.id === 0 || !order.live) return;
    this.port.cancel(order.id, this.instance, why.slice(0, WHY_UNITS_MAX));
  }

  amend(
    order: OrderHandle,
    change: { readonly price?: number | string; readonly size?: number | string },
    why: string,
  ): void {
    if (order.id === 0 || !order.live) return;
    let price = 0;
    let qty = 0;
    if (change.price !== undefined) {
      const read = roundToStep(change.price, this.instrument.priceScale, this.instrument.tick, order.side === "sell");
      if (read.code !== Code.Ok || read.mantissa === 0) {
        this.refusals.refuse(read.code, `amend price ${String(change.price)} is no positive price`, order);
        return;
      }
      price = read.mantissa;
    }
    if (change.size !== undefined) {
      const read = roundToStep(change.size, this.instrument.qtyScale, this.instrument.lot, false);
      if (read.code !== Code.Ok || read.mantissa === 0) {
        this.refusals.refuse(Code.StrategyOrderInvalid, `amend size ${String(change.size)} is no positive size`, order);
        return;
      }
      qty = read.mantissa;
    }
    this.port.amend(order.id, this.instance, price, qty, why.slice(0, WHY_UNITS_MAX));
  }

  /** Takes an order that has ended off the live list. */
  settle(order: OrderHandle): void {
    const at = this.live.indexOf(order);
    if (at >= 0) this.live.splice(at, 1);
  }

  /** Fills type, price and quantity; answers what is wrong, if anything. */
  #complete(
    wish: TradingRecord,
    side: Side,
    size: Size,
    options: OrderOptions,
    marketPrice: number,
    equity: number,
  ): string | undefined {
    const { instrument } = this;
    if (wish.text === "") return "`why` is missing: say in a few words what the order is for";
    let price = marketPrice;
    wish.orderType = OrderType.Market;
    wish.timeInForce = TimeInForce.Ioc;
    if (options.limit !== undefined) {
      const read = roundToStep(options.limit, instrument.priceScale, instrument.tick, side === Side.Sell);
      if (read.code !== Code.Ok || read.mantissa === 0) return `limit ${String(options.limit)} is no positive price`;
      wish.orderType = OrderType.Limit;
      wish.timeInForce = TimeInForce.Gtc;
      wish.price = read.mantissa;
      price = read.mantissa / this.priceUnit;
    }
    if (options.tif !== undefined) {
      const tif = TIFS[options.tif];
      if (tif === undefined) return `tif ${String(options.tif)} is none of gtc, ioc, fok`;
      wish.timeInForce = tif;
    }
    wish.flags = (options.postOnly === true ? OrderFlag.PostOnly : 0) | (options.reduceOnly ? OrderFlag.ReduceOnly : 0);
    const base = baseSize(size, price, equity);
    if (base === undefined) return "size needs one of base, quote, equity as a positive number";
    const read = roundToStep(base, instrument.qtyScale, instrument.lot, false);
    if (read.code !== Code.Ok) return `size ${String(base)} is no positive size`;
    wish.qty = read.mantissa;
    return undefined;
  }

  #queue(wish: TradingRecord, side: "buy" | "sell", why: string): OrderHandle {
    wish.instance = this.instance;
    wish.account = this.account;
    wish.instrument = this.instrument.id;
    wish.instrumentRevision = this.instrument.revision;
    const id = this.port.place(wish);
    const order = new OrderHandle(id, side, why, this);
    order.qty = wish.qty;
    order.size = wish.qty / this.qtyUnit;
    order.price = wish.price / this.priceUnit;
    if (id === 0) {
      order.status = "denied";
      this.refusals.refuse(Code.StrategyIntentsCapped, "too many orders in one step", order);
      return order;
    }
    this.orders.set(id, order);
    this.live.push(order);
    return order;
  }

  #refused(side: "buy" | "sell", why: string, fault: string): OrderHandle {
    const order = new OrderHandle(0, side, why, this);
    order.status = "denied";
    this.refusals.refuse(Code.StrategyOrderInvalid, fault, order);
    return order;
  }
}

/** The size in the base asset: text stays text where nothing has to be computed. */
function baseSize(size: Size, price: number, equity: number): number | string | undefined {
  if (size === null || typeof size !== "object") return undefined;
  if ("base" in size) return size.base;
  if (!(price > 0)) return undefined;
  if (!("quote" in size) && !("equity" in size)) return undefined;
  const amount = "quote" in size ? number(size.quote) : "equity" in size ? number(size.equity) * equity : Number.NaN;
  return plainText(amount / price);
}

function number(value: number | string): number {
  return typeof value === "number" ? value : Number(value); // number-ok: a size in quote or a share, rounded to the lot
}
