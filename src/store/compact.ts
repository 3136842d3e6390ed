/** What a batch comes to: for each key of each table one last change, so that a database is told it once. */

import type { AnyRow, Value } from "./columns.ts";
import { keyIn, valuesIn } from "./row_values.ts";
import type { RowChange } from "./store.ts";
import { type TableName, tableOf } from "./tables.ts";

/** Values of all columns in their order; of `deletes`: of the key alone. */
export interface TableChanges {
  readonly table: TableName;
  readonly puts: readonly (readonly Value[])[];
  readonly adds: readonly (readonly Value[])[];
  readonly deletes: readonly (readonly Value[])[];
}

interface Change {
  readonly op: RowChange["op"];
  readonly values: readonly Value[];
}

/** Throws ProblemError StoreRow before anything was written. */
export function compact(rows: readonly RowChange[]): TableChanges[] {
  const tables = new Map<TableName, Map<string, Change>>();
  for (const { table, op, row } of rows) {
    const definition = tableOf(table);
    const key = keyIn(definition, row as AnyRow);
    const changes = tables.get(table) ?? new Map<string, Change>();
    tables.set(table, changes);
    const at = JSON.stringify(key);
    const before = changes.get(at)?.op;
    // What is there already is left alone by `add`; what was deleted is not there.
    if (op === "add" && (before === "put" || before === "add")) continue;
    const values = op === "delete" ? key : valuesIn(definition, row as AnyRow);
    changes.set(at, { op: op === "add" && before === "delete" ? "put" : op, values });
  }
  return [...tables].map(([table, changes]) => {
    const of = (op: RowChange["op"]) => [...changes.values()].filter((c) => c.op === op).map((c) => c.values);
    return { table, puts: of("put"), adds: of("add"), deletes: of("delete") };
  });
}
