/** One life of one WebSocket: its subscriptions, its heartbeat, and its end, which is told once. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { LineDialect } from "./dialect.ts";
import type { OpenSocket, Socket } from "./socket.ts";
import { type SubscriptionLimits, Subscriptions } from "./subscriptions.ts";

export interface LineLimits extends SubscriptionLimits {
  readonly connectUsMax: number;
  /** Silence after which we ping, and after which the connection is given up. */
  readonly pingAfterUs: number;
  readonly heartbeatLostUsMax: number;
}

export interface LineHost {
  nowUs(): number;
  readonly openSocket: OpenSocket;
  readonly dialect: LineDialect;
  /** A frame of data, whole. */
  frame(text: string, nowUs: number): void;
  /** A text frame that is neither data nor an answer; `sizeBytes` of a binary one, whose text is not given. */
  stray(text: string | undefined, sizeBytes: number, nowUs: number): void;
  refused(stream: string, detail: string): void;
  lost(line: Line, code: Code, detail: string): void;
}

export class Line {
  readonly subscriptions: Subscriptions;
  /** -1 until it is open. */
  openedUs = -1;
  /** Last sign of life of any kind, and last data. */
  heardUs: number;
  dataUs: number;
  /** When everything wanted was subscribed; -1 while it is not. */
  settledUs = -1;
  /** The venue has said that it will close it soon. */
  leaving = false;
  readonly #limits: LineLimits;
  readonly #host: LineHost;
  readonly #startedUs: number;
  #socket: Socket | undefined;
  #pingedUs = -1;
  #beatUs = -1;
  #ended = false;

  constructor(
    readonly epoch: number,
    url: string,
    wanted: ReadonlySet<string>,
    limits: LineLimits,
    host: LineHost,
  ) {
    assert(limits.heartbeatLostUsMax > limits.pingAfterUs, Code.LimitRelationBroken);
    this.subscriptions = new Subscriptions(wanted, limits, host.dialect);
    this.#limits = limits;
    this.#host = host;
    this.#startedUs = host.nowUs();
    this.heardUs = this.#startedUs;
    this.dataUs = this.#startedUs;
    this.#socket = host.openSocket(url, {
      opened: () => this.#opened(),
      text: (text) => this.#text(text),
      binary: (sizeBytes) => this.#binary(sizeBytes),
      alive: () => {
        this.heardUs = host.nowUs();
      },
      closed: (detail) => {
        const code = this.openedUs < 0 ? Code.SocketRefused : Code.SocketLost;
        this.#end(code, detail === "" ? "closed" : detail);
      },
    });
  }

  get open(): boolean {
    return this.openedUs >= 0 && !this.#ended;
  }

  /** Open, and everything wanted is subscribed. */
  get settled(): boolean {
    return this.open && this.subscriptions.settled;
  }

  /** Looks at all deadlines, and sends the next control message when it may go. */
  tick(nowUs: number): void {
    if (this.#ended) return;
    if (this.openedUs < 0) {
      if (nowUs - this.#startedUs >= this.#limits.connectUsMax) this.#end(Code.SocketRefused, "not open in time");
      return;
    }
    if (this.#heartbeatLost(nowUs)) {
      this.#end(Code.HeartbeatLost, `nothing heard for ${Math.floor((nowUs - this.heardUs) / 1_000_000)} s`);
      return;
    }
    if (this.subscriptions.overdue(nowUs)) {
      this.#end(Code.TimedOut, "a subscription was not answered");
      return;
    }
    this.#beat(nowUs);
    this.#subscribe(nowUs);
  }

  /** Ends it from our side: nothing more comes of it, `lost` neither. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket?.close();
  }

  #opened(): void {
    if (this.#ended) return;
    assert(this.openedUs < 0, Code.InvariantBroken);
    const nowUs = this.#host.nowUs();
    this.openedUs = nowUs;
    this.heardUs = nowUs;
    this.dataUs = nowUs;
    this.#beatUs = nowUs;
    this.#subscribe(nowUs);
  }

  #beat(nowUs: number): void {
    const { ping, pingEveryUs } = this.#host.dialect;
    if (pingEveryUs === undefined || nowUs - this.#beatUs < pingEveryUs) return;
    this.#beatUs = nowUs;
    if (ping === undefined) this.#socket?.ping();
    else this.#socket?.send(ping);
  }

  /** Pings after some silence. Only an unanswered ping is a loss: after a stall of ours, what came waits to be read. */
  #heartbeatLost(nowUs: number): boolean {
    const { pingAfterUs, heartbeatLostUsMax } = this.#limits;
    if (nowUs - this.heardUs < pingAfterUs) return false;
    if (this.#pingedUs >= this.heardUs) return nowUs - this.#pingedUs >= heartbeatLostUsMax - pingAfterUs;
    this.#pingedUs = nowUs;
    const { ping } = this.#host.dialect;
    if (ping === undefined) this.#socket?.ping();
    else this.#socket?.send(ping);
    return false;
  }

  #subscribe(nowUs: number): void {
    const message = this.subscriptions.next(nowUs);
    if (message !== undefined) this.#socket?.send(message);
    if (!this.subscriptions.settled) this.settledUs = -1;
    else if (this.settledUs < 0) this.settledUs = nowUs;
  }

  #text(text: string): void {
    if (this.#ended) return; // A frame of an epoch that is over is never taken.
    const nowUs = this.#host.nowUs();
    this.heardUs = nowUs;
    if (this.#host.dialect.isData(text)) {
      this.dataUs = nowUs;
      this.#host.frame(text, nowUs);
    } else this.#control(text, nowUs);
  }

  #control(text: string, nowUs: number): void {
    const control = this.#host.dialect.readControl(text);
    if (control.kind === "other") this.#host.stray(text, text.length, nowUs);
    else if (control.kind === "shutdown") this.leaving = true;
    else if (control.kind === "answer") {
      const refused = this.subscriptions.answer(control.id, control.refused, control.stream);
      if (refused !== undefined) this.#host.refused(refused, control.detail);
      this.#subscribe(nowUs);
    }
  }

  #binary(sizeBytes: number): void {
    if (this.#ended) return;
    const nowUs = this.#host.nowUs();
    this.heardUs = nowUs;
    this.#host.stray(undefined, sizeBytes, nowUs);
  }

  #end(code: Code, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket?.close();
    this.#host.lost(this, code, detail);
  }
}
