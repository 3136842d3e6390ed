/** All tables of the store, said once; both databases' schemas are made from this. */

import { type RowOf, snakeCase, type Table } from "./columns.ts";
import { CONTROL_TABLES } from "./tables_control.ts";
import { MONEY_TABLES } from "./tables_money.ts";
import { ORDER_TABLES } from "./tables_orders.ts";
import { SESSION_TABLES } from "./tables_session.ts";

export const TABLES = { ...SESSION_TABLES, ...ORDER_TABLES, ...MONEY_TABLES, ...CONTROL_TABLES } as const;

export type TableName = keyof typeof TABLES;
export type Row<Name extends TableName> = RowOf<(typeof TABLES)[Name]>;

/** In the order in which they are made. */
export const TABLE_NAMES: readonly TableName[] = Object.keys(TABLES) as TableName[];

/** Not from the journal, so no rebuild brings them back. */
export const BESIDE_THE_JOURNAL: readonly TableName[] = Object.freeze(["providers", "bars", "cursors"] as const);

export function tableOf(name: TableName): Table {
  return TABLES[name];
}

/** Columns of a table in their order: the name in rows and the name in the database. */
export function columnNames(table: Table): readonly { readonly name: string; readonly sql: string }[] {
  return Object.keys(table.columns).map((name) => ({ name, sql: snakeCase(name) }));
}
