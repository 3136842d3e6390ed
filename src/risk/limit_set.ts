/** The limits of one scope, from the payload of a LimitsSet record: validated whole, then held as exact numbers. */

import { MANTISSA_MAX } from "../core/brand.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import { Bound } from "./bound.ts";
import { LossAction } from "./control.ts";
import { LimitReader } from "./limit_reader.ts";

/** At most `count` messages in any `windowUs`. Cancels: `reserve` more for orders that no cancel is under way for. */
export interface RatePayload {
  readonly count: number;
  readonly windowUs: number;
  /** Cancels only; `count` again when not given. */
  readonly reserve?: number;
}

/** Trading hours of the day in UTC, `HH:MM`; `to` before `from` runs over midnight. Days: 1 = Monday … 7 = Sunday, all when absent. */
export interface HoursPayload {
  readonly from: string;
  readonly to: string;
  readonly days?: readonly number[];
}

/**
 * `LimitsSet.text`. Decimals are text in units: value in the quote or settle asset, quantities in the base asset; gross
 * and net values and losses in the firm's currency. It replaces all limits of its scope and key.
 * What is not given is not set at this level: missing at every level (instance, instrument, venue, account, firm)
 * denies; there is no "unlimited". Which controls must be there: `PAPER_CONTROLS`, `LIVE_CONTROLS`.
 */
export interface LimitsPayload {
  readonly scope: "instrument" | "instance" | "venue" | "account" | "firm";
  /** Id of the instrument, instance or account; 0 for the firm and for a venue, which `venue` names. */
  readonly key: number;
  readonly venue?: string;
  /** Rises with each change of this scope and key; a record with an older one is ignored. */
  readonly version: number;
  readonly maxOrderValue?: string;
  readonly maxOrderQty?: string;
  readonly maxLongPosition?: string;
  readonly maxShortPosition?: string;
  /** Largest distance of a limit price from the reference, in 1/10,000 of the reference. */
  readonly collarBps?: number;
  readonly referenceAgeUsMax?: number;
  readonly newOrders?: RatePayload;
  readonly cancels?: RatePayload;
  readonly maxOpenOrders?: number;
  /** Amends apart; where it is not set they count as new orders. */
  readonly amends?: RatePayload;
  /** Largest distance of a price from the lowest and the highest reference of the last `windowUs`. */
  readonly band?: { readonly bps: number; readonly windowUs: number };
  /** Largest distance of a market order's expected average price from the reference. */
  readonly slippageBps?: number;
  /** The same order again within so many microseconds is a duplicate. */
  readonly duplicateUs?: number;
  /** An order that would meet a resting one of the same account, or of the firm, is denied. */
  readonly selfMatch?: "account" | "firm";
  /** Sum over instruments of |position| at mark if all open orders of its larger side fill. */
  readonly maxGrossValue?: string;
  /** |Sum over instruments| of signed positions at mark, open orders of one side counted. */
  readonly maxNetValue?: string;
  /** Gross value over equity, in 1/100. Accounts and the firm. */
  readonly maxLeverage?: number;
  /** What must stay free of what pays for an order (units of that asset), once all open orders have filled. Spot. */
  readonly minFreeBalance?: string;
  /** Realised and unrealised loss of the day. */
  readonly maxDailyLoss?: string;
  /** Fall of realised and unrealised profit from its highest value. */
  readonly maxDrawdown?: string;
  /** So many round trips lost in a row. */
  readonly maxLosingTrips?: number;
  /** What a loss limit does: only exits, nothing but marked exits, or kill. `reduce` when not given. */
  readonly onLoss?: "reduce" | "halt" | "kill";
  /** Automated executions until a person must confirm by name. Instances. */
  readonly executions?: RatePayload;
  /** Denials and rejects until a person must confirm by name. Instances. */
  readonly refusals?: RatePayload;
  /** Share of rejects among the last `orders` answers of the venue, in 1/10,000. */
  readonly rejectRatio?: { readonly orders: number; readonly bps: number };
  /** After so long a breaker of rejects ends by itself; 0 or absent: by name only. */
  readonly coolDownUs?: number;
  /** Only these instruments, only these venues; never these. */
  readonly instruments?: readonly string[];
  readonly venues?: readonly string[];
  readonly restricted?: readonly string[];
  readonly hours?: HoursPayload;
}

