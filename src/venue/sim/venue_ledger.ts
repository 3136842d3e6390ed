/** The venue's own truth: orders by client id, trades, money and positions, in plain BigInt. It shares no arithmetic with ours. */

import { Reject } from "../../model/denial.ts";
import type { Instrument, InstrumentTable } from "../../model/instrument.ts";
import { InstrumentKind, Side } from "../../model/order.ts";
import { VenueOrderStatus } from "../../model/record.ts";

/** One order as the venue has it. Quantities and prices are mantissas of the instrument. */
export interface TruthOrder {
  readonly clientId: string;
  readonly instrument: number;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly flags: number;
  /** When it arrived. */
  readonly acceptedUs: number;
  /** Dense number in the venue's book. */
  readonly book: number;
  /** Newest first leg's id, renewed by replaces. */
  venueOrderId: string;
  price: number;
  qty: number;
  cumQty: number;
  status: VenueOrderStatus;
  reject: Reject;
  /** Last time that anything happened to it. */
  changedUs: number;
}

export interface TruthTrade {
  readonly id: string;
  readonly order: TruthOrder;
  /** The leg that traded. */
  readonly venueOrderId: string;
  readonly price: number;
  readonly qty: number;
  /** Of the order, after this trade. */
  readonly cumQty: number;
  readonly maker: boolean;
  readonly timeUs: number;
  /** At 10^-18 of the quote or settle asset. */
  readonly amount: bigint;
  readonly feeAsset: string;
  /** At 10^-18, positive = the account pays. */
  readonly fee: bigint;
}

/** What is held of a perpetual: signed quantity, and what the open part cost, at 10^-18. */
interface Held {
  qty: bigint;
  cost: bigint;
}

export interface FeeRates {
  /** In 10^-8 of the amount. */
  readonly maker: number;
  readonly taker: number;
  /** Asset of all fees; "" = what a spot order receives, as most venues do. */
  readonly asset: string;
}

/** Truth of one account. Every call is a fact at the venue; nothing here is ever taken back. */
export class VenueLedger {
  readonly orders = new Map<string, TruthOrder>();
  readonly trades: TruthTrade[] = [];
  /** What was asked for, in order of arrival: client ids of new orders, as often as they came. */
  readonly submissions: string[] = [];
  /** As `submissions`, of replaces: client id and attempt. */
  readonly replacements: string[] = [];
  /** Orders that may still trade, oldest first. */
  readonly live = new Set<TruthOrder>();
  readonly balances = new Map<string, bigint>();
  /** Signed money at 10^-18 that trading moved through each settle asset of perpetuals, fees apart. */
  readonly flows = new Map<string, bigint>();
  /** Base bought less sold less fees in it, at 10^-18: what trading has left of a spot instrument. */
  readonly #spotNet = new Map<number, bigint>();
  readonly #held = new Map<number, Held>();

  constructor(
    readonly instruments: InstrumentTable,
    readonly rates: FeeRates,
  ) {}

  move(asset: string, amount: bigint): void {
    // bigint-ok: the venue's truth must not share our arithmetic.
    this.balances.set(asset, (this.balances.get(asset) ?? 0n) + amount);
  }

  accept(order: TruthOrder): void {
    this.orders.set(order.clientId, order);
    this.live.add(order);
  }

  /** The order will not trade any more. */
  end(order: TruthOrder, status: VenueOrderStatus, reject: Reject, timeUs: number): void {
    order.status = status;
    order.reject = reject;
    order.changedUs = timeUs;
    this.live.delete(order);
  }

  /** A trade of `order`: counted, paid for, charged. */
  fill(order: TruthOrder, price: number, qty: number, maker: boolean, timeUs: number): TruthTrade {
    // bigint-ok: the venue's truth must not share our arithmetic.
    const instrument = this.#instrument(order.instrument);
    const scale = instrument.priceScale + instrument.qtyScale;
    const amount = BigInt(price) * BigInt(qty) * tenTo(18 - scale);
    const base = BigInt(qty) * tenTo(18 - instrument.qtyScale);
    const spot = instrument.kind === InstrumentKind.Spot;
    const received = spot && order.side === Side.Buy ? instrument.base : spot ? instrument.quote : instrument.settle;
    const feeAsset = this.rates.asset === "" ? received : this.rates.asset;
    const fee = feeOf(feeAsset === instrument.base ? base : amount, maker ? this.rates.maker : this.rates.taker);
    order.cumQty += qty;
    order.changedUs = timeUs;
    if (order.cumQty === order.qty) this.end(order, VenueOrderStatus.Filled, Reject.None, timeUs);
    const { venueOrderId, cumQty } = order;
    const id = `T${this.trades.length + 1}`;
    const trade = { id, order, venueOrderId, price, qty, cumQty, maker, timeUs, amount, feeAsset, fee };
    this.trades.push(trade);
    const sign = order.side === Side.Buy ? 1n : -1n;
    if (spot) {
      this.move(instrument.base, sign * base);
      this.move(instrument.quote, -sign * amount);
      const net = sign * base - (feeAsset === instrument.base ? fee : 0n);
      this.#spotNet.set(instrument.id, (this.#spotNet.get(instrument.id) ?? 0n) + net);
    } else {
      this.flows.set(instrument.settle, (this.flows.get(instrument.settle) ?? 0n) - sign * amount);
      this.#turn(instrument, sign * BigInt(qty), amount);
    }
    this.move(feeAsset, -fee);
    return trade;
  }

