/** The private connection of an account: lines one after the other with backoff, two at once while one is handed over. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Backoff, type BackoffLimits } from "./backoff.ts";
import type { OpenSocket, Socket } from "./socket.ts";

export interface LinkLimits {
  /** From opening a private connection until it is up. */
  readonly connectUsMax: number;
  /** A quiet connection is pinged. */
  readonly pingAfterUs: number;
  /** And one that we were silent on, however much comes: some venues end it otherwise. */
  readonly pingEveryUs?: number;
  /** No sign of life for so long: told as silent. */
  readonly silentUsMax: number;
  /** And for so long: replaced. */
  readonly deadUsMax: number;
  readonly reconnect: BackoffLimits;
  /** A connection that lived so long was a good one: its next loss starts from the first wait again. */
  readonly healthyUs: number;
  /** The venue ends a connection after 24 hours: it is replaced before, and both are read for a while. */
  readonly rolloverUs: number;
  readonly handoverUs: number;
}

/** What a text means for its line. */
export enum Heard {
  Data = 0,
  /** The venue has taken the greeting: reports come from here on. */
  Greeted = 1,
  Refused = 2,
  /** The venue will end this line soon. */
  Leaving = 3,
  /** It is open, and no report will come any more: listen key or subscription has ended. */
  Deaf = 4,
}

export interface LinkHost {
  nowUs(): number;
  random(): number;
  readonly openSocket: OpenSocket;
  /** Where to connect; undefined: not now. `done` is called once, at once or later. */
  address(done: (url: string | undefined) => void): void;
  /** What is said first; undefined: reports come as soon as the line is open. */
  greeting(): string | undefined;
  /** `reply` answers on the line that was heard, up or not. */
  text(text: string, reply: (text: string) => boolean): Heard;
  /** Text of a heartbeat; none: protocol pings. */
  readonly ping?: () => string;
  up(): void;
  silent(): void;
  /** No report comes any more. Requests that were sent on it are unanswered. */
  down(why: string): void;
}

export class PrivateLink {
  readonly #limits: LinkLimits;
  readonly #host: LinkHost;
  readonly #backoff: Backoff;
  #line: PrivateLine | undefined;
  #next: PrivateLine | undefined;
  #isAsking = false;
  #retryUs = 0;
  isStarted = false;
  #isTold = false;
  #isSilent = false;
  /** A new connection was begun after a loss. */
  reconnects = 0;
  handovers = 0;

  constructor(limits: LinkLimits, host: LinkHost) {
    assert(limits.silentUsMax < limits.deadUsMax, Code.LimitRelationBroken);
    this.#limits = limits;
    this.#host = host;
    this.#backoff = new Backoff(limits.reconnect, () => host.random());
  }

  get isUp(): boolean {
    return this.#line?.isUp === true;
  }

