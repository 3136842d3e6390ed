/** Accounts by dense id: a credential and a gateway at one venue. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import type { TradingRecord } from "../model/record.ts";

export interface Account {
  readonly id: number;
  /** `alias` of the configuration. */
  readonly name: string;
}

const TABLE = 1;

export class AccountTable implements Saved {
  readonly #rows: Account[] = [];

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {}

  /** AccountOpened: the next dense id with the name in `text`. */
  apply(record: Readonly<TradingRecord>): void {
    assert(record.account === this.#rows.length, Code.IdNotDense);
    this.#open(record.text);
  }

  get count(): number {
    return this.#rows.length;
  }

  idOf(name: string): number | undefined {
    const id = this.#rows.findIndex((row) => row.name === name);
    return id < 0 ? undefined : id;
  }

  all(): readonly Account[] {
    return this.#rows;
  }

  get(id: number): Account | undefined {
    return this.#rows[id];
  }

  save(out: StateWriter): void {
    out.part("accounts", 1).u32(this.#rows.length);
    for (const { name } of this.#rows) out.text(name);
  }

  load(from: StateReader): void {
    assert(this.#rows.length === 0, Code.InvariantBroken);
    from.part("accounts", 1);
    for (let left = from.u32(); left > 0; left--) this.#open(from.text());
  }

  #open(name: string): void {
    const id = this.#rows.length;
    assert(id < this.limits.accountsMax, Code.TableFull);
    this.#rows.push({ id, name });
    this.hash.begin(TABLE, id).addText(name).putIn();
  }
}
