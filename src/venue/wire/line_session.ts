/**
 * What market data sessions of all venues do alike: symbols by reference count, their streams on connections, heartbeats,
 * silences and reconnects, all driven by one timer and by frames. How books begin and are mended is the venue's own.
 */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { isPowerOfTwo } from "../../core/limits.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { BookSync } from "../../market/book_sync.ts";
import { type BudgetLimits, RequestBudget } from "./budget.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";
import type { LineDialect } from "./dialect.ts";
import { StreamPulse } from "./pulse.ts";
import { type OpenSocket, openWebSocket } from "./socket.ts";
import { ToldOnce } from "./told_once.ts";
import { type TopicForm, TopicIndex } from "./topic_index.ts";

export enum TopicKind {
  Trades = 0,
  Quotes = 1,
  Book = 2,
  Marks = 3,
  Liquidations = 4,
}

export interface TopicName {
  readonly name: string;
  readonly kind: TopicKind;
  /** Path under the base URL. */
  readonly path: string;
  /** Told of many symbols at once, whoever asks: one subscription for all who want it. Its frames are cut to what is wanted. */
  readonly shared?: true;
}

export interface TopicSymbol {
  /** The venue's own symbol. */
  readonly symbol: string;
  /** Dense listing id. */
  readonly instrument: number;
  /** False: known, but streamed only once somebody subscribes. */
  readonly streamed?: boolean;
}

export interface LineSessionLimits extends ConnectionLimits {
  /** How often all deadlines are looked at. */
  readonly tickMs: number;
  /** New connections in any window. */
  readonly connects: BudgetLimits;
  /** Silence after which a stream is subscribed anew; doubles each time, since quiet markets look the same. */
  readonly streamSilentUsMax: number;
  /** Trades are rarer than quotes and books. */
  readonly tradesSilentUsMax: number;
  readonly watchEveryUs: number;
}

export interface LineSessionSettings {
  /** Base of the sockets, without a path. */
  readonly url: string;
  readonly symbolsMax: number;
  readonly dialect: LineDialect;
  readonly form: TopicForm;
  readonly limits: LineSessionLimits;
  /** A frame of a shared stream without what it tells of other symbols; undefined: it tells of no others. */
  cut?(text: string, isWanted: (symbol: string) => boolean): string | undefined;
}

export interface LineSessionPorts {
  nowUs(): number;
  /** In [0, 1). */
  random(): number;
  setTimer(delayMs: number, fn: () => void): unknown;
  clearTimer(handle: unknown): void;
  /** Writes the frame's slots into the lane. */
  decode(text: string, receiveUs: number): void;
  /** The engine takes what waits: called after each frame. */
  poll(): void;
  book(instrument: number): BookSync | undefined;
  /** Data of this instrument may be missing from here on: MarketState.onReconnect. */
  onReconnect(instrument: number): void;
  problem(p: Problem): void;
  /** Bun's WebSocket when none is given. */
  readonly openSocket?: OpenSocket;
}

export interface LineSessionStatus {
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
  /** What keeps it from working, undefined when it works. */
  readonly problem: Problem | undefined;
}

export interface LineStream {
  readonly name: string;
  readonly kind: TopicKind;
  readonly instrument: number;
  readonly connection: Connection;
  readonly pulse: StreamPulse;
  /** Of streams whose messages have no number by which the market knows what it has been told. */
  readonly once: ToldOnce | undefined;
}

interface Listed {
  readonly symbol: string;
  readonly instrument: number;
  /** How many want it. */
  references: number;
}

/** Instrument of streams that are shared: none. */
const SHARED = -1;

export abstract class LineSession<S extends LineStream> {
  protected readonly streams: TopicIndex<S>;
  readonly #settings: LineSessionSettings;
  readonly #ports: LineSessionPorts;
  readonly #symbols = new Map<number, Listed>();
  /** Two instruments of one symbol would share its streams. */
  readonly #names = new Set<string>();
  /** Instruments that want a shared stream, by its name. */
  readonly #sharers = new Map<string, Set<number>>();
  /** Symbols of instruments that are wanted. */
  readonly #wanted = new Set<string>();
  readonly #connections: Connection[] = [];
  readonly #connects: RequestBudget;
  #timer: unknown;
  #isRunning = false;
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

  constructor(settings: LineSessionSettings, ports: LineSessionPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.streams = new TopicIndex(settings.form);
    this.#connects = new RequestBudget(settings.limits.connects);
  }

