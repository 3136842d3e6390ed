/** Whether a held order may go now: openings wait until their account is reconciled, exits are never blocked. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Denial } from "../model/denial.ts";
import { isHeld } from "../model/order.ts";
import type { Decider } from "./decider.ts";
import { ALL_INSTRUMENTS } from "./ports.ts";
import type { Recorder } from "./recorder.ts";

/** A reconciliation takes about a second: so long an exit leaves it the chance to tell of fills that nobody has heard of. */
export const EXIT_SYNC_WAIT_US = 3_000_000;

/**
 * An exit by hand passes in every state of readiness, and one that fires by itself has no less reason: `Broken` lasts until
 * an operator acts, and a venue that cannot be asked may stay `Syncing` for hours, while the market does not wait.
 *
 * What is dangerous about it: while nothing is reconciled, our position may be larger than the true one: another exit may
 * have filled unheard, or somebody traded elsewhere. On a venue that itself guards reduce-only the worst is a rejection. On
 * one that does not, the exit sells what is gone and turns the position round. Against that stand: the wait above, in which
 * fills that the venue knows of arrive; the family, whose siblings at the venue must have ended by evidence, not by time,
 * before a fired one leaves; the gate, which cuts to what we hold less all that is open, requests without answers
 * included; and in an open break, where the venue has stated another quantity, the smaller of the two (`Decider.fire`).
 * What then remains is a small position the wrong way round, told by the next sweep: better than a large one unprotected.
 */
export class Awake {
  /** What D says of readiness may be from before the restart, and the wait is for what came to pass since. */
  #startedUs = 0;

  constructor(
    readonly recorder: Recorder,
    readonly decider: Decider,
  ) {}

  recover(): void {
    this.#startedUs = this.recorder.nowUs;
  }

  of(order: number): boolean {
    const { orders, readiness } = this.recorder.state;
    assert(isHeld(orders.state(order)), Code.IllegalTransition);
    const account = orders.account(order);
    const instrument = orders.instrument(order);
    const denial = this.decider.openingsDenial(account, instrument);
    if (denial === Denial.None) return true;
    if (!this.decider.closes(order)) return false;
    if (denial === Denial.PositionBroken) return true;
    const wholeUs = readiness.sinceUs(account, ALL_INSTRUMENTS);
    const sinceUs = Math.max(wholeUs, readiness.sinceUs(account, instrument), this.#startedUs);
    return this.recorder.nowUs - sinceUs >= EXIT_SYNC_WAIT_US;
  }
}
