/** decide for exits that were lost: fired and ended without closing, or gone when their entry filled. Each is made again, once. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Denial, Reject } from "../model/denial.ts";
import { isConditional, isExposed, isTerminal, OrderFlag, OrderState, OrderType, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { OrderTable } from "../oms/order_table.ts";
import { type Decider, TOO_LARGE } from "./decider.ts";
import type { Recorder, RecordListener } from "./recorder.ts";

/** From this try on that has closed nothing, a person is told of each. */
export const EXIT_TRIES_TOLD = 3;
/** Until then it is tried once a second; each later one waits twice as long as the one before. */
const AGAIN_US = 1_000_000;
const AGAIN_US_MAX = 60_000_000;
/** What the exit was asked to be; it always only reduces. */
const KEPT_FLAGS = OrderFlag.Manual | OrderFlag.TrailBps | OrderFlag.OnOutageKeep | OrderFlag.OnOutageCancel;

/** Withdrawn by its family with this code: it comes back when the entry fills late. See `contingency.ts`. */
export const ENTRY_UNFILLED = Denial.ParentInvalid;

export interface LostExitsParts {
  readonly recorder: Recorder;
  readonly decider: Decider;
  /** False while numbers are promised to strategies: they would be told another order's. */
  readonly mayNumber: () => boolean;
  /** The order stays here until then. */
  readonly holdBack: (order: number, untilUs: number) => void;
}

/**
 * A fired exit has cancelled its siblings: refused by the venue, or never arrived, it would leave the position bare. In the
 * step that tells its end it is made again under a new number: held, fired, marked reduce-only, a member of its group, so
 * that the family's arithmetic gives its quantity and no two of them stand at once. From there on it is like any exit that
 * could not leave: the gate is asked each time, cuts it to what is held, and ends it when there is nothing left, or a kill
 * covers it. No memory that matters: journaled in the same step, it is either there after a restart or was never needed.
 */
export class LostExits implements RecordListener {
  readonly #ended = new Set<number>();
  readonly #denied = new Set<number>();
  readonly #late = new Set<number>();
  readonly #busted = new Set<number>();
  /** Orders at the venue whose cancel was asked for: how they end is as somebody wished. */
  readonly #unwanted = new Set<number>();
  /** Those that are cancelled for their size alone. */
  readonly #tooLarge = new Set<number>();
  /** How many tries before this one have closed nothing: read from the table where it is not known. */
  readonly #tries = new Map<number, number>();
  readonly #found: number[] = [];
  readonly #out = new TradingRecord();

  constructor(readonly parts: LostExitsParts) {
    parts.decider.hearCancel = (wish) => this.#noteCancel(wish.order, wish.code);
  }

  /** Notes what may have been lost; acts later, when the step's report is whole. */
  onRecord(record: Readonly<TradingRecord>): void {
    const { orders } = this;
    const { order } = record;
    assert(orders.has(order), Code.InvariantBroken);
    switch (record.kind) {
      case RecordKind.CancelIntent:
        this.#noteCancel(order, record.code);
        return;
      case RecordKind.OrderRejected:
      case RecordKind.OrderNotFound:
      case RecordKind.OrderCanceled:
      case RecordKind.OrderExpired:
        if (orders.endedRecord(order) !== record.record) return; // It lives, or had ended before.
        if (!this.#unwanted.delete(order) && this.#isLost(order)) this.#ended.add(order);
        else this.#tooLarge.delete(order);
        return;
      case RecordKind.OrderDenied:
        if ((orders.flags(order) & OrderFlag.Again) !== 0 && record.code !== Denial.KillSwitch) this.#denied.add(order);
        return;
      case RecordKind.OrderFilled:
        this.#noteFill(order);
        return;
      case RecordKind.FillBusted:
        this.#busted.add(order);
        return;
      default:
        return;
    }
  }

  /** After a restart. */
  recover(): void {
    const { orders } = this;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if ((orders.flags(order) & OrderFlag.CancelPending) !== 0) this.#noteCancel(order, orders.code(order));
    }
  }