/** One level's limits. Only values whose bit is in `present` mean anything. */
export class LimitSet {
  present = 0;
  version = 0;
  readonly maxOrderValue = new Bound();
  readonly maxOrderQty = new Bound();
  readonly maxLongPosition = new Bound();
  readonly maxShortPosition = new Bound();
  collarBps = 0;
  referenceAgeUsMax = 0;
  maxOpenOrders = 0;
  newOrdersCount = 0;
  newOrdersWindowUs = 0;
  cancelsCount = 0;
  cancelsReserve = 0;
  cancelsWindowUs = 0;
  amendsCount = 0;
  amendsWindowUs = 0;
  bandBps = 0;
  bandWindowUs = 0;
  slippageBps = 0;
  duplicateUs = 0;
  selfMatchFirm = false;
  readonly maxGrossValue = new Bound();
  readonly maxNetValue = new Bound();
  maxLeverage = 0;
  readonly minFreeBalance = new Bound();
  readonly maxDailyLoss = new Bound();
  readonly maxDrawdown = new Bound();
  maxLosingTrips = 0;
  onLoss = LossAction.Reduce;
  executionsCount = 0;
  executionsWindowUs = 0;
  refusalsCount = 0;
  refusalsWindowUs = 0;
  rejectOrders = 0;
  rejectBps = 0;
  coolDownUs = 0;
  instruments: ReadonlySet<string> | undefined = undefined;
  venues: ReadonlySet<string> | undefined = undefined;
  restricted: ReadonlySet<string> | undefined = undefined;
  /** Minutes of the day; `hoursTo` before `hoursFrom` runs over midnight. Bit 0 of `hoursDays` is Monday. */
  hoursFrom = 0;
  hoursTo = 0;
  hoursDays = 127;
}

/** The whole answer of reading a payload: good only when `problems` is empty. */
export interface ReadLimits {
  readonly scope: Scope;
  readonly key: number;
  /** Name of the venue of Scope.Venue, else "". */
  readonly venue: string;
  readonly set: LimitSet;
  readonly problems: readonly Problem[];
}

/** Builds the LimitsSet record of a payload, or says what is wrong with it; `out` is written only when nothing is. */
export function limitsRecord(out: TradingRecord, payload: LimitsPayload, limits: Limits): readonly Problem[] {
  const read = readLimits(payload, limits);
  if (read.problems.length > 0) return read.problems;
  out.reset(RecordKind.LimitsSet);
  out.scope = read.scope;
  if (read.scope === Scope.Instance) out.instance = read.key;
  else if (read.scope === Scope.Instrument) out.instrument = read.key;
  else if (read.scope === Scope.Account) out.account = read.key;
  out.text = JSON.stringify(payload);
  return [];
}

/** Reads any value as a payload. Total. */
export function readLimits(payload: unknown, limits: Limits): ReadLimits {
  const reader = new LimitReader(limits);
  const set = new LimitSet();
  const fields = reader.object("limits", payload);
  if (fields === undefined) return { scope: Scope.Firm, key: 0, venue: "", set, problems: reader.problems };
  const scope = reader.scope(fields["scope"]);
  const key = reader.integer("key", fields["key"] ?? 0, keyMin(scope), keyMax(scope, limits));
  const venue = scope === Scope.Venue ? reader.name("venue", fields["venue"]) : "";
  set.version = reader.integer("version", fields["version"], 1, MANTISSA_MAX);
  for (const [name, value] of Object.entries(fields)) {
    const isKnown = name === "scope" || name === "key" || name === "version";
    if (!isKnown && !(name === "venue" && scope === Scope.Venue)) reader.control(set, scope, name, value);
  }
  reader.fits(payload);
  return { scope, key, venue, set, problems: reader.problems };
}

function keyMin(scope: Scope): number {
  return scope === Scope.Instance ? 1 : 0;
}

function keyMax(scope: Scope, limits: Limits): number {
  if (scope === Scope.Instance) return limits.instancesMax;
  if (scope === Scope.Instrument) return limits.instrumentsMax - 1;
  return scope === Scope.Account ? limits.accountsMax - 1 : 0;
}
