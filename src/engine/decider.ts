/** decide for wishes and commands about orders: every wish ends in one record that says what became of it. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { MarketState } from "../market/market.ts";
import { Denial } from "../model/denial.ts";
import { isExposed, OrderFlag, OrderState, Side } from "../model/order.ts";
import { Readiness, RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { mayCancel, mayReplace } from "../oms/matrix.ts";
import type { GateContext } from "../risk/context.ts";
import type { RiskGate } from "../risk/gate.ts";
import type { VenueGateway } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { ReleaseQueue } from "./release.ts";

/** How often a gateway that did not take a cancel is asked again. */
const CLOSE_AGAIN_US = 50_000;
/** From this share of the trading ring on, a kill sends its cancels before it journals anything. */
const JOURNAL_STUCK = 0.75;
/** Of a reason that goes into the record of each cancel: thousands of long ones in one step would overrun the ring. */
const CANCEL_WHY_UNITS_MAX = 100;

export class Decider {
  readonly #candidate = new TradingRecord();
  readonly #cancel = new TradingRecord();
  /** Orders whose cancel is journaled and has not left: no further cancel of theirs would be sent. */
  readonly #unsent = new Set<number>();
  #closeAgainDueUs = 0;

  constructor(
    readonly recorder: Recorder,
    readonly market: MarketState,
    readonly gate: RiskGate,
    readonly context: GateContext,
    readonly releases: ReleaseQueue,
    readonly gatewayOf: (account: number) => VenueGateway | undefined,
  ) {}

  /** CommandPlace → OrderIntent and a queued effect, or OrderDenied. */
  place(wish: Readonly<TradingRecord>): void {
    const orders = this.recorder.state.orders;
    const order = this.#candidate.copyFrom(wish, RecordKind.OrderIntent);
    order.order = orders.nextOrder;
    order.attempt = 1;
    this.#lookAt(order, 0);
    if (wish.code !== Denial.None) return this.#deny(order, RecordKind.OrderDenied, wish.code);
    const gateway = this.gatewayOf(order.account);
    if (gateway === undefined) return this.#deny(order, RecordKind.OrderDenied, Denial.NotReady);
    if (gateway.venue !== "" && gateway.venue !== this.recorder.state.instruments.get(order.instrument)?.venue) {
      return this.#deny(order, RecordKind.OrderDenied, Denial.InstrumentNotAllowed);
    }
    if (!this.releases.hasRoom() || !orders.hasRoom()) {
      return this.#deny(order, RecordKind.OrderDenied, Denial.JournalBehind);
    }
    const effect = this.gate.approve(order, this.context);
    if (effect === undefined) return this.#deny(order, RecordKind.OrderDenied, this.gate.denial);
    this.recorder.emit(order);
    this.releases.push(effect, order.record);
  }

  /** CommandAmend → ReplaceIntent and a queued effect, or ReplaceDenied. price or qty 0 = keep. */
  amend(wish: Readonly<TradingRecord>): void {
    const orders = this.recorder.state.orders;
    const order = this.#candidate.copyFrom(wish, RecordKind.ReplaceIntent);
    const denial = this.#whyNotAmend(wish);
    if (denial !== Denial.None) return this.#deny(order, RecordKind.ReplaceDenied, denial);
    orders.copyTo(wish.order, order);
    order.kind = RecordKind.ReplaceIntent;
    order.text = wish.text;
    order.attempt = orders.attempt(wish.order) + 1;
    this.context.oldPrice = orders.price(wish.order);
    this.context.oldLeavesQty = orders.leavesQty(wish.order);
    this.context.cumQty = orders.cumQty(wish.order);
    if (wish.price > 0) order.price = wish.price;
    if (wish.qty > 0) order.qty = wish.qty;
    if (order.price === this.context.oldPrice && order.qty === orders.qty(wish.order)) {
      return this.#deny(order, RecordKind.ReplaceDenied, Denial.NothingToChange);
    }
    this.#lookAt(order, orders.leavesQty(wish.order));
    const effect = this.gate.approve(order, this.context);
    if (effect === undefined) return this.#deny(order, RecordKind.ReplaceDenied, this.gate.denial);
    this.recorder.emit(order);
    this.releases.push(effect, order.record);
  }

