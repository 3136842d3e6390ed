/** A connection that lasts: lines one after the other with backoff, and two at once while it is handed over, or always. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Backoff, type BackoffLimits } from "./backoff.ts";
import type { LineDialect } from "./dialect.ts";
import { Line, type LineHost, type LineLimits } from "./line.ts";
import type { OpenSocket } from "./socket.ts";

export interface ConnectionLimits extends LineLimits {
  /** Streams on one connection. */
  readonly streamsPerConnectionMax: number;
  readonly reconnect: BackoffLimits;
  /** A connection that lived so long was a good one: its next loss starts from the first wait again. */
  readonly healthyUs: number;
  /** A connection is replaced before the venue ends it. */
  readonly rolloverUs: number;
  /** Both connections are read for so long, so that the new one has caught up when the old one ends. */
  readonly handoverUs: number;
  /** Silence of all streams of a connection that still answers pings; doubles up to `silentUsMax`. */
  readonly lineSilentUsMax: number;
  readonly silentUsMax: number;
  /** Two lines at once, always: what comes first counts, and the loss of one loses nothing. */
  readonly redundant?: boolean;
}

/** What connections need of their session. */
export interface ConnectionHost {
  nowUs(): number;
  random(): number;
  readonly openSocket: OpenSocket;
  readonly dialect: LineDialect;
  nextEpoch(): number;
  /** False when too many connections were opened lately. */
  mayConnect(nowUs: number): boolean;
  /** `epoch`: of the line that it came on; a later line has a higher one. */
  frame(connection: Connection, text: string, nowUs: number, epoch: number): void;
  stray(text: string | undefined, sizeBytes: number, nowUs: number): void;
  refused(stream: string, detail: string): void;
  /** A line ended that was not replaced before: `broken` when data may be missing. */
  lost(connection: Connection, code: Code, detail: string, broken: boolean): void;
  /** Nothing comes of the line of `epoch` any more, be it lost or replaced; told before `lost`. */
  ended?(connection: Connection, epoch: number): void;
}

export class Connection {
  /** Streams that this connection should have; changed by `want` and `drop` only. */
  readonly #wanted = new Set<string>();
  readonly #limits: ConnectionLimits;
  readonly #host: ConnectionHost;
  readonly #backoff: Backoff;
  #line: Line | undefined;
  /** The line that takes over; both are read until it has caught up. */
  #next: Line | undefined;
  #retryUs = 0;
  /** Grows with each replacement for silence: a quiet market looks the same. */
  #silentUsMax: number;
  #started = false;
  reconnects = 0;
  handovers = 0;

  constructor(
    readonly url: string,
    readonly path: string,
    limits: ConnectionLimits,
    host: ConnectionHost,
  ) {
    assert(limits.streamsPerConnectionMax > 0, Code.LimitRelationBroken);
    const { names, streamsPerConnectionMax } = limits;
    // A line that has just subscribed all must have room left for repairs: else it would be replaced at once.
    assert(names === undefined || names.weightMax >= 2 * streamsPerConnectionMax, Code.LimitRelationBroken);
    this.#limits = limits;
    this.#host = host;
    this.#silentUsMax = limits.lineSilentUsMax;
    this.#backoff = new Backoff(limits.reconnect, () => host.random());
  }

  get room(): number {
    return this.#limits.streamsPerConnectionMax - this.#wanted.size;
  }

  get empty(): boolean {
    return this.#wanted.size === 0;
  }

  /** All that is wanted is subscribed on an open socket. */
  get settled(): boolean {
    return this.#line?.settled === true;
  }

  get epoch(): number {
    return this.#line?.epoch ?? 0;
  }

