/** The trading side of Binance: requests to endpoints with keys, weights and faults; sockets; the feed into the cores. */

import type { Duplex } from "node:stream";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Prng } from "../../core/prng.ts";
import { exchangeInfo } from "../exchange_info.ts";
import { befalls, type FaultKind, type FaultNow, type Faults } from "../faults.ts";
import type { FeedFrame, SimVenue } from "../feed.ts";
import type { Hub } from "../hub.ts";
import { isMessage, type Message } from "../message.ts";
import type { RequestBudget } from "../request_budget.ts";
import { json } from "../rest_desk.ts";
import type { RestAnswer, RestRequest } from "../rest_message.ts";
import { RestQuery, VenueError } from "../rest_query.ts";
import type { SymbolMarket, Taken } from "../symbol_market.ts";
import type { AccountSpec } from "../trading/account.ts";
import { CoreFeed } from "../trading/core_feed.ts";
import { viewOf } from "../trading/market_view.ts";
import { truthOf } from "../trading/truth.ts";
import type { TradingSide } from "../trading_side.ts";
import { DetailedError, type SignedEndpoint } from "./endpoint.ts";
import { instrumentOf } from "./instruments.ts";
import { PrivateSockets } from "./private_sockets.ts";
import { VenueDialect } from "./venue_dialect.ts";

export interface BinanceTradingEnds {
  readonly hub: Hub;
  readonly faults: Faults;
  readonly venues: readonly SimVenue[];
  readonly accounts: readonly AccountSpec[];
  readonly seed: number;
  readonly savedInfo: ReadonlyMap<SimVenue, Message>;
  budget(venue: SimVenue): RequestBudget;
  /** A public request that came over a socket. */
  publicAnswer(request: RestRequest): RestAnswer;
  /** Milliseconds since the epoch. */
  wallMs(): number;
  /** Steady milliseconds, of the sockets. */
  steadyMs(): number;
}

const TRADING_SEED = 0x7ade;

export class BinanceTrading implements TradingSide {
  readonly dialects: readonly VenueDialect[];
  readonly sockets: PrivateSockets;
  readonly #prng: Prng;
  readonly #feeds = new Map<SimVenue, CoreFeed>();

  constructor(readonly ends: BinanceTradingEnds) {
    assert(ends.accounts.length > 0, Code.ValueOutOfRange);
    this.#prng = new Prng(ends.seed ^ TRADING_SEED);
    const nowMs = () => this.nowMs();
    this.dialects = ends.venues.map(
      (name, at) => new VenueDialect(name, ends.accounts, nowMs, ends.seed + TRADING_SEED + at),
    );
    for (const dialect of this.dialects) {
      this.#list(dialect);
      this.#feeds.set(dialect.name, new CoreFeed(dialect.venue));
    }
    this.sockets = new PrivateSockets({
      dialects: this.dialects,
      faults: ends.faults,
      seed: ends.seed,
      nowMs,
      steadyMs: ends.steadyMs,
      budget: ends.budget,
      publicAnswer: ends.publicAnswer,
      guard: (dialect, endpoint, run) => this.#guarded(dialect, endpoint, run),
    });
  }

  nowMs(): number {
    return Math.floor(this.ends.wallMs() + this.ends.faults.timeMs("clock-skew-ms"));
  }

  answer(request: RestRequest): RestAnswer | undefined {
    const mark = request.path.indexOf("?");
    const place = mark < 0 ? request.path : request.path.slice(0, mark);
    const time = /^\/(api\/v3|fapi\/v1)\/time$/.test(place);
    if (time && request.method === "GET") return json(200, { serverTime: this.nowMs() });
    for (const dialect of this.dialects) {
      const endpoint = this.sockets.endpoint(dialect, request.method, place) ?? dialect.endpoint(request.method, place);
      if (endpoint !== undefined) return this.#answer(dialect, endpoint, request, mark);
    }
    return undefined;
  }

  isOwnPath(path: string): boolean {
    return this.sockets.isOwnPath(path);
  }

  accept(socket: Duplex, path: string, head: Buffer): void {
    this.sockets.accept(socket, path, head);
  }

  onFrame(frame: FeedFrame, taken: Taken, market: SymbolMarket): void {
    const feed = this.#feeds.get(frame.venue);
    if (feed?.core.symbols.has(frame.symbol)) feed.onFrame(frame.symbol, taken, market);
  }

  advance(): void {
    for (const { venue } of this.dialects) venue.advance();
    this.sockets.advance();
  }

  beat(): void {
    this.sockets.beat();
  }

  befall(now: FaultNow): void {
    this.sockets.befall(now);
  }

  accountNames(): readonly string[] {
    return this.ends.accounts.map(({ name }) => name);
  }

  venueNames(): readonly string[] {
    return this.dialects.map(({ name }) => name);
  }

  get privateOpen(): number {
    return this.sockets.open;
  }

  truth(account: string): Readonly<Record<string, unknown>> | undefined {
    if (!this.accountNames().includes(account)) return undefined;
    return Object.fromEntries(this.dialects.map(({ name, venue }) => [name, truthOf(venue, account)]));
  }