  /** Streams of a symbol, as the venue calls them. */
  protected abstract namesOf(symbol: string): readonly TopicName[];
  /** What the venue keeps of a stream besides. */
  protected abstract streamOf(stream: LineStream): S;
  /** The stream is wanted from now on. */
  protected opened(_stream: S, _symbol: string): void {}
  /** The streams of the instrument are not wanted any more. */
  protected closed(_instrument: number): void {}
  /** False: the frame is set aside. `epoch`: of the line that it came on. */
  protected abstract takes(stream: S, text: string, epoch: number): boolean;
  /** All deadlines of the session. */
  protected abstract tick(nowUs: number): void;
  /** The stream was silent, and is subscribed anew. */
  protected renewed(_stream: S): void {}
  /** Nothing comes of the line of `epoch` any more. */
  protected ended(_connection: Connection, _epoch: number): void {}
  /** Instruments that lose nothing by the loss of a line. */
  protected standing(_connection: Connection): Set<number> {
    return new Set();
  }

  /** Data of the instrument may be missing from here on. */
  protected restarted(instrument: number): void {
    this.#ports.onReconnect(instrument);
  }

  /** Symbols of the beginning: once the venue's own fields stand. */
  protected list(symbols: readonly TopicSymbol[]): void {
    for (const entry of symbols) {
      this.define(entry);
      if (entry.streamed !== false) this.subscribe(entry.instrument);
    }
  }

