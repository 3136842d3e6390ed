/** Orders out: each effect as a request, each answer as a report. What was sent and not answered is unknown, never repeated. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type Problem, problem } from "../../core/problem.ts";
import { ALL_INSTRUMENTS } from "../../engine/ports.ts";
import { Reject } from "../../model/denial.ts";
import type { Instrument } from "../../model/instrument.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { BinanceMarket } from "./fast_path.ts";
import type { RestCalls, VenueAnswer } from "./gateway_calls.ts";
import type { LiveOrders } from "./gateway_live.ts";
import type { QueryDesk } from "./gateway_queries.ts";
import type { OrderRequest, RequestKind, Requests } from "./gateway_requests.ts";
import {
  CANCEL_REFUSED,
  CLOCK_OFF,
  NO_NEED_TO_MODIFY,
  NO_SUCH_ORDER,
  Outcome,
  outcomeOf,
  rejectOf,
  TOO_MANY_ORDERS,
  TOO_MANY_REQUESTS,
} from "./order_outcome.ts";
import { modifyParams, newOrderParams, type OrderRef, orderParams, type Param } from "./order_params.ts";
import { signedParams } from "./order_sign.ts";
import { Fields } from "./private_fields.ts";
import type { OrderIds } from "./private_ids.ts";
import type { PrivateLink } from "./private_link.ts";

export interface EntryParts {
  readonly market: BinanceMarket;
  readonly account: number;
  readonly calls: RestCalls;
  readonly requests: Requests;
  readonly live: LiveOrders;
  readonly desk: QueryDesk;
  readonly ids: OrderIds;
  readonly link: PrivateLink;
  instrument(id: number): Instrument | undefined;
  instruments(): readonly Instrument[];
  nowUs(): number;
  report(record: TradingRecord): void;
  /** An answer has come, or is given up: questions may go on. */
  answered(): void;
  clockOff(): void;
  problem(p: Problem): void;
}

interface DeferredCancel {
  readonly effect: TradingRecord;
  readonly dueUs: number;
}

const GIVEN_UP: VenueAnswer = Object.freeze({
  isOk: false,
  value: undefined,
  code: 0,
  msg: "no answer in time",
  isSent: true,
});
const LOST: VenueAnswer = Object.freeze({ ...GIVEN_UP, msg: "the connection was lost before the answer" });
const ORDER_WEIGHT = 1;
const LOOK_WEIGHT = 4;

export class OrderEntry {
  readonly #deferred: DeferredCancel[] = [];

  constructor(readonly parts: EntryParts) {}

