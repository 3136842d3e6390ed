/**
 * Levels far from the market: a real book reaches much further than the synthetic model does, and a client that knows
 * only a few dozen levels of a moving market must ask for the full book again and again.
 */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { SyntheticSide } from "../match/synthetic_side.ts";

/** How far the levels reach, as a share of the price, and how many there are when they do. */
const REACH = 0.1;
const LEVELS = 200;
/** They reach further again when so many of them are left. */
const LEVELS_LEFT_MIN = 100;

/** A change: absolute quantity in lots, 0 = the level is gone. */
export type SetFarLevel = (ticks: number, lots: number) => void;

/** One side: levels at multiples of a step, from beyond the model's worst level outwards. */
export class FarLevels {
  readonly #stepTicks: number;
  /** First and last step that are there, outwards: near ≤ far on asks, near ≥ far on bids; else there is none yet. */
  #near: number;
  #far: number;

  constructor(
    readonly side: SyntheticSide,
    readonly isBid: boolean,
    readonly levelLots: number,
  ) {
    const worst = side.ticksAt(side.count - 1);
    assert(worst > 0 && levelLots > 0, Code.ValueOutOfRange);
    this.#stepTicks = Math.max(1, Math.floor((worst * REACH) / LEVELS));
    this.#near = this.#firstStep();
    this.#far = this.#near - this.#outward;
  }

  /** Follows the model: levels that it has come upon go, levels that it has left come. */
  update(set: SetFarLevel): void {
    const out = this.#outward;
    const first = this.#firstStep();
    // What lies between the model's worst level and the market is the model's.
    for (; (first - this.#near) * out > 0; this.#near += out) {
      if ((this.#far - this.#near) * out >= 0) this.#take(this.#near, set);
    }
    while ((this.#near - first) * out > 0) {
      this.#near -= out;
      this.#put(this.#near, set);
    }
    if ((this.#far - this.#near) * out >= LEVELS_LEFT_MIN) return;
    const goal = this.#near + out * LEVELS;
    while ((goal - this.#far) * out > 0 && (this.#far + out) * this.#stepTicks > 0) {
      this.#far += out;
      if ((this.#far - this.#near) * out >= 0) this.#put(this.#far, set);
    }
  }

  get #outward(): 1 | -1 {
    return this.isBid ? -1 : 1;
  }

  /** The first step that lies beyond the model's worst level. */
  #firstStep(): number {
    const worst = this.side.ticksAt(this.side.count - 1);
    assert(worst > 0, Code.InvariantBroken);
    return this.isBid ? Math.ceil(worst / this.#stepTicks) - 1 : Math.floor(worst / this.#stepTicks) + 1;
  }

  #put(step: number, set: SetFarLevel): void {
    // Some number for each step, always the same one.
    const drawn = (Math.imul(step, 0x9e3779b1) >>> 8) % (3 * this.levelLots);
    set(step * this.#stepTicks, this.levelLots + drawn);
  }

  /** Unless the model has a level at this very price now. */
  #take(step: number, set: SetFarLevel): void {
    const ticks = step * this.#stepTicks;
    for (let i = 0; i < this.side.count; i++) if (this.side.ticksAt(i) === ticks) return;
    set(ticks, 0);
  }
}
