/** What the gate needs to know about the world for one check: numbers only, filled by the engine, reused for ever. */

import type { Instrument } from "../model/instrument.ts";

/** Quantities are mantissas at the instrument's newest revision; open quantities leave out the order being checked. */
export class GateContext {
  instrument: Instrument | undefined = undefined;
  nowUs = 0;
  /** Mantissa at the instrument's priceScale; 0 = none. */
  referencePrice = 0;
  referenceAgeUs = 0;
  referenceValid = false;
  /** Signed, of (account, instrument, leg). */
  positionQty = 0;
  /** Signed, what of it belongs to the order's instance. */
  instancePositionQty = 0;
  /** Leaves of all exposed orders of (account, instrument, leg), unknown ones and pending cancels included. */
  openBuyQty = 0;
  openSellQty = 0;
  /** The same for the order's instance alone; -1 = not known: the account's are taken, which is never too little. */
  instanceOpenBuyQty = -1;
  instanceOpenSellQty = -1;
  /** Denial that openings get because the account is not reconciled; 0 = none. */
  openingsDenial = 0;
  /** Exposed orders; asked for new orders only. */
  openCount = 0;
  /** The shared kill word; anything but 0 kills. */
  killWord = 0;
  /** Share of the trading ring that waits for the disk, 0–1. */
  journalOccupancy = 0;
  // Amends only: the order as it stands.
  oldPrice = 0;
  oldLeavesQty = 0;
  cumQty = 0;
}
