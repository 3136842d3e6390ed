/** The tables for PostgreSQL, as drizzle has them: made from `tables.ts`, read by drizzle-kit, which writes the migrations. */

import {
  bigint,
  boolean,
  index,
  numeric,
  type PgColumnBuilderBase,
  type PgTable,
  pgTable,
  primaryKey,
  text,
} from "drizzle-orm/pg-core";
import { type Column, indexName, keyName, snakeCase } from "./columns.ts";
import { TABLE_NAMES, type TableName, tableOf } from "./tables.ts";

export type PostgresSchema = Readonly<Record<TableName, PgTable>>;

export function postgresSchema(): PostgresSchema {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, postgresTableOf(name)])) as unknown as PostgresSchema;
}

function postgresTableOf(of: TableName): PgTable {
  const table = tableOf(of);
  const columns = Object.entries(table.columns).map(([name, column]) => [name, builder(name, column)] as const);
  return pgTable(table.name, Object.fromEntries(columns), (built) => {
    const at = (name: string) => built[name] as never;
    const [first, ...rest] = table.key.map(at);
    return [
      primaryKey({ name: keyName(table), columns: [first as never, ...rest] }),
      ...table.indexes.map((names) => {
        const [head, ...tail] = names.map(at);
        return index(indexName(table, names)).on(head as never, ...tail);
      }),
    ];
  });
}

/** `numeric` without a scale keeps the digits that were written. */
function builder(name: string, column: Column): PgColumnBuilderBase {
  const sql = snakeCase(name);
  const isNullable = column.nullable === true;
  switch (column.kind) {
    case "int":
    case "timeUs":
      return isNullable ? bigint(sql, { mode: "number" }) : bigint(sql, { mode: "number" }).notNull();
    case "flag":
      return isNullable ? boolean(sql) : boolean(sql).notNull();
    case "decimal":
      return isNullable ? numeric(sql) : numeric(sql).notNull();
    default:
      return isNullable ? text(sql) : text(sql).notNull();
  }
}