  /** OrderIntent or ReplaceIntent. Any code but Ok: no byte has left. */
  open(effect: Readonly<TradingRecord>): Code {
    const { market, live, ids, calls, requests } = this.parts;
    const instrument = this.parts.instrument(effect.instrument);
    if (instrument === undefined || instrument.revision !== effect.instrumentRevision) return Code.NoInstrument;
    const isReplace = effect.kind === RecordKind.ReplaceIntent;
    if (isReplace && market === "spot") return Code.MessageUnknown;
    const clientOrderId = live.get(effect.order)?.clientOrderId ?? ids.idOf(effect.order, effect.instance);
    const params = isReplace
      ? modifyParams(instrument, effect, this.#refOf(effect))
      : newOrderParams(market, instrument, effect, clientOrderId);
    if (params === undefined) return Code.MessageUnknown;
    if (!calls.parts.budget.takeOrder(ORDER_WEIGHT, this.parts.nowUs())) return Code.RequestBudgetSpent;
    const request = this.#request(requests.nextId(), isReplace ? "replace" : "new", effect, market === "spot");
    if (request.isSocket && !this.#say(request, "order.place", params)) return Code.SocketLost;
    const known = live.add(effect, clientOrderId);
    if (isReplace) known.replace = { attempt: effect.attempt, price: effect.price, qty: effect.qty };
    requests.add(request);
    if (!request.isSocket) this.#rest(request, isReplace ? "PUT" : "POST", "order", params);
    return Code.Ok;
  }

  /** A cancel goes by the socket where there is one, by REST where there is none: it must get through. */
  cancel(effect: Readonly<TradingRecord>): Code {
    const { requests, live, calls } = this.parts;
    if (this.parts.instrument(effect.instrument) === undefined) return Code.NoInstrument;
    const nowUs = this.parts.nowUs();
    const copy = new TradingRecord().copyFrom(effect);
    if (live.get(effect.order)?.hasEnded === true) {
      this.#refuseCancel(copy, Reject.AlreadyDone, "it has ended");
      return Code.Ok;
    }
    if (!calls.parts.budget.takeCancel(ORDER_WEIGHT, nowUs)) return Code.RequestBudgetSpent;
    // One of before a restart: from here on it is known, and its end is told once.
    if (effect.order !== 0) live.add(effect, this.parts.ids.idOf(effect.order, effect.instance));
    if (requests.newOf(effect.order) === undefined) this.#sendCancel(copy, 1);
    else this.#deferred.push({ effect: copy, dueUs: nowUs + calls.parts.limits.cancelWaitUsMax });
    return Code.Ok;
  }

  /** Everything of the account, other people's orders included. Orders still under way are cancelled one by one behind it. */
  cancelAll(instrument: number): Code {
    const { calls, requests } = this.parts;
    const all = this.parts.instruments().filter(({ id }) => instrument === ALL_INSTRUMENTS || id === instrument);
    const nowUs = this.parts.nowUs();
    const dueUs = nowUs + calls.parts.limits.cancelWaitUsMax;
    for (const { effect } of requests.unanswered()) {
      if (!all.some(({ id }) => id === effect.instrument)) continue;
      this.#deferred.push({ effect: new TradingRecord().copyFrom(effect, RecordKind.CancelIntent), dueUs });
    }
    let code = Code.Ok;
    for (const { id } of all) {
      const effect = new TradingRecord().reset(RecordKind.CommandCancelAll);
      effect.instrument = id;
      if (calls.parts.budget.takeCancel(ORDER_WEIGHT, nowUs)) this.#sendCancelAll(effect, 1);
      else code = Code.RequestBudgetSpent;
    }
    return code;
  }

  /** The answer to a socket request. */
  onAnswer(id: number, answer: VenueAnswer): void {
    const request = this.parts.requests.find(id);
    if (request !== undefined) this.#answered(request, answer);
  }

  /** What was sent on the connection and not answered. */
  onSocketLost(): void {
    for (const request of this.parts.requests.onSocket()) this.#answered(request, LOST);
  }

  tick(nowUs: number): void {
    const { requestUsMax } = this.parts.calls.parts.limits;
    for (const request of this.parts.requests.olderThan(nowUs - requestUsMax)) this.#answered(request, GIVEN_UP);
    this.#sendDeferred((deferred) => nowUs >= deferred.dueUs);
  }

  #answered(request: OrderRequest, answer: VenueAnswer): void {
    if (answer.code === CLOCK_OFF) this.parts.clockOff();
    switch (request.kind) {
      case "new":
        this.#onNew(request.effect, answer);
        break;
      case "replace":
        this.#onReplace(request.effect, answer);
        break;
      case "cancel":
        return this.#onCancel(request, answer);
      default:
        this.#onCancelAll(request, answer);
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

  #onNew(effect: TradingRecord, answer: VenueAnswer): void {
    const row = Fields.of(answer.value);
    if (answer.isOk) {
      const report = this.#about(RecordKind.OrderAccepted, effect);
      report.venueOrderId = row.id("orderId");
      report.exchangeTimeUs = row.timeUs("transactTime", true) || row.timeUs("updateTime", true);
      if (row.bad === "") return this.parts.report(report);
      return this.#unknown(effect, `an acknowledgement without ${row.bad}`);
    }
    const isRefused = !answer.isSent || outcomeOf(answer.code) === Outcome.Refused;
    if (!isRefused) return this.#unknown(effect, answer.msg);
    const report = this.#about(RecordKind.OrderRejected, effect);
    report.code = answer.isSent ? rejectOf(answer.code, answer.msg) : Reject.RateLimit;
    report.text = answer.msg;
    this.parts.report(report);
  }

  #onReplace(effect: TradingRecord, answer: VenueAnswer): void {
    const row = Fields.of(answer.value);
    if (answer.isOk) {
      const instrument = this.parts.instrument(effect.instrument) as Instrument;
      // Down to what is filled already, the venue cancels instead.
      const isCanceled = row.text("status", "") === "CANCELED";
      const report = this.#about(isCanceled ? RecordKind.OrderCanceled : RecordKind.OrderReplaced, effect);
      report.venueOrderId = row.id("orderId");
      report.exchangeTimeUs = row.timeUs("updateTime", true);
      report.price = row.mantissa("price", instrument.priceScale);
      report.qty = row.mantissa("origQty", instrument.qtyScale);
      report.cumQty = row.mantissa("executedQty", instrument.qtyScale);
      report.attempt = isCanceled ? 0 : effect.attempt;
      if (row.bad === "") return this.parts.report(report);
      return this.#unknown(effect, `an acknowledgement without ${row.bad}`);
    }
    if (answer.code === NO_NEED_TO_MODIFY) {
      const report = this.#about(RecordKind.OrderReplaced, effect);
      return this.parts.report(
        Object.assign(report, { price: effect.price, qty: effect.qty, attempt: effect.attempt }),
      );
    }
    const isRefused = !answer.isSent || outcomeOf(answer.code) === Outcome.Refused;
    if (!isRefused) return this.#unknown(effect, answer.msg);
    const live = this.parts.live.get(effect.order);
    if (live?.replace?.attempt === effect.attempt) live.replace = undefined;
    const report = this.#about(RecordKind.ReplaceRejected, effect);
    report.code = answer.isSent ? rejectOf(answer.code, answer.msg) : Reject.RateLimit;
    report.attempt = effect.attempt;
    report.text = answer.msg;
    this.parts.report(report);
  }

  #onCancel(request: OrderRequest, answer: VenueAnswer): void {
    const { effect } = request;
    if (answer.isOk) {
      this.#canceled(effect, Fields.of(answer.value));
      return this.#done(request);
    }
    const isGone = answer.code === CANCEL_REFUSED || answer.code === NO_SUCH_ORDER;
    if (isGone) return this.#settle(request);
    // Without an answer it is sent again by who wants it: the engine does so every two seconds.
    const isSoon = [TOO_MANY_REQUESTS, TOO_MANY_ORDERS, CLOCK_OFF].includes(answer.code) || !answer.isSent;
    if (!isSoon && outcomeOf(answer.code) === Outcome.Refused) {
      this.#refuseCancel(effect, rejectOf(answer.code, answer.msg), answer.msg);
    } else if (!isSoon && this.#mayRepeat(request)) {
      this.parts.requests.end(request.id);
      this.#sendCancel(effect, request.tries + 1, true);
    }
    this.#done(request);
  }

