/** Reads the fields of a limits payload one by one; what is wrong becomes a problem, never an exception. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, parseWide } from "../core/decimal.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, problem } from "../core/problem.ts";
import { Wide } from "../core/wide.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import type { Bound } from "./bound.ts";
import { Control, LossAction } from "./control.ts";
import { LimitSet } from "./limit_set.ts";
import type { LimitsPayload } from "./limits_payload.ts";

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

const BPS_MAX = 1_000_000;
const WINDOW_US_MAX = 86_400_000_000;
/** What the engine remembers of prices. */
const BAND_WINDOW_US_MAX = 60_000_000;
const LEVERAGE_MAX = 100_000;
const NAMES_MAX = 256;
const NAME_UNITS_MAX = 128;
/** A limits payload is one record: what does not fit it could never be journaled. */
const RECORD_ROOM = 512;
const SCOPES: Readonly<Record<string, Scope>> = Object.freeze({
  instance: Scope.Instance,
  instrument: Scope.Instrument,
  venue: Scope.Venue,
  account: Scope.Account,
  firm: Scope.Firm,
});
const ACTIONS: Readonly<Record<string, LossAction>> = Object.freeze({
  reduce: LossAction.Reduce,
  halt: LossAction.Halt,
  kill: LossAction.Kill,
});
/** Controls that mean something at some scopes only. */
const SUM_SCOPES: readonly Scope[] = Object.freeze([Scope.Instance, Scope.Account, Scope.Firm]);
const MONEY_SCOPES: readonly Scope[] = Object.freeze([Scope.Account, Scope.Firm]);
const SCOPES_OF: Readonly<Record<string, readonly Scope[]>> = Object.freeze({
  maxGrossValue: SUM_SCOPES,
  maxNetValue: SUM_SCOPES,
  maxLeverage: MONEY_SCOPES,
  minFreeBalance: MONEY_SCOPES,
  maxDailyLoss: SUM_SCOPES,
  maxDrawdown: SUM_SCOPES,
  maxLosingTrips: SUM_SCOPES,
  executions: SUM_SCOPES,
  refusals: SUM_SCOPES,
});

export class LimitReader {
  readonly problems: Problem[] = [];

  constructor(readonly limits: Limits) {}

  fail(code: Code, detail: string): void {
    this.problems.push(problem(code, detail));
  }

  object(name: string, value: unknown): Record<string, unknown> | undefined {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    this.fail(Code.FieldType, `${name} must be an object`);
    return undefined;
  }

  scope(value: unknown): Scope {
    const known = typeof value === "string" && Object.hasOwn(SCOPES, value) ? SCOPES[value] : undefined;
    if (known !== undefined) return known;
    this.fail(Code.EnumUnknown, `scope ${JSON.stringify(value)} is not instance|instrument|venue|account|firm`);
    return Scope.Firm;
  }

  name(field: string, value: unknown): string {
    if (typeof value === "string" && value !== "" && value.length <= NAME_UNITS_MAX) return value;
    this.fail(Code.FieldType, `${field} must be a name`);
    return "";
  }

  integer(name: string, value: unknown, min: number, max: number): number {
    assert(min <= max, Code.ValueOutOfRange);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    this.fail(Code.ValueOutOfRange, `${name} must be an integer from ${min} to ${max}`);
    return min;
  }

  /** The payload as it will stand in the record's text. */
  fits(payload: unknown): void {
    const room = this.limits.recordBytesMax - RECORD_ROOM;
    assert(room > 0, Code.LimitRelationBroken);
    // A unit of UTF-16 has three bytes at most; names are ASCII, so this refuses nothing that anybody writes.
    if (JSON.stringify(payload).length * 3 <= room) return;
    let bytes = 0;
    for (const unit of JSON.stringify(payload)) bytes += unit.charCodeAt(0) < 128 ? 1 : 4;
    if (bytes > room) this.fail(Code.ValueOutOfRange, `limits have ${bytes} bytes, ${room} fit: use shorter lists`);
  }

  control(set: LimitSet, scope: Scope, name: string, value: unknown): void {
    const scopes = Object.hasOwn(SCOPES_OF, name) ? (SCOPES_OF[name] as readonly Scope[]) : undefined;
    if (scopes !== undefined && !scopes.includes(scope)) {
      this.fail(Code.Usage, `${name} is no limit of this scope`);
      return;
    }
    const isTaken =
      this.#basic(set, name, value) ||
      this.#price(set, name, value) ||
      this.#money(set, name, value) ||
      this.#loss(set, name, value) ||
      this.#access(set, name, value);
    if (!isTaken) this.fail(Code.Usage, `${name} is not a limit`);
  }

