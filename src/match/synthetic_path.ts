/** The price path of a synthetic underlying: drift, volatility, legs, shocks, on a fixed grid of time. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Prng } from "../core/prng.ts";
import type { SyntheticSpec } from "./synthetic_spec.ts";

const GRID_US = 50_000;
const YEAR_SECONDS = 31_557_600;
const BPS = 10_000;
/** Share of legs that turn the other way; the rest go on. */
const TURN_SHARE = 0.85;
/** A gap longer than this is jumped over: the path does not try to catch up with a host that slept. */
const GAP_US_MAX = 60_000_000;
/** The price stays within these multiples of its start: no run of chance leaves what integers can hold. */
const FACTOR_MIN = 0.1;
const FACTOR_MAX = 10;

/** On a grid, so that a spot market and its perpetual see the same path whatever their own events are. */
export class PricePath {
  /** Price as a multiple of the start price. */
  factor = 1;
  /** +1 while the leg rises, -1 while it falls. */
  direction: 1 | -1 = 1;
  readonly #prng: Prng;
  readonly #drift: number;
  readonly #sigma: number;
  readonly #trend: number;
  readonly #shockShare: number;
  #gridUs: number;
  #strength = 1;
  #legEndUs: number;

  constructor(
    readonly spec: SyntheticSpec,
    seed: number,
    startUs: number,
  ) {
    assert(spec.legUsMin > 0 && spec.legUsMax >= spec.legUsMin, Code.ValueOutOfRange);
    assert(spec.volatilityYear >= 0 && spec.trendBps >= 0, Code.ValueOutOfRange);
    this.#prng = new Prng(seed);
    const seconds = GRID_US / 1_000_000;
    this.#drift = (spec.driftYear * seconds) / YEAR_SECONDS;
    this.#sigma = spec.volatilityYear * Math.sqrt(seconds / YEAR_SECONDS);
    this.#trend = (spec.trendBps / BPS) * seconds;
    this.#shockShare = (spec.shocksPerHour * seconds) / 3_600;
    this.#gridUs = grid(startUs);
    this.#legEndUs = this.#legEnd();
  }

  /** Moves to `timeUs`; never back. */
  advance(timeUs: number): void {
    if (timeUs - this.#gridUs > GAP_US_MAX) {
      this.#gridUs = grid(timeUs);
      this.#legEndUs = this.#legEnd();
    }
    while (this.#gridUs + GRID_US <= timeUs) this.#tick();
  }

  /** A leg begins now and lasts so long; `strength` 1 is as steep as any other, and others see no shocks. */
  lean(direction: 1 | -1, strength: number, forUs: number): void {
    assert(forUs > 0 && strength >= 0, Code.ValueOutOfRange);
    this.direction = direction;
    this.#strength = strength;
    this.#legEndUs = this.#gridUs + forUs;
  }

  #tick(): void {
    const prng = this.#prng;
    this.#gridUs += GRID_US;
    if (this.#gridUs >= this.#legEndUs) {
      if (prng.nextFloat() < TURN_SHARE) this.direction = this.direction === 1 ? -1 : 1;
      this.#strength = 1;
      this.#legEndUs = this.#legEnd();
    }
    let change = this.#drift + this.direction * this.#strength * this.#trend + this.#sigma * this.#normal();
    const shocks = prng.nextFloat() < this.#shockShare;
    if (shocks && this.#strength === 1) change += ((2 * prng.nextFloat() - 1) * this.spec.shockBps) / BPS;
    this.factor = Math.min(FACTOR_MAX, Math.max(FACTOR_MIN, this.factor * (1 + change)));
  }

  #legEnd(): number {
    const { legUsMin, legUsMax } = this.spec;
    return this.#gridUs + legUsMin + this.#prng.nextFloat() * (legUsMax - legUsMin);
  }

  /** Mean 0, variance 1, within ±3.5: the sum of four even draws is near enough to a bell. */
  #normal(): number {
    const prng = this.#prng;
    const sum = prng.nextFloat() + prng.nextFloat() + prng.nextFloat() + prng.nextFloat();
    return (sum - 2) * Math.sqrt(3);
  }
}

function grid(timeUs: number): number {
  return timeUs - (timeUs % GRID_US);
}
