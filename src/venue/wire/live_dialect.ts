/** All that a live gateway must be told of a venue: how orders, questions and connections are said there, and answers read. */

import type { Problem } from "../../core/problem.ts";
import type { VenueCapabilities, VenueQuery } from "../../engine/ports.ts";
import type { Reject } from "../../model/denial.ts";
import type { Instrument } from "../../model/instrument.ts";
import type { Evidence, TradingRecord } from "../../model/record.ts";
import type { FeeAsk } from "./fee_desk.ts";
import type { RestAsk, VenueAnswer } from "./live_answer.ts";
import type { LiveLimits } from "./live_limits.ts";
import type { OrderIds } from "./order_ids.ts";
import type { RequestKind } from "./order_requests.ts";
import type { Heard } from "./private_link.ts";
import type { ReportBuilder } from "./report_builder.ts";
import type { RestAnswer, RestRequest } from "./rest.ts";
import type { ServerClock } from "./server_clock.ts";

/** How the venue may name an order: by its own id where it is known, else by ours. */
export interface OrderRef {
  readonly venueOrderId: string;
  readonly clientOrderId: string;
  /** It was not made before this time (ours, with room for a clock that is off); absent or 0: not known. */
  readonly sinceUs?: number;
}

/** An order request in the venue's words: by the connection of orders, by REST, or by either. */
export interface Said {
  /** The socket's text, signed now, with our number of the request in it. */
  readonly socket?: (id: number) => string;
  readonly rest?: RestAsk;
}

/** What an answer to an order request means. */
export enum Verdict {
  /** Done; `acknowledge` reads what it says. */
  Done = 0,
  /** The venue has received it. What becomes of it, the stream tells, or a question. */
  Received = 1,
  /** The venue has not taken it, and never will. */
  Refused = 2,
  /** A cancel found no such open order: how it ended is asked. */
  Gone = 3,
  /** Not taken, for a reason that passes (limits, clock): whoever wants it sends it again. */
  Later = 4,
  /** A replace by what the order has already. */
  Unchanged = 5,
  /** It may have been done: only evidence tells. */
  Unknown = 6,
}

/** What may still be sent. `instrument`: where the venue counts by it. Implementations are asked before anything leaves. */
export interface LiveBudget {
  /** A new order or an amend. */
  takeOrder(instrument: Instrument, nowUs: number): boolean;
  /** Cancels, and what trading cannot do without: clock, keys, the dead man's switch. */
  takeCancel(weight: number, nowUs: number, instrument?: Instrument): boolean;
  /** `isOfOrder`: about one order. Whatever orders and sweeps have spent, its fate is asked for. */
  takeQuery(weight: number, nowUs: number, isOfOrder?: boolean): boolean;
  /** What can wait for a quiet moment: it leaves most of what questions may take to them. */
  takeSpare(weight: number, nowUs: number): boolean;
  /** Our own weight now: handed back with the answer to what is sent now. */
  own(nowUs: number): number;
  /** What a REST answer to `ask` says of limits. */
  onAnswer(answer: RestAnswer, ownBefore: number, nowUs: number, ask: RestAsk): void;
  used(nowUs: number): { readonly weight: number; readonly orders: number; readonly freezes: number };
}

/** An answer in pages: read one after the other to the end. It may keep in itself how far it has been read. */
export interface Pages {
  readonly first: RestAsk;
  /** Rows of one answer; undefined: it cannot be read, and the whole answer has failed. */
  rows(value: unknown): readonly unknown[] | undefined;
  /** After the page just read: the next one, undefined at the end, "broken" when it cannot be read to the end. */
  next(rows: readonly unknown[], value: unknown): RestAsk | undefined | "broken";
  /** Oldest first unless this is set. */
  readonly isNewestFirst?: boolean;
  /** One order is asked for by its name: what comes is that one. */
  readonly isNamed?: boolean;
}

/** Reads rows of one answer as statements. `bad` names what made the answer worthless. */
export interface StatementReader {
  readonly bad: string;
  /** `text` is the client order id. Undefined for what is none of ours, or cannot be read (`bad`). */
  order(row: unknown): TradingRecord | undefined;
  trade(row: unknown): TradingRecord | undefined;
  /** Undefined when flat. */
  position(row: unknown): TradingRecord | undefined;
  balance(row: unknown): TradingRecord | undefined;
}

/** One kind of connection to the venue. */
export interface LineWords {
  /** Where to connect; undefined: not now. `done` is called once, at once or later. */
  address(done: (url: string | undefined) => void): void;
  /** What is said first; undefined: it is up as soon as it is open. */
  greeting(): string | undefined;
  /** Total. `reply` answers on the line that was heard, up or not: logins that need several steps. */
  text(text: string, reply: (text: string) => boolean): Heard;
  /** Text of a heartbeat; none: protocol pings. */
  readonly ping?: () => string;
}

