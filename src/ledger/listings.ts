/** Instruments with the numbers of their assets: looked up once for each revision. No state of its own; follows D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Instrument, type InstrumentTable, moneyOf } from "../model/instrument.ts";
import { InstrumentKind } from "../model/order.ts";
import type { AssetTable } from "./assets.ts";

export interface Listing {
  readonly instrument: Instrument;
  readonly isSpot: boolean;
  /** Dense asset ids; -1: contracts have no base cash. */
  readonly base: number;
  /** What profit is in: quote of spot, settle asset of contracts. */
  readonly money: number;
}

export class Listings {
  readonly #rows: (Listing | undefined)[] = [];

  constructor(
    readonly instruments: InstrumentTable,
    readonly assets: AssetTable,
  ) {}

  /** Undefined when the instrument is not known, or one of its assets is not. */
  get(id: number): Listing | undefined {
    const instrument = this.instruments.get(id);
    if (instrument === undefined) return undefined;
    const known = this.#rows[id];
    if (known !== undefined && known.instrument === instrument) return known;
    const isSpot = instrument.kind === InstrumentKind.Spot;
    const money = this.assets.id(moneyOf(instrument));
    const base = isSpot ? this.assets.id(instrument.base) : -1;
    if (money === undefined || base === undefined) return undefined;
    assert(instrument.id === id, Code.IdNotDense);
    const row: Listing = { instrument, isSpot, base, money };
    this.#rows[id] = row;
    return row;
  }
}
