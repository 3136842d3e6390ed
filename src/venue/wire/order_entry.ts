/** Orders out: each effect as a request, each answer as a report. What was sent and not answered is unknown, never repeated. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { ALL_INSTRUMENTS } from "../../engine/ports.ts";
import { Reject } from "../../model/denial.ts";
import type { Instrument } from "../../model/instrument.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { failed, type RestAsk, type VenueAnswer } from "./live_answer.ts";
import { type LiveDialect, type OrderRef, type Said, Verdict } from "./live_dialect.ts";
import type { LiveLimits } from "./live_limits.ts";
import type { LiveOrders } from "./live_orders.ts";
import type { OrderIds } from "./order_ids.ts";
import type { OrderRequest, RequestKind, Requests } from "./order_requests.ts";
import type { PrivateLink } from "./private_link.ts";
import type { QueryDesk } from "./query_desk.ts";

export interface EntryParts {
  readonly account: number;
  readonly dialect: LiveDialect;
  readonly limits: LiveLimits;
  readonly requests: Requests;
  readonly live: LiveOrders;
  readonly desk: QueryDesk;
  readonly ids: OrderIds;
  /** The connection of orders. */
  readonly link: PrivateLink;
  call(ask: RestAsk, done: (answer: VenueAnswer) => void): void;
  instrument(id: number): Instrument | undefined;
  instruments(): readonly Instrument[];
  nowUs(): number;
  report(record: TradingRecord): void;
  /** False: what becomes of a request that was received, nobody will tell. */
  isStreamUp(): boolean;
  /** An answer has come, or is given up: questions may go on. */
  answered(): void;
  clockOff(): void;
  problem(p: Problem): void;
}

interface DeferredCancel {
  readonly effect: TradingRecord;
  readonly dueUs: number;
  /** The budget was asked when it was taken on. */
  readonly isPaid: boolean;
}

/** A cancel that the venue has received, until the stream tells how its order ended. */
interface ReceivedCancel {
  readonly request: OrderRequest;
  readonly dueUs: number;
}

/** What is open is looked at once more. */
interface DeferredSweep {
  readonly instrument: number;
  /** Looks that found no less open than the one before. */
  readonly tries: number;
  /** Orders that were open the last time. */
  readonly open: number;
  readonly dueUs: number;
}

/** One request that cancels all of an instrument, or all of one kind there. */
interface CancelOfAll {
  readonly effect: TradingRecord;
  readonly ask: RestAsk;
  /** Of ours: each one's own report says that it is over, or it is cancelled by itself. */
  readonly orders: readonly number[];
  readonly tries: number;
  readonly dueUs: number;
}

const ORDER_WEIGHT = 1;

export class OrderEntry {
  readonly #deferred: DeferredCancel[] = [];
  readonly #received: ReceivedCancel[] = [];
  readonly #sweeps: DeferredSweep[] = [];
  readonly #cancelsOfAll: CancelOfAll[] = [];

  constructor(readonly parts: EntryParts) {}

