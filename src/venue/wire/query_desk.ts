/** Answers to reconciliation over REST: pages are read to their end, and an answer is whole or has failed. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import type { Instrument } from "../../model/instrument.ts";
import { Evidence, RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { RestAsk, VenueAnswer } from "./live_answer.ts";
import type { LiveDialect, OrderRef, Pages, StatementReader } from "./live_dialect.ts";
import type { LiveOrders } from "./live_orders.ts";
import type { OrderIds } from "./order_ids.ts";

export interface QueryParts {
  readonly account: number;
  readonly dialect: LiveDialect;
  readonly live: LiveOrders;
  readonly ids: OrderIds;
  readonly pagesMax: number;
  call(ask: RestAsk, done: (answer: VenueAnswer) => void): void;
  instrument(id: number): Instrument | undefined;
  nowUs(): number;
  /** A statement, or the end of an answer. */
  tell(record: TradingRecord): void;
}

type OrderQuery = Extract<VenueQuery, { kind: "order" | "orderHistory" }>;
type FillsQuery = Extract<VenueQuery, { kind: "fills" }>;
type ReadRow = (reader: StatementReader, row: unknown) => TradingRecord | undefined;

/** What pages have said: rows oldest first, and why they are not the whole answer ("" when they are). */
interface Answered {
  readonly rows: readonly unknown[];
  readonly why: string;
}

interface Reading {
  readonly pages: Pages;
  readonly rows: unknown[];
  readonly done: (answered: Answered) => void;
  /** True: enough has been read. */
  readonly isEnough: (rows: readonly unknown[]) => boolean;
  readonly isOfOrder: boolean;
  count: number;
}

export class QueryDesk {
  constructor(readonly parts: QueryParts) {}

  /** Answers later, by `tell`. */
  ask(query: VenueQuery): void {
    assert(query.id > 0, Code.ValueOutOfRange);
    const { dialect } = this.parts;
    switch (query.kind) {
      case "order":
      case "orderHistory":
        return this.#order(query);
      case "openOrders":
        return this.#open(query.id, query.instrument);
      case "fills":
        return this.#fills(query);
      case "positions": {
        const pages = dialect.positions();
        if (pages === undefined) return this.#end(query.id, Code.Ok);
        return this.#rows(query.id, pages, Evidence.Statement, (reader, row) => reader.position(row));
      }
      default:
        return this.#rows(query.id, dialect.balances(), Evidence.Statement, (reader, row) => reader.balance(row));
    }
  }