  #basic(set: LimitSet, name: string, value: unknown): boolean {
    switch (name) {
      case "maxOrderValue":
        return this.#amount(set, Control.OrderValue, name, value, set.maxOrderValue);
      case "maxOrderQty":
        return this.#amount(set, Control.OrderQty, name, value, set.maxOrderQty);
      case "maxLongPosition":
        return this.#amount(set, Control.LongPosition, name, value, set.maxLongPosition);
      case "maxShortPosition":
        return this.#amount(set, Control.ShortPosition, name, value, set.maxShortPosition);
      case "maxOpenOrders":
        set.maxOpenOrders = this.integer(name, value, 0, this.limits.ordersMax);
        return has(set, Control.OpenOrders);
      case "newOrders": {
        const { count, windowUs } = this.#rate(name, value, false);
        set.newOrdersCount = count;
        set.newOrdersWindowUs = windowUs;
        return has(set, Control.NewOrders);
      }
      case "amends": {
        const { count, windowUs } = this.#rate(name, value, false);
        set.amendsCount = count;
        set.amendsWindowUs = windowUs;
        return has(set, Control.Amends);
      }
      case "cancels": {
        const { count, windowUs, reserve } = this.#rate(name, value, true);
        set.cancelsCount = count;
        set.cancelsWindowUs = windowUs;
        set.cancelsReserve = reserve;
        return has(set, Control.Cancels);
      }
      default:
        return false;
    }
  }

  #price(set: LimitSet, name: string, value: unknown): boolean {
    switch (name) {
      case "collarBps":
        set.collarBps = this.integer(name, value, 0, BPS_MAX);
        return has(set, Control.Collar);
      case "referenceAgeUsMax":
        set.referenceAgeUsMax = this.integer(name, value, 0, WINDOW_US_MAX);
        return has(set, Control.ReferenceAge);
      case "slippageBps":
        set.slippageBps = this.integer(name, value, 0, BPS_MAX);
        return has(set, Control.Slippage);
      case "duplicateUs":
        set.duplicateUs = this.integer(name, value, 0, WINDOW_US_MAX);
        return has(set, Control.Duplicate);
      case "selfMatch":
        if (value !== "account" && value !== "firm") this.fail(Code.EnumUnknown, `${name} must be account or firm`);
        set.selfMatchFirm = value === "firm";
        return has(set, Control.SelfMatch);
      case "band": {
        const fields = this.#fields(name, value, ["bps", "windowUs"]);
        set.bandBps = this.integer(`${name}.bps`, fields["bps"], 0, BPS_MAX);
        set.bandWindowUs = this.integer(`${name}.windowUs`, fields["windowUs"], 1, BAND_WINDOW_US_MAX);
        return has(set, Control.Band);
      }
      default:
        return false;
    }
  }

  #money(set: LimitSet, name: string, value: unknown): boolean {
    switch (name) {
      case "maxGrossValue":
        return this.#amount(set, Control.GrossValue, name, value, set.maxGrossValue);
      case "maxNetValue":
        return this.#amount(set, Control.NetValue, name, value, set.maxNetValue);
      case "minFreeBalance":
        return this.#amount(set, Control.FreeBalance, name, value, set.minFreeBalance);
      case "maxLeverage":
        set.maxLeverage = this.integer(name, value, 0, LEVERAGE_MAX);
        return has(set, Control.Leverage);
      default:
        return false;
    }
  }

  #loss(set: LimitSet, name: string, value: unknown): boolean {
    switch (name) {
      case "maxDailyLoss":
        return this.#amount(set, Control.DailyLoss, name, value, set.maxDailyLoss);
      case "maxDrawdown":
        return this.#amount(set, Control.Drawdown, name, value, set.maxDrawdown);
      case "maxLosingTrips":
        set.maxLosingTrips = this.integer(name, value, 1, this.limits.ordersMax);
        return has(set, Control.LosingTrips);
      case "onLoss": {
        const action = typeof value === "string" && Object.hasOwn(ACTIONS, value) ? ACTIONS[value] : undefined;
        if (action === undefined) this.fail(Code.EnumUnknown, `${name} must be reduce, halt or kill`);
        set.onLoss = action ?? LossAction.Kill;
        return true;
      }
      case "executions": {
        const { count, windowUs } = this.#rate(name, value, false);
        set.executionsCount = count;
        set.executionsWindowUs = windowUs;
        return has(set, Control.Executions);
      }
      case "refusals": {
        const { count, windowUs } = this.#rate(name, value, false);
        set.refusalsCount = count;
        set.refusalsWindowUs = windowUs;
        return has(set, Control.Refusals);
      }
      case "rejectRatio": {
        const fields = this.#fields(name, value, ["orders", "bps"]);
        set.rejectOrders = this.integer(`${name}.orders`, fields["orders"], 1, this.limits.ordersMax);
        set.rejectBps = this.integer(`${name}.bps`, fields["bps"], 0, 10_000);
        return has(set, Control.RejectRatio);
      }
      case "coolDownUs":
        set.coolDownUs = this.integer(name, value, 0, WINDOW_US_MAX);
        return true;
      default:
        return false;
    }
  }

  #access(set: LimitSet, name: string, value: unknown): boolean {
    switch (name) {
      case "instruments":
        set.instruments = this.#names(name, value);
        return has(set, Control.Instruments);
      case "venues":
        set.venues = this.#names(name, value);
        return has(set, Control.Venues);
      case "restricted":
        set.restricted = this.#names(name, value);
        return has(set, Control.Restricted);
      case "hours": {
        const fields = this.#fields(name, value, ["from", "to", "days"]);
        set.hoursFrom = this.#minute(`${name}.from`, fields["from"]);
        set.hoursTo = this.#minute(`${name}.to`, fields["to"]);
        set.hoursDays = this.#days(`${name}.days`, fields["days"]);
        return has(set, Control.Hours);
      }
      default:
        return false;
    }
  }

  #amount(set: LimitSet, control: Control, name: string, value: unknown, out: Bound): boolean {
    const amount = new Wide();
    // The length is checked first: a number of a million digits would cost what it costs to read one.
    const code =
      typeof value === "string" && value.length <= 48 ? parseWide(amount, value, CASH_SCALE) : Code.FieldType;
    if (code !== Code.Ok) this.fail(code, `${name} must be a plain decimal as text, with at most 18 decimals`);
    if (amount.isNegative()) this.fail(Code.NumberNegative, `${name} is negative`);
    else out.set(amount);
    return has(set, control);
  }

  #rate(name: string, value: unknown, hasReserve: boolean): { count: number; windowUs: number; reserve: number } {
    const fields = this.#fields(name, value, hasReserve ? ["count", "windowUs", "reserve"] : ["count", "windowUs"]);
    const count = this.integer(`${name}.count`, fields["count"], 0, this.limits.ordersMax);
    const windowUs = this.integer(`${name}.windowUs`, fields["windowUs"], 1, WINDOW_US_MAX);
    const reserve = hasReserve
      ? this.integer(`${name}.reserve`, fields["reserve"] ?? count, 0, this.limits.ordersMax)
      : 0;
    return { count, windowUs, reserve };
  }

  #fields(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
    const fields = this.object(name, value) ?? {};
    for (const field of Object.keys(fields)) {
      if (!known.includes(field)) this.fail(Code.Usage, `${name}.${field} is not a limit`);
    }
    return fields;
  }

  #names(field: string, value: unknown): ReadonlySet<string> {
    const names = new Set<string>();
    if (!Array.isArray(value) || value.length > NAMES_MAX) {
      this.fail(Code.FieldType, `${field} must be a list of at most ${NAMES_MAX} names`);
      return names;
    }
    for (const entry of value) names.add(this.name(field, entry));
    return names;
  }

  /** Minute of the day of `HH:MM`; 24:00 is its end. */
  #minute(field: string, value: unknown): number {
    const found = typeof value === "string" ? /^([01][0-9]|2[0-4]):([0-5][0-9])$/.exec(value) : null;
    const minute = found === null ? -1 : Number.parseInt(found[1] ?? "", 10) * 60 + Number.parseInt(found[2] ?? "", 10);
    if (minute >= 0 && minute <= 1_440) return minute;
    this.fail(Code.FieldType, `${field} must be a time of the day, HH:MM`);
    return 0;
  }

  #days(field: string, value: unknown): number {
    if (value === undefined) return 127;
    let bits = 0;
    if (!Array.isArray(value) || value.length > 7) this.fail(Code.FieldType, `${field} must be a list of days, 1 to 7`);
    else for (const day of value) bits |= 1 << (this.integer(field, day, 1, 7) - 1);
    return bits;
  }
}

function has(set: LimitSet, control: Control): true {
  set.present |= control;
  return true;
}

function keyMin(scope: Scope): number {
  return scope === Scope.Instance ? 1 : 0;
}

function keyMax(scope: Scope, limits: Limits): number {
  if (scope === Scope.Instance) return limits.instancesMax;
  if (scope === Scope.Instrument) return limits.instrumentsMax - 1;
  return scope === Scope.Account ? limits.accountsMax - 1 : 0;
}
