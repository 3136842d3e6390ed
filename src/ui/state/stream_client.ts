/** The client end of the stream: subscribes, resumes after a loss, sees gaps, notices silence. No socket of its own. */

import type { Channel, StreamMessage, StreamRequest } from "../../control/views.ts";
import { BOUNDS } from "./bounds.ts";

export type Connection = "connecting" | "live" | "stale" | "lost";

/** What the client needs of a WebSocket. */
export interface StreamSocket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  open(): void;
  message(text: string): void;
  closed(): void;
}

/** The world: sockets, time, chance. A test passes its own. */
export interface StreamWorld {
  connect(events: SocketEvents): StreamSocket;
  /** Calls once after a time; the answer takes it back. */
  after(ms: number, call: () => void): () => void;
  nowMs(): number;
  /** 0 ≤ x < 1. */
  chance(): number;
}

export interface StreamListener {
  /** Rows that replace all of the channel. */
  snapshot(channel: Channel, rows: readonly unknown[]): void;
  update(channel: Channel, rows: readonly unknown[]): void;
  connection(state: Connection): void;
  /** The server refused something that we sent. */
  refused(rows: readonly unknown[]): void;
  /** A connection ended before it carried anything: the session may be over. */
  failed(): void;
}

/** For the page's foot and for tests. */
export interface StreamCounts {
  connects: number;
  gaps: number;
  duplicates: number;
  unreadable: number;
}

export class StreamClient {
  readonly counts: StreamCounts = { connects: 0, gaps: 0, duplicates: 0, unreadable: 0 };
  readonly #world: StreamWorld;
  readonly #listener: StreamListener;
  readonly #channels: readonly Channel[];
  /** Last sequence of each channel; absent while a snapshot is awaited. */
  readonly #sequences = new Map<Channel, number>();
  #socket: StreamSocket | undefined;
  /** Rises with each socket: events of an old one are not heard. */
  #epoch = 0;
  #state: Connection = "lost";
  #heardMs = 0;
  #pingedMs = 0;
  #attempt = 0;
  /** The socket has opened: the subscription was sent. */
  #opened = false;
  /** A message came over this socket. */
  #carried = false;
  #cancelTimer: (() => void) | undefined;
  #stopped = true;

  constructor(channels: readonly Channel[], world: StreamWorld, listener: StreamListener) {
    this.#channels = channels;
    this.#world = world;
    this.#listener = listener;
  }

  get state(): Connection {
    return this.#state;
  }

  /** When the last message came, in ms of the world's clock; 0 = never. */
  get heardMs(): number {
    return this.#heardMs;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#attempt = 0;
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#leave();
    this.#enter("lost");
  }

  /** Does not wait for the backoff: the user asked, or the network came back. */
  retryNow(): void {
    if (this.#stopped || this.#state === "live" || this.#state === "connecting") return;
    this.#attempt = 0;
    this.#leave();
    this.#connect();
  }

  /** Believes no sequence any more and asks for snapshots: the server is another process than the one we knew. */
  resubscribe(): void {
    this.#sequences.clear();
    if (!this.#opened) return; // The subscription to come asks for them.
    this.#send({ op: "unsubscribe", channels: [...this.#channels] });
    this.#subscribe();
  }

  #connect(): void {
    const epoch = ++this.#epoch;
    const startedMs = this.#world.nowMs();
    this.#opened = false;
    this.#carried = false;
    this.counts.connects++;
    this.#enter("connecting");
    const ours = () => epoch === this.#epoch;
    this.#socket = this.#world.connect({
      open: () => ours() && this.#subscribe(),
      message: (text) => ours() && this.#message(text),
      closed: () => ours() && this.#lost(),
    });
    this.#pingedMs = startedMs;
    this.#watch(startedMs);
  }

  /** Looks every half second for silence: stale first, then a new connection. */
  #watch(startedMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#world.after(500, () => {
      const now = this.#world.nowMs();
      const silentMs = now - (this.#carried ? this.#heardMs : startedMs);
      if (silentMs >= (this.#carried ? BOUNDS.silentMs : BOUNDS.connectMs)) {
        this.#lost();
        return;
      }
      if (this.#carried && silentMs >= BOUNDS.staleMs) this.#enter("stale");
      if (this.#carried && now - this.#pingedMs >= BOUNDS.pingMs) {
        this.#pingedMs = now;
        this.#send({ op: "ping" });
      }
      this.#watch(startedMs);
    });
  }

  #subscribe(): void {
    this.#opened = true;
    const resume = Object.fromEntries(this.#sequences);
    this.#send({ op: "subscribe", channels: [...this.#channels], ...(this.#sequences.size === 0 ? {} : { resume }) });
  }

  #message(text: string): void {
    const message = readMessage(text);
    if (message === undefined) {
      this.counts.unreadable++;
      return;
    }
    this.#carried = true;
    this.#attempt = 0;
    this.#heardMs = this.#world.nowMs();
    this.#enter("live");
    if (message.type === "error") this.#listener.refused(message.data);
    else if (message.type === "snapshot") {
      this.#sequences.set(message.channel, message.seq);
      this.#listener.snapshot(message.channel, message.data);
    } else if (message.type === "update") this.#update(message);
  }

  #update(message: StreamMessage): void {
    const { channel, seq, data } = message;
    const last = this.#sequences.get(channel);
    if (last === undefined) return; // A snapshot is under way: it will hold this too.
    if (seq <= last) {
      this.counts.duplicates++;
      return;
    }
    if (seq > last + 1) {
      this.counts.gaps++;
      this.#sequences.delete(channel);
      this.#send({ op: "unsubscribe", channels: [channel] });
      this.#send({ op: "subscribe", channels: [channel] });
      return;
    }
    this.#sequences.set(channel, seq);
    this.#listener.update(channel, data);
  }

  #lost(): void {
    const failed = !this.#carried;
    this.#leave();
    this.#enter("lost");
    if (failed) this.#listener.failed();
    if (this.#stopped) return;
    const full = Math.min(BOUNDS.backoffMsMax, BOUNDS.backoffMsMin * 2 ** Math.min(this.#attempt++, 10));
    const waitMs = full / 2 + (this.#world.chance() * full) / 2; // Half is chance: pages do not come back all at once.
    this.#cancelTimer = this.#world.after(waitMs, () => this.#connect());
  }

  #leave(): void {
    this.#epoch++;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#socket?.close();
    this.#socket = undefined;
    this.#opened = false;
  }

  #enter(state: Connection): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listener.connection(state);
  }

  #send(request: StreamRequest): void {
    this.#socket?.send(JSON.stringify(request));
  }
}

/** The message, or undefined when it is none: the page counts it and goes on. */
export function readMessage(text: string): StreamMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const message = value as Partial<StreamMessage>;
  if (message.type === "pong" || message.type === "error") {
    return { channel: "status", record: 0, seq: 0, data: [], ...message } as StreamMessage;
  }
  const known = message.type === "snapshot" || message.type === "update";
  const formed = typeof message.channel === "string" && Number.isSafeInteger(message.seq);
  return known && formed && Array.isArray(message.data) ? (message as StreamMessage) : undefined;
}
