/**
 * Matches our orders against replayed market data that cannot react to them. Conservative where history is silent:
 *
 * - A taker order walks the displayed levels at its arrival; what it took stays taken until that level's size changes.
 * - A resting order waits behind what is displayed at its price when it arrives. Trades there use up the queue ahead
 *   first; a level that shrinks below the queue ahead shortens it (others are assumed to cancel behind us).
 * - A trade through our price, or an opposite best at or through it, fills us at our price, up to what traded or shows.
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
  side = 0;
  orderType = 0;
  timeInForce = 0;
  flags = 0;
  price = 0;
  qty = 0;
  cumQty = 0;
  /** Displayed quantity that must trade before us. */
  queueAhead = 0;
  /** Opposite displayed quantity at or through our price that has filled us already. */
  crossedQtyUsed = 0;
  resting = false;

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
  #takenNext = 0;

  constructor(
    readonly market: DisplayedMarket,
    readonly sink: MatcherSink,
  ) {}

  get restingCount(): number {
    return this.#resting.length;
  }

  resting(index: number): VenueOrder {
    return this.#resting[index] as VenueOrder;
  }

  /** An order arrives: takes what it may, then rests or expires. */
  arrive(order: VenueOrder): void {
    assert(order.qty > order.cumQty, Code.ValueOutOfRange);
    assert(!order.resting, Code.InvariantBroken);
    const postOnly = (order.flags & OrderFlag.PostOnly) !== 0;
    const opposite = order.side === Side.Buy ? Side.Sell : Side.Buy;
    const crosses = this.#within(order, this.market.priceAt(opposite, 0));
    if (postOnly && crosses) return this.sink.onExpire(order, Reject.WouldTake);
    const mustFill = order.timeInForce === TimeInForce.Fok;
    if (mustFill && this.#takeable(order, opposite) < order.leavesQty) {
      return this.sink.onExpire(order, Reject.Unfillable);
    }
    if (crosses) this.#take(order, opposite);
    if (order.leavesQty === 0) return;
    const rests = order.orderType === OrderType.Limit && order.timeInForce === TimeInForce.Gtc;
    if (!rests) return this.sink.onExpire(order, Reject.Unfillable);
    order.queueAhead = this.market.qtyOf(order.side, order.price);
    // What shows within its price has been taken, by it or by an order before it: it must not fill it once more.
    order.crossedQtyUsed = crosses ? this.#crossing(order) : 0;
    order.resting = true;
    this.#resting.push(order);
  }

  /** Takes a resting order out; false when it is not there any more. */
  remove(order: VenueOrder): boolean {
    const at = this.#resting.indexOf(order);
    if (at < 0) return false;
    this.#resting.splice(at, 1);
    order.resting = false;
    return true;
  }

  /** A smaller quantity keeps its place; anything else goes to the back, and may take. */
  amend(order: VenueOrder, price: number, qty: number): void {
    assert(order.resting, Code.InvariantBroken);
    assert(qty > order.cumQty, Code.ValueOutOfRange);
    if (price === order.price && qty <= order.qty) {
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
    let left = qty;
    for (let i = 0; i < this.#resting.length && left > 0; ) {
      const order = this.#resting[i] as VenueOrder;
      const through = order.side === Side.Buy ? price < order.price : price > order.price;
      if (order.side === takerSide || (price !== order.price && !through)) {
        i++;
        continue;
      }
      if (!through) {
        const waited = Math.min(order.queueAhead, left);
        order.queueAhead -= waited;
        left -= waited;
      }
      const filled = Math.min(order.leavesQty, left);
      left -= filled;
      if (filled > 0) this.#fillResting(order, filled);
      if (order.resting) i++;
    }
  }

  /** The displayed book changed: queues shorten, and what is crossed is filled. */
  onDisplayed(): void {
    if (!this.market.usable()) return;
    for (let i = 0; i < this.#resting.length; ) {
      const order = this.#resting[i] as VenueOrder;
      const shown = this.market.qtyOf(order.side, order.price);
      if (shown < order.queueAhead) order.queueAhead = shown;
      this.#fillCrossed(order);
      if (order.resting) i++;
    }
  }

  #fillCrossed(order: VenueOrder): void {
    const crossing = this.#crossing(order);
    if (crossing === 0) {
      order.crossedQtyUsed = 0;
      return;
    }
    const filled = Math.min(order.leavesQty, crossing - order.crossedQtyUsed);
    if (filled <= 0) return;
    order.crossedQtyUsed += filled;
    this.#fillResting(order, filled);
  }

  /** Opposite quantity that shows at or through the order's price. */
  #crossing(order: VenueOrder): number {
    const opposite = order.side === Side.Buy ? Side.Sell : Side.Buy;
    let total = 0;
    for (let depth = 0; ; depth++) {
      if (!this.#within(order, this.market.priceAt(opposite, depth))) return total;
      total += this.market.qtyAt(opposite, depth);
    }
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
    for (let i = 0; i < TAKEN_MAX; i++) {
      if (this.#takenPrice[i] !== price || this.#takenSide[i] !== side) continue;
      if (this.#takenShown[i] !== shown) continue;
      return Math.max(0, shown - (this.#takenQty[i] as number));
    }
    return shown;
  }

  #remember(side: number, price: number, shown: number, qty: number): void {
    for (let i = 0; i < TAKEN_MAX; i++) {
      if (this.#takenPrice[i] !== price || this.#takenSide[i] !== side) continue;
      const before = this.#takenShown[i] === shown ? (this.#takenQty[i] as number) : 0;
      this.#takenShown[i] = shown;
      this.#takenQty[i] = before + qty;
      return;
    }
    const at = this.#takenNext;
    this.#takenNext = (at + 1) % TAKEN_MAX;
    this.#takenSide[at] = side;
    this.#takenPrice[at] = price;
    this.#takenShown[at] = shown;
    this.#takenQty[at] = qty;
  }
}
