/** One symbol's book as the venue's own texts: sorted levels, absolute quantities, the id of the last change. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { compareDecimals, isDecimal, isZero } from "./decimal_text.ts";

export type Level = [price: string, qty: string];

/** Best price first. */
class LevelSide {
  readonly levels: Level[] = [];
  /** Of each level, its price as a float: unequal ones order as the prices do; equal ones leave it to the texts. */
  readonly #keys: number[] = [];

  constructor(readonly isBid: boolean) {}

  clear(): void {
    this.levels.length = 0;
    this.#keys.length = 0;
  }

  set(price: string, qty: string): void {
    const key = Number(price); // number-ok: to find the place only
    const at = this.#find(price, key);
    const found = this.levels[at];
    const isThere = found !== undefined && this.#keys[at] === key && compareDecimals(found[0], price) === 0;
    assert(this.#keys.length === this.levels.length, Code.InvariantBroken);
    if (isZero(qty)) {
      if (!isThere) return;
      this.levels.splice(at, 1);
      this.#keys.splice(at, 1);
    } else if (isThere) this.levels[at] = [price, qty];
    else {
      this.levels.splice(at, 0, [price, qty]);
      this.#keys.splice(at, 0, key);
    }
  }

  qtyOf(price: string): string | undefined {
    const key = Number(price); // number-ok: to find the place only
    const at = this.#find(price, key);
    const found = this.levels[at];
    return found !== undefined && compareDecimals(found[0], price) === 0 ? found[1] : undefined;
  }

  /** Index of the price, or where it belongs. */
  #find(price: string, key: number): number {
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#keys[middle] as number;
      const order = other === key ? compareDecimals((this.levels[middle] as Level)[0], price) : other - key;
      if (this.isBid ? order > 0 : order < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class LevelBook {
  readonly #bids = new LevelSide(true);
  readonly #asks = new LevelSide(false);
  /** Id of the last change; 0 before the first. */
  lastUpdateId = 0;

  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
    this.lastUpdateId = 0;
  }

  /** Replaces everything. `levels` of a REST answer: `[[price, qty], …]`. */
  seed(lastUpdateId: number, bids: unknown, asks: unknown): void {
    this.clear();
    this.apply(lastUpdateId, bids, asks);
  }

  /** Absolute quantities; zero takes the level away. Rows of another shape are left out: the feed is bytes of others. */
  apply(lastUpdateId: number, bids: unknown, asks: unknown): void {
    assert(Number.isSafeInteger(lastUpdateId), Code.ValueOutOfRange);
    applySide(this.#bids, bids);
    applySide(this.#asks, asks);
    this.lastUpdateId = lastUpdateId;
  }

  set(isBid: boolean, price: string, qty: string): void {
    assert(isDecimal(price) && isDecimal(qty), Code.NumberMalformed);
    (isBid ? this.#bids : this.#asks).set(price, qty);
  }

  /** At most so many levels of a side, best first. */
  bids(limit: number): readonly Level[] {
    assert(limit > 0, Code.ValueOutOfRange);
    return this.#bids.levels.slice(0, limit);
  }

  asks(limit: number): readonly Level[] {
    assert(limit > 0, Code.ValueOutOfRange);
    return this.#asks.levels.slice(0, limit);
  }

  /** What stands at a price, or undefined. */
  qtyOf(isBid: boolean, price: string): string | undefined {
    assert(isDecimal(price), Code.NumberMalformed);
    return (isBid ? this.#bids : this.#asks).qtyOf(price);
  }

  /** The deepest level of a side. */
  worst(isBid: boolean): Level | undefined {
    return (isBid ? this.#bids : this.#asks).levels.at(-1);
  }

  get bestBid(): Level | undefined {
    return this.#bids.levels[0];
  }

  get bestAsk(): Level | undefined {
    return this.#asks.levels[0];
  }

  get isEmpty(): boolean {
    return this.#bids.levels.length === 0 && this.#asks.levels.length === 0;
  }
}

function applySide(side: LevelSide, rows: unknown): void {
  if (!Array.isArray(rows)) return;
  for (const row of rows) {
    if (Array.isArray(row) && isDecimal(row[0]) && isDecimal(row[1])) side.set(row[0], row[1]);
  }
}
