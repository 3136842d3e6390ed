/** Test venues behind real sockets: one HTTP and WebSocket server for many of them, and a cable that can be cut. */

import net from "node:net";
import type { ServerWebSocket } from "bun";
import { type TestVenue, VenuePeer } from "./session_venue.testing.ts";

interface PeerData {
  readonly venue: TestVenue;
  readonly path: string;
  peer: VenuePeer | undefined;
}

export function wallUs(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1_000);
}

/** Each venue has a name, which is the first part of its paths: `ws://host/<name>/stream`. */
export class VenueServer {
  readonly venues = new Map<string, TestVenue>();
  /** Payloads of the pongs that came. */
  readonly pongs: string[] = [];
  /** A venue's delays are in its own time; real ones are shorter by this. */
  readonly #delayDivisor = 30;
  readonly #server: Bun.Server<PeerData>;
  readonly #sockets = new Set<ServerWebSocket<PeerData>>();

  constructor() {
    this.#server = Bun.serve<PeerData>({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, server) => this.#fetch(request, server),
      websocket: {
        open: (socket) => this.#open(socket),
        message: (socket, text) => socket.data.peer?.hear(String(text), wallUs()),
        close: (socket) => {
          this.#sockets.delete(socket);
          const { peer, venue } = socket.data;
          if (peer === undefined) return;
          peer.closed = true;
          venue.peers.delete(peer);
        },
        pong: (_, payload) => {
          this.pongs.push(String(payload));
        },
      },
    });
  }

  get port(): number {
    return this.#server.port as number;
  }

  ping(payload: string): void {
    for (const socket of this.#sockets) socket.ping(payload);
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  #open(socket: ServerWebSocket<PeerData>): void {
    const { venue, path } = socket.data;
    this.#sockets.add(socket);
    const peer = new VenuePeer(venue, path, {
      send: (data) => {
        socket.send(data);
      },
      // Without this turn the close would overtake the frame that is being sent.
      close: (cut) => setTimeout(() => (cut ? socket.terminate() : socket.close(1001, "going away")), 0),
    });
    socket.data.peer = peer;
    venue.peers.add(peer);
  }

  async #fetch(request: Request, server: Bun.Server<PeerData>): Promise<Response | undefined> {
    const { pathname, searchParams } = new URL(request.url);
    const [, name = "", ...rest] = pathname.split("/");
    const venue = this.venues.get(name);
    if (venue === undefined) return new Response("no such venue", { status: 404 });
    const path = `/${rest.join("/")}`;
    if (server.upgrade(request, { data: { venue, path, peer: undefined } })) return undefined;
    const symbol = searchParams.get("symbol") ?? "";
    const answer = venue.depth(symbol, parseInt(searchParams.get("limit") ?? "", 10), wallUs());
    await Bun.sleep(answer.delayUs / 1_000 / this.#delayDivisor);
    venue.depthDone(symbol);
    return new Response(answer.text, { status: answer.status, headers: answer.headers });
  }
}

/** A TCP cable between client and server: passes bytes until it is cut, in the middle of whatever is on it, or frozen. */
export class Cable {
  /** Bytes from the server that a new connection passes before it is cut. */
  cutAfterBytes: () => number = () => Number.POSITIVE_INFINITY;
  frozen = false;
  cuts = 0;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  constructor(readonly target: number) {
    this.#server = net.createServer((client) => this.#join(client));
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => resolve((this.#server.address() as net.AddressInfo).port));
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: net.Socket): void {
    const server = net.connect(this.target, "127.0.0.1");
    let left = this.cutAfterBytes();
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on("data", (bytes) => {
      if (!this.frozen) server.write(bytes);
    });
    server.on("data", (bytes: Buffer) => {
      if (this.frozen || left <= 0) return;
      if (bytes.length < left) {
        left -= bytes.length;
        client.write(bytes);
        return;
      }
      client.write(bytes.subarray(0, left), end);
      left = 0;
      this.cuts++;
    });
  }
}
