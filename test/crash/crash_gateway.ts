/** One account's gateway to the venue of crash tests: effects become requests, what the venue tells becomes reports. */

import { Code } from "../../src/core/code.ts";
import { NO_CAPABILITIES, type VenueCapabilities, type VenueGateway, type VenueQuery } from "../../src/engine/ports.ts";
import { Reject } from "../../src/model/denial.ts";
import { Evidence, RecordKind, StreamState, TradingRecord, VenueOrderStatus } from "../../src/model/record.ts";
import type { MessageLane } from "../../src/ring/message_lane.ts";
import type { Approved } from "../../src/risk/approved.ts";
import {
  type CrashVenue,
  VALIDITY_US,
  type VenueEvent,
  type VenueFill,
  type VenueOrder,
  type VenueRequest,
} from "./crash_venue.ts";

/** How questions are answered: by plain reports about the order, or by statements that end with QueryEnded. */
export type Protocol = "reports" | "statements";

export interface GatewayHost {
  readonly venue: CrashVenue;
  readonly lane: MessageLane;
  readonly protocol: Protocol;
  nowUs(): number;
  /** Before bytes leave; may throw, after it has sent what is to arrive all the same. */
  onSend(request: VenueRequest): void;
  lotOf(instrument: number): number;
  /** Number of the replace that waits for its answer, 0 = none. */
  pendingReplace(order: number): number;
  fail(text: string): void;
}

export class CrashGateway implements VenueGateway {
  readonly venue = "";
  readonly capabilities: VenueCapabilities = {
    ...NO_CAPABILITIES,
    amend: true,
    postOnly: true,
    privateStream: true,
    requestValidityUs: VALIDITY_US,
  };
  /** Orders below this number are from before this process: none of them may be opened again. */
  firstOrder = 1;
  readonly #questions = new Map<number, VenueQuery>();
  /** Replaces that waited for their answer when the question was asked. */
  readonly #pending = new Map<number, number>();
  readonly #record = new TradingRecord();

  constructor(
    readonly account: number,
    readonly host: GatewayHost,
  ) {}

  /** The private stream is there: without it no account is ever reconciled. */
  connect(): void {
    const record = this.#record.reset(RecordKind.StreamChanged);
    record.account = this.account;
    record.code = StreamState.Up;
    this.#put(record);
  }

  open(effect: Approved): Code {
    const { order: clientId, account, instrument, side, price, qty, attempt } = effect;
    if (effect.kind === RecordKind.ReplaceIntent) {
      return this.#send({ kind: "replace", clientId, account, price, qty, attempt });
    }
    if (clientId < this.firstOrder) this.host.fail(`order ${clientId} of before the restart was sent`);
    const lots = qty / this.host.lotOf(instrument);
    return this.#send({ kind: "new", clientId, account, instrument, side, price, qty, lots });
  }

