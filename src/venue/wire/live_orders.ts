/** Orders of this session as their gateway knows them: what they are called, and what has been told of them already. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { RecordKind, type TradingRecord } from "../../model/record.ts";

/** A replace on its way: its answer and the stream tell the same thing, once. */
interface PendingReplace {
  readonly attempt: number;
  readonly price: number;
  readonly qty: number;
}

/** Of one order; those before have been told by every way. */
const REPLACED_MAX = 8;

export class LiveOrder {
  venueOrderId = "";
  isAccepted = false;
  hasEnded = false;
  isRefused = false;
  filledQty = 0;
  replace: PendingReplace | undefined;
  /** Those that were answered, the last one at the end. */
  readonly replaced: PendingReplace[] = [];
  /** The venue's time of the newest terms that were told; 0 before. */
  termsUs = 0;
  readonly fills = new Set<string>();

  constructor(
    readonly order: number,
    readonly instrument: number,
    readonly side: number,
    readonly leg: number,
    readonly clientOrderId: string,
    /** As the venue has it; 0: not known. */
    public qty: number,
  ) {}

  /** Nothing that was told says that it is over: filled to the last is what is so by the larger of two terms. */
  get mayBeOpen(): boolean {
    const qty = Math.max(this.qty, this.replace?.qty ?? 0);
    const isFilled = this.qty > 0 && this.filledQty >= qty;
    return !this.hasEnded && !this.isRefused && !isFilled;
  }
}

/** Bounded: those that have been here longest are forgotten first, and what is told of them is told as it comes. */
export class LiveOrders {
  readonly #byOrder = new Map<number, LiveOrder>();
  readonly #byVenueId = new Map<string, LiveOrder>();

  constructor(readonly ordersMax: number) {
    assert(ordersMax > 0, Code.LimitRelationBroken);
  }

  get count(): number {
    return this.#byOrder.size;
  }

  all(): Iterable<LiveOrder> {
    return this.#byOrder.values();
  }

  get(order: number): LiveOrder | undefined {
    return this.#byOrder.get(order);
  }

  byVenueId(venueOrderId: string, instrument: number): LiveOrder | undefined {
    const found = this.#byVenueId.get(venueOrderId);
    return found?.instrument === instrument ? found : undefined;
  }

  /** An order that is sent. One that is here already stays as it is: the venue refuses its double. */
  add(effect: Readonly<TradingRecord>, clientOrderId: string): LiveOrder {
    const known = this.#byOrder.get(effect.order);
    if (known !== undefined) return known;
    if (this.#byOrder.size >= this.ordersMax) this.#forgetOne();
    const qty = effect.kind === RecordKind.OrderIntent ? effect.qty : 0;
    const made = new LiveOrder(effect.order, effect.instrument, effect.side, effect.leg, clientOrderId, qty);
    this.#byOrder.set(effect.order, made);
    return made;
  }

  /**
   * Learns what a report says. False when it says nothing new: the acknowledgement and the stream tell the same, and so
   * do two connections that are read at once. Reports of orders that are not here are new always.
   */
  isNews(report: TradingRecord): boolean {
    const live = this.#byOrder.get(report.order) ?? this.byVenueId(report.venueOrderId, report.instrument);
    if (live === undefined) return true;
    report.order = live.order;
    this.#name(live, report.venueOrderId);
    switch (report.kind) {
      case RecordKind.OrderAccepted:
        return !live.isAccepted && !live.hasEnded && mark(live, "isAccepted");
      case RecordKind.OrderFilled:
        if (live.fills.has(report.fillId)) return false;
        live.fills.add(report.fillId);
        live.filledQty += report.qty;
        return true;
      case RecordKind.OrderRejected:
        live.isRefused = true;
        return true;
      case RecordKind.OrderCanceled:
      case RecordKind.OrderExpired:
        return !live.hasEnded && mark(live, "hasEnded");
      case RecordKind.OrderReplaced:
        if (!isReplaceNews(live, report)) return false;
        live.qty = report.qty;
        return true;
      case RecordKind.ReplaceRejected:
        if (live.replace?.attempt === report.attempt) live.replace = undefined;
        return true;
      default:
        return true;
    }
  }

  /** The venue's id of an order, from an answer that says no more than that it was received. */
  learn({ order, venueOrderId }: Readonly<TradingRecord>): void {
    const live = this.#byOrder.get(order);
    if (live !== undefined) this.#name(live, venueOrderId);
  }

  #name(live: LiveOrder, venueOrderId: string): void {
    if (live.venueOrderId !== "" || venueOrderId === "") return;
    live.venueOrderId = venueOrderId;
    this.#byVenueId.set(venueOrderId, live);
  }

  #forgetOne(): void {
    for (const [order, live] of this.#byOrder) {
      this.#byOrder.delete(order);
      this.#byVenueId.delete(live.venueOrderId);
      return;
    }
  }
}

function mark(live: LiveOrder, name: "isAccepted" | "hasEnded"): true {
  live[name] = true;
  return true;
}

/**
 * Our own replace by its terms, whichever way its answer came first; any other is somebody else's, with attempt 0. The
 * stream may be slower than our next request and its answer: what it tells of older terms then is none, by the venue's time
 * of it, and within one tick of its clock by the terms that were ours before.
 */
function isReplaceNews(live: LiveOrder, report: TradingRecord): boolean {
  const { replace, replaced, termsUs } = live;
  const timeUs = report.exchangeTimeUs;
  const isLater = timeUs > termsUs && termsUs > 0;
  if (timeUs > 0 && timeUs < termsUs) return false;
  if (replace !== undefined && isSame(replace, report)) {
    report.attempt = replace.attempt;
    live.replace = undefined;
    replaced.push(replace);
    if (replaced.length > REPLACED_MAX) replaced.shift();
  } else {
    const last = replaced.at(-1);
    if (last !== undefined && isSame(last, report)) return false;
    if (!isLater && replaced.some((each) => isSame(each, report))) return false;
    if (report.attempt !== 0) return false;
    replaced.length = 0;
  }
  live.termsUs = Math.max(timeUs, termsUs);
  return true;
}

function isSame(one: PendingReplace, { price, qty }: Readonly<TradingRecord>): boolean {
  return one.price === price && one.qty === qty;
}
