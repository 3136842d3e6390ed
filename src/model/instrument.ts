/** Instruments: a dense id is a listing and never changes; scales, tick and lot belong to its revision. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { SCALE_MAX } from "../core/decimal.ts";
import { InstrumentKind } from "./order.ts";

/** One revision. Mantissas are at this revision's scales; a limit of 0 means the venue states none. */
export interface Instrument {
  readonly id: number;
  readonly revision: number;
  /** `venue:BASE-QUOTE[-PERP]`, e.g. `binance:ETH-USDT`. */
  readonly name: string;
  /** Venue alias that decoders belong to, e.g. `binance-spot`. */
  readonly venue: string;
  /** The venue's own symbol as it stands in its messages, e.g. `ETHUSDT`. */
  readonly venueSymbol: string;
  readonly kind: InstrumentKind;
  readonly base: string;
  readonly quote: string;
  /** Asset that profit and loss is paid in. */
  readonly settle: string;
  readonly priceScale: number;
  readonly qtyScale: number;
  /** Decimals the venue writes, for text that must equal the venue's. */
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  readonly tick: number;
  readonly lot: number;
  readonly qtyMin: number;
  readonly qtyMax: number;
  /** Minimum of price × quantity at scale priceScale + qtyScale; 0 = none. */
  readonly notionalMin: number;
  /**
   * What one unit of quantity stands for, where the venue trades contracts: of the base asset (linear) or of the quote
   * asset (inverse), as an integer at `contractScale`. Absent: 1. Spot has none.
   */
  readonly contractSize?: number;
  readonly contractScale?: number;
  /** Maintenance margin in 1/100 basis points of the value, as the venue's first tier has it; absent: not stated. */
  readonly maintenanceRate?: number;
}

/** All instruments by dense id, newest revision of each. Part of D: written only by `apply`. */
export class InstrumentTable {
  readonly #rows: Instrument[] = [];

  get count(): number {
    return this.#rows.length;
  }

  /** Adds the next listing, or a newer revision of a known one. */
  define(instrument: Instrument): void {
    assert(hasContract(instrument), Code.ValueOutOfRange);
    assert(instrument.priceScale + instrument.qtyScale <= SCALE_MAX, Code.ValueOutOfRange);
    assert(instrument.tick > 0 && instrument.lot > 0, Code.ValueOutOfRange);
    const known = this.#rows[instrument.id];
    if (known === undefined) assert(instrument.id === this.#rows.length, Code.IdNotDense);
    else assert(instrument.revision === known.revision + 1, Code.IdNotDense);
    this.#rows[instrument.id] = instrument;
  }

  get(id: number): Instrument | undefined {
    return this.#rows[id];
  }

  bySymbol(venue: string, venueSymbol: string): Instrument | undefined {
    return this.#rows.find((i) => i.venue === venue && i.venueSymbol === venueSymbol);
  }

  byName(name: string): Instrument | undefined {
    return this.#rows.find((i) => i.name === name);
  }

  all(): readonly Instrument[] {
    return this.#rows;
  }
}

/** Asset that an instrument's profit is in: quote of spot, settle asset of contracts. */
export function moneyOf(instrument: Instrument): string {
  return instrument.kind === InstrumentKind.Spot ? instrument.quote : instrument.settle;
}

/** True when the contract size is one that amounts can be reckoned with: a positive mantissa, all scales within 18. */
export function hasContract(instrument: Instrument): boolean {
  const { contractSize = 1, contractScale = 0, kind, priceScale, qtyScale } = instrument;
  if (kind === InstrumentKind.Spot) return contractSize === 1 && contractScale === 0;
  if (!Number.isSafeInteger(contractSize) || contractSize <= 0) return false;
  if (!Number.isInteger(contractScale) || contractScale < 0) return false;
  return priceScale + qtyScale + contractScale <= SCALE_MAX;
}

/** An instrument before the engine gives it a dense id and a revision. */
export type InstrumentDraft = Omit<Instrument, "id" | "revision">;

/** Scale for a step that needs `decimals`: two spare ones where they fit, so that a finer tick is no rescale. */
export function scaleFor(decimals: number, otherDecimals: number): number {
  const spare = decimals + 2;
  return spare <= 9 && spare + otherDecimals + 2 <= SCALE_MAX ? spare : decimals;
}
