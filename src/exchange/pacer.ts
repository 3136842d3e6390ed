/** Takes frames out of a feed when they are due: by their times at a speed, or as fast as the readers read. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Feed, FeedFrame } from "./feed.ts";

/** Frames in one turn at full speed: then sockets are served. */
const TURN_FRAMES = 256;
const WAIT_MS_MAX = 1_000;
const RETRY_MS = 1;

export interface PacerEnds {
  /** Feed seconds in a second; 0: as fast as `mayGoOn` allows. */
  readonly speed: number;
  readonly loop: boolean;
  nowMs(): number;
  /** Asked before each turn at full speed. */
  mayGoOn(): boolean;
  onFrame(frame: FeedFrame): void;
  onRewind(): void;
  onEnd(): void;
}

export class Pacer {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startMs = 0;
  #startUs = 0;
  #isRunning = false;
  taken = 0;
  turns = 0;
  isDone = false;

  constructor(
    readonly feed: Feed,
    readonly ends: PacerEnds,
  ) {
    assert(ends.speed >= 0 && Number.isFinite(ends.speed), Code.ValueOutOfRange);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The first call counts. */
  start(): void {
    if (this.#isRunning || this.isDone) return;
    this.#isRunning = true;
    this.#startMs = this.ends.nowMs();
    this.#startUs = this.feed.nextTimeUs() ?? 0;
    this.#plan(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isRunning = false;
  }

  #plan(waitMs: number): void {
    assert(waitMs >= 0 && waitMs <= WAIT_MS_MAX, Code.ValueOutOfRange);
    this.#timer = setTimeout(() => this.#turn(), waitMs);
  }

  #turn(): void {
    if (!this.#isRunning) return;
    const { speed } = this.ends;
    for (let n = 0; n < TURN_FRAMES; n++) {
      if (speed === 0 && !this.ends.mayGoOn()) return this.#plan(RETRY_MS);
      const timeUs = this.feed.nextTimeUs();
      if (timeUs === undefined) {
        if (!this.#again()) return;
        continue;
      }
      const waitMs = speed === 0 ? 0 : this.#startMs + (timeUs - this.#startUs) / (1_000 * speed) - this.ends.nowMs();
      if (waitMs > 0) return this.#plan(Math.min(Math.ceil(waitMs), WAIT_MS_MAX));
      this.taken++;
      this.ends.onFrame(this.feed.take());
    }
    this.#plan(0);
  }

  #again(): boolean {
    assert(this.#isRunning && !this.isDone, Code.InvariantBroken);
    if (this.ends.loop && this.feed.rewind()) {
      this.turns++;
      this.ends.onRewind();
      return true;
    }
    this.isDone = true;
    this.#isRunning = false;
    this.ends.onEnd();
    return false;
  }
}
