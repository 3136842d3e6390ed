/** `meltica simulate`: Binance market data on loopback, spot and USD-M, from captured files or a synthetic market. */

import type { Server } from "bun";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { ProblemError, problem } from "../../core/problem.ts";
import { type FaultShares, Faults, NO_FAULTS, readFaults } from "./faults.ts";
import { readFrames } from "./file_feed.ts";
import type { EventFields, Frame } from "./frame.ts";
import { type Listing, listingsOf } from "./listing.ts";
import { MarketData } from "./market_data.ts";
import { type FrameSource, ListSource, Player } from "./player.ts";
import { RestServer } from "./rest.ts";
import { type Reader, type Socket, SocketHub } from "./sockets.ts";
import { SyntheticSource } from "./synthetic_feed.ts";

export type SimulatedMarket = "spot" | "usdm";

export interface SimulatorOptions {
  readonly market: SimulatedMarket;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Captured files; none = a synthetic market. */
  readonly files: readonly string[];
  /** Feed time per real time; 0 = as fast as readers can. */
  readonly speed: number;
  readonly seed: number;
  readonly faults?: FaultShares;
  /** `subscribe`: the feed waits until all kinds of its frames have a reader, or two seconds after the first one. */
  readonly start: "subscribe" | "now";
  /** Milliseconds since the epoch; the host's when not given. */
  readonly nowMs?: () => number;
}

export interface SimulatorStatus {
  readonly market: SimulatedMarket;
  readonly symbols: readonly string[];
  readonly started: boolean;
  readonly done: boolean;
  readonly frames: number;
  readonly sent: number;
  readonly readers: number;
  readonly share: number;
  readonly requests: number;
  readonly refused: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly books: Readonly<
    Record<string, { readonly lastUpdateId: number; readonly bids: number; readonly asks: number }>
  >;
}

