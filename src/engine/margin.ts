/** What a balance has free: locks of open spot orders, initial margin of contracts and of what their orders could open. */

import { amountOf, amountsFit } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide, wideAdd, wideCmp, wideMulDivFloor, wideSub } from "../core/wide.ts";
import type { Listing } from "../ledger/listings.ts";
import type { Position } from "../ledger/position.ts";
import { Side } from "../model/order.ts";
import { valueAt } from "../model/value.ts";
import type { MarkSource } from "./conversion.ts";
import type { DurableState } from "./durable.ts";

/** Maintenance margin where the venue states none: half a per cent of the value, in 1/100 basis points. */
const MAINTENANCE_RATE = 5_000;
const RATE_UNIT = 1_000_000;
const LEVERAGE_UNIT = 100;

/** One balance at 10^-18 of its asset; the caller keeps one. */
export class FreeBalance {
  readonly total = new Wide();
  /** Of contracts that are settled in the asset, at the mark. */
  readonly unrealized = new Wide();
  /** Open spot orders: what buys would pay, what sells would give. */
  readonly orders = new Wide();
  readonly initialMargin = new Wide();
  readonly maintenanceMargin = new Wide();
  /** orders + initialMargin. */
  readonly locked = new Wide();
  /** total + unrealized − locked; may be negative. A profit that nobody can price counts as none, a margin as at entry. */
  readonly free = new Wide();
  /** Positions or market orders without a mark. */
  unpricedCount = 0;
}

export class Margins {
  readonly #value = new Wide();
  readonly #buys = new Wide();
  readonly #sells = new Wide();
  readonly #held = new Wide();

  constructor(
    readonly state: DurableState,
    readonly marks: MarkSource,
  ) {}