  /** Makes a symbol known; `subscribe` streams it. */
  define({ symbol, instrument }: TopicSymbol): void {
    assert(!this.#symbols.has(instrument), Code.IdNotDense);
    assert(this.#symbols.size < this.#settings.symbolsMax, Code.TableFull);
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
    this.#wanted.add(symbol.symbol);
    for (const topic of this.namesOf(symbol.symbol)) {
      if (topic.shared === true && this.#share(topic.name, instrument)) continue;
      this.#open(topic, topic.shared === true ? SHARED : instrument, symbol.symbol);
    }
    return true;
  }

  /** One fewer wants it; the last one ends its streams, and its book is not to be believed any more. */
  unsubscribe(instrument: number): boolean {
    const symbol = this.#symbols.get(instrument);
    if (symbol === undefined || symbol.references === 0) return false;
    symbol.references--;
    if (symbol.references > 0) return true;
    this.#wanted.delete(symbol.symbol);
    for (const stream of [...this.streams]) {
      if (stream.instrument !== instrument && !this.#unshare(stream, instrument)) continue;
      this.streams.remove(stream.name);
      stream.connection.drop(stream.name);
    }
    this.closed(instrument);
    this.#ports.onReconnect(instrument);
    return true;
  }

  start(): void {
    assert(!this.#isRunning, Code.InvariantBroken);
    this.#isRunning = true;
    const nowUs = this.#ports.nowUs();
    this.#watchedUs = nowUs;
    for (const connection of this.#connections) connection.start(nowUs);
    this.#arm();
  }

  /** Closes all; no port is called afterwards but for books that lose their streams now. */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#ports.clearTimer(this.#timer);
    for (const connection of this.#connections) connection.stop();
    for (const { instrument, references } of this.#symbols.values()) {
      if (references > 0) this.restarted(instrument);
    }
  }

  status(): LineSessionStatus {
    const connections = this.#connections;
    return {
      connected: this.#isRunning && connections.length > 0 && this.#isSettled(),
      connections: connections.length,
      streams: this.streams.size,
      reconnects: connections.reduce((sum, { reconnects }) => sum + reconnects, this.#reconnects),
      handovers: connections.reduce((sum, { handovers }) => sum + handovers, this.#handovers),
      frames: this.#frames,
      lastFrameUs: this.#lastFrameUs,
      setAside: this.#setAside,
      silences: this.#silences,
      epoch: this.#epoch,
      problem: this.#problem,
    };
  }

  protected tickLines(nowUs: number): void {
    for (const connection of this.#connections) connection.tick(nowUs);
    this.#dropEmpty();
  }

  /** Streams that are silent too long are subscribed anew. Looks only now and then. */
  protected watch(nowUs: number): void {
    if (nowUs - this.#watchedUs < this.#settings.limits.watchEveryUs) return;
    this.#watchedUs = nowUs;
    if (this.#isSettled()) this.#problem = undefined;
    for (const stream of this.streams) {
      const { name, connection, pulse } = stream;
      if (!connection.holds(name)) pulse.forget();
      else if (pulse.silent(nowUs)) {
        this.#silences++;
        this.#ports.problem(problem(Code.StreamSilent, `${name} is silent; it is subscribed anew`));
        connection.renew(name);
        this.renewed(stream);
      }
    }
  }

  /** Told, and what the status names until all is well again. */
  protected say(p: Problem): void {
    this.#problem = p;
    this.#ports.problem(p);
  }

  #open({ name, kind, path }: TopicName, instrument: number, symbol: string): void {
    const connection = this.#connectionFor(path);
    const once = kind === TopicKind.Liquidations ? new ToldOnce() : undefined;
    const stream = this.streamOf({ name, kind, instrument, connection, pulse: this.#pulseOf(kind), once });
    this.streams.add(stream);
    connection.want(name);
    this.opened(stream, symbol);
  }

  /** One more wants a shared stream; true when it is there already. */
  #share(name: string, instrument: number): boolean {
    const sharers = this.#sharers.get(name);
    if (sharers === undefined) this.#sharers.set(name, new Set([instrument]));
    else sharers.add(instrument);
    return sharers !== undefined;
  }

  /** True when nobody wants the shared stream any more. */
  #unshare({ name }: S, instrument: number): boolean {
    const sharers = this.#sharers.get(name);
    if (sharers?.delete(instrument) !== true || sharers.size > 0) return false;
    this.#sharers.delete(name);
    return true;
  }

  #isSettled(): boolean {
    return this.#connections.every((connection) => connection.settled);
  }

  /** Liquidations may be none for days: only silence of the whole line says that they are not told. */
  #pulseOf(kind: TopicKind): StreamPulse {
    if (kind === TopicKind.Liquidations) return new StreamPulse(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    const { tradesSilentUsMax, streamSilentUsMax, silentUsMax } = this.#settings.limits;
    return new StreamPulse(kind === TopicKind.Trades ? tradesSilentUsMax : streamSilentUsMax, silentUsMax);
  }

  #arm(): void {
    this.#timer = this.#ports.setTimer(this.#settings.limits.tickMs, () => {
      if (!this.#isRunning) return;
      this.tick(this.#ports.nowUs());
      this.#arm();
    });
  }

  #frame(connection: Connection, text: string, nowUs: number, epoch: number): void {
    const stream = this.streams.ofFrame(text);
    this.#frames++;
    this.#lastFrameUs = nowUs;
    // It may have been left, and what was under way still comes.
    if (stream === undefined || stream.connection !== connection || !this.takes(stream, text, epoch)) {
      this.#setAside++;
      return;
    }
    stream.pulse.heard(nowUs);
    if (stream.once?.takes(text, epoch) === false) return; // Another line has told it.
    const told = stream.instrument === SHARED ? this.#cutOf(text) : text;
    if (told === undefined) return; // Of instruments that nobody wants: nothing is wrong with it.
    this.#ports.decode(told, nowUs);
    this.#ports.poll();
  }

  #cutOf(text: string): string | undefined {
    const { cut } = this.#settings;
    return cut === undefined ? text : cut(text, (symbol) => this.#wanted.has(symbol));
  }

  /** A frame without a stream's name. Text goes to the decoder, which counts it by what is wrong with it. */
  #stray(text: string | undefined, sizeBytes: number, nowUs: number): void {
    this.#frames++;
    this.#lastFrameUs = nowUs;
    this.#setAside++;
    if (text !== undefined) {
      this.#ports.decode(text, nowUs);
      this.#ports.poll();
      return;
    }
    this.#binary++;
    if (!isPowerOfTwo(this.#binary)) return; // Counted all, told now and then.
    const said = `a binary frame of ${sizeBytes} bytes (number ${this.#binary}); it is set aside`;
    this.#ports.problem(problem(Code.FrameNotText, said));
  }

  /** All of an instrument begins anew, be it told on other connections too: one kind of loss has fewer ways to be wrong. */
  #lost(connection: Connection, code: Code, detail: string, isBroken: boolean): void {
    this.say(problem(code, `${connection.url}: ${detail}`));
    if (!isBroken) return;
    const begun = this.standing(connection);
    begun.add(SHARED); // What was not told on it is gone, and no instrument's book hangs on it.
    for (const { connection: own, instrument } of this.streams) {
      if (own !== connection || begun.has(instrument)) continue;
      begun.add(instrument);
      this.restarted(instrument);
    }
  }

  #connectionFor(path: string): Connection {
    const known = this.#connections.find((connection) => connection.path === path && connection.room > 0);
    if (known !== undefined) return known;
    const { url, limits, dialect } = this.#settings;
    const connection = new Connection(`${url}${path}`, path, limits, {
      nowUs: () => this.#ports.nowUs(),
      random: () => this.#ports.random(),
      openSocket: this.#ports.openSocket ?? openWebSocket,
      dialect,
      nextEpoch: () => ++this.#epoch,
      mayConnect: (nowUs) => this.#connects.take(1, nowUs),
      frame: (from, text, nowUs, epoch) => this.#frame(from, text, nowUs, epoch),
      stray: (text, sizeBytes, nowUs) => this.#stray(text, sizeBytes, nowUs),
      refused: (name, said) => this.say(problem(Code.SubscribeRefused, `${name}: ${said}`)),
      lost: (from, code, detail, isBroken) => this.#lost(from, code, detail, isBroken),
      ended: (from, epoch) => this.ended(from, epoch),
    });
    this.#connections.push(connection);
    if (this.#isRunning) connection.start(this.#ports.nowUs());
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
