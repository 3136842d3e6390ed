/** Venue reports → records: drops what was counted, parks what comes too early, and says aloud what cannot be. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { Reject } from "../model/denial.ts";
import { isExposed, isTerminal, OrderEvent, OrderFlag, OrderState } from "../model/order.ts";
import { Evidence, RecordKind, TradingRecord } from "../model/record.ts";
import { inferredFillId } from "./inferred_fills.ts";
import { cell, eventOf, Step } from "./matrix.ts";
import type { OrderTable } from "./order_table.ts";
import { Parking } from "./parking.ts";

/** The engine: numbers, journals and applies each record before it returns. */
export interface RecordSink {
  emit(record: TradingRecord): void;
}

/** How often each unusual thing happened since the start. Not part of D. */
export class ReportCounters {
  /** Said again what was known: the same fill id, a second ack. */
  duplicates = 0;
  /** Too late to matter: a lost answer whose evidence had come, the end of a replaced leg. */
  stale = 0;
  /** Fills after the end of their order. */
  late = 0;
  /** Parked for an order or a fill that is not known yet. */
  parked = 0;
  /** Given up: no order was found. */
  orphans = 0;
  /** Evidence that cannot be; not applied. */
  breaks = 0;
  /** Fills that led beyond the order's quantity. */
  overfills = 0;
  /** Fills derived from cumulative quantities, and real ones that took the place of such. */
  inferred = 0;
  replaced = 0;
}

/** The deciding side. It keeps no state of orders: after each `emit` it reads the table again. */
export class ReportHandler {
  readonly counters = new ReportCounters();
  readonly #parking: Parking;
  readonly #out = new TradingRecord();
  readonly #late = new TradingRecord();

  constructor(
    readonly orders: OrderTable,
    limits: Limits,
  ) {
    assert(orders.limits.ordersMax === limits.ordersMax, Code.LimitRelationBroken);
    this.#parking = new Parking(limits.reportsParkedMax);
  }

  get parkedCount(): number {
    return this.#parking.count;
  }

  /** One report of a venue-evidence kind: emits nothing, one record, or a record and what there is to say about it. */
  onReport(report: Readonly<TradingRecord>, emit: RecordSink): void {
    const event = eventOf(report.kind);
    assert(isEvidence(event), Code.IllegalTransition);
    const order = this.#resolve(report);
    if (order === 0 || this.#waitsForFill(order, report)) {
      this.#park(report, emit);
      return;
    }
    this.#take(order, event as OrderEvent, report, emit);
    if (this.#parking.count > 0) this.replayParked(order, emit);
  }

  /** Takes the parked reports that name this order, oldest first. The engine calls it when an order appears. */
  replayParked(order: number, emit: RecordSink): void {
    let index = 0;
    while (index < this.#parking.count) {
      const waiting = this.#parking.peek(index);
      if (this.#resolve(waiting) !== order || this.#waitsForFill(order, waiting)) {
        index++;
        continue;
      }
      const report = this.#parking.take(index);
      this.#take(order, eventOf(report.kind) as OrderEvent, report, emit);
      index = 0; // It may have taught a venue id, or brought the fill that an earlier bust waits for.
    }
  }

  /**
   * Gives up parked reports that came before `timeUs`: they are journaled as orphans. `adopt` may make an order of one
   * first (a fill of somebody else's order is a fact about our position); true when it has. `waits`: nobody can say yet
   * whose it is.
   */
  expireParked(
    timeUs: number,
    emit: RecordSink,
    adopt?: (report: Readonly<TradingRecord>) => boolean,
    waits?: (report: Readonly<TradingRecord>) => boolean,
  ): void {
    let index = 0;
    while (index < this.#parking.count && this.#parking.peek(index).timeUs < timeUs) {
      if (waits?.(this.#parking.peek(index)) === true) {
        index++;
        continue;
      }
      const report = this.#late.copyFrom(this.#parking.take(index));
      if (adopt?.(report) === true) this.onReport(report, emit);
      else this.#orphan(report, emit);
      index = 0; // Others may have found their order with it.
    }
  }

  /**
   * The venue has filled up to `toCumQty`, and its history has no trades for it: one fill for the whole gap, under an id
   * that the same facts give again. Real trades replace it when they come.
   */
  infer(order: number, toCumQty: number, price: number, exchangeTimeUs: number, emit: RecordSink): boolean {
    const { orders } = this;
    assert(Number.isSafeInteger(price) && price >= 0, Code.ValueOutOfRange);
    const known = orders.filledQty(order);
    if (!isQty(toCumQty) || toCumQty <= known) return false;
    if (cell(orders.state(order), OrderEvent.Fill).step === Step.Break) return false;
    if (orders.inferred.get(order) !== undefined) this.#bustInferred(order, emit);
    this.#inferFrom(order, toCumQty, price, exchangeTimeUs, emit);
    return true;
  }

  /** Order that a report names: by number, else by the venue's id. 0 = none that we hold. */
  #resolve(report: Readonly<TradingRecord>): number {
    if (report.order !== 0) return this.orders.has(report.order) ? report.order : 0;
    return this.orders.orderByVenueId(report.account, report.venueOrderId);
  }

  /** A bust before its fill waits, so that both orders of arrival end the same. */
  #waitsForFill(order: number, report: Readonly<TradingRecord>): boolean {
    if (report.kind !== RecordKind.FillBusted) return false;
    return !this.orders.hasFill(this.orders.account(order), this.orders.instrument(order), report.fillId, order);
  }

