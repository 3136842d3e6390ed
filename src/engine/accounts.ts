/** Accounts by dense id: a credential and a gateway at one venue. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { TradingRecord } from "../model/record.ts";

export interface Account {
  readonly id: number;
  /** `alias` of the configuration. */
  readonly name: string;
}

const TABLE = 1;

export class AccountTable {
  readonly #rows: Account[] = [];

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {}

  /** AccountOpened: the next dense id with the name in `text`. */
  apply(record: Readonly<TradingRecord>): void {
    assert(record.account === this.#rows.length, Code.IdNotDense);
    assert(this.#rows.length < this.limits.accountsMax, Code.TableFull);
    this.#rows.push({ id: record.account, name: record.text });
    this.hash.begin(TABLE, record.account).addText(record.text).putIn();
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
}
