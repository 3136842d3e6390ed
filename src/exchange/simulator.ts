/** The venue simulator: one listener that serves the venues asked for over one feed. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { BinanceTrading } from "./binance/binance_trading.ts";
import { BybitExchange } from "./bybit/bybit_exchange.ts";
import { CapturedFeed } from "./captured_feed.ts";
import { type FaultShares, Faults } from "./faults.ts";
import { binanceOf, type Feed, marketsOf, type ServedVenue, type SimVenue } from "./feed.ts";
import { Hub } from "./hub.ts";
import type { Message } from "./message.ts";
import { OkxTrading } from "./okx/okx_trading.ts";
import { Pacer } from "./pacer.ts";
import { RestDesk } from "./rest_desk.ts";
import { routeOf } from "./routes.ts";
import { readInfoFile } from "./saved_info.ts";
import type { AccountSpec } from "./trading/account.ts";
import type { TradingSide } from "./trading_side.ts";
import { TradingSides } from "./trading_sides.ts";
import { upgradeAnswer } from "./wire.ts";

export interface SimulatorOptions {
  readonly venues: readonly ServedVenue[];
  /** Capture files, or a feed that is there already. */
  readonly feed: readonly string[] | Feed;
  /** Feed seconds in a second; 0: as fast as clients read. Usually 1. */
  readonly speed?: number;
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  readonly seed?: number;
  /** Shares by kind (`faults.ts`). */
  readonly faults?: Message;
  readonly loop?: boolean;
  /** Usual for files: nothing is taken from the feed before the first subscription. */
  readonly start?: "on-subscribe" | "now";
  /** Saved exchangeInfo answers, of either venue. */
  readonly exchangeInfoFiles?: readonly string[];
  readonly pingMs?: number;
  readonly pongMs?: number;
  /** Weight a minute, in place of the venue's. */
  readonly weightMax?: number;
  /** Accounts that may trade; none: market data only. */
  readonly accounts?: readonly AccountSpec[];
  /** PEM texts: serves https and wss instead of http and ws. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Called once at the end of a feed that ends. */
  readonly onEnd?: (status: SimulatorStatus) => void;
  readonly nowMs?: () => number;
  readonly wallMs?: () => number;
}

export interface SimulatorStatus {
  readonly venues: readonly ServedVenue[];
  readonly symbols: readonly string[];
  /** True when the feed is at its end: sockets stay open, nothing more comes. */
  readonly done: boolean;
  readonly isRunning: boolean;
  /** Frames taken from the feed in this turn and before; `frames` in one turn, 0 without end. */
  readonly position: number;
  readonly frames: number;
  readonly turns: number;
  readonly timeUs: number;
  /** Frames of the feed that went to the channels, and messages that went to clients. */
  readonly framesSent: number;
  readonly messagesSent: number;
  readonly connections: number;
  readonly open: number;
  readonly subscribers: number;
  readonly slowClosed: number;
  readonly silentClosed: number;
  readonly requests: number;
  readonly requestsRefused: number;
  readonly linesSetAside: number;
  readonly faults: FaultShares;
  /** The same by venue, without zeros. */
  readonly faultsByVenue: Readonly<Record<string, Partial<FaultShares>>>;
  /** Private connections that are open; names of the accounts. */
  readonly privateOpen: number;
  readonly accounts: readonly string[];
}

export interface Simulator {
  readonly host: string;
  readonly port: number;
  /** Base of REST: `/api/v3/…`, `/fapi/v1/…`. */
  readonly url: string;
  /** Base of sockets: spot `/ws`, `/stream`; USD-M `/public/…`, `/market/…` or `/usdm/ws`, `/usdm/stream`. */
  readonly wsUrl: string;
  readonly problems: readonly Problem[];
  /** The trading side, where there are accounts. */
  readonly trading: TradingSides | undefined;
  status(): SimulatorStatus;
  /** Changes shares, where some are given; answers how often each fault has befallen. */
  faults(change?: Message): FaultShares;
  stop(): Promise<void>;
}

const PING_MS = 20_000;
const PONG_MS = 60_000;
/** How often timers of orders are looked at. */
const CLOCK_MS = 10;
const BODY_BYTES_MAX = 64 << 10;