  /** How one order stands, for the gateway itself: `undefined` when the venue does not say. */
  look(
    instrument: Instrument,
    ref: OrderRef,
    done: (stated: TradingRecord | undefined, isMissing: boolean) => void,
  ): void {
    const pages = this.parts.dialect.order(instrument, ref);
    this.#find(pages, ref, this.#reader(0, Evidence.OrderQuery), (found, why) =>
      done(found, found === undefined && why === ""),
    );
  }

  /** Orders that are open, other people's included; undefined when the venue does not say. */
  listOpen(instrument: Instrument | undefined, done: (open: readonly TradingRecord[] | undefined) => void): void {
    this.#read(this.parts.dialect.openOrders(instrument), (answered) => {
      const reader = this.#reader(0, Evidence.OpenOrders);
      const orders = answered.rows.map((row) => reader.order(row));
      if (answered.why !== "" || reader.bad !== "") return done(undefined);
      done(orders.filter((order) => order !== undefined));
    });
  }

  /** One order, by the question for it or from history: what history does not know is proof only when it is whole. */
  #order(query: OrderQuery): void {
    const { dialect } = this.parts;
    const instrument = this.parts.instrument(query.instrument);
    const ref = this.#refOf(query);
    if (instrument === undefined || ref === undefined) return this.#end(query.id, Code.QueryFailed);
    const isHistory = query.kind === "orderHistory";
    const evidence = isHistory ? Evidence.OrderHistory : Evidence.OrderQuery;
    const pages = isHistory ? dialect.history(instrument, ref) : dialect.order(instrument, ref);
    this.#find(pages, ref, this.#reader(query.id, evidence), (found, why) => {
      if (found !== undefined) {
        // It was asked by our number; an adopted order carries an id that says nothing of it.
        found.order = query.order;
        this.parts.tell(found);
      } else if (why !== "") return this.#end(query.id, Code.QueryFailed, why);
      else this.#notFound(query, evidence);
      this.#end(query.id, Code.Ok);
    });
  }

  /**
   * Reads until the order is there; without it and without a `why`, the venue has no such order. An id of ours may be used
   * again once its order has ended: the newest one is meant.
   */
  #find(
    pages: Pages,
    ref: OrderRef,
    reader: StatementReader,
    done: (found: TradingRecord | undefined, why: string) => void,
  ): void {
    const isIt = (row: TradingRecord | undefined) => {
      if (pages.isNamed === true) return row !== undefined;
      return ref.venueOrderId === "" ? row?.text === ref.clientOrderId : row?.venueOrderId === ref.venueOrderId;
    };
    let found: TradingRecord | undefined;
    const isEnough = (rows: readonly unknown[]) => {
      found = rows.map((row) => reader.order(row)).findLast(isIt);
      return found !== undefined;
    };
    const isRead = ({ rows, why }: Answered) => {
      // A row that was asked for by name and is nobody's instrument is no proof that there is none.
      const isUnread = pages.isNamed === true && rows.length > 0 ? "it cannot be read" : "";
      done(found, found === undefined ? why || reader.bad || isUnread : "");
    };
    this.#read(pages, isRead, true, isEnough);
  }

  #open(id: number, wanted: number | "all"): void {
    const instrument = wanted === "all" ? undefined : this.parts.instrument(wanted);
    if (wanted !== "all" && instrument === undefined) return this.#end(id, Code.QueryFailed);
    const pages = this.parts.dialect.openOrders(instrument);
    this.#rows(id, pages, Evidence.OpenOrders, (reader, row) => reader.order(row));
  }

  /** Trades name their order by the venue's id: one that is not known is asked for first. */
  #fills(query: FillsQuery): void {
    const instrument = this.parts.instrument(query.instrument);
    if (instrument === undefined) return this.#end(query.id, Code.QueryFailed);
    const known = query.venueOrderId || this.parts.live.get(query.order)?.venueOrderId || "";
    if (query.order === 0 || known !== "") return this.#trades(query, instrument, query.order === 0 ? "" : known);
    // Which strategy it was of is part of an id of ours: a guess would prove that there are none.
    const clientOrderId = query.clientOrderId || (this.parts.live.get(query.order)?.clientOrderId ?? "");
    if (clientOrderId === "") return this.#end(query.id, Code.QueryFailed, "how the order is called is not known");
    this.look(instrument, { venueOrderId: "", clientOrderId }, (stated, isMissing) => {
      if (isMissing)
        this.#end(query.id, Code.Ok); // What is not there has no trades.
      else if (stated === undefined) this.#end(query.id, Code.QueryFailed);
      else this.#trades(query, instrument, stated.venueOrderId);
    });
  }

  #trades(query: FillsQuery, instrument: Instrument, venueOrderId: string): void {
    const pages = this.parts.dialect.fills(instrument, venueOrderId, query.sinceUs);
    const read: ReadRow = (reader, row) => {
      const fill = reader.trade(row);
      if (fill === undefined || fill.exchangeTimeUs < query.sinceUs) return undefined;
      fill.order = query.order;
      return fill;
    };
    this.#rows(query.id, pages, Evidence.TradeHistory, read, isOfOrder(query));
  }

  /** All or nothing: a list with a row that cannot be read is not complete, and absence in it means nothing. */
  #rows(id: number, pages: Pages, evidence: Evidence, read: ReadRow, isUrgent = false): void {
    const isRead = ({ rows, why }: Answered) => {
      if (why !== "") return this.#end(id, Code.QueryFailed, why);
      const reader = this.#reader(id, evidence);
      const records = rows.map((row) => read(reader, row));
      if (reader.bad !== "") return this.#end(id, Code.QueryFailed, reader.bad);
      for (const record of records) if (record !== undefined) this.parts.tell(record);
      this.#end(id, Code.Ok);
    };
    this.#read(pages, isRead, isUrgent);
  }

  #read(
    pages: Pages,
    done: (answered: Answered) => void,
    isOfOrder = false,
    isEnough: (rows: readonly unknown[]) => boolean = () => false,
  ): void {
    this.#page({ pages, rows: [], done, isEnough, isOfOrder, count: 0 }, pages.first);
  }

  #page(reading: Reading, ask: RestAsk): void {
    const { pages, rows } = reading;
    const isFirst = reading.count === 0; // Its weight was taken when the question came.
    reading.count++;
    const mayAsk = isFirst || this.#mayAsk(reading, ask);
    if (reading.count > this.parts.pagesMax || !mayAsk) return this.#isRead(reading, "too many pages");
    this.parts.call(ask, (answer) => {
      if (!answer.isOk && this.parts.dialect.isMissing(answer)) return this.#isRead(reading);
      const found = answer.isOk ? pages.rows(answer.value) : undefined;
      if (found === undefined) return this.#isRead(reading, answer.msg || "it cannot be read");
      rows.push(...found);
      if (reading.isEnough(pages.isNewestFirst === true ? found.toReversed() : found)) return this.#isRead(reading);
      const next = pages.next(found, answer.value);
      if (next === undefined) this.#isRead(reading);
      else if (next === "broken") this.#isRead(reading, "it cannot be read to its end");
      else this.#page(reading, next);
    });
  }

  #mayAsk({ isOfOrder }: Reading, { weight }: RestAsk): boolean {
    return this.parts.dialect.budget.takeQuery(weight, this.parts.nowUs(), isOfOrder);
  }

  #isRead({ pages, rows, done }: Reading, why = ""): void {
    const inOrder = pages.isNewestFirst === true ? rows.toReversed() : rows;
    done({ rows: inOrder, why });
  }

  #notFound(query: OrderQuery, evidence: Evidence): void {
    const out = this.#begin(RecordKind.StatedOrder, query.id);
    out.evidence = evidence;
    out.order = query.order;
    out.instrument = query.instrument;
    out.code = VenueOrderStatus.NotFound;
    this.parts.tell(out);
  }

  #end(id: number, code: Code, why = ""): void {
    const out = this.#begin(RecordKind.QueryEnded, id);
    out.code = code;
    out.text = why;
    this.parts.tell(out);
  }

  #begin(kind: RecordKind, id: number): TradingRecord {
    const out = new TradingRecord().reset(kind);
    out.account = this.parts.account;
    out.attempt = id;
    out.timeUs = this.parts.nowUs();
    return out;
  }

  #reader(id: number, evidence: Evidence): StatementReader {
    return this.parts.dialect.reader(id, evidence);
  }

  #refOf(query: OrderQuery): OrderRef | undefined {
    const live = this.parts.live.get(query.order);
    const venueOrderId = query.venueOrderId || live?.venueOrderId || "";
    const clientOrderId = query.clientOrderId || (query.order === 0 ? "" : this.#clientIdOf(query.order));
    return venueOrderId === "" && clientOrderId === ""
      ? undefined
      : { venueOrderId, clientOrderId, sinceUs: query.sinceUs ?? 0 };
  }

  #clientIdOf(order: number): string {
    return this.parts.live.get(order)?.clientOrderId ?? this.parts.ids.idOf(order, 0);
  }
}

/** True for a question about the fate or the fills of one order: it goes before all others. */
export function isOfOrder(query: VenueQuery): boolean {
  if (query.kind === "fills") return query.order !== 0;
  return query.kind === "order" || query.kind === "orderHistory";
}
