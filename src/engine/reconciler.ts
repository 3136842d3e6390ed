/** Reconciliation: a work queue of questions to venues within a budget; every correction is a record with its evidence. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { InstrumentKind, OrderState } from "../model/order.ts";
import { Evidence, Readiness, RecordKind, StreamState, TradingRecord } from "../model/record.ts";
import { OwnerSearch } from "../oms/adopt.ts";
import { ALL_INSTRUMENTS, type VenueGateway, type VenueQuery } from "./ports.ts";
import { AccountSync, Ask, Part, PartState, partOf } from "./reconciler_account.ts";
import type { OrderCase } from "./reconciler_case.ts";
import { CONFIRM_US, MoneyCheck } from "./reconciler_money.ts";
import { OrderDesk } from "./reconciler_orders.ts";
import { ReconcileCounters, type ReconcilerParts } from "./reconciler_parts.ts";

const STEP_US = 20_000;
/** An answer whose end does not come says nothing: the question is asked again. */
const ANSWER_US = 5_000_000;
const SWEEP_EVERY_US = 60_000_000;
const SWEEP_LATER_US = 5_000_000;
const PART_AGAIN_US = 500_000;
const PART_AGAIN_US_MAX = 30_000_000;
/** Second looks at differing money in one sweep; what moves all the time is looked at by the next. */
const LOOKS_MAX = 3;
/** Trades are asked for again from so long before the last time: venues list late. */
const BACKFILL_OVERLAP_US = 60_000_000;
const BACKFILL_START_US = 600_000_000;
/** A report waits so long for its order to appear. */
const PARKED_US = 5_000_000;

/** Runs inside the engine's steps: `begin`, `onAnswer`, `onTime` emit records and hand questions to gateways. */
export class Reconciler {
  readonly counters = new ReconcileCounters();
  readonly orders: OrderDesk;
  readonly #accounts: AccountSync[] = [];
  readonly #money: MoneyCheck;
  readonly #out = new TradingRecord();
  #nextId = 1;
  #breaks = 0;
  /** The order of the report that is being taken, when it was unknown before. */
  #unknown = 0;
  #dueUs = 0;

  constructor(readonly parts: ReconcilerParts) {
    const { recorder } = parts;
    const { orders, epochs } = recorder.state;
    const owners = new OwnerSearch(orders, epochs, parts.node);
    this.#money = new MoneyCheck(recorder);
    this.orders = new OrderDesk(parts, owners, this.counters, (account, code, why) => this.halt(account, code, why));
  }

  /** When `onTime` has something to do. */
  get dueUs(): number {
    return this.#accounts.length === 0 ? Number.POSITIVE_INFINITY : this.#dueUs;
  }

  /** Questions on their way. */
  get inFlight(): number {
    return this.#accounts.reduce((sum, sync) => sum + sync.asks.length, 0);
  }

  /**
   * Openings of the account wait from here on until it is reconciled: at the start, after a reconnect, or because an
   * operator asks (`byHand`), which alone ends a halt.
   */
  begin(gateway: VenueGateway, why: string, byHand = false): void {
    const { account } = gateway;
    const { recorder, limits } = this.parts;
    assert(recorder.state.accounts.get(account) !== undefined, Code.ValueOutOfRange);
    let sync = this.#accounts.find((known) => known.account === account);
    if (sync === undefined) {
      sync = new AccountSync(gateway, limits);
      sync.startUs = Math.max(0, recorder.state.timeUs - BACKFILL_START_US);
      this.#accounts.push(sync);
    }
    sync.isDeciding = true;
    sync.isByHand ||= byHand;
    sync.isHalted = false;
    const { readiness } = recorder.state;
    const now = readiness.ofAccount(account);
    const stays = now === Readiness.Syncing || (now === Readiness.Broken && !byHand);
    if (!stays) this.#setReadiness(account, Readiness.Syncing, why);
    sync.want(recorder.nowUs);
    this.orders.scan(recorder.nowUs, account);
    this.#work(sync, recorder.nowUs);
    this.#dueUs = recorder.nowUs;
  }

  /** True for the inputs that are its own: statements, ends of answers, streams, and "not found" told by a session. */
  takes(kind: RecordKind): boolean {
    return kind === RecordKind.OrderNotFound || (kind >= RecordKind.StatedOrder && kind <= RecordKind.StreamChanged);
  }

