/** One WebSocket connection of a client: bytes in and out, heartbeats, pressure, and the faults that befall it. */

import type { Duplex } from "node:stream";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import type { Subscriber } from "./channels.ts";
import { corruptFrame } from "./corrupt.ts";
import { befalls, type FaultKind, type FaultNow, type FaultPlan } from "./faults.ts";
import type { SimVenue } from "./feed.ts";
import type { Route } from "./stream_name.ts";
import { encodeClose, encodeFrame, encodeText, FrameReader, Opcode } from "./wire.ts";

/** A client that has so much waiting does not read any more. */
const WAITING_BYTES_MAX = 16 << 20;
const MESSAGE_BYTES_MAX = 64 << 10;
/** What is left of a frame that is cut. */
const CUT_SHARE = 0.5;
const FAREWELL_MS = 500;

export interface PeerEnds {
  readonly venue: SimVenue;
  readonly route: Route;
  /** Control messages a second that a client may send. */
  readonly messagesPerSecondMax: number;
  readonly seed: number;
  readonly faults: FaultPlan;
  nowMs(): number;
  onText(peer: Peer, text: string): void;
  onClosed(peer: Peer): void;
  onSlow(peer: Peer): void;
}

export class Peer implements Subscriber {
  /** True: messages go out in the envelope `{"stream","data"}`. */
  combined = false;
  readonly names = new Set<string>();
  sent = 0;
  lastHeardMs: number;
  readonly #reader = new FrameReader(MESSAGE_BYTES_MAX);
  readonly #prng: Prng;
  #out: Buffer[] = [];
  #outBytes = 0;
  #flushQueued = false;
  #heldUntilMs = 0;
  #silentUntilMs = 0;
  #mutedUntilMs = 0;
  #closed = false;
  #windowMs = 0;
  #windowMessages = 0;

