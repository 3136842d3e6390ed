/** Rows of one batch: of several states of a row only the last is written, in the place of the first. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { AnyRow } from "./columns.ts";
import type { RowChange } from "./store.ts";
import { type Row, type TableName, tableOf } from "./tables.ts";

export class RowBuffer {
  #rows = new Map<string, RowChange>();

  get count(): number {
    return this.#rows.size;
  }

  put<Name extends TableName>(table: Name, row: Row<Name>): void {
    const key = keyText(table, row as AnyRow);
    const known = this.#rows.get(key);
    // What is new in this batch stays new: nothing of it is in the store yet.
    this.#rows.set(key, { table, op: known?.op === "add" ? "add" : "put", row } as unknown as RowChange);
  }

  /** A row that no record before has made. */
  add<Name extends TableName>(table: Name, row: Row<Name>): void {
    const key = keyText(table, row as AnyRow);
    assert(!this.#rows.has(key), Code.InvariantBroken);
    this.#rows.set(key, { table, op: "add", row } as unknown as RowChange);
  }

  /** All of them, in the order of their first change; none is left. */
  drain(): RowChange[] {
    const rows = [...this.#rows.values()];
    this.#rows = new Map();
    return rows;
  }
}

function keyText(table: TableName, row: AnyRow): string {
  let text: string = table;
  for (const name of tableOf(table).key) text += `\u0000${row[name]}`;
  return text;
}
