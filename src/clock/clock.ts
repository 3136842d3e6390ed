/** Clocks: engine time never runs backward, whatever the source does; a virtual one is moved by hand. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** Wraps any source of microseconds. Backward steps are counted and held, until the source has caught up. */
export class MonotonicClock {
  /** How often the source stepped backward. */
  backwardSteps = 0;
  #lastUs = 0;
  #lastSourceUs = 0;

  constructor(readonly source: () => number) {}

  nowUs(): number {
    const us = Math.floor(this.source());
    assert(Number.isFinite(us), Code.ValueOutOfRange);
    if (us < this.#lastSourceUs) this.backwardSteps++;
    this.#lastSourceUs = us;
    if (us > this.#lastUs) this.#lastUs = us;
    return this.#lastUs;
  }
}

/** Replay, backtest and simulation: time is what it was set to. */
export class VirtualClock {
  #us: number;

  constructor(startUs = 0) {
    assert(startUs >= 0, Code.ValueOutOfRange);
    this.#us = startUs;
  }

  nowUs(): number {
    return this.#us;
  }

  advanceTo(us: number): void {
    assert(us >= this.#us, Code.TimeWentBack);
    this.#us = us;
  }
}
