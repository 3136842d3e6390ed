/** OKX at the simulator: requests to endpoints with keys, limits and faults; sockets; the feed into core and channels. */

import type { Duplex } from "node:stream";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Prng } from "../../core/prng.ts";
import { befalls, type FaultKind, type FaultNow, type FaultPlan } from "../faults.ts";
import type { FeedFrame } from "../feed.ts";
import type { Hub } from "../hub.ts";
import { isMessage, type Message } from "../message.ts";
import { json } from "../rest_desk.ts";
import type { RestAnswer, RestRequest } from "../rest_message.ts";
import type { SymbolMarket, Taken } from "../symbol_market.ts";
import type { AccountSpec } from "../trading/account.ts";
import { CoreFeed } from "../trading/core_feed.ts";
import { truthOf } from "../trading/truth.ts";
import type { TradingSide } from "../trading_side.ts";
import { ACCOUNT_ENDPOINTS } from "./account_endpoints.ts";
import { ALGO_ENDPOINTS } from "./algo_orders.ts";
import { type Envelope, type OkxCall, type OkxEndpoint, type OkxRequest, statedEnvelope } from "./endpoint.ts";
import { orderIdText } from "./ids.ts";
import type { OkxListing } from "./listings.ts";
import { OkxError } from "./okx_error.ts";
import type { Caller } from "./okx_keys.ts";
import { OkxSockets } from "./okx_sockets.ts";
import { OkxVenue } from "./okx_venue.ts";
import { PUBLIC_ENDPOINTS, timeOf } from "./public_endpoints.ts";
import { ORDER_ENDPOINTS } from "./trade_ops.ts";

export interface OkxTradingEnds {
  readonly hub: Hub;
  readonly faults: FaultPlan;
  /** None: public data only. */
  readonly accounts: readonly AccountSpec[];
  readonly seed: number;
  /** Milliseconds since the epoch. */
  wallMs(): number;
  /** Steady milliseconds, of the sockets. */
  steadyMs(): number;
}

const PREFIX = "/api/v5/";
const OKX_SEED = 0x0c5;
/** Of all orders and amendments of a sub-account. */
const ENTRY_LIMIT = Object.freeze({ most: 1_000, spanMs: 2_000 });

const ENDPOINTS: Readonly<Record<string, OkxEndpoint>> = Object.freeze({
  ...PUBLIC_ENDPOINTS,
  ...ACCOUNT_ENDPOINTS,
  ...ORDER_ENDPOINTS,
  ...ALGO_ENDPOINTS,
});

export class OkxTrading implements TradingSide {
  readonly venue: OkxVenue;
  readonly sockets: OkxSockets;
  readonly #prng: Prng;
  readonly #listings = new Map<SymbolMarket, OkxListing>();
  /** One name of each endpoint, whichever way it is called: the limits of orders count sockets and REST together. */
  readonly #names = new Map(Object.entries(ENDPOINTS).map(([name, endpoint]) => [endpoint, name] as const));
  readonly #feed: CoreFeed;

  constructor(readonly ends: OkxTradingEnds) {
    this.#prng = new Prng(ends.seed ^ OKX_SEED);
    this.venue = new OkxVenue(ends.hub, ends.accounts, () => this.nowMs());
    this.#feed = new CoreFeed(this.venue.core);
    for (const listing of this.venue.listings) this.#listings.set(listing.market, listing);
    this.sockets = new OkxSockets({
      venue: this.venue,
      faults: ends.faults,
      seed: ends.seed + OKX_SEED,
      steadyMs: ends.steadyMs,
      perform: (endpoint, caller, rows, expTime) => this.#overSocket(endpoint, caller, rows, expTime),
    });
  }

  nowMs(): number {
    return Math.floor(this.ends.wallMs() + this.ends.faults.timeMs("clock-skew-ms"));
  }

