/** Which accounts trade real money, and which of them somebody has armed for which build. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Denial } from "../model/denial.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";

const TABLE = 58;
/** `flags` of AccountOpened: real money. Absent: paper. */
export const ACCOUNT_REAL = 1;

/** An order of an account that was never opened finds no gateway: it is denied before anybody asks here. */
export class Arming implements Saved {
  readonly #isReal: Uint8Array;
  readonly #isArmed: Uint8Array;
  readonly #builds: string[] = [];
  #count = 0;

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {
    this.#isReal = new Uint8Array(limits.accountsMax);
    this.#isArmed = new Uint8Array(limits.accountsMax);
  }

  /** AccountOpened and AccountArmed. False when there is no such account. */
  apply(record: Readonly<TradingRecord>): boolean {
    const { account } = record;
    if (!(account < this.limits.accountsMax)) return false;
    this.#takeOut(account);
    if (record.kind === RecordKind.AccountOpened) this.#isReal[account] = (record.flags & ACCOUNT_REAL) === 0 ? 0 : 1;
    else {
      assert(record.kind === RecordKind.AccountArmed, Code.EnumUnknown);
      const isArmed = (record.flags & 1) !== 0;
      this.#isArmed[account] = isArmed ? 1 : 0;
      this.#builds[account] = isArmed ? record.text : "";
    }
    if (account >= this.#count) this.#count = account + 1;
    this.#putIn(account);
    return true;
  }

  isReal(account: number): boolean {
    return this.#isReal[account] !== 0;
  }

  isArmed(account: number): boolean {
    return this.#isArmed[account] === 1;
  }

  /** Hash of the build that was approved, "" when not armed. */
  build(account: number): string {
    return this.#builds[account] ?? "";
  }

  /** Why openings of this account are denied, whatever they are. */
  whyNot(account: number, build: string): Denial {
    if (!this.isReal(account)) return Denial.None;
    if (!this.isArmed(account)) return Denial.NotArmed;
    return this.#builds[account] === build && build !== "" ? Denial.None : Denial.BuildNotApproved;
  }

  save(out: StateWriter): void {
    out.u32(this.#count);
    for (let account = 0; account < this.#count; account++) {
      out.bool(this.isReal(account)).bool(this.isArmed(account)).text(this.build(account));
    }
  }

  load(from: StateReader): void {
    assert(this.#count === 0, Code.InvariantBroken);
    this.#count = from.u32();
    for (let account = 0; account < this.#count; account++) {
      this.#isReal[account] = from.bool() ? 1 : 0;
      this.#isArmed[account] = from.bool() ? 1 : 0;
      this.#builds[account] = from.text();
      this.#putIn(account);
    }
  }

  /** A paper account has no row: it has nothing to arm. */
  #takeOut(account: number): void {
    if (this.isReal(account) || this.isArmed(account)) this.#row(account).takeOut();
  }

  #putIn(account: number): void {
    if (this.isReal(account) || this.isArmed(account)) this.#row(account).putIn();
  }

  #row(account: number): RowHash {
    const { hash } = this;
    return hash
      .begin(TABLE, account)
      .add(this.isReal(account) ? 1 : 0)
      .add(this.isArmed(account) ? 1 : 0)
      .addText(this.build(account));
  }
}