  /** One input of the private lane that `takes` names. */
  onAnswer(report: Readonly<TradingRecord>): void {
    assert(this.takes(report.kind), Code.EnumUnknown);
    const sync = this.#accounts.find((known) => known.account === report.account);
    if (sync === undefined) return;
    switch (report.kind) {
      case RecordKind.StreamChanged:
        return this.#onStream(sync, report);
      case RecordKind.OrderNotFound:
        // Proves nothing: it is asked for by the rule of evidence.
        this.orders.note(report.order, this.parts.recorder.nowUs);
        return;
      case RecordKind.QueryEnded: {
        const ask = sync.take(report.attempt);
        if (ask === undefined) this.counters.unasked++;
        else this.#onEnd(sync, ask, report.code === Code.Ok && !ask.isOverfull);
        return this.#work(sync, this.parts.recorder.nowUs);
      }
      default: {
        const ask = sync.find(report.attempt);
        if (ask === undefined) this.counters.unasked++;
        else if (report.kind === RecordKind.StatedOrder) this.orders.onStated(sync, ask, report);
        else this.#keep(ask, report);
      }
    }
  }

  /** A trade of an order's history may name it by nothing that we know yet: the question knows whose it is. */
  beforeReport(report: TradingRecord): void {
    if (report.kind === RecordKind.OrderFilled && report.evidence === Evidence.TradeHistory && report.order === 0) {
      const ask = this.#accounts.find((known) => known.account === report.account)?.find(report.attempt);
      if (ask?.query.kind === "fills") report.order = ask.query.order;
    }
    const order = this.#orderOf(report);
    this.#unknown = this.parts.recorder.state.orders.state(order) === OrderState.Unknown ? order : 0;
  }

  /** After the report handler has taken a report: what it left unknown is asked for at once. */
  afterReport(report: Readonly<TradingRecord>): void {
    const { recorder } = this.parts;
    if (this.#accounts.length === 0) return;
    const order = this.#orderOf(report);
    const { breaks } = this.parts.reports.counters;
    // What cannot be is asked for: the venue's own word says whether it is an error of the stream or of finality.
    const isBroken = breaks > this.#breaks;
    this.#breaks = breaks;
    if (this.#unknown !== 0) this.orders.onRevived(this.#unknown, recorder.nowUs);
    if (order === 0 || !recorder.state.orders.has(order)) return;
    this.orders.noteEnded(order, recorder.nowUs);
    if (!isBroken && recorder.state.orders.state(order) !== OrderState.Unknown) return;
    this.orders.note(order, recorder.nowUs);
    const sync = this.#accounts.find((known) => known.account === recorder.state.orders.account(order));
    if (sync !== undefined) this.#work(sync, recorder.nowUs);
  }

  /** Time-outs, orders without answers, sweeps that are due, reports that have waited too long. */
  onTime(nowUs: number): void {
    if (nowUs < this.dueUs) return;
    this.#dueUs = nowUs + STEP_US;
    const { reports, recorder } = this.parts;
    if (reports.parkedCount > 0) {
      const adopt = (report: Readonly<TradingRecord>) => this.orders.adoptFill(report);
      reports.expireParked(nowUs - PARKED_US, recorder, adopt, (report) => this.orders.mayBeOurs(report));
    }
    this.orders.watch(nowUs, this.#accounts);
    for (const sync of this.#accounts) {
      for (const ask of [...sync.asks]) {
        if (nowUs - ask.askedUs < ANSWER_US) continue;
        sync.take(ask.query.id);
        this.#onEnd(sync, ask, false);
      }
      if (nowUs >= sync.sweepDueUs) {
        // What is unknown comes first: a sweep waits while questions about orders use the budget up.
        if (this.orders.hasUrgent(sync.account) && sync.budget.isTight(nowUs)) sync.sweepDueUs = nowUs + SWEEP_LATER_US;
        else sync.want(nowUs);
      }
      this.#work(sync, nowUs);
    }
  }

  /** Finality or our ids are broken at the venue: nothing opens until an operator has looked. */
  halt(account: number, code: Code, why: string): void {
    assert(code === Code.FinalityBroken || code === Code.IdMisused, Code.EnumUnknown);
    const sync = this.#accounts.find((known) => known.account === account);
    if (sync !== undefined) sync.isHalted = true;
    if (this.parts.recorder.state.readiness.ofAccount(account) === Readiness.Broken) return;
    this.#setReadiness(account, Readiness.Broken, why);
    const out = this.#out.reset(RecordKind.ProblemNoted);
    out.account = account;
    out.code = code;
    out.text = why;
    this.parts.recorder.emit(out);
  }

  gatewayOf(account: number): VenueGateway | undefined {
    return this.#accounts.find((known) => known.account === account)?.gateway;
  }

  #orderOf(report: Readonly<TradingRecord>): number {
    return report.order || this.parts.recorder.state.orders.orderByVenueId(report.account, report.venueOrderId);
  }

  #onStream(sync: AccountSync, report: Readonly<TradingRecord>): void {
    assert(report.account === sync.account, Code.InvariantBroken);
    const isUp = report.code === StreamState.Up;
    if (isUp === sync.isStreamUp) return;
    sync.isStreamUp = isUp;
    const { account } = sync;
    if (isUp) return this.begin(sync.gateway, "the private stream is back");
    const why = report.code === StreamState.Silent ? "the private stream is silent" : "the private stream is down";
    if (this.parts.recorder.state.readiness.ofAccount(account) === Readiness.Ready) {
      this.#setReadiness(account, Readiness.Syncing, why);
    }
  }

  #keep(ask: Ask, report: Readonly<TradingRecord>): void {
    assert(ask.query.id === report.attempt, Code.InvariantBroken);
    if (ask.stated.length >= this.parts.limits.instrumentsMax) ask.isOverfull = true;
    else ask.stated.push(new TradingRecord().copyFrom(report));
  }

