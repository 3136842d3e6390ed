/** What goes wrong at a fault gateway: each fault on or off and its rate, drawn from one seed. */

import type { Prng } from "../../core/prng.ts";

/** Rates are in 1/1000 of the messages that they concern; times in microseconds. All zero: a venue without faults. */
export interface FaultPlan {
  /** One way, shortest and longest. */
  readonly latencyUsMin: number;
  readonly latencyUsMax: number;
  /** After how long a session gives up waiting for an answer, and says that it does not know. */
  readonly timeoutUs: number;
  /** The gateway refuses before any byte leaves. */
  readonly refused: number;
  readonly requestLost: number;
  readonly requestLate: number;
  /** A definite refusal by the venue. */
  readonly rejected: number;
  /** Overtakes what the session sent before it, as requests on connections of their own do. */
  readonly requestOvertakes: number;
  /** What is answered is told by the stream, too. */
  readonly answerDoubled: number;
  readonly answerLost: number;
  readonly answerLate: number;
  /** 5xx though the venue has done it. */
  readonly errorAfterwards: number;
  readonly reportLost: number;
  readonly reportLate: number;
  readonly reportTwice: number;
  /** A word that the session does not know: the report is set aside. */
  readonly reportStrange: number;
  readonly cancelRefused: number;
  /** Share of a cancel-all that the venue forgets. */
  readonly batchPartial: number;
  readonly queryLost: number;
  readonly queryLate: number;
  readonly queryFailed: number;
  /** Lists of open orders that end early without saying so. */
  readonly listCut: number;
  /** Money that moves without an update. */
  readonly balanceLost: number;
  /** Longest delay of what is late. */
  readonly lateUsMax: number;
  /** Mean time between losses of the private stream, 0 = never; and how long each lasts at most. */
  readonly streamDownEveryUs: number;
  readonly streamSilentEveryUs: number;
  readonly streamGoneUsMax: number;
  /** Mean time between orders of somebody else on the account, 0 = never. */
  readonly foreignEveryUs: number;
  /** Mean time between payments in or out, 0 = never. */
  readonly paymentEveryUs: number;
  /** When the venue begins to ask for a tick ten times as large, 0 = never. */
  readonly coarseTickAfterUs: number;
}

export const NO_FAULTS: FaultPlan = Object.freeze({
  latencyUsMin: 1_000,
  latencyUsMax: 20_000,
  timeoutUs: 5_000_000,
  refused: 0,
  requestLost: 0,
  requestLate: 0,
  rejected: 0,
  requestOvertakes: 0,
  answerDoubled: 0,
  answerLost: 0,
  answerLate: 0,
  errorAfterwards: 0,
  reportLost: 0,
  reportLate: 0,
  reportTwice: 0,
  reportStrange: 0,
  cancelRefused: 0,
  batchPartial: 0,
  queryLost: 0,
  queryLate: 0,
  queryFailed: 0,
  listCut: 0,
  balanceLost: 0,
  lateUsMax: 1_000_000,
  streamDownEveryUs: 0,
  streamSilentEveryUs: 0,
  streamGoneUsMax: 20_000_000,
  foreignEveryUs: 0,
  paymentEveryUs: 0,
  coarseTickAfterUs: 0,
});

/** Faults that a session without reconciliation must survive: everything is told at last, in any order and twice. */
export const TOLD_AT_LAST = Object.freeze([
  "refused",
  "rejected",
  "answerLate",
  "reportLate",
  "reportTwice",
  "cancelRefused",
] as const);

const SOONER_OR_LATER = Object.freeze([
  "requestLost",
  "requestLate",
  "answerLost",
  "errorAfterwards",
  "reportLost",
  "reportStrange",
  "batchPartial",
  "queryLost",
  "queryLate",
  "queryFailed",
  "listCut",
] as const);

const RATES = Object.freeze([2, 5, 10, 20, 50, 100, 200]);
const LATE_US = Object.freeze([200_000, 1_000_000, 5_000_000, 30_000_000, 120_000_000]);
const MINUTE_US = 60_000_000;

/** Which families of faults may be drawn beside those that every session must survive. */
export interface FaultFamilies {
  /** Facts are lost and must be asked for. */
  readonly losses: boolean;
  readonly foreign: boolean;
  readonly payments: boolean;
}

/** A swarm: about half of the faults, at rates from rare to frequent, so that seeds differ in kind and not only in luck. */
export function drawFaults(prng: Prng, families: FaultFamilies): FaultPlan {
  const one = <T>(from: readonly T[]) => from[prng.nextBelow(from.length)] as T;
  const isOn = () => prng.nextBelow(2) === 0;
  const plan: { -readonly [K in keyof FaultPlan]: FaultPlan[K] } = { ...NO_FAULTS };
  plan.latencyUsMax = one([2_000, 20_000, 200_000, 800_000]);
  plan.lateUsMax = one(LATE_US);
  plan.timeoutUs = one([1_000_000, 5_000_000, 10_000_000]);
  plan.requestOvertakes = one([0, 500, 1_000]);
  plan.answerDoubled = one([0, 500, 1_000, 1_000]);
  for (const name of TOLD_AT_LAST) if (isOn()) plan[name] = one(RATES);
  // Late ones outlive any patience with reports when all are late: rates stay below one half by RATES.
  for (const name of SOONER_OR_LATER) {
    const rate = isOn() ? one(RATES) : 0;
    if (families.losses) plan[name] = rate;
  }
  const down = isOn() ? one([MINUTE_US / 4, MINUTE_US]) : 0;
  const silent = isOn() ? one([MINUTE_US / 2, MINUTE_US]) : 0;
  plan.streamGoneUsMax = one([1_000_000, 10_000_000, 40_000_000]);
  if (families.losses) {
    plan.streamDownEveryUs = down;
    plan.streamSilentEveryUs = silent;
  }
  const foreign = isOn() ? one([MINUTE_US / 6, MINUTE_US / 2]) : 0;
  if (families.foreign) plan.foreignEveryUs = foreign;
  const payment = isOn() ? MINUTE_US / 4 : 0;
  const balanceLost = isOn() ? one(RATES) : 0;
  if (families.payments) {
    plan.paymentEveryUs = payment;
    plan.balanceLost = balanceLost;
  }
  if (prng.nextBelow(4) === 0) plan.coarseTickAfterUs = one([10_000_000, MINUTE_US]);
  return plan;
}

/** The rates that are on, for a line of text. */
export function planText(plan: FaultPlan): string {
  const differs = Object.entries(plan).filter(([name, value]) => NO_FAULTS[name as keyof FaultPlan] !== value);
  return differs.map(([name, value]) => `${name}=${value}`).join(" ") || "none";
}
