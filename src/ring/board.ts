/** Market board: one seqlock cell per instrument, written by the engine, read by any thread; for control and the page. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** Float64 columns of a cell, after the sequence word. */
export enum BoardColumn {
  Flags = 0,
  BidPrice = 1,
  BidQty = 2,
  AskPrice = 3,
  AskQty = 4,
  LastPrice = 5,
  LastQty = 6,
  QuoteTimeUs = 7,
  TradeTimeUs = 8,
  /** What profit and loss are reckoned at: the reference price of the market state; 0 = none. */
  MarkPrice = 9,
  // 10–14 are free.
}

export const BOARD_COLUMNS = 15;
const CELL_BYTES = 128; // Sequence word and 15 float64 columns: two cache lines.
const CELL_I32 = CELL_BYTES / 4;
const CELL_F64 = CELL_BYTES / 8;
const TRIES_MAX = 1_000;

/** A cell as it was read. */
export class BoardCell {
  readonly columns = new Float64Array(BOARD_COLUMNS);
  /** Rises by two with every write; 0 = never written. */
  sequence = 0;
}

/** Sequence odd = being written. The writer never waits; a reader tries again until both sequences agree and are even. */
export class MarketBoard {
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  readonly #cells: number;

  static bytes(instruments: number): number {
    return instruments * CELL_BYTES;
  }

  constructor(buffer: SharedArrayBuffer) {
    assert(buffer.byteLength % CELL_BYTES === 0, Code.LimitRelationBroken);
    this.#cells = buffer.byteLength / CELL_BYTES;
    this.#i32 = new Int32Array(buffer);
    this.#f64 = new Float64Array(buffer);
  }

  /** Opens a cell for writing; every `set` of it must come before `end`. */
  begin(instrument: number): void {
    assert(instrument >= 0 && instrument < this.#cells, Code.ValueOutOfRange);
    const odd = Atomics.add(this.#i32, instrument * CELL_I32, 1) + 1;
    assert((odd & 1) === 1, Code.SlotIncomplete);
  }

  set(instrument: number, column: BoardColumn, value: number): void {
    this.#f64[instrument * CELL_F64 + 1 + column] = value;
  }

  end(instrument: number): void {
    const even = Atomics.add(this.#i32, instrument * CELL_I32, 1) + 1;
    assert((even & 1) === 0, Code.SlotIncomplete);
  }

  /** False when nothing was ever written, or a writer died half-way: the caller shows the cell as unknown. */
  read(instrument: number, out: BoardCell): boolean {
    assert(instrument >= 0 && instrument < this.#cells, Code.ValueOutOfRange);
    const word = instrument * CELL_I32;
    const first = instrument * CELL_F64 + 1;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const before = Atomics.load(this.#i32, word);
      if (before === 0) return false;
      if ((before & 1) === 1) continue;
      for (let column = 0; column < BOARD_COLUMNS; column++) {
        out.columns[column] = this.#f64[first + column] as number;
      }
      if (Atomics.load(this.#i32, word) === before) {
        out.sequence = before;
        return true;
      }
    }
    return false;
  }
}