  /** How many lines are open: two while it is handed over, and when it is redundant. */
  get lines(): number {
    return (this.#line?.open === true ? 1 : 0) + (this.#next?.open === true ? 1 : 0);
  }

  /** True when frames of `stream` may come: it is subscribed. */
  holds(stream: string): boolean {
    const line = this.#line;
    return line?.open === true && line.subscriptions.holds(stream);
  }

  wants(stream: string): boolean {
    return this.#wanted.has(stream);
  }

  want(stream: string): void {
    assert(this.room > 0, Code.TableFull);
    this.#wanted.add(stream);
    this.#changed();
  }

  drop(stream: string): void {
    this.#wanted.delete(stream);
    this.#changed();
  }

  renew(stream: string): void {
    this.#line?.subscriptions.renew(stream);
    this.#next?.subscriptions.renew(stream);
  }

  /** What still comes of it on the line of `epoch` belongs to a subscription that is being left. */
  renews(stream: string, epoch: number): boolean {
    const line = this.#next?.epoch === epoch ? this.#next : this.#line;
    return line?.epoch === epoch && line.subscriptions.renews(stream);
  }

  start(nowUs: number): void {
    assert(!this.#started, Code.InvariantBroken);
    this.#started = true;
    this.#retryUs = nowUs;
    this.tick(nowUs);
  }

  stop(): void {
    this.#started = false;
    this.#line?.close();
    this.#next?.close();
    this.#line = undefined;
    this.#next = undefined;
  }

  tick(nowUs: number): void {
    if (!this.#started) return;
    this.#line?.tick(nowUs);
    this.#next?.tick(nowUs);
    const line = this.#line;
    if (line === undefined) {
      if (nowUs >= this.#retryUs) this.#line = this.#open(nowUs);
      return;
    }
    if (line.open && nowUs - line.openedUs >= this.#limits.healthyUs) this.#backoff.reset();
    if (this.#silent(line, nowUs)) {
      line.close();
      this.#silentUsMax = Math.min(this.#limits.silentUsMax, this.#silentUsMax * 2);
      this.#ended(line, Code.StreamSilent, "no data on any stream, though pings are answered");
      return;
    }
    this.#handOver(line, nowUs);
  }

  #silent(line: Line, nowUs: number): boolean {
    if (!line.settled || line.subscriptions.heldCount === 0) return false;
    const heardUs = Math.max(line.dataUs, line.settledUs);
    const next = this.#next;
    if (next === undefined) return nowUs - heardUs >= this.#silentUsMax;
    if (this.#limits.redundant !== true) return false; // It is being replaced already.
    // Beside a line that speaks, silence is no quiet market.
    if (next.settled && next.dataUs - heardUs >= this.#limits.lineSilentUsMax) return true;
    return nowUs - Math.max(heardUs, next.dataUs) >= this.#silentUsMax;
  }

  /**
   * Before the venue ends the line at 24 hours, a second one is opened, and both are read; a redundant connection has two
   * all the time. What comes twice is dropped by its ids further on: diffs by update id, trades by trade id, quotes by
   * update id; so the first arrival counts.
   */
  #handOver(line: Line, nowUs: number): void {
    const next = this.#next;
    const isOld = line.leaving || line.subscriptions.starved || nowUs - line.openedUs >= this.#limits.rolloverUs;
    const redundant = this.#limits.redundant === true;
    if (next === undefined) {
      const due = redundant ? line.settled : line.open && isOld;
      if (due && nowUs >= this.#retryUs) this.#next = this.#open(nowUs);
      return;
    }
    if (this.#mute(next, line)) {
      next.close();
      this.#ended(next, Code.StreamSilent, "no data on the second line, though the first one has them");
    } else if (isOld || !redundant) {
      if (!next.settled || next.settledUs < 0 || nowUs - next.settledUs < this.#limits.handoverUs) return;
      line.close();
      this.#promote(next);
      this.#host.ended?.(this, line.epoch);
    }
  }

  #mute(next: Line, line: Line): boolean {
    if (this.#limits.redundant !== true || !next.settled || next.subscriptions.heldCount === 0) return false;
    return line.dataUs - Math.max(next.dataUs, next.settledUs) >= this.#limits.lineSilentUsMax;
  }

  #promote(next: Line): void {
    this.#line = next;
    this.#next = undefined;
    this.handovers++;
  }

  #open(nowUs: number): Line | undefined {
    if (!this.#host.mayConnect(nowUs)) return undefined;
    const host = this.#host;
    const epoch = host.nextEpoch();
    const lineHost: LineHost = {
      nowUs: () => host.nowUs(),
      openSocket: host.openSocket,
      dialect: host.dialect,
      frame: (text, atUs) => host.frame(this, text, atUs, epoch),
      stray: (text, sizeBytes, atUs) => host.stray(text, sizeBytes, atUs),
      refused: (stream, detail) => host.refused(stream, detail),
      lost: (line, code, detail) => this.#ended(line, code, detail),
    };
    return new Line(epoch, this.url, this.#wanted, this.#limits, lineHost);
  }

  /** A line is over that we did not end on purpose. */
  #ended(line: Line, code: Code, detail: string): void {
    const nowUs = this.#host.nowUs();
    if (line === this.#next) {
      this.#next = undefined;
      this.#retryUs = nowUs + this.#backoff.nextUs();
      this.#host.ended?.(this, line.epoch);
      this.#host.lost(this, code, detail, false);
      return;
    }
    assert(line === this.#line, Code.InvariantBroken);
    this.reconnects++;
    const next = this.#next;
    if (next !== undefined) {
      // It had everything already: what it missed of the old line, if anything, shows in the ids.
      const whole = next.settled;
      this.#promote(next);
      if (this.#limits.redundant === true) this.#retryUs = nowUs + this.#backoff.nextUs();
      this.#host.ended?.(this, line.epoch);
      this.#host.lost(this, code, detail, !whole);
      return;
    }
    this.#line = undefined;
    this.#retryUs = nowUs + this.#backoff.nextUs();
    this.#host.ended?.(this, line.epoch);
    this.#host.lost(this, code, detail, true);
  }

  #changed(): void {
    this.#line?.subscriptions.change();
    this.#next?.subscriptions.change();
  }
}
