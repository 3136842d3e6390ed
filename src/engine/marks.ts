/** Prices to value by: the newest middle of each market, kept when it falls silent; and the same in the firm's currency. */

import { amountOf, productAmount } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import { Wide } from "../core/wide.ts";
import type { MarketState } from "../market/market.ts";
import { type Instrument, moneyOf } from "../model/instrument.ts";
import { InstrumentKind } from "../model/order.ts";
import type { MarkSource } from "./conversion.ts";
import { Conversion, Valued } from "./conversion.ts";
import type { DurableState } from "./durable.ts";

/** A price beyond this cannot be doubled. */
const PRICE_MAX = 4_503_599_627_370_495;
/** Scale of marks that were converted from another asset. */
const CONVERTED_SCALE = 8;

/** Derived, never durable: it is made anew from the market. Limits are checked at these marks; no money is posted at them. */
export class Marks implements MarkSource {
  readonly #conversion: Conversion;
  /** By instrument: the newest price, its scale and time; 0 = never known. */
  readonly #prices: number[] = [];
  readonly #priceScales: number[] = [];
  readonly #times: number[] = [];
  /** By instrument: value of one unit of quantity in the currency, a mantissa at `#scales`; 0 = never known. */
  readonly #marks: number[] = [];
  readonly #scales: number[] = [];
  readonly #one = new Wide();

  constructor(
    readonly market: MarketState,
    readonly state: DurableState,
    readonly currency: string,
  ) {
    this.#conversion = new Conversion(state, this);
  }

  /** A last trade that is older than the quote that fell silent says less than that quote. */
  doubleMark(id: number): number {
    const instrument = this.state.instruments.get(id);
    if (instrument === undefined) return 0;
    const seen = this.market.instrument(id);
    const price = seen?.referencePrice() ?? 0;
    if (price > 0 && price <= PRICE_MAX && (seen?.referenceTimeUs ?? 0) >= (this.#times[id] ?? 0)) {
      this.#prices[id] = price;
      this.#priceScales[id] = instrument.priceScale;
      this.#times[id] = seen?.referenceTimeUs ?? 0;
    }
    const kept = this.#prices[id] ?? 0;
    const power = instrument.priceScale - (this.#priceScales[id] ?? instrument.priceScale);
    if (kept === 0 || power === 0) return 2 * kept;
    const rescaled = power > 0 && power <= CASH_SCALE ? kept * pow10(power) : 0;
    return rescaled <= PRICE_MAX ? 2 * rescaled : 0;
  }

  /** Takes the newest price. False when there is none and never was. */
  refresh(id: number): boolean {
    const instrument = this.state.instruments.get(id);
    if (instrument === undefined) return false;
    const double = this.doubleMark(id);
    if (double > 0) this.#take(instrument, double);
    return (this.#marks[id] ?? 0) > 0;
  }

  /** A number that changes with the mark: whoever holds a value knows by it that the value is old. */
  mark(id: number): number {
    return this.#marks[id] ?? 0;
  }

  /** out = qty at the mark. False when there is no mark, or the value leaves the range of amounts. */
  value(id: number, qty: number, out: Wide): boolean {
    const mark = this.#marks[id] ?? 0;
    const instrument = this.state.instruments.get(id);
    if (instrument === undefined) return false;
    if (qty === 0) {
      out.zero();
      return true;
    }
    assert(Number.isSafeInteger(qty), Code.ValueOutOfRange);
    return mark > 0 && productAmount(out, qty, mark, (this.#scales[id] as number) + instrument.qtyScale);
  }

  /** Exact where a unit is worth its price in the currency; else rounded up, so that nothing counts as less than it is. */
  #take(instrument: Instrument, double: number): void {
    const { id, kind, priceScale, qtyScale, contractSize = 1, contractScale = 0 } = instrument;
    const money = moneyOf(instrument);
    const isInverse = kind === InstrumentKind.InversePerpetual;
    const price = double / 2;
    if (money === this.currency && !isInverse && Number.isSafeInteger(price * contractSize)) {
      this.#marks[id] = price * contractSize;
      this.#scales[id] = priceScale + contractScale;
      return;
    }
    const rate = this.#rateOf(money);
    if (rate <= 0) return;
    const scale = Math.min(CONVERTED_SCALE, CASH_SCALE - qtyScale);
    const contract = contractSize / pow10(contractScale);
    const units = price / pow10(priceScale);
    const mark = Math.ceil((isInverse ? contract / units : contract * units) * rate * pow10(scale));
    assert(scale >= 0, Code.NumberNegative);
    if (!Number.isSafeInteger(mark)) return;
    this.#marks[id] = mark;
    this.#scales[id] = scale;
  }

  /** What one unit of an asset is worth in the currency; 0 = not known. */
  #rateOf(asset: string): number {
    if (asset === this.currency) return 1;
    const { ledger } = this.state;
    const from = ledger.assetId(asset);
    const to = ledger.assetId(this.currency);
    if (from === undefined || to === undefined || !amountOf(this.#one, 1, 0)) return 0;
    const valued = this.#conversion.convert(this.#one, from, to);
    return valued === Valued.Yes ? this.#one.toNumber() / (pow10(9) * pow10(9)) : 0;
  }
}
