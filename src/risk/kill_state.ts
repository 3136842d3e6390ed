/** Kill flags by scope: set by a record, idempotent, cleared only by an explicit resume of the very same scope and key. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Scope, type TradingRecord } from "../model/record.ts";

/** Part of D. Venues are named in the record's text, the other scopes by their id column. */
export class KillState implements Saved {
  readonly #instances: Uint8Array;
  readonly #instruments: Uint8Array;
  readonly #accounts: Uint8Array;
  readonly #venues = new Set<string>();
  #firm = 0;
  /** How many scopes are killed: 0 is the fast answer to every question. */
  count = 0;

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
    readonly table: number,
  ) {
    this.#instances = new Uint8Array(limits.instancesMax + 1);
    this.#instruments = new Uint8Array(limits.instrumentsMax);
    this.#accounts = new Uint8Array(limits.accountsMax);
  }

  /** A kill whose scope or key makes no sense kills the firm: the safe reading of an order to stop. */
  kill(record: Readonly<TradingRecord>): void {
    if (record.scope === Scope.Venue && record.text !== "") {
      this.#setVenue(record.text, true);
      return;
    }
    const flags = this.#flags(record.scope);
    const key = keyOf(record);
    if (flags !== undefined && key < flags.length) this.#setFlag(flags, record.scope, key, 1);
    else this.#setFirm(1);
  }

  get venueCount(): number {
    return this.#venues.size;
  }

  /** False when there is no such scope or key: nothing is resumed by mistake. */
  resume(record: Readonly<TradingRecord>): boolean {
    if (record.scope === Scope.Firm) this.#setFirm(0);
    else if (record.scope === Scope.Venue) this.#setVenue(record.text, false);
    else {
      const flags = this.#flags(record.scope);
      const key = keyOf(record);
      if (flags === undefined || !(key < flags.length)) return false;
      this.#setFlag(flags, record.scope, key, 0);
    }
    return true;
  }

  /** True when a kill of any scope covers this order; instance 0 is by hand and has no scope of its own. */
  covers(instance: number, instrument: number, account: number, venue: string): boolean {
    if (this.count === 0) return false;
    if (this.#firm !== 0 || this.#venues.has(venue)) return true;
    return this.#instances[instance] === 1 || this.#instruments[instrument] === 1 || this.#accounts[account] === 1;
  }

  /** True when this very scope and key is killed, whatever else is. */
  holds(scope: Scope, key: number): boolean {
    if (scope === Scope.Firm) return this.#firm === 1;
    return this.#flags(scope)?.[key] === 1;
  }

  /** Names of the venues that are killed. */
  venues(): readonly string[] {
    return [...this.#venues];
  }

  save(out: StateWriter): void {
    out.u32(this.#firm).column(this.#instances, this.#instances.length);
    out.column(this.#instruments, this.#instruments.length).column(this.#accounts, this.#accounts.length);
    out.u32(this.#venues.size);
    for (const venue of this.#venues) out.text(venue);
  }

  load(from: StateReader): void {
    assert(this.count === 0, Code.InvariantBroken);
    this.#setFirm(from.u32() === 0 ? 0 : 1);
    for (const scope of [Scope.Instance, Scope.Instrument, Scope.Account]) {
      const flags = this.#flags(scope) as Uint8Array;
      const read = new Uint8Array(flags.length);
      assert(from.column(read) === flags.length, Code.InvariantBroken);
      for (let key = 0; key < read.length; key++) if (read[key] === 1) this.#setFlag(flags, scope, key, 1);
    }
    for (let left = from.u32(); left > 0; left--) this.#setVenue(from.text(), true);
  }

  #flags(scope: number): Uint8Array | undefined {
    if (scope === Scope.Instance) return this.#instances;
    if (scope === Scope.Instrument) return this.#instruments;
    return scope === Scope.Account ? this.#accounts : undefined;
  }

  #setFlag(flags: Uint8Array, scope: number, key: number, value: 0 | 1): void {
    if (flags[key] === value) return;
    assert(key < flags.length, Code.ValueOutOfRange);
    flags[key] = value;
    this.#changed(value);
    this.hash.begin(this.table, key).add(scope);
    this.#commit(value);
  }

  #setFirm(value: 0 | 1): void {
    if (this.#firm === value) return;
    this.#firm = value;
    this.#changed(value);
    this.hash.begin(this.table, 0).add(Scope.Firm);
    this.#commit(value);
  }

  #setVenue(venue: string, killed: boolean): void {
    if (this.#venues.has(venue) === killed) return;
    if (killed) this.#venues.add(venue);
    else this.#venues.delete(venue);
    this.#changed(killed ? 1 : 0);
    this.hash.begin(this.table, 0).add(Scope.Venue).addText(venue);
    this.#commit(killed ? 1 : 0);
  }

  #changed(value: 0 | 1): void {
    this.count += value === 1 ? 1 : -1;
    assert(this.count >= 0, Code.InvariantBroken);
  }

  #commit(value: 0 | 1): void {
    if (value === 1) this.hash.putIn();
    else this.hash.takeOut();
  }
}

function keyOf(record: Readonly<TradingRecord>): number {
  const key = keyColumn(record);
  return Number.isInteger(key) && key >= 0 ? key : Number.POSITIVE_INFINITY;
}

function keyColumn(record: Readonly<TradingRecord>): number {
  if (record.scope === Scope.Instance) return record.instance;
  return record.scope === Scope.Instrument ? record.instrument : record.account;
}