  act(): void {
    for (const order of this.#denied) this.#tellDenied(order);
    this.#denied.clear();
    for (const order of this.#busted) this.#tellBusted(order);
    this.#busted.clear();
    for (const order of this.#ended) {
      if (!this.#mayMake()) return;
      this.#ended.delete(order);
      this.#again(order);
    }
    for (const entry of this.#late) {
      if (!this.#mayMake()) return;
      this.#revive(entry);
    }
  }

  get orders(): OrderTable {
    return this.parts.recorder.state.orders;
  }

  #noteCancel(order: number, code: number): void {
    assert(order > 0, Code.IdNotDense);
    if (code === TOO_LARGE && !this.#unwanted.has(order)) this.#tooLarge.add(order);
    else if (code !== TOO_LARGE) {
      this.#unwanted.add(order);
      this.#tooLarge.delete(order);
    }
  }

  #mayMake(): boolean {
    return this.parts.mayNumber() && this.orders.hasRoomFor(1);
  }

  #noteFill(order: number): void {
    const { orders } = this;
    if (orders.state(order) === OrderState.Filled) {
      this.#unwanted.delete(order);
      this.#tooLarge.delete(order);
    } else if (isTerminal(orders.state(order)) && orders.held.isParent(order)) this.#late.add(order);
  }

  /** One that was held, has been sent, and ends with something left to close. */
  #isLost(order: number): boolean {
    const { orders } = this;
    const { held } = orders;
    const flags = orders.flags(order);
    if ((flags & OrderFlag.Emulated) === 0 || (flags & OrderFlag.Triggered) === 0) return false;
    if (this.#isOver(order) || (this.#rests(order) && !this.#tooLarge.has(order))) return false;
    // What the venue says is filled will come as fills: it is closed already.
    return held.targetQty(order) - orders.cumQty(order) - orders.missingQty(order) > 0;
  }

  #isOver(order: number): boolean {
    const expireUs = this.orders.held.expireUs(order);
    return expireUs > 0 && expireUs <= this.parts.recorder.nowUs;
  }

  #again(order: number): void {
    const { orders } = this;
    const { decider, recorder, holdBack } = this.parts;
    const isTooLarge = this.#tooLarge.delete(order);
    assert(!orders.has(order) || isTerminal(orders.state(order)), Code.IllegalTransition);
    if (!orders.has(order) || this.#isFollowed(order) || !decider.closes(order) || decider.isKilled(order)) return;
    if (isTooLarge) return void this.#make(order, this.#firedAs(order), `again: order ${order} was too large`);
    const end = OrderState[orders.state(order)]?.toLowerCase() ?? "";
    const isRefused = orders.state(order) === OrderState.Rejected && orders.code(order) === Reject.ReduceOnly;
    // Said beside a sibling that still stands there, it means that the sibling covers all of it; alone, that nothing is held.
    if (isRefused && !this.#hasSibling(order)) {
      return this.#tell(order, Code.ExitLost, "the venue says that there is nothing to reduce: not tried again");
    }
    // What rested and was ended by somebody at the venue, or is watched there, is theirs: to fight them helps nobody.
    if (!this.#isOurs(order)) {
      return this.#tell(order, Code.ExitLost, `${end} at the venue, by nobody here: the position may have no exit`);
    }
    const tries = 1 + this.#emptyTries(order);
    assert(tries > 0, Code.ValueOutOfRange);
    const next = this.#make(order, this.#firedAs(order), `again: order ${order} was ${end}`);
    const waits = AGAIN_US * 2 ** Math.max(0, tries - EXIT_TRIES_TOLD); // math-ok: whole powers of two are exact
    if (this.#tries.size >= recorder.state.limits.ordersMax) this.#tries.clear();
    this.#tries.set(next, tries);
    holdBack(next, recorder.nowUs + Math.min(waits, AGAIN_US_MAX));
    if (tries < EXIT_TRIES_TOLD) return;
    this.#tell(next, Code.ExitLost, `tried ${tries} times, the last one was ${end}: the position is still open`);
  }

  /** A venue that refused to watch a trigger (the price was past it, say) has fired nothing: from here on we watch it. */
  #firedAs(order: number): number {
    return this.#rests(order) || isConditional(this.orders.orderType(order)) ? 0 : OrderFlag.Triggered;
  }

  /** True for what the venue never took, or tried at once and ended by itself. */
  #isOurs(order: number): boolean {
    const { orders } = this;
    const state = orders.state(order);
    if (state === OrderState.Rejected || state === OrderState.NeverAccepted) return true;
    const timeInForce = orders.timeInForce(order);
    return timeInForce === TimeInForce.Ioc || timeInForce === TimeInForce.Fok;
  }