  answer(request: RestRequest): RestAnswer | undefined {
    if (!request.path.startsWith(PREFIX)) return undefined;
    const mark = request.path.indexOf("?");
    const place = request.path.slice(PREFIX.length, mark < 0 ? undefined : mark);
    const name = `${request.method} ${place}`;
    const endpoint = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined;
    try {
      if (endpoint === undefined) throw new OkxError("404", "Request URL not found", 404);
      this.#breakBefore();
      const params = Object.fromEntries(new URLSearchParams(mark < 0 ? "" : request.path.slice(mark + 1)));
      const envelope = this.#perform(name, endpoint, request, params);
      return this.#afterwards(endpoint, json(200, this.#timed(endpoint, envelope)));
    } catch (error) {
      return errorAnswer(error);
    }
  }

  isOwnPath(path: string): boolean {
    return this.sockets.isOwnPath(path);
  }

  accept(socket: Duplex, path: string, head: Buffer): void {
    this.sockets.accept(socket, path, head);
  }

  onFrame(_: FeedFrame, taken: Taken, market: SymbolMarket): void {
    const listing = this.#listings.get(market);
    if (listing === undefined) return;
    this.sockets.channels.onFrame(listing, taken);
    this.#feed.onFrame(listing.instId, taken, market);
  }

  advance(): void {
    this.venue.core.advance();
    this.sockets.advance();
  }

  /** It is the clients who ping here. */
  beat(): void {
    this.sockets.advance();
  }

  befall(now: FaultNow): void {
    this.sockets.befall(now);
  }

  accountNames(): readonly string[] {
    return this.ends.accounts.map(({ name }) => name);
  }

  venueNames(): readonly string[] {
    return ["okx"];
  }

  get privateOpen(): number {
    return this.sockets.open;
  }

  /** Quantities of swaps are contracts; order ids are those that clients know. */
  truth(account: string): Readonly<Record<string, unknown>> | undefined {
    if (!this.accountNames().includes(account)) return undefined;
    const { orders, fills, ...rest } = truthOf(this.venue.core, account);
    const named = orders.map((order) => ({ ...order, id: orderIdText(order["id"] as number) }));
    const told = fills.map((fill) => ({ ...fill, orderId: orderIdText(fill["orderId"] as number) }));
    return { okx: { ...rest, orders: named, fills: told } };
  }

  deposit(account: string, venue: string, asset: string, text: string): string | undefined {
    if (venue !== "okx") return "venue: okx";
    return this.venue.core.depositText(account, asset, text);
  }

  close(): void {
    this.sockets.close();
  }