  /** OrderIntent or ReplaceIntent. Any code but Ok: no byte has left. */
  open(effect: Readonly<TradingRecord>): Code {
    const { dialect, live, ids, requests } = this.parts;
    const instrument = this.parts.instrument(effect.instrument);
    if (instrument === undefined || instrument.revision !== effect.instrumentRevision) return Code.NoInstrument;
    const isReplace = effect.kind === RecordKind.ReplaceIntent;
    if (isReplace && !dialect.capabilities.amend) return Code.MessageUnknown;
    const clientOrderId = live.get(effect.order)?.clientOrderId ?? ids.idOf(effect.order, effect.instance);
    const said = isReplace
      ? dialect.amend(instrument, effect, this.#refOf(effect))
      : dialect.place(instrument, effect, clientOrderId);
    if (said === undefined) return Code.MessageUnknown;
    if (!dialect.budget.takeOrder(instrument, this.parts.nowUs())) return Code.RequestBudgetSpent;
    // Where there are both, a connection of orders that is down does not keep an order from leaving.
    const isSocket = said.socket !== undefined && (said.rest === undefined || this.parts.link.isUp);
    const request = this.#request(requests.nextId(), isReplace ? "replace" : "new", effect, isSocket);
    if (isSocket && !this.#say(request, said)) return Code.SocketLost;
    const known = live.add(effect, clientOrderId);
    if (isReplace) known.replace = { attempt: effect.attempt, price: effect.price, qty: effect.qty };
    requests.add(request);
    if (!isSocket) this.#rest(request, said.rest as RestAsk);
    return Code.Ok;
  }

  /** A cancel goes by the socket where there is one, by REST where there is none: it must get through. */
  cancel(effect: Readonly<TradingRecord>): Code {
    const { dialect, requests, live, limits } = this.parts;
    const instrument = this.parts.instrument(effect.instrument);
    if (instrument === undefined) return Code.NoInstrument;
    const nowUs = this.parts.nowUs();
    const copy = new TradingRecord().copyFrom(effect);
    if (live.get(effect.order)?.hasEnded === true) {
      this.#refuseCancel(copy, Reject.AlreadyDone, "it has ended");
      return Code.Ok;
    }
    if (!dialect.budget.takeCancel(ORDER_WEIGHT, nowUs, instrument)) return Code.RequestBudgetSpent;
    // One of before a restart: from here on it is known, and its end is told once.
    if (effect.order !== 0) live.add(effect, this.parts.ids.idOf(effect.order, effect.instance));
    if (requests.newOf(effect.order) === undefined) this.#sendCancel(copy, 1);
    else this.#deferred.push({ effect: copy, dueUs: nowUs + limits.cancelWaitUsMax, isPaid: true });
    return Code.Ok;
  }

  /**
   * Everything of the account, other people's orders included. Orders still under way are cancelled one by one behind it, and
   * so is what of ours has not told its end a little after the answer. What has no budget, or no answer that says that it is
   * done, is said again, some times, whatever becomes of the other instruments.
   */
  cancelAll(instrument: number): Code {
    const { dialect, limits, requests } = this.parts;
    const all = this.parts.instruments().filter(({ id }) => instrument === ALL_INSTRUMENTS || id === instrument);
    const nowUs = this.parts.nowUs();
    const dueUs = nowUs + limits.cancelWaitUsMax;
    for (const { effect } of requests.unanswered()) {
      if (!all.some(({ id }) => id === effect.instrument)) continue;
      const cancel = new TradingRecord().copyFrom(effect, RecordKind.CancelIntent);
      this.#deferred.push({ effect: cancel, dueUs, isPaid: false });
    }
    if (dialect.cancelAll === undefined) {
      const first = { instrument, tries: 1, open: Number.POSITIVE_INFINITY, dueUs: nowUs };
      const code = this.#sweep(first);
      if (code === Code.RequestBudgetSpent) this.#sweeps.push({ ...first, dueUs });
      return code === Code.RequestBudgetSpent ? Code.Ok : code;
    }
    const ours = this.#openByInstrument();
    for (const each of all) {
      const effect = new TradingRecord().reset(RecordKind.CommandCancelAll);
      effect.instrument = each.id;
      const orders = ours.get(each.id) ?? [];
      const before = this.#cancelsOfAll.filter((other) => other.effect.instrument === each.id);
      for (const other of before) this.#cancelsOfAll.splice(this.#cancelsOfAll.indexOf(other), 1);
      for (const ask of dialect.cancelAll(each)) this.#sendCancelAll({ effect, ask, orders, tries: 1, dueUs: nowUs });
    }
    return Code.Ok;
  }

  #openByInstrument(): Map<number, number[]> {
    const found = new Map<number, number[]>();
    for (const { order, instrument, mayBeOpen } of this.parts.live.all()) {
      if (!mayBeOpen) continue;
      const list = found.get(instrument) ?? [];
      found.set(instrument, list);
      list.push(order);
    }
    return found;
  }

  /** The answer to a socket request. */
  onAnswer(id: number, answer: VenueAnswer): void {
    const request = this.parts.requests.find(id);
    if (request !== undefined) this.#answered(request, answer);
  }

  /** What was sent on the connection and not answered. */
  onSocketLost(): void {
    const lost = failed(0, "the connection was lost before the answer");
    for (const request of this.parts.requests.onSocket()) this.#answered(request, lost);
  }

  tick(nowUs: number): void {
    const { requests, limits } = this.parts;
    const old = requests.olderThan(nowUs - limits.requestUsMax);
    const givenUp = failed(0, "no answer in time");
    for (const request of old) this.#answered(request, givenUp);
    this.#sendDeferred((deferred) => nowUs >= deferred.dueUs);
    this.#lookAfterReceived(nowUs);
    this.#sweepAgain(nowUs);
    this.#cancelAllAgain(nowUs);
  }

  #answered(request: OrderRequest, answer: VenueAnswer): void {
    if (this.parts.dialect.isClockOff(answer)) this.parts.clockOff();
    switch (request.kind) {
      case "new":
      case "replace":
        this.#onOrder(request, answer);
        break;
      case "cancel":
        return this.#onCancel(request, answer);
      case "cancelAll":
        this.#onCancelAll(request, request.ask as RestAsk, answer);
        break;
      default: // A sweep ends by itself: its pages and batches have their own answers.
    }
    this.#done(request);
  }

