/** Orders in question: what venues state of them becomes records, by the rules of evidence; strangers are adopted. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isExposed, OrderFlag, OrderState } from "../model/order.ts";
import { Evidence, RecordKind, TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { adoption, Owner, type OwnerSearch } from "../oms/adopt.ts";
import { ANY_ORDER } from "../oms/fill_set.ts";
import { judge, Verdict } from "../oms/reconcile.ts";
import type { VenueQuery } from "./ports.ts";
import type { AccountSync, Ask } from "./reconciler_account.ts";
import { ESCALATE_US, FILL_TRIES, OrderCase, Want } from "./reconciler_case.ts";
import type { ReconcileCounters, ReconcilerParts } from "./reconciler_parts.ts";

/** A request without an answer for so long beyond its validity is unknown, whatever its session says. */
const UNANSWERED_US = 5_000_000;
const WATCH_EVERY_US = 500_000;
const RECANCEL_EVERY_US = 2_000_000;
const RECANCELS_MAX = 3;
/** How often after that. */
const RECANCEL_LATER_US = 20_000_000;
const FILLS_AGAIN_US = 1_000_000;
/** Venue clocks differ from ours by less than this. */
const CLOCK_SLACK_US = 60_000_000;
/** Steps of one order towards one statement: acceptance, terms, end, and one to spare. */
const STEPS_MAX = 6;

/** A cancel or replace that waits for its answer. */
interface Waiting {
  readonly attempt: number;
  readonly sinceUs: number;
  dueUs: number;
  tries: number;
}

type Halt = (account: number, code: Code.FinalityBroken | Code.IdMisused, why: string) => void;

export class OrderDesk {
  readonly #cases = new Map<number, OrderCase>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #out = new TradingRecord();
  readonly #noted = new TradingRecord();
  readonly #stranger = new TradingRecord();
  #watchDueUs = 0;

  constructor(
    readonly parts: ReconcilerParts,
    readonly owners: OwnerSearch,
    readonly counters: ReconcileCounters,
    readonly halt: Halt,
  ) {}

  /** Orders in question now. */
  get caseCount(): number {
    return this.#cases.size;
  }

  /** An order whose fate is to be asked for. */
  note(order: number, nowUs: number): OrderCase | undefined {
    const { orders } = this.parts.recorder.state;
    const known = this.#cases.get(order);
    if (known !== undefined || order === 0 || !orders.has(order)) return known;
    const made = new OrderCase(order, orders.account(order), nowUs);
    this.#cases.set(order, made);
    return made;
  }

