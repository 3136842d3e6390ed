/** What the gate needs to know about the world for one check: numbers, and a source for what few orders must be asked about. */

import type { Wide } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import type { Scope, TradingRecord } from "../model/record.ts";

/** Levels of limits, narrow to wide: indices of `GateContext.openCounts` and of the gate's own table. */
export enum Level {
  Instance = 0,
  Instrument = 1,
  Venue = 2,
  Account = 3,
  Firm = 4,
}

export const LEVEL_COUNT = 5;

/**
 * Sums over instruments, money, and prices of the last seconds: asked only where a limit wants them. Values are in the
 * firm's currency at 10^-18. False: it cannot be known now, and the order is denied.
 */
export interface GateSource {
  /** Gross value of the instance, account or firm if all open orders fill, with `addedQty` more of this order. */
  grossAfter(scope: Scope, order: Readonly<TradingRecord>, addedQty: number, out: Wide): boolean;
  /** The net value in the order's direction, negative when it is the other way. */
  netAfter(scope: Scope, order: Readonly<TradingRecord>, addedQty: number, out: Wide): boolean;
  equity(scope: Scope, order: Readonly<TradingRecord>, out: Wide): boolean;
  /**
   * What stays free of what pays for the order (spot: quote asset of a buy, base asset of a sell, in units of it) once
   * all open orders and this one at `price` have filled; negative when it does not suffice.
   */
  freeAfter(order: Readonly<TradingRecord>, leavesQty: number, price: number, out: Wide): boolean;
  /** Fills `bandLow` and `bandHigh` with the extremes of the reference in the last `windowUs`. */
  readBand(instrument: number, nowUs: number, windowUs: number): boolean;
  readonly bandLow: number;
  readonly bandHigh: number;
}

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
  /** What other accounts hold of the instrument and have open, of each side: counts at the levels above the account. */
  otherLongQty = 0;
  otherShortQty = 0;
  /** Exposed orders of (account, instrument); asked for new orders only. */
  openCount = 0;
  /** Open orders by `Level`; -1 = not known: `openCount` is taken. */
  readonly openCounts = new Float64Array(LEVEL_COUNT).fill(-1);
  /** The shared kill word; anything but 0 kills. */
  killWord = 0;
  /** Share of the trading ring that waits for the disk, 0–1. */
  journalOccupancy = 0;
  /** Real money: more controls must be set. */
  isReal = false;
  /** Why openings of the account are denied whatever they are: not armed, another build, not reconciled. */
  accountDenial: Denial = Denial.None;
  /** Market orders: average and last price of the visible book for the size, mantissas; 0 = the book does not hold it. */
  expectedPrice = 0;
  worstPrice = 0;
  /** Best own resting limit prices of the other instances as well, of the account and of the firm; 0 = none. */
  ownBuyMax = 0;
  ownSellMin = 0;
  firmBuyMax = 0;
  firmSellMin = 0;
  source: GateSource | undefined = undefined;
  // Amends only: the order as it stands.
  oldPrice = 0;
  oldLeavesQty = 0;
  cumQty = 0;

  /** As if there were so many more open orders (fewer, when negative) at every level. */
  countOpen(more: number): void {
    this.openCount += more;
    for (let level = 0; level < LEVEL_COUNT; level++) {
      const known = this.openCounts[level] as number;
      if (known >= 0) this.openCounts[level] = Math.max(0, known + more);
    }
  }
}
