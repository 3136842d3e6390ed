/** The venue's clock against ours: the offset of the quickest of the last answers, since it is the least uncertain one. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

const SAMPLES = 8;
/** The venue's time is cut to milliseconds. */
const HALF_MS_US = 500;

interface Sample {
  readonly offsetUs: number;
  readonly tripUs: number;
}

export class ServerClock {
  readonly #samples: Sample[] = [];
  #best: Sample | undefined;

  get isKnown(): boolean {
    return this.#best !== undefined;
  }

  /** The venue's clock less ours. */
  get offsetUs(): number {
    return this.#best?.offsetUs ?? 0;
  }

  /** At most so far off: half of the way there and back. */
  get uncertaintyUs(): number {
    return this.#best === undefined ? Number.POSITIVE_INFINITY : this.#best.tripUs / 2;
  }

  /** One answer to `/time`. */
  sample(sentUs: number, serverMs: number, receivedUs: number): void {
    assert(receivedUs >= sentUs, Code.TimeWentBack);
    if (!Number.isSafeInteger(serverMs) || serverMs <= 0) return;
    const tripUs = receivedUs - sentUs;
    const offsetUs = Math.round(serverMs * 1_000 + HALF_MS_US - (sentUs + tripUs / 2));
    this.#samples.push({ offsetUs, tripUs });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    this.#best = this.#samples.reduce((best, each) => (each.tripUs < best.tripUs ? each : best));
  }

  /** The venue says that our time is wrong: what was measured before counts no more, and is used until it is measured anew. */
  doubt(): void {
    this.#samples.length = 0;
  }

  /** Milliseconds since the epoch by the venue's clock. */
  nowMs(nowUs: number): number {
    return Math.floor((nowUs + this.offsetUs) / 1_000);
  }
}