  constructor(
    readonly socket: Duplex,
    readonly ends: PeerEnds,
  ) {
    this.#prng = new Prng(ends.seed);
    this.lastHeardMs = ends.nowMs();
    socket.on("data", (bytes: Buffer) => this.receive(bytes));
    socket.on("close", () => this.#onClosed());
    socket.on("error", () => this.destroy());
  }

  get venue(): SimVenue {
    return this.ends.venue;
  }

  get route(): Route {
    return this.ends.route;
  }

  /** Bytes that the client has not taken yet. */
  get waitingBytes(): number {
    return this.#outBytes + this.socket.writableLength;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** An answer of the venue itself: no fault befalls it. */
  say(text: string): void {
    this.#write(encodeText(text));
  }

  ping(): void {
    if (this.#silentUntilMs > this.ends.nowMs()) return;
    this.#write(encodeFrame(Opcode.Ping, Buffer.from(String(Math.floor(this.ends.nowMs())))));
  }

  deliver(name: string, data: string, envelope: string | undefined): void {
    if (this.#closed) return;
    const text = this.combined ? (envelope ?? `{"stream":${JSON.stringify(name)},"data":${data}}`) : data;
    if (this.#silentUntilMs > this.ends.nowMs()) return;
    if (this.#befalls("silence")) return this.befall("silence");
    if (this.#befalls("drop")) return;
    if (this.#befalls("close")) return this.close(1_001, "");
    if (this.#befalls("cut")) return this.#cut(text);
    if (this.#befalls("delay")) this.#hold();
    this.sent++;
    if (this.#befalls("corrupt")) return this.#write(corruptFrame(text, this.#prng));
    const frame = encodeText(text);
    this.#write(frame);
    if (this.#befalls("duplicate")) this.#write(frame);
  }

  /** A fault now, without drawing for it. */
  befall(kind: FaultNow): void {
    if (kind === "close") this.close(1_001, "");
    else if (kind === "shutdown") this.#announceShutdown();
    else if (kind === "cut") this.#cut('{"e":"cut"}');
    else if (kind === "corrupt") this.#write(corruptFrame('{"e":"corrupt","s":"CORRUPT"}', this.#prng));
    else if (kind === "silence") this.#silentUntilMs = this.ends.nowMs() + this.ends.faults.timeMs("silence-ms");
    else if (kind === "private-silence") this.#mutedUntilMs = this.ends.nowMs() + this.ends.faults.timeMs("silence-ms");
  }

  /** Says goodbye, and hangs up soon after whatever the client does. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#heldUntilMs = 0;
    this.#write(encodeClose(code, reason));
    this.#flush();
    this.#onClosed();
    const timer = setTimeout(() => this.destroy(), FAREWELL_MS);
    timer.unref();
    this.socket.end();
  }

  destroy(): void {
    this.#onClosed();
    this.socket.destroy();
  }

  /** What the venue says before it takes a machine down; then it does. */
  #announceShutdown(): void {
    const data = `{"e":"serverShutdown","E":${Math.floor(this.ends.nowMs())}}`;
    this.say(this.combined ? `{"stream":"!serverShutdown","data":${data}}` : data);
    this.close(1_012, "service restart");
  }

  #befalls(kind: FaultKind): boolean {
    return befalls(this.ends.faults, kind, this.#prng);
  }

  /** The connection ends within a message, as when a machine goes down. */
  #cut(text: string): void {
    if (this.#closed) return;
    const frame = encodeText(text);
    this.#heldUntilMs = 0;
    this.#write(frame.subarray(0, Math.ceil(frame.length * CUT_SHARE)));
    this.#flush();
    this.#onClosed();
    // The half frame must leave the machine first.
    setTimeout(() => this.socket.destroy(), 5);
  }

  #hold(): void {
    const waitMs = this.#prng.nextFloat() * this.ends.faults.timeMs("delay-ms");
    assert(waitMs >= 0, Code.ValueOutOfRange);
    this.#flush();
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.ends.nowMs() + waitMs);
  }

  #write(frame: Buffer): void {
    if (this.#closed || this.#mutedUntilMs > this.ends.nowMs()) return;
    assert(frame.length > 0, Code.ValueOutOfRange);
    this.#out.push(frame);
    this.#outBytes += frame.length;
    if (this.waitingBytes > WAITING_BYTES_MAX) {
      this.ends.onSlow(this);
      return this.destroy();
    }
    if (this.#flushQueued) return;
    this.#flushQueued = true;
    const waitMs = this.#heldUntilMs - this.ends.nowMs();
    if (waitMs > 0) setTimeout(() => this.#flush(), Math.ceil(waitMs));
    else queueMicrotask(() => this.#flush());
  }

  /** Frames of one turn go out in one write. */
  #flush(): void {
    this.#flushQueued = false;
    if (this.#closed || this.#out.length === 0) return;
    const waitMs = this.#heldUntilMs - this.ends.nowMs();
    if (waitMs > 0) {
      this.#flushQueued = true;
      setTimeout(() => this.#flush(), Math.ceil(waitMs));
      return;
    }
    const bytes = this.#out.length === 1 ? (this.#out[0] as Buffer) : Buffer.concat(this.#out);
    assert(bytes.length === this.#outBytes, Code.InvariantBroken);
    this.#out = [];
    this.#outBytes = 0;
    this.socket.write(bytes);
  }

  /** Bytes of the client, cut anywhere. */
  receive(bytes: Buffer): void {
    if (this.#closed) return;
    this.lastHeardMs = this.ends.nowMs();
    for (const { opcode, payload } of this.#reader.push(bytes)) {
      if (!this.#mayPass()) return this.close(1_008, "Too many requests");
      if (opcode === Opcode.Close) return this.close(1_000, "");
      if (opcode === Opcode.Ping) this.#write(encodeFrame(Opcode.Pong, payload));
      if (opcode === Opcode.Text) this.ends.onText(this, payload.toString("utf8"));
    }
    if (this.#reader.fault !== 0) this.close(this.#reader.fault, "");
  }

  /** Pings, pongs and requests count alike. */
  #mayPass(): boolean {
    const now = this.ends.nowMs();
    if (now - this.#windowMs >= 1_000) {
      this.#windowMs = now;
      this.#windowMessages = 0;
    }
    this.#windowMessages++;
    assert(this.ends.messagesPerSecondMax > 0, Code.ValueOutOfRange);
    return this.#windowMessages <= this.ends.messagesPerSecondMax;
  }

  #onClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#out = [];
    this.#outBytes = 0;
    this.ends.onClosed(this);
  }
}
