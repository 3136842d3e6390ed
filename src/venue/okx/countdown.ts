/** The venue's dead-man switch is one for the whole account: what is asked for each instrument becomes one countdown. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { RestAsk } from "../wire/live_answer.ts";

/** Seconds that it may have; 0 ends it. */
const MIN_S = 10;
const MAX_S = 120;
const SECOND_US = 1_000_000;
/** The venue takes one a second. */
const SPACING_US = 1_100_000;

export class Countdown {
  /** By instrument: when it would run out. */
  readonly #endsUs = new Map<number, number>();
  #sentUs = Number.NEGATIVE_INFINITY;
  #sentEndUs = 0;

  /** "standing": what was sent a moment ago does for this one too. One instrument that ends it leaves it to the others. */
  ask(instrument: number, countdownMs: number, nowUs: number): RestAsk | "standing" {
    assert(countdownMs >= 0, Code.ValueOutOfRange);
    this.#endsUs.delete(instrument);
    if (countdownMs > 0) this.#endsUs.set(instrument, nowUs + countdownMs * 1_000);
    let endUs = 0;
    for (const [each, atUs] of this.#endsUs) {
      if (atUs <= nowUs) this.#endsUs.delete(each);
      else endUs = Math.max(endUs, atUs);
    }
    const isRecent = nowUs - this.#sentUs < SPACING_US;
    if (isRecent && endUs > 0 && this.#sentEndUs > 0 && endUs - this.#sentEndUs < SPACING_US) return "standing";
    this.#sentUs = nowUs;
    this.#sentEndUs = endUs;
    const seconds = endUs === 0 ? 0 : Math.min(MAX_S, Math.max(MIN_S, Math.ceil((endUs - nowUs) / SECOND_US)));
    const body = JSON.stringify({ timeOut: String(seconds) });
    return { method: "POST", path: "/api/v5/trade/cancel-all-after", params: [], body, security: "signed", weight: 1 };
  }
}