  /** Cancels that waited for this answer leave before the questions that did. */
  #done(request: OrderRequest): void {
    if (!this.parts.requests.end(request.id)) return;
    const { order } = request.effect;
    if (request.kind === "new") this.#sendDeferred(({ effect }) => effect.order === order);
    this.parts.answered();
  }

  #verdict(kind: RequestKind, answer: VenueAnswer): Verdict {
    return answer.isSent ? this.parts.dialect.verdictOf(kind, answer) : Verdict.Later;
  }

  #onOrder({ kind, effect }: OrderRequest, answer: VenueAnswer): void {
    const verdict = this.#verdict(kind, answer);
    const isNew = kind === "new";
    if (verdict === Verdict.Unknown) return this.#unknown(effect, answer.msg);
    const isUntold = verdict === Verdict.Received && !this.parts.isStreamUp();
    if (isUntold) return this.#unknown(effect, "received while the private stream was down");
    if (verdict === Verdict.Done || verdict === Verdict.Received) {
      const report = this.#about(isNew ? RecordKind.OrderAccepted : RecordKind.OrderReplaced, effect);
      report.attempt = isNew ? 0 : effect.attempt;
      const instrument = this.parts.instrument(effect.instrument) as Instrument;
      const bad = this.parts.dialect.acknowledge(kind, answer.value, instrument, report);
      if (bad !== "") return this.#unknown(effect, `an acknowledgement without ${bad}`);
      if (report.kind === RecordKind.OrderCanceled) report.attempt = 0;
      return verdict === Verdict.Done ? this.parts.report(report) : this.parts.live.learn(report);
    }
    if (verdict === Verdict.Unchanged) {
      const report = this.#about(RecordKind.OrderReplaced, effect);
      return this.parts.report(
        Object.assign(report, { price: effect.price, qty: effect.qty, attempt: effect.attempt }),
      );
    }
    const report = this.#about(isNew ? RecordKind.OrderRejected : RecordKind.ReplaceRejected, effect);
    report.code = answer.isSent ? this.parts.dialect.rejectOf(answer) : Reject.RateLimit;
    report.attempt = isNew ? 0 : effect.attempt;
    report.text = answer.msg;
    this.parts.report(report);
  }

  #onCancel(request: OrderRequest, answer: VenueAnswer): void {
    const { effect } = request;
    switch (this.#verdict("cancel", answer)) {
      case Verdict.Done:
        this.#canceled(effect, answer.value);
        break;
      case Verdict.Gone:
        return this.#settle(request);
      case Verdict.Received:
        // The stream tells; where it cannot, or does not, the venue is asked.
        if (!this.parts.isStreamUp()) return this.#settle(request);
        if (this.parts.live.get(effect.order)?.hasEnded === true) break;
        this.#received.push({ request, dueUs: this.parts.nowUs() + this.parts.limits.cancelWaitUsMax });
        return;
      case Verdict.Refused:
        this.#refuseCancel(effect, this.parts.dialect.rejectOf(answer), answer.msg);
        break;
      case Verdict.Unknown:
        this.#repeat(request);
        break;
      default: // Later: who wants it sends it again, the engine does so every two seconds.
    }
    this.#done(request);
  }

  /** The stream tells what became of a cancel; when it does not, the venue is asked. */
  #lookAfterReceived(nowUs: number): void {
    const received = this.#received;
    for (let at = 0; at < received.length; ) {
      const { request, dueUs } = received[at] as ReceivedCancel;
      const hasEnded = this.parts.live.get(request.effect.order)?.hasEnded === true;
      if (!hasEnded && nowUs < dueUs && this.parts.requests.isOpen(request.id)) {
        at++;
        continue;
      }
      received.splice(at, 1);
      if (hasEnded) this.#done(request);
      else if (this.parts.requests.isOpen(request.id)) this.#settle(request);
    }
  }

  /** "No such open order": how it ended, the venue is asked at once. A cancel that came before its order is sent again. */
  #settle(request: OrderRequest): void {
    const { effect } = request;
    const { dialect, desk } = this.parts;
    const instrument = this.parts.instrument(effect.instrument);
    if (this.#mayStillCome(request)) return;
    const ref = this.#refOf(effect);
    const weight = instrument === undefined ? 0 : dialect.order(instrument, ref).first.weight;
    // Without the venue's word there is no answer: who wants the cancel sends it again.
    if (instrument === undefined || !dialect.budget.takeQuery(weight, this.parts.nowUs(), true))
      return this.#done(request);
    desk.look(instrument, ref, (stated, isMissing) => {
      if (stated === undefined && !isMissing) return this.#done(request);
      const status: VenueOrderStatus = stated?.code ?? VenueOrderStatus.NotFound;
      if (status === VenueOrderStatus.NotFound && this.#mayStillCome(request)) return;
      if (status === VenueOrderStatus.Open) this.#repeat(request);
      else if (status === VenueOrderStatus.Canceled || status === VenueOrderStatus.Expired) {
        const isCanceled = status === VenueOrderStatus.Canceled;
        const report = this.#about(isCanceled ? RecordKind.OrderCanceled : RecordKind.OrderExpired, effect);
        report.venueOrderId = stated?.venueOrderId ?? "";
        report.exchangeTimeUs = stated?.exchangeTimeUs ?? 0;
        report.cumQty = stated?.cumQty ?? -1;
        this.parts.report(report);
      } else {
        const isDone = status === VenueOrderStatus.Filled;
        this.#refuseCancel(effect, isDone ? Reject.AlreadyDone : Reject.UnknownOrder, VenueOrderStatus[status] ?? "");
      }
      this.#done(request);
    });
  }

  /** The order itself is still under way: its cancel is not refused, it is sent again behind it. */
  #mayStillCome(request: OrderRequest): boolean {
    const { effect } = request;
    if (effect.order === 0 || this.parts.requests.newOf(effect.order) === undefined) return false;
    const { cancelWaitUsMax } = this.parts.limits;
    const copy = new TradingRecord().copyFrom(effect);
    if (this.parts.requests.isOpen(request.id)) {
      this.#deferred.push({ effect: copy, dueUs: this.parts.nowUs() + cancelWaitUsMax, isPaid: true });
    }
    this.#done(request);
    return true;
  }

  #onCancelAll(request: OrderRequest, ask: RestAsk, answer: VenueAnswer): void {
    const { effect, tries, orders = [] } = request;
    const verdict = this.#verdict("cancelAll", answer);
    if (verdict === Verdict.Done) {
      for (const row of this.parts.dialect.canceledRows(answer.value)) this.#canceled(effect, row);
    }
    if (!this.parts.requests.isOpen(request.id)) return; // It was given up, and is said again.
    const isSaid = verdict === Verdict.Done || verdict === Verdict.Gone || verdict === Verdict.Received;
    // Not at once: the venue has just said that there were too many, or that it is in trouble.
    const dueUs = this.#againUs(tries);
    if (isSaid) this.#lookAfter(effect, orders);
    else if (tries < this.parts.limits.cancelAllTriesMax) {
      this.#cancelsOfAll.push({ effect, ask, orders, tries: tries + 1, dueUs });
    } else {
      this.#notCanceled(effect, answer.msg);
      this.#lookAfter(effect, orders);
    }
  }

  /** Which of them have not told their end a little later, are cancelled by themselves: that ends by what the venue says of each. */
  #lookAfter({ instrument }: TradingRecord, orders: readonly number[]): void {
    const { live, limits, account } = this.parts;
    const dueUs = this.parts.nowUs() + limits.cancelWaitUsMax;
    for (const order of orders) {
      const found = live.get(order);
      if (found?.mayBeOpen !== true || this.#deferred.some(({ effect }) => effect.order === order)) continue;
      const effect = new TradingRecord().reset(RecordKind.CancelIntent);
      const { side, leg, venueOrderId } = found;
      const instrumentRevision = this.parts.instrument(instrument)?.revision ?? 0;
      Object.assign(effect, { order, account, instrument, instrumentRevision, side, leg, venueOrderId });
      this.#deferred.push({ effect, dueUs, isPaid: false });
    }
  }

  #againUs(tries: number): number {
    assert(tries > 0, Code.ValueOutOfRange);
    const { cancelWaitUsMax, cancelAllWaitUsMax } = this.parts.limits;
    let waitUs = cancelWaitUsMax;
    for (let count = 1; count < tries && waitUs < cancelAllWaitUsMax; count++) waitUs *= 2;
    return this.parts.nowUs() + Math.min(waitUs, cancelAllWaitUsMax);
  }

  #notCanceled(effect: TradingRecord, why: string): void {
    const symbol = this.parts.instrument(effect.instrument)?.name ?? "the account";
    this.parts.problem(problem(Code.CancelUnanswered, `cancel all of ${symbol}: ${why}`));
  }

  /** One order of which the venue says that it has cancelled it. */
  #canceled(effect: TradingRecord, row: unknown): void {
    const instrument = this.parts.instrument(effect.instrument) as Instrument;
    const report = this.#about(RecordKind.OrderCanceled, effect);
    // An answer that cannot be read leaves it to the stream, or to the next question.
    if (this.parts.dialect.acknowledge("cancel", row, instrument, report) === "") this.parts.report(report);
  }

  #sendCancel(effect: TradingRecord, tries: number, byRest = false): void {
    const { dialect, requests, link } = this.parts;
    const instrument = this.parts.instrument(effect.instrument) as Instrument;
    const said = dialect.cancel(instrument, this.#refOf(effect));
    const isSocket = said.socket !== undefined && link.isUp && !(byRest && said.rest !== undefined);
    const request = this.#request(requests.nextId(), "cancel", effect, isSocket, tries);
    const isSaid = isSocket && this.#say(request, said);
    const sent = isSaid || !isSocket ? request : { ...request, isSocket: false };
    requests.add(sent);
    if (!isSaid) this.#rest(sent, said.rest as RestAsk);
  }

  /** Without budget it waits: that costs the venue nothing, and is no try. */
  #sendCancelAll(each: CancelOfAll): void {
    const { requests, dialect, limits } = this.parts;
    const { effect, ask, tries, orders } = each;
    const nowUs = this.parts.nowUs();
    if (!dialect.budget.takeCancel(ask.weight, nowUs, this.parts.instrument(effect.instrument))) {
      this.#cancelsOfAll.push({ ...each, dueUs: nowUs + limits.cancelWaitUsMax });
      return;
    }
    const request = { ...this.#request(requests.nextId(), "cancelAll", effect, false, tries), ask, orders };
    requests.add(request);
    this.#rest(request, ask);
  }

  #cancelAllAgain(nowUs: number): void {
    const due = this.#cancelsOfAll.filter(({ dueUs }) => nowUs >= dueUs);
    for (const each of due) {
      this.#cancelsOfAll.splice(this.#cancelsOfAll.indexOf(each), 1);
      this.#sendCancelAll(each);
    }
  }

  /** What is open is asked for and cancelled, until the venue says that nothing is: a little later each time, as limits want it. */
  #sweep({ instrument: wanted, tries, open: before }: DeferredSweep): Code {
    const { dialect, desk, requests, limits } = this.parts;
    const instrument = wanted === ALL_INSTRUMENTS ? undefined : this.parts.instrument(wanted);
    if (instrument === undefined && wanted !== ALL_INSTRUMENTS) return Code.NoInstrument;
    const { weight } = dialect.openOrders(instrument).first;
    if (!dialect.budget.takeCancel(weight, this.parts.nowUs())) return Code.RequestBudgetSpent;
    const effect = new TradingRecord().reset(RecordKind.CommandCancelAll);
    effect.instrument = wanted;
    const request = this.#request(requests.nextId(), "sweep", effect, false, tries);
    requests.add(request);
    desk.listOpen(instrument, (open) => {
      if (open?.length === 0) return this.#done(request);
      this.#cancelMany(request, open ?? [], () => {
        this.#done(request);
        const left = open?.length ?? before;
        const next = left < before ? 1 : tries + 1;
        const dueUs = this.#againUs(next === 1 ? 1 : tries);
        if (next <= limits.cancelAllTriesMax) this.#sweeps.push({ instrument: wanted, tries: next, open: left, dueUs });
        else this.#notCanceled(effect, open === undefined ? "what is open is not known" : "some are still open");
      });
    });
    return Code.Ok;
  }

  #sweepAgain(nowUs: number): void {
    const due = this.#sweeps.filter(({ dueUs }) => nowUs >= dueUs);
    for (const each of due) {
      this.#sweeps.splice(this.#sweeps.indexOf(each), 1);
      if (this.#sweep(each) === Code.RequestBudgetSpent) {
        this.#sweeps.push({ ...each, dueUs: nowUs + this.parts.limits.cancelWaitUsMax });
      }
    }
  }

  /** In batches, one behind the other. What the answers say is not read: the stream tells, and the next look does. */
  #cancelMany(request: OrderRequest, open: readonly TradingRecord[], done: () => void): void {
    const { dialect } = this.parts;
    const named = open.filter(({ instrument }) => this.parts.instrument(instrument) !== undefined);
    const batch = named.slice(0, dialect.batchMax ?? 1).map((stated) => {
      const ref = { venueOrderId: stated.venueOrderId, clientOrderId: stated.text };
      return { instrument: this.parts.instrument(stated.instrument) as Instrument, ref };
    });
    const [first] = batch;
    if (first === undefined) return done();
    assert(dialect.cancelMany !== undefined, Code.InvariantBroken);
    if (!dialect.budget.takeCancel(batch.length, this.parts.nowUs(), first.instrument)) return done();
    this.parts.call(dialect.cancelMany(batch), (answer) => {
      if (dialect.isClockOff(answer)) this.parts.clockOff();
      this.#cancelMany(request, named.slice(batch.length), done);
    });
  }

  #sendDeferred(isDue: (deferred: DeferredCancel) => boolean): void {
    const { live, requests, dialect, limits } = this.parts;
    const nowUs = this.parts.nowUs();
    for (const deferred of this.#deferred.filter(isDue)) {
      const { effect, isPaid } = deferred;
      this.#deferred.splice(this.#deferred.indexOf(deferred), 1);
      // Its end has been told meanwhile, or somebody else has sent a cancel of it.
      if (!isPaid && (live.get(effect.order)?.mayBeOpen === false || requests.isCanceling(effect.order))) continue;
      const instrument = this.parts.instrument(effect.instrument);
      if (isPaid || dialect.budget.takeCancel(ORDER_WEIGHT, nowUs, instrument)) this.#sendCancel(effect, 1);
      else this.#deferred.push({ ...deferred, dueUs: nowUs + limits.cancelWaitUsMax });
    }
  }

  #say(request: OrderRequest, said: Said): boolean {
    const text = said.socket?.(request.id);
    return text !== undefined && this.parts.link.send(text);
  }

  #rest(request: OrderRequest, ask: RestAsk): void {
    this.parts.call(ask, (answer) => this.#answered(request, answer));
  }

  #request(id: number, kind: RequestKind, effect: Readonly<TradingRecord>, isSocket: boolean, tries = 1): OrderRequest {
    assert(tries > 0, Code.ValueOutOfRange);
    const copy = new TradingRecord().copyFrom(effect);
    return { id, kind, effect: copy, sentUs: this.parts.nowUs(), isSocket, tries };
  }

  /** The same cancel once more, by REST. */
  #repeat(request: OrderRequest): void {
    if (!this.#mayRepeat(request)) return;
    this.parts.requests.end(request.id);
    this.#sendCancel(request.effect, request.tries + 1, true);
  }

  #mayRepeat({ id, tries }: OrderRequest): boolean {
    return tries < this.parts.limits.cancelTriesMax && this.parts.requests.isOpen(id);
  }

  #refOf(effect: Readonly<TradingRecord>): OrderRef {
    const live = this.parts.live.get(effect.order);
    const clientOrderId = live?.clientOrderId ?? this.parts.ids.idOf(effect.order, effect.instance);
    return { venueOrderId: live?.venueOrderId || effect.venueOrderId, clientOrderId };
  }

  /** Nothing to tell of an order that the stream has shown to be there. */
  #unknown(effect: TradingRecord, why: string): void {
    const live = this.parts.live.get(effect.order);
    const isReplace = effect.kind === RecordKind.ReplaceIntent;
    if (!isReplace && live !== undefined && (live.isAccepted || live.hasEnded)) return;
    const report = this.#about(RecordKind.OrderUnknown, effect);
    report.code = Code.AnswerMissing;
    report.attempt = effect.attempt;
    report.text = why;
    this.parts.report(report);
  }

  #refuseCancel(effect: TradingRecord, code: Reject, why: string): void {
    const report = this.#about(RecordKind.CancelRejected, effect);
    report.code = code;
    report.text = why;
    this.parts.report(report);
  }

  #about(kind: RecordKind, effect: Readonly<TradingRecord>): TradingRecord {
    const report = new TradingRecord().reset(kind);
    const live = this.parts.live.get(effect.order);
    report.order = effect.order;
    report.account = this.parts.account;
    report.instrument = effect.instrument;
    report.instrumentRevision = effect.instrumentRevision;
    report.side = effect.side;
    report.leg = effect.leg;
    report.timeUs = this.parts.nowUs();
    report.venueOrderId = live?.venueOrderId ?? "";
    return report;
  }
}