  /** Signed position in mantissas: of spot what trading has left, rounded down. */
  positionQty(instrument: number): number {
    // bigint-ok: the venue's truth must not share our arithmetic.
    const found = this.#instrument(instrument);
    if (found.kind !== InstrumentKind.Spot) return Number(this.#held.get(instrument)?.qty ?? 0n); // number-ok: an integer
    const unit = tenTo(18 - found.qtyScale);
    const net = this.#spotNet.get(instrument) ?? 0n;
    const whole = net / unit - (net < 0n && net % unit !== 0n ? 1n : 0n);
    return Number(whole); // number-ok: an integer of a mantissa's size
  }

  /** What the open part of a perpetual cost, at 10^-18, positive. */
  cost(instrument: number): bigint {
    return this.#held.get(instrument)?.cost ?? 0n; // bigint-ok: the venue's own truth
  }

  open(): TruthOrder[] {
    return [...this.live];
  }

  /** Locked by open spot orders, at 10^-18. */
  locked(asset: string): bigint {
    // bigint-ok: the venue's truth must not share our arithmetic.
    let sum = 0n;
    for (const order of this.live) {
      const { kind, base, quote, priceScale, qtyScale } = this.#instrument(order.instrument);
      if (kind !== InstrumentKind.Spot) continue;
      const left = BigInt(order.qty - order.cumQty);
      if (order.side === Side.Sell && base === asset) sum += left * tenTo(18 - qtyScale);
      if (order.side === Side.Buy && quote === asset) {
        sum += left * BigInt(order.price) * tenTo(18 - priceScale - qtyScale);
      }
    }
    return sum;
  }

  /** Average cost: what closes is realised at once, in the settle asset. */
  #turn(instrument: Instrument, qty: bigint, amount: bigint): void {
    // bigint-ok: the venue's truth must not share our arithmetic.
    const held = this.#held.get(instrument.id) ?? { qty: 0n, cost: 0n };
    this.#held.set(instrument.id, held);
    const closes = held.qty * qty < 0n;
    const size = abs(qty);
    const closed = closes ? lesser(size, abs(held.qty)) : 0n;
    if (closed > 0n) {
      const cost = (held.cost * closed) / abs(held.qty);
      const got = (amount * closed) / size;
      this.move(instrument.settle, held.qty > 0n ? got - cost : cost - got);
      held.cost -= cost;
      amount -= got;
    }
    held.qty += qty;
    held.cost = held.qty === 0n ? 0n : held.cost + (closed < size ? amount : 0n);
  }

  #instrument(id: number): Instrument {
    const found = this.instruments.get(id);
    if (found === undefined) throw new Error(`the venue does not list instrument ${id}`);
    return found;
  }
}

/** Half up in magnitude to 10^-8 of the asset, as venues state fees. */
function feeOf(amount: bigint, rate: number): bigint {
  // bigint-ok: the venue's truth must not share our arithmetic.
  const step = 10_000_000_000n;
  const exact = amount * BigInt(Math.abs(rate));
  const unit = 100_000_000n * step;
  const whole = (2n * exact + unit) / (2n * unit);
  return (rate < 0 ? -1n : 1n) * whole * step;
}

function tenTo(power: number): bigint {
  // bigint-ok: the venue's truth must not share our arithmetic.
  let value = 1n;
  for (let n = 0; n < power; n++) value *= 10n;
  return value;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value; // bigint-ok: the venue's own truth
}

function lesser(a: bigint, b: bigint): bigint {
  return b > a ? a : b; // bigint-ok: the venue's own truth
}
