/** decide for wishes and commands about orders: every wish ends in one record that says what became of it. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { MarketState } from "../market/market.ts";
import { Denial } from "../model/denial.ts";
import { isPassing } from "../model/held_rules.ts";
import {
  hasLimitPrice,
  isConditional,
  isExposed,
  isHeld,
  isToHold,
  OrderFlag,
  OrderState,
  Side,
} from "../model/order.ts";
import { type OrderLeg, readLegs } from "../model/order_legs.ts";
import { Evidence, Readiness, RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { mayCancel, mayReplace } from "../oms/matrix.ts";
import type { GateContext } from "../risk/context.ts";
import type { RiskGate } from "../risk/gate.ts";
import type { Controls } from "./controls.ts";
import { asFired, isNative, joinLegs, legOf, planLeg, planOrder } from "./order_plan.ts";
import { NO_CAPABILITIES, type VenueCapabilities, type VenueGateway } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { ReleaseQueue } from "./release.ts";

/** How often a gateway that did not take a cancel is asked again. */
const CLOSE_AGAIN_US = 50_000;
/** How often a cancel that its venue refused is asked for again while a kill covers the order. */
const KILL_AGAIN_US = 2_000_000;
/** From this share of the trading ring on, a kill sends its cancels before it journals anything. */
const JOURNAL_STUCK = 0.75;
/** Of a reason that goes into the record of each cancel: thousands of long ones in one step would overrun the ring. */
const CANCEL_WHY_UNITS_MAX = 100;

/** Of a cancel for the order's size alone: nobody wants it gone, and an exit is made again in the size that is right. */
export const TOO_LARGE = Denial.ContingentQty;

const BAD_LEGS: readonly OrderLeg[] = Object.freeze([]);

export class Decider {
  readonly #candidate = new TradingRecord();
  readonly #cancel = new TradingRecord();
  readonly #trial = new TradingRecord();
  readonly #leg = new TradingRecord();
  readonly #closing = new TradingRecord();
  /** Orders whose cancel is journaled and has not left: no further cancel of theirs would be sent. */
  readonly #unsent = new Set<number>();
  /** Told of a cancel that makes no record, because one is on its way. */
  hearCancel: (wish: Readonly<TradingRecord>) => void = nobody;
  #closeAgainDueUs = 0;
  #killAgainDueUs = 0;

  constructor(
    readonly recorder: Recorder,
    readonly market: MarketState,
    readonly gate: RiskGate,
    readonly context: GateContext,
    readonly releases: ReleaseQueue,
    readonly gatewayOf: (account: number) => VenueGateway | undefined,
    readonly controls: Controls,
  ) {}

  /** CommandPlace → OrderIntent and a queued effect, or OrderDenied. */
  place(wish: Readonly<TradingRecord>): void {
    const orders = this.recorder.state.orders;
    const order = this.#candidate.copyFrom(wish, RecordKind.OrderIntent);
    order.order = orders.nextOrder;
    order.attempt = 1;
    order.venueOrderId = "";
    const legs = readLegs(wish.venueOrderId) ?? BAD_LEGS;
    const denial = this.#whyNotPlace(wish, order, legs);
    if (denial !== Denial.None) return this.#denyPlace(order, legs.length, denial);
    if (isToHold(order.flags)) {
      this.recorder.emit(order);
      return this.#placeLegs(order, legs);
    }
    const effect = this.gate.approve(order, this.context);
    if (effect === undefined) return this.#denyPlace(order, legs.length, this.gate.denial);
    this.recorder.emit(order);
    this.#placeLegs(order, legs);
    // Behind its legs: an entry never leaves before its exits are durable.
    this.releases.push(effect, this.recorder.state.record);
  }

