/** An instrument as a handle knows it: its newest revision, and what turns mantissas into plain numbers and back. */

import { powerOfTen } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind } from "../model/order.ts";
import { qtyOfAmount, type Rounded, roundToStep } from "./rounding.ts";

/**
 * Quantities of the engine are contracts, sizes of strategies are of the base asset. What a linear contract stands for is
 * `contract` over a power of ten, which is within `qtyUnit`. An inverse contract is no fixed part of the base: its sizes
 * are contracts.
 */
export class Listing {
  instrument: Instrument;
  priceUnit = 1;
  qtyUnit = 1;
  contract = 1;
  #contractScale = 0;

  constructor(instrument: Instrument) {
    assert(instrument.tick > 0 && instrument.lot > 0, Code.ValueOutOfRange);
    this.instrument = instrument;
    this.#take(instrument);
  }

  /** Takes a newer revision of the same listing. */
  revise(instrument: Instrument): void {
    assert(instrument.id === this.instrument.id, Code.InvariantBroken);
    this.#take(instrument);
  }

  get isInverse(): boolean {
    return this.instrument.kind === InstrumentKind.InversePerpetual;
  }

  /** Of a quantity, in the base asset. */
  size(qty: number): number {
    return (qty * this.contract) / this.qtyUnit;
  }

  /** A size as a quantity, down to the lot. */
  qtyOf(size: unknown): Rounded {
    const { contract, instrument } = this;
    const read = roundToStep(size, instrument.qtyScale + this.#contractScale, instrument.lot * contract, false);
    assert(read.mantissa % contract === 0, Code.InvariantBroken);
    return { code: read.code, mantissa: read.mantissa / contract };
  }

  /** Of so much of the quote asset at `price`, a mantissa. */
  qtyOfAmount(amount: unknown, price: number): Rounded {
    const { contract, instrument } = this;
    const { priceScale, qtyScale, lot } = instrument;
    const read = qtyOfAmount(amount, price, priceScale, qtyScale + this.#contractScale, lot * contract);
    assert(read.mantissa % contract === 0, Code.InvariantBroken);
    return { code: read.code, mantissa: read.mantissa / contract };
  }

  /** Quantity down to the lot. */
  onLot(qty: number): number {
    assert(qty >= 0, Code.NumberNegative);
    return qty - (qty % this.instrument.lot);
  }

  #take(instrument: Instrument): void {
    const { kind, priceScale, qtyScale, contractSize = 1, contractScale = 0 } = instrument;
    const isLinear = kind === InstrumentKind.LinearPerpetual;
    this.instrument = instrument;
    this.contract = isLinear ? contractSize : 1;
    this.#contractScale = isLinear ? contractScale : 0;
    this.priceUnit = powerOfTen(priceScale);
    this.qtyUnit = powerOfTen(qtyScale + this.#contractScale);
    assert(Number.isSafeInteger(instrument.lot * this.contract), Code.ValueOutOfRange);
  }
}