  /** "No such open order": how it ended, the venue is asked at once. A cancel that came before its order is sent again. */
  #settle(request: OrderRequest): void {
    const { effect } = request;
    const instrument = this.parts.instrument(effect.instrument);
    const { budget } = this.parts.calls.parts;
    if (instrument === undefined || !budget.takeQuery(LOOK_WEIGHT, this.parts.nowUs())) {
      this.#refuseCancel(effect, Reject.UnknownOrder, "the venue has no such open order");
      return this.#done(request);
    }
    this.parts.desk.look(instrument, this.#refOf(effect), (stated) => {
      const status: VenueOrderStatus = stated?.code ?? VenueOrderStatus.NotFound;
      if (status === VenueOrderStatus.Open && this.#mayRepeat(request)) {
        this.parts.requests.end(request.id);
        this.#sendCancel(effect, request.tries + 1, true);
      } else if (status === VenueOrderStatus.Canceled || status === VenueOrderStatus.Expired) {
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

  #onCancelAll(request: OrderRequest, answer: VenueAnswer): void {
    const { effect } = request;
    if (answer.isOk) {
      // Spot names each order that it has cancelled; USD-M only says that it did.
      for (const row of Array.isArray(answer.value) ? answer.value : []) this.#canceled(effect, Fields.of(row));
      return;
    }
    if (answer.code === CANCEL_REFUSED) return; // There was none.
    if (this.#mayRepeat(request)) return this.#sendCancelAll(effect, request.tries + 1);
    const symbol = this.parts.instrument(effect.instrument)?.name ?? "?";
    this.parts.problem(problem(Code.CancelUnanswered, `cancel all of ${symbol}: ${answer.msg}`));
  }

  /** One order of which the venue says that it has cancelled it. */
  #canceled(effect: TradingRecord, row: Fields): void {
    const instrument = this.parts.instrument(effect.instrument) as Instrument;
    const report = this.#about(RecordKind.OrderCanceled, effect);
    if (effect.order === 0) report.order = this.parts.ids.orderOf(row.text("origClientOrderId", ""));
    report.venueOrderId = row.id("orderId");
    report.exchangeTimeUs = row.timeUs("transactTime", true) || row.timeUs("updateTime", true);
    report.cumQty = row.mantissa("executedQty", instrument.qtyScale);
    const status = row.text("status", "CANCELED");
    // An answer that cannot be read leaves it to the stream, or to the next question.
    if (row.bad === "" && status === "CANCELED") this.parts.report(report);
  }

  #sendCancel(effect: TradingRecord, tries: number, byRest = false): void {
    const { market, requests, link } = this.parts;
    const instrument = this.parts.instrument(effect.instrument) as Instrument;
    const params = orderParams(instrument.venueSymbol, this.#refOf(effect));
    const isSocket = market === "spot" && link.isUp && !byRest;
    const request = this.#request(requests.nextId(), "cancel", effect, isSocket, tries);
    const isSaid = isSocket && this.#say(request, "order.cancel", params);
    const sent = isSaid || !isSocket ? request : { ...request, isSocket: false };
    requests.add(sent);
    if (!isSaid) this.#rest(sent, "DELETE", "order", params);
  }

  #sendCancelAll(effect: TradingRecord, tries: number): void {
    const { market, requests } = this.parts;
    const instrument = this.parts.instrument(effect.instrument) as Instrument;
    const names = market === "spot" ? ["openOrders"] : ["allOpenOrders", "algoOpenOrders"];
    for (const name of names) {
      const request = this.#request(requests.nextId(), "cancelAll", effect, false, tries);
      requests.add(request);
      this.#rest(request, "DELETE", name, [["symbol", instrument.venueSymbol]]);
    }
  }

