/** The venue's own picture of the top of the book (partial depth), kept apart from the synced book. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import { BookSide } from "./book.ts";

const LEVELS_FIRST = 20;

/** Levels as the venue sent them, best first; replaced whole by each picture. */
export class TopView {
  /** Update id of the picture, and engine time when it was complete. */
  updateId = 0;
  timeUs = 0;
  /** Complete pictures, and such whose levels did not match their head. */
  pictures = 0;
  broken = 0;
  #columns = new Float64Array(4 * LEVELS_FIRST);
  #capacity = LEVELS_FIRST;
  #bids = 0;
  #asks = 0;
  #bidsTold = 0;
  #asksTold = 0;
  #nowUs = 0;
  /** A picture is being received; until it is complete there is no top. */
  #open = false;

  /** Head of a picture. True when it has no levels and is complete. */
  begin(updateId: number, bids: number, asks: number, nowUs: number): boolean {
    if (this.#open) this.frameEnd();
    const levels = Math.max(bids, asks);
    if (levels > this.#capacity) {
      this.#capacity = levels;
      this.#columns = new Float64Array(4 * levels);
    }
    this.updateId = updateId;
    this.#bids = 0;
    this.#asks = 0;
    this.#bidsTold = bids;
    this.#asksTold = asks;
    this.#nowUs = nowUs;
    this.#open = true;
    return this.#endIfComplete();
  }

  /** One level. True when it completes the picture. */
  level(side: BookSide, price: number, qty: number): boolean {
    if (!this.#open) return false;
    const depth = side === BookSide.Bid ? this.#bids++ : this.#asks++;
    if (depth >= (side === BookSide.Bid ? this.#bidsTold : this.#asksTold)) {
      this.frameEnd();
      return false;
    }
    const at = 4 * depth + 2 * side;
    this.#columns[at] = price;
    this.#columns[at + 1] = qty;
    return this.#endIfComplete();
  }

  /** The frame is over: a picture that still misses levels is thrown away. */
  frameEnd(): void {
    if (!this.#open) return;
    this.broken++;
    this.clear();
  }

  clear(): void {
    this.#open = false;
    this.#bids = 0;
    this.#asks = 0;
  }

  levels(side: BookSide): number {
    if (this.#open) return 0;
    return side === BookSide.Bid ? this.#bids : this.#asks;
  }

  /** Price at `depth` (0 = best), 0 when the picture is not that deep. */
  priceAt(side: BookSide, depth: number): number {
    return depth < this.levels(side) ? (this.#columns[4 * depth + 2 * side] as number) : 0;
  }

  qtyAt(side: BookSide, depth: number): number {
    return depth < this.levels(side) ? (this.#columns[4 * depth + 2 * side + 1] as number) : 0;
  }

  hashInto(hash: RowHash, table: number, row: number): void {
    hash.begin(table, row).add(this.updateId).add(this.pictures).add(this.broken).add(this.timeUs);
    for (let side = BookSide.Bid; side <= BookSide.Ask; side++) {
      hash.add(this.levels(side));
      for (let i = 0; i < this.levels(side); i++) hash.add(this.priceAt(side, i)).add(this.qtyAt(side, i));
    }
    hash.putIn();
  }

  #endIfComplete(): boolean {
    if (this.#bids < this.#bidsTold || this.#asks < this.#asksTold) return false;
    assert(this.#open, Code.InvariantBroken);
    this.#open = false;
    this.pictures++;
    this.timeUs = this.#nowUs;
    return true;
  }
}
