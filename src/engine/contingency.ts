/** decide for families of orders: children follow their parent's fills, siblings end each other, whatever comes between. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Denial } from "../model/denial.ts";
import { isPassing } from "../model/held_rules.ts";
import { isExposed, isHeld, isTerminal, OrderFlag, OrderState, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { OrderTable } from "../oms/order_table.ts";
import { type Decider, TOO_LARGE } from "./decider.ts";
import { ENTRY_UNFILLED, LostExits } from "./lost_exits.ts";
import type { Recorder, RecordListener } from "./recorder.ts";

/** How often what waits is looked at. */
const RETRY_US = 100_000;
/** How long an order is left alone after a refusal. */
const AGAIN_US = 1_000_000;
/** How long a cancelled order may still live on in the new leg of an amend that was not answered. */
const REVIVE_US = 10_000_000;
/** Pairs are (account, instrument) as one number. */
const PAIR = 1_048_576;

/**
 * Idempotent, and without a memory that matters: all that it acts on is in D, so that it goes on after a restart where it
 * stood. After each record of a family its market is gone through once; what must wait is looked at again with time.
 */
export class Contingency implements RecordListener {
  /** May this held order be sent now? Readiness plugs in here; unknown means yes. */
  isAwake: (order: number) => boolean = always;
  /** May an order take the next number now? Not while numbers are promised to strategies whose wishes wait. */
  mayNumber: () => boolean = always;
  /** Exits that are to be made again. */
  readonly lost: LostExits;
  /** Families to look at, and those that wait for something that makes no record. */
  readonly #touched = new Set<number>();
  readonly #waiting = new Set<number>();
  /** When a parent's rest, or an order's amend, may be tried again. */
  readonly #againUs = new Map<number, number>();
  /** When a cancel that the gate or the venue refused may be asked for again. */
  readonly #cancelAgainUs = new Map<number, number>();
  /** When an order was first seen ended with an amend that the venue has not answered. */
  readonly #endedUs = new Map<number, number>();
  readonly #numbers: number[] = [];
  /** Parents whose exit is done and whose rest may have to be closed. */
  readonly #parents = new Set<number>();
  readonly #record = new TradingRecord();
  readonly #wish = new TradingRecord();
  #retryDueUs = 0;

  constructor(
    readonly recorder: Recorder,
    readonly decider: Decider,
  ) {
    this.lost = new LostExits({
      recorder,
      decider,
      mayNumber: () => this.mayNumber(),
      holdBack: (order, untilUs) => void this.#againUs.set(order, untilUs),
    });
  }

  /** Notes which families the record concerns; acts later, when the handlers have returned. */
  onRecord(record: Readonly<TradingRecord>): void {
    const { orders } = this;
    if (record.order === 0 || !orders.has(record.order)) return;
    this.lost.onRecord(record);
    if (isRefusal(record.kind)) this.#noteRefusal(record.order);
    if (record.kind === RecordKind.OrderReplaced) this.#endedUs.delete(record.order);
    if (isRefusedCancel(record.kind)) this.#delay(record.order, this.#cancelAgainUs);
    if (!orders.held.isLinked(record.order)) return;
    this.#touched.add(this.#pairOf(record.order));
    if (record.kind !== RecordKind.OrderFilled && record.kind !== RecordKind.FillBusted) return;
    // A parent may fill after its exit was done, or while it was on its way; it may have ended itself by then. And a fill
    // of the exit itself may be taken back.
    this.#noteRest(record.order);
    this.#noteRest(orders.held.parent(record.order));
  }

