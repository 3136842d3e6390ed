/** The memory of risk: limits with versions, kills, windows, breakers, marks of profit. Part of D: written by `apply` alone. */

import { isAmount } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { beginsHeld, InstrumentKind } from "../model/order.ts";
import { RecordKind, Scope, type TradingRecord, TradingState } from "../model/record.ts";
import { Arming } from "./arming.ts";
import { LossAction } from "./control.ts";
import { DuplicateRing } from "./duplicates.ts";
import { KillState } from "./kill_state.ts";
import { readLimits } from "./limit_reader.ts";
import { Overrides } from "./overrides.ts";
import { RiskLevel } from "./risk_level.ts";
import { RoundTrips, TripOutcome } from "./round_trips.ts";

export { limitsRecord } from "./limit_reader.ts";
export type { LimitsPayload } from "./limits_payload.ts";
export { RiskLevel } from "./risk_level.ts";

const TABLE_KILL = 50;
const TABLE_COUNTERS = 53;
const VENUES_MAX = 64;
const PART = "risk";
const PART_VERSION = 1;

/** Other parts of D that risk must ask, by functions: rooms of one floor do not know each other. */
export interface RiskNames {
  instrument(id: number): Instrument | undefined;
  /** -1 = no such asset. */
  assetId(code: string): number;
}

const NO_NAMES: RiskNames = Object.freeze({ instrument: () => undefined, assetId: () => -1 });

export class RiskState implements Saved {
  readonly kills: KillState;
  readonly arming: Arming;
  readonly overrides: Overrides;
  readonly duplicates: DuplicateRing;
  readonly trips: RoundTrips;
  /** Records that made no sense: counted and left alone, so that the old state holds. */
  ignoredCount = 0;

