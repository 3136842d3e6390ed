/** Prices to value by: the newest reference of each instrument in the firm's currency, kept when the market falls silent. */

import { productAmount } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import type { Wide } from "../core/wide.ts";
import type { MarketState } from "../market/market.ts";
import type { Instrument, InstrumentTable } from "../model/instrument.ts";
import { InstrumentKind } from "../model/order.ts";

/** Scale of marks that were converted from another asset. */
const CONVERTED_SCALE = 8;
/** How often an asset without a market in the currency is looked for again. */
const NO_MARKET = -1;

/** Derived, never durable: it is made anew from the market. Limits are checked at these marks; no money is posted at them. */
export class Marks {
  /** By instrument: mantissa at `#scales`; 0 = never known. */
  readonly #marks: number[] = [];
  readonly #scales: number[] = [];
  /** Asset → instrument that trades it for the currency. */
  readonly #rates = new Map<string, number>();
  #instrumentsSeen = 0;

  constructor(
    readonly market: MarketState,
    readonly instruments: InstrumentTable,
    readonly currency: string,
  ) {}

  /** Takes the newest price. False when there is none and never was. */
  refresh(id: number): boolean {
    const instrument = this.instruments.get(id);
    if (instrument === undefined) return false;
    const price = this.market.instrument(id)?.referencePrice() ?? 0;
    if (price > 0) this.#take(instrument, price);
    return (this.#marks[id] ?? 0) > 0;
  }

  /** A number that changes with the mark: whoever holds a value knows by it that the value is old. */
  mark(id: number): number {
    return this.#marks[id] ?? 0;
  }

  /** out = qty at the mark. False when there is no mark, or the value leaves the range of amounts. */
  value(id: number, qty: number, out: Wide): boolean {
    const mark = this.#marks[id] ?? 0;
    const instrument = this.instruments.get(id);
    if (instrument === undefined) return false;
    if (qty === 0) {
      out.zero();
      return true;
    }
    assert(Number.isSafeInteger(qty), Code.ValueOutOfRange);
    return mark > 0 && productAmount(out, qty, mark, (this.#scales[id] as number) + instrument.qtyScale);
  }

  /** out = an amount of the asset in the currency; `units` is in whole mantissas at `scale`. */
  assetValue(asset: string, units: number, scale: number, out: Wide): boolean {
    assert(Number.isSafeInteger(units) && scale <= CASH_SCALE, Code.ValueOutOfRange);
    if (units === 0) {
      out.zero();
      return true;
    }
    if (asset === this.currency) return productAmount(out, units, 1, scale);
    const id = this.#rateOf(asset);
    if (id === NO_MARKET || !this.refresh(id)) return false;
    const markScale = this.#scales[id] as number;
    if (markScale + scale > CASH_SCALE) return false;
    return productAmount(out, units, this.#marks[id] as number, markScale + scale);
  }

  #take(instrument: Instrument, price: number): void {
    const { id, priceScale, qtyScale } = instrument;
    const money = instrument.kind === InstrumentKind.Spot ? instrument.quote : instrument.settle;
    if (money === this.currency) {
      this.#marks[id] = price;
      this.#scales[id] = priceScale;
      return;
    }
    const via = this.#rateOf(money);
    const rate = via === NO_MARKET || via === id ? 0 : (this.market.instrument(via)?.referencePrice() ?? 0);
    if (rate <= 0) return;
    const scale = Math.min(CONVERTED_SCALE, CASH_SCALE - qtyScale);
    const rateScale = this.instruments.get(via)?.priceScale ?? 0;
    // A price to measure limits by, not money: rounded up, so that nothing counts as less than it is.
    const mark = Math.ceil((price / pow10(priceScale)) * (rate / pow10(rateScale)) * pow10(scale));
    assert(scale >= 0 && rateScale >= 0, Code.NumberNegative);
    if (!Number.isSafeInteger(mark)) return;
    this.#marks[id] = mark;
    this.#scales[id] = scale;
  }

  /** The spot market of the asset against the currency; looked for anew when instruments were added. */
  #rateOf(asset: string): number {
    const { count } = this.instruments;
    if (count !== this.#instrumentsSeen) {
      this.#rates.clear();
      this.#instrumentsSeen = count;
    }
    const known = this.#rates.get(asset);
    if (known !== undefined) return known;
    let found = NO_MARKET;
    for (let id = 0; id < count && found === NO_MARKET; id++) {
      const instrument = this.instruments.get(id);
      const fits = instrument?.kind === InstrumentKind.Spot && instrument.quote === this.currency;
      if (fits && instrument.base === asset) found = id;
    }
    this.#rates.set(asset, found);
    return found;
  }
}
