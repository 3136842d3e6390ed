/** Symbols that a decoder knows, found by the bytes of a frame or by text: nothing is cut out on the fast path. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type FrameBytes, Pattern } from "../wire/frame_bytes.ts";

/** What a decoder needs to know of one symbol; mantissas are written at these scales. */
export interface SymbolEntry {
  /** The venue's own symbol as its messages write it (upper case, possibly not ASCII). */
  readonly symbol: string;
  /** Dense listing id. */
  readonly instrument: number;
  readonly revision: number;
  readonly priceScale: number;
  readonly qtyScale: number;
}

/** A symbol with the constants that are compared against frames. */
export class SymbolRow {
  instrument = 0;
  revision = 0;
  priceScale = 0;
  qtyScale = 0;
  readonly symbol: string;
  /** `ethusdt@`, as streams are named; undefined when not plain ASCII: then only the correct path knows it. */
  readonly inStream: Pattern | undefined;
  /** `ETHUSDT"`, as it ends in a message. */
  readonly inMessage: Pattern | undefined;
  /** Between a quote's update id and its bid, between a trade's time and its id. */
  readonly quoteMiddle: Pattern | undefined;
  readonly tradeMiddle: Pattern | undefined;

  constructor(symbol: string) {
    const plain = /^[A-Za-z0-9_.-]+$/.test(symbol);
    this.symbol = symbol;
    this.inStream = plain ? new Pattern(`${symbol.toLowerCase()}@`) : undefined;
    this.inMessage = plain ? new Pattern(`${symbol}"`) : undefined;
    this.quoteMiddle = plain ? new Pattern(`,"s":"${symbol}","b":"`) : undefined;
    this.tradeMiddle = plain ? new Pattern(`,"s":"${symbol}","t":`) : undefined;
  }
}

const EMPTY = -1;
const AT = 64;
const SYMBOL_UNITS_MAX = 48;

/** Open addressing over an Int32Array, at most half full, keyed by the lower-case name that streams use. */
export class SymbolTable {
  readonly #rows: SymbolRow[] = [];
  readonly #bySymbol = new Map<string, SymbolRow>();
  readonly #byStream = new Map<string, SymbolRow>();
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #rowsMax: number;
  #last: SymbolRow | undefined = undefined;

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
  define(entry: SymbolEntry): void {
    assert(entry.symbol.length > 0 && entry.symbol.length <= SYMBOL_UNITS_MAX, Code.ValueOutOfRange);
    assert(entry.priceScale >= 0 && entry.priceScale <= 15, Code.ValueOutOfRange);
    assert(entry.qtyScale >= 0 && entry.qtyScale <= 15, Code.ValueOutOfRange);
    let row = this.#bySymbol.get(entry.symbol);
    if (row === undefined) {
      row = new SymbolRow(entry.symbol);
      this.#add(row);
    }
    row.instrument = entry.instrument;
    row.revision = entry.revision;
    row.priceScale = entry.priceScale;
    row.qtyScale = entry.qtyScale;
  }

  bySymbol(symbol: string): SymbolRow | undefined {
    return this.#bySymbol.get(symbol);
  }

  byStream(symbol: string): SymbolRow | undefined {
    return this.#byStream.get(symbol);
  }

  /** The only symbol there is; undefined when there are none or several. */
  only(): SymbolRow | undefined {
    return this.#rows.length === 1 ? this.#rows[0] : undefined;
  }

  /** The symbol whose stream name stands at `from`; `bytes.end` is after its `@`. Undefined when it is none of ours. */
  streamAt(bytes: FrameBytes, from: number): SymbolRow | undefined {
    const last = this.#last;
    if (last?.inStream !== undefined && bytes.match(from, last.inStream)) return last;
    let hash = HASH_START;
    let at = from;
    for (; at < from + SYMBOL_UNITS_MAX; at++) {
      const unit = bytes.u8[at] as number;
      if (unit === AT || unit === 0) break;
      hash = Math.imul(hash ^ unit, HASH_PRIME);
    }
    let slot = spread(hash) & this.#mask;
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index === EMPTY) return undefined;
      const row = this.#rows[index] as SymbolRow;
      if (row.inStream !== undefined && bytes.match(from, row.inStream)) {
        this.#last = row;
        return row;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #add(row: SymbolRow): void {
    assert(this.#rows.length < this.#rowsMax, Code.TableFull);
    const streamName = row.symbol.toLowerCase();
    let hash = HASH_START;
    for (let n = 0; n < streamName.length; n++) hash = Math.imul(hash ^ streamName.charCodeAt(n), HASH_PRIME);
    let slot = spread(hash) & this.#mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = this.#rows.length;
    this.#rows.push(row);
    this.#bySymbol.set(row.symbol, row);
    this.#byStream.set(streamName, row);
  }
}

/** FNV-1a. */
const HASH_START = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;

function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}
