/** One line of exposure: an account's or an instance's part in one instrument, and the sums that it counts in. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide, wideAdd, wideSub } from "../core/wide.ts";
import type { Marks } from "./marks.ts";

/** Sum over instruments of a scope, in the firm's currency at 10^-18. */
export class ExposureSum {
  readonly gross = new Wide();
  /** Signed, if all buys fill, and if all sells fill. */
  readonly high = new Wide();
  readonly low = new Wide();
  openOrders = 0;
  /** Rows that hold something nobody can value now. */
  unvalued = 0;
}

/** All rows of one instrument: they are valued at one mark, together, whoever has looked at the market before. */
export class ExposureGroup {
  readonly rows: ExposureRow[] = [];
  #mark = 0;

  constructor(readonly instrument: number) {}

  /** Takes the newest mark; where it has moved, every row is valued anew. */
  refresh(marks: Marks): void {
    marks.refresh(this.instrument);
    const mark = marks.mark(this.instrument);
    if (mark === this.#mark) return;
    this.#mark = mark;
    for (let at = 0; at < this.rows.length; at++) (this.rows[at] as ExposureRow).value(marks);
  }
}

export class ExposureRow {
  openBuyQty = 0;
  openSellQty = 0;
  /** Signed position of the net leg, and what hedge legs hold, of both signs. */
  netQty = 0;
  longQty = 0;
  shortQty = 0;
  readonly gross = new Wide();
  readonly high = new Wide();
  readonly low = new Wide();
  #isValued = true;

  constructor(
    readonly group: ExposureGroup,
    readonly account: number,
    readonly sums: readonly ExposureSum[],
  ) {
    group.rows.push(this);
  }

  get instrument(): number {
    return this.group.instrument;
  }

  /** Largest |position| that the open orders can lead to, with so much more open; hedge legs do not net. */
  grossQty(addedBuy: number, addedSell: number): number {
    const buy = this.openBuyQty + addedBuy;
    const sell = this.openSellQty + addedSell;
    if (this.longQty !== 0 || this.shortQty !== 0) {
      return Math.abs(this.netQty) + this.longQty + this.shortQty + Math.max(0, buy) + Math.max(0, sell);
    }
    return Math.max(Math.abs(this.netQty + buy), Math.abs(this.netQty - sell), Math.abs(this.netQty));
  }

  highQty(addedBuy: number): number {
    return this.netQty + this.longQty - this.shortQty + this.openBuyQty + addedBuy;
  }

  lowQty(addedSell: number): number {
    return this.netQty + this.longQty - this.shortQty - this.openSellQty - addedSell;
  }

  /** Values at the mark as it stands, and corrects the sums by the difference. */
  value(marks: Marks): void {
    for (let i = 0; i < this.sums.length; i++) this.#takeFrom(this.sums[i] as ExposureSum);
    this.#isValued =
      marks.value(this.instrument, this.grossQty(0, 0), this.gross) &&
      marks.value(this.instrument, this.highQty(0), this.high) &&
      marks.value(this.instrument, this.lowQty(0), this.low);
    if (!this.#isValued) {
      this.gross.zero();
      this.high.zero();
      this.low.zero();
    }
    for (let i = 0; i < this.sums.length; i++) this.#addTo(this.sums[i] as ExposureSum);
  }

  #takeFrom(sum: ExposureSum): void {
    if (!this.#isValued) sum.unvalued--;
    assert(sum.unvalued >= 0, Code.InvariantBroken);
    wideSub(sum.gross, sum.gross, this.gross);
    wideSub(sum.high, sum.high, this.high);
    wideSub(sum.low, sum.low, this.low);
  }

  #addTo(sum: ExposureSum): void {
    if (!this.#isValued) sum.unvalued++;
    assert(!this.gross.isNegative(), Code.NumberNegative);
    wideAdd(sum.gross, sum.gross, this.gross);
    wideAdd(sum.high, sum.high, this.high);
    wideAdd(sum.low, sum.low, this.low);
  }
}