  #whyNotPlace(wish: Readonly<TradingRecord>, order: TradingRecord, legs: readonly OrderLeg[]): Denial {
    const { orders, instruments } = this.recorder.state;
    this.lookAt(order, 0);
    if (wish.code !== Denial.None) return wish.code;
    if (legs === BAD_LEGS) return Denial.LegsInvalid;
    const gateway = this.gatewayOf(order.account);
    if (gateway === undefined) return Denial.NotReady;
    if (gateway.venue !== "" && gateway.venue !== instruments.get(order.instrument)?.venue) {
      return Denial.InstrumentNotAllowed;
    }
    if (!this.releases.hasRoom() || !orders.hasRoomFor(1 + legs.length)) return Denial.JournalBehind;
    const way = planOrder(order, gateway.capabilities, orders);
    if (way !== Denial.None) return way;
    if (isToHold(order.flags) && this.gate.checkHeld(order, this.context) !== Denial.None) return this.gate.denial;
    if (legs.length === 0) return Denial.None;
    if (!joinLegs(order, legs)) return Denial.LegsInvalid;
    for (let i = 0; i < legs.length; i++) {
      const leg = legOf(this.#leg, order, legs, i);
      const denial = planLeg(leg, gateway.capabilities);
      if (denial !== Denial.None) return denial;
      this.context.countOpen(1); // The entry, and the legs before this one.
      if (this.gate.checkHeld(leg, this.context) !== Denial.None) return this.gate.denial;
    }
    return Denial.None;
  }

  #placeLegs(order: Readonly<TradingRecord>, legs: readonly OrderLeg[]): void {
    for (let i = 0; i < legs.length; i++) {
      const leg = legOf(this.#leg, order, legs, i);
      planLeg(leg, this.gatewayOf(order.account)?.capabilities ?? NO_CAPABILITIES);
      assert(isToHold(leg.flags), Code.NotApproved);
      this.recorder.emit(leg);
    }
  }

