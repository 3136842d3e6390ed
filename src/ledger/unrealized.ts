/** What closing a position at a price would realise. */

import { type Wide, wideSub } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { valueAt } from "../model/value.ts";
import type { Position } from "./position.ts";

/**
 * out = profit at 10^-18 of the position's money if all of it were closed at `price / divisor` (mantissa at the
 * instrument's priceScale). False when the value is no amount; `out` is zero then.
 */
export function unrealizedAt(
  out: Wide,
  row: Readonly<Position>,
  instrument: Instrument,
  price: number,
  divisor = 1,
): boolean {
  const { qty, qtyScale } = row.holding;
  out.zero();
  if (qty === 0) return true;
  if (!valueAt(out, instrument, qty, price, divisor, instrument.priceScale, qtyScale)) {
    out.zero();
    return false;
  }
  // A long wants its value above its cost; of an inverse contract, money per unit falls as the price rises.
  if (qty > 0 !== row.isInverse) wideSub(out, out, row.cost);
  else wideSub(out, row.cost, out);
  return true;
}
