/** Decides what trips: losses, drawdown, lost round trips, repeated executions, refusals, the share of rejects. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10, wideText } from "../core/decimal.ts";
import { Wide, wideCmp, wideSub } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import type { Bound } from "../risk/bound.ts";
import { Control, LossAction } from "../risk/control.ts";
import type { Breaker, RiskLevel } from "../risk/risk_level.ts";
import type { Recorder } from "./recorder.ts";
import type { ValuationPort } from "./valuation_port.ts";

const COUNTED = Control.LosingTrips | Control.Executions | Control.Refusals | Control.RejectRatio;
const MONEY = Control.DailyLoss | Control.Drawdown;
const DAY_US = 86_400_000_000;
/** A higher profit is journaled at most this often: after a crash the peak may be that old. */
const PEAK_EVERY_US = 1_000_000;
const CODES_BY_LOSS: readonly number[] = Object.freeze([Denial.DailyLoss, Denial.Drawdown, Denial.LosingTrips]);

/** What a tripped breaker does to orders that are there already. */
export interface BreakerActions {
  /** Takes back what could still open: every order of the scope that is not marked reduce-only. */
  cancelOpenings(level: RiskLevel, why: string): void;
  kill(scope: Scope, key: number, why: string): void;
}

export class BreakerWatch {
  readonly #record = new TradingRecord();
  readonly #profit = new Wide();
  readonly #fall = new Wide();
  readonly #peaks = new Map<RiskLevel, { readonly peak: Wide; dueUs: number }>();

  constructor(
    readonly recorder: Recorder,
    readonly valuation: () => ValuationPort,
    readonly actions: BreakerActions,
    /** Where the day begins, in µs after midnight UTC. */
    readonly dayStartUs = 0,
  ) {
    assert(dayStartUs >= 0 && dayStartUs < DAY_US, Code.ValueOutOfRange);
  }

  /** After the records of a step: what is counted. `withMoney`: what is measured at marks, too. */
  check(withMoney: boolean): void {
    const levels = this.recorder.state.risk.levels();
    for (let at = 0; at < levels.length; at++) {
      const level = levels[at] as RiskLevel;
      const { present } = level.set;
      if ((present & COUNTED) !== 0) this.#checkCounts(level);
      if (withMoney && (present & MONEY) !== 0) this.#checkMoney(level);
      if (!level.isFree) this.#endCoolDowns(level);
    }
  }

