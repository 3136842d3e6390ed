/** Bybit's categories that are served, and what they are called here. */

import { InstrumentKind } from "../../model/order.ts";

export type Category = "spot" | "linear";
export const CATEGORIES: readonly Category[] = Object.freeze(["spot", "linear"] as const);

/** `Instrument.venue`: symbols are the same in both categories. */
export function venueOf(category: Category): string {
  return category === "spot" ? "bybit-spot" : "bybit-linear";
}

export function categoryOf(venue: string): Category | undefined {
  return CATEGORIES.find((category) => venueOf(category) === venue);
}

export function kindOf(category: Category): InstrumentKind {
  return category === "spot" ? InstrumentKind.Spot : InstrumentKind.LinearPerpetual;
}
