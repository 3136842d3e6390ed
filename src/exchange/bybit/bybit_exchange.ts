/** Bybit v5 at the simulator: public data out of the feed, one unified account for spot and linear on the trading core. */

import type { Duplex } from "node:stream";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Prng } from "../../core/prng.ts";
import { befalls, type FaultKind, type FaultNow, type FaultPlan } from "../faults.ts";
import type { FeedFrame } from "../feed.ts";
import type { Hub } from "../hub.ts";
import { json } from "../rest_desk.ts";
import type { RestAnswer, RestRequest } from "../rest_message.ts";
import type { SymbolMarket, Taken } from "../symbol_market.ts";
import type { AccountSpec } from "../trading/account.ts";
import { CoreFeed } from "../trading/core_feed.ts";
import { viewOf } from "../trading/market_view.ts";
import { TradingVenue } from "../trading/trading_venue.ts";
import { truthOf } from "../trading/truth.ts";
import type { VenueRules } from "../trading/venue_rules.ts";
import type { TradingSide } from "../trading_side.ts";
import { accountEndpoint } from "./account_endpoints.ts";
import { BybitError } from "./bybit_error.ts";
import { DisconnectGuard } from "./disconnect_guard.ts";
import type { Endpoint } from "./endpoint.ts";
import { eventsOf } from "./events.ts";
import { Ids } from "./ids.ts";
import { type Caller, KeyRing } from "./key_ring.ts";
import { type Category, LEVERAGE_MAX, type Listed, Listings, RATES } from "./listing.ts";
import { logEndpoint } from "./log_endpoint.ts";
import { marketEndpoint } from "./market_endpoints.ts";
import { orderEndpoint } from "./order_endpoints.ts";
import { Params } from "./params.ts";
import { PublicTopics } from "./public_topics.ts";
import { queryEndpoint } from "./query_endpoints.ts";
import { RateLimits, rateHeaders } from "./rate_limits.ts";
import type { Performed } from "./session.ts";
import { Sockets } from "./sockets.ts";
import { Tickers } from "./tickers.ts";
import { TransactionLog } from "./transaction_log.ts";
import { Words } from "./words.ts";

export interface BybitEnds {
  readonly hub: Hub;
  readonly faults: FaultPlan;
  readonly seed: number;
  /** None: public data only. */
  readonly accounts: readonly AccountSpec[];
  /** Milliseconds since the epoch. */
  wallMs(): number;
  /** Steady milliseconds, of the sockets. */
  steadyMs(): number;
}

const NAME = "bybit";
const BYBIT_SEED = 0xb1b1;
const ADDRESS_REQUESTS_MAX = 600;
const ADDRESS_WINDOW_MS = 5_000;

const RULES: VenueRules = Object.freeze({
  name: NAME,
  makerRate: RATES.spot[0],
  takerRate: RATES.spot[1],
  isClientIdForever: true,
  // An answer of 0 says "received": what cannot stand is told on the order stream.
  postOnlyThatTakes: "expire",
  fokUnfilled: "expire",
  marketUnfilled: "expire",
  triggerBeyond: "refuse",
  preventionUsual: "none",
  firstOrderId: 47_543_495_001,
  firstTradeId: 1_100_000_001,
  firstAlgoId: 1,
  firstAccountId: 24_600_001,
  leverageMax: LEVERAGE_MAX,
  clientIdOf: () => "",
});

export class BybitExchange implements TradingSide {
  readonly venue: TradingVenue;
  readonly sockets: Sockets;
  readonly topics: PublicTopics;
  readonly #listings: Listings;
  readonly #ids: Ids;
  readonly #keys = new KeyRing();
  readonly #guard = new DisconnectGuard();
  readonly #limits = new RateLimits();
  readonly #tickers = new Tickers();
  readonly #words: Words;
  readonly #log: TransactionLog;
  readonly #prng: Prng;
  readonly #feed: CoreFeed;
  #windowMs = 0;
  #windowRequests = 0;
  #bannedUntilMs = 0;

