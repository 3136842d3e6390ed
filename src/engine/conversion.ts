/** What an amount of one asset is worth in another, at the marks of instruments that trade one for the other. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { pow10 } from "../core/decimal.ts";
import { type Wide, wideMulDivFloor, wideNeg } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind } from "../model/order.ts";
import type { DurableState } from "./durable.ts";

/** Twice the price, as a mantissa at the newest revision's priceScale, so that a middle is exact; 0 = none. */
export interface MarkSource {
  doubleMark(instrument: number): number;
}

export enum Valued {
  Yes = 0,
  /** There is a market for it, without a price at this moment. */
  Unpriced = 1,
  /** Nothing that we know trades it for the currency, in two steps at most. */
  NoMarket = 2,
}

const NONE = -1;

/**
 * Search order, stable: one step before two; spot before contracts (whose mark stands for the pair where no spot is
 * listed); then by listing id. Of those the first that has a price now. An edge is 2 · instrument for base → quote, plus
 * 1 for quote → base.
 */
export class Conversion {
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #other: Int32Array;
  #instruments = 0;
  #assets = 0;

  constructor(
    readonly state: DurableState,
    readonly marks: MarkSource,
  ) {
    const { assetsMax, instrumentsMax } = state.limits;
    this.#first = new Int32Array(assetsMax);
    this.#next = new Int32Array(2 * instrumentsMax);
    this.#other = new Int32Array(2 * instrumentsMax);
  }

  /** Turns `amount` (10^-18, any sign) into the currency, cut toward zero; zero when the answer is not Yes. */
  convert(amount: Wide, asset: number, currency: number): Valued {
    assert(asset >= 0 && asset < this.#first.length, Code.ValueOutOfRange);
    assert(currency >= 0 && currency < this.#first.length, Code.ValueOutOfRange);
    if (asset === currency || amount.isZero()) return Valued.Yes;
    this.#index();
    const direct = this.#edge(asset, currency);
    if (direct >= 0) return this.#apply(amount, direct, NONE);
    let found = direct === NONE ? Valued.NoMarket : Valued.Unpriced;
    for (let edge = this.#first[asset] as number; edge !== NONE; edge = this.#next[edge] as number) {
      const second = this.#edge(this.#other[edge] as number, currency);
      if (second === NONE) continue;
      found = Valued.Unpriced;
      if (second >= 0 && this.marks.doubleMark(edge >> 1) > 0) return this.#apply(amount, edge, second);
    }
    amount.zero();
    return found;
  }

  /** First edge with a price; NONE when there is no edge at all, below it when none has a price. */
  #edge(from: number, to: number): number {
    let found = NONE;
    for (let edge = this.#first[from] as number; edge !== NONE; edge = this.#next[edge] as number) {
      if ((this.#other[edge] as number) !== to) continue;
      if (this.marks.doubleMark(edge >> 1) > 0) return edge;
      found = NONE - 1;
    }
    return found;
  }

  #apply(amount: Wide, first: number, second: number): Valued {
    assert(first >= 0, Code.InvariantBroken);
    const isNegative = amount.isNegative();
    if (isNegative) wideNeg(amount, amount);
    const fits = this.#step(amount, first) && (second === NONE || this.#step(amount, second));
    if (!fits) {
      amount.zero();
      return Valued.Unpriced; // Beyond all amounts: no price of this world.
    }
    if (isNegative) wideNeg(amount, amount);
    return Valued.Yes;
  }

  #step(amount: Wide, edge: number): boolean {
    const mark = this.marks.doubleMark(edge >> 1);
    const { priceScale } = this.state.instruments.get(edge >> 1) as Instrument;
    assert(mark > 0 && Number.isSafeInteger(mark), Code.ValueOutOfRange);
    // Twice a power of ten beyond 10^15 is no mantissa: the rest is a step of its own.
    const unit = 2 * pow10(Math.min(priceScale, 15));
    const rest = pow10(priceScale - Math.min(priceScale, 15));
    if ((edge & 1) === 0)
      return wideMulDivFloor(amount, amount, mark, unit) && wideMulDivFloor(amount, amount, 1, rest);
    return wideMulDivFloor(amount, amount, unit, mark) && wideMulDivFloor(amount, amount, rest, 1);
  }

  /** Listings never change their assets: the index is made anew only when there are more of either. */
  #index(): void {
    const { instruments, ledger } = this.state;
    const assets = ledger.assetCodes().length;
    if (instruments.count === this.#instruments && assets === this.#assets) return;
    this.#instruments = instruments.count;
    this.#assets = assets;
    this.#first.fill(NONE);
    this.#next.fill(NONE);
    // From the last to the first, contracts before spot, each put in front: so the lists are in the stated order.
    for (let id = instruments.count - 1; id >= 0; id--) this.#add(id, false);
    for (let id = instruments.count - 1; id >= 0; id--) this.#add(id, true);
  }

  #add(id: number, isSpot: boolean): void {
    const { instruments, ledger } = this.state;
    const instrument = instruments.get(id) as Instrument;
    if ((instrument.kind === InstrumentKind.Spot) !== isSpot) return;
    const base = ledger.assetId(instrument.base);
    const quote = ledger.assetId(instrument.quote);
    if (base === undefined || quote === undefined || base === quote) return;
    this.#link(2 * id, base, quote);
    this.#link(2 * id + 1, quote, base);
  }

  #link(edge: number, from: number, to: number): void {
    assert(edge < this.#other.length && from !== to, Code.InvariantBroken);
    this.#other[edge] = to;
    this.#next[edge] = this.#first[from] as number;
    this.#first[from] = edge;
  }
}
