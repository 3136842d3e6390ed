/** The synthetic venue's listings: instrument definitions out of the specs of their models. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { SyntheticSpec } from "../../match/synthetic_spec.ts";
import type { Instrument } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";

export const SIM_VENUE = "sim";

/** An instrument and the model that makes its market. */
export interface SyntheticListing {
  readonly instrument: Instrument;
  readonly spec: SyntheticSpec;
}

/** `BTC-USDT`, `BTC-USDT-PERP`. */
export function symbolOf(spec: SyntheticSpec): string {
  return `${spec.base}-${spec.quote}${spec.perpetual === undefined ? "" : "-PERP"}`;
}

/** One definition per spec, in order: dense ids from `firstId` on, revision 1. */
export function instrumentsOf(specs: readonly SyntheticSpec[], firstId = 0): Instrument[] {
  assert(new Set(specs.map(symbolOf)).size === specs.length, Code.ValueOutOfRange);
  return specs.map((spec, n) => ({
    id: firstId + n,
    revision: 1,
    name: `${SIM_VENUE}:${symbolOf(spec)}`,
    venue: SIM_VENUE,
    venueSymbol: symbolOf(spec),
    kind: spec.perpetual === undefined ? InstrumentKind.Spot : InstrumentKind.LinearPerpetual,
    base: spec.base,
    quote: spec.quote,
    settle: spec.quote,
    priceScale: spec.priceScale,
    qtyScale: spec.qtyScale,
    priceDecimals: spec.priceDecimals,
    qtyDecimals: spec.qtyDecimals,
    tick: spec.tick,
    lot: spec.lot,
    qtyMin: spec.lot,
    qtyMax: 0,
    notionalMin: 0,
  }));
}

/** Joins definitions (of a journal, say) with the specs that make them, by symbol; what has no spec has no market. */
export function listingsOf(instruments: readonly Instrument[], specs: readonly SyntheticSpec[]): SyntheticListing[] {
  const listings: SyntheticListing[] = [];
  for (const instrument of instruments) {
    const spec = specs.find((each) => instrument.venue === SIM_VENUE && symbolOf(each) === instrument.venueSymbol);
    if (spec === undefined) continue;
    assert(spec.priceScale === instrument.priceScale, Code.ValueOutOfRange);
    assert(spec.qtyScale === instrument.qtyScale, Code.ValueOutOfRange);
    listings.push({ instrument, spec });
  }
  return listings;
}