  constructor(readonly ends: BybitEnds) {
    const { hub, faults, seed, steadyMs } = ends;
    const nowMs = () => this.nowMs();
    this.#prng = new Prng(seed ^ BYBIT_SEED);
    this.#ids = new Ids(seed + BYBIT_SEED);
    this.#listings = new Listings(hub);
    this.venue = new TradingVenue(RULES, nowMs);
    this.#feed = new CoreFeed(this.venue);
    for (const { instrument, market } of this.#listings.all) this.venue.addSymbol(instrument, viewOf(market));
    for (const spec of ends.accounts) {
      this.venue.addAccount(spec);
      for (const key of spec.keys) this.#keys.add(spec.name, key);
    }
    this.#words = new Words(this.venue, this.#listings, this.#ids);
    // What an account begins with was there before its log.
    this.#log = new TransactionLog(this.#words);
    this.venue.listen((update) => this.#log.add(update));
    this.topics = new PublicTopics({
      listings: this.#listings,
      ids: this.#ids,
      tickers: this.#tickers,
      hasQuotes: ({ market: { listing } }) => hub.channels.isCarried(listing.venue, listing.symbol, "bookTicker"),
      steadyMs,
    });
    this.sockets = new Sockets({
      hub,
      faults,
      seed,
      topics: this.topics,
      guard: this.#guard,
      ids: this.#ids,
      nowMs,
      steadyMs,
      open: (args) => this.#keys.openSocket(args, nowMs()),
      perform: (caller, name, params) => this.#performSocket(caller, name, params),
    });
    this.venue.listen((update) => this.sockets.deliver(update.account, eventsOf(this.#words, update)));
  }

  nowMs(): number {
    return Math.floor(this.ends.wallMs() + this.ends.faults.timeMs("clock-skew-ms"));
  }

  get privateOpen(): number {
    return this.sockets.open;
  }

  venueNames(): readonly string[] {
    return [NAME];
  }

  answer(request: RestRequest): RestAnswer | undefined {
    const mark = request.path.indexOf("?");
    const place = mark < 0 ? request.path : request.path.slice(0, mark);
    if (!place.startsWith("/v5/")) return undefined;
    const query = mark < 0 ? "" : request.path.slice(mark + 1);
    try {
      this.#checkAddress();
      const ofMarket = request.method === "GET" ? marketEndpoint(place) : undefined;
      if (ofMarket !== undefined) {
        if (this.#befalls("http-5xx")) throw new BybitError(10_016, "Server error.", 503);
        const updateIdOf = (listed: Listed) => this.topics.updateIdOf(listed);
        const lists = { listings: this.#listings, ids: this.#ids, tickers: this.#tickers };
        const ends = { ...lists, updateIdOf, nowMs: () => this.nowMs() };
        const delayMs = this.#befalls("slow-rest") ? this.ends.faults.timeMs("slow-rest-ms") : 0;
        return this.#wrapped(0, "OK", ofMarket(ends, Params.ofQuery(query)), {}, {}, delayMs);
      }
      const endpoint = endpointOf(request.method, place);
      if (endpoint === undefined) throw new BybitError(404, `path ${place} not found`, 404);
      const isQuery = request.method === "GET";
      const now = this.nowMs();
      const payload = isQuery ? query : request.body;
      const caller = this.#keys.openRest(request.headers ?? {}, payload, endpoint.mustTrade, now);
      const params = isQuery ? Params.ofQuery(query) : Params.ofBody(request.body);
      const done = this.#perform(caller, place, endpoint, params);
      if (done === undefined) return { ...this.#wrapped(0, "OK", {}, {}, {}, 0), isLost: true };
      return this.#wrapped(0, "OK", done.result, done.retExtInfo, done.headers, done.delayMs);
    } catch (error) {
      if (!(error instanceof BybitError)) throw error;
      const answer = this.#wrapped(error.retCode, error.retMsg, {}, {}, {}, 0);
      return { ...answer, status: error.status };
    }
  }

  isOwnPath(path: string): boolean {
    return this.sockets.isOwnPath(path);
  }

  accept(socket: Duplex, path: string, head: Buffer): void {
    this.sockets.accept(socket, path, head);
  }

  onFrame(frame: FeedFrame, taken: Taken, market: SymbolMarket): void {
    const listed = this.#listings.find(frame.venue === "binance-spot" ? "spot" : "linear", frame.symbol);
    if (listed === undefined) return;
    assert(listed.market === market, Code.InvariantBroken);
    this.topics.onFrame(listed, taken);
    this.#feed.onFrame(listed.key, taken, market);
  }

  advance(): void {
    this.venue.advance();
    this.topics.advance();
    for (const { account, product } of this.#guard.due(this.nowMs())) {
      const category = product === "SPOT" ? "spot" : product === "DERIVATIVES" ? "linear" : undefined;
      if (category === undefined) continue;
      for (const { key } of this.#listings.of(category)) {
        this.venue.cancelAll(this.venue.account(account), key, "countdown");
      }
    }
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

  /** Symbols go by their key here: `spot:BTCUSDT`, `linear:BTCUSDT`. */
  truth(account: string): Readonly<Record<string, unknown>> | undefined {
    if (!this.accountNames().includes(account)) return undefined;
    const truth = truthOf(this.venue, account);
    return { [NAME]: { ...truth, countdownsFired: this.#guard.fired } };
  }

  deposit(account: string, venue: string, asset: string, text: string): string | undefined {
    if (venue !== NAME) return `venue: ${NAME}`;
    return this.venue.depositText(account, asset, text);
  }

  close(): void {
    this.sockets.close();
  }

  #performSocket(caller: Caller, name: string, params: Params): Performed | undefined {
    const endpoint = orderEndpoint(name);
    if (endpoint === undefined || name === "cancel-all") throw new BybitError(10_404, `op order.${name} is not found`);
    if (!caller.key.mayTrade) throw new BybitError(10_005, "Permission denied, please check your API key permissions.");
    return this.#perform(caller, `/v5/order/${name}`, endpoint, params);
  }

  /** Undefined: it was done, and nobody is told. Throws BybitError. */
  #perform(caller: Caller, path: string, endpoint: Endpoint, params: Params): Performed | undefined {
    const nowMs = this.nowMs();
    const { venue } = this;
    const account = venue.account(caller.account);
    const text = params.values["category"];
    const category: Category | undefined = text === "spot" || text === "linear" ? text : undefined;
    const state = this.#limits.take(
      account.name,
      `${path} ${category ?? ""}`,
      endpoint.limit(category),
      endpoint.count?.(params) ?? 1,
      nowMs,
    );
    this.#breakBefore();
    const call = { params, account, key: caller.key, venue, nowMs };
    const rest = { listings: this.#listings, words: this.#words, ids: this.#ids, guard: this.#guard, log: this.#log };
    const { result, retExtInfo = {} } = endpoint.answer({ ...call, ...rest });
    const { faults } = this.ends;
    const headers = rateHeaders(state);
    const slowMs = this.#befalls("slow-rest") ? faults.timeMs("slow-rest-ms") : 0;
    if (!endpoint.isOrder) return { result, retExtInfo, headers, delayMs: slowMs };
    if (this.#befalls("lost-ack")) return undefined;
    if (this.#befalls("failed-ack")) throw new BybitError(10_000, "Server Timeout");
    return { result, retExtInfo, headers, delayMs: this.#befalls("late-ack") ? faults.timeMs("late-ack-ms") : slowMs };
  }

  #wrapped(
    retCode: number,
    retMsg: string,
    result: unknown,
    retExtInfo: unknown,
    headers: Readonly<Record<string, string>>,
    delayMs: number,
  ): RestAnswer {
    const timed = { Timenow: String(this.nowMs()), ...headers };
    return json(200, { retCode, retMsg, result, retExtInfo, time: this.nowMs() }, timed, delayMs);
  }

  /** What stands before the venue: 600 requests in 5 seconds from all addresses together, then 403. */
  #checkAddress(): void {
    const now = this.ends.steadyMs();
    if (now - this.#windowMs >= ADDRESS_WINDOW_MS) {
      this.#windowMs = now;
      this.#windowRequests = 0;
    }
    this.#windowRequests++;
    if (this.#befalls("http-418")) this.#bannedUntilMs = now + 120_000;
    if (this.#windowRequests > ADDRESS_REQUESTS_MAX || now < this.#bannedUntilMs) {
      throw new BybitError(403, "access too frequent", 403);
    }
  }

  #breakBefore(): void {
    if (this.#befalls("http-5xx")) throw new BybitError(10_016, "Server error.", 503);
    if (this.#befalls("http-429")) throw new BybitError(10_006, "Too many visits. Exceeded the API Rate Limit.");
  }

  #befalls(kind: FaultKind): boolean {
    return befalls(this.ends.faults, kind, this.#prng);
  }
}

function endpointOf(method: string, place: string): Endpoint | undefined {
  const path = `${method} ${place}`;
  const name = /^POST \/v5\/order\/([a-z-]+)$/.exec(path)?.[1];
  return (
    (name === undefined ? undefined : orderEndpoint(name)) ??
    queryEndpoint(path) ??
    accountEndpoint(path) ??
    logEndpoint(path)
  );
}
