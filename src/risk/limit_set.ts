/** The limits of one scope, from the payload of a LimitsSet record: validated whole, then held as exact numbers. */

import { assert } from "../core/assert.ts";
import { MANTISSA_MAX } from "../core/brand.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, parseWide } from "../core/decimal.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, problem } from "../core/problem.ts";
import { Wide, wideShareFloor } from "../core/wide.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";

/** At most `count` messages in any `windowUs`. Cancels: `reserve` more for orders that no cancel is under way for. */
export interface RatePayload {
  readonly count: number;
  readonly windowUs: number;
  /** Cancels only; `count` again when not given. */
  readonly reserve?: number;
}

/**
 * `LimitsSet.text`. Decimals are text in units: value in the quote or settle asset, quantities in the base asset.
 * It replaces all limits of its scope and key. What is not given is not set at this level: missing at every level
 * (instance, instrument, account, firm) denies; there is no "unlimited".
 */
export interface LimitsPayload {
  readonly scope: "instrument" | "instance" | "account" | "firm";
  /** Id of the instrument, instance or account; 0 for the firm. */
  readonly key: number;
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
}

/** Bits of `LimitSet.present`, also the number in a LimitMissing denial's detail. */
export enum Control {
  OrderValue = 1,
  OrderQty = 2,
  LongPosition = 4,
  ShortPosition = 8,
  Collar = 16,
  ReferenceAge = 32,
  NewOrders = 64,
  Cancels = 128,
  OpenOrders = 256,
}

/** Every control must be set at one level at least. */
export const ALL_CONTROLS = 511;

/**
 * A decimal bound, ready to be compared with integers of any scale: floor(bound · 10^scale) for each scale. An integer is
 * at most the bound exactly when it is at most that floor, so the gate compares without scaling anything up.
 */
export class Bound {
  /** Floors at scale 0–18 that a mantissa can hold; larger ones are the largest mantissa. */
  readonly mantissas = new Float64Array(CASH_SCALE + 1);
  readonly #his = new Float64Array(CASH_SCALE + 1);
  readonly #los = new Float64Array(CASH_SCALE + 1);

  /** Takes an amount ≥ 0 at 10^-18. */
  set(amount: Wide): void {
    assert(!amount.isNegative(), Code.NumberNegative);
    const floor = new Wide().set(amount);
    // A floor of a floor is the floor of the whole: one division by ten for each scale.
    for (let scale = CASH_SCALE; scale >= 0; scale--) {
      if (scale < CASH_SCALE) wideShareFloor(floor, floor, 1, 10);
      this.mantissas[scale] = floor.hi === 0 ? floor.lo : MANTISSA_MAX;
      this.#his[scale] = floor.hi;
      this.#los[scale] = floor.lo;
    }
  }

  /** True when `value`, an integer at `scale`, is over the bound. */
  isPassedBy(value: Wide, scale: number): boolean {
    assert(scale >= 0 && scale <= CASH_SCALE, Code.ValueOutOfRange);
    const hi = this.#his[scale] as number;
    return value.hi === hi ? value.lo > (this.#los[scale] as number) : value.hi > hi;
  }
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
}

/** The whole answer of reading a payload: good only when `problems` is empty. */
export interface ReadLimits {
  readonly scope: Scope;
  readonly key: number;
  readonly set: LimitSet;
  readonly problems: readonly Problem[];
}

const BPS_MAX = 1_000_000;
const WINDOW_US_MAX = 86_400_000_000;

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
  const reader = new PayloadReader(limits);
  const set = new LimitSet();
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    reader.fail(Code.FieldType, "limits must be an object");
    return { scope: Scope.Firm, key: 0, set, problems: reader.problems };
  }
  const fields = payload as Record<string, unknown>;
  const scope = reader.scope(fields["scope"]);
  const key = reader.integer("key", fields["key"] ?? 0, keyMin(scope), keyMax(scope, limits));
  set.version = reader.integer("version", fields["version"], 1, MANTISSA_MAX);
  for (const [name, value] of Object.entries(fields)) {
    if (name !== "scope" && name !== "key" && name !== "version") reader.control(set, name, value);
  }
  return { scope, key, set, problems: reader.problems };
}