  /** Cross margin. O(open orders + positions), no allocation. */
  balance(account: number, asset: number, out: FreeBalance): FreeBalance {
    const { ledger, orders } = this.state;
    assert(account >= 0 && asset >= 0, Code.ValueOutOfRange);
    for (const sum of [out.unrealized, out.orders, out.initialMargin, out.maintenanceMargin]) sum.zero();
    out.unpricedCount = 0;
    ledger.cash(account, asset, out.total);
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if (orders.account(order) === account) this.#addOrder(out, order, asset);
    }
    const rows = ledger.rows();
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Position;
      const listing = row.account === account ? ledger.listing(row.instrument) : undefined;
      if (listing !== undefined && !listing.isSpot && listing.money === asset) this.#addPosition(out, row, listing);
    }
    wideAdd(out.locked, out.orders, out.initialMargin);
    wideSub(out.free, wideAdd(out.free, out.total, out.unrealized), out.locked);
    return out;
  }

  /** Fills initial and maintenance margin of one position alone, without orders. Zero for spot. */
  position(row: Readonly<Position>, initial: Wide, maintenance: Wide): void {
    initial.zero();
    maintenance.zero();
    const listing = this.state.ledger.listing(row.instrument);
    if (listing === undefined || listing.isSpot || row.holding.qty === 0) return;
    this.#valueOf(this.#held, row, listing);
    this.#initial(initial, this.#held, row.account, row.instrument);
    this.#maintenance(maintenance, this.#held, listing);
  }

  /** Spot orders lock what they would spend. Contract orders of which there is no position yet need their margin. */
  #addOrder(out: FreeBalance, order: number, asset: number): void {
    const { ledger, orders } = this.state;
    const instrument = orders.instrument(order);
    const listing = ledger.listing(instrument);
    if (listing === undefined) return;
    const isBuy = orders.side(order) === Side.Buy;
    if (!listing.isSpot) {
      if (listing.money !== asset) return;
      if (ledger.position(orders.account(order), instrument, orders.leg(order)) !== undefined) return;
      this.#orderValue(this.#value, order, listing, out);
      this.#initial(this.#held, this.#value, orders.account(order), instrument);
      this.#add(out, out.initialMargin, this.#held);
    } else if (isBuy && listing.money === asset) {
      this.#orderValue(this.#value, order, listing, out);
      this.#add(out, out.orders, this.#value);
    } else if (!isBuy && listing.base === asset) {
      if (!amountOf(this.#value, orders.leavesQty(order), listing.instrument.qtyScale)) out.unpricedCount++;
      else this.#add(out, out.orders, this.#value);
    }
  }

  /** The worst that the leg's open orders could make of the position: all buys, or all sells, filled. */
  #addPosition(out: FreeBalance, row: Readonly<Position>, listing: Listing): void {
    const { orders } = this.state;
    const { account, instrument, leg } = row;
    this.#buys.zero();
    this.#sells.zero();
    for (let order = orders.firstOpen(account, instrument); order !== 0; order = orders.nextOpen(order)) {
      if (orders.leg(order) !== leg) continue;
      const sum = orders.side(order) === Side.Buy ? this.#buys : this.#sells;
      this.#orderValue(this.#value, order, listing, out);
      this.#add(out, sum, this.#value);
    }
    const mark = this.marks.doubleMark(instrument);
    const { qty } = row.holding;
    if (qty !== 0 && mark === 0) out.unpricedCount++;
    this.#valueOf(this.#held, row, listing);
    this.#maintenance(this.#value, this.#held, listing);
    this.#add(out, out.maintenanceMargin, this.#value);
    if (qty !== 0 && mark !== 0) {
      // A long wants its value above its cost; of an inverse contract it is the other way round.
      if (qty > 0 !== row.isInverse) wideSub(this.#value, this.#held, row.cost);
      else wideSub(this.#value, row.cost, this.#held);
      this.#add(out, out.unrealized, this.#value);
    }
    // Along the position orders add to it; against it only what goes beyond zero does.
    const along = qty >= 0 ? this.#buys : this.#sells;
    const against = qty >= 0 ? this.#sells : this.#buys;
    this.#add(out, along, this.#held);
    wideSub(against, against, this.#held);
    const worst = wideCmp(along, against) >= 0 ? along : against;
    this.#initial(this.#value, worst, account, instrument);
    this.#add(out, out.initialMargin, this.#value);
  }

  /** At the mark; without one at what it cost. */
  #valueOf(out: Wide, row: Readonly<Position>, { instrument }: Listing): void {
    const { qty, qtyScale } = row.holding;
    assert(row.instrument === instrument.id, Code.InvariantBroken);
    const mark = this.marks.doubleMark(row.instrument);
    if (mark > 0 && valueAt(out, instrument, qty, mark, 2, instrument.priceScale, qtyScale)) return;
    out.set(row.cost);
  }

  /** Rest of the order at its price (the larger one of a pending replace); a market order at the mark. */
  #orderValue(out: Wide, order: number, { instrument }: Listing, balance: FreeBalance): void {
    const { orders } = this.state;
    const qty = orders.leavesQty(order);
    if (qty === 0) {
      out.zero(); // Not at the venue: held by us, or about to end.
      return;
    }
    const price = orders.priceMax(order);
    const mark = price > 0 ? 0 : this.marks.doubleMark(instrument.id);
    if (price > 0 ? valueAt(out, instrument, qty, price) : mark > 0 && valueAt(out, instrument, qty, mark, 2)) return;
    balance.unpricedCount++;
    out.zero();
  }

  /** What would leave the range of amounts (a mark gone mad, an order that is not ours) is counted, never added. */
  #add(out: FreeBalance, sum: Wide, amount: Wide): void {
    if (amountsFit(sum, amount)) wideAdd(sum, sum, amount);
    else out.unpricedCount++;
  }

  /** out = value / leverage, rounded up. */
  #initial(out: Wide, value: Wide, account: number, instrument: number): void {
    this.#share(out, value, LEVERAGE_UNIT, this.state.ledger.leverage(account, instrument));
  }

  #maintenance(out: Wide, value: Wide, { instrument }: Listing): void {
    this.#share(out, value, instrument.maintenanceRate ?? MAINTENANCE_RATE, RATE_UNIT);
  }

  #share(out: Wide, value: Wide, a: number, b: number): void {
    if (value.isZero()) {
      out.zero();
      return;
    }
    const fits = wideMulDivFloor(out, value, a, b);
    assert(fits && a <= b, Code.ValueOutOfRange);
    if (a !== b) wideAdd(out, out, ONE);
  }
}

/** 10^-18. */
const ONE: Readonly<Wide> = Object.freeze(new Wide().setInt(1));
