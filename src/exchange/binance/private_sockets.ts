/** Private connections: WebSocket APIs with their subscriptions, and USD-M's user streams by listen key. */

import type { Duplex } from "node:stream";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { FaultNow, Faults } from "../faults.ts";
import type { SimVenue } from "../feed.ts";
import { objectOf } from "../message.ts";
import { Peer } from "../peer.ts";
import type { RequestBudget } from "../request_budget.ts";
import type { RestAnswer, RestRequest } from "../rest_message.ts";
import { ReportLane } from "../trading/report_lane.ts";
import type { Update } from "../trading/update.ts";
import { ApiSession } from "./api_session.ts";
import type { SignedEndpoint } from "./endpoint.ts";
import { LISTEN_KEY_MS, ListenKeys } from "./listen_keys.ts";
import type { VenueDialect } from "./venue_dialect.ts";

export interface PrivateSocketEnds {
  readonly dialects: readonly VenueDialect[];
  readonly faults: Faults;
  readonly seed: number;
  nowMs(): number;
  steadyMs(): number;
  budget(venue: SimVenue): RequestBudget;
  publicAnswer(request: RestRequest): RestAnswer;
  guard(
    dialect: VenueDialect,
    endpoint: SignedEndpoint,
    run: () => unknown,
  ): { readonly result: unknown; readonly delayMs: number } | undefined;
}

/** One private connection; a stream has the keys that it was opened with, an API connection a session. */
interface Connection {
  readonly peer: Peer;
  readonly dialect: VenueDialect;
  readonly lane: ReportLane;
  readonly session: ApiSession | undefined;
  readonly listenKeys: Set<string>;
  readonly wanted: ReadonlySet<string> | undefined;
  readonly isCombined: boolean;
}

const MESSAGES_PER_SECOND = 1_000;
/** Who is not heard of for so long is hung up on. */
const SPOT_PONG_MS = 60_000;
const USDM_PONG_MS = 600_000;
/** Listen keys of one connection. */
const KEYS_MAX = 1_024;

export class PrivateSockets {
  readonly keys = new ListenKeys();
  readonly #connections = new Set<Connection>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #opened = 0;

