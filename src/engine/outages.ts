/** Outages of instruments with held orders: since when nobody looked, what the venue's history tells of it, who must ask. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** A question to the venue's history: the highest and the lowest price traded between two times, both in µs. */
export interface OutageQuestion {
  readonly instrument: number;
  readonly fromUs: number;
  readonly toUs: number;
}

interface Outage {
  sinceUs: number;
  /** Mantissas; 0 = not told. */
  high: number;
  low: number;
  /** Until then an answer is waited for; 0 = nobody was asked. */
  untilUs: number;
  isSettled: boolean;
}

export class Outages {
  readonly #open = new Map<number, Outage>();
  readonly #questions: OutageQuestion[] = [];

  /** `waitUs`: how long held orders wait for history after the first price that can be trusted; 0 = there is none to ask. */
  constructor(readonly waitUs: number) {
    assert(waitUs >= 0, Code.ValueOutOfRange);
  }

  /** Prices of an instrument are missing from here on; an outage that goes on already began earlier. */
  begin(instrument: number, sinceUs: number): void {
    const known = this.#open.get(instrument);
    if (known === undefined) this.#open.set(instrument, { sinceUs, high: 0, low: 0, untilUs: 0, isSettled: false });
    else {
      // It was told up to some time, and went on after that: what is missing is asked for anew.
      known.untilUs = 0;
      known.isSettled = false;
    }
  }

  /** What the market did in the outage, as far as is known. */
  tell(instrument: number, high: number, low: number): void {
    assert(low > 0 && high >= low, Code.ValueOutOfRange);
    this.begin(instrument, 0);
    const known = this.#open.get(instrument) as Outage;
    known.high = Math.max(known.high, high);
    known.low = known.low === 0 ? low : Math.min(known.low, low);
    known.isSettled = true;
  }

  /** Nobody can tell: the present price is all there is. */
  giveUp(instrument: number): void {
    const known = this.#open.get(instrument);
    if (known !== undefined) known.isSettled = true;
  }

  /** True while an answer is worth waiting for; asks for it the first time. */
  waits(instrument: number, nowUs: number): boolean {
    const known = this.#open.get(instrument);
    if (this.waitUs === 0 || known === undefined || known.isSettled) return false;
    if (known.untilUs === 0) {
      if (known.sinceUs >= nowUs) return false; // Nothing was missed.
      known.untilUs = nowUs + this.waitUs;
      this.#questions.push({ instrument, fromUs: known.sinceUs, toUs: nowUs });
    }
    return nowUs < known.untilUs;
  }

  /** The next question that the host has to ask. */
  takeQuestion(): OutageQuestion | undefined {
    return this.#questions.shift();
  }

  /** The lowest and highest of what is known and `price`. */
  lowOf(instrument: number, price: number): number {
    const low = this.#open.get(instrument)?.low ?? 0;
    return low === 0 ? price : Math.min(price, low);
  }

  highOf(instrument: number, price: number): number {
    return Math.max(price, this.#open.get(instrument)?.high ?? 0);
  }

  /** All that slept has woken. */
  end(instrument: number): void {
    this.#open.delete(instrument);
  }
}
