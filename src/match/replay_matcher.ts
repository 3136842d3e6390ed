/**
 * Matches our orders against replayed market data that cannot react to them. Conservative where history is silent:
 *
 * - A taker order walks the displayed levels at its arrival; what it took stays taken until that level's size changes.
 * - A resting order waits behind what is displayed at its price when it arrives. Trades there use up the queue ahead
 *   first; a level that shrinks below the queue ahead shortens it (others are assumed to cancel behind us).
 * - A trade through our price, or an opposite best at or through it, fills us at our price, up to what traded or shows.
 * - Our own orders are served by price, then time; what one of them got, the others do not get again.
 * - A level that cannot be seen (deeper than what shows) has an endless queue until it is seen.
 * - While there is no market to see at all, what arrives expires: at a venue it might have taken at once.
 *
 * Honest limits: no impact of ours on others, no hidden size, feed latency zero (venue time is our receive time).
 */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Reject } from "../model/denial.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import type { DisplayedMarket } from "./displayed.ts";

/** One order at the simulated venue. Pooled by its owner; numbers only. */
export class VenueOrder {
  order = 0;
  instrument = 0;
  /** The venue's own id, renewed by a replace. */
  venueOrderId = "";
  side = 0;
  leg = 0;
  orderType = 0;
  timeInForce = 0;
  flags = 0;
  price = 0;
  qty = 0;
  cumQty = 0;
  /** Displayed quantity that must trade before us; Infinity while nobody can see it. */
  queueAhead = 0;
  /** Opposite displayed quantity at or through our price that has filled us already. */
  crossedQtyUsed = 0;
  resting = false;
  /** How it ended, a RecordKind; 0 while it lives. */
  endKind = 0;

  get leavesQty(): number {
    return this.qty - this.cumQty;
  }
}

/** Told of what happens, at once. `done` reasons are Reject codes; None = rests. */
export interface MatcherSink {
  onFill(order: VenueOrder, price: number, qty: number, maker: boolean): void;
  onExpire(order: VenueOrder, reason: Reject): void;
}

const TAKEN_MAX = 256;

/** Matcher of one instrument. */
export class ReplayMatcher {
  readonly #resting: VenueOrder[] = [];
  /** Levels that we have eaten from: side, price, displayed size when eaten, quantity eaten. */
  readonly #takenSide = new Uint8Array(TAKEN_MAX);
  readonly #takenPrice = new Float64Array(TAKEN_MAX);
  readonly #takenShown = new Float64Array(TAKEN_MAX);
  readonly #takenQty = new Float64Array(TAKEN_MAX);
  #takenCount = 0;

  constructor(
    readonly market: DisplayedMarket,
    readonly sink: MatcherSink,
  ) {}

  get restingCount(): number {
    return this.#resting.length;
  }

  /** True while it must be told of the market: orders rest, or eaten levels wait for their next size. */
  get wantsMarket(): boolean {
    return this.#resting.length > 0 || this.#takenCount > 0;
  }

  resting(index: number): VenueOrder {
    return this.#resting[index] as VenueOrder;
  }

  /** An order arrives: takes what it may, then rests or expires. */
  arrive(order: VenueOrder): void {
    assert(order.qty > order.cumQty, Code.ValueOutOfRange);
    assert(!order.resting, Code.InvariantBroken);
    const rests = order.orderType === OrderType.Limit && order.timeInForce === TimeInForce.Gtc;
    if (!this.market.usable()) {
      return this.sink.onExpire(order, rests ? Reject.MarketClosed : Reject.Unfillable);
    }
    this.#forgetChanged();
    const postOnly = (order.flags & OrderFlag.PostOnly) !== 0;
    const opposite = order.side === Side.Buy ? Side.Sell : Side.Buy;
    const crosses = this.#within(order, this.market.priceAt(opposite, 0));
    if (postOnly && crosses) return this.sink.onExpire(order, Reject.WouldTake);
    const mustFill = order.timeInForce === TimeInForce.Fok;
    if (mustFill && this.#takeable(order, opposite) < order.leavesQty) {
      return this.sink.onExpire(order, Reject.Unfillable);
    }
    const cumQtyBefore = order.cumQty;
    if (crosses) this.#take(order, opposite);
    if (order.leavesQty === 0) return;
    if (!rests) return this.sink.onExpire(order, Reject.Unfillable);
    order.queueAhead = this.market.qtyOf(order.side, order.price);
    // What it has just taken still shows.
    order.crossedQtyUsed = order.cumQty - cumQtyBefore;
    this.#rest(order);
  }