  /** The legs of a refused order take their numbers with them: who asked for them knows them by number. */
  #denyPlace(order: TradingRecord, legs: number, denial: number): void {
    this.#deny(order, RecordKind.OrderDenied, denial);
    for (let i = 0; i < legs; i++) {
      const leg = this.#leg.copyFrom(order, RecordKind.OrderDenied);
      leg.order = this.recorder.state.orders.nextOrder;
      leg.fillId = "";
      leg.code = denial;
      this.recorder.emit(leg);
    }
  }

  /**
   * A held order whose time has come: asked at the gate as a new one, at the market of this moment. Approved: OrderTriggered
   * and a queued effect. Refused: OrderDenied, but for a reason that passes, which changes nothing. An order that only
   * reduces is cut to what there is to reduce. `beside`: what its siblings have at a venue that itself guards reduce-only.
   */
  fire(number: number, qty: number, beside: number): Denial {
    const { orders, instruments } = this.recorder.state;
    const order = this.#candidate.reset(RecordKind.OrderIntent);
    orders.copyTo(number, order);
    assert(orders.state(number) === OrderState.Held, Code.IllegalTransition);
    if (!this.releases.hasRoom()) return Denial.JournalBehind;
    const gateway = this.gatewayOf(order.account);
    if (gateway === undefined) return Denial.NotReady;
    asFired(order, this.#isNative(order.orderType, gateway.capabilities, order.flags, order.group !== 0));
    order.qty = qty;
    order.attempt = 1;
    order.cumQty = -1;
    order.instrumentRevision = instruments.get(order.instrument)?.revision ?? order.instrumentRevision;
    this.lookAt(order, 0);
    const { context } = this;
    context.countOpen(-1); // It is one of them.
    if (order.side === Side.Buy) context.openBuyQty -= beside;
    else context.openSellQty -= beside;
    if (beside > 0) context.instanceOpenBuyQty = context.instanceOpenSellQty = -1;
    if ((order.flags & OrderFlag.ReduceOnly) !== 0) order.qty = this.#whatReduces(order, qty);
    const bound = this.#heldAtVenue(order, gateway.capabilities);
    if (bound <= 0) return Denial.PositionBroken;
    order.qty = Math.min(order.qty, bound);
    const effect = this.gate.approve(order, context);
    const { denial } = this.gate;
    if (effect === undefined) {
      if (!isPassing(denial)) this.#deny(order, RecordKind.OrderDenied, denial);
      return denial;
    }
    order.kind = RecordKind.OrderTriggered;
    this.recorder.emit(order);
    this.releases.push(effect, order.record);
    return Denial.None;
  }

  /** No more than there is to reduce, on the lot; the whole quantity where there is nothing, for the gate to refuse. */
  #whatReduces(order: Readonly<TradingRecord>, qty: number): number {
    const { context } = this;
    const buying = order.side === Side.Buy;
    const sign = buying ? -1 : 1;
    const open = buying ? context.openBuyQty : context.openSellQty;
    const ownOpen = buying ? context.instanceOpenBuyQty : context.instanceOpenSellQty;
    let room = sign * context.positionQty - open;
    if (order.instance !== 0) {
      room = Math.min(room, sign * context.instancePositionQty - (ownOpen < 0 ? open : ownOpen));
    }
    const lot = context.instrument?.lot ?? 1;
    const onLot = room - (room % lot);
    return onLot > 0 && onLot < qty ? onLot : qty;
  }

  /**
   * In an open break the venue has stated another position than ours: no exit is larger than either, where the venue would
   * not cut it itself. What we have traded since, and what is open, counts off both. 0: by the venue's word nothing is held;
   * whether that is right, the operator says who ends the break.
   */
  #heldAtVenue(order: Readonly<TradingRecord>, can: VenueCapabilities): number {
    const known = this.recorder.state.readiness.breakOf(order.account, order.instrument, order.leg);
    if (known === undefined) return Number.POSITIVE_INFINITY;
    assert(Number.isSafeInteger(known.venueQty), Code.ValueOutOfRange);
    if (can.reduceOnly && (order.flags & OrderFlag.ReduceOnly) !== 0) return Number.POSITIVE_INFINITY;
    const { context } = this;
    const theirs = known.venueQty + context.positionQty - known.ourQty;
    const held = order.side === Side.Buy ? -theirs - context.openBuyQty : theirs - context.openSellQty;
    const lot = context.instrument?.lot ?? 1;
    return held <= 0 ? 0 : held - (held % lot);
  }

  /**
   * True for an order, held or ended, that is to close what is there: marked so while there is something to reduce, else an
   * exit by the gate's own rule. What its siblings have at the venue does not count against it: they make room for it.
   */
  closes(number: number): boolean {
    const { orders } = this.recorder.state;
    const order = this.#closing.reset(RecordKind.OrderIntent);
    orders.copyTo(number, order);
    order.qty = orders.held.targetQty(number) - orders.cumQty(number);
    if (!(order.qty > 0)) return false;
    this.lookAt(order, 0);
    const { context } = this;
    const sign = order.side === Side.Buy ? -1 : 1;
    if (sign * context.positionQty <= 0) return false;
    if (order.instance !== 0 && sign * context.instancePositionQty <= 0) return false;
    if ((order.flags & OrderFlag.ReduceOnly) !== 0) return true;
    for (let o = orders.firstOpen(order.account, order.instrument); o !== 0; o = orders.nextOpen(o)) {
      if (o === number || order.group === 0 || orders.held.group(o) !== order.group) continue;
      if (orders.side(o) !== order.side) continue;
      if (sign < 0) context.openBuyQty -= orders.leavesQty(o);
      else context.openSellQty -= orders.leavesQty(o);
      context.instanceOpenBuyQty = context.instanceOpenSellQty = -1;
    }
    return this.gate.closes(order, context);
  }

  /** What was made again for a lost exit is watched here: the venue may have refused to, and a trigger is not asked of it twice. */
  #isNative(orderType: number, can: VenueCapabilities, flags: number, inGroup: boolean): boolean {
    return (flags & OrderFlag.Again) === 0 && isNative(orderType, can, flags, inGroup);
  }

  /** True for a held order that has nothing to wait for but its family: a limit order, or a stop that the venue keeps. */
  goesWhenArmed(number: number): boolean {
    const { orders } = this.recorder.state;
    const orderType = orders.orderType(number);
    if (!isConditional(orderType)) return true;
    const can = this.gatewayOf(orders.account(number))?.capabilities ?? NO_CAPABILITIES;
    return this.#isNative(orderType, can, orders.flags(number), orders.held.group(number) !== 0);
  }

  /** An amend that follows the family: true when it was approved and is under way. What is refused leaves no record. */
  follow(number: number, qty: number): boolean {
    const { orders } = this.recorder.state;
    const order = this.#candidate.reset(RecordKind.ReplaceIntent);
    order.order = number;
    if (this.#whyNotAmend(order) !== Denial.None) return false;
    this.#beginReplace(number, order, "follows its family");
    order.qty = qty;
    order.evidence = Evidence.Own;
    this.lookAt(order, orders.leavesQty(number));
    const effect = this.gate.approve(order, this.context);
    if (effect === undefined) return false;
    this.recorder.emit(order);
    this.releases.push(effect, order.record);
    return true;
  }

  #beginReplace(number: number, order: TradingRecord, why: string): void {
    const { orders } = this.recorder.state;
    orders.copyTo(number, order);
    order.kind = RecordKind.ReplaceIntent;
    order.text = why;
    order.attempt = orders.attempt(number) + 1;
    this.context.oldPrice = orders.price(number);
    this.context.oldLeavesQty = orders.leavesQty(number);
    this.context.cumQty = orders.cumQty(number);
  }

  /** New terms for what is still with us: OrderReplaced by our own word, or ReplaceDenied. */
  #amendHeld(wish: Readonly<TradingRecord>): void {
    const { orders } = this.recorder.state;
    const order = this.#candidate.reset(RecordKind.OrderIntent);
    orders.copyTo(wish.order, order);
    if (wish.price > 0) order.price = wish.price;
    if (wish.qty > 0) order.qty = wish.qty;
    if (wish.triggerPrice > 0) order.triggerPrice = wish.triggerPrice;
    if (wish.trailOffset > 0) order.trailOffset = wish.trailOffset;
    order.text = wish.text;
    order.instrumentRevision = this.recorder.state.instruments.get(order.instrument)?.revision ?? 0;
    this.lookAt(order, 0);
    this.context.countOpen(-1);
    const isFired = (order.flags & OrderFlag.Triggered) !== 0;
    const hasPrice = wish.price === 0 || hasLimitPrice(order.orderType);
    const denial = isFired
      ? Denial.OrderNotOpen
      : hasPrice
        ? this.gate.checkHeld(order, this.context)
        : Denial.PriceInvalid;
    if (denial !== Denial.None) return this.#deny(order, RecordKind.ReplaceDenied, denial);
    order.kind = RecordKind.OrderReplaced;
    order.evidence = Evidence.Own;
    if (wish.qty === 0) order.qty = 0; // Stays; what was asked for in the beginning stays too.
    order.cumQty = -1;
    order.venueOrderId = "";
    this.recorder.emit(order);
  }

  /** What would be said to a wish now, without a number and without a record: floods are stopped by it. */
  tryPlace(wish: Readonly<TradingRecord>): Denial {
    const order = this.#trial.copyFrom(wish, RecordKind.OrderIntent);
    order.order = this.recorder.state.orders.nextOrder;
    order.attempt = 1;
    order.venueOrderId = "";
    const denial = this.#whyNotPlace(wish, order, readLegs(wish.venueOrderId) ?? BAD_LEGS);
    if (denial !== Denial.None || isToHold(order.flags)) return denial;
    const approved = this.gate.approve(order, this.context);
    if (approved !== undefined) this.gate.recycle(approved);
    return this.gate.denial;
  }

  /** CommandAmend → ReplaceIntent and a queued effect, or ReplaceDenied. price or qty 0 = keep. */
  amend(wish: Readonly<TradingRecord>): void {
    const orders = this.recorder.state.orders;
    if (isHeld(orders.state(wish.order))) return this.#amendHeld(wish);
    const order = this.#candidate.copyFrom(wish, RecordKind.ReplaceIntent);
    const denial = this.#whyNotAmend(wish);
    if (denial !== Denial.None) return this.#deny(order, RecordKind.ReplaceDenied, denial);
    this.#beginReplace(wish.order, order, wish.text);
    if (wish.qty === 0) order.evidence = Evidence.Own; // The quantity that was asked for in the beginning stays.
    if (wish.price > 0) order.price = wish.price;
    if (wish.qty > 0) order.qty = wish.qty;
    if (order.price === this.context.oldPrice && order.qty === orders.qty(wish.order)) {
      return this.#deny(order, RecordKind.ReplaceDenied, Denial.NothingToChange);
    }
    if (orders.held.parent(wish.order) !== 0 && order.qty > orders.held.parentFilled(wish.order)) {
      return this.#deny(order, RecordKind.ReplaceDenied, Denial.ContingentQty);
    }
    this.lookAt(order, orders.leavesQty(wish.order));
    const effect = this.gate.approve(order, this.context);
    if (effect === undefined) return this.#deny(order, RecordKind.ReplaceDenied, this.gate.denial);
    this.recorder.emit(order);
    this.releases.push(effect, order.record);
  }

  /**
   * CommandCancel → OrderWithdrawn (not released yet), CancelIntent and the venue's cancel at once, or CancelDenied. What
   * risk takes back and what ends a whole scope (`isForced`) wait for no rate of cancels: nobody would ask a second time.
   */
  cancel(wish: Readonly<TradingRecord>, isForced = false): void {
    const orders = this.recorder.state.orders;
    const record = this.#cancel.copyFrom(wish, RecordKind.CancelIntent);
    if (!orders.has(wish.order)) return this.#deny(record, RecordKind.CancelDenied, Denial.OrderUnknown);
    const state = orders.state(wish.order);
    if (!isExposed(state) && !isHeld(state)) return this.#deny(record, RecordKind.CancelDenied, Denial.OrderNotOpen);
    orders.copyTo(wish.order, record);
    record.kind = RecordKind.CancelIntent;
    record.text = wish.text;
    if (state === OrderState.Intent || isHeld(state)) {
      record.kind = RecordKind.OrderWithdrawn;
      record.code = isHeld(state) ? wish.code : Denial.None;
      return this.recorder.emit(record);
    }
    // A second cancel of the same order changes nothing that the first did not.
    if (!mayCancel(state)) return this.#deny(record, RecordKind.CancelDenied, Denial.OrderNotOpen);
    if (state === OrderState.CancelSent) return this.hearCancel(wish);
    // Nor while nobody knows whether there is anything to cancel: each record of it would make the venue's "not found" too old.
    if (state === OrderState.Unknown && (orders.flags(wish.order) & OrderFlag.CancelPending) !== 0) {
      if (isForced) this.#close(record);
      return this.hearCancel(wish);
    }
    record.code = wish.code === TOO_LARGE ? TOO_LARGE : Denial.None;
    this.lookAt(record, 0);
    const denial = isForced ? Denial.None : this.gate.checkCancel(record, this.context);
    if (denial !== Denial.None) return this.#deny(record, RecordKind.CancelDenied, denial);
    // Closing effects never wait for the disk: they are idempotent, and the venue's evidence replaces them.
    this.#close(record);
    this.recorder.emit(record);
  }

  /** Cancels that have not left yet. */
  get unsentCancels(): number {
    return this.#unsent.size;
  }

  /** Sends cancels that their gateway did not take, until it does, or there is nothing to cancel any more. */
  closeAgain(): void {
    const { nowUs, state } = this.recorder;
    if (this.#unsent.size === 0 || nowUs < this.#closeAgainDueUs) return;
    this.#closeAgainDueUs = nowUs + CLOSE_AGAIN_US;
    const { orders } = state;
    for (const order of this.#unsent) {
      const isOpen = orders.has(order) && isExposed(orders.state(order));
      if (!isOpen || (orders.flags(order) & OrderFlag.CancelPending) === 0) this.#unsent.delete(order);
      else {
        orders.copyTo(order, this.#cancel.reset(RecordKind.CancelIntent));
        this.#close(this.#cancel);
      }
    }
  }

  #close(cancel: Readonly<TradingRecord>): void {
    assert(cancel.kind === RecordKind.CancelIntent, Code.NotApproved);
    assert(cancel.order > 0, Code.ValueOutOfRange);
    if (this.gatewayOf(cancel.account)?.close(cancel) === Code.Ok) this.#unsent.delete(cancel.order);
    else this.#unsent.add(cancel.order);
  }

  /** Cancels every order that fits (-1 or "" = any), at the venue or held; under kill nothing refuses. */
  cancelAll(instrument: number, account: number, instance: number, why: string, venue = ""): void {
    assert(instrument >= -1 && account >= -1 && instance >= -1, Code.ValueOutOfRange);
    const orders = this.recorder.state.orders;
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      if (this.#matches(order, instrument, account, instance, venue)) this.cancelOrder(order, why, true);
    }
    for (let order = orders.firstHeldAll(), next = 0; order !== 0; order = next) {
      next = orders.nextHeldAll(order);
      if (this.#matches(order, instrument, account, instance, venue)) this.cancelOrder(order, why, true);
    }
  }

  /** CommandCancel of our own. `code`: why, for those who look for what was lost; see `lost_exits.ts`. */
  cancelOrder(order: number, why: string, isForced = false, code: number = Denial.None): void {
    assert(order > 0, Code.ValueOutOfRange);
    this.#wish.reset(RecordKind.CommandCancel);
    this.#wish.code = code;
    this.#wish.order = order;
    this.#wish.text = why.slice(0, CANCEL_WHY_UNITS_MAX);
    this.cancel(this.#wish, isForced);
  }

  /** After a restart: a cancel may never have left, so it is sent again. */
  askAgain(): void {
    const { orders } = this.recorder.state;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if ((orders.flags(order) & OrderFlag.CancelPending) !== 0) this.recancel(order);
    }
  }

  /** Sends the cancel of an order once more; idempotent at the venue. */
  recancel(order: number): void {
    this.recorder.state.orders.copyTo(order, this.#cancel.reset(RecordKind.CancelIntent));
    this.#close(this.#cancel);
  }

  /** After a restart: a crash may have come between the record of a kill and its cancels. */
  cancelKilled(): void {
    const { orders } = this.recorder.state;
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      if (this.#isKilled(order)) this.cancelOrder(order, "killed before the restart");
    }
    for (let order = orders.firstHeldAll(), next = 0; order !== 0; order = next) {
      next = orders.nextHeldAll(order);
      if (this.#isKilled(order)) this.cancelOrder(order, "killed before the restart");
    }
  }

  /**
   * A venue may refuse a cancel (its own rate limit, a halt of trading), and an order may be found after its kill: what a
   * kill covers is cancelled until it has ended.
   */
  killAgain(): void {
    const { nowUs, state } = this.recorder;
    if (state.risk.kills.count === 0 || nowUs < this.#killAgainDueUs) return;
    this.#killAgainDueUs = nowUs + KILL_AGAIN_US;
    const { orders } = state;
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      const isAsked = (orders.flags(order) & OrderFlag.CancelPending) !== 0;
      if (!isAsked && this.#isKilled(order)) this.cancelOrder(order, "killed, and still open");
    }
  }

  /** True while a kill covers the order, the firm's word included. */
  isKilled(order: number): boolean {
    return this.context.killWord !== 0 || this.#isKilled(order);
  }

  #isKilled(order: number): boolean {
    const { orders, instruments, risk } = this.recorder.state;
    if ((orders.flags(order) & OrderFlag.External) !== 0) return false; // Never touched by us.
    const instrument = orders.instrument(order);
    const venue = instruments.get(instrument)?.venue ?? "";
    return risk.isKilled(orders.instance(order), instrument, orders.account(order), venue);
  }

  /**
   * Records the kill first, then cancels, at the venue or held; idempotent. `key` is the instance, instrument or account of
   * the scope. A venue is named in the record's text; the reason is in `fillId` then.
   */
  kill(scope: Scope, key: number, why: string, venue = ""): void {
    const record = this.#candidate.reset(RecordKind.Killed);
    const isVenue = scope === Scope.Venue;
    record.scope = scope;
    record.text = isVenue ? venue : why;
    if (isVenue) record.fillId = why.slice(0, CANCEL_WHY_UNITS_MAX);
    else if (scope === Scope.Instance) record.instance = key;
    else if (scope === Scope.Instrument) record.instrument = key;
    else if (scope === Scope.Account) record.account = key;
    const instrument = scope === Scope.Instrument ? key : -1;
    const account = scope === Scope.Account ? key : -1;
    const instance = scope === Scope.Instance ? key : -1;
    const only = isVenue ? venue : "";
    // The next record may be one too many: the engine would stop, and no cancel would have left.
    if (this.recorder.journal.occupancy() >= JOURNAL_STUCK) this.#closeUnrecorded(instrument, account, instance, only);
    this.recorder.emit(record);
    this.cancelAll(instrument, account, instance, why, only);
  }

  /** Cancels are idempotent: those that are journaled afterwards are sent once more. */
  #closeUnrecorded(instrument: number, account: number, instance: number, venue: string): void {
    const { orders } = this.recorder.state;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if (!this.#matches(order, instrument, account, instance, venue)) continue;
      if (orders.state(order) === OrderState.Intent) continue;
      orders.copyTo(order, this.#cancel.reset(RecordKind.CancelIntent));
      this.gatewayOf(this.#cancel.account)?.close(this.#cancel);
    }
  }

  #matches(order: number, instrument: number, account: number, instance: number, venue: string): boolean {
    const { orders, instruments } = this.recorder.state;
    // What others have placed is theirs to end: only a cancel that names it touches it.
    if ((orders.flags(order) & OrderFlag.External) !== 0) return false;
    return (
      (instrument < 0 || orders.instrument(order) === instrument) &&
      (account < 0 || orders.account(order) === account) &&
      (instance < 0 || orders.instance(order) === instance) &&
      (venue === "" || instruments.get(orders.instrument(order))?.venue === venue)
    );
  }

  readonly #wish = new TradingRecord();

  #whyNotAmend(wish: Readonly<TradingRecord>): Denial {
    const orders = this.recorder.state.orders;
    if (!orders.has(wish.order)) return Denial.OrderUnknown;
    const state = orders.state(wish.order);
    if (!isExposed(state)) return Denial.OrderNotOpen;
    if (state === OrderState.ReplaceSent) return Denial.ReplacePending;
    if ((orders.flags(wish.order) & OrderFlag.ReplacePending) !== 0) return Denial.ReplacePending;
    // Before the venue's answer there is nothing to amend; an unknown order may be cancelled, never re-sent.
    if (!mayReplace(state)) return Denial.OrderNotOpen;
    if (this.gatewayOf(orders.account(wish.order))?.capabilities.amend !== true) return Denial.UnsupportedType;
    return this.releases.hasRoom() ? Denial.None : Denial.JournalBehind;
  }

  /** Fills the gate's context with what D and V say now; the reference price becomes a column of the record. */
  lookAt(order: TradingRecord, ownLeavesQty: number): void {
    const { state, nowUs, journal } = this.recorder;
    const context = this.context;
    const market = this.market.instrument(order.instrument);
    const buying = order.side === Side.Buy;
    context.instrument = state.instruments.get(order.instrument);
    context.nowUs = nowUs;
    context.referencePrice = market === undefined ? 0 : market.referencePrice();
    context.referenceAgeUs = market === undefined ? 0 : Math.max(0, nowUs - market.referenceTimeUs);
    context.referenceValid = context.referencePrice > 0;
    context.positionQty = state.ledger.positionQty(order.account, order.instrument, order.leg);
    context.instancePositionQty = state.ledger.instancePositionQty(
      order.instance,
      order.account,
      order.instrument,
      order.leg,
    );
    context.openBuyQty = state.orders.openBuyQty(order.account, order.instrument) - (buying ? ownLeavesQty : 0);
    context.openSellQty = state.orders.openSellQty(order.account, order.instrument) - (buying ? 0 : ownLeavesQty);
    context.openCount =
      state.orders.openCount(order.account, order.instrument) +
      state.orders.held.countOf(order.account, order.instrument);
    context.journalOccupancy = journal.occupancy();
    order.referencePrice = context.referencePrice;
    order.referenceAgeUs = context.referenceAgeUs;
    this.controls.fill(context, order, ownLeavesQty);
    if (context.accountDenial === Denial.None) {
      context.accountDenial = this.openingsDenial(order.account, order.instrument);
    }
  }

  /** A venue with a stream of its own must have been reconciled; a simulated one that nobody reconciles is as we know it. */
  openingsDenial(account: number, instrument: number): Denial {
    const readiness = this.recorder.state.readiness.of(account, instrument);
    if (readiness === Readiness.Ready) return Denial.None;
    if (readiness === Readiness.Broken) return Denial.PositionBroken;
    if (readiness === Readiness.Syncing) return Denial.NotSynced;
    return this.gatewayOf(account)?.capabilities.privateStream === true ? Denial.NotSynced : Denial.None;
  }

  #deny(record: TradingRecord, kind: RecordKind, denial: number): void {
    record.kind = kind;
    record.code = denial;
    this.recorder.emit(record);
  }
}

function nobody(): void {}
