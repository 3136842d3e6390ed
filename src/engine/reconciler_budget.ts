/** How many queries an account may send: a bounded number in any window, so that reconciliation never earns a ban. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** Times of the last `perWindowMax` queries in a ring. */
export class QueryBudget {
  readonly #sentUs: Float64Array;
  #next = 0;

  constructor(
    readonly perWindowMax: number,
    readonly windowUs: number,
  ) {
    assert(perWindowMax > 0 && windowUs > 0, Code.LimitRelationBroken);
    this.#sentUs = new Float64Array(perWindowMax).fill(Number.NEGATIVE_INFINITY);
  }

  /** True when one more may leave now. */
  allows(nowUs: number): boolean {
    return nowUs - (this.#sentUs[this.#next] as number) >= this.windowUs;
  }

  /** True when less than half of the window's queries are left: what can wait, waits. */
  isTight(nowUs: number): boolean {
    const half = (this.#next + (this.perWindowMax >> 1)) % this.perWindowMax;
    return nowUs - (this.#sentUs[half] as number) < this.windowUs;
  }

  note(nowUs: number): void {
    assert(this.allows(nowUs), Code.ValueOutOfRange);
    this.#sentUs[this.#next] = nowUs;
    this.#next = (this.#next + 1) % this.perWindowMax;
  }
}