  constructor(readonly ends: PrivateSocketEnds) {
    for (const dialect of ends.dialects) dialect.venue.listen((update) => this.#deliver(dialect, update));
  }

  get open(): number {
    return this.#connections.size;
  }

  isOwnPath(path: string): boolean {
    const place = path.split("?")[0] as string;
    if (place === "/ws-api/v3") return this.#dialect("binance-spot") !== undefined;
    if (place === "/ws-fapi/v1") return this.#dialect("binance-usdm") !== undefined;
    if (/^(\/usdm)?\/private\/(ws|stream)(\/|$)/.test(place)) return this.#dialect("binance-usdm") !== undefined;
    const key = /\/ws\/([A-Za-z0-9]{60,64})$/.exec(place)?.[1];
    return key !== undefined && this.keys.accountOf(key, this.ends.nowMs()) !== undefined;
  }

  accept(socket: Duplex, path: string, head: Buffer): void {
    const [place = "", text = ""] = path.split("?");
    const isSpot = place === "/ws-api/v3";
    const dialect = this.#dialect(isSpot ? "binance-spot" : "binance-usdm");
    assert(dialect !== undefined, Code.InvariantBroken);
    const isApi = isSpot || place === "/ws-fapi/v1";
    const query = new URLSearchParams(text);
    const ofPath = /\/(?:ws|stream)\/([A-Za-z0-9]+)$/.exec(place)?.[1];
    const listed = query.get("listenKey") ?? query.get("streams") ?? ofPath ?? "";
    const seed = (this.ends.seed + 7_919 * ++this.#opened) >>> 0;
    const faults = this.ends.faults.at(dialect.name);
    const peer = new Peer(socket, {
      venue: dialect.name,
      route: "private",
      messagesPerSecondMax: MESSAGES_PER_SECOND,
      seed,
      faults,
      nowMs: this.ends.steadyMs,
      onText: (_, message) => this.#onText(connection, message),
      onClosed: () => this.#connections.delete(connection),
      onSlow: () => undefined,
    });
    const lane = new ReportLane({
      faults,
      seed,
      say: (message) => peer.say(message),
      cut: () => peer.destroy(),
      later: (run, delayMs) => this.#later(run, delayMs),
    });
    const events = query.get("events");
    const connection: Connection = {
      peer,
      dialect,
      lane,
      session: isApi ? this.#session(dialect, peer) : undefined,
      listenKeys: new Set(isApi ? [] : listed.split("/").filter((key) => key !== "")),
      wanted: events === null ? undefined : new Set(events.split("/")),
      isCombined: place.includes("/stream"),
    };
    this.#connections.add(connection);
    if (head.length > 0) peer.receive(head);
  }

  /** Endpoints about listen keys. */
  endpoint(dialect: VenueDialect, method: string, path: string): SignedEndpoint | undefined {
    if (dialect.isSpot || path !== "/fapi/v1/listenKey") return undefined;
    const key = { security: "key", weight: 1 } as const;
    if (method === "POST") {
      const make = () =>
        [1, 2, 3]
          .map(() => dialect.newClientId())
          .join("")
          .slice(0, 64);
      return { ...key, answer: ({ account, nowMs }) => ({ listenKey: this.keys.start(account.name, nowMs, make) }) };
    }
    if (method === "PUT") {
      return { ...key, answer: ({ account, nowMs }) => ({ listenKey: this.keys.prolong(account.name, nowMs) }) };
    }
    if (method !== "DELETE") return undefined;
    return {
      ...key,
      answer: ({ account }) => {
        const gone = this.keys.end(account.name);
        if (gone !== undefined) this.#tellExpired([gone]);
        return {};
      },
    };
  }

  advance(): void {
    this.#tellExpired(this.keys.expire(this.ends.nowMs(), false));
  }

  /** Pings everybody, and hangs up on who has not been heard of. */
  beat(): void {
    for (const { peer, dialect } of [...this.#connections]) {
      const mostMs = dialect.isSpot ? SPOT_PONG_MS : USDM_PONG_MS;
      if (this.ends.steadyMs() - peer.lastHeardMs > mostMs) peer.close(1_008, "Pong timeout");
      else peer.ping();
    }
  }

  befall(now: FaultNow): void {
    if (now === "listen-key-expired") return this.#tellExpired(this.keys.expire(this.ends.nowMs(), true));
    if (now === "corrupt" || now === "silence") return;
    for (const { peer, session } of [...this.#connections]) {
      if (now !== "shutdown" || session === undefined) peer.befall(now === "private-close" ? "close" : now);
      else {
        peer.say(JSON.stringify({ event: { e: "serverShutdown", E: this.ends.nowMs() } }));
        peer.close(1_012, "service restart");
      }
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { peer } of [...this.#connections]) peer.destroy();
  }

  #session(dialect: VenueDialect, peer: Peer): ApiSession {
    return new ApiSession({
      dialect,
      budget: this.ends.budget(dialect.name),
      say: (text) => peer.say(text),
      later: (run, delayMs) => this.#later(run, delayMs),
      publicAnswer: this.ends.publicAnswer,
      endpoint: (method, path) => this.endpoint(dialect, method, path),
      guard: (endpoint, run) => this.ends.guard(dialect, endpoint, run),
    });
  }

  #onText(connection: Connection, message: string): void {
    if (connection.session !== undefined) connection.session.receive(message);
    else connection.peer.say(JSON.stringify(changeKeys(connection.listenKeys, message)));
  }

  #deliver(dialect: VenueDialect, update: Update): void {
    const events = dialect.events(update);
    for (const connection of [...this.#connections]) {
      if (connection.dialect !== dialect) continue;
      if (connection.session !== undefined) {
        for (const [subscriptionId, { account }] of connection.session.subscriptions) {
          if (account !== update.account) continue;
          for (const event of events) connection.lane.send(JSON.stringify({ subscriptionId, event }));
        }
        continue;
      }
      for (const key of connection.listenKeys) {
        if (this.keys.accountOf(key, this.ends.nowMs()) === update.account) sendEvents(connection, key, events);
      }
    }
  }

  #tellExpired(keys: readonly string[]): void {
    assert(LISTEN_KEY_MS > 0, Code.ValueOutOfRange);
    for (const key of keys) {
      const event = { e: "listenKeyExpired", E: this.ends.nowMs(), listenKey: key };
      for (const connection of [...this.#connections]) {
        if (connection.listenKeys.has(key)) sendEvents(connection, key, [event]);
      }
    }
  }

  #dialect(name: SimVenue): VenueDialect | undefined {
    return this.ends.dialects.find((dialect) => dialect.name === name);
  }

  #later(run: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** Listen keys can be subscribed to like streams: the venue's own client does it so. The answer to the request. */
function changeKeys(keys: Set<string>, text: string): object {
  const request = objectOf(text);
  const id = request?.["id"] ?? null;
  const given: unknown = request?.["params"] ?? [];
  const method = request?.["method"];
  if (method === "LIST_SUBSCRIPTIONS") return { result: [...keys], id };
  const isChange = method === "SUBSCRIBE" || method === "UNSUBSCRIBE";
  if (!isChange || !Array.isArray(given) || given.some((key) => typeof key !== "string")) {
    return { code: 2, msg: "Invalid request: listen keys are subscribed to here", id };
  }
  for (const key of given as readonly string[]) {
    if (method === "UNSUBSCRIBE") keys.delete(key);
    else if (keys.size < KEYS_MAX) keys.add(key);
  }
  return { result: null, id };
}

function sendEvents(connection: Connection, key: string, events: readonly object[]): void {
  for (const event of events) {
    const name = (event as { readonly e?: unknown }).e;
    if (connection.wanted !== undefined && !connection.wanted.has(String(name)) && name !== "listenKeyExpired")
      continue;
    const text = JSON.stringify(event);
    connection.lane.send(connection.isCombined ? `{"stream":${JSON.stringify(key)},"data":${text}}` : text);
  }
}