  /**
   * An order that rested before the venue began anew stands at the back of its queue. What lies at or through its price
   * by now fills it as a maker at the next `onDisplayed`: it was there first.
   */
  resume(order: VenueOrder): void {
    assert(this.market.usable() && order.leavesQty > 0, Code.InvariantBroken);
    assert(!order.resting, Code.InvariantBroken);
    order.queueAhead = this.market.qtyOf(order.side, order.price);
    order.crossedQtyUsed = 0;
    this.#rest(order);
  }

  /** Takes a resting order out; false when it is not there any more. */
  remove(order: VenueOrder): boolean {
    const at = this.#resting.indexOf(order);
    if (at < 0) return false;
    this.#resting.splice(at, 1);
    order.resting = false;
    return true;
  }

  /** True when `amend` would leave the order in its place. */
  keepsPlace(order: VenueOrder, price: number, qty: number): boolean {
    return price === order.price && qty <= order.qty;
  }

  /** A smaller quantity keeps its place; anything else goes to the back, and may take. */
  amend(order: VenueOrder, price: number, qty: number): void {
    assert(order.resting, Code.InvariantBroken);
    assert(qty > order.cumQty, Code.ValueOutOfRange);
    if (this.keepsPlace(order, price, qty)) {
      order.qty = qty;
      return;
    }
    this.remove(order);
    order.price = price;
    order.qty = qty;
    this.arrive(order);
  }

  /** A public trade: `takerSide` took `qty` at `price`. */
  onTrade(price: number, qty: number, takerSide: number): void {
    assert(price > 0 && qty > 0, Code.ValueOutOfRange);
    // Strangers ahead of one of our orders are ahead of the next one too: only what we got ourselves is used up.
    let left = qty;
    for (let i = 0; i < this.#resting.length && left > 0; ) {
      const order = this.#resting[i] as VenueOrder;
      const through = order.side === Side.Buy ? price < order.price : price > order.price;
      if (order.side === takerSide || (price !== order.price && !through)) {
        i++;
        continue;
      }
      const waited = through ? 0 : Math.min(order.queueAhead, left);
      order.queueAhead -= waited;
      const filled = Math.min(order.leavesQty, left - waited);
      left -= filled;
      if (filled > 0) this.#fillResting(order, filled);
      if (order.resting) i++;
    }
  }

  /** The displayed book changed: queues shorten, and what is crossed is filled. */
  onDisplayed(): void {
    if (!this.market.usable()) return;
    this.#forgetChanged();
    for (let i = 0; i < this.#resting.length; ) {
      const order = this.#resting[i] as VenueOrder;
      const shown = this.market.qtyOf(order.side, order.price);
      if (shown < order.queueAhead) order.queueAhead = shown;
      this.#fillCrossed(order);
      if (order.resting) i++;
    }
  }

  #fillCrossed(order: VenueOrder): void {
    const opposite = order.side === Side.Buy ? Side.Sell : Side.Buy;
    let crossing = 0;
    for (let depth = 0; ; depth++) {
      const price = this.market.priceAt(opposite, depth);
      if (price === 0 || !this.#within(order, price)) break;
      crossing += this.market.qtyAt(opposite, depth);
    }
    if (crossing === 0) {
      order.crossedQtyUsed = 0;
      return;
    }
    const wanted = Math.min(order.leavesQty, crossing - order.crossedQtyUsed);
    let filled = 0;
    for (let depth = 0; filled < wanted; depth++) {
      const price = this.market.priceAt(opposite, depth);
      if (!this.#within(order, price)) break;
      const shown = this.market.qtyAt(opposite, depth);
      const qty = Math.min(wanted - filled, this.#leftAt(opposite, price, shown));
      if (qty <= 0) continue;
      this.#remember(opposite, price, shown, qty);
      filled += qty;
    }
    if (filled === 0) return;
    order.crossedQtyUsed += filled;
    this.#fillResting(order, filled);
  }

  /** By price, then time; the sides lie among each other, as no rule joins them. */
  #rest(order: VenueOrder): void {
    assert(order.leavesQty > 0, Code.InvariantBroken);
    let at = this.#resting.length;
    for (; at > 0; at--) {
      const before = this.#resting[at - 1] as VenueOrder;
      const worse = order.side === Side.Buy ? before.price < order.price : before.price > order.price;
      if (before.side === order.side && !worse) break;
    }
    order.resting = true;
    this.#resting.splice(at, 0, order);
  }

  #fillResting(order: VenueOrder, qty: number): void {
    order.cumQty += qty;
    if (order.leavesQty === 0) this.remove(order);
    this.sink.onFill(order, order.price, qty, true);
  }

