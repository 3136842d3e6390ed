/** A venue session on which everything goes wrong that the plan says: between the engine's port and the venue's truth. */

import { Code } from "../../core/code.ts";
import type { Prng } from "../../core/prng.ts";
import { NO_CAPABILITIES, type VenueCapabilities, type VenueGateway, type VenueQuery } from "../../engine/ports.ts";
import { type ClientOrderParts, clientOrderId, parseClientOrderId } from "../../model/client_order_id.ts";
import { RecordKind, StreamState, TradingRecord } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import { answersOf } from "./fault_answers.ts";
import type { FaultVenue, VenueRequest, VenueStream, VenueWord } from "./fault_venue.ts";

/** Where reports go: the engine's private lane. False = full. */
export interface ReportSink {
  put(record: Readonly<TradingRecord>): boolean;
}

/** Which session this is, for client order ids: another one at each start. */
export interface FaultSession {
  readonly account: number;
  readonly node: number;
  readonly epoch: number;
}

/** How often each fault came, by its name in the plan, and reports that were set aside for a word nobody knows. */
export type FaultCounts = Record<string, number>;

const REQUEST_VALIDITY_US = 2_000_000;
/** A silent stream is noticed after this. */
const SILENCE_US = 10_000_000;

/** One session: it ends with its engine (`hangUp`), while what it has sent still arrives. */
export class FaultGateway implements VenueGateway, VenueStream {
  readonly account: number;
  readonly venue = "";
  readonly capabilities: VenueCapabilities = {
    ...NO_CAPABILITIES,
    amend: true,
    amendKeepsQueueOnReduce: true,
    postOnly: true,
    fillOrKill: true,
    cancelAll: true,
    privateStream: true,
    requestValidityUs: REQUEST_VALIDITY_US,
  };
  readonly counts: FaultCounts = {};
  streamState = StreamState.Down;
  readonly #prng: Prng;
  readonly #parts: ClientOrderParts = { node: 0, epoch: 0, instance: 0, order: 0 };
  /** Client ids of this session by our numbers. */
  readonly #ids = new Map<number, string>();
  #isClosed = false;
  /** True while nothing of the private stream gets through. */
  #isDeaf = true;
  /** When the last request of the session arrives. */
  #requestDueUs = 0;
  /** The client id whose request is being answered at this moment. */
  #answering = "";
  /** When the last word of the private stream arrives. */
  #streamDueUs = 0;
  /** Reports for which the lane had no room, oldest first. */
  readonly #waiting: TradingRecord[] = [];

  constructor(
    readonly exchange: FaultVenue,
    readonly sink: ReportSink,
    readonly session: FaultSession,
  ) {
    this.account = session.account;
    this.#prng = exchange.prng;
  }

  /** The private stream comes up; what happened before is not told. */
  connect(nowUs: number): void {
    this.exchange.stream = this;
    this.#setStream(StreamState.Up, nowUs);
    this.#scheduleLoss(nowUs);
  }

  /** The process is gone: no more answers; what was sent still arrives. */
  hangUp(): void {
    this.#isClosed = true;
    if (this.exchange.stream === this) this.exchange.stream = undefined;
  }

  close(effect: Readonly<TradingRecord>): Code {
    const asked = new TradingRecord().copyFrom(effect);
    this.#request(asked, (request, nowUs) => this.exchange.cancel(request, nowUs));
    return Code.Ok;
  }

