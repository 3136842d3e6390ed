/**
 * A market data session at a venue whose topics begin with a snapshot: sockets, subscriptions by reference count, heartbeats,
 * reconnects, and books that are subscribed anew when they lose a message; all driven by one timer and by frames.
 */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { isPowerOfTwo } from "../../core/limits.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { BookSync } from "../../market/book_sync.ts";
import { BookRepair, type RepairLimits } from "./book_repair.ts";
import { type BudgetLimits, RequestBudget } from "./budget.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";
import type { LineDialect } from "./dialect.ts";
import { StreamPulse } from "./pulse.ts";
import { type OpenSocket, openWebSocket } from "./socket.ts";
import { type TopicForm, TopicIndex } from "./topic_index.ts";

export enum TopicKind {
  Trades = 0,
  Quotes = 1,
  Book = 2,
  Marks = 3,
}

export interface TopicName {
  readonly name: string;
  readonly kind: TopicKind;
  /** Path under the base URL. */
  readonly path: string;
}

export interface TopicSymbol {
  /** The venue's own symbol. */
  readonly symbol: string;
  /** Dense listing id. */
  readonly instrument: number;
  /** False: known, but streamed only once somebody subscribes. */
  readonly streamed?: boolean;
}

export interface TopicSessionLimits extends ConnectionLimits, RepairLimits {
  /** How often all deadlines are looked at. */
  readonly tickMs: number;
  /** New connections in any window. */
  readonly connects: BudgetLimits;
  /** Silence after which a topic is subscribed anew; doubles each time, since quiet markets look the same. */
  readonly streamSilentUsMax: number;
  /** Trades are rarer than quotes and books. */
  readonly tradesSilentUsMax: number;
  readonly watchEveryUs: number;
}

export interface TopicSessionSettings {
  /** Base of the sockets, without a path. */
  readonly url: string;
  readonly symbols: readonly TopicSymbol[];
  readonly symbolsMax: number;
  readonly dialect: LineDialect;
  readonly form: TopicForm;
  /**
   * True for a frame of a book that holds all of it. A book stands on the line that brought its snapshot, and on no other:
   * two lines may tell one book in other steps. Not given: connections are never handed over.
   */
  isSnapshot?(text: string): boolean;
  topicsOf(symbol: string): readonly TopicName[];
  readonly limits: TopicSessionLimits;
}

export interface TopicSessionPorts {
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

export interface TopicSessionStatus {
  /** Everything wanted is subscribed, on all connections. */
  readonly connected: boolean;
  readonly connections: number;
  readonly streams: number;
  readonly reconnects: number;
  readonly frames: number;
  readonly lastFrameUs: number;
  /** Frames that were no text, no data and no answer, and those of topics that nobody wants any more. */
  readonly setAside: number;
  readonly silences: number;
  /** Books that were subscribed anew. */
  readonly repairs: number;
  readonly epoch: number;
  /** What keeps it from working, undefined when it works. */
  readonly problem: Problem | undefined;
}

interface Listed {
  readonly symbol: string;
  readonly instrument: number;
  /** How many want it. */
  references: number;
}

interface Topic {
  readonly name: string;
  readonly kind: TopicKind;
  readonly instrument: number;
  readonly connection: Connection;
  readonly pulse: StreamPulse;
  readonly repair: BookRepair | undefined;
  /** Of the line that a book stands on; -1: of none yet. */
  epoch: number;
}

export class TopicSession {
  readonly #settings: TopicSessionSettings;
  readonly #ports: TopicSessionPorts;
  readonly #symbols = new Map<number, Listed>();
  /** Two instruments of one symbol would share its topics. */
  readonly #names = new Set<string>();
  readonly #topics: TopicIndex<Topic>;
  readonly #connections: Connection[] = [];
  readonly #connects: RequestBudget;
  #timer: unknown;
  #isRunning = false;
  #watchedUs = 0;
  #epoch = 0;
  /** Counts of connections that are gone. */
  #reconnects = 0;
  #frames = 0;
  #lastFrameUs = 0;
  #setAside = 0;
  #binary = 0;
  #silences = 0;
  #repairs = 0;
  #problem: Problem | undefined;