  /** The entry has ended without a fill, its exits with it, and then a fill came: what was withdrawn lives again. */
  #revive(entry: number): void {
    const { orders } = this;
    this.#late.delete(entry);
    if (!orders.has(entry) || orders.cumQty(entry) <= orders.held.childFilled(entry)) return;
    // Done: the rest is closed at the market. Alive: they follow.
    if (orders.held.isExitDone(entry) || this.#hasChild(entry) || this.parts.decider.isKilled(entry)) return;
    const gone = this.#found;
    gone.length = 0;
    let isSecond = false;
    for (let order = orders.firstEnded(); order !== 0; order = orders.nextEnded(order)) {
      // A child of the entry's own side is no exit: it would come late, like any opening.
      if (orders.held.parent(order) !== entry || orders.side(order) === orders.side(entry)) continue;
      if ((orders.flags(order) & OrderFlag.Again) !== 0) isSecond = true;
      if (orders.state(order) === OrderState.Withdrawn && orders.code(order) === ENTRY_UNFILLED) gone.push(order);
    }
    if (isSecond || gone.length === 0 || !orders.hasRoomFor(gone.length)) {
      return this.#tell(entry, Code.EntryFilledLate, "filled after its exits had ended: this part has no exit");
    }
    assert(isTerminal(orders.state(entry)), Code.IllegalTransition);
    gone.sort((a, b) => a - b);
    for (const order of gone) this.#make(order, 0, `again: order ${entry} was filled after its end`);
    this.#tell(entry, Code.EntryFilledLate, `filled after its exits had ended: ${gone.length} of them live again`);
  }

