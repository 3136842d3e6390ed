/**
 * The venue's own dead-man switch, where it has one: all orders of an instrument end when nobody renews it. Renewed from the
 * engine's turns alone, so that an engine that hangs lets it run out. It counts as armed once the venue has said so, and for
 * as long as that word holds; what the venue refuses or does not answer is asked again, some times before it runs out.
 */

import { assert } from "../core/assert.ts";
import { Code, codeName } from "../core/code.ts";
import type { LiveGateway } from "./live_gateway.ts";

const SECOND_US = 1_000_000;
/** Two renewals may be lost. */
export const COUNTDOWN_MS = 120_000;
const COUNTDOWN_US = COUNTDOWN_MS * 1_000;
export const RENEW_US = 30 * SECOND_US;
/** Refused or unanswered: soon again, then twice as late each time. */
const AGAIN_US = SECOND_US;
/** A renewal is tried some ten times within the time that the switch has. */
export const AGAIN_US_MAX = 15 * SECOND_US;
/** An answer that does not come by then never comes. */
export const ANSWER_US_MAX = 10 * SECOND_US;
/**
 * An instrument without orders keeps its switch for so long: one that runs out later would end an order that was placed
 * meanwhile, so it is ended, and not armed again before the venue has surely taken that.
 */
const IDLE_US = 300 * SECOND_US;
const REST_US = 5 * SECOND_US;
/** How often open orders are looked through. */
const LOOK_US = 100_000;

/** One request, until its answer is looked at. */
interface Asked {
  readonly sentUs: number;
  readonly isEnd: boolean;
  code: Code | undefined;
}

interface Switch {
  dueUs: number;
  /** Orders were open then. */
  seenUs: number;
  /** Until then the venue surely ends the orders of an engine that hangs; 0: it has not said so. */
  armedUntilUs: number;
  /** Until then it may do so: some request has left. */
  runsUntilUs: number;
  asked: Asked | undefined;
  /** Why the last request did not arm or renew it; Ok: it did, or was none yet. */
  code: Code;
  againUs: number;
}

/** Plain data. An instrument with open orders (or lately so) whose switch the venue has not taken, or not renewed. */
export interface UnarmedSwitch {
  readonly instrument: number;
  /** Name of the code; "" while the first request is under way. */
  readonly code: string;
  /** The venue's earlier word still holds. */
  readonly isArmed: boolean;
}

export class DeadMan {
  readonly #switches = new Map<number, Switch>();
  #lookDueUs = 0;
  #nowUs = 0;
  #isThere: boolean;

  constructor(
    readonly gateway: Pick<LiveGateway, "armDeadMan">,
    readonly openOrders: (visit: (instrument: number) => void) => void,
  ) {
    this.#isThere = gateway.armDeadMan !== undefined;
  }

  /** Instruments whose switch the venue has taken, and that has not run out. */
  get armed(): number {
    let count = 0;
    for (const each of this.#switches.values()) if (this.#isArmed(each)) count++;
    return count;
  }

  unarmed(): UnarmedSwitch[] {
    const rows: UnarmedSwitch[] = [];
    for (const [instrument, each] of this.#switches) {
      const isArmed = this.#isArmed(each);
      const isWanted = this.#nowUs - each.seenUs < IDLE_US;
      if (!isWanted || (isArmed && each.code === Code.Ok)) continue;
      rows.push({ instrument, code: each.code === Code.Ok ? "" : codeName(each.code), isArmed });
    }
    return rows;
  }

  turn(nowUs: number): void {
    this.#nowUs = nowUs;
    if (!this.#isThere || nowUs < this.#lookDueUs) return;
    this.#lookDueUs = nowUs + LOOK_US;
    this.openOrders((instrument) => {
      const known = this.#switches.get(instrument);
      if (known === undefined) this.#switches.set(instrument, fresh(nowUs));
      else known.seenUs = nowUs;
    });
    for (const [instrument, each] of this.#switches) {
      if (each.asked !== undefined) hear(each, each.asked, nowUs);
      if (each.asked === undefined && nowUs >= each.dueUs) this.#renew(instrument, each, nowUs);
    }
  }

  #isArmed({ armedUntilUs }: Switch): boolean {
    return this.#nowUs < armedUntilUs;
  }

  #renew(instrument: number, each: Switch, nowUs: number): void {
    const isEnd = nowUs - each.seenUs >= IDLE_US;
    if (isEnd && nowUs >= each.runsUntilUs) return void this.#switches.delete(instrument);
    const asked: Asked = { sentUs: nowUs, isEnd, code: undefined };
    const done = (code: Code) => {
      asked.code = code;
    };
    const code = this.gateway.armDeadMan?.(instrument, isEnd ? 0 : COUNTDOWN_MS, done) ?? Code.MessageUnknown;
    if (code === Code.MessageUnknown) {
      this.#isThere = false; // This venue has none.
      this.#switches.clear();
      return;
    }
    if (code !== Code.Ok) {
      each.code = code; // Nothing has left: that costs the venue nothing, and is soon tried again.
      each.dueUs = nowUs + AGAIN_US;
      return;
    }
    each.asked = asked;
    if (isEnd)
      each.armedUntilUs = 0; // It may be taken without a word.
    else each.runsUntilUs = nowUs + COUNTDOWN_US + ANSWER_US_MAX; // It may have reached the venue so late.
  }
}

function fresh(nowUs: number): Switch {
  const never = { armedUntilUs: 0, runsUntilUs: 0 };
  return { ...never, dueUs: 0, seenUs: nowUs, asked: undefined, code: Code.Ok, againUs: AGAIN_US };
}

/** What the venue has said, if it has; one that says nothing for long is given up, and heard no more. */
function hear(each: Switch, { code, sentUs, isEnd }: Asked, nowUs: number): void {
  if (code === undefined && nowUs - sentUs < ANSWER_US_MAX) return;
  each.asked = undefined;
  if (code !== Code.Ok) {
    fail(each, code ?? Code.AnswerMissing, nowUs);
    // The end may still be on its way: what is armed before it comes would be ended by it.
    if (isEnd) each.dueUs = Math.max(each.dueUs, nowUs + REST_US);
    return;
  }
  each.code = Code.Ok;
  each.againUs = AGAIN_US;
  each.armedUntilUs = isEnd ? 0 : sentUs + COUNTDOWN_US;
  if (isEnd) each.runsUntilUs = 0;
  each.dueUs = isEnd ? nowUs + REST_US : sentUs + RENEW_US;
  assert(each.armedUntilUs <= Math.max(0, each.runsUntilUs), Code.InvariantBroken);
}

function fail(each: Switch, code: Code, nowUs: number): void {
  each.code = code;
  each.dueUs = nowUs + each.againUs;
  each.againUs = Math.min(2 * each.againUs, AGAIN_US_MAX);
}