  deposit(account: string, venue: string, asset: string, text: string): string | undefined {
    const dialect = this.dialects.find(({ name }) => name === venue);
    if (dialect === undefined) return `venue: one of ${this.venueNames().join(", ")}`;
    return dialect.venue.depositText(account, asset, text);
  }

  close(): void {
    this.sockets.close();
  }

  #list(dialect: VenueDialect): void {
    const { hub, savedInfo } = this.ends;
    for (const market of hub.markets(dialect.name)) {
      const { listing } = market;
      const info = exchangeInfo(dialect.name, [listing], 0, savedInfo.get(dialect.name));
      const [row] = Array.isArray(info.symbols) ? info.symbols.filter(isMessage) : [];
      if (row === undefined) continue;
      dialect.venue.addSymbol(instrumentOf(row, listing), viewOf(market));
    }
  }

  #answer(dialect: VenueDialect, endpoint: SignedEndpoint, request: RestRequest, mark: number): RestAnswer {
    const budget = this.ends.budget(dialect.name);
    const queryText = mark < 0 ? "" : request.path.slice(mark + 1);
    const text = [queryText, request.body].filter((part) => part !== "").join("&");
    const values = new URLSearchParams(text);
    const query = new RestQuery(text);
    let account = "";
    const headers = () => ({
      "X-MBX-USED-WEIGHT-1M": String(budget.used),
      ...(account === "" ? {} : dialect.counts.headers(account, this.nowMs())),
    });
    try {
      const { keys } = dialect;
      const now = this.nowMs();
      const caller =
        endpoint.security === "none"
          ? undefined
          : keys.openRest(endpoint.security, request.headers?.["x-mbx-apikey"], queryText, request.body, values, now);
      account = caller?.account ?? "";
      const weight = typeof endpoint.weight === "number" ? endpoint.weight : endpoint.weight(query);
      budget.take(weight);
      this.#breakBefore(dialect.name, budget);
      const body = dialect.perform(endpoint, caller, query);
      if (endpoint.isOrder === true && dialect.isSpot) budget.give(weight);
      return this.#afterwards(dialect, endpoint, json(200, body, headers()));
    } catch (error) {
      return errorAnswer(error, headers());
    }
  }

  /** What may go wrong with the answer to a request that has taken effect. */
  #afterwards({ name }: VenueDialect, endpoint: SignedEndpoint, answer: RestAnswer): RestAnswer {
    const { faults } = this.ends;
    const delayMs = this.#befalls(name, "slow-rest") ? faults.timeMs("slow-rest-ms") : 0;
    if (endpoint.isOrder !== true) return { ...answer, delayMs };
    if (this.#befalls(name, "lost-ack")) return { ...answer, isLost: true };
    if (this.#befalls(name, "failed-ack")) return { ...errorAnswer(unknownOutcome(), answer.headers), delayMs };
    return { ...answer, delayMs: this.#befalls(name, "late-ack") ? faults.timeMs("late-ack-ms") : delayMs };
  }

  /** The same for a request over a socket: undefined is no answer at all. */
  #guarded(
    dialect: VenueDialect,
    endpoint: SignedEndpoint,
    run: () => unknown,
  ): { readonly result: unknown; readonly delayMs: number } | undefined {
    const budget = this.ends.budget(dialect.name);
    this.#breakBefore(dialect.name, budget);
    const result = run();
    if (endpoint.isOrder !== true) return { result, delayMs: 0 };
    if (this.#befalls(dialect.name, "lost-ack")) return undefined;
    if (this.#befalls(dialect.name, "failed-ack")) throw unknownOutcome();
    return { result, delayMs: this.#befalls(dialect.name, "late-ack") ? this.ends.faults.timeMs("late-ack-ms") : 0 };
  }

  #breakBefore(name: SimVenue, budget: RequestBudget): void {
    if (this.#befalls(name, "http-5xx"))
      throw new VenueError(503, -1_008, "Server is currently overloaded with other requests.");
    if (this.#befalls(name, "http-429")) throw budget.refusal();
    if (!this.#befalls(name, "http-418")) return;
    budget.ban();
    budget.checkBan();
  }

  #befalls(venue: SimVenue, kind: FaultKind): boolean {
    return befalls(this.ends.faults.at(venue), kind, this.#prng);
  }
}

/** As the venue words it when it does not know itself. */
function unknownOutcome(): VenueError {
  const msg = "Timeout waiting for response from backend server. Send status unknown; execution status unknown.";
  return new VenueError(503, -1_007, msg);
}

/** Whatever was thrown as an answer; what is no error of the venue goes on. */
export function errorAnswer(error: unknown, headers: Readonly<Record<string, string>>): RestAnswer {
  if (!(error instanceof VenueError)) throw error;
  const data = error instanceof DetailedError ? { data: error.data } : {};
  return json(error.status, { code: error.code, msg: error.msg, ...data }, { ...headers, ...error.headers });
}