export interface Simulator {
  /** Base of REST: `http://127.0.0.1:9100`. */
  readonly url: string;
  /** Base of the streams: `ws://127.0.0.1:9100`. */
  readonly wsUrl: string;
  readonly port: number;
  readonly data: MarketData;
  status(): SimulatorStatus;
  setFaults(shares: FaultShares): void;
  /** Resolves when the feed has ended. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** Nothing goes wrong in the last part of a feed: who follows it can then end where it ended. */
const QUIET_SHARE = 0.97;
const START_WAIT_MS = 2_000;
const PARTIAL_LEVELS: readonly number[] = [5, 10, 20];
const CONGESTION_IDLE_SECONDS = 60;
const BODY_BYTES_MAX = 64 << 10;

/** Throws ProblemError: a file that cannot be read, a port in use. */
export function startSimulator(options: SimulatorOptions): Simulator {
  return new BinanceSimulator(options);
}

class BinanceSimulator implements Simulator {
  readonly url: string;
  readonly wsUrl: string;
  readonly port: number;
  readonly data = new MarketData();
  readonly done: Promise<void>;
  readonly #faults: Faults;
  readonly #listings: readonly Listing[];
  readonly #kinds: readonly (readonly [string, Frame["kind"]])[];
  readonly #source: FrameSource;
  readonly #player: Player;
  readonly #hub: SocketHub;
  readonly #rest: RestServer;
  readonly #server: Server<Reader>;
  #startTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly options: SimulatorOptions) {
    const nowMs = options.nowMs ?? (() => performance.timeOrigin + performance.now()); // det-ok: a server's clock
    this.#faults = new Faults(options.faults ?? NO_FAULTS, options.seed);
    if (options.files.length > 0) {
      const frames = readFrames(options.files);
      this.data.seed(frames);
      this.#listings = listingsOf(frames);
      this.#kinds = kindsOf(frames);
      this.#source = new ListSource(frames);
    } else {
      const synthetic = new SyntheticSource(options.market, options.seed, nowMs(), options.speed);
      synthetic.seedInto(this.data);
      this.#listings = synthetic.listings;
      this.#kinds = [];
      this.#source = synthetic;
    }
    const symbols = new Set(this.#listings.map(({ symbol }) => symbol));
    this.#hub = new SocketHub(
      this.#faults,
      () => this.#maybeStart(),
      (symbol) => symbols.has(symbol),
    );
    this.#rest = new RestServer(options.market, this.data, this.#listings, this.#faults, nowMs);
    const ended = Promise.withResolvers<void>();
    this.done = ended.promise;
    // A synthetic market runs at its own rate: its speed is in the rate of its events.
    const speed = options.files.length > 0 ? options.speed : 1;
    this.#player = new Player(this.#source, speed, nowMs, {
      frame: (frame) => this.#onFrame(frame),
      congested: () => this.#hub.congested,
      ended: () => ended.resolve(),
    });
    this.#server = this.#listen();
    this.port = this.#server.port ?? options.port;
    this.url = `http://${options.host}:${this.port}`;
    this.wsUrl = `ws://${options.host}:${this.port}`;
    if (options.start === "now") this.#player.start();
  }

  status(): SimulatorStatus {
    const books = this.#listings.map(({ symbol }): [string, { lastUpdateId: number; bids: number; asks: number }] => [
      symbol,
      { lastUpdateId: this.data.lastUpdateId(symbol), ...this.data.levels(symbol) },
    ]);
    return {
      market: this.options.market,
      symbols: this.#listings.map(({ symbol }) => symbol),
      started: this.#player.started,
      done: this.#player.done,
      frames: this.#player.frames,
      sent: this.#hub.sent,
      readers: this.#hub.sockets.size,
      share: this.#source.share,
      requests: this.#rest.requests,
      refused: this.#rest.refused,
      faults: { ...this.#faults.counts },
      books: Object.fromEntries(books),
    };
  }

  setFaults(shares: FaultShares): void {
    this.#faults.shares = shares;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#startTimer);
    this.#player.stop();
    this.#hub.closeAll(true);
    await this.#server.stop(true);
  }

  #listen(): Server<Reader> {
    const { host, port } = this.options;
    try {
      return Bun.serve<Reader>({
        hostname: host,
        port,
        reusePort: false, // Bun would share the port with another simulator, silently.
        idleTimeout: CONGESTION_IDLE_SECONDS,
        fetch: (request, server) => this.#onRequest(request, server),
        websocket: {
          open: (socket: Socket) => this.#hub.opened(socket),
          close: (socket: Socket) => this.#hub.closed(socket),
          message: (socket: Socket, message) =>
            this.#hub.message(socket, typeof message === "string" ? message : new TextDecoder().decode(message)),
        },
      });
    } catch (error) {
      if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
      throw new ProblemError(problem(Code.PortTaken, `${host}:${port} is in use`));
    }
  }

  #onRequest(request: Request, server: Server<Reader>): Response | Promise<Response> | undefined {
    const url = new URL(request.url);
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return this.#upgrade(url, request, server);
    if (url.pathname === "/simulate/status") return Response.json(this.status());
    if (url.pathname === "/simulate/faults" && request.method === "POST") return this.#changeFaults(request);
    const answer = this.#rest.answer(url);
    return answer ?? Response.json({ code: -1000, msg: `no such path: ${url.pathname}` }, { status: 404 });
  }

  /** `/ws/a/b`, `/ws`, `/stream?streams=a/b`; USD-M also behind `/public`, `/market`. */
  #upgrade(url: URL, request: Request, server: Server<Reader>): Response | undefined {
    const path = url.pathname.replace(/^\/(?:public|market)(?=\/)/, "");
    const combined = path === "/stream";
    if (!combined && path !== "/ws" && !path.startsWith("/ws/")) return new Response("no such stream", { status: 404 });
    const text = combined ? (url.searchParams.get("streams") ?? "") : path.slice("/ws/".length);
    const reader = this.#hub.reader(
      combined,
      text.split("/").filter((name) => name !== ""),
    );
    if (reader === undefined) return new Response("unknown stream", { status: 400 });
    return server.upgrade(request, { data: reader }) ? undefined : new Response("no upgrade", { status: 400 });
  }

  async #changeFaults(request: Request): Promise<Response> {
    try {
      const text = await request.text();
      assert(text.length <= BODY_BYTES_MAX, Code.BodyTooLarge);
      this.setFaults(readFaults(JSON.parse(text) as Record<string, unknown>));
      return Response.json(this.#faults.shares);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return Response.json({ code: "BodyInvalid", detail }, { status: 422 });
    }
  }

  /** When all that the feed has is read by somebody, or two seconds after the first reader came. */
  #maybeStart(): void {
    if (this.#player.started) return;
    const all = this.#kinds.every(([symbol, kind]) => this.#hub.hasReaders(symbol, kind));
    if (all) return this.#player.start();
    this.#startTimer ??= setTimeout(() => this.#player.start(), START_WAIT_MS);
  }

  #onFrame(frame: Frame): void {
    if (frame.kind === "rest" || frame.symbol === "") return;
    this.data.take(frame);
    const mayFail = this.#source.share < QUIET_SHARE;
    this.#hub.publish(frame.symbol, frame.kind, 0, frame.data, mayFail);
    if (frame.kind === "trade" && this.#hub.hasReaders(frame.symbol, "aggTrade")) {
      this.#hub.publish(frame.symbol, "aggTrade", 0, aggregate(frame.data), mayFail);
    }
    if (frame.kind !== "depth") return;
    for (const levels of PARTIAL_LEVELS) {
      const top = this.data.depth(frame.symbol, levels);
      if (top !== undefined) this.#hub.publish(frame.symbol, "depth", levels, JSON.stringify(top), mayFail);
    }
  }
}

/** What a feed holds, by symbol and kind. */
function kindsOf(frames: readonly Frame[]): (readonly [string, Frame["kind"]])[] {
  const found = new Map<string, readonly [string, Frame["kind"]]>();
  for (const { symbol, kind } of frames) {
    if (symbol !== "" && kind !== "rest" && kind !== "other") found.set(`${symbol} ${kind}`, [symbol, kind]);
  }
  return [...found.values()];
}

/** One trade as an aggregate of itself. */
function aggregate(data: string): string {
  const { s, t, p, q, T, m } = JSON.parse(data) as EventFields;
  assert(t !== undefined, Code.FieldMissing);
  return JSON.stringify({ e: "aggTrade", E: T, s, a: t, p, q, f: t, l: t, T, m, M: true });
}
