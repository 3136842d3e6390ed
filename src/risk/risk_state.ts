/** The memory of risk: limits with versions, kill flags, throttle windows. Part of D: written by `apply` alone. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import { KillState } from "./kill_state.ts";
import { LimitSet, readLimits } from "./limit_set.ts";
import { Throttle } from "./throttle.ts";

export { type LimitsPayload, limitsRecord } from "./limit_set.ts";

const TABLE_KILL = 50;
const TABLE_LIMITS = 51;
const TABLE_THROTTLE = 52;
const TABLE_COUNTERS = 53;

const KIND_NEW_ORDERS = 1;
const KIND_CANCELS = 2;

/** What one scope and key has: its limits and the windows that they bound. */
export class RiskLevel {
  set = new LimitSet();
  /** The payload as it came: what the hash and reports show. */
  text = "";
  readonly newOrders: Throttle;
  readonly cancels: Throttle;

  constructor(
    readonly hash: RowHash,
    readonly scope: Scope,
    readonly key: number,
  ) {
    this.newOrders = new Throttle(hash, TABLE_THROTTLE, scope, key, KIND_NEW_ORDERS);
    this.cancels = new Throttle(hash, TABLE_THROTTLE, scope, key, KIND_CANCELS);
  }

  /** Takes new limits over; the windows keep what they remember. */
  replace(set: LimitSet, text: string): void {
    assert(set.version > this.set.version, Code.RecordOrderBroken);
    if (this.text !== "") this.#row().takeOut();
    this.set = set;
    this.text = text;
    assert(text !== "", Code.InvariantBroken);
    this.newOrders.resize(set.newOrdersCount);
    this.cancels.resize(set.cancelsCount + set.cancelsReserve);
    this.#row().putIn();
  }

  #row(): RowHash {
    return this.hash.begin(TABLE_LIMITS, this.key).add(this.scope).addText(this.text);
  }
}

export class RiskState implements Saved {
  readonly kills: KillState;
  /** LimitsSet or Resumed records that made no sense: counted and left alone, so that the old limits hold. */
  ignoredCount = 0;

  /** A level without limits: what `level` answers where nothing was ever set. Never written. */
  readonly #none: RiskLevel;
  readonly #firm: RiskLevel;
  readonly #instances: (RiskLevel | undefined)[];
  readonly #instruments: (RiskLevel | undefined)[];
  readonly #accounts: (RiskLevel | undefined)[];

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {
    this.kills = new KillState(limits, hash, TABLE_KILL);
    this.#instances = new Array<RiskLevel | undefined>(limits.instancesMax + 1).fill(undefined);
    this.#instruments = new Array<RiskLevel | undefined>(limits.instrumentsMax).fill(undefined);
    this.#accounts = new Array<RiskLevel | undefined>(limits.accountsMax).fill(undefined);
    this.#none = new RiskLevel(hash, Scope.Firm, 0);
    this.#firm = new RiskLevel(hash, Scope.Firm, 0);
    this.hash.begin(TABLE_COUNTERS, 0).add(0).putIn();
  }

  /** LimitsSet, Killed, Resumed, OrderIntent, ReplaceIntent, CancelIntent; other kinds change nothing. Total. */
  apply(record: Readonly<TradingRecord>): void {
    switch (record.kind) {
      case RecordKind.OrderIntent:
      case RecordKind.ReplaceIntent:
        this.#noteOpening(record);
        return;
      case RecordKind.CancelIntent:
        this.#noteCancel(record);
        return;
      case RecordKind.LimitsSet:
        this.#setLimits(record);
        return;
      case RecordKind.Killed:
        this.kills.kill(record);
        return;
      case RecordKind.Resumed:
        if (!this.kills.resume(record)) this.#ignore();
        return;
      default:
        return;
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
    return scope === Scope.Account ? (this.#accounts[key] ?? this.#none) : this.#firm;
  }

  /** Version of the limits of a scope, 0 = never set. The next LimitsSet must be higher. */
  limitsVersion(scope: Scope, key: number): number {
    return this.level(scope, key).set.version;
  }

  save(out: StateWriter): void {
    out.part("risk", 1).f64(this.ignoredCount);
    this.kills.save(out);
    const levels = [this.#firm, ...this.#instances, ...this.#instruments, ...this.#accounts];
    const set = levels.filter((level) => level !== undefined && level.text !== "") as RiskLevel[];
    out.u32(set.length);
    for (const level of set) {
      out.text(level.text);
      level.newOrders.save(out);
      level.cancels.save(out);
    }
  }

  load(from: StateReader): void {
    from.part("risk", 1);
    this.hash.begin(TABLE_COUNTERS, 0).add(this.ignoredCount).takeOut();
    this.ignoredCount = from.f64();
    this.hash.begin(TABLE_COUNTERS, 0).add(this.ignoredCount).putIn();
    this.kills.load(from);
    for (let left = from.u32(); left > 0; left--) {
      const text = from.text();
      const read = readLimits(parseJson(text), this.limits);
      assert(read.problems.length === 0, Code.InvariantBroken);
      const level = this.#levelFor(read.scope, read.key);
      level.replace(read.set, text);
      level.newOrders.load(from);
      level.cancels.load(from);
    }
  }

  #noteOpening(record: Readonly<TradingRecord>): void {
    const timeUs = record.timeUs;
    this.level(Scope.Instance, record.instance).newOrders.note(timeUs);
    this.level(Scope.Instrument, record.instrument).newOrders.note(timeUs);
    this.level(Scope.Account, record.account).newOrders.note(timeUs);
    this.#firm.newOrders.note(timeUs);
  }

  #noteCancel(record: Readonly<TradingRecord>): void {
    const timeUs = record.timeUs;
    this.level(Scope.Instance, record.instance).cancels.note(timeUs);
    this.level(Scope.Instrument, record.instrument).cancels.note(timeUs);
    this.level(Scope.Account, record.account).cancels.note(timeUs);
    this.#firm.cancels.note(timeUs);
  }

  #setLimits(record: Readonly<TradingRecord>): void {
    const read = readLimits(parseJson(record.text), this.limits);
    const isNewer = read.set.version > this.limitsVersion(read.scope, read.key);
    if (read.problems.length > 0 || !isNewer) this.#ignore();
    else this.#levelFor(read.scope, read.key).replace(read.set, record.text);
  }

  #levelFor(scope: Scope, key: number): RiskLevel {
    if (scope === Scope.Firm) return this.#firm;
    const table = this.#tableOf(scope);
    const known = table[key];
    if (known !== undefined) return known;
    assert(key < table.length, Code.ValueOutOfRange);
    const level = new RiskLevel(this.hash, scope, key);
    table[key] = level;
    return level;
  }

  #tableOf(scope: Scope): (RiskLevel | undefined)[] {
    if (scope === Scope.Instance) return this.#instances;
    return scope === Scope.Instrument ? this.#instruments : this.#accounts;
  }

  #ignore(): void {
    this.hash.begin(TABLE_COUNTERS, 0).add(this.ignoredCount).takeOut();
    this.ignoredCount++;
    this.hash.begin(TABLE_COUNTERS, 0).add(this.ignoredCount).putIn();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Read as a payload, that is a problem, and is counted there.
  }
}
