/** Answers of the simulated venue to reconciliation: statements from its own memory, then the end of the answer. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { ALL_INSTRUMENTS, type VenueQuery } from "../../engine/ports.ts";
import type { VenueOrder } from "../../match/replay_matcher.ts";
import { Evidence, RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { Wallet } from "./wallet.ts";

/** Query in the queue of arrivals: this kind is never sent to a venue. `code` is its place here. */
export const ASK = RecordKind.QueryEnded;
const KINDS = ["order", "orderHistory", "openOrders", "fills", "positions", "balances"] as const;

/** What the desk reads, and where its statements go. */
export interface QueryBooks {
  readonly orders: ReadonlyMap<number, VenueOrder>;
  /** Also one that has ended, here or before the restart. */
  readonly find: (order: number) => VenueOrder | undefined;
  readonly wallet: Wallet;
  /** A new statement to be filled in; undefined when no more can wait. */
  readonly say: (kind: RecordKind) => TradingRecord | undefined;
}

export class QueryDesk {
  /** The newest fills, oldest first. */
  readonly #fills: TradingRecord[] = [];
  #id = 0;
  #isWhole = true;

  constructor(
    readonly books: QueryBooks,
    readonly fillsMax: number,
  ) {
    assert(fillsMax > 0, Code.LimitRelationBroken);
  }

  /** False for what this venue cannot say: it holds no money before it has been restored. */
  knows(query: VenueQuery): boolean {
    return this.books.wallet.isKnown || (query.kind !== "positions" && query.kind !== "balances");
  }

  /** The question as it travels. */
  write(query: VenueQuery, out: TradingRecord): void {
    out.reset(ASK);
    out.attempt = query.id;
    out.code = KINDS.indexOf(query.kind);
    if (query.kind === "positions" || query.kind === "balances") return;
    out.instrument = query.instrument === "all" ? ALL_INSTRUMENTS : query.instrument;
    if (query.kind === "openOrders") return;
    out.order = query.order;
    if (query.kind === "fills") out.exchangeTimeUs = query.sinceUs;
  }

  /** A fill as it is told. */
  remember(fill: Readonly<TradingRecord>): void {
    if (this.#fills.length === this.fillsMax) this.#fills.splice(0, this.fillsMax >> 1);
    this.#fills.push(new TradingRecord().copyFrom(fill));
  }

  answer(question: Readonly<TradingRecord>): void {
    this.#id = question.attempt;
    this.#isWhole = true;
    const kind = KINDS[question.code];
    assert(kind !== undefined, Code.EnumUnknown);
    if (kind === "order" || kind === "orderHistory") this.#stateOne(question, kind);
    else if (kind === "openOrders") this.#stateOpen(question.instrument);
    else if (kind === "fills") this.#stateFills(question);
    else if (kind === "positions") this.books.wallet.positions((said) => this.#say(said, Evidence.Statement));
    else this.books.wallet.balances((said) => this.#say(said, Evidence.Statement));
    // Without room for its end the answer has none: it will be asked again.
    const end = this.books.say(RecordKind.QueryEnded);
    if (end === undefined) return;
    end.attempt = this.#id;
    end.code = this.#isWhole ? Code.Ok : Code.TableFull;
  }

  #stateOne(question: Readonly<TradingRecord>, kind: "order" | "orderHistory"): void {
    const order = this.books.find(question.order);
    const evidence = kind === "order" ? Evidence.OrderQuery : Evidence.OrderHistory;
    if (order !== undefined) return this.#state(order, evidence);
    const out = this.#say(RecordKind.StatedOrder, evidence);
    out.order = question.order;
    out.instrument = question.instrument;
    out.code = VenueOrderStatus.NotFound;
  }

  #stateOpen(instrument: number): void {
    for (const order of this.books.orders.values()) {
      if (instrument === ALL_INSTRUMENTS || order.instrument === instrument) this.#state(order, Evidence.OpenOrders);
    }
  }

  #state(order: VenueOrder, evidence: Evidence): void {
    const out = this.#say(RecordKind.StatedOrder, evidence);
    out.order = order.order;
    out.instrument = order.instrument;
    out.side = order.side;
    out.leg = order.leg;
    out.orderType = order.orderType;
    out.timeInForce = order.timeInForce;
    out.price = order.price;
    out.qty = order.qty;
    out.cumQty = order.cumQty;
    out.venueOrderId = order.venueOrderId;
    out.code = statusOf(order.endKind);
  }

  #stateFills({ instrument, order, exchangeTimeUs }: Readonly<TradingRecord>): void {
    for (const fill of this.#fills) {
      if (fill.instrument !== instrument || (order !== 0 && fill.order !== order)) continue;
      if (fill.exchangeTimeUs < exchangeTimeUs) continue;
      const out = this.#say(RecordKind.OrderFilled, Evidence.TradeHistory);
      const { timeUs } = out;
      out.copyFrom(fill);
      out.timeUs = timeUs;
      out.attempt = this.#id;
      out.evidence = Evidence.TradeHistory;
    }
  }

  #say(kind: RecordKind, evidence: Evidence): TradingRecord {
    const out = this.books.say(kind);
    if (out === undefined) {
      this.#isWhole = false;
      return new TradingRecord(); // Said to nobody: the answer ends as failed.
    }
    out.attempt = this.#id;
    out.evidence = evidence;
    return out;
  }
}

function statusOf(endKind: number): VenueOrderStatus {
  switch (endKind) {
    case 0:
      return VenueOrderStatus.Open;
    case RecordKind.OrderFilled:
      return VenueOrderStatus.Filled;
    case RecordKind.OrderCanceled:
      return VenueOrderStatus.Canceled;
    default:
      return VenueOrderStatus.Expired;
  }
}
