/** One order takes: down the ladder of displayed and resting quantity, with self-trade prevention on the way. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Account } from "./account.ts";
import { type Amount, floorTo, least, ONE, over, ZERO } from "./amount.ts";
import type { FlowEnds } from "./flow_ends.ts";
import { worth } from "./instrument.ts";
import { type EndReason, isAlive, leavesOf, type Order, type OrderSpec } from "./order.ts";
import type { Slice } from "./resting_book.ts";

export interface TakerEnds {
  readonly ends: FlowEnds;
  fill(order: Order, price: Amount, qty: Amount, isMaker: boolean, tradeId: number): void;
  end(order: Order, status: "expired" | "prevented", reason: EndReason): void;
  nextTradeId(): number;
}

/** What an order would meet if it came now. */
export interface Reach {
  readonly meetsAny: boolean;
  readonly isEnough: boolean;
  /** In quote, of what is reached. */
  readonly cost: Amount;
  /** Of what is reached, in whole steps. */
  readonly qty: Amount;
}

export class TakerRun {
  constructor(readonly taker: TakerEnds) {}

  reach(
    account: Account,
    spec: Pick<OrderSpec, "symbol" | "side" | "type" | "price" | "qty" | "quoteQty" | "prevention">,
  ): Reach {
    const { symbols } = this.taker.ends;
    const instrument = symbols.instrument(spec.symbol);
    const limit = spec.type === "limit" ? spec.price : undefined;
    const isOther = (slice: Slice) => !this.#isOwn(account, slice) || spec.prevention === "none";
    const sum = (slices: readonly Slice[]) => {
      let qty = ZERO;
      let cost = ZERO;
      let isEnough = false;
      for (const slice of slices) {
        if (!isOther(slice)) {
          // It ends there, or loses a part: what lies behind is not reached in full.
          if (spec.prevention !== "expire-maker") break;
          continue;
        }
        const left =
          spec.quoteQty === undefined
            ? (spec.qty ?? ZERO) - qty
            : floorTo(over(spec.quoteQty - cost, worth(instrument, slice.price, ONE)), instrument.step);
        const got = least(left, slice.qty);
        qty += got;
        cost += worth(instrument, slice.price, got);
        isEnough = got === left;
        if (isEnough) break;
      }
      return { qty, cost, isEnough };
    };
    const slices = symbols.book(spec.symbol).ladder(spec.side, limit, (found) => sum(found).isEnough);
    return { meetsAny: slices.length > 0, ...sum(slices) };
  }

  /** Takes what the order may; afterwards it is filled, ended by prevention or a rule, or what is left is its caller's. */
  run(order: Order): void {
    const { ends } = this.taker;
    const account = ends.account(order.account);
    const reach = this.reach(account, order);
    if (order.postOnly && reach.meetsAny) return this.taker.end(order, "expired", "would-take");
    if (order.timeInForce === "fok" && !reach.isEnough) return this.taker.end(order, "expired", "unfillable");
    // An order by quote gets its quantity here, from what stands in the book.
    if (order.quoteQty !== undefined) order.qty = reach.qty;
    if (leavesOf(order) === ZERO) return this.taker.end(order, "expired", "no-liquidity");
    const limit = order.type === "limit" ? order.price : undefined;
    const book = ends.symbols.book(order.symbol);
    // An iceberg that has been served shows its next part elsewhere: the ladder is set up anew until nothing is met.
    for (let turn = 0; turn < 1_000 && isAlive(order); turn++) {
      const needed = leavesOf(order);
      const others = (found: readonly Slice[]) =>
        found.reduce((sum, slice) => (this.#isOwn(account, slice) ? sum : sum + slice.qty), ZERO);
      const slices = book.ladder(order.side, limit, (found) => others(found) >= needed);
      if (!this.#takeSlices(order, account, slices)) break;
    }
  }

  /** True when something was done. */
  #takeSlices(order: Order, account: Account, slices: readonly Slice[]): boolean {
    let did = false;
    for (const slice of slices) {
      if (!isAlive(order)) return did;
      const maker = slice.resting?.order;
      if (maker !== undefined && !isAlive(maker)) continue;
      const qty = this.#quantity(order, account, slice);
      if (qty <= ZERO) return did;
      if (maker !== undefined && order.prevention !== "none" && this.#isOwn(account, slice)) {
        this.#prevent(order, maker, qty);
        did = true;
        continue;
      }
      this.#meet(order, slice, qty);
      did = true;
    }
    return did;
  }

  #meet(order: Order, slice: Slice, qty: Amount): void {
    const { taker } = this;
    const tradeId = taker.nextTradeId();
    const maker = slice.resting?.order;
    let got = qty;
    if (maker?.reduceOnly === true) got = least(qty, taker.ends.closable(maker));
    if (got <= ZERO) return taker.end(maker as Order, "expired", "reduce-only");
    taker.fill(order, slice.price, got, false, tradeId);
    if (maker !== undefined) taker.fill(maker, slice.price, got, true, tradeId);
    taker.ends.symbols.book(order.symbol).took(order.side, slice, got);
    assert(order.filledQty > ZERO, Code.InvariantBroken);
  }

  #quantity(order: Order, account: Account, slice: Slice): Amount {
    const { ends } = this.taker;
    const instrument = ends.symbols.instrument(order.symbol);
    let qty = least(slice.qty, leavesOf(order));
    if (order.reduceOnly) qty = least(qty, ends.closable(order));
    const affordable = ends.settlement(instrument).affordable(account, instrument, order, slice.price);
    return affordable === undefined ? qty : least(qty, affordable);
  }

  #prevent(order: Order, maker: Order, qty: Amount): void {
    const { taker } = this;
    const { prevention } = order;
    if (prevention === "decrement") {
      order.preventedQty += qty;
      maker.preventedQty += qty;
      for (const each of [maker, order]) {
        if (leavesOf(each) === ZERO) taker.end(each, "prevented", "prevention");
        else this.#relock(each);
      }
      return;
    }
    if (prevention !== "expire-taker") taker.end(maker, "prevented", "prevention");
    if (prevention !== "expire-maker") taker.end(order, "prevented", "prevention");
  }

  /** What prevention took away needs no lock any more. */
  #relock(order: Order): void {
    const { ends } = this.taker;
    const instrument = ends.symbols.instrument(order.symbol);
    ends.settlement(instrument).lock(ends.account(order.account), instrument, order);
  }

  #isOwn(account: Account, slice: Slice): boolean {
    if (slice.resting === undefined) return false;
    return account.isSame(this.taker.ends.account(slice.resting.order.account));
  }
}