  /** A level without limits: what `level` answers where nothing was ever set. Never written. */
  readonly #none: RiskLevel;
  readonly #firm: RiskLevel;
  readonly #instances: (RiskLevel | undefined)[];
  readonly #instruments: (RiskLevel | undefined)[];
  readonly #accounts: (RiskLevel | undefined)[];
  readonly #venues = new Map<string, RiskLevel>();
  /** Every level that was ever written, in that order. */
  readonly #all: RiskLevel[] = [];
  readonly #base = new Wide();
  readonly #peak = new Wide();

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
    readonly names: RiskNames = NO_NAMES,
  ) {
    this.kills = new KillState(limits, hash, TABLE_KILL);
    this.arming = new Arming(limits, hash);
    this.overrides = new Overrides(hash);
    this.duplicates = new DuplicateRing(hash, limits.duplicatesMax);
    this.trips = new RoundTrips(limits, hash);
    this.#instances = new Array<RiskLevel | undefined>(limits.instancesMax + 1).fill(undefined);
    this.#instruments = new Array<RiskLevel | undefined>(limits.instrumentsMax).fill(undefined);
    this.#accounts = new Array<RiskLevel | undefined>(limits.accountsMax).fill(undefined);
    this.#none = new RiskLevel(hash, Scope.Firm, 0);
    this.#firm = new RiskLevel(hash, Scope.Firm, 0);
    this.#all.push(this.#firm);
    this.hash.begin(TABLE_COUNTERS, 0).add(0).putIn();
  }

  /** Records of orders and of controls; other kinds change nothing. Total. */
  apply(record: Readonly<TradingRecord>): void {
    switch (record.kind) {
      case RecordKind.OrderIntent:
        this.#noteOpening(record, false);
        // What is only held is asked again when it fires.
        if (beginsHeld(record.flags)) return;
        this.duplicates.note(record);
        this.overrides.use(record);
        return;
      case RecordKind.OrderTriggered:
        this.#noteOpening(record, false);
        this.duplicates.note(record);
        this.overrides.use(record);
        return;
      case RecordKind.ReplaceIntent:
        this.#noteOpening(record, true);
        this.overrides.use(record);
        return;
      case RecordKind.CancelIntent:
        this.#noteCancel(record);
        return;
      case RecordKind.OrderDenied:
      case RecordKind.ReplaceDenied:
        this.#noteRefusal(record, 1);
        return;
      case RecordKind.DenialsCounted:
        this.#noteRefusal(record, record.qty);
        return;
      case RecordKind.OrderAccepted:
      case RecordKind.OrderRejected:
        this.#noteAnswer(record);
        return;
      case RecordKind.OrderFilled:
      case RecordKind.FillBusted:
        this.#noteFill(record);
        return;
      default:
        this.#applyControl(record);
    }
  }

  /** True when a kill of any scope covers these. `venue` is the instrument's venue alias. */
  isKilled(instance: number, instrument: number, account: number, venue = ""): boolean {
    return this.kills.covers(instance, instrument, account, venue);
  }

  /** Limits and windows of a scope; an empty level where none were set. Instance 0, by hand, never has any. */
  level(scope: Scope, key: number): RiskLevel {
    if (scope === Scope.Instance) return this.#instances[key] ?? this.#none;
    if (scope === Scope.Instrument) return this.#instruments[key] ?? this.#none;
    assert(scope !== Scope.Venue, Code.ValueOutOfRange); // Venues have names: `venueLevel`.
    return scope === Scope.Account ? (this.#accounts[key] ?? this.#none) : this.#firm;
  }

  venueLevel(venue: string): RiskLevel {
    return this.#venues.get(venue) ?? this.#none;
  }

  /** Every level that was ever written, the firm's first. For reports and for what must look at all of them. */
  levels(): readonly RiskLevel[] {
    return this.#all;
  }

  /** Version of the limits of a scope, 0 = never set. The next LimitsSet must be higher. */
  limitsVersion(scope: Scope, key: number, venue = ""): number {
    return (scope === Scope.Venue ? this.venueLevel(venue) : this.level(scope, key)).set.version;
  }

  save(out: StateWriter): void {
    out.part(PART, PART_VERSION).u32(this.ignoredCount);
    this.kills.save(out);
    this.arming.save(out);
    this.overrides.save(out);
    this.duplicates.save(out);
    this.trips.save(out);
    out.u32(this.#all.length);
    for (const level of this.#all) {
      out.u32(level.scope).u32(level.key).text(level.venue);
      level.save(out);
    }
  }

  load(from: StateReader): void {
    from.part(PART, PART_VERSION);
    this.#countIgnored(from.u32());
    this.kills.load(from);
    this.arming.load(from);
    this.overrides.load(from);
    this.duplicates.load(from);
    this.trips.load(from);
    const read = (text: string) => readLimits(parseJson(text), this.limits).set;
    for (let left = from.u32(); left > 0; left--) {
      const scope: Scope = from.u32();
      const key = from.u32();
      const level = this.#levelFor(scope, key, from.text());
      assert(level !== undefined, Code.InvariantBroken);
      level.load(from, read);
    }
  }

  #applyControl(record: Readonly<TradingRecord>): void {
    switch (record.kind) {
      case RecordKind.LimitsSet:
        this.#setLimits(record);
        return;
      case RecordKind.Killed:
        this.kills.kill(record);
        return;
      case RecordKind.Resumed:
        if (!this.kills.resume(record)) this.#ignore();
        return;
      case RecordKind.TradingStateSet:
      case RecordKind.BreakerTripped:
      case RecordKind.BreakerReset:
      case RecordKind.ProfitMarked:
        if (!this.#change(record)) this.#ignore();
        return;
      case RecordKind.AccountOpened:
      case RecordKind.AccountArmed:
        if (!this.arming.apply(record)) this.#ignore();
        return;
      case RecordKind.OverrideGranted:
        if (!this.overrides.grant(record)) this.#ignore();
        return;
      case RecordKind.InstrumentDefined: {
        const instrument = this.names.instrument(record.instrument);
        if (instrument !== undefined) this.trips.revise(instrument);
        return;
      }
      default:
        return;
    }
  }

  /** What changes one level: its trading state, a breaker, the marks of its profit. False when it makes no sense. */
  #change(record: Readonly<TradingRecord>): boolean {
    const level = this.#levelFor(record.scope, keyOf(record), record.venueOrderId);
    if (level === undefined) return false;
    const { code, timeUs, expireUs } = record;
    switch (record.kind) {
      case RecordKind.TradingStateSet:
        // An unknown state is the strictest one.
        level.setTradingState(
          code === TradingState.Active || code === TradingState.Reducing ? code : TradingState.Halted,
        );
        return true;
      case RecordKind.BreakerTripped: {
        const action: LossAction = record.flags === 0 ? LossAction.Reduce : record.flags;
        level.trip({ code, action, sinceUs: timeUs, untilUs: expireUs > timeUs ? expireUs : 0, why: record.text });
        return true;
      }
      case RecordKind.BreakerReset:
        return level.reset(code);
      default:
        if (!isAmount(record.amountHi, record.amountLo) || !isAmount(record.feeHi, record.feeLo)) return false;
        this.#base.setLimbs(record.amountHi, record.amountLo);
        this.#peak.setLimbs(record.feeHi, record.feeLo);
        level.markProfit(expireUs, this.#base, this.#peak);
        return true;
    }
  }

  #noteOpening(record: Readonly<TradingRecord>, isAmend: boolean): void {
    const { timeUs, instance, instrument, account } = record;
    this.level(Scope.Instance, instance).noteOpening(timeUs, isAmend);
    this.level(Scope.Instrument, instrument).noteOpening(timeUs, isAmend);
    this.level(Scope.Account, account).noteOpening(timeUs, isAmend);
    if (this.#venues.size > 0) this.#venueOf(record).noteOpening(timeUs, isAmend);
    this.#firm.noteOpening(timeUs, isAmend);
  }

  #noteCancel(record: Readonly<TradingRecord>): void {
    const { timeUs, instance, instrument, account } = record;
    this.level(Scope.Instance, instance).cancels.note(timeUs);
    this.level(Scope.Instrument, instrument).cancels.note(timeUs);
    this.level(Scope.Account, account).cancels.note(timeUs);
    if (this.#venues.size > 0) this.#venueOf(record).cancels.note(timeUs);
    this.#firm.cancels.note(timeUs);
  }

  /** What was refused to a strategy; people see what they are told. */
  #noteRefusal(record: Readonly<TradingRecord>, count: number): void {
    const { timeUs, instance, account } = record;
    if (instance === 0) return;
    for (const level of [this.level(Scope.Instance, instance), this.level(Scope.Account, account), this.#firm]) {
      const times = Math.min(count, level.refusals.capacity);
      for (let i = 0; i < times; i++) level.refusals.note(timeUs);
    }
  }

  #noteAnswer(record: Readonly<TradingRecord>): void {
    const isReject = record.kind === RecordKind.OrderRejected;
    this.level(Scope.Instance, record.instance).noteOutcome(isReject);
    this.level(Scope.Instrument, record.instrument).noteOutcome(isReject);
    this.level(Scope.Account, record.account).noteOutcome(isReject);
    if (this.#venues.size > 0) this.#venueOf(record).noteOutcome(isReject);
    this.#firm.noteOutcome(isReject);
    if (isReject) this.#noteRefusal(record, 1);
  }

  #noteFill(record: Readonly<TradingRecord>): void {
    const { timeUs, instance, account } = record;
    const instrument = this.names.instrument(record.instrument);
    if (instrument === undefined) return;
    const spot = instrument.kind === InstrumentKind.Spot;
    const money = this.names.assetId(spot ? instrument.quote : instrument.settle);
    const outcome = this.trips.apply(record, instrument, money, spot ? this.names.assetId(instrument.base) : -1);
    const levels = [this.level(Scope.Instance, instance), this.level(Scope.Account, account), this.#firm];
    for (const level of levels) {
      if (level.set.maxLosingTrips > 0 && outcome !== TripOutcome.None) level.noteTrip(outcome === TripOutcome.Lost);
      // Fills of orders by hand are no automated executions.
      if (instance !== 0 && record.kind === RecordKind.OrderFilled) level.executions.note(timeUs);
    }
  }

  #setLimits(record: Readonly<TradingRecord>): void {
    const read = readLimits(parseJson(record.text), this.limits);
    const isNewer = read.set.version > this.limitsVersion(read.scope, read.key, read.venue);
    const isGood = read.problems.length === 0 && isNewer;
    const level = isGood ? this.#levelFor(read.scope, read.key, read.venue) : undefined;
    if (level === undefined) this.#ignore();
    else level.replace(read.set, record.text);
  }

  #venueOf(record: Readonly<TradingRecord>): RiskLevel {
    return this.venueLevel(this.names.instrument(record.instrument)?.venue ?? "");
  }

  /** The level to write to, made when it is new; undefined for a scope or key that cannot be. */
  #levelFor(scope: number, key: number, venue: string): RiskLevel | undefined {
    if (scope === Scope.Firm) return this.#firm;
    if (scope === Scope.Venue) {
      const known = this.#venues.get(venue);
      if (known !== undefined || venue === "" || this.#venues.size >= VENUES_MAX) return known;
      const level = new RiskLevel(this.hash, scope, this.#venues.size, venue);
      this.#venues.set(venue, level);
      this.#all.push(level);
      return level;
    }
    const table = this.#tableOf(scope);
    if (table === undefined || !Number.isInteger(key) || key < 0 || key >= table.length) return undefined;
    // Instance 0 is by hand: it belongs to no instance, so it has no level.
    if (scope === Scope.Instance && key === 0) return undefined;
    const known = table[key];
    if (known !== undefined) return known;
    const level = new RiskLevel(this.hash, scope, key);
    table[key] = level;
    this.#all.push(level);
    return level;
  }

  #tableOf(scope: number): (RiskLevel | undefined)[] | undefined {
    if (scope === Scope.Instance) return this.#instances;
    if (scope === Scope.Instrument) return this.#instruments;
    return scope === Scope.Account ? this.#accounts : undefined;
  }

  #ignore(): void {
    this.#countIgnored(this.ignoredCount + 1);
  }

  #countIgnored(count: number): void {
    assert(count >= this.ignoredCount, Code.RecordOrderBroken);
    this.hash.begin(TABLE_COUNTERS, 0).add(this.ignoredCount).takeOut();
    this.ignoredCount = count;
    this.hash.begin(TABLE_COUNTERS, 0).add(count).putIn();
  }
}

/** Key column of a record's scope. */
export function keyOf(record: Readonly<TradingRecord>): number {
  if (record.scope === Scope.Instance) return record.instance;
  if (record.scope === Scope.Instrument) return record.instrument;
  return record.scope === Scope.Account ? record.account : 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Read as a payload, that is a problem, and is counted there.
  }
}
