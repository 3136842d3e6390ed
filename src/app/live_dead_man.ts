/**
 * The venue's own dead-man switch, where it has one: all orders of an instrument end when nobody renews it. Renewed from the
 * engine's turns alone, so that an engine that hangs lets it run out.
 */

import { Code } from "../core/code.ts";
import type { LiveGateway } from "./live_gateway.ts";

const SECOND_US = 1_000_000;
/** Two renewals may be lost. */
export const COUNTDOWN_MS = 120_000;
export const RENEW_US = 30 * SECOND_US;
/** Refused for want of budget or connection: soon again. */
const AGAIN_US = SECOND_US;
/**
 * An instrument without orders keeps its switch for so long: one that runs out later would end an order that was placed
 * meanwhile, so it is ended, and not armed again before the venue has surely taken that.
 */
const IDLE_US = 300 * SECOND_US;
const REST_US = 5 * SECOND_US;
/** How often open orders are looked through. */
const LOOK_US = 100_000;

interface Switch {
  dueUs: number;
  /** Orders were open then. */
  seenUs: number;
  isArmed: boolean;
}

export class DeadMan {
  readonly #switches = new Map<number, Switch>();
  #lookDueUs = 0;
  #isThere: boolean;

  constructor(
    readonly gateway: Pick<LiveGateway, "armDeadMan">,
    readonly openOrders: (visit: (instrument: number) => void) => void,
  ) {
    this.#isThere = gateway.armDeadMan !== undefined;
  }

  get armed(): number {
    let count = 0;
    for (const { isArmed } of this.#switches.values()) if (isArmed) count++;
    return count;
  }

  turn(nowUs: number): void {
    if (!this.#isThere || nowUs < this.#lookDueUs) return;
    this.#lookDueUs = nowUs + LOOK_US;
    this.openOrders((instrument) => {
      const known = this.#switches.get(instrument);
      if (known === undefined) this.#switches.set(instrument, { dueUs: 0, seenUs: nowUs, isArmed: false });
      else known.seenUs = nowUs;
    });
    for (const [instrument, each] of this.#switches) if (nowUs >= each.dueUs) this.#renew(instrument, each, nowUs);
  }

  #renew(instrument: number, each: Switch, nowUs: number): void {
    const isIdle = nowUs - each.seenUs >= IDLE_US;
    if (isIdle && !each.isArmed) return void this.#switches.delete(instrument);
    const code = this.gateway.armDeadMan?.(instrument, isIdle ? 0 : COUNTDOWN_MS) ?? Code.MessageUnknown;
    if (code === Code.MessageUnknown) {
      this.#isThere = false; // This venue has none.
      this.#switches.clear();
      return;
    }
    if (code !== Code.Ok) each.dueUs = nowUs + AGAIN_US;
    else {
      each.isArmed = !isIdle;
      each.dueUs = nowUs + (isIdle ? REST_US : RENEW_US);
    }
  }
}
