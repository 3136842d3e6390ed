/** What strategies asked for in this step: a bounded FIFO of pooled records, decided after the handlers return. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { legCount } from "../model/order_legs.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";

export class WishQueue {
  readonly #slots: TradingRecord[];
  #head = 0;
  #count = 0;
  /** Wishes taken in since `beginStep`. */
  #inStep = 0;
  /** Wishes in the queue that will each take an order number. */
  places = 0;

  constructor(capacity: number) {
    assert(capacity > 0, Code.ValueOutOfRange);
    this.#slots = Array.from({ length: capacity }, () => new TradingRecord());
  }

  /** What was wished between steps (a handle used outside a handler) waits here and is decided in this one. */
  beginStep(): void {
    assert(this.places === 0 || this.#count > 0, Code.InvariantBroken);
    this.#inStep = this.#count;
  }

  get count(): number {
    return this.#count;
  }

  /** The slot to fill, or undefined when this step has asked for too much already. */
  claim(kind: RecordKind): TradingRecord | undefined {
    if (this.#inStep >= this.#slots.length) return undefined;
    const slot = this.#slots[(this.#head + this.#count) % this.#slots.length] as TradingRecord;
    this.#count++;
    this.#inStep++;
    if (kind === RecordKind.CommandPlace) this.places++;
    return slot.reset(kind);
  }

  /** Oldest wish; valid until the next `claim`s have gone round, so it is copied before handlers run again. */
  take(out: TradingRecord): boolean {
    if (this.#count === 0) return false;
    const slot = this.#slots[this.#head] as TradingRecord;
    out.copyFrom(slot);
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#count--;
    if (out.kind === RecordKind.CommandPlace) this.places -= 1 + legCount(out.venueOrderId);
    return true;
  }
}
