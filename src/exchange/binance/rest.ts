/** REST of the simulated venue: market data only, with weights, limits and error bodies as the venue writes them. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Faults } from "./faults.ts";
import { type Listing, symbolInfo } from "./listing.ts";
import type { MarketData } from "./market_data.ts";

const WINDOW_MS = 60_000;
const WEIGHT_MAX = { spot: 6_000, usdm: 2_400 } as const;
const DEPTH_MAX = { spot: 5_000, usdm: 1_000 } as const;
const LIMIT_DEFAULT = 500;
const LIMIT_MAX = 1_000;

/** A refusal as the venue says it. */
class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export class RestServer {
  requests = 0;
  refused = 0;
  #weight = 0;
  #windowEndMs = 0;

  constructor(
    readonly market: "spot" | "usdm",
    readonly data: MarketData,
    readonly listings: readonly Listing[],
    readonly faults: Faults,
    readonly nowMs: () => number,
  ) {
    assert(listings.length > 0, Code.NoInstrument);
  }

  /** Undefined: not a path of this market. */
  answer(url: URL): Response | undefined {
    const base = this.market === "spot" ? "/api/v3/" : "/fapi/v1/";
    if (!url.pathname.startsWith(base)) return undefined;
    this.requests++;
    try {
      return this.#json(200, this.#route(url.pathname.slice(base.length), url.searchParams));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused++;
      const retry =
        error.status === 429 ? { "retry-after": String(Math.ceil((this.#windowEndMs - this.nowMs()) / 1_000)) } : {};
      return this.#json(error.status, { code: error.code, msg: error.message }, retry);
    }
  }

  #route(path: string, query: URLSearchParams): unknown {
    if (this.faults.happens("restError")) throw new Refused(500, -1000, "An unknown error occurred.");
    if (this.faults.happens("tooMany")) throw this.#tooMany();
    switch (path) {
      case "ping":
        this.#spend(1);
        return {};
      case "time":
        this.#spend(1);
        return { serverTime: Math.floor(this.nowMs()) };
      case "exchangeInfo":
        this.#spend(this.market === "spot" ? 20 : 1);
        return this.#exchangeInfo(query);
      case "depth":
        return this.#depth(query);
      case "klines":
        this.#spend(2);
        return this.data.klines(this.#symbol(query), this.#limit(query), interval(query));
      case "trades":
        this.#spend(this.market === "spot" ? 25 : 5);
        return this.data.trades(this.#symbol(query), this.#limit(query));
      case "aggTrades":
        this.#spend(4);
        return this.data.aggTrades(this.#symbol(query), this.#limit(query));
      case "ticker/bookTicker":
        this.#spend(2);
        return this.data.bookTicker(this.#symbol(query));
      default:
        throw new Refused(404, -1000, `no such path: ${path}`);
    }
  }

  #exchangeInfo(query: URLSearchParams): object {
    const wanted = query.get("symbol");
    if (wanted !== null) this.#symbol(query);
    const chosen = this.listings.filter((listing) => wanted === null || listing.symbol === wanted);
    return {
      timezone: "UTC",
      serverTime: Math.floor(this.nowMs()),
      rateLimits: [
        { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: WEIGHT_MAX[this.market] },
      ],
      exchangeFilters: [],
      symbols: chosen.map((listing) => symbolInfo(listing, this.market)),
    };
  }

  #depth(query: URLSearchParams): object {
    const limit = this.#limit(query, 100, DEPTH_MAX[this.market]);
    this.#spend(limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1_000 ? 50 : 250);
    const answer = this.data.depth(this.#symbol(query), limit, this.faults.happens("staleSnapshot"));
    if (answer === undefined) throw new Refused(503, -1000, "the book is not known yet");
    const time = Math.floor(this.nowMs());
    return this.market === "spot" ? answer : { ...answer, E: time, T: time };
  }

  #symbol(query: URLSearchParams): string {
    const symbol = query.get("symbol");
    if (symbol === null) {
      throw new Refused(400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
    }
    if (!/^[A-Z0-9-_.]{1,20}$/.test(symbol)) {
      throw new Refused(
        400,
        -1100,
        "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
      );
    }
    if (this.listings.some((listing) => listing.symbol === symbol)) return symbol;
    throw new Refused(400, -1121, "Invalid symbol.");
  }

  #limit(query: URLSearchParams, usual = LIMIT_DEFAULT, max = LIMIT_MAX): number {
    const text = query.get("limit") ?? String(usual);
    const limit = Number(text); // number-ok: a count of rows
    if (!Number.isInteger(limit) || limit < 1) {
      throw new Refused(400, -1100, "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.");
    }
    return Math.min(limit, max);
  }

  #spend(weight: number): void {
    const nowMs = this.nowMs();
    if (nowMs >= this.#windowEndMs) {
      this.#windowEndMs = nowMs - (nowMs % WINDOW_MS) + WINDOW_MS;
      this.#weight = 0;
    }
    this.#weight += weight;
    if (this.#weight > WEIGHT_MAX[this.market]) throw this.#tooMany();
  }

  #tooMany(): Refused {
    const message = `Too many requests; current limit is ${WEIGHT_MAX[this.market]} request weight per 1 MINUTE.`;
    return new Refused(429, -1003, message);
  }

  #json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
    assert(status >= 200 && status < 600, Code.ValueOutOfRange);
    return Response.json(body, { status, headers: { "x-mbx-used-weight-1m": String(this.#weight), ...headers } });
  }
}

function interval(query: URLSearchParams): number {
  const known: Readonly<Record<string, number>> = { "1s": 1_000, "1m": 60_000, "5m": 300_000, "1h": 3_600_000 };
  const found = known[query.get("interval") ?? ""];
  if (found !== undefined) return found;
  throw new Refused(400, -1120, "Invalid interval.");
}