  #checkCounts(level: RiskLevel): void {
    const { set } = level;
    const { nowUs } = this.recorder;
    const { present } = set;
    if ((present & Control.LosingTrips) !== 0 && level.losingTrips >= set.maxLosingTrips) {
      this.#trip(level, Denial.LosingTrips, level.losingTrips, set.maxLosingTrips);
    }
    if (
      (present & Control.Executions) !== 0 &&
      !level.executions.allows(nowUs, set.executionsCount, set.executionsWindowUs)
    ) {
      this.#trip(level, Denial.RepeatedExecutions, set.executionsCount, set.executionsCount);
    }
    if ((present & Control.Refusals) !== 0 && !level.refusals.allows(nowUs, set.refusalsCount, set.refusalsWindowUs)) {
      this.#trip(level, Denial.RepeatedRefusals, set.refusalsCount, set.refusalsCount);
    }
    if ((present & Control.RejectRatio) !== 0 && level.outcomes.isOver(set.rejectBps)) {
      const { rejects, count } = level.outcomes;
      this.#trip(level, Denial.RejectRatio, (rejects * 10_000) / count, set.rejectBps);
    }
  }

  /** What cannot be valued is not measured now: openings in it are denied for want of a price anyway. */
  #checkMoney(level: RiskLevel): void {
    const profit = this.#profit;
    if (!this.valuation().profit(level.scope, level.key, profit)) return;
    const { nowUs } = this.recorder;
    const isNewDay = nowUs >= level.dayEndUs;
    const known = this.#peaks.get(level);
    const peak = known ?? { peak: new Wide(), dueUs: 0 };
    if (known === undefined) this.#peaks.set(level, peak);
    if (level.dayEndUs === 0) peak.peak.set(profit);
    else if (known === undefined) peak.peak.set(level.peak);
    const rises = wideCmp(profit, peak.peak) > 0;
    if (rises) peak.peak.set(profit);
    const isUnsaved = wideCmp(peak.peak, level.peak) > 0;
    if (isNewDay || (isUnsaved && nowUs >= peak.dueUs)) {
      peak.dueUs = nowUs + PEAK_EVERY_US;
      this.#mark(level, isNewDay ? this.#dayEnd(nowUs) : level.dayEndUs, isNewDay ? profit : level.dayBase, peak.peak);
    }
    const { set } = level;
    if ((set.present & Control.DailyLoss) !== 0) {
      this.#measure(level, Denial.DailyLoss, wideSub(this.#fall, level.dayBase, profit), set.maxDailyLoss);
    }
    if ((set.present & Control.Drawdown) !== 0) {
      this.#measure(level, Denial.Drawdown, wideSub(this.#fall, peak.peak, profit), set.maxDrawdown);
    }
  }

  #measure(level: RiskLevel, code: Denial, fall: Wide, bound: Bound): void {
    if (fall.isNegative() || !bound.isReachedBy(fall, CASH_SCALE)) return;
    if (fall.isZero()) return; // A bound of zero stops at the first unit lost, not before.
    this.#trip(
      level,
      code,
      fall.toNumber() / pow10(CASH_SCALE),
      bound.mantissas[0] as number,
      wideText(fall, CASH_SCALE),
    );
  }

  #dayEnd(nowUs: number): number {
    return Math.floor((nowUs - this.dayStartUs) / DAY_US) * DAY_US + DAY_US + this.dayStartUs;
  }

  #mark(level: RiskLevel, dayEndUs: number, base: Wide, peak: Wide): void {
    assert(dayEndUs > this.recorder.nowUs, Code.ValueOutOfRange);
    const record = this.#at(RecordKind.ProfitMarked, level);
    record.expireUs = dayEndUs;
    record.amountHi = base.hi;
    record.amountLo = base.lo;
    record.feeHi = peak.hi;
    record.feeLo = peak.lo;
    this.recorder.emit(record);
  }

  #trip(level: RiskLevel, code: Denial, found: number, bound: number, text = String(found)): void {
    if (level.breaker(code) !== undefined) return;
    const { nowUs } = this.recorder;
    const isLoss = CODES_BY_LOSS.includes(code);
    const action = isLoss ? level.set.onLoss : LossAction.Reduce;
    const ends = code === Denial.RejectRatio || code === Denial.RepeatedRefusals;
    const record = this.#at(RecordKind.BreakerTripped, level);
    record.code = code;
    record.flags = action;
    record.expireUs = ends && level.set.coolDownUs > 0 ? nowUs + level.set.coolDownUs : 0;
    record.qty = found;
    record.cumQty = bound;
    record.text = `${Denial[code]}: found ${text}, bound ${bound}`;
    assert(level.set.present !== 0, Code.InvariantBroken);
    const why = record.text;
    this.recorder.emit(record);
    if (action === LossAction.Kill) this.actions.kill(level.scope, level.key, why);
    else if (!ends) this.actions.cancelOpenings(level, why);
  }

  /** A breaker whose time is over is reset by a record: D knows no clock. */
  #endCoolDowns(level: RiskLevel): void {
    const over = level.breakers.find(({ untilUs }: Breaker) => untilUs !== 0 && this.recorder.nowUs >= untilUs);
    if (over === undefined) return;
    const record = this.#at(RecordKind.BreakerReset, level);
    record.code = over.code;
    record.text = "its cool-down is over";
    this.recorder.emit(record);
  }

  #at(kind: RecordKind, level: RiskLevel): TradingRecord {
    return atLevel(this.#record.reset(kind), level.scope, level.key, level.venue);
  }
}

/** Writes scope and key into a record's columns. */
export function atLevel(record: TradingRecord, scope: Scope, key: number, venue: string): TradingRecord {
  record.scope = scope;
  if (scope === Scope.Instance) record.instance = key;
  else if (scope === Scope.Instrument) record.instrument = key;
  else if (scope === Scope.Account) record.account = key;
  else if (scope === Scope.Venue) record.venueOrderId = venue;
  return record;
}
