/** Orders that have ended, the newest so many: what tells "done" from "never here". */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { VenueOrder } from "../../match/replay_matcher.ts";

/** The ring says which is the oldest: asking a Map for its first key walks over all that was deleted before it. */
export class EndedOrders {
  readonly #orders = new Map<number, VenueOrder>();
  readonly #ring: Float64Array;
  #next = 0;

  constructor(ordersMax: number) {
    assert(ordersMax > 0, Code.ValueOutOfRange);
    this.#ring = new Float64Array(ordersMax);
  }

  get(order: number): VenueOrder | undefined {
    return this.#orders.get(order);
  }

  has(order: number): boolean {
    return this.#orders.has(order);
  }

  /** The oldest makes room. */
  add(order: VenueOrder): void {
    assert(order.order > 0 && order.endKind !== 0, Code.InvariantBroken);
    const oldest = this.#ring[this.#next] as number;
    if (oldest > 0) this.#orders.delete(oldest);
    this.#ring[this.#next] = order.order;
    this.#next = (this.#next + 1) % this.#ring.length;
    this.#orders.set(order.order, order);
    assert(this.#orders.size <= this.#ring.length, Code.TableFull);
  }

  /** It lives again. Its place in the ring stays: what ends under the same number later is forgotten a little early. */
  delete(order: number): void {
    this.#orders.delete(order);
  }
}