  #park(report: Readonly<TradingRecord>, emit: RecordSink): void {
    // An order of ours that was evicted does not come back.
    const isGone = report.order !== 0 && report.order < this.orders.nextOrder && !this.orders.has(report.order);
    if (isGone) {
      this.#orphan(report, emit);
      return;
    }
    if (this.#parking.isFull) this.#orphan(this.#parking.take(0), emit);
    this.#parking.add(report);
    this.counters.parked++;
  }

  #orphan(report: Readonly<TradingRecord>, emit: RecordSink): void {
    this.counters.orphans++;
    const out = this.#out.copyFrom(report, RecordKind.ReportOrphaned);
    out.code = Code.ReportUnmatched;
    out.text = orphanText(report);
    emit.emit(out);
  }

  #take(order: number, event: OrderEvent, report: Readonly<TradingRecord>, emit: RecordSink): void {
    assert(this.orders.has(order), Code.InvariantBroken);
    if (!this.#isOurs(order, report)) {
      this.#break(order, report, emit, "the report's account, instrument or side is not the order's");
      return;
    }
    switch (event) {
      case OrderEvent.Fill:
        this.#takeFill(order, report, emit);
        return;
      case OrderEvent.Bust:
        this.#takeBust(order, report, emit);
        return;
      case OrderEvent.Reject:
        this.#takeReject(order, report, emit);
        return;
      case OrderEvent.Lose:
        if (this.orders.isAwaited(order)) this.#takeByCell(order, event, report, emit);
        else this.counters.stale++;
        return;
      case OrderEvent.Cancel:
      case OrderEvent.Expire:
        // The old leg of a cancel-and-replace ends; the order lives on in the new one.
        if (this.orders.isSuperseded(order, report.venueOrderId)) {
          this.counters.stale++;
          return;
        }
        this.#replaceByEnd(order, report, emit);
        this.#takeByCell(order, event, report, emit);
        return;
      case OrderEvent.CancelReject:
        if (this.#isStillToCancel(order, report)) this.#noteGone(order, report, emit);
        else this.#takeByCell(order, event, report, emit);
        return;
      case OrderEvent.ReplaceReject:
        if (this.#takeByCell(order, event, report, emit) && isGone(report)) this.#noteGone(order, report, emit);
        return;
      case OrderEvent.Replace:
        if (this.orders.state(order) === OrderState.Held) {
          this.#break(order, report, emit, "not sent by us: somebody uses our ids");
        } else if (isMantissa(report.price) && this.orders.fitsQty(order, report.qty)) {
          this.#takeByCell(order, event, report, emit);
        } else this.#break(order, report, emit, "a replace's price or quantity is out of range");
        return;
      default:
        this.#takeByCell(order, event, report, emit);
    }
  }

  /** An end tells the terms that ended: when only our replace has asked for them it was done, and its answer is lost. */
  #replaceByEnd(order: number, report: Readonly<TradingRecord>, emit: RecordSink): void {
    const { orders } = this;
    const isOut = (orders.flags(order) & OrderFlag.ReplacePending) !== 0 && orders.isReplaceReleased(order);
    if (!isOut || report.qty !== orders.pendingQty(order) || report.price !== orders.pendingPrice(order)) return;
    if (report.qty === orders.qty(order) && report.price === orders.price(order)) return;
    const out = this.#identified(order, report);
    out.kind = RecordKind.OrderReplaced;
    out.attempt = orders.attempt(order);
    out.code = 0;
    emit.emit(out);
  }

  /** True when the report was emitted as a record of its order. */
  #takeByCell(order: number, event: OrderEvent, report: Readonly<TradingRecord>, emit: RecordSink): boolean {
    const { step, why } = cell(this.orders.state(order), event);
    assert(step !== Step.Illegal && step !== Step.Park, Code.IllegalTransition);
    if (step === Step.Break) {
      this.#break(order, report, emit, why);
      return false;
    }
    if (this.#tellsNothing(order, event, step, report)) {
      this.counters.duplicates++;
      return false;
    }
    emit.emit(this.#identified(order, report));
    return true;
  }

  /** True when a report that leaves the state as it is would change no column either. */
  #tellsNothing(order: number, event: OrderEvent, step: Step, report: Readonly<TradingRecord>): boolean {
    const orders = this.orders;
    if (event === OrderEvent.Replace || event === OrderEvent.ReplaceReject) {
      if (orders.isAnswered(order, report.attempt)) return true;
    }
    if (step !== Step.Stay && step !== Step.Settle && step !== Step.Newer) return false;
    switch (event) {
      case OrderEvent.Accept:
        if (!orders.isAccepted(order)) return false;
        if (orders.venueOrderId(order) === "" && report.venueOrderId !== "") return false;
        return !orders.wouldRaiseVenueCumQty(order, report.cumQty);
      case OrderEvent.Cancel:
      case OrderEvent.Expire:
        if (report.venueOrderId !== "" && !orders.knowsVenueId(order, report.venueOrderId)) return false;
        return !orders.wouldRaiseVenueCumQty(order, report.cumQty);
      case OrderEvent.CancelReject:
        return orders.state(order) === OrderState.Intent || (orders.flags(order) & OrderFlag.CancelPending) === 0;
      case OrderEvent.ReplaceReject:
        // The end of an order may be that of an old leg alone; that no new leg will come is news.
        if (isTerminal(orders.state(order)) && report.attempt === orders.attempt(order)) return false;
        return (orders.flags(order) & OrderFlag.ReplacePending) === 0;
      default:
        return true;
    }
  }

  #takeFill(order: number, report: Readonly<TradingRecord>, emit: RecordSink): void {
    const orders = this.orders;
    if (report.fillId === "") {
      this.#break(order, report, emit, "a fill without an id cannot be counted once");
      return;
    }
    if (orders.hasFill(orders.account(order), orders.instrument(order), report.fillId, order)) {
      this.counters.duplicates++;
      return;
    }
    if (!isQty(report.qty) || report.qty > MANTISSA_MAX - orders.filledQty(order)) {
      this.#break(order, report, emit, "a fill's quantity is not a positive number in range");
      return;
    }
    const { step, why } = cell(orders.state(order), OrderEvent.Fill);
    if (step === Step.Break) {
      this.#break(order, report, emit, why);
      return;
    }
    if (this.#replacesInferred(order, report)) {
      this.#replaceInferred(order, report, emit);
      return;
    }
    emit.emit(this.#identified(order, report));
    const isOver = orders.cumQty(order) > orders.qtyMax(order);
    if (isOver) this.counters.overfills++;
    if (step === Step.Late) {
      this.counters.late++;
      this.#problem(order, report, emit, isOver ? Code.Overfill : Code.LateFill, why);
    } else if (isOver) this.#problem(order, report, emit, Code.Overfill, "filled beyond its quantity");
  }

  /** False for a fill that its venue says lies beyond what was inferred. */
  #replacesInferred(order: number, report: Readonly<TradingRecord>): boolean {
    const inferred = this.orders.inferred.get(order);
    if (inferred === undefined || report.evidence === Evidence.Inferred) return false;
    return !(report.cumQty - report.qty >= inferred.from + inferred.qty);
  }

  /** The inferred fill goes, the real one comes, and what it leaves of the gap is inferred again: all in one step. */
  #replaceInferred(order: number, report: Readonly<TradingRecord>, emit: RecordSink): void {
    const { orders } = this;
    const inferred = orders.inferred.get(order);
    assert(inferred !== undefined, Code.InvariantBroken);
    const rest = inferred.qty - report.qty;
    this.counters.replaced++;
    this.#bustInferred(order, emit);
    emit.emit(this.#identified(order, report));
    if (rest > 0) {
      this.#inferFrom(order, orders.filledQty(order) + rest, inferred.price, report.exchangeTimeUs, emit);
    } else if (orders.cumQty(order) > orders.qtyMax(order)) {
      this.counters.overfills++;
      this.#problem(order, report, emit, Code.Overfill, "filled beyond its quantity");
    }
  }

  #bustInferred(order: number, emit: RecordSink): void {
    const { orders } = this;
    const inferred = orders.inferred.get(order);
    assert(inferred !== undefined, Code.InvariantBroken);
    const out = this.#out.reset(RecordKind.FillBusted);
    orders.identify(order, out);
    out.evidence = Evidence.Inferred;
    out.fillId = inferred.fillId;
    out.qty = inferred.qty;
    out.price = inferred.price;
    emit.emit(out);
  }

  #inferFrom(order: number, toCumQty: number, price: number, exchangeTimeUs: number, emit: RecordSink): void {
    const { orders } = this;
    const from = orders.filledQty(order);
    assert(toCumQty > from, Code.ValueOutOfRange);
    const out = this.#out.reset(RecordKind.OrderFilled);
    orders.identify(order, out);
    out.venueOrderId = orders.venueOrderId(order);
    out.evidence = Evidence.Inferred;
    out.exchangeTimeUs = exchangeTimeUs;
    out.fillId = inferredFillId(out.account, out.instrument, out.venueOrderId, from, toCumQty);
    out.qty = toCumQty - from;
    out.price = price;
    this.counters.inferred++;
    emit.emit(out);
  }

  /** A bust voids the fill that we counted, whatever quantity it names. */
  #takeBust(order: number, report: Readonly<TradingRecord>, emit: RecordSink): void {
    const orders = this.orders;
    const entry = orders.fills.find(orders.account(order), orders.instrument(order), report.fillId, order);
    assert(entry >= 0, Code.InvariantBroken);
    if (orders.fills.isBusted(entry)) {
      this.counters.duplicates++;
      return;
    }
    const out = this.#identified(order, report);
    out.qty = orders.fills.qty(entry);
    out.price = orders.fills.price(entry);
    emit.emit(out);
  }

  #takeReject(order: number, report: Readonly<TradingRecord>, emit: RecordSink): void {
    // "This client id exists": no refusal of the order, but a sign that it is there. It stays unknown until it is found.
    if (report.code === Reject.DuplicateClientId) {
      if (this.orders.state(order) === OrderState.Sent)
        this.#unknown(order, report, emit, "the venue has this client id");
      else this.counters.stale++;
      return;
    }
    if (this.orders.filledQty(order) > 0 && isExposed(this.orders.state(order))) {
      this.#break(order, report, emit, "what has traded was not refused");
      return;
    }
    this.#takeByCell(order, OrderEvent.Reject, report, emit);
  }

  /**
   * "There is no such order" may mean that it has ended, or that its cancel ran ahead of it: what may still come or live
   * is still to be cancelled, so the wish stays.
   */
  #isStillToCancel(order: number, report: Readonly<TradingRecord>): boolean {
    const { orders } = this;
    const state = orders.state(order);
    if (!isGone(report) || !isExposed(state) || state === OrderState.Intent) return false;
    return (orders.flags(order) & OrderFlag.CancelPending) !== 0;
  }

  /** The venue refused because it no longer has the order, or has it not yet: how it stands is not known. */
  #noteGone(order: number, report: Readonly<TradingRecord>, emit: RecordSink): void {
    const state = this.orders.state(order);
    if (!isExposed(state) || state === OrderState.Intent) return;
    if (state === OrderState.Unknown) this.counters.stale++;
    else this.#unknown(order, report, emit, "the venue does not have it");
  }

  #unknown(order: number, report: Readonly<TradingRecord>, emit: RecordSink, text: string): void {
    const out = this.#identified(order, report);
    out.kind = RecordKind.OrderUnknown;
    out.code = Code.AnswerMissing;
    out.text = text;
    emit.emit(out);
  }

  #break(order: number, report: Readonly<TradingRecord>, emit: RecordSink, why: string): void {
    this.counters.breaks++;
    this.#problem(order, report, emit, Code.EvidenceImpossible, why);
  }

  /** ProblemNoted keeps all that the report said, so that nothing is lost for the reader. */
  #problem(order: number, report: Readonly<TradingRecord>, emit: RecordSink, code: Code, why: string): void {
    const out = this.#out.copyFrom(report, RecordKind.ProblemNoted);
    out.order = order;
    out.code = code;
    const state = OrderState[this.orders.state(order)] as string;
    out.text = `${RecordKind[report.kind] as string} while ${state}: ${why}`;
    emit.emit(out);
  }

  /** The report as a record of its order: whose it is comes from the table, what happened from the venue. */
  #identified(order: number, report: Readonly<TradingRecord>): TradingRecord {
    const out = this.#out.copyFrom(report);
    this.orders.identify(order, out);
    return out;
  }

  #isOurs(order: number, report: Readonly<TradingRecord>): boolean {
    const orders = this.orders;
    if (report.account !== orders.account(order)) return false;
    if (report.instrument !== orders.instrument(order)) return false;
    return report.side === 0 || report.side === orders.side(order);
  }
}

/** Events that a venue, its session or a query may report. */
export function isEvidence(event: OrderEvent | -1): boolean {
  switch (event) {
    case -1:
    case OrderEvent.Release:
    case OrderEvent.Withdraw:
    case OrderEvent.CancelRequest:
    case OrderEvent.ReplaceRequest:
    case OrderEvent.Trigger:
    case OrderEvent.Deny:
      return false;
    default:
      return true;
  }
}

/** A refusal that says: there is no such order, or none any more. */
function isGone(report: Readonly<TradingRecord>): boolean {
  return report.code === Reject.UnknownOrder || report.code === Reject.AlreadyDone;
}

function isMantissa(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isQty(qty: number): boolean {
  return Number.isSafeInteger(qty) && qty > 0;
}

function orphanText(report: Readonly<TradingRecord>): string {
  const kind = RecordKind[report.kind] as string;
  return report.text === "" ? kind : `${kind}: ${report.text}`;
}
