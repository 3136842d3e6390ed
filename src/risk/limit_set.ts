/** The limits of one scope, from the payload of a LimitsSet record: validated whole, then held as exact numbers. */

import { Bound } from "./bound.ts";
import { LossAction } from "./control.ts";

/** One level's limits. Only values whose bit is in `present` mean anything. */
export class LimitSet {
  present = 0;
  version = 0;
  readonly maxOrderValue = new Bound();
  readonly maxOrderQty = new Bound();
  readonly maxLongPosition = new Bound();
  readonly maxShortPosition = new Bound();
  collarBps = 0;
  referenceAgeUsMax = 0;
  maxOpenOrders = 0;
  newOrdersCount = 0;
  newOrdersWindowUs = 0;
  cancelsCount = 0;
  cancelsReserve = 0;
  cancelsWindowUs = 0;
  amendsCount = 0;
  amendsWindowUs = 0;
  bandBps = 0;
  bandWindowUs = 0;
  slippageBps = 0;
  duplicateUs = 0;
  selfMatchFirm = false;
  readonly maxGrossValue = new Bound();
  readonly maxNetValue = new Bound();
  maxLeverage = 0;
  readonly minFreeBalance = new Bound();
  readonly maxDailyLoss = new Bound();
  readonly maxDrawdown = new Bound();
  maxLosingTrips = 0;
  onLoss = LossAction.Reduce;
  executionsCount = 0;
  executionsWindowUs = 0;
  refusalsCount = 0;
  refusalsWindowUs = 0;
  rejectOrders = 0;
  rejectBps = 0;
  coolDownUs = 0;
  instruments: ReadonlySet<string> | undefined = undefined;
  venues: ReadonlySet<string> | undefined = undefined;
  restricted: ReadonlySet<string> | undefined = undefined;
  /** Minutes of the day; `hoursTo` before `hoursFrom` runs over midnight. Bit 0 of `hoursDays` is Monday. */
  hoursFrom = 0;
  hoursTo = 0;
  hoursDays = 127;
}
