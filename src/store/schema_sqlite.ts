/** The tables for SQLite, as drizzle has them: made from `tables.ts`, read by drizzle-kit, which writes the migrations. */

import {
  index,
  integer,
  primaryKey,
  type SQLiteColumnBuilderBase,
  type SQLiteTable,
  sqliteTable,
  text,
} from "drizzle-orm/sqlite-core";
import { type Column, indexName, snakeCase } from "./columns.ts";
import { TABLE_NAMES, type TableName, tableOf } from "./tables.ts";

export type SqliteSchema = Readonly<Record<TableName, SQLiteTable>>;

export function sqliteSchema(): SqliteSchema {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, sqliteTableOf(name)])) as unknown as SqliteSchema;
}

function sqliteTableOf(of: TableName): SQLiteTable {
  const table = tableOf(of);
  const columns = Object.entries(table.columns).map(([name, column]) => [name, builder(name, column)] as const);
  return sqliteTable(table.name, Object.fromEntries(columns), (built) => {
    const at = (name: string) => built[name] as never;
    const [first, ...rest] = table.key.map(at);
    return [
      primaryKey({ columns: [first as never, ...rest] }),
      ...table.indexes.map((names) => {
        const [head, ...tail] = names.map(at);
        return index(indexName(table, names)).on(head as never, ...tail);
      }),
    ];
  });
}

/** Decimals are text, never of numeric affinity: SQLite would make floats of them. */
function builder(name: string, column: Column): SQLiteColumnBuilderBase {
  const sql = snakeCase(name);
  const isNullable = column.nullable === true;
  switch (column.kind) {
    case "int":
    case "timeUs":
      return isNullable ? integer(sql) : integer(sql).notNull();
    case "flag":
      return isNullable ? integer(sql, { mode: "boolean" }) : integer(sql, { mode: "boolean" }).notNull();
    default:
      return isNullable ? text(sql) : text(sql).notNull();
  }
}
