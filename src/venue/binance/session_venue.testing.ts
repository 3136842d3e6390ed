/** A venue for tests of the session: true books with every update remembered, its streams and depth answers, and faults. */

import { Prng } from "../../core/prng.ts";
import type { BinanceMarket } from "./fast_path.ts";

/** Prices are ticks of 0.01, sizes units of 0.001: mantissas at scales 2 and 3. */
export const PRICE_SCALE = 2;
export const QTY_SCALE = 3;
const LEVELS_REACH = 25;
const STALE_SNAPSHOTS = 12;

/** Order-independent digest of one level; a book's digest is the sum of them, modulo 2^32. */
export function levelDigest(isAsk: boolean, price: number, qty: number): number {
  if (qty === 0) return 0;
  let h = Math.imul(price ^ (isAsk ? 0x5bd1e995 : 0x1b873593), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ qty, 0xc2b2ae35);
  h ^= h >>> 16;
  return Math.imul(h, 0x27d4eb2f) >>> 0;
}

/** One symbol's true book. */
export class VenueBook {
  id: number;
  tradeId = 1_000;
  /** Digest of the book as of each update id that there was. */
  readonly history = new Map<number, number>();
  readonly #sides = [new Map<number, number>(), new Map<number, number>()] as const;
  readonly #changed = [new Set<number>(), new Set<number>()] as const;
  readonly #old: string[] = [];
  #mid = 200_000;
  #digest = 0;
  #firstPending = -1;
  #lastPublished: number;

  constructor(
    readonly symbol: string,
    readonly market: BinanceMarket,
    readonly prng: Prng,
  ) {
    this.id = 100_000 + prng.nextBelow(1_000_000);
    this.#lastPublished = this.id;
    for (let n = 1; n <= LEVELS_REACH; n++) {
      this.#set(0, this.#mid - n, 1 + prng.nextBelow(9_000));
      this.#set(1, this.#mid + n, 1 + prng.nextBelow(9_000));
    }
    this.publish();
  }

