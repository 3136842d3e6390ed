/** When an order that was triggered is held again. */

import { Denial } from "./denial.ts";
import { OrderFlag } from "./order.ts";

/**
 * True for an exit that was triggered, approved, and then could not leave: the session was down, its budget spent, the
 * disk slow. It has not been sent, and the position that it protects is still there, so it is held and tried again. An
 * opening order is not: it would come late. One that somebody cancelled, or a kill, ends.
 */
export function isReheld(denial: number, flags: number): boolean {
  const isExit = (flags & OrderFlag.Triggered) !== 0 && (flags & OrderFlag.ReduceOnly) !== 0;
  return isExit && isPassing(denial);
}

/** Refusals that say nothing of the order: a moment later it may pass. */
export function isPassing(denial: number): boolean {
  switch (denial) {
    case Denial.StaleIntent:
    case Denial.RateLimited:
    case Denial.NotReady:
    case Denial.JournalBehind:
    case Denial.IntentsCapped:
    case Denial.NotSynced:
    case Denial.PositionBroken:
      return true;
    default:
      return false;
  }
}
