/** Answers REST requests: path to endpoint, weight, faults, the venue's errors, and the simulator's own paths. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import { WEIGHT_PER_MINUTE } from "./exchange_info.ts";
import { FAULTS_NOW, type FaultKind, type FaultNow, type Faults } from "./faults.ts";
import type { SimVenue } from "./feed.ts";
import type { Hub } from "./hub.ts";
import { type Message, objectOf } from "./message.ts";
import { RequestBudget } from "./request_budget.ts";
import { endpointOf } from "./rest_answers.ts";
import { RestQuery, VenueError } from "./rest_query.ts";

export interface RestRequest {
  readonly method: string;
  /** Without prefix of a venue; with the query. */
  readonly path: string;
  readonly body: string;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long the answer is held back. */
  readonly delayMs: number;
}

export interface RestDeskEnds {
  readonly hub: Hub;
  readonly faults: Faults;
  readonly venues: readonly SimVenue[];
  readonly seed: number;
  readonly savedInfo: ReadonlyMap<SimVenue, Message>;
  readonly weightMax: number | undefined;
  status(): unknown;
  serverMs(): number;
  wallMs(): number;
}

/** Spreads the seeds of REST and sockets apart. */
const REST_SEED = 0x5e57;

export class RestDesk {
  readonly #budgets = new Map<SimVenue, RequestBudget>();
  readonly #prng: Prng;
  requests = 0;
  refused = 0;

  constructor(readonly ends: RestDeskEnds) {
    assert(ends.venues.length > 0, Code.ValueOutOfRange);
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
    const found = /^\/(api\/v[13]|fapi\/v1)\/(.+)$/.exec(place);
    const venue: SimVenue = found?.[1]?.startsWith("fapi") === true ? "binance-usdm" : "binance-spot";
    const endpoint = found === null ? undefined : endpointOf(venue, found[2] as string);
    const budget = this.#budgets.get(venue);
    if (endpoint === undefined || budget === undefined)
      return json(404, { code: -5_000, msg: `Path ${place}, Method ${request.method} is invalid` });
    this.requests++;
    const delayMs = this.#befalls("slow-rest") ? this.ends.faults.timeMs("slow-rest-ms") : 0;
    try {
      if (request.method !== "GET")
        throw new VenueError(405, -1_000, `Request method '${request.method}' is not supported.`);
      const query = new RestQuery(mark < 0 ? "" : request.path.slice(mark + 1));
      budget.take(endpoint.weight(query));
      this.#break(budget);
      const body = endpoint.answer(query, {
        hub: this.ends.hub,
        venue,
        isStale: () => this.#befalls("stale-snapshot"),
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

  #ownAnswer(request: RestRequest, place: string): RestAnswer | undefined {
    const { hub, faults, status } = this.ends;
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
    if (now !== undefined) for (const peer of [...hub.peers]) peer.befall(now as FaultNow);
    return json(200, { plan: faults.plan, counts: faults.counts });
  }

  #break(budget: RequestBudget): void {
    if (this.#befalls("http-5xx"))
      throw new VenueError(503, -1_000, "Unknown error, please check your request or try again later.");
    if (this.#befalls("http-429")) throw budget.refusal();
  }

  #befalls(kind: FaultKind): boolean {
    const share = this.ends.faults.share(kind);
    assert(share >= 0, Code.ValueOutOfRange);
    if (share === 0 || this.#prng.nextFloat() >= share) return false;
    this.ends.faults.count(kind);
    return true;
  }
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}, delayMs = 0): RestAnswer {
  assert(status >= 200 && status < 600, Code.ValueOutOfRange);
  return { status, body: JSON.stringify(body), headers, delayMs };
}