  /** Quantity that the order could take now. */
  #takeable(order: VenueOrder, opposite: number): number {
    if (!this.market.usable()) return 0;
    let total = 0;
    for (let depth = 0; total < order.leavesQty; depth++) {
      const price = this.market.priceAt(opposite, depth);
      if (!this.#within(order, price)) break;
      total += this.#leftAt(opposite, price, this.market.qtyAt(opposite, depth));
    }
    return total;
  }

  #take(order: VenueOrder, opposite: number): void {
    for (let depth = 0; order.leavesQty > 0; depth++) {
      const price = this.market.priceAt(opposite, depth);
      if (!this.#within(order, price)) break;
      const shown = this.market.qtyAt(opposite, depth);
      const qty = Math.min(order.leavesQty, this.#leftAt(opposite, price, shown));
      if (qty <= 0) continue;
      this.#remember(opposite, price, shown, qty);
      order.cumQty += qty;
      this.sink.onFill(order, price, qty, false);
    }
  }

  /** True when the order may trade at `price`. */
  #within(order: VenueOrder, price: number): boolean {
    if (price === 0 || !this.market.usable()) return false;
    if (order.orderType === OrderType.Market) return true;
    return order.side === Side.Buy ? price <= order.price : price >= order.price;
  }

  /** What is left of a displayed level after what we took from it, while it still shows the same size. */
  #leftAt(side: number, price: number, shown: number): number {
    const at = this.#takenAt(side, price);
    // A full table can remember no more: too little is taken rather than the same twice.
    if (at < 0) return this.#takenCount < TAKEN_MAX ? shown : 0;
    if (this.#takenShown[at] !== shown) return shown;
    return Math.max(0, shown - (this.#takenQty[at] as number));
  }

  #remember(side: number, price: number, shown: number, qty: number): void {
    assert(qty > 0 && qty <= shown, Code.ValueOutOfRange);
    let at = this.#takenAt(side, price);
    if (at >= 0 && this.#takenShown[at] === shown) {
      this.#takenQty[at] = (this.#takenQty[at] as number) + qty;
      return;
    }
    if (at < 0) {
      assert(this.#takenCount < TAKEN_MAX, Code.TableFull);
      at = this.#takenCount++;
    }
    this.#takenSide[at] = side;
    this.#takenPrice[at] = price;
    this.#takenShown[at] = shown;
    this.#takenQty[at] = qty;
  }

  #takenAt(side: number, price: number): number {
    for (let i = 0; i < this.#takenCount; i++) {
      if (this.#takenPrice[i] === price && this.#takenSide[i] === side) return i;
    }
    return -1;
  }

  /** A level that has changed is a new one, even when it has its old size again later. */
  #forgetChanged(): void {
    const isFull = this.#takenCount === TAKEN_MAX;
    for (let i = 0; i < this.#takenCount; ) {
      const shown = this.market.qtyOf(this.#takenSide[i] as number, this.#takenPrice[i] as number);
      // Out of sight, nothing says that it changed; but a table full of such levels must not end all trading.
      if (shown === this.#takenShown[i] || (shown === Number.POSITIVE_INFINITY && !isFull)) {
        i++;
        continue;
      }
      const last = --this.#takenCount;
      this.#takenSide[i] = this.#takenSide[last] as number;
      this.#takenPrice[i] = this.#takenPrice[last] as number;
      this.#takenShown[i] = this.#takenShown[last] as number;
      this.#takenQty[i] = this.#takenQty[last] as number;
    }
  }
}
