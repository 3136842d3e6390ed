/** Plays a feed: frames at their times, faster or slower, to whoever takes them; waits when readers cannot follow. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Frame } from "./frame.ts";

/** Where frames come from: a list that ends, or a market that does not. */
export interface FrameSource {
  /** The next frame that is due at `timeMs` of the feed's own time, or undefined: none is due yet. */
  next(timeMs: number): Frame | undefined;
  /** Feed time at which the feed begins. */
  readonly startMs: number;
  /** True when no frame will ever come again. */
  readonly ended: boolean;
  /** Share of the feed that was taken; 0 for one that never ends. */
  readonly share: number;
}

export interface PlayerEvents {
  frame(frame: Frame): void;
  /** Readers have too much unread: the feed waits. */
  congested(): boolean;
  ended(): void;
}

const TURN_MS = 1;
const FRAMES_PER_TURN = 512;

export class Player {
  frames = 0;
  /** Milliseconds of the feed's own time since its beginning. */
  positionMs = 0;
  done = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = 0;

  constructor(
    readonly source: FrameSource,
    /** Feed milliseconds per real one; 0 = as fast as readers can. */
    readonly speed: number,
    readonly nowMs: () => number,
    readonly events: PlayerEvents,
  ) {
    assert(speed >= 0, Code.ValueOutOfRange);
  }

  get started(): boolean {
    return this.#timer !== undefined || this.done;
  }

  start(): void {
    if (this.started) return;
    this.#lastMs = this.nowMs();
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.done = true;
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#turn(), TURN_MS);
  }

  #turn(): void {
    const nowMs = this.nowMs();
    const passedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    // While readers are behind, the feed's time stands still: nothing is lost, it only comes later.
    if (this.events.congested()) return this.#arm();
    this.positionMs = this.speed === 0 ? Number.POSITIVE_INFINITY : this.positionMs + passedMs * this.speed;
    for (let n = 0; n < FRAMES_PER_TURN; n++) {
      const frame = this.source.next(this.source.startMs + this.positionMs);
      if (frame === undefined) break;
      this.frames++;
      this.events.frame(frame);
    }
    if (!this.source.ended) return this.#arm();
    this.done = true;
    this.events.ended();
  }
}

/** A list of frames as a source. */
export class ListSource implements FrameSource {
  readonly startMs: number;
  #at = 0;

  constructor(readonly frames: readonly Frame[]) {
    assert(frames.length > 0, Code.FrameEmpty);
    this.startMs = (frames[0] as Frame).timeMs;
  }

  next(timeMs: number): Frame | undefined {
    const frame = this.frames[this.#at];
    if (frame === undefined || frame.timeMs > timeMs) return undefined;
    this.#at++;
    return frame;
  }

  get ended(): boolean {
    return this.#at >= this.frames.length;
  }

  get share(): number {
    return this.#at / this.frames.length;
  }
}