/** What a key may do and how the account is set up. */
export interface AccountFacts {
  readonly mayTrade: boolean;
  /** A key that may is refused for live trading. */
  readonly mayWithdraw: boolean;
  /** The key may be used from any address; absent where the venue does not say it. */
  readonly isUnbound?: boolean;
  /** Long and short legs apart: not served by the gateway. */
  readonly isHedged: boolean;
  /** Assets that the account holds, so that they can be defined; fees in others are not counted. */
  readonly assets: readonly string[];
}

/** The gateway as its dialect sees it. */
export interface LiveHost {
  readonly account: number;
  readonly builder: ReportBuilder;
  readonly limits: LiveLimits;
  readonly clock: ServerClock;
  readonly ids: OrderIds;
  nowUs(): number;
  /** Sends now, whatever the budget says; `done` is called once, later. */
  call(ask: RestAsk, done: (answer: VenueAnswer) => void): void;
  /** The answer to a socket request of ours. */
  answer(id: number, answer: VenueAnswer): void;
  /** The private stream hears nothing more: it is begun anew. */
  drop(why: string): void;
  /** The venue says that our time is wrong. */
  clockOff(): void;
  problem(p: Problem): void;
}

export interface LiveDialect {
  /** `Instrument.venue` of what it trades. */
  readonly venue: string;
  readonly capabilities: VenueCapabilities;
  readonly budget: LiveBudget;
  /** Private reports; orders too, unless they have a connection of their own. */
  readonly stream: LineWords;
  readonly orders?: LineWords;

  request(ask: RestAsk): RestRequest;
  /** Total: what cannot be read is an answer that says nothing. */
  readRest(answer: RestAnswer): VenueAnswer;

  /** OrderIntent; undefined when the venue has no such order: nothing may leave then. */
  place(instrument: Instrument, order: Readonly<TradingRecord>, clientOrderId: string): Said | undefined;
  /** ReplaceIntent. */
  amend(instrument: Instrument, order: Readonly<TradingRecord>, ref: OrderRef): Said | undefined;
  cancel(instrument: Instrument, ref: OrderRef): Said;
  /** Everything of one instrument, other people's orders included. Without it, what is open is asked for and cancelled. */
  cancelAll?(instrument: Instrument): readonly RestAsk[];
  /** Absent with `cancelAll`: these orders, at most `batchMax`, in one request. */
  cancelMany?(orders: readonly { readonly instrument: Instrument; readonly ref: OrderRef }[]): RestAsk;
  readonly batchMax?: number;
  /**
   * The venue cancels all when nothing is heard for so long; 0 ends it. Undefined: it has no such thing. "standing": what
   * was asked a moment ago does for this too.
   */
  deadMan(instrument: Instrument, countdownMs: number): RestAsk | "standing" | undefined;

  verdictOf(kind: RequestKind, answer: VenueAnswer): Verdict;
  rejectOf(answer: VenueAnswer): Reject;
  isClockOff(answer: VenueAnswer): boolean;
  /**
   * Fills columns of a report about an order from what was answered: its id, time and terms, and for a cancel of nobody's
   * order whose it is; a replace may have become a cancel. Answers the field that is wrong, or "".
   */
  acknowledge(kind: RequestKind, value: unknown, instrument: Instrument, report: TradingRecord): string;
  /** Rows of an answer to `cancelAll`, each as `acknowledge` reads a cancel. */
  canceledRows(value: unknown): readonly unknown[];

  clockAsk(): RestAsk;
  /** Milliseconds by the venue's clock; 0: not readable. */
  clockMs(value: unknown): number;

  /** Cost of the first request of a question; 0: it needs none. */
  weightOf(query: VenueQuery): number;
  order(instrument: Instrument, ref: OrderRef): Pages;
  history(instrument: Instrument, ref: OrderRef): Pages;
  openOrders(instrument: Instrument | undefined): Pages;
  /** `venueOrderId` "" = of all orders. */
  fills(instrument: Instrument, venueOrderId: string, sinceUs: number): Pages;
  /** Undefined where there are none. */
  positions(): Pages | undefined;
  balances(): Pages;
  /** "No such order" in answer to a question. */
  isMissing(answer: VenueAnswer): boolean;
  reader(query: number, evidence: Evidence): StatementReader;

  /** What the key may do; `done` is called once, later. */
  probe(done: (facts: AccountFacts | Problem) => void): void;
  /** What the account is charged for trades of this instrument. */
  fees(instrument: Instrument): FeeAsk;
  /** Every few milliseconds once the clock is known: keys that must be renewed. */
  tick?(nowUs: number): void;
}
