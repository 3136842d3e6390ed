/** The exchange in the middle: frames of the feed go into markets and out to subscribers; connections come and go. */

import type { Duplex } from "node:stream";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Channels } from "./channels.ts";
import { Derived } from "./derived.ts";
import { answerRequest, type DialogueSubject, STREAMS_MAX } from "./dialogue.ts";
import type { Faults } from "./faults.ts";
import type { Feed, FeedFrame, SimVenue } from "./feed.ts";
import { Peer, type PeerEnds } from "./peer.ts";
import { type Route, streamNamesOfPath } from "./stream_name.ts";
import { SymbolMarket, type Taken } from "./symbol_market.ts";

export interface HubEnds {
  readonly feed: Feed;
  readonly faults: Faults;
  readonly seed: number;
  /** Server pings at this spacing; who is not heard of for `pongMs` is hung up on. */
  readonly pingMs: number;
  readonly pongMs: number;
  nowMs(): number;
  /** A frame has gone into its market and out to subscribers. */
  onTaken?(frame: FeedFrame, taken: Taken, market: SymbolMarket): void;
  onFirstSubscriber(): void;
  /** A connection has ended after so many messages. */
  onGone(sent: number): void;
}

/** As the venues say: spot 5, USD-M 10. */
const MESSAGES_PER_SECOND: Readonly<Record<SimVenue, number>> = Object.freeze({
  "binance-spot": 5,
  "binance-usdm": 10,
});
const CONNECTIONS_MAX = 300;
/** More than this unread at one client, and full speed waits for it. */
const PRESSURE_BYTES = 1 << 20;
/** How long full speed waits at a captured full book for the request that the capturing client had made there. */
const BOOK_HOLD_MS = 1_000;

interface MarketParts {
  readonly market: SymbolMarket;
  readonly derived: Derived;
}

export class Hub {
  readonly channels: Channels;
  readonly peers = new Set<Peer>();
  /** Connections of other venues' dialects: full speed waits for them too, and they end when the feed begins again. */
  readonly guests = new Set<Peer>();
  framesSent = 0;
  connections = 0;
  slowClosed = 0;
  silentClosed = 0;
  /** Pacing time of the last frame. */
  timeUs: number;
  readonly #markets = new Map<string, MarketParts>();
  readonly #bookAsked = new Set<string>();
  #holdKey = "";
  #holdUntilMs = 0;

