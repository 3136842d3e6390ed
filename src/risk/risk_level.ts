/** What one scope and key has: limits, the windows that they bound, tripped breakers, a trading state, marks of profit. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import { type Scope, TradingState } from "../model/record.ts";
import { Control, LossAction } from "./control.ts";
import { LimitSet } from "./limit_set.ts";
import { OutcomeRing } from "./outcome_ring.ts";
import { Throttle } from "./throttle.ts";

const TABLE_LIMITS = 51;
const TABLE_THROTTLE = 52;
const TABLE_STATUS = 54;

/** Kinds of windows: part of their rows in the hash. */
const KIND_NEW_ORDERS = 1;
const KIND_CANCELS = 2;
const KIND_AMENDS = 3;
const KIND_EXECUTIONS = 4;
const KIND_REFUSALS = 5;

/** One tripped breaker. `code` is the Denial it answers with; `untilUs` 0 = until somebody resets it by name. */
export interface Breaker {
  readonly code: number;
  readonly action: LossAction;
  readonly sinceUs: number;
  readonly untilUs: number;
  readonly why: string;
}

export class RiskLevel implements Saved {
  set = new LimitSet();
  /** The payload as it came: what the hash and reports show. */
  text = "";
  tradingState: TradingState = TradingState.Active;
  /** Round trips lost in a row. */
  losingTrips = 0;
  /** End of the day whose losses are counted, 0 = none begun; profit when it began, and the highest one so far. */
  dayEndUs = 0;
  readonly dayBase = new Wide();
  readonly peak = new Wide();
  readonly newOrders: Throttle;
  readonly cancels: Throttle;
  readonly amends: Throttle;
  readonly executions: Throttle;
  readonly refusals: Throttle;
  readonly outcomes: OutcomeRing;
  #breakers: Breaker[] = [];

  constructor(
    readonly hash: RowHash,
    readonly scope: Scope,
    readonly key: number,
    /** Name of the venue of Scope.Venue, else "". */
    readonly venue = "",
  ) {
    this.newOrders = new Throttle(hash, TABLE_THROTTLE, scope, key, KIND_NEW_ORDERS);
    this.cancels = new Throttle(hash, TABLE_THROTTLE, scope, key, KIND_CANCELS);
    this.amends = new Throttle(hash, TABLE_THROTTLE, scope, key, KIND_AMENDS);
    this.executions = new Throttle(hash, TABLE_THROTTLE, scope, key, KIND_EXECUTIONS);
    this.refusals = new Throttle(hash, TABLE_THROTTLE, scope, key, KIND_REFUSALS);
    this.outcomes = new OutcomeRing();
  }

  get breakers(): readonly Breaker[] {
    return this.#breakers;
  }

  /** True when the gate has nothing to ask here but limits. */
  get isFree(): boolean {
    return this.#breakers.length === 0 && this.tradingState === TradingState.Active;
  }

  /** Takes new limits over; the windows keep what they remember. */
  replace(set: LimitSet, text: string): void {
    assert(set.version > this.set.version, Code.RecordOrderBroken);
    assert(text !== "", Code.InvariantBroken);
    if (this.text !== "") this.#limitsRow().takeOut();
    this.#takeOut();
    this.#take(set, text);
    this.#limitsRow().putIn();
    this.#putIn();
  }

  setTradingState(state: TradingState): void {
    this.#takeOut();
    this.tradingState = state;
    this.#putIn();
  }

  breaker(code: number): Breaker | undefined {
    return this.#breakers.find((breaker) => breaker.code === code);
  }

  /** Twice is once: the first stays, with its time. */
  trip(breaker: Breaker): void {
    if (this.breaker(breaker.code) !== undefined) return;
    assert(breaker.untilUs === 0 || breaker.untilUs >= breaker.sinceUs, Code.ValueOutOfRange);
    this.#takeOut();
    this.#breakers.push(breaker);
    this.#putIn();
  }

  /**
   * False when it is not tripped. What it counted begins anew, or it would trip again at once; what others count stays:
   * a cool-down that ends by itself must not forgive the day's losses.
   */
  reset(code: number): boolean {
    if (this.breaker(code) === undefined) return false;
    this.#takeOut();
    this.#breakers = this.#breakers.filter((breaker) => breaker.code !== code);
    if (code === Denial.LosingTrips) this.losingTrips = 0;
    if (code === Denial.DailyLoss || code === Denial.Drawdown) this.dayEndUs = 0;
    if (code === Denial.RejectRatio) this.outcomes.clear();
    this.#putIn();
    if (code === Denial.RepeatedExecutions) this.executions.clear();
    if (code === Denial.RepeatedRefusals) this.refusals.clear();
    return true;
  }

