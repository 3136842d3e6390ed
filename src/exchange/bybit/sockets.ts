/** All connections to Bybit's sockets: public, private, order entry, or everything at once; heartbeats and faults. */

import type { Duplex } from "node:stream";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { FaultNow, FaultPlan } from "../faults.ts";
import type { Hub } from "../hub.ts";
import { Peer } from "../peer.ts";
import { ReportLane } from "../trading/report_lane.ts";
import type { DisconnectGuard } from "./disconnect_guard.ts";
import type { Event } from "./events.ts";
import type { Ids } from "./ids.ts";
import type { Caller } from "./key_ring.ts";
import { CATEGORIES, FEED_OF } from "./listing.ts";
import type { Params } from "./params.ts";
import type { PublicTopics } from "./public_topics.ts";
import { type Performed, type Place, Session } from "./session.ts";

export interface SocketEnds {
  readonly hub: Hub;
  readonly faults: FaultPlan;
  readonly seed: number;
  readonly topics: PublicTopics;
  readonly guard: DisconnectGuard;
  readonly ids: Ids;
  nowMs(): number;
  steadyMs(): number;
  open(args: unknown): Caller;
  perform(caller: Caller, name: string, params: Params): Performed | undefined;
}

interface Connection {
  readonly peer: Peer;
  readonly session: Session;
  readonly lane: ReportLane;
  readonly isPrivate: boolean;
  /** Cut when nothing was heard for so long. */
  readonly silentMaxMs: number;
}

const MESSAGES_PER_SECOND = 1_000;
const SILENT_MAX_MS = 600_000;
const CONNECTIONS_MAX = 500;

export class Sockets {
  readonly #connections = new Set<Connection>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #opened = 0;
  #messages = 0;

  constructor(readonly ends: SocketEnds) {}

  get open(): number {
    let count = 0;
    for (const { isPrivate } of this.#connections) if (isPrivate) count++;
    return count;
  }

  isOwnPath(path: string): boolean {
    return placeOf(path) !== undefined && this.#connections.size < CONNECTIONS_MAX;
  }

  accept(socket: Duplex, path: string, head: Buffer): void {
    const place = placeOf(path);
    assert(place !== undefined, Code.InvariantBroken);
    const { hub, faults, steadyMs, nowMs, topics, guard } = this.ends;
    const seed = (this.ends.seed + 7_907 * ++this.#opened) >>> 0;
    const isPrivate = place.isPrivate || place.isTrade;
    const peer = new Peer(socket, {
      venue: FEED_OF[place.category ?? "spot"],
      route: "all",
      messagesPerSecondMax: MESSAGES_PER_SECOND,
      seed,
      faults,
      nowMs: steadyMs,
      onText: (_, text) => session.receive(text),
      onClosed: () => {
        session.end();
        this.#connections.delete(connection);
        hub.guests.delete(peer);
        hub.ends.onGone(peer.sent);
      },
      onSlow: () => hub.slowClosed++,
    });
    const lane = new ReportLane({
      faults,
      seed,
      say: (text) => peer.say(text),
      cut: () => peer.destroy(),
      later: (run, delayMs) => this.#later(run, delayMs),
    });
    const session = new Session({
      place,
      connId: this.ends.ids.message(0x1000_0000 + this.#opened),
      topics,
      guard,
      listener: { deliver: (topic, text) => peer.deliver(topic, text, undefined) },
      nowMs,
      say: (text) => peer.say(text),
      later: (run, delayMs) => this.#later(run, delayMs),
      open: this.ends.open,
      perform: this.ends.perform,
      onSubscribed: () => {
        peer.names.add("topics");
        hub.ends.onFirstSubscriber();
      },
    });
    const connection = { peer, session, lane, isPrivate, silentMaxMs: silentMaxOf(path, isPrivate) };
    this.#connections.add(connection);
    hub.guests.add(peer);
    if (head.length > 0) peer.receive(head);
  }

  deliver(account: string, events: readonly Event[]): void {
    for (const { session, lane } of this.#connections) {
      if (session.caller?.account !== account || session.privateNames.size === 0) continue;
      for (const event of events) {
        for (const topic of session.namesFor(event)) {
          const id = this.ends.ids.message(++this.#messages);
          lane.send(JSON.stringify({ id, topic, creationTime: this.ends.nowMs(), data: [event.row] }));
        }
      }
    }
  }

  /** Clients ping here; who says nothing at all for ten minutes is cut. */
  beat(): void {
    for (const { peer, silentMaxMs } of [...this.#connections]) {
      if (this.ends.steadyMs() - peer.lastHeardMs > silentMaxMs) peer.close(1_000, "");
    }
  }

  befall(now: FaultNow): void {
    if (now === "listen-key-expired") return;
    for (const { peer, isPrivate } of [...this.#connections]) {
      if ((now === "private-close" || now === "private-silence") && !isPrivate) continue;
      // This venue does not say that it goes down.
      peer.befall(now === "private-close" || now === "shutdown" ? "close" : now);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { peer } of [...this.#connections]) peer.destroy();
  }

  #later(run: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** `/v5/public/spot`, `/v5/private`, `/v5/trade`; `/v5/any` and `/v5/any/linear` take everything, for clients with one address. */
function placeOf(path: string): Place | undefined {
  const place = (path.split("?")[0] as string).replace(/\/$/, "");
  if (place === "/v5/private") return { category: undefined, isPrivate: true, isTrade: false };
  if (place === "/v5/trade") return { category: undefined, isPrivate: false, isTrade: true };
  const [, kind, name = "spot"] = /^\/v5\/(public|any)(?:\/(\w+))?$/.exec(place) ?? [];
  const category = CATEGORIES.find((each) => each === name);
  if (kind === undefined || category === undefined) return undefined;
  return { category, isPrivate: kind === "any", isTrade: kind === "any" };
}

/** `max_active_time=30s` to `600s` or `10m` on private paths. */
function silentMaxOf(path: string, isPrivate: boolean): number {
  const [, count, unit] = /[?&]max_active_time=(\d{1,3})(s|m)/.exec(path) ?? [];
  if (count === undefined || !isPrivate) return SILENT_MAX_MS;
  const ms = Number.parseInt(count, 10) * (unit === "m" ? 60_000 : 1_000);
  return Math.min(SILENT_MAX_MS, Math.max(30_000, ms));
}