  #sendDeferred(isDue: (deferred: DeferredCancel) => boolean): void {
    for (let at = 0; at < this.#deferred.length; ) {
      const deferred = this.#deferred[at] as DeferredCancel;
      if (!isDue(deferred)) at++;
      else {
        this.#deferred.splice(at, 1);
        this.#sendCancel(deferred.effect, 1);
      }
    }
  }

  #say(request: OrderRequest, method: string, params: readonly Param[]): boolean {
    const { calls, link } = this.parts;
    const { clock, limits, key } = calls.parts;
    const time = { timestampMs: clock.nowMs(this.parts.nowUs()), recvWindowMs: limits.recvWindowMs };
    return link.send(JSON.stringify({ id: request.id, method, params: signedParams(params, time, key) }));
  }

  #rest(request: OrderRequest, method: "POST" | "PUT" | "DELETE", name: string, params: readonly Param[]): void {
    const path = this.parts.market === "spot" ? `/api/v3/${name}` : `/fapi/v1/${name}`;
    this.parts.calls.call(method, path, params, "signed", (answer) => this.#answered(request, answer));
  }

  #request(id: number, kind: RequestKind, effect: Readonly<TradingRecord>, isSocket: boolean, tries = 1): OrderRequest {
    assert(tries > 0, Code.ValueOutOfRange);
    const copy = new TradingRecord().copyFrom(effect);
    return { id, kind, effect: copy, sentUs: this.parts.nowUs(), isSocket, tries };
  }

  #mayRepeat({ id, tries }: OrderRequest): boolean {
    return tries < this.parts.calls.parts.limits.cancelTriesMax && this.parts.requests.isOpen(id);
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