  constructor(readonly ends: HubEnds) {
    const { feed } = ends;
    this.channels = new Channels(feed.streams, new Set(feed.listings.map((l) => `${l.venue} ${l.symbol}`)));
    for (const listing of feed.listings) {
      const { venue, symbol } = listing;
      const hasTrades = this.channels.isCarried(venue, symbol, "trade");
      const market = new SymbolMarket(
        listing,
        () => feed.upcomingBook(venue, symbol),
        hasTrades ? "trade" : "aggTrade",
      );
      this.#markets.set(`${venue} ${symbol}`, { market, derived: new Derived(market, this.channels) });
    }
    assert(this.#markets.size === feed.listings.length, Code.InvariantBroken);
    this.timeUs = feed.nextTimeUs() ?? 0;
  }

  /** True when one connection more would be one too many. */
  get isFull(): boolean {
    return this.peers.size >= CONNECTIONS_MAX;
  }

  market(venue: SimVenue, symbol: string): SymbolMarket | undefined {
    return this.#markets.get(`${venue} ${symbol}`)?.market;
  }

  markets(venue: SimVenue): SymbolMarket[] {
    return [...this.#markets.values()].map(({ market }) => market).filter((market) => market.listing.venue === venue);
  }

  get subscribers(): number {
    let count = 0;
    for (const peer of this.peers) if (peer.names.size > 0) count++;
    for (const peer of this.guests) if (peer.names.size > 0) count++;
    return count;
  }

  /** A full book was asked for: full speed need not wait for that request any more. */
  noteBookAsked(venue: SimVenue, symbol: string): void {
    const key = `${venue} ${symbol}`;
    this.#bookAsked.add(key);
    if (this.#holdKey === key) this.#holdUntilMs = 0;
  }

  /** For full speed: somebody listens, nobody is behind, and no book is waited for. */
  mayGoOn(): boolean {
    if (this.subscribers === 0 || this.#holdUntilMs > this.ends.nowMs()) return false;
    for (const peer of this.peers) if (peer.waitingBytes > PRESSURE_BYTES) return false;
    for (const peer of this.guests) if (peer.waitingBytes > PRESSURE_BYTES) return false;
    return true;
  }

  /** One frame of the feed. */
  publish(frame: FeedFrame, isFullSpeed: boolean): void {
    assert(Number.isFinite(frame.timeUs), Code.ValueOutOfRange);
    this.timeUs = Math.max(this.timeUs, frame.timeUs);
    const parts = this.#markets.get(`${frame.venue} ${frame.symbol}`);
    const taken = parts?.market.take(frame) ?? "other";
    if (frame.stream === "") {
      if (isFullSpeed) this.#hold(frame);
    } else {
      this.framesSent++;
      this.channels.publish(frame.venue, frame.stream, frame.data, frame.envelope);
    }
    parts?.derived.after(taken);
    if (parts !== undefined) this.ends.onTaken?.(frame, taken, parts.market);
  }

  /** The feed begins again: to its clients this is a restart of the venue. */
  restart(): void {
    for (const peer of [...this.peers, ...this.guests]) peer.close(1_012, "service restart");
    for (const { market, derived } of this.#markets.values()) {
      market.clear();
      derived.clear();
    }
    this.#bookAsked.clear();
  }

  /** Takes over a socket whose upgrade has been answered. `path` is the part after the route: `/ws/…`, `/stream?…`. */
  accept(socket: Duplex, venue: SimVenue, route: Route, path: string): Peer {
    assert(this.peers.size < CONNECTIONS_MAX, Code.TableFull);
    const { faults, seed, nowMs } = this.ends;
    const ends: PeerEnds = {
      venue,
      route,
      messagesPerSecondMax: MESSAGES_PER_SECOND[venue],
      seed: (seed + this.connections) >>> 0,
      faults: faults.at(venue),
      nowMs,
      onText: (peer, text) => peer.say(answerRequest(text, this.#subject(peer))),
      onClosed: (peer) => this.#leave(peer),
      onSlow: () => this.slowClosed++,
    };
    this.connections++;
    const peer = new Peer(socket, ends);
    this.peers.add(peer);
    assert(!peer.isClosed, Code.InvariantBroken);
    peer.combined = path.startsWith("/stream");
    // Names in a path are not answered for: what does not exist is silent.
    for (const name of streamNamesOfPath(path).slice(0, STREAMS_MAX)) this.#subscribe(peer, name);
    return peer;
  }

  /** Pings everybody, and hangs up on who has not been heard of. */
  beat(): void {
    const { nowMs, pongMs } = this.ends;
    assert(pongMs > 0, Code.ValueOutOfRange);
    for (const peer of [...this.peers]) {
      if (nowMs() - peer.lastHeardMs > pongMs) {
        this.silentClosed++;
        peer.close(1_008, "Pong timeout");
      } else peer.ping();
    }
  }

  #subject(peer: Peer): DialogueSubject {
    return {
      names: peer.names,
      get combined() {
        return peer.combined;
      },
      set combined(value: boolean) {
        peer.combined = value;
      },
      subscribe: (name) => this.#subscribe(peer, name),
      unsubscribe: (name) => {
        this.channels.leave(peer, name);
        peer.names.delete(name);
      },
    };
  }

  #subscribe(peer: Peer, name: string): string | undefined {
    const why = this.channels.refusal(peer.venue, name);
    if (why !== undefined) return why;
    this.channels.join(peer, name);
    peer.names.add(name);
    this.ends.onFirstSubscriber();
    return undefined;
  }

  #leave(peer: Peer): void {
    for (const name of peer.names) this.channels.leave(peer, name);
    if (this.peers.delete(peer)) this.ends.onGone(peer.sent);
  }

  /** The venue's clock: its latest event time, or the feed's own before the first. */
  get clockUs(): number {
    let eventMs = 0;
    for (const { market } of this.#markets.values()) eventMs = Math.max(eventMs, market.eventMs);
    return eventMs === 0 ? this.timeUs : eventMs * 1_000;
  }

  #hold(frame: FeedFrame): void {
    const key = `${frame.venue} ${frame.symbol}`;
    if (this.#bookAsked.has(key) || !this.channels.isFamilyWanted(frame.venue, frame.symbol, "depth")) return;
    this.#holdKey = key;
    this.#holdUntilMs = this.ends.nowMs() + BOOK_HOLD_MS;
  }
}
