/** Who may trade what, and when: trading states, breakers, arming, allow lists, hours. Asked of openings before any limit. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { OrderFlag } from "../model/order.ts";
import { type TradingRecord, TradingState } from "../model/record.ts";
import type { GateContext } from "./context.ts";
import { Control, LossAction } from "./control.ts";
import type { Finding } from "./finding.ts";
import type { LimitSet } from "./limit_set.ts";
import type { RiskLevel } from "./risk_level.ts";

const MINUTE_US = 60_000_000;
const DAY_MINUTES = 1_440;
/** 1970-01-01 was a Thursday; Monday is day 0 here. */
const EPOCH_WEEKDAY = 3;

/**
 * Exits pass trading states and breakers, but for a halt: there only such as are marked reduce-only do, so that a person
 * or a stopped instance can flatten and a strategy cannot go on.
 */
export function checkStates(
  levels: readonly RiskLevel[],
  order: Readonly<TradingRecord>,
  nowUs: number,
  isExit: boolean,
  finding: Finding,
): Denial {
  const isMarked = isExit && (order.flags & OrderFlag.ReduceOnly) !== 0;
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i] as RiskLevel;
    if (level.isFree) continue;
    const state = level.tradingState;
    assert(state === 0 || state === TradingState.Reducing || state === TradingState.Halted, Code.EnumUnknown);
    if (state === TradingState.Halted && !isMarked) return Denial.TradingHalted;
    if (state === TradingState.Reducing && !isExit) return Denial.OnlyReducing;
    for (let at = 0; at < level.breakers.length; at++) {
      const breaker = level.breakers[at];
      if (breaker === undefined || (breaker.untilUs !== 0 && nowUs >= breaker.untilUs)) continue;
      if (isMarked || (isExit && breaker.action < LossAction.Halt)) continue;
      return finding.deny(isExit ? Denial.TradingHalted : breaker.code, breaker.code, breaker.sinceUs);
    }
  }
  return Denial.None;
}

/** Openings only: the account, the lists, the hours. `present` is the union of what the levels set. */
export function checkAccess(
  levels: readonly RiskLevel[],
  present: number,
  instrument: Instrument,
  context: GateContext,
): Denial {
  if (context.accountDenial !== Denial.None) return context.accountDenial;
  const lists = Control.Instruments | Control.Venues | Control.Restricted | Control.Hours;
  if ((present & lists) === 0) return Denial.None;
  for (let i = 0; i < levels.length; i++) {
    const { set } = levels[i] as RiskLevel;
    assert(set.instruments === undefined || (set.present & Control.Instruments) !== 0, Code.InvariantBroken);
    if (set.instruments?.has(instrument.name) === false) return Denial.InstrumentNotAllowed;
    if (set.venues?.has(instrument.venue) === false) return Denial.VenueNotAllowed;
    if (set.restricted?.has(instrument.name) === true) return Denial.InstrumentRestricted;
    if ((set.present & Control.Hours) !== 0 && !isWithinHours(set, context.nowUs)) return Denial.OutsideHours;
  }
  return Denial.None;
}

/** Half open: `from` is inside, `to` is not. Hours over midnight belong to the day on which they begin. */
export function isWithinHours(set: LimitSet, nowUs: number): boolean {
  const minutes = Math.floor(nowUs / MINUTE_US);
  const minute = minutes % DAY_MINUTES;
  const day = (Math.floor(minutes / DAY_MINUTES) + EPOCH_WEEKDAY) % 7;
  const { hoursFrom: from, hoursTo: to, hoursDays: days } = set;
  assert(day >= 0 && day < 7, Code.ValueOutOfRange);
  if (from < to) return minute >= from && minute < to && (days & (1 << day)) !== 0;
  if (minute >= from) return (days & (1 << day)) !== 0;
  return minute < to && (days & (1 << ((day + 6) % 7))) !== 0;
}
