/** Answers to reconciliation from Binance's REST: pages are read to their end, and an answer is whole or has failed. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import type { Instrument } from "../../model/instrument.ts";
import { Evidence, RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { BinanceMarket } from "./fast_path.ts";
import type { RestCalls, VenueAnswer } from "./gateway_calls.ts";
import type { LiveOrders } from "./gateway_live.ts";
import { TradePages } from "./gateway_trades.ts";
import { NO_SUCH_ORDER } from "./order_outcome.ts";
import { type OrderRef, orderParams, type Param } from "./order_params.ts";
import type { ReportBuilder } from "./private_decode.ts";
import { Fields } from "./private_fields.ts";
import { RowReader } from "./private_rows.ts";

export interface QueryParts {
  readonly market: BinanceMarket;
  readonly calls: RestCalls;
  readonly builder: ReportBuilder;
  readonly live: LiveOrders;
  instrument(id: number): Instrument | undefined;
  nowUs(): number;
  /** A statement, or the end of an answer. */
  tell(record: TradingRecord): void;
}

type OrderQuery = Extract<VenueQuery, { kind: "order" | "orderHistory" }>;
type FillsQuery = Extract<VenueQuery, { kind: "fills" }>;

interface Paths {
  readonly order: string;
  readonly openOrders: string;
  readonly allOrders: string;
  readonly trades: string;
  readonly balances: string;
}

const SPOT: Paths = Object.freeze({
  order: "/api/v3/order",
  openOrders: "/api/v3/openOrders",
  allOrders: "/api/v3/allOrders",
  trades: "/api/v3/myTrades",
  balances: "/api/v3/account",
});
const USDM: Paths = Object.freeze({
  order: "/fapi/v1/order",
  openOrders: "/fapi/v1/openOrders",
  allOrders: "/fapi/v1/allOrders",
  trades: "/fapi/v1/userTrades",
  balances: "/fapi/v3/balance",
});
const POSITIONS = "/fapi/v3/positionRisk";

/** Weight of a question as the venue counts it: the first request of it. */
export function weightOf(market: BinanceMarket, query: VenueQuery): number {
  const isSpot = market === "spot";
  switch (query.kind) {
    case "order":
      return isSpot ? 4 : 1;
    case "openOrders":
      return query.instrument === "all" ? (isSpot ? 80 : 40) : isSpot ? 6 : 1;
    case "fills":
      return isSpot ? 20 : 5;
    case "positions":
      return isSpot ? 0 : 5;
    default:
      return isSpot ? 20 : 5;
  }
}

export class QueryDesk {
  readonly #paths: Paths;
  readonly #pages: TradePages;

  constructor(readonly parts: QueryParts) {
    this.#paths = parts.market === "spot" ? SPOT : USDM;
    this.#pages = new TradePages(parts.market, this.#paths.trades, parts.calls);
  }

  /** Answers later, by `tell`. */
  ask(query: VenueQuery): void {
    assert(query.id > 0, Code.ValueOutOfRange);
    switch (query.kind) {
      case "order":
        return this.#order(query);
      case "orderHistory":
        return this.#history(query);
      case "openOrders":
        return this.#open(query.id, query.instrument);
      case "fills":
        return this.#fills(query);
      case "positions":
        if (this.parts.market === "spot") return this.#end(query.id, Code.Ok);
        return this.#rows(query.id, POSITIONS, [], Evidence.Statement, (reader, row) => reader.position(row));
      default:
        return this.#balances(query.id);
    }
  }

  /** How one order stands, for the gateway itself: `undefined` when the venue does not say. */
  look(
    instrument: Instrument,
    ref: OrderRef,
    done: (stated: TradingRecord | undefined, isMissing: boolean) => void,
  ): void {
    this.parts.calls.call("GET", this.#paths.order, orderParams(instrument.venueSymbol, ref), "signed", (answer) => {
      if (!answer.isOk) return done(undefined, answer.code === NO_SUCH_ORDER);
      done(this.#reader(0, Evidence.OrderQuery).order(answer.value), false);
    });
  }

