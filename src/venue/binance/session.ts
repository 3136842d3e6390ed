/**
 * A market data session at Binance: sockets, subscriptions, heartbeats, reconnects and depth snapshots, all driven by one
 * timer and by frames. Time, chance, HTTP and what becomes of a frame are ports, so a session can be run again.
 */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { isPowerOfTwo, type Limits } from "../../core/limits.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { BookSync } from "../../market/book_sync.ts";
import { RequestBudget } from "../wire/budget.ts";
import { Connection } from "../wire/connection.ts";
import { StreamPulse } from "../wire/pulse.ts";
import type { RestClient } from "../wire/rest.ts";
import { type OpenSocket, openWebSocket } from "../wire/socket.ts";
import { DepthBootstrap } from "./bootstrap.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { BINANCE_DIALECT } from "./session_control.ts";
import { StreamIndex } from "./session_index.ts";
import { type SessionLimits, sessionLimitsOf } from "./session_limits.ts";
import { type SessionSymbol, type StreamChoice, StreamKind, streamsOf } from "./session_streams.ts";

export type { SessionLimits } from "./session_limits.ts";
export type { SessionSymbol, StreamChoice } from "./session_streams.ts";

export interface SessionSettings {
  /** Base of the streams, without a path: `wss://stream.binance.com:9443`, `wss://fstream.binance.com`. */
  readonly url: string;
  /** Base of REST: `https://api.binance.com`, `https://fapi.binance.com`. */
  readonly restUrl: string;
  readonly market: BinanceMarket;
  readonly symbols: readonly SessionSymbol[];
  readonly streams: StreamChoice;
  readonly limits: Limits;
  readonly session?: Partial<SessionLimits>;
}

export interface SessionPorts {
  nowUs(): number;
  /** In [0, 1). */
  random(): number;
  setTimer(delayMs: number, fn: () => void): unknown;
  clearTimer(handle: unknown): void;
  /** Writes the frame's slots into the lane. */
  decode(text: string, receiveUs: number): void;
  decodeSnapshot(text: string, receiveUs: number, symbol: string): void;
  /** The engine takes what waits: called after each frame. */
  poll(): void;
  book(instrument: number): BookSync | undefined;
  /** Data of this instrument may be missing from here on: MarketState.onReconnect. */
  onReconnect(instrument: number): void;
  problem(p: Problem): void;
  readonly rest: RestClient;
  /** Shared by all that ask this venue from this address; one of its own when none is given. */
  readonly budget?: RequestBudget;
  /** Bun's WebSocket when none is given. */
  readonly openSocket?: OpenSocket;
}

export interface SessionStatus {
  /** Everything wanted is subscribed, on all connections. */
  readonly connected: boolean;
  readonly connections: number;
  readonly streams: number;
  readonly reconnects: number;
  readonly handovers: number;
  readonly frames: number;
  readonly lastFrameUs: number;
  /** Frames that were no text, no data and no answer, and those of streams that nobody wants any more. */
  readonly setAside: number;
  readonly silences: number;
  readonly epoch: number;
  readonly snapshotsAsked: number;
  readonly snapshotsServed: number;
  readonly snapshotsFailed: number;
  readonly snapshotsInFlight: number;
  /** What keeps it from working, undefined when it works. */
  readonly problem: Problem | undefined;
}

interface Listed {
  readonly symbol: string;
  readonly instrument: number;
  /** How many want it. */
  references: number;
}

interface Stream {
  readonly name: string;
  readonly kind: StreamKind;
  readonly instrument: number;
  readonly connection: Connection;
  readonly pulse: StreamPulse;
}

export class MarketSession {
  readonly #settings: SessionSettings;
  readonly #ports: SessionPorts;
  readonly #limits: SessionLimits;
  readonly #symbols = new Map<number, Listed>();
  /** Symbols: two instruments of one symbol would share its streams. */
  readonly #names = new Set<string>();
  readonly #streams = new StreamIndex<Stream>();
  readonly #depthOf = new Map<number, Stream>();
  readonly #connections: Connection[] = [];
  readonly #bootstrap: DepthBootstrap;
  readonly #connects: RequestBudget;
  #timer: unknown;
  #running = false;
  #watchedUs = 0;
  #epoch = 0;
  /** Counts of connections that are gone. */
  #reconnects = 0;
  #handovers = 0;
  #frames = 0;
  #lastFrameUs = 0;
  #setAside = 0;
  #binary = 0;
  #silences = 0;
  #problem: Problem | undefined;

