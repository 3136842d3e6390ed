/** One connection to the stream: what it reads, how far behind it is, how it is closed. */

import type { ServerWebSocket } from "bun";
import type { Limits } from "../core/limits.ts";
import { TokenBucket } from "./token_bucket.ts";
import type { Channel } from "./views.ts";

export enum StreamClose {
  Policy = 1008,
  ServerStops = 1012,
  SessionOver = 4001,
  SlowReader = 4008,
}

export interface StreamData {
  /** Stored form of the session that it lasts with; empty for the token. */
  readonly session: string;
  reader?: StreamReader;
}

const REQUESTS_PER_SECOND = 20;
const BAD_MAX = 100;
/** A reader that does not read never sees the close frame: it is cut after this. */
const CUT_AFTER_MS = 2_000;

export class StreamReader {
  readonly channels = new Set<Channel>();
  readonly #requests: TokenBucket;
  #bad = 0;
  isClosed = false;

  constructor(
    readonly socket: ServerWebSocket<StreamData>,
    readonly limits: Limits,
    nowUs: number,
  ) {
    this.#requests = new TokenBucket(REQUESTS_PER_SECOND, REQUESTS_PER_SECOND, nowUs);
  }

  /** True while no more waits than may wait. */
  get isCurrent(): boolean {
    return this.socket.getBufferedAmount() <= this.limits.streamBufferBytesMax;
  }

  /** False: it was too slow and is closed now. One message may pass the bound; a snapshot, asked for, always may. */
  send(text: string, isAsked = false): boolean {
    if (this.isClosed) return false;
    if ((isAsked || this.isCurrent) && this.socket.send(text) !== 0) return true;
    this.close(StreamClose.SlowReader, "SlowReader");
    return false;
  }

  /** True while it asks no more often than it may. */
  mayAsk(nowUs: number): boolean {
    return this.#requests.take(nowUs);
  }

  /** Counts a bad message; too many end the connection. */
  noteBad(): void {
    this.#bad++;
    if (this.#bad >= BAD_MAX) this.close(StreamClose.Policy, "too many bad messages");
  }

  close(code: StreamClose, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.channels.clear();
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), CUT_AFTER_MS);
    timer.unref();
  }
}