  /** A question is over: with a complete answer, or with none. */
  #onEnd(sync: AccountSync, ask: Ask, isComplete: boolean): void {
    if (ask.isSuperseded) return;
    const { nowUs } = this.parts.recorder;
    if (!isComplete) this.counters.failed++;
    const part = partOf(ask.query);
    if (part === undefined) {
      if (ask.query.kind === "fills" && ask.query.order === 0) this.#onBackfill(sync, ask, isComplete);
      else this.orders.onEnd(sync, ask, isComplete);
      return;
    }
    if (!isComplete) {
      if (sync.parts[part] === PartState.Asked) sync.parts[part] = PartState.Wanted;
      sync.partFailures++;
      sync.partDueUs = nowUs + Math.min(PART_AGAIN_US * sync.partFailures, PART_AGAIN_US_MAX);
      return;
    }
    sync.partFailures = 0;
    sync.parts[part] = PartState.Done;
    if (part === Part.Orders) this.orders.onAllOpen(sync, ask);
    else this.#onMoney(sync, part, ask, nowUs);
    if (sync.isSwept) this.#onSwept(sync, nowUs);
  }

  #onMoney(sync: AccountSync, part: Part, ask: Ask, nowUs: number): void {
    const waits =
      part === Part.Positions
        ? this.#money.comparePositions(sync.account, ask)
        : this.#money.compareCash(sync.account, ask);
    if (!waits || sync.looks >= LOOKS_MAX) return;
    // Looked at once more before anybody is told: a fill may be on its way.
    sync.looks++;
    sync.parts[part] = PartState.Wanted;
    sync.partDueUs = Math.max(sync.partDueUs, nowUs + CONFIRM_US);
  }

  #onSwept(sync: AccountSync, nowUs: number): void {
    const { account } = sync;
    const { readiness } = this.parts.recorder.state;
    assert(sync.isSwept, Code.InvariantBroken);
    this.counters.sweeps++;
    sync.parts.fill(PartState.Idle);
    sync.sweepDueUs = nowUs + SWEEP_EVERY_US;
    this.orders.refetchInferred(account, nowUs);
    this.#wantBackfill(sync);
    if (!sync.isDeciding || !sync.isStreamUp) return;
    const now = readiness.ofAccount(account);
    const mayEnd = now === Readiness.Syncing && !sync.isHalted;
    if (!mayEnd && now !== Readiness.Ready) return;
    sync.isDeciding = false;
    sync.isByHand = false;
    if (mayEnd) this.#setReadiness(account, Readiness.Ready, "reconciled");
  }

  /** Trades of what is held, open, or of a spot pair whose base cash is in doubt: fills that no stream has told. */
  #wantBackfill(sync: AccountSync): void {
    const { state } = this.parts.recorder;
    sync.backfill.length = 0;
    for (const { id, kind, base } of state.instruments.all()) {
      const asset = kind === InstrumentKind.Spot ? state.ledger.assetId(base) : undefined;
      if (asset !== undefined && this.#money.isCashDoubted(sync.account, asset)) {
        sync.backfill.push(id);
        continue;
      }
      const isHeld = [0, 1, 2].some((leg) => state.ledger.positionQty(sync.account, id, leg) !== 0);
      // Ended orders count too while the venue has traded more of them than was told.
      const { orders } = state;
      const isExposed = orders.openBuyQty(sync.account, id) > 0 || orders.openSellQty(sync.account, id) > 0;
      if (isHeld || isExposed || orders.openCount(sync.account, id) > 0) sync.backfill.push(id);
    }
  }

  #onBackfill(sync: AccountSync, ask: Ask, isComplete: boolean): void {
    const { query } = ask;
    assert(query.kind === "fills", Code.EnumUnknown);
    if (isComplete) sync.fillsFetched(query.instrument, ask.askedUs - BACKFILL_OVERLAP_US);
  }

  /** Hands out what the budget allows: orders in question first, then the sweep, then trades by cursor. */
  #work(sync: AccountSync, nowUs: number): void {
    this.orders.ask(
      sync,
      nowUs,
      (orderCase) => this.#mayAsk(sync, nowUs, isLastSlot(sync)) && this.#askOrder(sync, orderCase, nowUs),
    );
    this.#askParts(sync, nowUs);
    while (sync.backfill.length > 0 && !this.orders.hasUrgent(sync.account) && this.#mayAsk(sync, nowUs, false)) {
      const instrument = sync.backfill.pop() as number;
      const sinceUs = sync.fillsSinceUs(instrument);
      this.#send(sync, { id: this.#id(), kind: "fills", instrument, order: 0, sinceUs }, nowUs);
    }
  }

  #askParts(sync: AccountSync, nowUs: number): void {
    if (nowUs < sync.partDueUs) return;
    for (let part = Part.Orders; part <= Part.Balances; part++) {
      if (sync.parts[part] !== PartState.Wanted || !this.#mayAsk(sync, nowUs, false)) continue;
      sync.parts[part] = PartState.Asked;
      const ours = part === Part.Positions ? this.#money.positionsOf(sync.account) : undefined;
      const code = this.#send(sync, this.#partQuery(part), nowUs, ours);
      // A venue that cannot say it at all does not hold the rest up.
      if (code === Code.MessageUnknown) sync.parts[part] = PartState.Done;
    }
    if (sync.isSwept) this.#onSwept(sync, nowUs);
  }

  #partQuery(part: Part): VenueQuery {
    const id = this.#id();
    if (part === Part.Orders) return { id, kind: "openOrders", instrument: "all" };
    return { id, kind: part === Part.Positions ? "positions" : "balances" };
  }

  #askOrder(sync: AccountSync, orderCase: OrderCase, nowUs: number): boolean {
    assert(!orderCase.isAsked && orderCase.dueUs <= nowUs, Code.InvariantBroken);
    const query = this.orders.queryOf(orderCase, this.#id());
    orderCase.isAsked = true;
    orderCase.askedId = query.id;
    this.#send(sync, query, nowUs);
    return true;
  }

  #mayAsk(sync: AccountSync, nowUs: number, keepsOne: boolean): boolean {
    const room = this.parts.limits.queriesInFlightMax - (keepsOne ? 1 : 0);
    return sync.asks.length < room && sync.budget.allows(nowUs);
  }

  #send(sync: AccountSync, query: VenueQuery, nowUs: number, ours?: ReadonlyMap<number, number>): Code {
    assert(sync.find(query.id) === undefined, Code.IdNotDense);
    const ask = new Ask(query, this.parts.recorder.state.record, nowUs);
    ask.ours = ours;
    sync.asks.push(ask);
    this.counters.queries++;
    const code = sync.gateway.query(query);
    if (code === Code.Ok) {
      sync.budget.note(nowUs); // What did not leave has cost nothing.
      return code;
    }
    sync.take(query.id);
    if (code !== Code.MessageUnknown || partOf(query) === undefined) this.#onEnd(sync, ask, false);
    return code;
  }

  #id(): number {
    return this.#nextId++;
  }

  #setReadiness(account: number, readiness: Readiness, why: string): void {
    assert(why !== "", Code.ValueOutOfRange); // Nobody can act on a change without its reason.
    const out = this.#out.reset(RecordKind.ReadinessChanged);
    out.account = account;
    out.instrument = ALL_INSTRUMENTS;
    out.code = readiness;
    out.evidence = Evidence.Own;
    out.text = why;
    this.parts.recorder.emit(out);
  }
}

/** While a sweep waits for its turn, questions about single orders leave it one place. */
function isLastSlot(sync: AccountSync): boolean {
  return sync.isSweeping;
}