  /** Some updates: sizes change, levels come and go, the middle walks. */
  move(): void {
    const { prng } = this;
    for (let n = prng.nextBelow(4); n >= 0; n--) {
      if (prng.nextBelow(12) === 0) {
        this.#mid += prng.nextBelow(2) === 0 ? 1 : -1;
        if (this.#sides[0].has(this.#mid)) this.#set(0, this.#mid, 0);
        if (this.#sides[1].has(this.#mid)) this.#set(1, this.#mid, 0);
      } else {
        const side = prng.nextBelow(2) as 0 | 1;
        const price = this.#mid + (side === 0 ? -1 : 1) * (1 + prng.nextBelow(LEVELS_REACH));
        if (this.#sides[1 - side]?.has(price) === true) continue;
        this.#set(side, price, prng.nextBelow(3) === 0 ? 0 : 1 + prng.nextBelow(9_000));
      }
    }
    if (prng.nextBelow(8) === 0) this.#old.push(this.snapshot());
    if (this.#old.length > STALE_SNAPSHOTS) this.#old.shift();
  }

  /** The diff since the last one, undefined when nothing changed. */
  publish(): object | undefined {
    if (this.#firstPending < 0) return undefined;
    const levels = (side: 0 | 1) => [...this.#changed[side]].map((price) => this.#level(side, price));
    const data = { e: "depthUpdate", E: 1, s: this.symbol, U: this.#firstPending, u: this.id };
    const linked = this.market === "usdm" ? { T: 1, pu: this.#lastPublished } : {};
    const diff = { ...data, ...linked, b: levels(0), a: levels(1) };
    this.#changed[0].clear();
    this.#changed[1].clear();
    this.#firstPending = -1;
    this.#lastPublished = this.id;
    return diff;
  }

  quote(): object {
    const bid = Math.max(...this.#sides[0].keys());
    const ask = Math.min(...this.#sides[1].keys());
    const [b, B] = this.#level(0, bid);
    const [a, A] = this.#level(1, ask);
    return { u: this.id, s: this.symbol, b, B, a, A };
  }

  trade(): object {
    this.tradeId++;
    const aggregate = this.market === "usdm";
    const ids = aggregate ? { a: this.tradeId, f: this.tradeId, l: this.tradeId } : { t: this.tradeId };
    const head = { e: aggregate ? "aggTrade" : "trade", E: 1, s: this.symbol };
    return { ...head, ...ids, p: priceText(this.#mid), q: "0.100", T: 1, m: false, M: true };
  }

  snapshot(): string {
    const levels = (side: 0 | 1) => [...this.#sides[side].keys()].map((price) => this.#level(side, price));
    return JSON.stringify({ lastUpdateId: this.id, bids: levels(0), asks: levels(1) });
  }

  /** A snapshot of some time ago. */
  staleSnapshot(): string {
    return this.#old[0] ?? this.snapshot();
  }

  #level(side: 0 | 1, price: number): [string, string] {
    return [priceText(price), ((this.#sides[side].get(price) ?? 0) / 1_000).toFixed(QTY_SCALE)];
  }

  #set(side: 0 | 1, price: number, qty: number): void {
    const held = this.#sides[side];
    const before = held.get(price) ?? 0;
    if (qty === before) return;
    if (qty === 0 && held.size < 4) return; // A side is never empty: it would have no best price to quote.
    if (qty === 0) held.delete(price);
    else held.set(price, qty);
    this.id += this.market === "usdm" ? 1 + this.prng.nextBelow(5) : 1;
    if (this.#firstPending < 0) this.#firstPending = this.id;
    this.#changed[side].add(price);
    const isAsk = side === 1;
    this.#digest = (this.#digest - levelDigest(isAsk, price, before) + levelDigest(isAsk, price, qty)) >>> 0;
    this.history.set(this.id, this.#digest);
  }
}

/** How the venue reaches one client. */
export interface PeerWire {
  send(data: string | Uint8Array): void;
  /** A proper close, or the cable. */
  close(cut: boolean): void;
}

export interface VenueAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Record<string, string>;
  readonly delayUs: number;
}

const PATHS: Readonly<Record<string, RegExp>> = {
  "/stream": /@/,
  "/public/stream": /@(depth|bookTicker)/,
  "/market/stream": /@(aggTrade|markPrice)/,
};

/** One connection as the venue sees it. */
export class VenuePeer {
  readonly streams = new Set<string>();
  held: string | undefined;
  /** Times of the control messages of the last second. */
  readonly #times: number[] = [];
  closed = false;

  constructor(
    readonly venue: TestVenue,
    readonly path: string,
    readonly wire: PeerWire,
  ) {}

  hear(text: string, nowUs: number): void {
    const { method, params, id } = JSON.parse(text) as { method: string; params: string[]; id: number };
    this.#times.push(nowUs);
    while ((this.#times[0] as number) <= nowUs - 1_000_000) this.#times.shift();
    this.venue.controlPerSecondSeen = Math.max(this.venue.controlPerSecondSeen, this.#times.length);
    if (this.venue.mute) return;
    if (method === "SUBSCRIBE" && params.some((name) => this.venue.refuse.has(name))) {
      this.wire.send(JSON.stringify({ error: { code: 2, msg: "Invalid request" }, id }));
      return;
    }
    for (const name of params) {
      if (method === "SUBSCRIBE") this.streams.add(name);
      else this.streams.delete(name);
    }
    this.venue.streamsPerPeerSeen = Math.max(this.venue.streamsPerPeerSeen, this.streams.size);
    this.wire.send(JSON.stringify({ result: null, id }));
  }

  /** Sends a combined frame when it is subscribed on the right path; faults, where they are on, spoil it. */
  publish(stream: string, data: object): void {
    if (this.closed || !this.streams.has(stream) || PATHS[this.path]?.test(stream) !== true) return;
    if (this.venue.silent.has(stream)) return;
    const frame = JSON.stringify({ stream, data });
    if (!this.venue.faulty) {
      this.flush();
      this.wire.send(frame);
      return;
    }
    this.#spoil(frame);
  }

  /** What was held back to be late. */
  flush(): void {
    const { held } = this;
    this.held = undefined;
    if (held !== undefined) this.wire.send(held);
  }

  #spoil(frame: string): void {
    const { prng } = this.venue;
    const dice = prng.nextBelow(400);
    if (dice < 6) return; // Lost.
    if (dice < 10 && this.held === undefined) {
      this.held = frame; // Comes after the next one.
      return;
    }
    this.wire.send(frame);
    if (dice < 14) this.wire.send(frame);
    if (dice === 14) this.wire.send(frame.slice(0, 20 + prng.nextBelow(frame.length - 20)));
    if (dice === 15) this.wire.send("\u0000garbage{{{");
    if (dice === 16) this.wire.send(new Uint8Array([1, 2, 3]));
    if (dice === 17) this.wire.send(`{"stream":"nobody@trade","data":{"e":"trade"}}`);
    if (dice === 18) this.wire.send(`{"e":"serverShutdown","E":1}`);
    this.flush();
    if (dice === 19 || dice === 20) {
      this.closed = true;
      this.wire.close(dice === 19);
    }
  }
}

/** The venue: books, connections, the request weight that each minute saw, and which faults it plays. */
export class TestVenue {
  readonly prng: Prng;
  readonly books: VenueBook[];
  readonly peers = new Set<VenuePeer>();
  faulty = false;
  /** Control messages are not answered. */
  mute = false;
  retryAfterSeconds = 3;
  readonly refuse = new Set<string>();
  readonly silent = new Set<string>();
  /** What was seen of the client's manners. */
  controlPerSecondSeen = 0;
  streamsPerPeerSeen = 0;
  weightPerMinuteSeen = 0;
  sameBookInFlightSeen = 0;
  requests = 0;
  readonly #spent: [timeUs: number, weight: number][] = [];
  readonly #inFlight = new Map<string, number>();

  constructor(
    readonly market: BinanceMarket,
    symbols: readonly string[],
    seed: number,
  ) {
    this.prng = new Prng(seed);
    this.books = symbols.map((symbol, n) => new VenueBook(symbol, market, new Prng(seed * 31 + n)));
  }

  book(symbol: string): VenueBook {
    return this.books.find((book) => book.symbol === symbol) as VenueBook;
  }

  /** One interval of the market: every book moves and speaks. */
  step(): void {
    for (const book of this.books) {
      book.move();
      const low = book.symbol.toLowerCase();
      const diff = this.prng.nextBelow(5) === 0 ? undefined : book.publish();
      if (diff !== undefined) this.#publish(`${low}@depth@100ms`, diff);
      if (this.prng.nextBelow(3) === 0) this.#publish(`${low}@bookTicker`, book.quote());
      if (this.prng.nextBelow(3) === 0) {
        this.#publish(`${low}@${this.market === "usdm" ? "aggTrade" : "trade"}`, book.trade());
      }
    }
  }

  /** The market stands still: each book says what it has not said yet. */
  rest(): void {
    for (const book of this.books) {
      const diff = book.publish();
      if (diff !== undefined) this.#publish(`${book.symbol.toLowerCase()}@depth@100ms`, diff);
    }
  }

  /** A request for depth came; `depthDone` when its answer has left. */
  depth(symbol: string, limit: number, nowUs: number): VenueAnswer {
    this.requests++;
    const running = (this.#inFlight.get(symbol) ?? 0) + 1;
    this.#inFlight.set(symbol, running);
    this.sameBookInFlightSeen = Math.max(this.sameBookInFlightSeen, running);
    this.#spent.push([nowUs, weightOf(this.market, limit)]);
    while ((this.#spent[0] as [number, number])[0] <= nowUs - 60_000_000) this.#spent.shift();
    const used = this.#spent.reduce((sum, [, weight]) => sum + weight, 0);
    this.weightPerMinuteSeen = Math.max(this.weightPerMinuteSeen, used);
    const headers = { "x-mbx-used-weight-1m": `${used}` };
    const book = this.book(symbol);
    const ok = (text: string, delayUs = 20_000) => ({ status: 200, text, headers, delayUs });
    if (!this.faulty) return ok(book.snapshot());
    const dice = this.prng.nextBelow(16);
    const quiet = { ...headers, "retry-after": `${this.retryAfterSeconds}` };
    if (dice === 0) return { status: 429, text: "{}", headers: quiet, delayUs: 10_000 };
    if (dice === 1) return { status: 503, text: "busy", headers, delayUs: 10_000 };
    if (dice < 5) return ok(book.staleSnapshot());
    if (dice === 5) return ok(book.snapshot().slice(0, 60));
    if (dice === 6) return ok("[]");
    if (dice < 10) return ok(book.snapshot(), 1_500_000);
    return ok(book.snapshot());
  }

  depthDone(symbol: string): void {
    this.#inFlight.set(symbol, (this.#inFlight.get(symbol) ?? 0) - 1);
  }

  #publish(stream: string, data: object): void {
    for (const peer of this.peers) {
      peer.publish(stream, data);
      if (peer.closed) this.peers.delete(peer);
    }
  }
}

function weightOf(market: BinanceMarket, limit: number): number {
  if (market === "spot") return limit <= 1_000 ? 50 : 250;
  return 20;
}

function priceText(price: number): string {
  return (price / 100).toFixed(PRICE_SCALE);
}