  #make(from: number, isFired: number, why: string): number {
    const { recorder } = this.parts;
    const { orders } = this;
    const { held } = orders;
    const out = this.#out.reset(RecordKind.OrderIntent);
    orders.copyTo(from, out);
    out.order = orders.nextOrder;
    out.orderType = held.placedType(from);
    out.qty = held.ownQty(from);
    // One group for all tries: what any of them fills, late too, is no longer the others' to close.
    out.group = held.group(from) || from;
    const rests = isFired === 0 ? orders.flags(from) & OrderFlag.PostOnly : 0; // What must get out may take.
    out.flags =
      (out.flags & KEPT_FLAGS) | rests | isFired | OrderFlag.ReduceOnly | OrderFlag.Emulated | OrderFlag.Again;
    out.attempt = 1;
    out.cumQty = -1;
    out.venueOrderId = "";
    out.instrumentRevision = recorder.state.instruments.get(out.instrument)?.revision ?? out.instrumentRevision;
    out.text = why;
    assert(out.qty > 0, Code.ValueOutOfRange);
    recorder.emit(out);
    return out.order;
  }

  /** A fill was taken back: where nothing alive follows it by itself, a person has to know. */
  #tellBusted(order: number): void {
    const { orders } = this;
    if (!orders.has(order) || orders.filledQty(order) === orders.cumQty(order)) return;
    assert(orders.filledQty(order) > orders.cumQty(order), Code.InvariantBroken);
    const { held } = orders;
    const closed = held.childFilled(order);
    if (held.isParent(order) && closed > orders.cumQty(order)) {
      const why = "its exits have closed more than it has bought or sold: the position has turned round";
      return this.#tell(order, Code.ExitUndone, why, closed - orders.cumQty(order));
    }
    if (!isTerminal(orders.state(order)) || (orders.flags(order) & OrderFlag.ReduceOnly) === 0) return;
    const parent = held.parent(order);
    const isClosed = parent !== 0 && orders.has(parent) && held.isExitDone(parent);
    const why = isClosed ? "the rest is closed at the market" : "this part of the position has no exit";
    this.#tell(order, Code.ExitUndone, `a fill of this exit is void: ${why}`, orders.qty(order) - orders.cumQty(order));
  }

  #tellDenied(order: number): void {
    if (!this.orders.has(order) || !this.parts.decider.closes(order)) return;
    const denial = Denial[this.orders.code(order)] ?? "";
    this.#tell(order, Code.ExitLost, `the gate refused it (${denial}): not tried again, the position is still open`);
  }

  #tell(order: number, code: Code, why: string, qty = 0): void {
    assert(why !== "", Code.ValueOutOfRange);
    const record = this.#out.reset(RecordKind.ProblemNoted);
    this.orders.identify(order, record);
    record.code = code;
    record.qty = qty;
    record.text = why;
    this.parts.recorder.emit(record);
  }

  #isFollowed(order: number): boolean {
    return this.#some(order, (other) => other > order && (this.orders.flags(other) & OrderFlag.Again) !== 0);
  }

  #hasSibling(order: number): boolean {
    return this.#some(order, (other) => other !== order && isExposed(this.orders.state(other)));
  }

  /** How many tries of the same exit before this one have closed nothing. */
  #emptyTries(order: number): number {
    const { orders } = this;
    const known = this.#tries.get(order);
    this.#tries.delete(order);
    if (orders.cumQty(order) > 0 || (orders.flags(order) & OrderFlag.Again) === 0) return 0;
    if (known !== undefined) return known;
    const group = orders.held.group(order);
    let tries = 0;
    for (let other = orders.firstEnded(); other !== 0; other = orders.nextEnded(other)) {
      if (orders.held.group(other) !== group || orders.account(other) !== orders.account(order)) continue;
      const isTry = other < order && (orders.flags(other) & OrderFlag.Triggered) !== 0 && orders.cumQty(other) === 0;
      if (isTry && !this.#rests(other)) tries++;
    }
    return tries;
  }

  /** A take-profit at the venue: it has not fired, it waits there. */
  #rests(order: number): boolean {
    return this.orders.held.placedType(order) === OrderType.Limit;
  }

  /** True when `fits` says yes to some living order of the same group. */
  #some(order: number, fits: (other: number) => boolean): boolean {
    const { orders } = this;
    const { held } = orders;
    assert(orders.has(order), Code.InvariantBroken);
    const group = held.group(order);
    if (group === 0) return false;
    const account = orders.account(order);
    const instrument = orders.instrument(order);
    const isOne = (other: number) => held.group(other) === group && orders.account(other) === account && fits(other);
    for (let o = held.firstOf(instrument); o !== 0; o = held.nextOf(o)) if (isOne(o)) return true;
    for (let o = orders.firstOpen(account, instrument); o !== 0; o = orders.nextOpen(o)) if (isOne(o)) return true;
    return false;
  }

  #hasChild(parent: number): boolean {
    const { orders } = this;
    const instrument = orders.instrument(parent);
    for (let o = orders.held.firstOf(instrument); o !== 0; o = orders.held.nextOf(o)) {
      if (orders.held.parent(o) === parent) return true;
    }
    for (let o = orders.firstOpen(orders.account(parent), instrument); o !== 0; o = orders.nextOpen(o)) {
      if (orders.held.parent(o) === parent) return true;
    }
    return false;
  }
}