  open(effect: Approved): Code {
    if (this.#happens("refused")) return Code.RequestBudgetSpent;
    const asked = new TradingRecord().copyFrom(effect);
    const { exchange } = this;
    if (asked.kind === RecordKind.ReplaceIntent) this.#request(asked, (r, nowUs) => exchange.replace(r, nowUs));
    else {
      const { node, epoch } = this.session;
      this.#ids.set(asked.order, clientOrderId(node, epoch, asked.instance, asked.order));
      this.#request(asked, (r, nowUs) => exchange.place(r, nowUs));
    }
    return Code.Ok;
  }

  closeAll(instrument: number): Code {
    const { exchange } = this;
    const which = instrument === 0xffff_ffff ? -1 : instrument;
    if (!this.#happens("requestLost")) {
      exchange.wire.push(this.#leavesUs(), (nowUs) => exchange.cancelAll(which, nowUs));
    }
    return Code.Ok;
  }

  query(query: VenueQuery): Code {
    const { exchange } = this;
    if (this.#happens("refused")) return Code.RequestBudgetSpent;
    if (this.#happens("queryLost")) return Code.Ok;
    const clientId = "order" in query && query.kind !== "fills" ? query.clientOrderId || this.#idOf(query.order) : "";
    const fails = this.#happens("queryFailed");
    const cut = !fails && query.kind === "openOrders" && this.#happens("listCut");
    exchange.wire.push(this.#leavesUs(), (nowUs) => {
      const words = answersOf(exchange, query, clientId, nowUs);
      // A failed answer may have said some things before it broke off; a cut list does not say that it is cut.
      if ((fails || cut) && words.length > 0) words.length = this.#prng.nextBelow(words.length);
      const end = new TradingRecord().reset(RecordKind.QueryEnded);
      end.code = fails ? Code.VenueError : Code.Ok;
      words.push({ record: end, clientId: "" });
      const dueUs = nowUs + this.#latencyUs() + (this.#happens("queryLate") ? this.#lateUs() : 0);
      for (const { record, clientId: named } of words) {
        record.attempt = query.id;
        exchange.wire.push(dueUs, () => this.#deliver({ record, clientId: named }));
      }
    });
    return Code.Ok;
  }

  /** The private stream: what it says is lost, late, doubled or strange. */
  onWord(word: VenueWord): void {
    if (this.#isDeaf) return this.#count("deaf");
    if (this.#isAnswered(word) && !this.#happens("answerDoubled")) return;
    const isMoney = word.record.kind === RecordKind.CashMoved;
    // Money has no other way to be known: only the plan's own rate loses it.
    if (isMoney && this.#happens("balanceLost")) return;
    if (!isMoney && (this.#happens("reportLost") || this.#happens("reportStrange"))) return;
    const { exchange } = this;
    // A stream keeps its order; what is late is overtaken.
    const lateUs = this.#happens("reportLate") ? this.#lateUs() : 0;
    const dueUs = Math.max(this.#streamDueUs, exchange.nowUs() + this.#latencyUs());
    this.#streamDueUs = dueUs;
    exchange.wire.push(dueUs + lateUs, () => this.#deliver(word));
    if (!isMoney && this.#happens("reportTwice")) {
      exchange.wire.push(dueUs + this.#lateUs(), () => this.#deliver(word));
    }
  }

  /** True for what the answer to the request says that is being dealt with. */
  #isAnswered({ record, clientId }: VenueWord): boolean {
    if (clientId !== this.#answering || clientId === "") return false;
    const { kind } = record;
    return kind === RecordKind.OrderAccepted || kind === RecordKind.OrderCanceled || kind === RecordKind.OrderReplaced;
  }

  /** Reports that the lane had no room for. */
  flush(): void {
    while (this.#waiting.length > 0 && this.sink.put(this.#waiting[0] as TradingRecord)) this.#waiting.shift();
  }

  /** A request with one answer: it, or "I do not know" after the time-out. */
  #request(asked: TradingRecord, act: (request: VenueRequest, nowUs: number) => VenueWord): void {
    const { exchange } = this;
    const sentUs = exchange.nowUs();
    const clientId = this.#idOf(asked.order);
    const request = { clientId, record: asked, validUntilUs: sentUs + REQUEST_VALIDITY_US };
    let answered = false;
    const answer = (word: VenueWord) => {
      answered = true;
      this.#deliver(word);
    };
    const timesOut = asked.kind !== RecordKind.CancelIntent;
    if (timesOut) {
      exchange.wire.push(sentUs + exchange.plan.timeoutUs, () => {
        if (!answered) this.#deliver(unknownOf(asked, clientId, "no answer in time"));
      });
    }
    if (this.#happens("requestLost")) return;
    const arrivesUs = this.#leavesUs() + (this.#happens("requestLate") ? this.#lateUs() : 0);
    exchange.wire.push(arrivesUs, (nowUs) => {
      this.#answering = clientId;
      const word = act(request, nowUs);
      this.#answering = "";
      if (this.#happens("answerLost")) return;
      const lateUs = this.#happens("answerLate") ? this.#lateUs() : 0;
      const dueUs = nowUs + this.#latencyUs() + lateUs;
      if (this.#happens("errorAfterwards")) {
        if (timesOut) exchange.wire.push(dueUs, () => answer(unknownOf(asked, clientId, "HTTP 503")));
      } else exchange.wire.push(dueUs, () => answer(word));
    });
  }

  #deliver({ record, clientId }: VenueWord): void {
    if (this.#isClosed) return;
    const told = new TradingRecord().copyFrom(record);
    told.account = this.account;
    told.order = parseClientOrderId(clientId, this.#parts) ? this.#parts.order : 0;
    if (told.text === "" && clientId !== "") told.text = clientId;
    told.timeUs = this.exchange.wire.nowUs;
    this.flush();
    if (this.#waiting.length > 0 || !this.sink.put(told)) this.#waiting.push(told);
  }

  /** The private stream is lost from time to time: with a close that is seen, or by a silence that is noticed late. */
  #scheduleLoss(nowUs: number): void {
    const { streamDownEveryUs, streamSilentEveryUs } = this.exchange.plan;
    for (const [everyUs, state] of [
      [streamDownEveryUs, StreamState.Down],
      [streamSilentEveryUs, StreamState.Silent],
    ] as const) {
      if (everyUs === 0) continue;
      const lossUs = nowUs + 1 + this.#prng.nextBelow(2 * everyUs);
      this.exchange.wire.push(lossUs, (us) => this.#lose(state, us));
    }
  }

  #lose(state: StreamState, nowUs: number): void {
    if (this.#isClosed || this.#isDeaf) return;
    this.#isDeaf = true;
    this.#count(state === StreamState.Down ? "streamDown" : "streamSilent");
    const { wire, plan } = this.exchange;
    const noticedUs = nowUs + (state === StreamState.Silent ? SILENCE_US : 0);
    const backUs = noticedUs + 1 + this.#prng.nextBelow(plan.streamGoneUsMax);
    wire.push(noticedUs, (us) => this.#setStream(state, us));
    wire.push(backUs, (us) => {
      if (this.#isClosed) return;
      this.#setStream(StreamState.Up, us);
      this.#scheduleLoss(us);
    });
  }

  #setStream(state: StreamState, nowUs: number): void {
    if (this.#isClosed) return;
    this.streamState = state;
    this.#isDeaf = state !== StreamState.Up;
    const record = new TradingRecord().reset(RecordKind.StreamChanged);
    record.code = state;
    record.exchangeTimeUs = nowUs;
    this.#deliver({ record, clientId: "" });
  }

  /** The id that an order was sent with, in this session or an earlier one. */
  #idOf(order: number): string {
    const known = this.#ids.get(order);
    if (known !== undefined) return known;
    for (const clientId of this.exchange.ledger.orders.keys()) {
      if (parseClientOrderId(clientId, this.#parts) && this.#parts.order === order) return clientId;
    }
    const { node, epoch } = this.session;
    return clientOrderId(node, epoch, 0, order);
  }

  #leavesUs(): number {
    const dueUs = this.exchange.nowUs() + this.#latencyUs();
    if (this.#happens("requestOvertakes")) return dueUs;
    this.#requestDueUs = Math.max(this.#requestDueUs, dueUs);
    return this.#requestDueUs;
  }

  #latencyUs(): number {
    const { latencyUsMin, latencyUsMax } = this.exchange.plan;
    return latencyUsMin + this.#prng.nextBelow(latencyUsMax - latencyUsMin + 1);
  }

  #lateUs(): number {
    return 1 + this.#prng.nextBelow(this.exchange.plan.lateUsMax);
  }

  #happens(name: RateName): boolean {
    const happens = this.exchange.happens(this.exchange.plan[name]);
    if (happens) this.#count(name);
    return happens;
  }

  #count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}

type RateName =
  | "refused"
  | "requestOvertakes"
  | "answerDoubled"
  | "requestLost"
  | "requestLate"
  | "answerLost"
  | "answerLate"
  | "errorAfterwards"
  | "reportLost"
  | "reportLate"
  | "reportTwice"
  | "reportStrange"
  | "queryLost"
  | "queryLate"
  | "queryFailed"
  | "listCut"
  | "balanceLost";

/** What a session says when it cannot know: never more than that. */
function unknownOf(asked: Readonly<TradingRecord>, clientId: string, why: string): VenueWord {
  const record = new TradingRecord().copyFrom(asked, RecordKind.OrderUnknown);
  record.record = 0;
  record.input = 0;
  record.code = Code.AnswerMissing;
  record.cumQty = -1;
  record.fillId = "";
  record.venueOrderId = "";
  record.text = why;
  return { record, clientId };
}