  #noteRest(order: number): void {
    const { orders } = this;
    if (order !== 0 && orders.has(order) && orders.held.isExitDone(order)) this.#parents.add(order);
  }

  /** An exit that could not leave is held again; an amend was refused. */
  #noteRefusal(order: number): void {
    const { orders } = this;
    const isHeldAgain = isHeld(orders.state(order)) && this.#isFired(order);
    if (isHeldAgain) this.#wait(order);
    if (isHeldAgain || (!isTerminal(orders.state(order)) && orders.held.isLinked(order))) this.#delay(order);
  }

  get isBusy(): boolean {
    return this.#touched.size > 0;
  }

  /** All families are to be looked at: after a restart. */
  recover(): void {
    const { orders } = this;
    this.lost.recover();
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) this.#touch(order);
    for (let order = orders.firstHeldAll(); order !== 0; order = orders.nextHeldAll(order)) this.#touch(order);
    for (let order = orders.firstEnded(); order !== 0; order = orders.nextEnded(order)) {
      if (orders.held.isParent(order) && orders.held.isExitDone(order)) this.#parents.add(order);
    }
  }

  /** Acts on what was noted; what it emits is noted in turn. */
  act(): void {
    if (this.recorder.nowUs >= this.#retryDueUs && this.#waiting.size > 0) {
      this.#retryDueUs = this.recorder.nowUs + RETRY_US;
      for (const pair of this.#waiting) this.#touched.add(pair);
      this.#waiting.clear();
    }
    this.lost.act();
    while (this.#touched.size > 0) {
      for (const pair of this.#touched) {
        this.#touched.delete(pair);
        this.#actOn(Math.floor(pair / PAIR), pair % PAIR);
      }
    }
    for (const parent of this.#parents) if (this.#closeRest(parent)) this.#parents.delete(parent);
  }

  /**
   * A held order is to be sent. `fired`: its condition came true, and so its siblings at the venue are cancelled first and
   * their end is waited for, unless the venue itself keeps both from filling. That it fired is kept, wherever the price
   * goes until then. Not fired: it goes to rest at the venue, and waits its turn.
   */
  go(order: number, fired: boolean, why: string): void {
    const { orders } = this;
    const { held } = orders;
    assert(isHeld(orders.state(order)), Code.IllegalTransition);
    // The entry is over when its exit begins: what it fills from here on would stand alone.
    if (fired && this.#isExit(order)) this.#cancelParent(order);
    const beside = this.#clearTheWay(order, fired);
    const instrument = this.recorder.state.instruments.get(orders.instrument(order));
    const target = held.targetQty(order);
    const qty = target - (target % (instrument?.lot ?? 1));
    if (qty <= 0) return; // Its family ends it.
    const isSmall = qty < (instrument?.qtyMin ?? 0) && this.#mayFill(held.parent(order));
    const isAwake = this.isAwake(order);
    const mayGo = beside >= 0 && isAwake && !isSmall && this.recorder.nowUs >= (this.#againUs.get(order) ?? 0);
    if (mayGo && !isPassing(this.decider.fire(order, qty, beside))) return;
    if (fired && (orders.flags(order) & OrderFlag.Triggered) === 0) {
      this.#resize(order, orders.qty(order), OrderFlag.Triggered, why);
    }
    this.#wait(order);
  }

  get orders(): OrderTable {
    return this.recorder.state.orders;
  }

  #actOn(account: number, instrument: number): void {
    const { orders } = this;
    const numbers = this.#numbers;
    numbers.length = 0;
    for (let order = orders.held.firstOf(instrument); order !== 0; order = orders.held.nextOf(order)) {
      if (orders.account(order) === account) numbers.push(order);
    }
    const heldCount = numbers.length;
    for (let order = orders.firstOpen(account, instrument); order !== 0; order = orders.nextOpen(order)) {
      if (orders.held.isLinked(order)) numbers.push(order);
    }
    // What is at the venue first: a cancel is more urgent than anything that is still with us.
    for (let i = heldCount; i < numbers.length; i++) this.#actOnOpen(numbers[i] as number);
    for (let i = 0; i < heldCount; i++) {
      const order = numbers[i] as number;
      if (isHeld(orders.state(order)) && orders.held.isLinked(order)) this.#actOnHeld(order);
      else if (isHeld(orders.state(order)) && this.#isFired(order)) this.go(order, true, "");
    }
  }

  #actOnHeld(order: number): void {
    const { orders } = this;
    const { held } = orders;
    assert(held.isLinked(order), Code.InvariantBroken);
    if (!held.isArmed(order)) {
      const parent = held.parent(order);
      const why = "its parent ended without a fill";
      if (!this.#mayFill(parent)) this.decider.cancelOrder(order, why, false, ENTRY_UNFILLED);
      else if (isTerminal(orders.state(parent))) this.#wait(order);
      return;
    }
    const target = held.targetQty(order);
    const lot = this.recorder.state.instruments.get(orders.instrument(order))?.lot ?? 1;
    const qty = target - (target % lot);
    if (qty <= 0) {
      if (target <= 0) this.decider.cancelOrder(order, "its siblings have filled");
      return;
    }
    if (qty !== orders.qty(order)) this.#resize(order, qty, 0, "follows its family");
    const isFired = this.#isFired(order);
    if (isFired || this.decider.goesWhenArmed(order)) this.go(order, isFired, "");
  }

  #actOnOpen(order: number): void {
    const { orders } = this;
    const { held } = orders;
    const state = orders.state(order);
    if (!isExposed(state)) return;
    if (held.isExitDone(order)) this.#cancel(order, "its exit is done");
    if (held.isExitDone(order) && orders.cumQty(order) > held.childFilled(order)) this.#parents.add(order);
    if (held.parent(order) === 0 && held.group(order) === 0) return;
    const target = held.targetQty(order);
    const lot = this.recorder.state.instruments.get(orders.instrument(order))?.lot ?? 1;
    const qty = target - (target % lot);
    if (target <= orders.cumQty(order)) return this.#cancel(order, "its siblings have filled");
    const isBusy = state !== OrderState.Open && state !== OrderState.PartiallyFilled && state !== OrderState.Unknown;
    if (isBusy || orders.qty(order) === qty || qty <= orders.cumQty(order)) return; // An answer on its way is a record.
    if (this.recorder.nowUs < (this.#againUs.get(order) ?? 0)) return this.#wait(order);
    if (this.decider.follow(order, qty)) return;
    this.#delay(order);
    // Too large, and it cannot be made smaller: it must not stand.
    if (orders.qty(order) > target) this.#cancel(order, "larger than its family allows", TOO_LARGE);
    else this.#wait(order);
  }

  /** What a parent filled beyond its exits is closed at the market: nothing else protects it. True: nothing to be done. */
  #closeRest(parent: number): boolean {
    const { orders } = this;
    if (!orders.has(parent) || !orders.held.isExitDone(parent)) return true;
    // While an exit lives it covers the rest, or is about to end: looked at again until it has.
    if (this.#hasLiveChild(parent)) return false;
    const instrument = this.recorder.state.instruments.get(orders.instrument(parent));
    const rest = orders.cumQty(parent) - orders.held.childFilled(parent);
    const lot = instrument?.lot ?? 1;
    if (instrument === undefined || rest < lot) return true;
    if (this.recorder.nowUs < (this.#againUs.get(parent) ?? 0) || !this.mayNumber()) return false;
    this.#delay(parent);
    const wish = this.#wish.reset(RecordKind.CommandPlace);
    orders.identify(parent, wish);
    wish.order = 0;
    wish.instrumentRevision = instrument.revision;
    wish.side = orders.side(parent) === Side.Buy ? Side.Sell : Side.Buy;
    wish.orderType = OrderType.Market;
    wish.timeInForce = TimeInForce.Ioc;
    wish.flags = OrderFlag.ReduceOnly;
    wish.parent = parent;
    wish.qty = rest - (rest % lot);
    assert(wish.qty > 0 && wish.qty <= orders.cumQty(parent), Code.ValueOutOfRange);
    wish.text = "filled after its exit was done";
    const order = orders.nextOrder;
    this.decider.place(wish);
    // What passes is tried again; a kill, or a position that is no longer there, is the end of it.
    return !isPassing(orders.state(order) === OrderState.Denied ? orders.code(order) : Denial.None);
  }

  #hasLiveChild(parent: number): boolean {
    const { orders } = this;
    const account = orders.account(parent);
    const instrument = orders.instrument(parent);
    for (let order = orders.held.firstOf(instrument); order !== 0; order = orders.held.nextOf(order)) {
      if (orders.held.parent(order) === parent) return true;
    }
    for (let order = orders.firstOpen(account, instrument); order !== 0; order = orders.nextOpen(order)) {
      if (orders.held.parent(order) === parent) return true;
    }
    return false;
  }

  #cancelParent(order: number): void {
    const { orders } = this;
    const parent = orders.held.parent(order);
    if (orders.has(parent) && !isTerminal(orders.state(parent))) this.#cancel(parent, "its exit was triggered");
  }

  /** What is pending is not asked for again. */
  #cancel(order: number, why: string, code: number = Denial.None): void {
    if ((this.orders.flags(order) & OrderFlag.CancelPending) !== 0) return;
    // A refusal is a record of the family: without a pause it would be answered with the next cancel, for ever.
    if (this.recorder.nowUs < (this.#cancelAgainUs.get(order) ?? 0)) this.#wait(order);
    else this.decider.cancelOrder(order, why, false, code);
  }

  /** The siblings at the venue: cancelled when this one fired. -1: wait for their end; else what they may still trade. */
  #clearTheWay(order: number, fired: boolean): number {
    const { orders } = this;
    const group = orders.held.group(order);
    if (group === 0) return 0;
    const can = this.decider.gatewayOf(orders.account(order))?.capabilities;
    const isGuarded = can?.reduceOnly === true && (orders.flags(order) & OrderFlag.ReduceOnly) !== 0;
    assert(isHeld(orders.state(order)), Code.IllegalTransition);
    let beside = 0;
    let stands = false;
    for (let o = orders.firstOpen(orders.account(order), orders.instrument(order)), next = 0; o !== 0; o = next) {
      next = orders.nextOpen(o);
      if (orders.held.group(o) !== group) continue;
      if (fired) this.#cancel(o, "its sibling was triggered");
      if (!isExposed(orders.state(o))) continue;
      if (orders.side(o) === orders.side(order)) beside += orders.leavesQty(o);
      stands = true;
    }
    return stands && !isGuarded ? -1 : beside;
  }

  #isFired(order: number): boolean {
    return (this.orders.flags(order) & OrderFlag.Triggered) !== 0;
  }

  /** A child that takes its parent's position back. */
  #isExit(order: number): boolean {
    const { orders } = this;
    return orders.held.parent(order) !== 0 && (orders.flags(order) & OrderFlag.ReduceOnly) !== 0;
  }

  /** True while the parent may get fills: it lives, may live on, or the venue says that more is filled than has come here. */
  #mayFill(parent: number): boolean {
    const { orders } = this;
    if (!orders.has(parent)) return false;
    return !isTerminal(orders.state(parent)) || orders.missingQty(parent) > 0 || this.#mayRevive(parent);
  }

  /** The end may be that of the old leg of an amend: the new one is told of later. */
  #mayRevive(order: number): boolean {
    const { orders } = this;
    const { nowUs, state } = this.recorder;
    const isEnd = orders.state(order) === OrderState.Canceled || orders.state(order) === OrderState.Expired;
    const attempt = orders.attempt(order);
    if (!isEnd || attempt <= 1 || orders.isAnswered(order, attempt)) return false;
    const sinceUs = this.#endedUs.get(order) ?? nowUs;
    if (this.#endedUs.size >= state.limits.ordersMax) this.#endedUs.clear();
    this.#endedUs.set(order, sinceUs);
    return nowUs - sinceUs < REVIVE_US;
  }

  #resize(order: number, qty: number, flags: number, why: string): void {
    assert(qty > 0, Code.ValueOutOfRange);
    assert(isHeld(this.orders.state(order)), Code.IllegalTransition);
    const record = this.#record.reset(RecordKind.OrderResized);
    this.orders.identify(order, record);
    record.qty = qty;
    record.flags = flags;
    record.text = why;
    this.recorder.emit(record);
  }

  /** What a venue or the gate refuses again and again must not fill the journal. */
  #delay(order: number, againUs = this.#againUs): void {
    if (againUs.size >= this.recorder.state.limits.ordersMax) againUs.clear();
    againUs.set(order, this.recorder.nowUs + AGAIN_US);
  }

  #wait(order: number): void {
    this.#waiting.add(this.#pairOf(order));
  }

  #touch(order: number): void {
    const { orders } = this;
    const isFired = isHeld(orders.state(order)) && this.#isFired(order);
    if (orders.held.isLinked(order) || isFired) this.#touched.add(this.#pairOf(order));
  }

  #pairOf(order: number): number {
    assert(this.orders.instrument(order) < PAIR, Code.ValueOutOfRange);
    return this.orders.account(order) * PAIR + this.orders.instrument(order);
  }
}

function isRefusal(kind: number): boolean {
  return kind === RecordKind.OrderWithdrawn || kind === RecordKind.ReplaceRejected || kind === RecordKind.ReplaceDenied;
}

function isRefusedCancel(kind: number): boolean {
  return kind === RecordKind.CancelDenied || kind === RecordKind.CancelRejected;
}

function always(): boolean {
  return true;
}