/** Throws ProblemError: a file that cannot be read, a capture of another venue, a port that is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  assert(options.venues.length > 0, Code.ValueOutOfRange);
  const running = new RunningSimulator(options);
  await running.listen();
  return running;
}

class RunningSimulator implements Simulator {
  readonly host: string;
  readonly hub: Hub;
  readonly desk: RestDesk;
  readonly pacer: Pacer;
  readonly trading: TradingSides | undefined;
  readonly #faults = new Faults();
  readonly #feed: Feed;
  readonly #server: Server;
  readonly #nowMs: () => number;
  readonly #sockets = new Set<Duplex>();
  #beat: ReturnType<typeof setInterval> | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #messagesOfGone = 0;

  constructor(readonly options: SimulatorOptions) {
    const { venues, feed, seed = 1 } = options;
    const wrong = this.#faults.change(options.faults ?? {});
    if (wrong !== undefined) throw new ProblemError(wrong);
    this.host = options.host ?? "127.0.0.1";
    this.#nowMs = options.nowMs ?? (() => performance.now());
    const wallMs = options.wallMs ?? (() => Date.now());
    this.#feed = isFeed(feed) ? feed : new CapturedFeed(feed, marketsOf(venues));
    const savedInfo = new Map((options.exchangeInfoFiles ?? []).map(readInfoFile).map((i) => [i.venue, i.info]));
    const speed = options.speed ?? 1;
    this.hub = new Hub({
      feed: this.#feed,
      faults: this.#faults,
      seed,
      pingMs: options.pingMs ?? PING_MS,
      pongMs: options.pongMs ?? PONG_MS,
      nowMs: this.#nowMs,
      onFirstSubscriber: () => this.pacer.start(),
      onTaken: (frame, taken, market) => this.trading?.onFrame(frame, taken, market),
      onGone: (sent) => {
        this.#messagesOfGone += sent;
      },
    });
    this.pacer = new Pacer(this.#feed, {
      speed,
      loop: options.loop ?? false,
      nowMs: this.#nowMs,
      mayGoOn: () => this.hub.mayGoOn(),
      onFrame: (frame) => this.hub.publish(frame, speed === 0),
      onRewind: () => this.hub.restart(),
      onEnd: () => options.onEnd?.(this.status()),
    });
    this.trading = this.#openTrading(savedInfo, wallMs);
    this.desk = new RestDesk({
      hub: this.hub,
      faults: this.#faults,
      venues: binanceOf(venues),
      seed,
      savedInfo,
      weightMax: options.weightMax,
      status: () => this.status(),
      trading: this.trading,
      serverMs: () => Math.floor(this.hub.clockUs / 1_000),
      wallMs,
    });
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      // A client that hangs up within its own request is no matter of ours; anything else must show.
      this.#onRequest(request, response).catch((error: unknown) => {
        response.destroy();
        if (!request.destroyed) throw error;
      });
    };
    const { tls } = options;
    this.#server = tls === undefined ? createServer(onRequest) : createSecureServer(tls, onRequest);
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#onUpgrade(request, socket, head);
    });
    this.#server.on("connection", (socket: Duplex) => this.#track(socket));
  }

  get port(): number {
    const address = this.#server.address();
    assert(typeof address === "object", Code.InvariantBroken);
    return present(address).port;
  }

  get url(): string {
    return `${this.options.tls === undefined ? "http" : "https"}://${this.host}:${this.port}`;
  }

  get wsUrl(): string {
    return `${this.options.tls === undefined ? "ws" : "wss"}://${this.host}:${this.port}`;
  }

  get problems(): readonly Problem[] {
    return this.#feed.problems;
  }

  async listen(): Promise<void> {
    const { port = 0, start } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        const taken = error.code === "EADDRINUSE";
        const detail = taken ? `port ${port} of ${this.host} is taken` : `cannot listen on ${this.host}:${port}`;
        reject(new ProblemError(problem(taken ? Code.PortTaken : Code.SocketRefused, detail)));
      });
      this.#server.listen(port, this.host, resolve);
    });
    this.#beat = setInterval(() => {
      this.hub.beat();
      this.trading?.beat();
    }, this.hub.ends.pingMs);
    if (this.trading !== undefined) this.#clock = setInterval(() => this.trading?.advance(), CLOCK_MS);
    if (start === "now") this.pacer.start();
  }

  status(): SimulatorStatus {
    const { hub, pacer, desk } = this;
    let messagesSent = this.#messagesOfGone;
    for (const peer of [...hub.peers, ...hub.guests]) messagesSent += peer.sent;
    return {
      venues: this.options.venues,
      symbols: this.#feed.listings.map(({ venue, symbol }) => `${venue} ${symbol}`),
      done: pacer.isDone,
      isRunning: pacer.isRunning,
      position: pacer.taken,
      frames: this.#feed.frameCount,
      turns: pacer.turns,
      timeUs: hub.timeUs,
      framesSent: hub.framesSent,
      messagesSent,
      connections: hub.connections,
      open: hub.peers.size,
      subscribers: hub.subscribers,
      slowClosed: hub.slowClosed,
      silentClosed: hub.silentClosed,
      requests: desk.requests,
      requestsRefused: desk.refused,
      linesSetAside: this.#feed.problems.length,
      faults: this.#faults.counts,
      faultsByVenue: this.#faults.countsByVenue,
      privateOpen: this.trading?.privateOpen ?? 0,
      accounts: this.trading?.accountNames() ?? [],
    };
  }

  faults(change: Message = {}): FaultShares {
    const wrong = this.#faults.change(change);
    if (wrong !== undefined) throw new ProblemError(wrong);
    return this.#faults.counts;
  }

  async stop(): Promise<void> {
    clearInterval(this.#beat);
    clearInterval(this.#clock);
    this.trading?.close();
    this.pacer.stop();
    for (const peer of [...this.hub.peers]) peer.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Undefined without accounts, but for dialects whose public side is theirs too. */
  #openTrading(savedInfo: ReadonlyMap<SimVenue, Message>, wallMs: () => number): TradingSides | undefined {
    const { venues, seed = 1, accounts = [] } = this.options;
    const sides: TradingSide[] = [];
    const steadyMs = this.#nowMs;
    const common = { hub: this.hub, accounts, seed, wallMs, steadyMs };
    if (accounts.length > 0 && binanceOf(venues).length > 0) sides.push(this.#openBinance(savedInfo, wallMs));
    if (venues.includes("okx")) sides.push(new OkxTrading({ ...common, faults: this.#faults.at("okx") }));
    if (venues.includes("bybit")) sides.push(new BybitExchange({ ...common, faults: this.#faults.at("bybit") }));
    return sides.length === 0 ? undefined : new TradingSides(sides);
  }

  #openBinance(savedInfo: ReadonlyMap<SimVenue, Message>, wallMs: () => number): TradingSide {
    const { venues, seed = 1, accounts = [] } = this.options;
    return new BinanceTrading({
      hub: this.hub,
      faults: this.#faults,
      venues: binanceOf(venues),
      accounts,
      seed,
      savedInfo,
      budget: (venue) => this.desk.budgetOf(venue),
      publicAnswer: (request) => this.desk.answer(request),
      wallMs,
      steadyMs: this.#nowMs,
    });
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#track(socket);
    const key = request.headers["sec-websocket-key"];
    const path = request.url ?? "/";
    if (typeof key === "string" && key !== "" && this.trading?.isOwnPath(path) === true) {
      socket.write(upgradeAnswer(key));
      return this.trading.accept(socket, path, head);
    }
    const route = routeOf(path, binanceOf(this.options.venues));
    if (typeof key !== "string" || key === "" || route?.kind !== "socket")
      return refuseUpgrade(socket, "404 Not Found");
    if (this.hub.isFull) return refuseUpgrade(socket, "429 Too Many Requests");
    socket.write(upgradeAnswer(key));
    const peer = this.hub.accept(socket, route.venue, route.route, route.path);
    // Some clients talk before they have read the answer.
    if (head.length > 0) peer.receive(head);
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413, { Connection: "close" }).end();
      return;
    }
    const path = routeOf(request.url ?? "/", binanceOf(this.options.venues))?.path ?? (request.url as string);
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
    const answer = this.desk.answer({ method: request.method ?? "GET", path, body, headers });
    if (answer.isLost === true) {
      request.socket.destroy();
      return;
    }
    if (answer.delayMs > 0) await Bun.sleep(answer.delayMs);
    const length = String(Buffer.byteLength(answer.body));
    const fixed = { "Content-Type": "application/json;charset=UTF-8", "Content-Length": length };
    response.writeHead(answer.status, { ...fixed, ...answer.headers });
    response.end(answer.body);
  }
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function isFeed(feed: SimulatorOptions["feed"]): feed is Feed {
  return !Array.isArray(feed);
}

/** Undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length > BODY_BYTES_MAX) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString("utf8");
}
