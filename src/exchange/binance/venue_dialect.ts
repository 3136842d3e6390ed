/** One Binance market put together: the core, its keys and limits, its endpoints and its events. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Prng } from "../../core/prng.ts";
import type { SimVenue } from "../feed.ts";
import type { RestQuery, VenueError } from "../rest_query.ts";
import type { AccountSpec } from "../trading/account.ts";
import { Refusal } from "../trading/refusal.ts";
import { TradingVenue } from "../trading/trading_venue.ts";
import type { Update } from "../trading/update.ts";
import type { VenueRules } from "../trading/venue_rules.ts";
import type { SignedEndpoint } from "./endpoint.ts";
import { type Caller, KeyRing } from "./key_ring.ts";
import { OrderCounts, SPOT_WINDOWS, USDM_WINDOWS } from "./order_counts.ts";
import { spotReadEndpoint, wapiEndpoint } from "./spot_account.ts";
import { spotEvents } from "./spot_events.ts";
import { spotError } from "./spot_refusals.ts";
import { spotTradeEndpoint } from "./spot_trade.ts";
import { usdmAccountEndpoint } from "./usdm_account.ts";
import { usdmEvents } from "./usdm_events.ts";
import { usdmError } from "./usdm_refusals.ts";
import { usdmTradeEndpoint } from "./usdm_trade.ts";

const ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 22;
const COMMON_PARAMETERS = Object.freeze(["timestamp", "recvWindow", "signature", "apiKey", "returnRateLimits"]);

export class VenueDialect {
  readonly venue: TradingVenue;
  readonly keys = new KeyRing();
  readonly counts: OrderCounts;
  readonly #prng: Prng;
  #executionId = 1;

  constructor(
    readonly name: SimVenue,
    readonly accounts: readonly AccountSpec[],
    readonly nowMs: () => number,
    seed: number,
  ) {
    const isSpot = name === "binance-spot";
    this.#prng = new Prng(seed);
    this.counts = new OrderCounts(isSpot ? SPOT_WINDOWS : USDM_WINDOWS);
    this.venue = new TradingVenue(
      rulesOf(name, () => this.newClientId()),
      nowMs,
    );
    for (const spec of accounts) {
      this.venue.addAccount(spec);
      for (const key of spec.keys) this.keys.add(spec.name, key);
    }
    this.venue.listen((update) => {
      if (update.happening === "trade" && update.fill?.isMaker === true) this.counts.give(update.account, nowMs());
    });
  }

  get isSpot(): boolean {
    return this.name === "binance-spot";
  }

  /** The endpoint of a method and a whole path, or undefined. */
  endpoint(method: string, path: string): SignedEndpoint | undefined {
    const found = /^\/(api\/v3|sapi\/v1|fapi\/v[123])\/(.+)$/.exec(path);
    const [, prefix = "", name = ""] = found ?? [];
    if (!this.isSpot) {
      // The wallet stands at an address of its own, for all markets.
      if (prefix === "sapi/v1" && name === "account/apiRestrictions") return wapiEndpoint(method, name);
      if (!prefix.startsWith("fapi/")) return undefined;
      const versioned = `${prefix.slice(5)}/${name}`;
      return usdmTradeEndpoint(method, versioned) ?? usdmAccountEndpoint(method, versioned);
    }
    if (prefix === "sapi/v1") return wapiEndpoint(method, name);
    return prefix === "api/v3" ? (spotTradeEndpoint(method, name) ?? spotReadEndpoint(method, name)) : undefined;
  }

  /** Runs an endpoint for a caller. Throws VenueError. */
  perform(endpoint: SignedEndpoint, caller: Caller | undefined, query: RestQuery): unknown {
    const { venue, counts } = this;
    const nowMs = this.nowMs();
    query.ignore(...COMMON_PARAMETERS);
    const account = venue.account(caller?.account ?? (this.accounts[0] as AccountSpec).name);
    const key = caller?.key ?? { key: "", secret: "", mayTrade: false, mayWithdraw: false };
    if (endpoint.orders !== undefined) counts.take(account.name, endpoint.orders, nowMs);
    try {
      const newClientId = () => this.newClientId();
      const answer = endpoint.answer({ query, account, key, venue, counts, nowMs, newClientId });
      if (this.isSpot && endpoint.security === "read") query.refuseUnread();
      return answer;
    } catch (error) {
      if (error instanceof Refusal) throw this.error(error);
      throw error;
    }
  }

  error(refusal: Refusal): VenueError {
    assert(refusal.reason.length > 0, Code.ValueOutOfRange);
    return this.isSpot ? spotError(refusal) : usdmError(refusal);
  }

  /** The venue's messages of an update. */
  events(update: Update): object[] {
    return this.isSpot ? spotEvents(this.venue, update, () => this.#executionId++) : usdmEvents(this.venue, update);
  }

  newClientId(): string {
    let id = "";
    for (let n = 0; n < ID_LENGTH; n++) id += ID_LETTERS[Math.floor(this.#prng.nextFloat() * ID_LETTERS.length)];
    return id;
  }
}

function rulesOf(name: SimVenue, clientIdOf: () => string): VenueRules {
  const isSpot = name === "binance-spot";
  return {
    name,
    makerRate: isSpot ? "0.001" : "0.0002",
    takerRate: isSpot ? "0.001" : "0.0005",
    isClientIdForever: false,
    postOnlyThatTakes: "refuse",
    fokUnfilled: isSpot ? "expire" : "refuse",
    marketUnfilled: "expire",
    triggerBeyond: "refuse",
    preventionUsual: "expire-maker",
    firstOrderId: isSpot ? 1_000_001 : 8_000_000_001,
    firstTradeId: isSpot ? 5_000_001 : 700_000_001,
    firstAlgoId: 3_000_001,
    firstAccountId: 354_937_868,
    leverageMax: 125,
    clientIdOf,
  };
}
