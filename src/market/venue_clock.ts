/** How far the venue's clock and the way to it lie from ours: a running estimate that negative latency cannot upset. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** Share of a new sample in the estimate: one in 32. */
const SMOOTHING = 32;
/** A sample so far from the estimate is a wrong time or a moved clock, not latency. */
const JUMP_US = 60_000_000;
/** So many of them in a row, and it is the clock that moved. */
const JUMPS_TO_BELIEVE = 16;

export class VenueClock {
  /** Receive time less exchange time, smoothed; may be negative. 0 before the first sample. */
  offsetUs = 0;
  /** Samples that were out of range of the estimate. */
  jumps = 0;
  #known = false;
  #jumpsInRow = 0;

  get known(): boolean {
    return this.#known;
  }

  /** One message's latency. False when it is implausible: its exchange time should not cut bars. */
  sample(latencyUs: number): boolean {
    assert(Number.isFinite(latencyUs), Code.ValueOutOfRange);
    const difference = latencyUs - this.offsetUs;
    if (!this.#known) {
      this.#known = true;
      this.offsetUs = latencyUs;
      return true;
    }
    if (difference > JUMP_US || difference < -JUMP_US) {
      this.jumps++;
      this.#jumpsInRow++;
      if (this.#jumpsInRow < JUMPS_TO_BELIEVE) return false;
      this.offsetUs = latencyUs;
    } else this.offsetUs += difference / SMOOTHING;
    this.#jumpsInRow = 0;
    return true;
  }

  /** Exchange time that has passed at engine time `nowUs`, as far as we can tell. */
  exchangeUs(nowUs: number): number {
    return nowUs - this.offsetUs;
  }
}
