/** Lowest and highest reference of the last seconds, by instrument: what a price that has just jumped is measured against. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

const BUCKET_US = 1_000_000;
const BUCKETS = 64;
/** Longest window that can be asked for. */
export const BAND_WINDOW_US_MAX = 60_000_000;
const COLUMNS = 3;

/** Part of V: filled from the market, never durable; a bucket a second, so a window is up to a second longer than asked. */
export class PriceBands {
  /** By instrument: for each bucket its second, low and high. */
  readonly #columns = new Map<number, Float64Array>();
  low = 0;
  high = 0;
  /** What `low` and `high` were read of: one order is asked about at several levels, mostly with one window. */
  #instrument = -1;
  #first = 0;
  #last = 0;
  #isRead = false;

  note(instrument: number, nowUs: number, price: number): void {
    if (price <= 0) return;
    this.#isRead = false;
    let columns = this.#columns.get(instrument);
    if (columns === undefined) {
      columns = new Float64Array(COLUMNS * BUCKETS);
      this.#columns.set(instrument, columns);
    }
    const second = Math.floor(nowUs / BUCKET_US);
    assert(second >= 0 && price < Number.MAX_SAFE_INTEGER, Code.ValueOutOfRange);
    const at = COLUMNS * (second % BUCKETS);
    if (columns[at] !== second) {
      columns[at] = second;
      columns[at + 1] = price;
      columns[at + 2] = price;
      return;
    }
    if (price < (columns[at + 1] as number)) columns[at + 1] = price;
    if (price > (columns[at + 2] as number)) columns[at + 2] = price;
  }

  /** Fills `low` and `high`; false when nothing was seen in the window. */
  read(instrument: number, nowUs: number, windowUs: number): boolean {
    const last = Math.floor(nowUs / BUCKET_US);
    const first = Math.floor((nowUs - Math.min(windowUs, BAND_WINDOW_US_MAX)) / BUCKET_US);
    assert(last - first < BUCKETS, Code.ValueOutOfRange);
    const isSame = this.#instrument === instrument && this.#first === first && this.#last === last;
    if (this.#isRead && isSame) return this.high > 0;
    this.#isRead = true;
    this.#instrument = instrument;
    this.#first = first;
    this.#last = last;
    this.#look(this.#columns.get(instrument), first, last);
    return this.high > 0;
  }

  #look(columns: Float64Array | undefined, first: number, last: number): void {
    this.low = 0;
    this.high = 0;
    if (columns === undefined) return;
    for (let second = first; second <= last; second++) {
      const at = COLUMNS * (((second % BUCKETS) + BUCKETS) % BUCKETS);
      if (columns[at] !== second) continue;
      const low = columns[at + 1] as number;
      const high = columns[at + 2] as number;
      if (this.low === 0 || low < this.low) this.low = low;
      if (high > this.high) this.high = high;
    }
    assert(this.low <= this.high, Code.InvariantBroken);
  }
}
