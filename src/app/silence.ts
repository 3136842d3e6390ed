/** How long a counter of somebody else has stood still, by the reader's own time. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/**
 * One look counts for so much at most: when the reader itself did not run (a busy or a suspended host), the other one may
 * not have run either, and gets its chance to beat.
 */
export const LOOK_MS_MAX = 100;

export class Silence {
  #beats: number;
  #lookedMs: number;
  #silentMs: number;

  /** `silentMs`: what was silent before anybody looked. */
  constructor(beats: number, nowMs: number, silentMs = 0) {
    assert(silentMs >= 0, Code.ValueOutOfRange);
    this.#beats = beats;
    this.#lookedMs = nowMs;
    this.#silentMs = silentMs;
  }

  get ms(): number {
    return this.#silentMs;
  }

  /** Answers for how long it has been silent, 0 = it has beaten since the last look. */
  look(beats: number, nowMs: number): number {
    const elapsedMs = Math.min(LOOK_MS_MAX, Math.max(0, nowMs - this.#lookedMs));
    this.#lookedMs = nowMs;
    this.#silentMs = beats === this.#beats ? this.#silentMs + elapsedMs : 0;
    this.#beats = beats;
    return this.#silentMs;
  }
}
