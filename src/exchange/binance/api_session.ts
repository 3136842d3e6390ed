/** One connection to a WebSocket API (`/ws-api/v3`, `/ws-fapi/v1`): logon, requests with or without signature, subscriptions. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { isMessage, type Message } from "../message.ts";
import type { RequestBudget } from "../request_budget.ts";
import type { RestAnswer, RestRequest } from "../rest_message.ts";
import { RestQuery, VenueError } from "../rest_query.ts";
import { apiRoute, publicRoute } from "./api_methods.ts";
import { DetailedError, type SignedEndpoint } from "./endpoint.ts";
import { type Caller, checkTime, mayDo } from "./key_ring.ts";
import type { VenueDialect } from "./venue_dialect.ts";

export interface ApiSessionEnds {
  readonly dialect: VenueDialect;
  readonly budget: RequestBudget;
  say(text: string): void;
  /** Answers after a while. */
  later(run: () => void, delayMs: number): void;
  publicAnswer(request: RestRequest): RestAnswer;
  /** Endpoints of the sockets' own (listen keys). */
  endpoint(method: string, path: string): SignedEndpoint | undefined;
  /** Runs with the faults of acknowledgements; undefined: no answer at all. */
  guard(
    endpoint: SignedEndpoint,
    run: () => unknown,
  ): { readonly result: unknown; readonly delayMs: number } | undefined;
}

const SUBSCRIPTIONS_MAX = 1_000;

export class ApiSession {
  /** Who has logged on. */
  caller: Caller | undefined;
  #authorizedMs = 0;
  readonly #connectedMs: number;
  /** Subscription id → account, and whether it lives by the logon. */
  readonly subscriptions = new Map<number, { readonly account: string; readonly byLogon: boolean }>();
  #nextSubscription = 0;

  constructor(readonly ends: ApiSessionEnds) {
    this.#connectedMs = ends.dialect.nowMs();
  }

