/** The life of an order in the core: checked, accepted, taking, resting, triggered, amended, ended; each step is told of. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Account } from "./account.ts";
import { type Amount, least, ZERO } from "./amount.ts";
import type { FlowEnds } from "./flow_ends.ts";
import { checkFilters, checkPrice, checkQty, type Instrument, worth } from "./instrument.ts";
import { type EndReason, isAlive, leavesOf, type Order, type OrderSpec, type Side } from "./order.ts";
import { Refusal } from "./refusal.ts";
import { TakerRun } from "./taker_run.ts";
import { followTrail, hasFired } from "./trigger.ts";
import type { Happening } from "./update.ts";

/** What a change of an order may change. */
export interface Amendment {
  readonly price?: Amount | undefined;
  /** The whole quantity, with what is filled. */
  readonly qty?: Amount | undefined;
  readonly clientId?: string | undefined;
}

export class OrderFlow {
  readonly #waiting = new Set<Order>();
  readonly #dated = new Set<Order>();
  readonly #taker: TakerRun;
  #nextOrderId: number;
  #nextTradeId: number;

  constructor(readonly ends: FlowEnds) {
    this.#nextOrderId = ends.rules.firstOrderId;
    this.#nextTradeId = ends.rules.firstTradeId;
    this.#taker = new TakerRun({
      ends,
      fill: (order, price, qty, isMaker, tradeId) => this.#fill(order, price, qty, isMaker, tradeId),
      end: (order, status, reason) => this.#end(order, status, reason, ""),
      nextTradeId: () => this.#nextTradeId++,
    });
  }

  /** Throws Refusal. */
  check(account: Account, spec: OrderSpec): void {
    const { rules, symbols, orders } = this.ends;
    const instrument = symbols.instrument(spec.symbol);
    const view = symbols.view(spec.symbol);
    checkFilters(instrument, spec, view.last());
    orders.checkClientId(account.name, spec.clientId);
    if (orders.openCount(account.name, spec.symbol) >= instrument.ordersMax) throw new Refusal("too-many-orders");
    const { trigger } = spec;
    if (trigger !== undefined) this.#checkTrigger(account, instrument, spec);
    const reach = this.#taker.reach(account, spec);
    if (trigger === undefined) {
      if (spec.postOnly === true && reach.meetsAny && rules.postOnlyThatTakes === "refuse")
        throw new Refusal("would-take");
      if (spec.timeInForce === "fok" && !reach.isEnough && rules.fokUnfilled === "refuse")
        throw new Refusal("unfillable");
      if (spec.type === "market" && !reach.meetsAny && rules.marketUnfilled === "refuse")
        throw new Refusal("no-liquidity");
    }
    const isSellByQuote = spec.quoteQty !== undefined && spec.side === "sell";
    const taken = isSellByQuote ? reach.qty : reach.cost;
    const cost = spec.type === "limit" ? this.#limitCost(instrument, spec) : taken;
    this.ends.settlement(instrument).check(account, instrument, spec, cost);
  }

  /** Throws Refusal. `isHeld`: it waits until `release` although it has no trigger. */
  place(account: Account, spec: OrderSpec, isHeld = false): Order {
    this.ends.orders.noteAsked(account.name, spec.clientId);
    const wanted = spec.closePosition === true && spec.trigger === undefined ? this.#closing(account, spec) : spec;
    this.check(account, wanted);
    const { rules, symbols, orders } = this.ends;
    const instrument = symbols.instrument(wanted.symbol);
    const order = this.#make(account, wanted, isHeld);
    this.ends.settlement(instrument).lock(account, instrument, order);
    orders.add(order);
    if (order.expireMs !== undefined && order.timeInForce === "gtd") this.#dated.add(order);
    this.#tell(order, "new");
    assert(order.id >= rules.firstOrderId, Code.InvariantBroken);
    if (order.status === "waiting") this.#waiting.add(order);
    else this.#work(order);
    return order;
  }

  release(order: Order): void {
    assert(order.status === "waiting", Code.InvariantBroken);
    this.#waiting.delete(order);
    order.status = "open";
    order.workingMs = this.ends.nowMs();
    order.updatedMs = order.workingMs;
    this.#tell(order, "triggered");
    this.#work(order);
  }

  cancel(order: Order, reason: EndReason, requestId: string): void {
    assert(isAlive(order), Code.InvariantBroken);
    this.#end(order, "canceled", reason, requestId);
  }

  expire(order: Order, reason: EndReason): void {
    assert(isAlive(order), Code.InvariantBroken);
    this.#end(order, "expired", reason, "");
  }

  /** Throws Refusal. */
  amend(account: Account, order: Order, change: Amendment): void {
    const { symbols, rules } = this.ends;
    const instrument = symbols.instrument(order.symbol);
    const price = change.price ?? order.price;
    const qty = change.qty ?? order.qty;
    if (order.type !== "limit") throw new Refusal("amend-kind");
    if (price === order.price && qty === order.qty) throw new Refusal("no-change");
    if (qty <= order.filledQty + order.preventedQty) throw new Refusal("amend-qty");
    checkPrice(instrument, price, order.side, symbols.view(order.symbol).last());
    checkQty(instrument, qty, "limit");
    if (change.clientId !== undefined) this.ends.orders.checkClientId(account.name, change.clientId);
    const wouldTake = order.postOnly && this.#taker.reach(account, { ...order, price, qty }).meetsAny;
    if (wouldTake && rules.postOnlyThatTakes === "refuse") throw new Refusal("would-take");
    this.#resize(account, instrument, order, price, qty);
    if (change.clientId !== undefined) this.ends.orders.rename(order, change.clientId);
  }

  onBook(symbol: string): void {
    const book = this.ends.symbols.book(symbol);
    if (book.count > 0) for (const hit of book.onBook()) this.#hit(hit.order, hit.qty);
    this.onPrice(symbol);
  }

  onTrade(symbol: string, price: Amount, qty: Amount, takerSide: Side): void {
    const book = this.ends.symbols.book(symbol);
    if (book.count > 0) for (const hit of book.onTrade(price, qty, takerSide)) this.#hit(hit.order, hit.qty);
    this.onPrice(symbol);
  }

  /** A watched price has moved: triggers look. */
  onPrice(symbol: string): void {
    for (const order of [...this.#waiting]) {
      const { trigger } = order;
      if (order.symbol !== symbol || trigger === undefined) continue;
      const price = this.ends.symbols.watched(symbol, trigger.source);
      if (price === undefined) continue;
      followTrail(trigger, price);
      if (hasFired(trigger, price)) this.#fire(order);
    }
  }

  expireOld(nowMs: number): void {
    for (const order of [...this.#dated]) {
      if (!isAlive(order)) this.#dated.delete(order);
      else if ((order.expireMs as number) <= nowMs) this.expire(order, "too-old");
    }
  }

  #fire(order: Order): void {
    const now = this.ends.nowMs();
    this.#waiting.delete(order);
    order.status = "open";
    order.triggeredMs = now;
    order.workingMs = now;
    order.updatedMs = now;
    this.#tell(order, "triggered");
    this.#work(order);
  }

  /** Takes what it may, then rests or ends. */
  #work(order: Order): void {
    this.#taker.run(order);
    if (!isAlive(order)) return;
    if (order.type === "limit" && (order.timeInForce === "gtc" || order.timeInForce === "gtd"))
      this.ends.symbols.book(order.symbol).add(order);
    else this.#end(order, "expired", order.type === "market" ? "no-liquidity" : "unfillable", "");
  }

  #resize(account: Account, instrument: Instrument, order: Order, price: Amount, qty: Amount): void {
    const { symbols } = this.ends;
    const settlement = this.ends.settlement(instrument);
    const before = { price: order.price, qty: order.qty };
    const keepsPlace = price === before.price && qty <= before.qty;
    order.price = price;
    order.qty = qty;
    try {
      settlement.lock(account, instrument, order);
      const grows = worth(instrument, price, qty) > worth(instrument, before.price, before.qty);
      if (grows && !settlement.canCarry(account, instrument)) throw new Refusal("margin");
    } catch (error) {
      Object.assign(order, before);
      throw error;
    }
    order.updatedMs = this.ends.nowMs();
    order.amendments++;
    this.#tell(order, "amended");
    if (keepsPlace || order.status === "waiting") return;
    symbols.book(order.symbol).remove(order);
    this.#work(order);
  }

  /** The public market has reached a resting order. */
  #hit(order: Order, qty: Amount): void {
    if (!isAlive(order)) return;
    const leaves = least(leavesOf(order), qty);
    const most = order.reduceOnly ? least(leaves, this.ends.closable(order)) : leaves;
    if (most > ZERO) this.#fill(order, order.price, most, true, this.#nextTradeId++);
  }

  #fill(order: Order, price: Amount, qty: Amount, isMaker: boolean, tradeId: number): void {
    assert(qty > ZERO && qty <= leavesOf(order), Code.InvariantBroken);
    const { symbols, orders, nowMs } = this.ends;
    const instrument = symbols.instrument(order.symbol);
    const settlement = this.ends.settlement(instrument);
    const account = this.ends.account(order.account);
    const timeMs = nowMs();
    const quote = worth(instrument, price, qty);
    const { assets, ...settled } = settlement.fill(account, instrument, order, { price, qty, quote, isMaker, timeMs });
    order.filledQty += qty;
    order.filledQuote += quote;
    order.updatedMs = timeMs;
    order.status = leavesOf(order) === ZERO ? "filled" : "part-filled";
    const { id: orderId, clientId, symbol, side, positionSide } = order;
    const common = { tradeId, orderId, account: account.name, clientId, symbol, side, positionSide };
    const fill = { ...common, price, qty, quote, ...settled, isMaker, timeMs };
    orders.addFill(fill);
    if (order.status === "filled") this.#close(order);
    const positions = instrument.kind === "spot" ? [] : [{ symbol, side: positionSide }];
    const about = { timeMs, account: account.name, cause: "order" as const, order, fill, assets, positions };
    this.ends.tell({ ...about, happening: "trade" });
    if (instrument.kind !== "spot") this.#dropReducers(account, symbol);
  }

  /** Reduce-only orders whose position is gone have nothing to do any more. */
  #dropReducers(account: Account, symbol: string): void {
    for (const order of this.ends.orders.open(account.name, symbol)) {
      if (!order.reduceOnly || order.closePosition || order.status === "waiting" || order.workingMs === 0) continue;
      if (this.ends.closable(order) === ZERO && this.ends.symbols.book(symbol).remove(order)) {
        this.#end(order, "expired", "reduce-only", "");
      }
    }
  }

  #end(order: Order, status: Order["status"], reason: EndReason, requestId: string): void {
    order.status = status;
    order.reason = reason;
    order.updatedMs = this.ends.nowMs();
    const wasLocked = order.locked > ZERO;
    this.#close(order);
    const happening: Happening = status === "canceled" || status === "prevented" ? status : "expired";
    const about = { account: order.account, cause: "order" as const, order, happening, requestId, positions: [] };
    this.ends.tell({ ...about, timeMs: order.updatedMs, assets: wasLocked ? [order.lockAsset] : [] });
  }

  #close(order: Order): void {
    this.ends.symbols.book(order.symbol).remove(order);
    this.#waiting.delete(order);
    this.#dated.delete(order);
    const instrument = this.ends.symbols.instrument(order.symbol);
    this.ends.settlement(instrument).release(this.ends.account(order.account), order);
    this.ends.orders.close(order);
  }

  #tell(order: Order, happening: Happening): void {
    const about = { timeMs: order.updatedMs, account: order.account, cause: "order" as const, order, positions: [] };
    this.ends.tell({ ...about, happening, assets: order.locked > ZERO ? [order.lockAsset] : [] });
  }

  #checkTrigger(account: Account, instrument: Instrument, spec: OrderSpec): void {
    const { symbols, orders, rules } = this.ends;
    const { trigger } = spec;
    if (trigger === undefined) return;
    const mine = orders.open(account.name, spec.symbol).filter((order) => order.status === "waiting");
    if (mine.length >= instrument.triggersMax) throw new Refusal("too-many-triggers");
    const price = symbols.watched(spec.symbol, trigger.source);
    const isBeyond = price !== undefined && trigger.trail === undefined && hasFired(trigger, price);
    if (isBeyond && rules.triggerBeyond === "refuse") throw new Refusal("would-trigger");
  }

  #limitCost(instrument: Instrument, spec: OrderSpec): Amount {
    return worth(instrument, spec.price as Amount, spec.qty ?? ZERO);
  }

  #closing(account: Account, spec: OrderSpec): OrderSpec {
    const { symbol, side, positionSide = "both" } = spec;
    const qty = this.ends.closable({ account: account.name, symbol, side, positionSide });
    if (qty === ZERO) throw new Refusal("reduce-only");
    return { ...spec, qty, reduceOnly: positionSide === "both" };
  }

  #make(account: Account, spec: OrderSpec, isHeld: boolean): Order {
    const id = this.#nextOrderId++;
    const now = this.ends.nowMs();
    const waits = spec.trigger !== undefined || isHeld;
    return {
      id,
      account: account.name,
      symbol: spec.symbol,
      side: spec.side,
      type: spec.type,
      timeInForce: spec.timeInForce,
      expireMs: spec.expireMs,
      postOnly: spec.postOnly ?? false,
      reduceOnly: spec.reduceOnly ?? false,
      closePosition: spec.closePosition ?? false,
      displayQty: spec.displayQty === ZERO ? undefined : spec.displayQty,
      trigger: spec.trigger === undefined ? undefined : { ...spec.trigger },
      prevention: spec.prevention,
      positionSide: spec.positionSide ?? "both",
      quoteQty: spec.quoteQty,
      tags: spec.tags ?? {},
      clientId: spec.clientId === "" ? this.ends.rules.clientIdOf(id) : spec.clientId,
      price: spec.price ?? ZERO,
      qty: spec.qty ?? ZERO,
      status: waits ? "waiting" : "open",
      reason: "none",
      filledQty: ZERO,
      filledQuote: ZERO,
      createdMs: now,
      updatedMs: now,
      workingMs: waits ? 0 : now,
      triggeredMs: 0,
      preventedQty: ZERO,
      amendments: 0,
      list: 0,
      locked: ZERO,
      lockAsset: "",
    };
  }
}
