/** A real server with the routes the page needs, over a small changing data set: `bun src/ui/dev_server.testing.ts`. */

import type { Server, ServerWebSocket } from "bun";
import type { Channel, StreamMessage, StreamRequest } from "../control/views.ts";
import { DevData } from "./dev_data.testing.ts";
import { pageAssets } from "./page.ts";

export const DEV_TOKEN = "dev-token";
export const DEV_CODE = "dev-code";
const COOKIE = "meltica_session=dev";
const REPLAY_MAX = 64;
const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

interface Reader {
  channels: Set<string>;
}

export class DevServer {
  readonly data = new DevData();
  /** Requests that were made with a change, by path: what the page really sent. */
  readonly changes: { method: string; path: string; body: unknown }[] = [];
  /** Subscriptions as they came. */
  readonly subscribed: StreamRequest[] = [];
  /** Answers 401 until someone logs in. */
  locked = false;
  /** Refuses sockets, as a gateway that is away would. */
  refuseStreams = false;
  /** A list that fails, by its path. */
  broken = "";
  readonly #readers = new Set<ServerWebSocket<Reader>>();
  readonly #buffers = new Map<Channel, StreamMessage[]>();
  readonly #sequences = new Map<Channel, number>();
  #server: Server<Reader> | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];

  async start(port = 0): Promise<string> {
    const assets = await pageAssets();
    const file = (text: string, type: string) => () =>
      new Response(text, { headers: { "content-type": type, "content-security-policy": CSP } });
    this.#server = Bun.serve<Reader>({
      hostname: "127.0.0.1",
      port,
      routes: {
        "/": file(assets.html, "text/html; charset=utf-8"),
        "/assets/page.js": file(assets.js, "text/javascript; charset=utf-8"),
        "/assets/page.css": file(assets.css, "text/css; charset=utf-8"),
        "/assets/icon.svg": file(assets.icon, "image/svg+xml"),
      },
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        message: (socket, text) => this.#request(socket, JSON.parse(String(text)) as StreamRequest),
        open: (socket) => void this.#readers.add(socket),
        close: (socket) => void this.#readers.delete(socket),
      },
    });
    this.run();
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** Lets time pass; `freeze` stops it, for pictures. */
  run(): void {
    this.freeze();
    this.#timers = [
      setInterval(() => this.publish(this.data.step()), 100),
      setInterval(() => this.publish(this.data.second()), 1_000),
    ];
  }

  freeze(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  async stop(): Promise<void> {
    this.freeze();
    await this.#server?.stop(true);
  }

  /** Cuts every stream, as a network does. */
  dropStreams(): void {
    for (const reader of this.#readers) reader.terminate();
  }

  /** Loses one message of a channel: its sequence rises, nobody hears it. */
  skip(channel: Channel): void {
    this.#sequences.set(channel, (this.#sequences.get(channel) ?? 0) + 1);
    this.#buffers.delete(channel);
  }

  publish(changes: Partial<Record<Channel, unknown[]>>): void {
    for (const [name, data] of Object.entries(changes)) {
      const channel = name as Channel;
      if (data === undefined || data.length === 0) continue;
      const seq = (this.#sequences.get(channel) ?? 0) + 1;
      this.#sequences.set(channel, seq);
      const message: StreamMessage = { channel, type: "update", seq, record: 0, data };
      const buffer = this.#buffers.get(channel) ?? [];
      buffer.push(message);
      this.#buffers.set(channel, buffer.slice(-REPLAY_MAX));
      const text = JSON.stringify(message);
      for (const reader of this.#readers) if (reader.data.channels.has(channel)) reader.send(text);
    }
  }

  #request(socket: ServerWebSocket<Reader>, request: StreamRequest): void {
    const channels = (request.channels ?? []) as Channel[];
    if (request.op === "ping") {
      socket.send(JSON.stringify({ channel: "status", type: "pong", seq: 0, record: 0, data: [] }));
      return;
    }
    if (request.op === "unsubscribe") {
      for (const channel of channels) socket.data.channels.delete(channel);
      return;
    }
    this.subscribed.push(request);
    for (const channel of channels) {
      socket.data.channels.add(channel);
      const held = this.#held(channel, request.resume?.[channel]);
      for (const message of held ?? [this.#snapshot(channel)]) socket.send(JSON.stringify(message));
    }
  }

  /** Messages after `seq`, or undefined when they are not all held any more. */
  #held(channel: Channel, seq: number | undefined): StreamMessage[] | undefined {
    const last = this.#sequences.get(channel) ?? 0;
    if (seq === undefined || seq > last) return undefined;
    const after = (this.#buffers.get(channel) ?? []).filter((message) => message.seq > seq);
    return after.length === last - seq ? after : undefined;
  }

  #snapshot(channel: Channel): StreamMessage {
    const { data } = this;
    const rows: Record<Channel, readonly unknown[]> = {
      quotes: data.quotes(),
      bars: [],
      orders: data.empty ? [] : data.orders.slice(-100),
      fills: data.empty ? [] : data.fills.slice(-100),
      positions: data.positions(),
      pnl: data.empty ? [] : data.pnl.slice(-1),
      status: [data.status()],
    };
    const seq = this.#sequences.get(channel) ?? 0;
    return { channel, type: "snapshot", seq, record: 0, data: rows[channel] };
  }

  async #answer(request: Request, server: Server<Reader>): Promise<Response | undefined> {
    const url = new URL(request.url);
    const path = url.pathname.replace("/api/v1", "");
    if (path === "/login") return this.#login(request);
    if (this.locked && !(request.headers.get("cookie") ?? "").includes(COOKIE)) {
      return problem(
        401,
        "Unauthorized",
        "A token or a session is needed.",
        "Open the link that `meltica up` printed.",
      );
    }
    if (path === "/stream") {
      if (this.refuseStreams) return problem(503, "NotReady", "No stream now.", "");
      const upgraded = server.upgrade(request, { data: { channels: new Set<string>() } });
      return upgraded ? undefined : problem(400, "BodyInvalid", "Not a WebSocket.", "");
    }
    return request.method === "GET" ? this.#read(path, url.searchParams) : this.#change(request, path);
  }

  async #login(request: Request): Promise<Response> {
    const body = (await request.json()) as { code?: string; token?: string };
    if (body.code !== DEV_CODE && body.token !== DEV_TOKEN) {
      return problem(401, "Unauthorized", "The token is not valid.", "Read it again: cat meltica-data/token");
    }
    return Response.json({}, { headers: { "set-cookie": `${COOKIE}; HttpOnly; SameSite=Strict; Path=/` } });
  }

  #read(path: string, query: URLSearchParams): Response {
    const { data } = this;
    const page = (items: readonly unknown[]) => Response.json({ items, next: null, record: 0 });
    if (path === this.broken) return problem(500, "EngineStalled", "The engine does not answer.", "Look at the log.");
    if (path === "/status") return Response.json(data.status());
    if (path === "/instances") return page(data.instances());
    if (path === "/balances") return page(data.balances());
    if (path === "/accounts") return page(data.accounts());
    if (path === "/pnl") return this.#history(query);
    if (path === "/risk/state") return Response.json(data.risk());
    return problem(404, "NotFound", `There is no ${path}.`, "");
  }

  /** The curve since a time, in pages, as the gateway gives it. */
  #history(query: URLSearchParams): Response {
    const whole = (name: string, usual: number) => Number.parseInt(query.get(name) ?? String(usual), 10);
    const points = this.data.empty ? [] : this.data.pnl.filter((point) => point.time.us >= whole("since", 0));
    const at = whole("cursor", 0);
    const end = at + whole("limit", 100);
    const next = end < points.length ? String(end) : null;
    return Response.json({ items: points.slice(at, end), next, record: 0 });
  }

  async #change(request: Request, path: string): Promise<Response> {
    if (request.headers.get("x-meltica") !== "1") return problem(403, "Forbidden", "X-Meltica: 1 is missing.", "");
    const text = await request.text();
    const body = text === "" ? undefined : (JSON.parse(text) as { why?: string });
    this.changes.push({ method: request.method, path, body });
    const { data } = this;
    if (path === "/risk/kill") this.publish(data.kill(body?.why ?? ""));
    else if (path === "/risk/resume") this.publish(data.resume());
    else if (path === "/orders/cancel-all") {
      for (const order of data.orders) this.publish(data.cancel(order.id));
    } else if (path.startsWith("/orders/")) {
      const changed = data.cancel(Number(path.split("/")[2]) /* number-ok: an order number */);
      if (changed.orders === undefined) return problem(404, "NotFound", "That order is not open any more.", "");
      this.publish(changed);
    } else {
      const [, name, action] = path.split("/").slice(1).map(decodeURIComponent);
      const at = data.instances().findIndex((instance) => instance.name === name);
      if (at < 0) return problem(404, "NotFound", `There is no ${path}.`, "");
      data.statuses[at] = action === "pause" ? "paused" : action === "stop" ? "stopped" : "running";
    }
    return Response.json({ record: 1 });
  }
}

function problem(status: number, code: string, detail: string, hint: string): Response {
  const body = JSON.stringify({ type: "about:blank", title: code, status, code, detail, hint });
  return new Response(body, { status, headers: { "content-type": "application/problem+json" } });
}

if (import.meta.main) {
  const url = await new DevServer().start(8_890);
  process.stdout.write(`${url}\n`);
}
