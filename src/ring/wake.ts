/** Coalesced wake-up: however many producers call, one message is on its way until the consumer has seen it. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

const ARMED = 0;
const SENT = 1;

export class Wake {
  readonly #flag: Int32Array;

  /** `flag` is one shared word per consumer; `post` delivers a message to it and belongs to the thread that calls. */
  constructor(
    flag: Int32Array,
    readonly post: () => void,
  ) {
    assert(flag.length === 1, Code.ValueOutOfRange);
    this.#flag = flag;
  }

  /** Producer, after publishing: posts unless a message is under way. */
  signal(): boolean {
    if (Atomics.compareExchange(this.#flag, 0, ARMED, SENT) !== ARMED) return false;
    this.post();
    return true;
  }

  /** Consumer, before it polls its lanes: what is published from here on posts again, so nothing is slept over. */
  rearm(): void {
    Atomics.store(this.#flag, 0, ARMED);
  }
}
