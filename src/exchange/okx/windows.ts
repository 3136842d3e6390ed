/** How many requests of one kind a user, an address or a user's instrument may send in a span. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

export interface RateLimit {
  readonly most: number;
  readonly spanMs: number;
}

interface Span {
  startMs: number;
  count: number;
}

/** Keys that are kept: the oldest are forgotten. */
const KEYS_MAX = 10_000;

export class Windows {
  readonly #spans = new Map<string, Span>();

  /** False, and nothing counted, when so many more are too many. Spans begin with their first request. */
  take(key: string, limit: RateLimit, nowMs: number, count = 1): boolean {
    assert(limit.most > 0 && count > 0, Code.ValueOutOfRange);
    let span = this.#spans.get(key);
    if (span === undefined || nowMs - span.startMs >= limit.spanMs) {
      span = { startMs: nowMs, count: 0 };
      this.#spans.delete(key);
      this.#spans.set(key, span);
      const oldest = this.#spans.keys().next().value;
      if (this.#spans.size > KEYS_MAX && oldest !== undefined) this.#spans.delete(oldest);
    }
    if (span.count + count > limit.most) return false;
    span.count += count;
    return true;
  }
}
