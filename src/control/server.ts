/** The HTTP interface: one Elysia application behind the door, one WebSocket, on one port. */

import type { Server, WebSocketHandler } from "bun";
import { Elysia } from "elysia";
import { AssertionFailed } from "../core/assert.ts";
import { Code, codeName } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { TradingRecord } from "../model/record.ts";
import { readBody } from "./body.ts";
import { ControlContext } from "./context.ts";
import { Door } from "./door.ts";
import { Facts } from "./facts.ts";
import { HttpMetrics } from "./http_metrics.ts";
import { fromProblem, HttpProblem, httpProblem, problemResponse } from "./http_problem.ts";
import type { ClosedBar, ControlListener } from "./listener.ts";
import type { ControlPorts } from "./ports.ts";
import { RouteTable } from "./route_table.ts";
import { addHistoryRoutes } from "./routes_history.ts";
import { addInstanceRoutes, addStrategyRoutes } from "./routes_instances.ts";
import { addMarketRoutes } from "./routes_market.ts";
import { addMoneyRoutes } from "./routes_money.ts";
import { addExecutionRoutes, addOrderRoutes } from "./routes_orders.ts";
import { addPageRoutes, type PageAssets } from "./routes_pages.ts";
import { addReconcileRoutes } from "./routes_reconcile.ts";
import { addRiskRoutes } from "./routes_risk.ts";
import { addSessionRoutes } from "./routes_session.ts";
import { addSystemRoutes } from "./routes_system.ts";
import { Sessions } from "./sessions.ts";
import { StreamHub } from "./stream.ts";
import type { StreamData } from "./stream_reader.ts";
import { validationProblem } from "./validation.ts";

export interface ControlOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly pageAssets?: () => Promise<PageAssets>;
  /** Hears of faults of our own (answers of 500), for the log. */
  readonly onFault?: (error: unknown, where: string) => void;
}

export interface Control {
  /** `http://host:port` */
  readonly url: string;
  readonly port: number;
  readonly listener: ControlListener;
  /** Every route that exists. */
  readonly routes: RouteTable;
  /** A one-time code for POST /api/v1/login, good for ten minutes. */
  loginCode(): string;
  /** The same as a request over the port, in the process; streams need the port. */
  handle(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

const STREAM_PATH = "/api/v1/stream";
const IDLE_SECONDS = 60;
/** Bodies are bounded while they are read; this is only where Bun itself would cut in, without our words. */
const BUN_BODY_FACTOR = 256;
const SNAPSHOT_ROOM = 64;
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const HEADERS: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
];

/** Listens at once; whether the gateway is ready is the ports' health to say. Throws ProblemError PortTaken. */
export function startControl(ports: ControlPorts, options: ControlOptions): Control {
  return new ControlServer(ports, options);
}

class ControlServer implements Control {
  readonly listener: ControlListener;
  readonly routes: RouteTable;
  readonly url: string;
  readonly port: number;
  readonly #ctx: ControlContext;
  readonly #sessions: Sessions;
  readonly #door: Door;
  readonly #facts = new Facts();
  readonly #metrics = new HttpMetrics();
  readonly #stream: StreamHub;
  readonly #app: Elysia;
  readonly #server: Server<StreamData>;