  #order(query: OrderQuery): void {
    const instrument = this.parts.instrument(query.instrument);
    const ref = this.#refOf(query);
    if (instrument === undefined || ref === undefined) return this.#end(query.id, Code.QueryFailed);
    const params = orderParams(instrument.venueSymbol, ref);
    this.parts.calls.call("GET", this.#paths.order, params, "signed", (answer) => {
      if (!answer.isOk) {
        if (answer.code !== NO_SUCH_ORDER) return this.#fail(query.id, answer);
        this.#notFound(query, Evidence.OrderQuery);
        return this.#end(query.id, Code.Ok);
      }
      const stated = this.#reader(query.id, Evidence.OrderQuery).order(answer.value);
      if (stated === undefined) return this.#end(query.id, Code.QueryFailed);
      this.#state(query, stated);
      this.#end(query.id, Code.Ok);
    });
  }

  /** From the venue's own id where it is known, else among the newest ones: a full page without it proves nothing. */
  #history(query: OrderQuery): void {
    const instrument = this.parts.instrument(query.instrument);
    const ref = this.#refOf(query);
    if (instrument === undefined || ref === undefined) return this.#end(query.id, Code.QueryFailed);
    const { pageRows } = this.parts.calls.parts.limits;
    const isNamed = ref.venueOrderId !== "";
    const params: Param[] = [["symbol", instrument.venueSymbol]];
    params.push(...(isNamed ? ([["orderId", ref.venueOrderId]] as Param[]) : []), ["limit", String(pageRows)]);
    this.parts.calls.call("GET", this.#paths.allOrders, params, "signed", (answer) => {
      if (!answer.isOk || !Array.isArray(answer.value)) return this.#fail(query.id, answer);
      const reader = this.#reader(query.id, Evidence.OrderHistory);
      const rows = answer.value.map((row) => reader.order(row));
      const isIt = (row: TradingRecord | undefined) =>
        isNamed ? row?.venueOrderId === ref.venueOrderId : row?.text === ref.clientOrderId;
      // An id may be used again once its order has ended: the newest one is meant.
      const found = rows.findLast(isIt);
      if (found !== undefined) this.#state(query, found);
      else if (reader.bad !== "" || (!isNamed && rows.length >= pageRows)) return this.#end(query.id, Code.QueryFailed);
      else this.#notFound(query, Evidence.OrderHistory);
      this.#end(query.id, Code.Ok);
    });
  }

  #open(id: number, wanted: number | "all"): void {
    const params: Param[] = [];
    if (wanted !== "all") {
      const instrument = this.parts.instrument(wanted);
      if (instrument === undefined) return this.#end(id, Code.QueryFailed);
      params.push(["symbol", instrument.venueSymbol]);
    }
    this.#rows(id, this.#paths.openOrders, params, Evidence.OpenOrders, (reader, row) => reader.order(row));
  }

  #balances(id: number): void {
    this.parts.calls.call("GET", this.#paths.balances, [], "signed", (answer) => {
      if (!answer.isOk) return this.#fail(id, answer);
      const value = this.parts.market === "spot" ? Fields.of(answer.value).source["balances"] : answer.value;
      this.#tellRows(id, value, Evidence.Statement, (reader, row) => reader.balance(row));
    });
  }

  /** Trades name their order by the venue's id alone: one that is not known is asked for first. */
  #fills(query: FillsQuery): void {
    const instrument = this.parts.instrument(query.instrument);
    if (instrument === undefined) return this.#end(query.id, Code.QueryFailed);
    const known = query.venueOrderId || this.parts.live.get(query.order)?.venueOrderId || "";
    if (query.order === 0 || known !== "") return this.#trades(query, instrument, query.order === 0 ? "" : known);
    const clientOrderId = this.#clientIdOf(query.order);
    this.look(instrument, { venueOrderId: "", clientOrderId }, (stated, isMissing) => {
      if (isMissing)
        this.#end(query.id, Code.Ok); // What is not there has no trades.
      else if (stated === undefined) this.#end(query.id, Code.QueryFailed);
      else this.#trades(query, instrument, stated.venueOrderId);
    });
  }

  #trades(query: FillsQuery, instrument: Instrument, venueOrderId: string): void {
    const what = { venueSymbol: instrument.venueSymbol, venueOrderId, sinceUs: query.sinceUs };
    this.#pages.read(what, (rows) => {
      if (rows === undefined) return this.#end(query.id, Code.QueryFailed);
      const reader = this.#reader(query.id, Evidence.TradeHistory);
      const fills = rows.map((row) => reader.trade(row));
      if (reader.bad !== "") return this.#end(query.id, Code.QueryFailed);
      for (const fill of fills) {
        if (fill === undefined || fill.exchangeTimeUs < query.sinceUs) continue;
        fill.order = query.order;
        this.parts.tell(fill);
      }
      this.#end(query.id, Code.Ok);
    });
  }

  #rows(
    id: number,
    path: string,
    params: readonly Param[],
    evidence: Evidence,
    read: (reader: RowReader, row: unknown) => TradingRecord | undefined,
  ): void {
    this.parts.calls.call("GET", path, params, "signed", (answer) => {
      if (answer.isOk) this.#tellRows(id, answer.value, evidence, read);
      else this.#fail(id, answer);
    });
  }

  /** All or nothing: a list with a row that cannot be read is not complete, and absence in it means nothing. */
  #tellRows(
    id: number,
    value: unknown,
    evidence: Evidence,
    read: (reader: RowReader, row: unknown) => TradingRecord | undefined,
  ): void {
    const reader = this.#reader(id, evidence);
    const records = Array.isArray(value) ? value.map((row) => read(reader, row)) : undefined;
    if (records === undefined || reader.bad !== "") return this.#end(id, Code.QueryFailed);
    for (const record of records) if (record !== undefined) this.parts.tell(record);
    this.#end(id, Code.Ok);
  }

  #state(query: OrderQuery, stated: TradingRecord): void {
    // It was asked by our number; an adopted order carries an id that says nothing of it.
    stated.order = query.order;
    this.parts.tell(stated);
  }

  #notFound(query: OrderQuery, evidence: Evidence): void {
    const out = this.#begin(RecordKind.StatedOrder, query.id);
    out.evidence = evidence;
    out.order = query.order;
    out.instrument = query.instrument;
    out.code = VenueOrderStatus.NotFound;
    this.parts.tell(out);
  }

  #fail(id: number, answer: VenueAnswer): void {
    this.#end(id, Code.QueryFailed, answer.msg);
  }

  #end(id: number, code: Code, why = ""): void {
    const out = this.#begin(RecordKind.QueryEnded, id);
    out.code = code;
    out.text = why;
    this.parts.tell(out);
  }

  #begin(kind: RecordKind, id: number): TradingRecord {
    const out = new TradingRecord().reset(kind);
    out.account = this.parts.builder.parts.account;
    out.attempt = id;
    out.timeUs = this.parts.nowUs();
    return out;
  }

  #reader(id: number, evidence: Evidence): RowReader {
    return new RowReader(this.parts.builder, id, evidence, this.parts.nowUs());
  }

  #refOf(query: OrderQuery): OrderRef | undefined {
    const live = this.parts.live.get(query.order);
    const venueOrderId = query.venueOrderId || live?.venueOrderId || "";
    const clientOrderId = query.clientOrderId || (query.order === 0 ? "" : this.#clientIdOf(query.order));
    return venueOrderId === "" && clientOrderId === "" ? undefined : { venueOrderId, clientOrderId };
  }

  #clientIdOf(order: number): string {
    return this.parts.live.get(order)?.clientOrderId ?? this.parts.builder.parts.ids.idOf(order, 0);
  }
}