  constructor(settings: TopicSessionSettings, ports: TopicSessionPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#topics = new TopicIndex(settings.form);
    this.#connects = new RequestBudget(settings.limits.connects);
    for (const entry of settings.symbols) {
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
    const { limits } = this.#settings;
    for (const { name, kind, path } of this.#settings.topicsOf(symbol.symbol)) {
      const connection = this.#connectionFor(path);
      const isBook = kind === TopicKind.Book;
      const repair = isBook ? new BookRepair(limits, () => this.#ports.random()) : undefined;
      this.#topics.add({ name, kind, instrument, connection, pulse: this.#pulseOf(kind), repair, epoch: -1 });
      connection.want(name);
    }
    return true;
  }

  /** One fewer wants it; the last one ends its topics, and its book is not to be believed any more. */
  unsubscribe(instrument: number): boolean {
    const symbol = this.#symbols.get(instrument);
    if (symbol === undefined || symbol.references === 0) return false;
    symbol.references--;
    if (symbol.references > 0) return true;
    for (const topic of [...this.#topics]) {
      if (topic.instrument !== instrument) continue;
      this.#topics.remove(topic.name);
      topic.connection.drop(topic.name);
    }
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

  /** Closes all; no port is called afterwards but for books that lose their topics now. */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#ports.clearTimer(this.#timer);
    for (const connection of this.#connections) connection.stop();
    for (const { instrument, references } of this.#symbols.values()) {
      if (references > 0) this.#ports.onReconnect(instrument);
    }
  }

  status(): TopicSessionStatus {
    const connections = this.#connections;
    const isSettled = connections.every((connection) => connection.settled);
    return {
      connected: this.#isRunning && connections.length > 0 && isSettled,
      connections: connections.length,
      streams: this.#topics.size,
      reconnects: connections.reduce((sum, { reconnects }) => sum + reconnects, this.#reconnects),
      frames: this.#frames,
      lastFrameUs: this.#lastFrameUs,
      setAside: this.#setAside,
      silences: this.#silences,
      repairs: this.#repairs,
      epoch: this.#epoch,
      problem: this.#problem,
    };
  }

  #pulseOf(kind: TopicKind): StreamPulse {
    const { tradesSilentUsMax, streamSilentUsMax, silentUsMax } = this.#settings.limits;
    return new StreamPulse(kind === TopicKind.Trades ? tradesSilentUsMax : streamSilentUsMax, silentUsMax);
  }

  #arm(): void {
    this.#timer = this.#ports.setTimer(this.#settings.limits.tickMs, () => {
      if (!this.#isRunning) return;
      this.#tick(this.#ports.nowUs());
      this.#arm();
    });
  }

  #tick(nowUs: number): void {
    for (const connection of this.#connections) connection.tick(nowUs);
    this.#dropEmpty();
    this.#mend(nowUs);
    if (nowUs - this.#watchedUs < this.#settings.limits.watchEveryUs) return;
    this.#watchedUs = nowUs;
    this.#watch(nowUs);
  }

  /** Books out of step: leaving the topic and taking it again brings a snapshot. */
  #mend(nowUs: number): void {
    for (const topic of this.#topics) {
      const { name, connection, repair, instrument } = topic;
      if (repair?.isDue(this.#ports.book(instrument), connection.holds(name), nowUs) !== true) continue;
      this.#repairs++;
      topic.epoch = -1;
      this.#ports.problem(problem(Code.BookGap, `${name} is out of step; it is subscribed anew`));
      connection.renew(name);
      this.#ports.onReconnect(instrument); // Between leaving and taking again it hears nothing.
    }
  }

  #watch(nowUs: number): void {
    if (this.#connections.every((connection) => connection.settled)) this.#problem = undefined;
    for (const topic of this.#topics) {
      const { name, connection, pulse, repair, instrument } = topic;
      if (!connection.holds(name)) pulse.forget();
      else if (pulse.silent(nowUs)) {
        this.#silences++;
        this.#ports.problem(problem(Code.StreamSilent, `${name} is silent; it is subscribed anew`));
        connection.renew(name);
        topic.epoch = -1;
        if (repair !== undefined) this.#ports.onReconnect(instrument);
      }
    }
  }

  #frame(connection: Connection, text: string, nowUs: number, epoch: number): void {
    const topic = this.#topics.ofFrame(text);
    this.#frames++;
    this.#lastFrameUs = nowUs;
    if (topic === undefined || topic.connection !== connection) {
      this.#setAside++; // It was left, and what was under way still comes.
      return;
    }
    if (topic.repair !== undefined && !this.#isOfBook(topic, text, epoch)) {
      this.#setAside++;
      return;
    }
    topic.pulse.heard(nowUs);
    this.#ports.decode(text, nowUs);
    this.#ports.poll();
  }

  /** True when the book goes on with this frame, or begins anew with it. */
  #isOfBook(topic: Topic, text: string, epoch: number): boolean {
    // A book that is about to be left must not become whole before it: it would stand still unseen.
    if (topic.connection.renews(topic.name, epoch)) return false;
    if (topic.epoch === epoch) return true;
    const { isSnapshot } = this.#settings;
    if (topic.epoch > epoch || (isSnapshot !== undefined && !isSnapshot(text))) return false;
    topic.epoch = epoch;
    return true;
  }

  /** Books that stood on this line are not told any more: another one must bring them whole. */
  #ended(connection: Connection, epoch: number): void {
    for (const topic of this.#topics) {
      if (topic.connection !== connection || topic.repair === undefined || topic.epoch !== epoch) continue;
      topic.epoch = -1;
      this.#ports.onReconnect(topic.instrument);
      connection.renew(topic.name);
    }
  }

  /** A frame without a topic's name. Text goes to the decoder, which counts it by what is wrong with it. */
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

  #lost(connection: Connection, code: Code, detail: string, isBroken: boolean): void {
    this.#say(problem(code, `${connection.url}: ${detail}`));
    if (!isBroken) return;
    const begun = this.#standing(connection);
    for (const { connection: own, instrument } of this.#topics) {
      if (own !== connection || begun.has(instrument)) continue;
      begun.add(instrument);
      this.#ports.onReconnect(instrument);
    }
  }

  /** Instruments whose books stand on the line that has taken over: they lost nothing. */
  #standing(connection: Connection): Set<number> {
    const instruments = new Set<number>();
    for (const { connection: own, instrument, repair, epoch } of this.#topics) {
      if (own === connection && repair !== undefined && epoch > 0 && epoch === connection.epoch)
        instruments.add(instrument);
    }
    return instruments;
  }

  #say(p: Problem): void {
    this.#problem = p;
    this.#ports.problem(p);
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
      refused: (name, said) => this.#say(problem(Code.SubscribeRefused, `${name}: ${said}`)),
      lost: (from, code, detail, isBroken) => this.#lost(from, code, detail, isBroken),
      ended: (from, epoch) => this.#ended(from, epoch),
    });
    this.#connections.push(connection);
    if (this.#isRunning) connection.start(this.#ports.nowUs());
    return connection;
  }

  /** A connection that nobody wants a topic of is closed. */
  #dropEmpty(): void {
    for (let n = this.#connections.length - 1; n >= 0; n--) {
      const connection = this.#connections[n] as Connection;
      if (!connection.empty) continue;
      connection.stop();
      this.#reconnects += connection.reconnects;
      this.#connections.splice(n, 1);
    }
  }
}
