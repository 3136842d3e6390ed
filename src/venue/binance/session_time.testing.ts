/** A virtual network for tests of the session, in virtual time. */

import type { FakeTime } from "../wire/fake_time.testing.ts";
import type { RestAnswer, RestClient } from "../wire/rest.ts";
import type { OpenSocket, Socket, SocketEvents } from "../wire/socket.ts";
import { type TestVenue, VenuePeer } from "./session_venue.testing.ts";

/** Sockets and HTTP between one session and a venue, with a delay each way; in order, as TCP is. */
export class FakeNetwork {
  /** Connections are refused, or never open. */
  refusing = false;
  hanging = false;
  /** The cable is out: nothing arrives, and nobody is told. */
  dead = false;
  opened = 0;
  delayUs = 5_000;
  /** Open sockets of the client, newest last. */
  readonly live: FakeSocket[] = [];

  constructor(
    readonly time: FakeTime,
    readonly venue: TestVenue,
  ) {}

  readonly openSocket: OpenSocket = (url, events) => {
    this.opened++;
    const socket = new FakeSocket(this, new URL(url).pathname, events);
    this.live.push(socket);
    return socket;
  };

  readonly rest: RestClient = {
    get: (url, done) => {
      const { searchParams } = new URL(url);
      const symbol = searchParams.get("symbol") as string;
      const limit = parseInt(searchParams.get("limit") as string, 10);
      const { time, venue } = this;
      const answer = venue.depth(symbol, limit, time.nowUs);
      time.at(time.nowUs + answer.delayUs + this.delayUs, () => {
        venue.depthDone(symbol);
        const { status, text, headers }: RestAnswer = answer;
        done({ status, text, headers });
      });
    },
  };
}

export class FakeSocket implements Socket {
  #peer: VenuePeer | undefined;
  #ended = false;
  pings = 0;

  constructor(
    readonly network: FakeNetwork,
    readonly path: string,
    readonly events: SocketEvents,
  ) {
    if (network.hanging) return;
    const { time } = network;
    time.at(time.nowUs + network.delayUs, () => {
      if (this.#ended) return;
      if (network.refusing) {
        this.#end("refused");
        return;
      }
      this.#peer = new VenuePeer(network.venue, path, {
        send: (data) => this.#arrive(() => this.#receive(data)),
        close: (cut) => this.#arrive(() => this.#end(cut ? "cut" : "code 1001")),
      });
      network.venue.peers.add(this.#peer);
      events.opened();
    });
  }

  send(text: string): boolean {
    const { network } = this;
    const peer = this.#peer;
    if (this.#ended || peer === undefined) return false;
    network.time.at(network.time.nowUs + network.delayUs, () => {
      if (!network.dead && !peer.closed) peer.hear(text, network.time.nowUs);
    });
    return true;
  }

  /** The venue has closed it, and the word was lost: only a heartbeat can tell. */
  get halfOpen(): boolean {
    return this.#peer?.closed === true;
  }

  ping(): void {
    this.pings++;
    if (this.#peer?.closed === false) this.#arrive(() => this.events.alive());
  }

  close(): void {
    this.#end(undefined);
  }

  /** The venue, or the network, ends it now. */
  cut(detail: string): void {
    this.#end(detail);
  }

  #receive(data: string | Uint8Array): void {
    if (typeof data === "string") this.events.text(data);
    else this.events.binary(data.byteLength);
  }

  #arrive(what: () => void): void {
    const { network } = this;
    network.time.at(network.time.nowUs + network.delayUs, () => {
      if (!this.#ended && !network.dead) what();
    });
  }

  #end(told: string | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    const peer = this.#peer;
    if (peer !== undefined) {
      peer.closed = true;
      this.network.venue.peers.delete(peer);
    }
    const at = this.network.live.indexOf(this);
    if (at >= 0) this.network.live.splice(at, 1);
    if (told !== undefined) this.events.closed(told);
  }
}
