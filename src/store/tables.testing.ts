/** Tables in memory, as plain as can be: what a store must come to, for tests. */

import type { AnyRow } from "./columns.ts";
import type { RowChange } from "./store.ts";
import { type Row, TABLE_NAMES, type TableName, tableOf } from "./tables.ts";

export class PlainTables {
  readonly #tables = new Map<TableName, Map<string, AnyRow>>(TABLE_NAMES.map((name) => [name, new Map()]));

  apply(rows: readonly RowChange[]): void {
    for (const { table, op, row } of rows) {
      const key = keyOf(table, row as AnyRow);
      const known = this.#tables.get(table) as Map<string, AnyRow>;
      if (op === "delete") known.delete(key);
      else if (op === "put" || !known.has(key)) known.set(key, row as AnyRow);
    }
  }

  rows<Name extends TableName>(table: Name): Row<Name>[] {
    return [...(this.#tables.get(table) as Map<string, AnyRow>).values()] as unknown as Row<Name>[];
  }

  /** Every row of every table, in the order of the keys. */
  dump(): Record<string, AnyRow[]> {
    const dump: Record<string, AnyRow[]> = {};
    for (const [name, rows] of this.#tables) {
      dump[name] = [...rows].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);
    }
    return dump;
  }
}

function keyOf(table: TableName, row: AnyRow): string {
  return tableOf(table)
    .key.map((name) => String(row[name]))
    .join("/");
}
