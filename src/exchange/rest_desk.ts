/** Answers REST requests: path to endpoint, weight, faults, the venue's errors, and the simulator's own paths. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import { WEIGHT_PER_MINUTE } from "./exchange_info.ts";
import { befalls, FAULTS_NOW, type FaultKind, type FaultNow, type Faults } from "./faults.ts";
import type { SimVenue } from "./feed.ts";
import type { Hub } from "./hub.ts";
import { type Message, objectOf } from "./message.ts";
import { RequestBudget } from "./request_budget.ts";
import { endpointOf } from "./rest_answers.ts";
import type { RestAnswer, RestRequest } from "./rest_message.ts";
import { RestQuery, VenueError } from "./rest_query.ts";
import type { TradingSide } from "./trading_side.ts";

export interface RestDeskEnds {
  readonly hub: Hub;
  readonly faults: Faults;
  readonly venues: readonly SimVenue[];
  readonly seed: number;
  readonly savedInfo: ReadonlyMap<SimVenue, Message>;
  readonly weightMax: number | undefined;
  status(): unknown;
  /** The trading side, where there is one: tried first. */
  readonly trading?: TradingSide | undefined;
  serverMs(): number;
  wallMs(): number;
}

/** Spreads the seeds of REST and sockets apart. */
const REST_SEED = 0x5e57;

const PRIVATE_FAULTS: readonly FaultNow[] = Object.freeze(["private-close", "private-silence", "listen-key-expired"]);

export class RestDesk {
  readonly #budgets = new Map<SimVenue, RequestBudget>();
  readonly #prng: Prng;
  requests = 0;
  refused = 0;

  constructor(readonly ends: RestDeskEnds) {
    this.#prng = new Prng(ends.seed ^ REST_SEED);
    for (const venue of ends.venues) {
      const most = ends.weightMax ?? WEIGHT_PER_MINUTE[venue];
      this.#budgets.set(venue, new RequestBudget(most, ends.wallMs));
    }
  }

  answer(request: RestRequest): RestAnswer {
    const mark = request.path.indexOf("?");
    const place = mark < 0 ? request.path : request.path.slice(0, mark);
    const own = this.#ownAnswer(request, place);
    if (own !== undefined) return own;
    const traded = this.ends.trading?.answer(request);
    if (traded !== undefined) {
      this.requests++;
      if (traded.status >= 400) this.refused++;
      return traded;
    }
    const found = /^\/(api\/v[13]|fapi\/v1)\/(.+)$/.exec(place);
    const venue: SimVenue = found?.[1]?.startsWith("fapi") === true ? "binance-usdm" : "binance-spot";
    const endpoint = found === null ? undefined : endpointOf(venue, found[2] as string);
    const budget = this.#budgets.get(venue);
    if (endpoint === undefined || budget === undefined)
      return json(404, { code: -5_000, msg: `Path ${place}, Method ${request.method} is invalid` });
    this.requests++;
    const delayMs = this.#befalls(venue, "slow-rest") ? this.ends.faults.timeMs("slow-rest-ms") : 0;
    try {
      if (request.method !== "GET")
        throw new VenueError(405, -1_000, `Request method '${request.method}' is not supported.`);
      const query = new RestQuery(mark < 0 ? "" : request.path.slice(mark + 1));
      budget.take(endpoint.weight(query));
      this.#break(venue, budget);
      const body = endpoint.answer(query, {
        hub: this.ends.hub,
        venue,
        isStale: () => this.#befalls(venue, "stale-snapshot"),
        savedInfo: this.ends.savedInfo.get(venue),
        serverMs: this.ends.serverMs,
      });
      if (venue === "binance-spot") query.refuseUnread();
      return json(200, body, { "X-MBX-USED-WEIGHT-1M": String(budget.used) }, delayMs);
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      this.refused++;
      const headers = { ...error.headers, "X-MBX-USED-WEIGHT-1M": String(budget.used) };
      return json(error.status, { code: error.code, msg: error.msg }, headers, delayMs);
    }
  }

  /** Weight that a venue's clients have used, REST and sockets together. */
  budgetOf(venue: SimVenue): RequestBudget {
    const budget = this.#budgets.get(venue);
    assert(budget !== undefined, Code.ValueOutOfRange);
    return budget;
  }

  #ownAnswer(request: RestRequest, path: string): RestAnswer | undefined {
    const { faults, status } = this.ends;
    const place = path.replace(/^\/_sim\//, "/simulate/");
    if (place.startsWith("/simulate/accounts")) return this.#accountAnswer(request, place);
    if (place === "/simulate/status") return json(200, status());
    if (place !== "/simulate/faults") return undefined;
    if (request.method === "GET") return json(200, { plan: faults.plan, counts: faults.counts });
    if (request.method !== "POST") return json(405, { code: "MethodNotAllowed", detail: "GET or POST" });
    const wanted = objectOf(request.body);
    const detail = 'expected `{"drop":0.01,…}` or `{"now":"close"}`';
    if (wanted === undefined) return json(400, { code: "BodyInvalid", detail });
    const { now, ...shares } = wanted;
    if (now !== undefined && !(FAULTS_NOW as readonly unknown[]).includes(now)) {
      return json(400, { code: "BodyInvalid", detail: `now can be ${FAULTS_NOW.join(", ")}` });
    }
    const wrong = faults.change(shares);
    if (wrong !== undefined) return json(400, wrong);
    if (now !== undefined) this.#befallNow(now as FaultNow);
    return json(200, { plan: faults.plan, counts: faults.counts });
  }

  /** `GET accounts`, `GET accounts/NAME`: the truth; `POST accounts/NAME/deposit {"venue","asset","amount"}`. */
  #accountAnswer(request: RestRequest, place: string): RestAnswer {
    const { trading } = this.ends;
    if (place === "/simulate/accounts") return json(200, trading?.accountNames() ?? []);
    const [, name = "", action] = /^\/simulate\/accounts\/([^/]+)(?:\/(\w+))?$/.exec(place) ?? [];
    if (action === "deposit" && request.method === "POST") {
      const { venue, asset, amount } = objectOf(request.body) ?? {};
      const wrong = trading?.deposit(name, String(venue), String(asset), String(amount));
      if (wrong !== undefined) return json(400, { code: "BodyInvalid", detail: wrong });
    }
    const truth = trading?.truth(name);
    return truth === undefined ? json(404, { code: "NotFound", detail: "no such account" }) : json(200, truth);
  }

  #befallNow(now: FaultNow): void {
    if (now === "ban") for (const budget of this.#budgets.values()) budget.ban();
    else if (PRIVATE_FAULTS.includes(now)) this.ends.trading?.befall(now);
    else {
      for (const peer of [...this.ends.hub.peers]) peer.befall(now);
      this.ends.trading?.befall(now);
    }
  }

  #break(venue: SimVenue, budget: RequestBudget): void {
    if (this.#befalls(venue, "http-5xx"))
      throw new VenueError(503, -1_000, "Unknown error, please check your request or try again later.");
    if (this.#befalls(venue, "http-429")) throw budget.refusal();
    if (this.#befalls(venue, "http-418")) {
      budget.ban();
      budget.checkBan();
    }
  }

  #befalls(venue: SimVenue, kind: FaultKind): boolean {
    return befalls(this.ends.faults.at(venue), kind, this.#prng);
  }
}

export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  delayMs = 0,
): RestAnswer {
  assert(status >= 200 && status < 600, Code.ValueOutOfRange);
  return { status, body: JSON.stringify(body), headers, delayMs };
}