  #perform(
    name: string,
    endpoint: OkxEndpoint,
    request: RestRequest,
    params: Readonly<Record<string, string>>,
  ): Envelope {
    const { venue } = this;
    const nowMs = this.nowMs();
    const open: OkxRequest = { venue, params, nowMs };
    const { method, path, body, headers = {} } = request;
    if (endpoint.security === "none") {
      this.#limit(`open ${name} ${params["instId"] ?? ""}`, endpoint);
      return { code: "0", msg: "", data: endpoint.answer(open) };
    }
    const caller = venue.keys.openRest(headers, method, path, body, nowMs);
    const rows = method === "POST" ? rowsOf(body) : [];
    return this.#trade(endpoint, caller, { ...open, rows }, headers["exptime"]);
  }

  /** What a caller asks for, over REST or over a socket. Throws OkxError. */
  #trade(
    endpoint: OkxEndpoint,
    caller: Caller,
    request: OkxRequest & { readonly rows: readonly Message[] },
    expTime: unknown,
  ): Envelope {
    assert(endpoint.security !== "none", Code.InvariantBroken);
    const { rows, nowMs } = request;
    if (endpoint.security === "trade" && !caller.key.mayTrade) {
      throw new OkxError("50120", "This API key doesn't have permission to use this function", 401);
    }
    const most = "rowsMax" in endpoint ? endpoint.rowsMax : 1;
    if (rows.length > most || ("rowsMax" in endpoint && rows.length === 0)) {
      throw new OkxError("60013", "Invalid args: the number of rows", 400);
    }
    const instrument = endpoint.isPerInstrument === true ? this.#instrumentOf(rows[0]) : "";
    this.#limit(`${caller.account} ${this.#names.get(endpoint)} ${instrument}`, endpoint, Math.max(1, rows.length));
    if ("isEntry" in endpoint && endpoint.isEntry) {
      const mayEnter = this.venue.windows.take(`${caller.account} entry`, ENTRY_LIMIT, nowMs, rows.length);
      if (!mayEnter) throw new OkxError("50061", "You have reached the sub-account rate limit", 429);
    }
    const deadlineMs = timeOf(expTime === undefined ? undefined : String(expTime), "expTime");
    if (deadlineMs !== undefined && deadlineMs < nowMs) {
      throw new OkxError("51149", "Order timed out. Please try again later.");
    }
    const call: OkxCall = { ...request, account: this.venue.core.account(caller.account), key: caller.key };
    if ("isStated" in endpoint) return statedEnvelope(endpoint.answer(call));
    return { code: "0", msg: "", data: endpoint.answer(call) };
  }

  #instrumentOf(row: Message | undefined): string {
    const code = String(row?.["instIdCode"] ?? "");
    const listing = this.venue.listings.find(
      (each) => each.instId === row?.["instId"] || String(each.instIdCode) === code,
    );
    return listing?.instId ?? "";
  }

  #overSocket(endpoint: OkxEndpoint, caller: Caller, rows: readonly Message[], expTime: unknown) {
    this.#breakBefore();
    const open = { venue: this.venue, params: {}, nowMs: this.nowMs(), rows };
    const envelope = this.#trade(endpoint, caller, open, expTime);
    if (this.#befalls("lost-ack")) return undefined;
    if (this.#befalls("failed-ack")) throw unknownOutcome();
    return { envelope, delayMs: this.#befalls("late-ack") ? this.ends.faults.timeMs("late-ack-ms") : 0 };
  }

  #limit(key: string, { limit }: OkxEndpoint, count = 1): void {
    if (!this.venue.windows.take(key, limit, this.nowMs(), count)) throw tooMany();
  }

  /** Requests that act on orders say when they came and when they were done, in microseconds. */
  #timed(endpoint: OkxEndpoint, envelope: Envelope): object {
    if (!("isOrder" in endpoint) || endpoint.isOrder !== true) return envelope;
    const inTime = String(this.nowMs() * 1_000);
    return { ...envelope, inTime, outTime: inTime };
  }

  /** What may go wrong with the answer to a request that has taken effect. */
  #afterwards(endpoint: OkxEndpoint, answer: RestAnswer): RestAnswer {
    const { faults } = this.ends;
    const delayMs = this.#befalls("slow-rest") ? faults.timeMs("slow-rest-ms") : 0;
    if (!("isOrder" in endpoint) || endpoint.isOrder !== true) return { ...answer, delayMs };
    if (this.#befalls("lost-ack")) return { ...answer, isLost: true };
    if (this.#befalls("failed-ack")) return { ...errorAnswer(unknownOutcome()), delayMs };
    return { ...answer, delayMs: this.#befalls("late-ack") ? faults.timeMs("late-ack-ms") : delayMs };
  }

  #breakBefore(): void {
    if (this.#befalls("http-5xx")) throw new OkxError("50026", "System error. Try again later", 500);
    if (this.#befalls("http-429")) throw tooMany();
  }

  #befalls(kind: FaultKind): boolean {
    return befalls(this.ends.faults, kind, this.#prng);
  }
}

/** One object, or the objects of a list. Throws OkxError. */
function rowsOf(body: string): Message[] {
  let value: unknown;
  try {
    value = JSON.parse(body === "" ? "{}" : body);
  } catch {
    throw new OkxError("50002", "JSON syntax error", 400);
  }
  const rows = Array.isArray(value) ? value : [value];
  if (rows.every(isMessage)) return rows;
  throw new OkxError("50002", "JSON syntax error", 400);
}

function tooMany(): OkxError {
  return new OkxError("50011", "Too Many Requests", 429);
}

/** As the venue words it when it does not know itself. */
function unknownOutcome(): OkxError {
  return new OkxError(
    "50004",
    "API endpoint request timeout (does not mean that the request was successful or failed).",
    400,
  );
}

function errorAnswer(error: unknown): RestAnswer {
  if (!(error instanceof OkxError)) throw error;
  return json(error.status, { code: error.code, msg: error.msg, data: [] });
}