  constructor(
    ports: ControlPorts,
    readonly options: ControlOptions,
  ) {
    const nowUs = () => ports.nowUs();
    this.#ctx = new ControlContext(ports);
    this.#sessions = new Sessions(this.#ctx.limits, ports.token, nowUs);
    this.#door = new Door(this.#ctx.limits, this.#sessions, options.host, nowUs);
    this.#stream = new StreamHub(this.#ctx, this.#sessions);
    this.#app = this.#makeApp();
    this.routes = new RouteTable(this.#app.routes.map(({ method, path }) => ({ method, path })));
    this.listener = {
      onRecord: (record) => this.#onRecord(record),
      onBar: (bar) => this.#onBar(bar),
    };
    this.#server = this.#listen();
    this.port = this.#server.port ?? options.port;
    this.url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${this.port}`;
    this.#stream.start();
  }

  loginCode(): string {
    return this.#sessions.loginCode();
  }

  handle(request: Request): Promise<Response> {
    return this.#answer(request, "in-process");
  }

  async stop(): Promise<void> {
    this.#stream.stop();
    this.#ctx.stop();
    await this.#server.stop(true);
  }

  #onRecord(record: Readonly<TradingRecord>): void {
    this.#ctx.memory.onRecord(record);
    this.#stream.onRecord(record);
    this.#ctx.onRecord();
  }

  #onBar(bar: ClosedBar): void {
    this.#ctx.memory.onBar(bar);
    this.#stream.onBar(bar);
  }

  #makeApp(): Elysia {
    const { ports } = this.#ctx;
    // `normalize: false`: unknown fields are refused, not silently taken away.
    const app = new Elysia({ normalize: false, systemRouter: false, nativeStaticResponse: false });
    app.onParse(({ request }) => this.#facts.body(request) as object);
    app.onError(({ code, error, request }) => this.#problemOf(code, error, request));
    addSystemRoutes(app, this.#ctx, () => this.#metrics.samples(this.#door, this.#sessions, this.#stream.figures));
    addMarketRoutes(app, this.#ctx);
    addOrderRoutes(app, this.#ctx);
    addExecutionRoutes(app, this.#ctx);
    addMoneyRoutes(app, this.#ctx);
    addHistoryRoutes(app, this.#ctx);
    addRiskRoutes(app, this.#ctx);
    addReconcileRoutes(app, this.#ctx);
    addStrategyRoutes(app, this.#ctx);
    addInstanceRoutes(app, this.#ctx);
    addSessionRoutes(app, this.#sessions, this.#facts);
    addPageRoutes(app, ports.version, this.options.pageAssets);
    return app;
  }

  #listen(): Server<StreamData> {
    const { host, port } = this.options;
    const { limits } = this.#ctx;
    const websocket: WebSocketHandler<StreamData> = {
      maxPayloadLength: limits.bodyBytesMax,
      // The reader's own bound comes first; this one only leaves room for a whole set of snapshots.
      backpressureLimit: SNAPSHOT_ROOM * limits.streamBufferBytesMax,
      perMessageDeflate: false,
      open: (socket) => this.#stream.open(socket),
      message: (socket, message) => this.#stream.message(socket, message),
      close: (socket) => this.#stream.close(socket),
    };
    try {
      return Bun.serve<StreamData>({
        hostname: host,
        port,
        idleTimeout: IDLE_SECONDS,
        maxRequestBodySize: BUN_BODY_FACTOR * limits.bodyBytesMax,
        development: false,
        // Outside of development Bun would share the port with whoever has it: two gateways behind one address.
        reusePort: false,
        fetch: (request, server) => this.#fetch(request, server),
        error: (error) => this.#finish(problemResponse(this.#fault(error, "server"), "")),
        websocket,
      });
    } catch (error) {
      if ((error as { code?: string }).code === "EADDRINUSE") {
        throw new ProblemError(problem(Code.PortTaken, `${host}:${port} is in use`));
      }
      throw error;
    }
  }

  #fetch(request: Request, server: Server<StreamData>): Promise<Response | undefined> | Response | undefined {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== STREAM_PATH || request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return this.#answer(request, server.requestIP(request)?.address ?? "");
    }
    try {
      const { session } = this.#door.admitStream(request, searchParams.get("ticket"));
      if (this.#stream.isFull) throw httpProblem(Code.TooManyRequests, "too many streams are open");
      if (server.upgrade(request, { data: { session } })) return undefined;
      throw httpProblem(Code.BodyInvalid, "the WebSocket handshake is broken", { status: 400 });
    } catch (error) {
      const answer = error instanceof HttpProblem ? error : this.#fault(error, STREAM_PATH);
      this.#metrics.count("GET", STREAM_PATH, answer.status, 0);
      return this.#finish(problemResponse(answer, pathname));
    }
  }

  async #answer(request: Request, peer: string): Promise<Response> {
    const started = performance.now();
    const { pathname } = new URL(request.url);
    const method = request.method === "HEAD" ? "GET" : request.method;
    let response: Response;
    try {
      response = await this.#route(request, method, pathname, peer);
    } catch (error) {
      response = problemResponse(error instanceof HttpProblem ? error : this.#fault(error, pathname), pathname);
    }
    const route = this.routes.find(pathname)?.path ?? "none";
    const seconds = (performance.now() - started) / 1_000;
    this.#metrics.count(METHODS.has(method) ? method : "other", route, response.status, seconds);
    return this.#finish(response, request.method === "HEAD");
  }

  async #route(request: Request, method: string, pathname: string, peer: string): Promise<Response> {
    const principal = this.#door.admit(request, method, pathname);
    if (pathname === STREAM_PATH) throw httpProblem(Code.BodyInvalid, "this is a WebSocket", UPGRADE);
    const known = this.routes.find(pathname);
    if (known === undefined)
      throw httpProblem(Code.NotFound, `there is nothing at ${pathname}`, { hint: "see /api/docs" });
    if (!known.methods.includes(method)) {
      const allow = known.methods.join(", ");
      throw httpProblem(Code.MethodNotAllowed, `${method} is not for ${known.path}`, {
        hint: `it takes ${allow}`,
        headers: { allow },
      });
    }
    const body = await readBody(request, this.#ctx.limits.bodyBytesMax);
    const routed = withoutBody(request, method, body === undefined);
    this.#facts.note(routed, { peer, principal, body });
    return this.#app.handle(routed);
  }

  /** What Elysia and the handlers throw, as a problem. */
  #problemOf(code: string | number, error: unknown, request: Request): Response {
    const { pathname } = new URL(request.url);
    if (error instanceof HttpProblem) return problemResponse(error, pathname);
    if (error instanceof ProblemError) return problemResponse(fromProblem(error.problem), pathname);
    const invalid = validationProblem(code, error);
    return problemResponse(invalid ?? this.#fault(error, pathname), pathname);
  }

  /** A mistake of ours: told to the log, not to the client. */
  #fault(error: unknown, where: string): HttpProblem {
    this.options.onFault?.(error, where);
    const code = error instanceof AssertionFailed ? error.code : Code.InvariantBroken;
    const name = codeName(code);
    return new HttpProblem(500, name, "an internal error; the log has it", "report this with the log");
  }

  #finish(response: Response, withoutBody = false): Response {
    const { headers } = response;
    for (const [name, value] of HEADERS) headers.set(name, value);
    if (!headers.has("content-security-policy")) headers.set("content-security-policy", POLICY);
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
    return withoutBody ? new Response(null, { status: response.status, headers }) : response;
  }
}

/** The body was read already: Elysia gets it as a value, and must not look for it again. */
function withoutBody(request: Request, method: string, isEmpty: boolean): Request {
  const headers = new Headers(request.headers);
  if (isEmpty) headers.delete("content-type");
  return new Request(request.url, { method, headers });
}

const UPGRADE = { status: 426, hint: "connect with a WebSocket client", headers: { upgrade: "websocket" } };
const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