  /** Total: whatever a client sends is answered. */
  receive(text: string): void {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      request = undefined;
    }
    if (!isMessage(request)) return this.#refuse(null, new VenueError(400, -1_135, "JSON Request is invalid"));
    const { id = null, method, params = {} } = request;
    if (typeof method !== "string" || !isMessage(params)) {
      return this.#refuse(id, new VenueError(400, -1_135, "JSON Request is invalid"));
    }
    try {
      const answer = this.#perform(method, params);
      if (answer === undefined) return;
      const reply = () => this.#say({ id, status: 200, result: answer.result }, params);
      if (answer.delayMs > 0) this.ends.later(reply, answer.delayMs);
      else reply();
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      this.#refuse(id, error, params);
    }
  }

  #perform(method: string, params: Message): { readonly result: unknown; readonly delayMs: number } | undefined {
    const { dialect, budget } = this.ends;
    if (method.startsWith("session.") || method.startsWith("userDataStream.")) {
      const own = this.#own(method, params);
      if (own !== undefined) return { result: own, delayMs: 0 };
    }
    const open = publicRoute(dialect.isSpot, method);
    if (open !== undefined) return { result: this.#public(open, params), delayMs: 0 };
    const route = apiRoute(dialect.isSpot, method);
    const endpoint =
      route === undefined
        ? undefined
        : (this.ends.endpoint(route.method, route.path) ?? dialect.endpoint(route.method, route.path));
    if (endpoint === undefined) throw new VenueError(400, -1_020, `This operation is not supported: ${method}`);
    const caller = this.#callerOf(endpoint, params);
    const query = new RestQuery(queryText(params));
    const weight = typeof endpoint.weight === "number" ? endpoint.weight : endpoint.weight(query);
    budget.take(weight);
    const answer = this.ends.guard(endpoint, () => dialect.perform(endpoint, caller, query));
    if (endpoint.isOrder === true && dialect.isSpot) budget.give(weight);
    return answer;
  }

  #callerOf(endpoint: SignedEndpoint, params: Message): Caller | undefined {
    const { dialect } = this.ends;
    if (endpoint.security === "none") return undefined;
    if (params["signature"] !== undefined || this.caller === undefined || endpoint.security === "key") {
      if (params["apiKey"] === undefined && this.caller !== undefined) return this.caller;
      return dialect.keys.openSocket(endpoint.security, params, dialect.nowMs());
    }
    const text = (name: string) => (params[name] === undefined ? undefined : String(params[name]));
    checkTime(text("timestamp"), text("recvWindow"), dialect.nowMs());
    return mayDo(this.caller, endpoint.security);
  }

  /** Methods about the session itself; undefined when it is none of them. */
  #own(method: string, params: Message): unknown {
    const { dialect } = this.ends;
    assert(method.includes("."), Code.ValueOutOfRange);
    switch (method) {
      case "session.logon":
        this.caller = this.#logon(params);
        this.#authorizedMs = dialect.nowMs();
        return this.#status();
      case "session.status":
        return this.#status();
      case "session.logout":
        return this.#logout();
      case "session.subscriptions":
        return [...this.subscriptions.keys()].map((subscriptionId) => ({ subscriptionId }));
      case "userDataStream.subscribe":
        if (!dialect.isSpot) return undefined;
        if (this.caller === undefined) throw new VenueError(400, -2_014, "The session is not authenticated.");
        return this.#subscribe(this.caller, true);
      case "userDataStream.subscribe.signature":
        if (!dialect.isSpot) return undefined;
        return this.#subscribe(dialect.keys.openSocket("read", params, dialect.nowMs()), false);
      case "userDataStream.unsubscribe":
        if (!dialect.isSpot) return undefined;
        return this.#unsubscribe(params["subscriptionId"]);
      default:
        return undefined;
    }
  }

  #logon(params: Message): Caller {
    const { dialect } = this.ends;
    const key = dialect.keys.find(typeof params["apiKey"] === "string" ? params["apiKey"] : undefined);
    if (key.key.publicKeyPem === undefined) throw new VenueError(400, -4_056, "HMAC_SHA256 API key is not supported.");
    return dialect.keys.openSocket("read", params, dialect.nowMs());
  }

  /** Ends the subscriptions of the logon, and says so for each. */
  #logout(): unknown {
    this.caller = undefined;
    for (const [id, { byLogon }] of [...this.subscriptions]) if (byLogon) this.#terminate(id);
    return this.#status();
  }

  #terminate(subscriptionId: number): void {
    this.subscriptions.delete(subscriptionId);
    const event = { e: "eventStreamTerminated", E: this.ends.dialect.nowMs() };
    this.ends.say(JSON.stringify({ subscriptionId, event }));
  }

  #subscribe(caller: Caller, byLogon: boolean): unknown {
    const isThere = [...this.subscriptions.values()].some(({ account }) => account === caller.account);
    if (isThere) throw new VenueError(400, -2_035, "User Data Stream subscription already active.");
    if (this.subscriptions.size >= SUBSCRIPTIONS_MAX) throw new VenueError(400, -2_036, "Too many subscriptions.");
    const subscriptionId = this.#nextSubscription++;
    this.subscriptions.set(subscriptionId, { account: caller.account, byLogon });
    return { subscriptionId };
  }

  #unsubscribe(wanted: unknown): unknown {
    if (wanted === undefined) this.subscriptions.clear();
    else if (!this.subscriptions.delete(wanted as number))
      throw new VenueError(400, -2_036, "Invalid subscription id.");
    return {};
  }

  #status(): unknown {
    return {
      apiKey: this.caller?.key.key ?? null,
      authorizedSince: this.caller === undefined ? null : this.#authorizedMs,
      connectedSince: this.#connectedMs,
      returnRateLimits: true,
      serverTime: this.ends.dialect.nowMs(),
      userDataStream: this.subscriptions.size > 0,
    };
  }

  #public(path: string, params: Message): unknown {
    const text = queryText(params);
    const answer = this.ends.publicAnswer({ method: "GET", path: text === "" ? path : `${path}?${text}`, body: "" });
    const body: unknown = JSON.parse(answer.body);
    if (answer.status === 200) return body;
    const { code, msg } = isMessage(body) ? body : { code: -1_000, msg: "Unknown error" };
    throw new VenueError(answer.status, Number(code), String(msg)); // number-ok: an error code
  }

  #refuse(id: unknown, error: VenueError, params: Message = {}): void {
    const data = error instanceof DetailedError ? { data: error.data } : {};
    this.#say({ id, status: error.status, error: { code: error.code, msg: error.msg, ...data } }, params);
  }

  #say(answer: object, params: Message): void {
    const { dialect, budget } = this.ends;
    const weight = { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1 };
    const account = this.caller?.account;
    const orders = account === undefined ? [] : dialect.counts.rows(account, dialect.nowMs());
    const rateLimits = [...orders, { ...weight, limit: budget.weightMax, count: budget.used }];
    const isWanted = String(params["returnRateLimits"]) !== "false";
    this.ends.say(JSON.stringify(isWanted ? { ...answer, rateLimits } : answer));
  }
}

/** Parameters of a socket request as those of a REST request. */
function queryText(params: Message): string {
  const values = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null)
      values.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  return values.toString();
}