  noteTrip(isLoss: boolean): void {
    this.#takeOut();
    this.losingTrips = isLoss ? this.losingTrips + 1 : 0;
    this.#putIn();
  }

  /** The venue took an order, or refused one. */
  noteOutcome(isReject: boolean): void {
    if (this.outcomes.capacity === 0) return;
    this.#takeOut();
    this.outcomes.note(isReject);
    this.#putIn();
  }

  markProfit(dayEndUs: number, dayBase: Wide, peak: Wide): void {
    this.#takeOut();
    this.dayEndUs = dayEndUs;
    this.dayBase.set(dayBase);
    this.peak.set(peak);
    this.#putIn();
  }

  noteOpening(timeUs: number, isAmend: boolean): void {
    // Where amends have no window of their own, they are new orders.
    if (isAmend && (this.set.present & Control.Amends) !== 0) this.amends.note(timeUs);
    else this.newOrders.note(timeUs);
  }

  save(out: StateWriter): void {
    out.text(this.text).u32(this.tradingState).u32(this.losingTrips);
    out.f64(this.dayEndUs).wide(this.dayBase).wide(this.peak).u32(this.#breakers.length);
    for (const { code, action, sinceUs, untilUs, why } of this.#breakers) {
      out.u32(code).u32(action).f64(sinceUs).f64(untilUs).text(why);
    }
    for (const window of this.#windows()) window.save(out);
    this.outcomes.save(out);
  }

  /** `read` makes limits of the text, "" excepted: the caller knows how. */
  load(from: StateReader, read: (text: string) => LimitSet = () => new LimitSet()): void {
    assert(this.text === "" && this.isFree, Code.InvariantBroken);
    this.#takeOut();
    const text = from.text();
    if (text !== "") this.#take(read(text), text);
    this.tradingState = from.u32();
    this.losingTrips = from.u32();
    this.dayEndUs = from.f64();
    this.dayBase.set(from.wide());
    this.peak.set(from.wide());
    for (let left = from.u32(); left > 0; left--) {
      const code = from.u32();
      const action: LossAction = from.u32();
      this.#breakers.push({ code, action, sinceUs: from.f64(), untilUs: from.f64(), why: from.text() });
    }
    for (const window of this.#windows()) window.load(from);
    this.outcomes.load(from);
    if (this.text !== "") this.#limitsRow().putIn();
    this.#putIn();
  }

  #take(set: LimitSet, text: string): void {
    this.set = set;
    this.text = text;
    this.newOrders.resize(set.newOrdersCount);
    this.cancels.resize(set.cancelsCount + set.cancelsReserve);
    this.amends.resize(set.amendsCount);
    this.executions.resize(set.executionsCount);
    this.refusals.resize(set.refusalsCount);
    this.outcomes.resize(set.rejectOrders);
  }

  #windows(): readonly Throttle[] {
    return [this.newOrders, this.cancels, this.amends, this.executions, this.refusals];
  }

  #limitsRow(): RowHash {
    return this.hash.begin(TABLE_LIMITS, this.key).add(this.scope).addText(this.text);
  }

  /** A level that has nothing but limits has no row: that keeps levels that were never written out of the hash. */
  #hasStatus(): boolean {
    return !this.isFree || this.losingTrips !== 0 || this.dayEndUs !== 0 || this.outcomes.count !== 0;
  }

  #takeOut(): void {
    if (this.#hasStatus()) this.#status().takeOut();
  }

  #putIn(): void {
    if (this.#hasStatus()) this.#status().putIn();
  }

  #status(): RowHash {
    const { hash, dayBase, peak, outcomes } = this;
    hash.begin(TABLE_STATUS, this.key).add(this.scope).addText(this.venue).add(this.tradingState).add(this.losingTrips);
    hash.add(this.dayEndUs).add(dayBase.hi).add(dayBase.lo).add(peak.hi).add(peak.lo);
    hash.add(outcomes.count).add(outcomes.rejects).add(outcomes.mark);
    for (const { code, action, sinceUs, untilUs } of this.#breakers) {
      hash
        .add(code)
        .add(action ?? LossAction.Reduce)
        .add(sinceUs)
        .add(untilUs);
    }
    return hash;
  }
}