class PayloadReader {
  readonly problems: Problem[] = [];

  constructor(readonly limits: Limits) {}

  fail(code: Code, detail: string): void {
    this.problems.push(problem(code, detail));
  }

  scope(value: unknown): Scope {
    if (value === "instance") return Scope.Instance;
    if (value === "instrument") return Scope.Instrument;
    if (value === "account") return Scope.Account;
    if (value !== "firm")
      this.fail(Code.EnumUnknown, `scope ${JSON.stringify(value)} is not instance|instrument|account|firm`);
    return Scope.Firm;
  }

  integer(name: string, value: unknown, min: number, max: number): number {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    this.fail(Code.ValueOutOfRange, `${name} must be an integer from ${min} to ${max}`);
    return min;
  }

  control(set: LimitSet, name: string, value: unknown): void {
    switch (name) {
      case "maxOrderValue":
        this.#amount(set, Control.OrderValue, name, value, set.maxOrderValue);
        return;
      case "maxOrderQty":
        this.#amount(set, Control.OrderQty, name, value, set.maxOrderQty);
        return;
      case "maxLongPosition":
        this.#amount(set, Control.LongPosition, name, value, set.maxLongPosition);
        return;
      case "maxShortPosition":
        this.#amount(set, Control.ShortPosition, name, value, set.maxShortPosition);
        return;
      case "collarBps":
        set.collarBps = this.integer(name, value, 0, BPS_MAX);
        set.present |= Control.Collar;
        return;
      case "referenceAgeUsMax":
        set.referenceAgeUsMax = this.integer(name, value, 0, WINDOW_US_MAX);
        set.present |= Control.ReferenceAge;
        return;
      case "maxOpenOrders":
        set.maxOpenOrders = this.integer(name, value, 0, this.limits.ordersMax);
        set.present |= Control.OpenOrders;
        return;
      case "newOrders":
      case "cancels":
        this.#rate(set, name, value);
        return;
      default:
        this.fail(Code.Usage, `${name} is not a limit`);
    }
  }

  #amount(set: LimitSet, control: Control, name: string, value: unknown, out: Bound): void {
    const amount = new Wide();
    set.present |= control;
    // The length is checked first: a number of a million digits would cost what it costs to read one.
    const code =
      typeof value === "string" && value.length <= 48 ? parseWide(amount, value, CASH_SCALE) : Code.FieldType;
    if (code !== Code.Ok) this.fail(code, `${name} must be a plain decimal as text, with at most 18 decimals`);
    if (amount.isNegative()) this.fail(Code.NumberNegative, `${name} is negative`);
    else out.set(amount);
  }

  #rate(set: LimitSet, name: "newOrders" | "cancels", value: unknown): void {
    if (typeof value !== "object" || value === null) this.fail(Code.FieldType, `${name} must be {count, windowUs}`);
    const fields = (value ?? {}) as Record<string, unknown>;
    for (const field of Object.keys(fields)) {
      const known = field === "count" || field === "windowUs" || (field === "reserve" && name === "cancels");
      if (!known) this.fail(Code.Usage, `${name}.${field} is not a limit`);
    }
    const count = this.integer(`${name}.count`, fields["count"], 0, this.limits.ordersMax);
    const windowUs = this.integer(`${name}.windowUs`, fields["windowUs"], 1, WINDOW_US_MAX);
    if (name === "newOrders") {
      set.newOrdersCount = count;
      set.newOrdersWindowUs = windowUs;
      set.present |= Control.NewOrders;
      return;
    }
    set.cancelsCount = count;
    set.cancelsWindowUs = windowUs;
    set.cancelsReserve = this.integer(`${name}.reserve`, fields["reserve"] ?? count, 0, this.limits.ordersMax);
    set.present |= Control.Cancels;
  }
}

function keyMin(scope: Scope): number {
  return scope === Scope.Instance ? 1 : 0;
}

function keyMax(scope: Scope, limits: Limits): number {
  if (scope === Scope.Instance) return limits.instancesMax;
  if (scope === Scope.Instrument) return limits.instrumentsMax - 1;
  return scope === Scope.Account ? limits.accountsMax - 1 : 0;
}