  close(effect: Readonly<TradingRecord>): Code {
    return this.#send({
      kind: "cancel",
      clientId: effect.order,
      account: effect.account,
      instrument: effect.instrument,
    });
  }

  closeAll(): Code {
    return Code.MessageUnknown;
  }

  query(query: VenueQuery): Code {
    if (query.kind === "balances") return Code.MessageUnknown; // Not kept here: it cannot say, and nobody waits for it.
    this.#questions.set(query.id, query);
    if (query.kind === "order") this.#pending.set(query.id, this.host.pendingReplace(query.order));
    const { account } = this;
    const select =
      query.kind === "order" || query.kind === "orderHistory"
        ? { clientId: query.order }
        : query.kind === "openOrders"
          ? { openOnly: true, ...(query.instrument === "all" ? {} : { instrument: query.instrument }) }
          : {};
    return this.#send({ kind: "ask", account, question: query.id, select });
  }

  /** What the venue tells goes into the private lane, as a session's decoder would put it there. */
  onEvent(event: VenueEvent): void {
    switch (event.kind) {
      case "answer": {
        const query = this.#questions.get(event.question);
        if (query === undefined) return;
        this.#questions.delete(event.question);
        if (this.host.protocol === "reports") this.#answerByReports(query, event.orders);
        else this.#answerByStatements(query, event.orders);
        return;
      }
      case "cancelRejected": {
        const record = this.#record.reset(RecordKind.CancelRejected);
        record.order = event.clientId;
        record.account = event.account;
        record.code = Reject.UnknownOrder;
        record.instrument = event.instrument;
        record.instrumentRevision = 1;
        return this.#put(record);
      }
      case "fill":
        return this.#fill(event.order, event.fill, Evidence.Stream);
      case "replaceRejected":
        return this.#report(event.order, RecordKind.ReplaceRejected, event.attempt);
      case "duplicate":
        return this.#report(event.order, RecordKind.OrderRejected, 1, Reject.DuplicateClientId);
      case "accepted":
        return this.#report(event.order, RecordKind.OrderAccepted, 1);
      case "rejected":
        return this.#report(event.order, RecordKind.OrderRejected, 1, Reject.Other);
      case "canceled":
        return this.#report(event.order, RecordKind.OrderCanceled, event.order.attempt);
      default:
        return this.#report(event.order, RecordKind.OrderReplaced, event.order.attempt);
    }
  }

  #send(request: VenueRequest): Code {
    this.host.onSend(request);
    this.host.venue.send(request, this.host.nowUs());
    return Code.Ok;
  }

  /** Today's way: fills by their ids, the terms in force, and where the order stands; or that it is not there. */
  #answerByReports(query: VenueQuery, orders: readonly VenueOrder[]): void {
    if (query.kind !== "order") return this.host.fail(`a question ${query.kind} in the old way`);
    const order = orders[0];
    if (order === undefined) {
      const record = this.#record.reset(RecordKind.OrderNotFound);
      record.order = query.order;
      record.account = this.account;
      record.instrument = query.instrument;
      return this.#put(record);
    }
    if (order.status === "rejected") return this.#report(order, RecordKind.OrderRejected, 1, Reject.Other);
    // How it stands comes in one report: a crash between "it is there" and "it is cancelled" would show what never was.
    if (order.status !== "canceled") this.#report(order, RecordKind.OrderAccepted, order.attempt);
    if (order.attempt > 1) this.#report(order, RecordKind.OrderReplaced, order.attempt);
    // What was asked for before the question and is not in force was refused or never came.
    const pending = this.#pending.get(query.id) ?? 0;
    if (pending > order.attempt) this.#report(order, RecordKind.ReplaceRejected, pending);
    for (const fill of order.fills) this.#fill(order, fill, Evidence.TradeHistory);
    if (order.status === "canceled") this.#report(order, RecordKind.OrderCanceled, order.attempt);
  }

  #answerByStatements(query: VenueQuery, orders: readonly VenueOrder[]): void {
    if (query.kind === "fills") this.#stateFills(query, orders);
    else if (query.kind === "positions") this.#statePositions(query.id, orders);
    else if (query.kind === "order" || query.kind === "orderHistory" || query.kind === "openOrders") {
      const evidence =
        query.kind === "order"
          ? Evidence.OrderQuery
          : query.kind === "orderHistory"
            ? Evidence.OrderHistory
            : Evidence.OpenOrders;
      for (const order of orders) this.#state(query.id, order, evidence);
      if (query.kind !== "openOrders" && orders.length === 0) {
        const record = this.#record.reset(RecordKind.StatedOrder);
        record.order = query.order;
        record.account = this.account;
        record.instrument = query.instrument;
        record.attempt = query.id;
        record.code = VenueOrderStatus.NotFound;
        record.evidence = evidence;
        record.text = query.clientOrderId;
        this.#put(record);
      }
    }
    const end = this.#record.reset(RecordKind.QueryEnded);
    end.account = this.account;
    end.attempt = query.id;
    end.code = Code.Ok;
    this.#put(end);
  }

  #state(question: number, order: VenueOrder, evidence: Evidence): void {
    const record = this.#about(order, RecordKind.StatedOrder);
    record.attempt = question;
    record.code = STATUS[order.status];
    record.evidence = evidence;
    this.#put(record);
  }

  #stateFills(query: VenueQuery & { kind: "fills" }, orders: readonly VenueOrder[]): void {
    const wanted = orders.filter(
      (order) => order.instrument === query.instrument && (query.order === 0 || order.clientId === query.order),
    );
    const fills = wanted.flatMap((order) => order.fills.map((fill) => ({ order, fill })));
    fills.sort((a, b) => a.fill.atUs - b.fill.atUs);
    for (const { order, fill } of fills) {
      if (fill.atUs >= query.sinceUs) this.#fill(order, fill, Evidence.TradeHistory, query.id);
    }
  }

  #statePositions(question: number, orders: readonly VenueOrder[]): void {
    const sums = new Map<number, number>();
    for (const { instrument, side, cumQty } of orders) {
      sums.set(instrument, (sums.get(instrument) ?? 0) + (side === 1 ? cumQty : -cumQty));
    }
    for (const [instrument, qty] of sums) {
      const record = this.#record.reset(RecordKind.StatedPosition);
      record.account = this.account;
      record.instrument = instrument;
      record.instrumentRevision = 1;
      record.attempt = question;
      record.evidence = Evidence.Statement;
      record.side = qty < 0 ? 2 : 1;
      record.qty = Math.abs(qty);
      this.#put(record);
    }
  }

  #fill(order: VenueOrder, fill: VenueFill, evidence: Evidence, question = 1): void {
    const record = this.#about(order, RecordKind.OrderFilled);
    record.qty = fill.qty;
    record.price = fill.price;
    record.fillId = fill.id;
    record.exchangeTimeUs = fill.atUs;
    record.evidence = evidence;
    record.attempt = question;
    record.cumQty = -1;
    this.#put(record);
  }

  #report(order: VenueOrder, kind: RecordKind, attempt: number, code: Reject = Reject.None): void {
    const record = this.#about(order, kind);
    record.attempt = attempt;
    record.code = code;
    this.#put(record);
  }

  #about(order: VenueOrder, kind: RecordKind): TradingRecord {
    const record = this.#record.reset(kind);
    record.order = order.clientId;
    record.account = order.account;
    record.instrument = order.instrument;
    record.instrumentRevision = 1;
    record.side = order.side;
    record.price = order.price;
    record.qty = order.qty;
    record.cumQty = order.cumQty;
    record.venueOrderId = order.venueId;
    return record;
  }

  #put(record: TradingRecord): void {
    record.timeUs = this.host.nowUs();
    if (!this.host.lane.put(record)) this.host.fail("the private lane is full");
  }
}

const STATUS: Readonly<Record<VenueOrder["status"], VenueOrderStatus>> = {
  open: VenueOrderStatus.Open,
  filled: VenueOrderStatus.Filled,
  canceled: VenueOrderStatus.Canceled,
  rejected: VenueOrderStatus.Rejected,
};