  /** All unknown orders of the account, and those whose fills are known to be missing, ended ones too. */
  scan(nowUs: number, account: number): void {
    const { orders } = this.parts.recorder.state;
    for (let order = orders.firstEnded(); order !== 0; order = orders.nextEnded(order)) {
      if (orders.account(order) === account) this.noteEnded(order, nowUs, 0); // No stream tells it again.
    }
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if (orders.account(order) !== account) continue;
      this.#look(order, nowUs);
      this.#cases.get(order)?.hasten(nowUs);
    }
  }

  /** What was unknown lives after all: a cancel that was wanted meanwhile is sent again at once. */
  onRevived(order: number, nowUs: number): void {
    const { orders } = this.parts.recorder.state;
    if (orders.state(order) !== OrderState.CancelSent) return;
    const attempt = orders.attempt(order);
    this.#waiting.set(order, { attempt, sinceUs: nowUs, dueUs: nowUs + RECANCEL_EVERY_US, tries: 0 });
    this.parts.recancel(order);
  }

  /** An order that has ended with more filled at the venue than has come: its trades are asked for, if they do not come. */
  noteEnded(order: number, nowUs: number, afterUs = FILLS_AGAIN_US): void {
    const { orders } = this.parts.recorder.state;
    const missing = orders.missingQty(order);
    if (missing === 0 || isExposed(orders.state(order)) || this.#cases.has(order)) return;
    const filled = orders.filledQty(order);
    const cumQty = Math.min(filled + missing, orders.qtyMax(order));
    if (cumQty <= filled) return; // Beyond its quantity, by its end alone: the position tells.
    const one = this.note(order, nowUs);
    if (one === undefined) return;
    one.statedCumQty = cumQty;
    one.ask(Want.Fills, nowUs + afterUs);
  }

  /** True while something about the account's orders is asked for or waits to be. */
  hasUrgent(account: number): boolean {
    for (const one of this.#cases.values()) if (one.account === account) return true;
    return false;
  }

  /** Requests that nobody has answered, and questions that a person must hear of. */
  watch(nowUs: number, accounts: readonly AccountSync[]): void {
    if (nowUs < this.#watchDueUs) return;
    this.#watchDueUs = nowUs + WATCH_EVERY_US;
    const { orders } = this.parts.recorder.state;
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      const sync = accounts.find((known) => known.account === orders.account(order));
      if (sync === undefined) continue;
      this.#look(order, nowUs);
      this.#watchOne(sync, order, nowUs);
    }
    for (const order of this.#waiting.keys()) if (!isAwaited(orders.state(order))) this.#waiting.delete(order);
    for (const one of this.#cases.values()) this.#escalate(one, nowUs);
  }

  /** The questions that are due, unknown orders first; `may` sends one, false = no room now. */
  ask(sync: AccountSync, nowUs: number, may: (one: OrderCase) => boolean): void {
    if (this.#cases.size === 0) return;
    const { orders } = this.parts.recorder.state;
    for (const isUnknown of [true, false]) {
      for (const one of this.#cases.values()) {
        if (one.account !== sync.account || one.isAsked || one.dueUs > nowUs) continue;
        if ((orders.state(one.order) === OrderState.Unknown) !== isUnknown) continue;
        if (!orders.has(one.order) || this.#isExplained(one)) this.#cases.delete(one.order);
        else if (!may(one)) return;
        // Behind the others: where there is not room for all, those that fail do not keep them waiting.
        else if (this.#cases.delete(one.order)) this.#cases.set(one.order, one);
      }
    }
  }

  queryOf(one: OrderCase, id: number): VenueQuery {
    const { orders } = this.parts.recorder.state;
    const { order } = one;
    assert(orders.has(order) && one.want !== Want.Nothing, Code.InvariantBroken);
    const instrument = orders.instrument(order);
    const isOurs = orders.adopted.idOf(order) === undefined;
    const sinceUs = isOurs ? Math.max(0, orders.timeUs(order) - CLOCK_SLACK_US) : 0;
    const named = { order, clientOrderId: this.owners.idOf(order), venueOrderId: orders.venueOrderId(order) };
    if (one.want === Want.Fills) return { id, kind: "fills", ...named, instrument, sinceUs };
    return { id, kind: one.want === Want.History ? "orderHistory" : "order", ...named, instrument, sinceUs };
  }

  /** One statement of an answer. Positive facts count at once; what is absent counts when the answer has ended. */
  onStated(sync: AccountSync, ask: Ask, stated: Readonly<TradingRecord>): void {
    const { query } = ask;
    if (query.kind === "order" || query.kind === "orderHistory") {
      // It was asked by our number: the venue may name it by its own id alone.
      if (stated.code !== VenueOrderStatus.NotFound) ask.seen.add(query.order);
      if (this.parts.recorder.state.orders.has(query.order)) this.#settle(sync, ask, query.order, stated);
      return;
    }
    switch (this.owners.find(stated)) {
      case Owner.Known:
        ask.seen.add(this.owners.order);
        return this.#settle(sync, ask, this.owners.order, stated);
      case Owner.Lost:
        this.#adopt(stated, this.owners.instance, OrderFlag.LostOwn);
        return this.#replayParked(stated);
      case Owner.External:
        this.#adopt(stated, 0, OrderFlag.External);
        return this.#replayParked(stated);
      case Owner.Forgotten:
        if (stated.code !== VenueOrderStatus.Open) return;
        return this.halt(
          sync.account,
          Code.FinalityBroken,
          `${idText(stated)} has ended here, and is open at the venue`,
        );
      default:
        if (stated.code !== VenueOrderStatus.Open) return;
        return this.halt(
          sync.account,
          Code.IdMisused,
          `${idText(stated)} was never given out, and is open at the venue`,
        );
    }
  }

  /** The answer about one order is over. */
  onEnd(sync: AccountSync, ask: Ask, isComplete: boolean): void {
    const { query } = ask;
    assert(query.kind === "order" || query.kind === "orderHistory" || query.kind === "fills", Code.EnumUnknown);
    const one = this.#cases.get(query.order);
    if (one === undefined || one.askedId !== query.id) return;
    const { nowUs, state } = this.parts.recorder;
    one.isAsked = false;
    if (isComplete) one.answered();
    if (!state.orders.has(one.order)) this.#cases.delete(one.order);
    else if (!isComplete) one.failed(nowUs);
    else if (query.kind === "fills") this.#onFills(one, nowUs);
    else if (ask.seen.has(one.order)) this.#onFound(one, nowUs);
    else if (state.orders.changedRecord(one.order) > ask.askedRecord) one.dueUs = nowUs;
    else if (query.kind === "order") this.#onMiss(sync, one, ask.askedUs, nowUs);
    else this.#onNever(one, nowUs);
  }

  /** A complete list of open orders: what should be in it and is not, is asked for by its id. */
  onAllOpen(sync: AccountSync, ask: Ask): void {
    const { state, nowUs } = this.parts.recorder;
    const { orders } = state;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if (orders.account(order) !== sync.account || ask.seen.has(order)) continue;
      if (!orders.isAccepted(order) || orders.state(order) === OrderState.Intent) continue;
      // Created or changed since the question: the list is older.
      if (orders.changedRecord(order) > ask.askedRecord) continue;
      this.note(order, nowUs);
    }
  }

  /** A fill of an order that nobody here knows is a fact about our position all the same. True when it has an order now. */
  adoptFill(fill: Readonly<TradingRecord>): boolean {
    const { state } = this.parts.recorder;
    if (fill.kind !== RecordKind.OrderFilled || fill.order !== 0 || fill.venueOrderId === "") return false;
    // A list may have shown the order since the fill came.
    if (state.orders.orderByVenueId(fill.account, fill.venueOrderId) !== 0) return true;
    if (state.accounts.get(fill.account) === undefined || state.instruments.get(fill.instrument) === undefined) {
      return false;
    }
    // Counted for an order that D has let go since: trades are listed again for a while. (With ourselves: it is still here.)
    const { fills } = state.orders;
    const entry = fills.find(fill.account, fill.instrument, fill.fillId, ANY_ORDER);
    if (entry >= 0 && !state.orders.has(fills.order(entry))) return false;
    const stated = this.#stranger.copyFrom(fill, RecordKind.StatedOrder);
    stated.cumQty = -1;
    stated.fillId = "";
    this.#adopt(stated, 0, OrderFlag.External);
    return state.orders.orderByVenueId(fill.account, fill.venueOrderId) !== 0;
  }

  /**
   * True for a fill by a venue id alone while an order of ours that could have made it has not been told its own: counted
   * for a stranger now, it would be counted again for ours.
   */
  mayBeOurs(fill: Readonly<TradingRecord>): boolean {
    const { orders, instruments, limits } = this.parts.recorder.state;
    const { account, instrument } = fill;
    if (fill.kind !== RecordKind.OrderFilled || fill.order !== 0) return false;
    if (account >= limits.accountsMax || instruments.get(instrument) === undefined) return false;
    if (orders.orderByVenueId(account, fill.venueOrderId) !== 0) return false;
    for (let order = orders.firstOpen(account, instrument); order !== 0; order = orders.nextOpen(order)) {
      if (orders.state(order) === OrderState.Intent || orders.venueOrderId(order) !== "") continue;
      if (fill.side === 0 || fill.side === orders.side(order)) return true;
    }
    return false;
  }

  /** Inferred fills are asked for again with each sweep: real trades may have come late. */
  refetchInferred(account: number, nowUs: number): void {
    const { orders } = this.parts.recorder.state;
    if (orders.inferred.count === 0) return;
    for (const order of orders.inferred.orders()) {
      if (!orders.has(order) || orders.account(order) !== account || this.#cases.has(order)) continue;
      this.note(order, nowUs)?.ask(Want.Fills, nowUs);
    }
  }

  #settle(sync: AccountSync, ask: Ask, order: number, stated: Readonly<TradingRecord>): void {
    const { recorder, reports } = this.parts;
    const { orders } = recorder.state;
    if (orders.changedRecord(order) > ask.askedRecord) {
      this.counters.stale++;
      return;
    }
    const mayCome = this.#replaceMayCome(sync, order, ask.askedUs);
    const wasUnknown = orders.state(order) === OrderState.Unknown;
    for (let step = 0; step < STEPS_MAX; step++) {
      const verdict = judge(orders, order, stated, mayCome, this.#out);
      if (verdict !== Verdict.Report) {
        this.#conclude(ask, order, stated, verdict);
        break;
      }
      this.#out.evidence = evidenceOf(ask.query);
      const before = recorder.state.record;
      reports.onReport(this.#out, recorder);
      if (recorder.state.record === before) break;
    }
    if (wasUnknown) this.onRevived(order, recorder.nowUs);
  }

  #conclude(ask: Ask, order: number, stated: Readonly<TradingRecord>, verdict: Verdict): void {
    const { nowUs, state } = this.parts.recorder;
    switch (verdict) {
      case Verdict.Agrees:
        if (state.orders.state(order) !== OrderState.Unknown && state.orders.missingQty(order) === 0) {
          this.#cases.delete(order);
        }
        return this.#cancelNow(order);
      case Verdict.FillsMissing: {
        const one = this.#wantFills(order, stated.cumQty);
        if (one === undefined) return;
        one.statedPrice = stated.referencePrice > 0 ? stated.referencePrice : stated.price;
        one.statedTimeUs = stated.exchangeTimeUs;
        return;
      }
      case Verdict.Waits:
        this.note(order, nowUs)?.backOff(nowUs);
        return;
      case Verdict.Finality:
      case Verdict.Misused:
        return this.#doubt(ask, order, verdict);
      case Verdict.Impossible:
        this.#problem(
          order,
          Code.StatementImpossible,
          `status ${stated.code}, quantity ${stated.qty}, filled ${stated.cumQty}`,
        );
        this.#cases.get(order)?.backOff(nowUs);
        return;
      default:
        assert(verdict === Verdict.NotFound, Code.EnumUnknown); // Counts when the answer has ended.
    }
  }

  /** A list may be older than our news: only a second question, about this order alone, stops the account. */
  #doubt(ask: Ask, order: number, verdict: Verdict): void {
    const { nowUs } = this.parts.recorder;
    const one = this.note(order, nowUs);
    if (one === undefined) return;
    if (!one.isDoubted) {
      one.isDoubted = true;
      one.ask(Want.Order, nowUs);
      return;
    }
    if (ask.query.kind !== "order") return;
    this.#cases.delete(order);
    const why =
      verdict === Verdict.Finality ? "has ended here, and lives at the venue" : "was never sent, and is at the venue";
    this.halt(
      one.account,
      verdict === Verdict.Finality ? Code.FinalityBroken : Code.IdMisused,
      `order ${order} ${why}`,
    );
  }

  #onFound(one: OrderCase, nowUs: number): void {
    const { orders } = this.parts.recorder.state;
    one.found();
    if (!this.#cases.has(one.order)) return;
    if (one.dueUs > nowUs || one.want === Want.Fills) return; // It has said itself what comes next.
    const isOpen = orders.state(one.order) === OrderState.Unknown || one.isDoubted;
    if (!isOpen && orders.missingQty(one.order) === 0) this.#cases.delete(one.order);
    else {
      one.ask(Want.Order, nowUs);
      one.backOff(nowUs);
    }
  }

  #onMiss(sync: AccountSync, one: OrderCase, askedUs: number, nowUs: number): void {
    const { orders } = this.parts.recorder.state;
    if (!isExposed(orders.state(one.order))) {
      this.#cases.delete(one.order); // Venues forget what has ended.
      return;
    }
    one.miss(askedUs, nowUs, one.sinceUs + sync.gateway.capabilities.requestValidityUs);
  }

  /** Two misses, no request under way any more, and the history agrees. */
  #onNever(one: OrderCase, nowUs: number): void {
    const { recorder, reports } = this.parts;
    const { orders } = recorder.state;
    const { order } = one;
    assert(one.misses > 1, Code.InvariantBroken); // The history is asked last.
    if (!isExposed(orders.state(order))) {
      this.#cases.delete(order);
      return;
    }
    if (!orders.isAccepted(order) && orders.filledQty(order) === 0) {
      const out = this.#about(RecordKind.OrderNotFound, order);
      out.evidence = Evidence.OrderHistory;
      out.text = "asked twice, and its history too";
      reports.onReport(out, recorder);
      this.#cases.delete(order);
      return;
    }
    // It was accepted once: missing is not refused, and nobody here may say what became of it.
    if (orders.state(order) !== OrderState.Unknown) {
      const out = this.#about(RecordKind.OrderUnknown, order);
      out.evidence = Evidence.OrderHistory;
      out.code = Code.OrderMissing;
      out.attempt = orders.attempt(order);
      out.text = "missing in the venue's list and history";
      recorder.emit(out);
      this.#problem(order, Code.OrderMissing, "missing in the venue's list and history");
    }
    one.ask(Want.Order, nowUs);
    one.backOff(nowUs);
  }

  #wantFills(order: number, cumQty: number): OrderCase | undefined {
    const { nowUs } = this.parts.recorder;
    const isNew = !this.#cases.has(order);
    const one = this.note(order, nowUs);
    if (one === undefined) return undefined;
    assert(cumQty > 0, Code.ValueOutOfRange);
    if (isNew || cumQty > one.statedCumQty) {
      one.statedCumQty = Math.max(one.statedCumQty, cumQty);
      one.ask(Want.Fills, Math.max(one.dueUs, nowUs));
    } else if (one.want !== Want.Fills) one.ask(Want.Fills, Math.max(one.dueUs, nowUs));
    return one;
  }

  /** The order's trades are all here: what they do not explain is asked for again, and inferred in the end. */
  #onFills(one: OrderCase, nowUs: number): void {
    const { recorder, reports } = this.parts;
    const { orders } = recorder.state;
    const { order } = one;
    if (orders.filledQty(order) < one.statedCumQty) {
      one.fillTries++;
      if (one.fillTries < FILL_TRIES) return one.ask(Want.Fills, nowUs + FILLS_AGAIN_US);
      if (one.statedCumQty > orders.qtyMax(order)) {
        // Beyond its quantity only trades by their ids count: a venue's slip must not become a position.
        if (one.fillTries === FILL_TRIES) {
          this.#problem(order, Code.StatementImpossible, `filled ${one.statedCumQty} of ${orders.qtyMax(order)}`);
        }
        return one.backOff(nowUs);
      }
      const price = one.statedPrice || orders.price(order) || this.parts.referencePrice(orders.instrument(order));
      if (price <= 0 || !reports.infer(order, one.statedCumQty, price, one.statedTimeUs, recorder)) {
        return one.backOff(nowUs);
      }
      this.#problem(order, Code.FillInferred, `filled up to ${one.statedCumQty} by the venue's word alone`);
    }
    // How the order stands now that its fills are known.
    if (isExposed(orders.state(order))) one.ask(Want.Order, nowUs);
    else this.#cases.delete(order);
  }

  /** The trades that were missing of an ended order have come by themselves. */
  #isExplained(one: OrderCase): boolean {
    const { orders } = this.parts.recorder.state;
    if (one.want !== Want.Fills || one.statedCumQty === 0 || isExposed(orders.state(one.order))) return false;
    return orders.inferred.get(one.order) === undefined && orders.filledQty(one.order) >= one.statedCumQty;
  }

  #look(order: number, nowUs: number): void {
    const { orders } = this.parts.recorder.state;
    const missing = orders.missingQty(order);
    if (orders.state(order) === OrderState.Unknown) this.note(order, nowUs);
    else if (missing > 0) this.#wantFills(order, missing + orders.filledQty(order));
  }

  #watchOne(sync: AccountSync, order: number, nowUs: number): void {
    const { recorder } = this.parts;
    const { orders } = recorder.state;
    const state = orders.state(order);
    if (!isAwaited(state)) return;
    const attempt = orders.attempt(order);
    const known = this.#waiting.get(order);
    if (known === undefined || known.attempt !== attempt) {
      this.#waiting.set(order, { attempt, sinceUs: nowUs, dueUs: nowUs + RECANCEL_EVERY_US, tries: 0 });
      return;
    }
    if (nowUs < known.dueUs) return;
    known.dueUs = nowUs + RECANCEL_EVERY_US;
    if (state === OrderState.CancelSent) return this.#recancel(known, order, nowUs);
    if (nowUs - known.sinceUs < sync.gateway.capabilities.requestValidityUs + UNANSWERED_US) return;
    if (state === OrderState.ReplaceSent && !orders.isReplaceReleased(order)) return;
    const out = this.#about(RecordKind.OrderUnknown, order);
    out.code = Code.AnswerMissing;
    out.attempt = attempt;
    out.evidence = Evidence.Own;
    out.text = "no answer in time";
    recorder.emit(out);
    this.#waiting.delete(order);
    this.note(order, nowUs);
  }

  #recancel(known: Waiting, order: number, nowUs: number): void {
    assert(known.tries >= 0, Code.ValueOutOfRange);
    known.tries++;
    if (known.tries === RECANCELS_MAX + 1) {
      this.#problem(order, Code.CancelUnanswered, "sent again three times, no answer");
    }
    // A person has been called by then; what nobody wants open is not left open all the same.
    if (known.tries > RECANCELS_MAX) {
      known.dueUs = nowUs + RECANCEL_LATER_US;
      this.note(order, nowUs);
    }
    this.parts.recancel(order);
  }

  /** The venue answers again, and the order is open there: its cancel does not wait any longer. */
  #cancelNow(order: number): void {
    const known = this.#waiting.get(order);
    const { state, nowUs } = this.parts.recorder;
    if (known === undefined || known.tries <= RECANCELS_MAX) return;
    if (state.orders.state(order) !== OrderState.CancelSent) return;
    assert(known.attempt <= state.orders.attempt(order), Code.InvariantBroken);
    known.dueUs = nowUs + RECANCEL_LATER_US;
    this.parts.recancel(order);
  }

  #escalate(one: OrderCase, nowUs: number): void {
    const { orders } = this.parts.recorder.state;
    assert(nowUs >= one.sinceUs, Code.TimeWentBack);
    if (one.isEscalated || nowUs - one.sinceUs < ESCALATE_US) return;
    if (orders.state(one.order) !== OrderState.Unknown) return;
    one.isEscalated = true;
    this.#problem(one.order, Code.UnknownUnresolved, "still unknown; its exposure stays reserved");
  }

  #adopt(stated: Readonly<TradingRecord>, instance: number, flag: OrderFlag.External | OrderFlag.LostOwn): void {
    const { recorder } = this.parts;
    const { orders, instruments, limits, instances } = recorder.state;
    if (stated.code !== VenueOrderStatus.Open && stated.code !== VenueOrderStatus.Filled && stated.code !== 0) return;
    const isKnown = instruments.get(stated.instrument) !== undefined && stated.account < limits.accountsMax;
    const owner = instance <= instances.count ? instance : 0;
    if (!isKnown || !orders.hasRoom() || !adoption(stated, orders.nextOrder, owner, flag, this.#out)) {
      const out = this.#noted.copyFrom(stated, RecordKind.ProblemNoted);
      out.code = Code.AdoptionRefused;
      out.text = `${idText(stated)}: ${isKnown ? "no room, or no whole order" : "unknown instrument"}`;
      return recorder.emit(out);
    }
    recorder.emit(this.#out);
    const order = this.#out.order;
    const what = flag === OrderFlag.External ? "somebody else's" : "ours, and lost";
    this.#problem(order, Code.OrderAdopted, `${what}: ${idText(stated)}`);
    if (stated.cumQty > 0) this.#wantFills(order, stated.cumQty);
  }

  /** Reports of a stranger's order that came before the list that shows it. */
  #replayParked(stated: Readonly<TradingRecord>): void {
    const { recorder, reports } = this.parts;
    const order = recorder.state.orders.orderByVenueId(stated.account, stated.venueOrderId);
    if (order !== 0 && reports.parkedCount > 0) reports.replayParked(order, recorder);
  }

  /** True while the pending replace could still reach the venue after the question did. */
  #replaceMayCome(sync: AccountSync, order: number, askedUs: number): boolean {
    const since = this.#waiting.get(order)?.sinceUs ?? this.#cases.get(order)?.sinceUs ?? askedUs;
    return askedUs < since + sync.gateway.capabilities.requestValidityUs;
  }

  #about(kind: RecordKind, order: number): TradingRecord {
    const out = this.#noted.reset(kind);
    this.parts.recorder.state.orders.identify(order, out);
    return out;
  }

  #problem(order: number, code: Code, why: string): void {
    assert(why !== "", Code.ValueOutOfRange);
    const out = this.#about(RecordKind.ProblemNoted, order);
    out.code = code;
    out.text = why;
    this.parts.recorder.emit(out);
  }
}

function isAwaited(state: OrderState): boolean {
  return state === OrderState.Sent || state === OrderState.CancelSent || state === OrderState.ReplaceSent;
}

function evidenceOf(query: VenueQuery): Evidence {
  if (query.kind === "order") return Evidence.OrderQuery;
  return query.kind === "orderHistory" ? Evidence.OrderHistory : Evidence.OpenOrders;
}

function idText(stated: Readonly<TradingRecord>): string {
  return `venue id ${stated.venueOrderId || "unknown"}, client id ${stated.text || "none"}`;
}
