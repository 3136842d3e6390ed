/** An instrument as a handle knows it: its newest revision, and what divides mantissas into plain numbers. */

import { powerOfTen } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Instrument } from "../model/instrument.ts";

export class Listing {
  instrument: Instrument;
  priceUnit: number;
  qtyUnit: number;

  constructor(instrument: Instrument) {
    assert(instrument.tick > 0 && instrument.lot > 0, Code.ValueOutOfRange);
    this.instrument = instrument;
    this.priceUnit = powerOfTen(instrument.priceScale);
    this.qtyUnit = powerOfTen(instrument.qtyScale);
  }

  /** Takes a newer revision of the same listing. */
  revise(instrument: Instrument): void {
    assert(instrument.id === this.instrument.id, Code.InvariantBroken);
    this.instrument = instrument;
    this.priceUnit = powerOfTen(instrument.priceScale);
    this.qtyUnit = powerOfTen(instrument.qtyScale);
  }

  /** Quantity down to the lot. */
  onLot(qty: number): number {
    assert(qty >= 0, Code.NumberNegative);
    return qty - (qty % this.instrument.lot);
  }
}