  constructor(settings: SessionSettings, ports: SessionPorts) {
    assert(settings.symbols.length <= settings.limits.instrumentsMax, Code.TableFull);
    this.#settings = settings;
    this.#ports = ports;
    this.#limits = sessionLimitsOf(settings.market, settings.session);
    this.#connects = new RequestBudget(this.#limits.connects);
    const budget = ports.budget ?? new RequestBudget(this.#limits.requests);
    this.#bootstrap = new DepthBootstrap(settings.market, settings.restUrl, this.#limits, budget, {
      nowUs: () => ports.nowUs(),
      random: () => ports.random(),
      book: (instrument) => ports.book(instrument),
      decodeSnapshot: (text, receiveUs, symbol) => ports.decodeSnapshot(text, receiveUs, symbol),
      poll: () => ports.poll(),
      streaming: (instrument) => this.#streaming(instrument),
      problem: (p) => this.#say(p),
      rest: ports.rest,
    });
    for (const entry of settings.symbols) {
      this.define(entry);
      if (entry.streamed !== false) this.subscribe(entry.instrument);
    }
  }

  /** Makes a symbol known; `subscribe` streams it. */
  define({ symbol, instrument }: SessionSymbol): void {
    assert(!this.#symbols.has(instrument), Code.IdNotDense);
    assert(this.#symbols.size < this.#settings.limits.instrumentsMax, Code.TableFull);
    assert(!this.#names.has(symbol), Code.ValueOutOfRange);
    this.#names.add(symbol);
    this.#symbols.set(instrument, { symbol, instrument, references: 0 });
  }

  /** One more wants this instrument; false when it is not known. */
  subscribe(instrument: number): boolean {
    const symbol = this.#symbols.get(instrument);
    if (symbol === undefined) return false;
    symbol.references++;
    if (symbol.references > 1) return true;
    const { market, streams } = this.#settings;
    for (const { name, kind, path } of streamsOf(market, symbol.symbol, streams)) {
      const connection = this.#connectionFor(path);
      const stream = { name, kind, instrument, connection, pulse: this.#pulseOf(kind) };
      this.#streams.add(stream);
      connection.want(name);
      if (kind !== StreamKind.Depth) continue;
      this.#depthOf.set(instrument, stream);
      this.#bootstrap.add(symbol.symbol, instrument);
    }
    return true;
  }

  /** One fewer wants it; the last one ends its streams, and its book is not to be believed any more. */
  unsubscribe(instrument: number): boolean {
    const symbol = this.#symbols.get(instrument);
    if (symbol === undefined || symbol.references === 0) return false;
    symbol.references--;
    if (symbol.references > 0) return true;
    for (const stream of [...this.#streams]) {
      if (stream.instrument !== instrument) continue;
      this.#streams.remove(stream.name);
      stream.connection.drop(stream.name);
    }
    this.#depthOf.delete(instrument);
    this.#bootstrap.remove(instrument);
    this.#ports.onReconnect(instrument);
    return true;
  }

  start(): void {
    assert(!this.#running, Code.InvariantBroken);
    this.#running = true;
    const nowUs = this.#ports.nowUs();
    this.#watchedUs = nowUs;
    for (const connection of this.#connections) connection.start(nowUs);
    this.#arm();
  }

  /** Closes all; no port is called afterwards but for books that lose their streams now. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#ports.clearTimer(this.#timer);
    for (const connection of this.#connections) connection.stop();
    for (const { instrument, references } of this.#symbols.values()) {
      if (references === 0) continue;
      this.#bootstrap.restarted(instrument);
      this.#ports.onReconnect(instrument);
    }
  }

  status(): SessionStatus {
    const connections = this.#connections;
    const settled = connections.every((connection) => connection.settled);
    return {
      connected: this.#running && connections.length > 0 && settled,
      connections: connections.length,
      streams: this.#streams.size,
      reconnects: connections.reduce((sum, { reconnects }) => sum + reconnects, this.#reconnects),
      handovers: connections.reduce((sum, { handovers }) => sum + handovers, this.#handovers),
      frames: this.#frames,
      lastFrameUs: this.#lastFrameUs,
      setAside: this.#setAside,
      silences: this.#silences,
      epoch: this.#epoch,
      snapshotsAsked: this.#bootstrap.asked,
      snapshotsServed: this.#bootstrap.served,
      snapshotsFailed: this.#bootstrap.failed,
      snapshotsInFlight: this.#bootstrap.inFlight,
      problem: this.#problem,
    };
  }

  #pulseOf(kind: StreamKind): StreamPulse {
    const { tradesSilentUsMax, streamSilentUsMax, silentUsMax } = this.#limits;
    return new StreamPulse(kind === StreamKind.Trades ? tradesSilentUsMax : streamSilentUsMax, silentUsMax);
  }

  #arm(): void {
    this.#timer = this.#ports.setTimer(this.#limits.tickMs, () => {
      if (!this.#running) return;
      this.#tick(this.#ports.nowUs());
      this.#arm();
    });
  }

  /** Looks at every deadline of the session. */
  #tick(nowUs: number): void {
    for (const connection of this.#connections) connection.tick(nowUs);
    this.#dropEmpty();
    if (nowUs - this.#watchedUs >= this.#limits.watchEveryUs) {
      this.#watchedUs = nowUs;
      this.#watch(nowUs);
    }
    this.#bootstrap.tick(nowUs);
  }

  #watch(nowUs: number): void {
    let settled = true;
    for (const connection of this.#connections) settled &&= connection.settled;
    if (settled) this.#problem = undefined;
    for (const { name, connection, pulse } of this.#streams) {
      if (!connection.holds(name)) pulse.forget();
      else if (pulse.silent(nowUs)) {
        this.#silences++;
        this.#ports.problem(problem(Code.StreamSilent, `${name} is silent; it is subscribed anew`));
        connection.renew(name);
      }
    }
  }

  #streaming(instrument: number): boolean {
    const depth = this.#depthOf.get(instrument);
    return depth?.connection.holds(depth.name) === true;
  }

  #frame(connection: Connection, text: string, nowUs: number): void {
    const stream = this.#streams.ofFrame(text);
    this.#frames++;
    this.#lastFrameUs = nowUs;
    if (stream === undefined || stream.connection !== connection) {
      this.#setAside++; // It was left, and what was under way still comes.
      return;
    }
    stream.pulse.heard(nowUs);
    if (stream.kind === StreamKind.Depth) this.#bootstrap.sawDiff(stream.instrument);
    this.#ports.decode(text, nowUs);
    this.#ports.poll();
  }

  /** A frame without a stream's name. Text goes to the decoder, which counts it by what is wrong with it. */
  #stray(text: string | undefined, sizeBytes: number, nowUs: number): void {
    this.#frames++;
    this.#lastFrameUs = nowUs;
    this.#setAside++;
    if (text === undefined) {
      this.#binary++;
      if (!isPowerOfTwo(this.#binary)) return; // Counted all, told now and then.
      this.#ports.problem(
        problem(Code.FrameNotText, `a binary frame of ${sizeBytes} bytes (number ${this.#binary}); it is set aside`),
      );
      return;
    }
    this.#ports.decode(text, nowUs);
    this.#ports.poll();
  }

  #lost(connection: Connection, code: Code, detail: string, broken: boolean): void {
    this.#say(problem(code, `${connection.url}: ${detail}`));
    if (!broken) return;
    // USD-M has quotes and depth on another connection than trades. All of the instrument begins anew all the same:
    // rare, and a session that knows one kind of loss has fewer ways to be wrong.
    const begun = new Set<number>();
    for (const stream of this.#streams) {
      if (stream.connection !== connection || begun.has(stream.instrument)) continue;
      begun.add(stream.instrument);
      this.#bootstrap.restarted(stream.instrument);
      this.#ports.onReconnect(stream.instrument);
    }
  }

  #say(p: Problem): void {
    this.#problem = p;
    this.#ports.problem(p);
  }

  #connectionFor(path: string): Connection {
    const known = this.#connections.find((connection) => connection.path === path && connection.room > 0);
    if (known !== undefined) return known;
    const url = `${this.#settings.url}${path}`;
    const connection = new Connection(url, path, this.#limits, {
      nowUs: () => this.#ports.nowUs(),
      random: () => this.#ports.random(),
      openSocket: this.#ports.openSocket ?? openWebSocket,
      dialect: BINANCE_DIALECT,
      nextEpoch: () => ++this.#epoch,
      mayConnect: (nowUs) => this.#connects.take(1, nowUs),
      frame: (from, text, nowUs) => this.#frame(from, text, nowUs),
      stray: (text, sizeBytes, nowUs) => this.#stray(text, sizeBytes, nowUs),
      refused: (name, said) => this.#say(problem(Code.SubscribeRefused, `${name}: ${said}`)),
      lost: (from, code, detail, broken) => this.#lost(from, code, detail, broken),
    });
    this.#connections.push(connection);
    if (this.#running) connection.start(this.#ports.nowUs());
    return connection;
  }

  /** A connection that nobody wants a stream of is closed. */
  #dropEmpty(): void {
    for (let n = this.#connections.length - 1; n >= 0; n--) {
      const connection = this.#connections[n] as Connection;
      if (!connection.empty) continue;
      connection.stop();
      this.#reconnects += connection.reconnects;
      this.#handovers += connection.handovers;
      this.#connections.splice(n, 1);
    }
  }
}
