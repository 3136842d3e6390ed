/** Strategy instances and their journaled `state()` cells. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";

export interface Instance {
  readonly id: number;
  /** JSON of strategy name, parameters and bindings, as started. */
  readonly definition: string;
  readonly running: boolean;
  /** JSON of all `state()` cells, as last flushed; empty before the first. */
  readonly cells: string;
}

const TABLE = 2;

export class InstanceTable {
  /** Instance ids start at 1: 0 stands for orders by hand. */
  readonly #rows: Instance[] = [];

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {}

  /** InstanceStarted, InstanceStopped, StateCell. */
  apply(record: Readonly<TradingRecord>): void {
    const id = record.instance;
    if (record.kind === RecordKind.InstanceStarted) {
      assert(id >= 1 && id <= this.#rows.length + 1, Code.IdNotDense);
      assert(id <= this.limits.instancesMax, Code.TableFull);
      const known = this.#rows[id - 1];
      this.#replace(id, { id, definition: record.text, running: true, cells: known?.cells ?? "" });
      return;
    }
    const row = this.#rows[id - 1];
    if (row === undefined) return;
    if (record.kind === RecordKind.InstanceStopped) this.#replace(id, { ...row, running: false });
    else if (record.kind === RecordKind.StateCell) this.#replace(id, { ...row, cells: record.text });
  }

  get count(): number {
    return this.#rows.length;
  }

  get(id: number): Instance | undefined {
    return this.#rows[id - 1];
  }

  #replace(id: number, row: Instance): void {
    const old = this.#rows[id - 1];
    if (old !== undefined) this.#row(old).takeOut();
    this.#rows[id - 1] = row;
    this.#row(row).putIn();
  }

  #row(row: Instance): RowHash {
    return this.hash
      .begin(TABLE, row.id)
      .addText(row.definition)
      .add(row.running ? 1 : 0)
      .addText(row.cells);
  }
}