  start(): void {
    assert(!this.isStarted, Code.InvariantBroken);
    this.isStarted = true;
    this.#retryUs = this.#host.nowUs();
    this.tick(this.#retryUs);
  }

  stop(): void {
    this.isStarted = false;
    this.#line?.close();
    this.#next?.close();
    this.#line = undefined;
    this.#next = undefined;
  }

  /** False: nothing was sent. While a line is handed over, the new one takes what is sent: the old one will not answer. */
  send(text: string): boolean {
    const line = this.#next?.isUp === true ? this.#next : this.#line;
    return line?.isUp === true && line.send(text);
  }

  /** Ends the line as if it had been lost: its address is good no more. */
  drop(why: string): void {
    const line = this.#line;
    if (line === undefined) return;
    line.close();
    this.#ended(line, why);
  }

  tick(nowUs: number): void {
    if (!this.isStarted) return;
    const line = this.#line;
    if (line === undefined) {
      if (nowUs >= this.#retryUs) this.#open((made) => (this.#line = made));
      return;
    }
    for (const each of [line, this.#next]) if (each !== undefined) this.#watch(each, nowUs);
    if (line !== this.#line) return;
    if (line.isUp && nowUs - line.openedUs >= this.#limits.healthyUs) this.#backoff.reset();
    this.#handOver(line, nowUs);
  }

  #watch(line: PrivateLine, nowUs: number): void {
    const { connectUsMax, pingAfterUs, silentUsMax, deadUsMax } = this.#limits;
    if (!line.isUp) {
      if (nowUs - line.begunUs < connectUsMax) return;
      line.close();
      return this.#ended(line, "not up in time");
    }
    const quietUs = nowUs - line.heardUs;
    if (quietUs >= deadUsMax) {
      line.close();
      return this.#ended(line, "no sign of life");
    }
    const unpingedUs = nowUs - line.pingedUs;
    const isQuiet = quietUs >= pingAfterUs && unpingedUs >= pingAfterUs;
    if (isQuiet || unpingedUs >= (this.#limits.pingEveryUs ?? Number.POSITIVE_INFINITY)) line.ping(nowUs);
    if (line !== this.#line) return;
    if (quietUs >= silentUsMax && !this.#isSilent) {
      this.#isSilent = true;
      this.#host.silent();
    } else if (this.#isSilent && quietUs < silentUsMax) {
      this.#isSilent = false;
      this.#host.up();
    }
  }

  #handOver(line: PrivateLine, nowUs: number): void {
    const next = this.#next;
    if (next === undefined) {
      const isDue = line.isUp && (line.isLeaving || nowUs - line.openedUs >= this.#limits.rolloverUs);
      if (isDue && nowUs >= this.#retryUs) this.#open((made) => (this.#next = made));
    } else if (next.isUp && nowUs - next.upUs >= this.#limits.handoverUs) {
      // Whatever was asked on the old line has been answered by now, or is given up.
      line.close();
      this.#line = next;
      this.#next = undefined;
      this.handovers++;
    }
  }

  #open(place: (line: PrivateLine) => void): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#host.address((url) => {
      this.#isAsking = false;
      if (!this.isStarted) return;
      if (url === undefined) {
        this.#retryUs = this.#host.nowUs() + this.#backoff.nextUs();
        return;
      }
      place(
        new PrivateLine(url, this.#host, {
          up: (line) => this.#isUpNow(line),
          ended: (line, why) => this.#ended(line, why),
        }),
      );
    });
  }

  #isUpNow(line: PrivateLine): void {
    if (line !== this.#line) return;
    this.#isTold = true;
    this.#isSilent = false;
    this.#host.up();
  }

  #ended(line: PrivateLine, why: string): void {
    const waitUs = this.#backoff.nextUs();
    this.#retryUs = this.#host.nowUs() + waitUs;
    if (line === this.#next) {
      this.#next = undefined;
      return;
    }
    if (line !== this.#line) return;
    // The next line may have been up before the old one ended; requests on the old one are lost all the same.
    const next = this.#next;
    this.#next = undefined;
    this.#line = undefined;
    this.reconnects++;
    if (this.#isTold) this.#host.down(why);
    this.#isTold = false;
    if (next === undefined) return;
    this.#line = next;
    if (next.isUp) this.#isUpNow(next);
  }
}

interface LineEnds {
  up(line: PrivateLine): void;
  ended(line: PrivateLine, why: string): void;
}

/** One socket: open, greeted, up, gone. */
class PrivateLine {
  readonly begunUs: number;
  openedUs = 0;
  upUs = 0;
  heardUs: number;
  pingedUs = 0;
  isUp = false;
  isLeaving = false;
  readonly #host: LinkHost;
  readonly #ends: LineEnds;
  readonly #socket: Socket;

  constructor(url: string, host: LinkHost, ends: LineEnds) {
    this.#host = host;
    this.#ends = ends;
    this.begunUs = host.nowUs();
    this.heardUs = this.begunUs;
    this.#socket = host.openSocket(url, {
      opened: () => this.#opened(),
      text: (text) => this.#text(text),
      binary: () => this.#heard(),
      alive: () => this.#heard(),
      closed: (detail) => {
        this.isUp = false;
        ends.ended(this, detail);
      },
    });
  }

  send(text: string): boolean {
    return this.#socket.send(text);
  }

  ping(nowUs: number): void {
    this.pingedUs = nowUs;
    const text = this.#host.ping?.();
    if (text === undefined) this.#socket.ping();
    else this.#socket.send(text);
  }

  close(): void {
    this.isUp = false;
    this.#socket.close();
  }

  #opened(): void {
    this.openedUs = this.#host.nowUs();
    this.pingedUs = this.openedUs;
    this.#heard();
    const greeting = this.#host.greeting();
    if (greeting === undefined) this.#greeted();
    else this.send(greeting);
  }

  #greeted(): void {
    this.isUp = true;
    this.upUs = this.#host.nowUs();
    this.#ends.up(this);
  }

  #heard(): void {
    this.heardUs = this.#host.nowUs();
  }

  #text(text: string): void {
    this.#heard();
    const heard = this.#host.text(text, (said) => this.send(said));
    if (heard === Heard.Greeted && !this.isUp) this.#greeted();
    else if (heard === Heard.Leaving) this.isLeaving = true;
    else if (heard === Heard.Refused || heard === Heard.Deaf) {
      this.close();
      this.#ends.ended(this, heard === Heard.Deaf ? "the venue ended the stream" : "the subscription was refused");
    }
  }
}