  /** CommandCancel → OrderWithdrawn (not released yet), CancelIntent and the venue's cancel at once, or CancelDenied. */
  cancel(wish: Readonly<TradingRecord>): void {
    const orders = this.recorder.state.orders;
    const record = this.#cancel.copyFrom(wish, RecordKind.CancelIntent);
    if (!orders.has(wish.order)) return this.#deny(record, RecordKind.CancelDenied, Denial.OrderUnknown);
    const state = orders.state(wish.order);
    if (!isExposed(state)) return this.#deny(record, RecordKind.CancelDenied, Denial.OrderNotOpen);
    orders.copyTo(wish.order, record);
    record.kind = RecordKind.CancelIntent;
    record.text = wish.text;
    if (state === OrderState.Intent) {
      record.kind = RecordKind.OrderWithdrawn;
      record.code = Denial.None;
      return this.recorder.emit(record);
    }
    // A second cancel of the same order changes nothing that the first did not.
    if (!mayCancel(state)) return this.#deny(record, RecordKind.CancelDenied, Denial.OrderNotOpen);
    if (state === OrderState.CancelSent) return;
    this.#lookAt(record, 0);
    const denial = this.gate.checkCancel(record, this.context);
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

  /** Cancels every exposed order that fits (-1 = any); under kill nothing refuses. */
  cancelAll(instrument: number, account: number, instance: number, why: string): void {
    assert(instrument >= -1 && account >= -1 && instance >= -1, Code.ValueOutOfRange);
    const orders = this.recorder.state.orders;
    let order = orders.firstOpenAll();
    while (order !== 0) {
      const next = orders.nextOpenAll(order);
      if (this.#matches(order, instrument, account, instance)) {
        this.#wish.reset(RecordKind.CommandCancel);
        this.#wish.order = order;
        this.#wish.text = why.slice(0, CANCEL_WHY_UNITS_MAX);
        this.cancel(this.#wish);
      }
      order = next;
    }
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
    const { orders, instruments, risk } = this.recorder.state;
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      if ((orders.flags(order) & OrderFlag.External) !== 0) continue;
      const instrument = orders.instrument(order);
      const venue = instruments.get(instrument)?.venue ?? "";
      if (!risk.isKilled(orders.instance(order), instrument, orders.account(order), venue)) continue;
      this.#wish.reset(RecordKind.CommandCancel);
      this.#wish.order = order;
      this.#wish.text = "killed before the restart";
      this.cancel(this.#wish);
    }
  }

  /** Records the kill first, then cancels; idempotent. `key` is the instance, instrument or account of the scope. */
  kill(scope: Scope, key: number, why: string): void {
    const record = this.#candidate.reset(RecordKind.Killed);
    record.scope = scope;
    record.text = why;
    if (scope === Scope.Instance) record.instance = key;
    else if (scope === Scope.Instrument) record.instrument = key;
    else if (scope === Scope.Account) record.account = key;
    const instrument = scope === Scope.Instrument ? key : -1;
    const account = scope === Scope.Account ? key : -1;
    const instance = scope === Scope.Instance ? key : -1;
    // The next record may be one too many: the engine would stop, and no cancel would have left.
    if (this.recorder.journal.occupancy() >= JOURNAL_STUCK) this.#closeUnrecorded(instrument, account, instance);
    this.recorder.emit(record);
    this.cancelAll(instrument, account, instance, why);
  }

  /** Cancels are idempotent: those that are journaled afterwards are sent once more. */
  #closeUnrecorded(instrument: number, account: number, instance: number): void {
    const { orders } = this.recorder.state;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if (!this.#matches(order, instrument, account, instance) || orders.state(order) === OrderState.Intent) continue;
      orders.copyTo(order, this.#cancel.reset(RecordKind.CancelIntent));
      this.gatewayOf(this.#cancel.account)?.close(this.#cancel);
    }
  }

  #matches(order: number, instrument: number, account: number, instance: number): boolean {
    const { orders } = this.recorder.state;
    // What others have placed is theirs to end: only a cancel that names it touches it.
    if ((orders.flags(order) & OrderFlag.External) !== 0) return false;
    return (
      (instrument < 0 || orders.instrument(order) === instrument) &&
      (account < 0 || orders.account(order) === account) &&
      (instance < 0 || orders.instance(order) === instance)
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
  #lookAt(order: TradingRecord, ownLeavesQty: number): void {
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
    this.#lookAtInstance(order, buying ? ownLeavesQty : 0, buying ? 0 : ownLeavesQty);
    context.openingsDenial = this.#openingsDenial(order.account, order.instrument);
    context.openCount = state.orders.openCount(order.account, order.instrument);
    context.journalOccupancy = journal.occupancy();
    order.referencePrice = context.referencePrice;
    order.referenceAgeUs = context.referenceAgeUs;
  }

  /** A venue with a stream of its own must have been reconciled; a simulated one that nobody reconciles is as we know it. */
  #openingsDenial(account: number, instrument: number): Denial {
    const readiness = this.recorder.state.readiness.of(account, instrument);
    if (readiness === Readiness.Ready) return Denial.None;
    if (readiness === Readiness.Broken) return Denial.PositionBroken;
    if (readiness === Readiness.Syncing) return Denial.NotSynced;
    return this.gatewayOf(account)?.capabilities.privateStream === true ? Denial.NotSynced : Denial.None;
  }

  /** What this instance alone has open: another instance's orders must not turn its exit into an opening. */
  #lookAtInstance(order: Readonly<TradingRecord>, ownBuyQty: number, ownSellQty: number): void {
    const { orders } = this.recorder.state;
    let buyQty = 0;
    let sellQty = 0;
    for (let o = orders.firstOpen(order.account, order.instrument); o !== 0; o = orders.nextOpen(o)) {
      if (orders.instance(o) !== order.instance) continue;
      if (orders.side(o) === Side.Buy) buyQty += orders.leavesQty(o);
      else sellQty += orders.leavesQty(o);
    }
    assert(buyQty >= ownBuyQty && sellQty >= ownSellQty, Code.InvariantBroken);
    this.context.instanceOpenBuyQty = buyQty - ownBuyQty;
    this.context.instanceOpenSellQty = sellQty - ownSellQty;
  }

  #deny(record: TradingRecord, kind: RecordKind, denial: number): void {
    record.kind = kind;
    record.code = denial;
    this.recorder.emit(record);
  }
}
