/** Symbols that a decoder knows, found by the bytes of a frame up to a quote: nothing is cut out on the fast path. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type FrameBytes, Pattern } from "./frame_bytes.ts";
import type { Listing } from "./frame_writer.ts";

/** What a decoder needs to know of one symbol; mantissas are written at these scales. */
export interface ListingEntry extends Listing {
  /** The venue's own symbol as its messages write it. */
  readonly symbol: string;
  readonly priceScale: number;
  readonly qtyScale: number;
}

export class ListingRow implements Listing {
  instrument = 0;
  revision = 0;
  priceScale = 0;
  qtyScale = 0;
  /** `BTC-USDT"`, as it ends in a frame; undefined when it is written otherwise there: the correct path knows it. */
  readonly inFrame: Pattern | undefined;

  constructor(readonly symbol: string) {
    this.inFrame = /^[A-Za-z0-9_.:/-]+$/.test(symbol) ? new Pattern(`${symbol}"`) : undefined;
  }
}

const EMPTY = -1;
const QUOTE = 34;
const SYMBOL_UNITS_MAX = 64;
/** FNV-1a. */
const HASH_START = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;

/** Open addressing over an Int32Array, at most half full. */
export class ListingTable {
  readonly #rows: ListingRow[] = [];
  readonly #bySymbol = new Map<string, ListingRow>();
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #rowsMax: number;
  #last: ListingRow | undefined = undefined;

  constructor(rowsMax: number) {
    let capacity = 16;
    while (capacity < rowsMax * 2) capacity *= 2;
    this.#slots = new Int32Array(capacity).fill(EMPTY);
    this.#mask = capacity - 1;
    this.#rowsMax = rowsMax;
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Adds a symbol, or replaces what is known of it (a newer revision). */
  define(entry: ListingEntry): void {
    assert(entry.symbol.length > 0 && entry.symbol.length < SYMBOL_UNITS_MAX, Code.ValueOutOfRange);
    assert(entry.priceScale >= 0 && entry.priceScale <= 15, Code.ValueOutOfRange);
    assert(entry.qtyScale >= 0 && entry.qtyScale <= 15, Code.ValueOutOfRange);
    let row = this.#bySymbol.get(entry.symbol);
    if (row === undefined) {
      row = new ListingRow(entry.symbol);
      this.#add(row);
    }
    row.instrument = entry.instrument;
    row.revision = entry.revision;
    row.priceScale = entry.priceScale;
    row.qtyScale = entry.qtyScale;
  }

  bySymbol(symbol: string): ListingRow | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The symbol that stands at `from` up to a quote; `bytes.end` is after the quote. Undefined when it is none of ours. */
  at(bytes: FrameBytes, from: number): ListingRow | undefined {
    const last = this.#last;
    if (last?.inFrame !== undefined && bytes.match(from, last.inFrame)) return last;
    let hash = HASH_START;
    for (let at = from; at < from + SYMBOL_UNITS_MAX; at++) {
      const unit = bytes.u8[at] as number;
      if (unit === QUOTE || unit === 0) break;
      hash = Math.imul(hash ^ unit, HASH_PRIME);
    }
    let slot = spread(hash) & this.#mask;
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index === EMPTY) return undefined;
      const row = this.#rows[index] as ListingRow;
      if (row.inFrame !== undefined && bytes.match(from, row.inFrame)) {
        this.#last = row;
        return row;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #add(row: ListingRow): void {
    assert(this.#rows.length < this.#rowsMax, Code.TableFull);
    let hash = HASH_START;
    for (let n = 0; n < row.symbol.length; n++) hash = Math.imul(hash ^ row.symbol.charCodeAt(n), HASH_PRIME);
    let slot = spread(hash) & this.#mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = this.#rows.length;
    this.#rows.push(row);
    this.#bySymbol.set(row.symbol, row);
  }
}

function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}
