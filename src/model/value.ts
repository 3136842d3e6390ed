/** What a quantity at a price is worth in the money of its instrument: quote of spot, settle asset of contracts. */

import { AMOUNT_HI_MAX, amountOf, isMantissa, scaleUp } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import { type Wide, wideMul, wideMulDivFloor, wideMulInt } from "../core/wide.ts";
import { hasContract, type Instrument } from "./instrument.ts";
import { InstrumentKind } from "./order.ts";

/** Wides stay below it when they are multiplied on. */
const HI_MAX = 9_007_199_254_740_991;

/**
 * out = |qty| at `price · divisor⁻¹`, as an amount at 10^-18, cut toward zero: price · qty · contract (spot, linear),
 * qty · contract / price (inverse). `divisor` is 1, or 2 for the doubled middle of a quote. Mantissas at the scales that
 * are given, which may be those of an older revision. False when it is no amount, or a price of 0 for an inverse one.
 */
export function valueAt(
  out: Wide,
  instrument: Instrument,
  qty: number,
  price: number,
  divisor = 1,
  priceScale: number = instrument.priceScale,
  qtyScale: number = instrument.qtyScale,
): boolean {
  assert(isMantissa(qty) && isMantissa(price) && price >= 0, Code.ValueOutOfRange);
  const contract = instrument.contractSize ?? 1;
  assert(contract === 1 || hasContract(instrument), Code.ValueOutOfRange);
  const contractScale = instrument.contractScale ?? 0;
  const size = Math.abs(qty);
  if (instrument.kind === InstrumentKind.InversePerpetual) {
    if (price === 0 || !contracts(out, size, contract, qtyScale + contractScale)) return false;
    // V / (price · 10^-priceScale / divisor). Nobody quotes with more decimals than a float64 has.
    if (priceScale > 15 || !wideMulDivFloor(out, out, pow10(priceScale) * divisor, price)) return false;
    return out.hi <= AMOUNT_HI_MAX;
  }
  wideMul(out, size, price);
  if (contract !== 1) {
    if ((out.hi + 1) * contract > HI_MAX) return false;
    wideMulInt(out, out, contract);
  }
  if (!toAmount(out, priceScale + qtyScale + contractScale)) return false;
  return divisor === 1 || wideMulDivFloor(out, out, 1, divisor);
}

/**
 * out = worth in the quote asset at 10^-18: price · qty · contract, of an inverse contract qty · contract. It is what
 * limits per order are written in, so that one limit reads alike for every kind. False when it is no amount.
 */
export function quoteValueAt(out: Wide, instrument: Instrument, qty: number, price: number): boolean {
  if (instrument.kind === InstrumentKind.InversePerpetual) return contractValue(out, instrument, qty);
  return valueAt(out, instrument, qty, price);
}

/** out = |qty| · contract at 10^-18: what an inverse position is worth in the quote asset, whatever the price. */
export function contractValue(out: Wide, instrument: Instrument, qty: number): boolean {
  const { contractSize = 1, contractScale = 0, qtyScale } = instrument;
  return contracts(out, Math.abs(qty), contractSize, qtyScale + contractScale);
}

function contracts(out: Wide, size: number, contract: number, scale: number): boolean {
  if (contract === 1) return amountOf(out, size, scale);
  return toAmount(wideMul(out, size, contract), scale);
}

/** From `scale` to 10^-18; marks have more decimals than prices, and may go beyond it. */
function toAmount(out: Wide, scale: number): boolean {
  if (scale <= CASH_SCALE) return scaleUp(out, CASH_SCALE - scale);
  return wideMulDivFloor(out, out, 1, pow10(scale - CASH_SCALE));
}
