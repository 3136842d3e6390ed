/** Values on their way into a database and out of it: checked against their column, one spelling for each. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { type AnyRow, type Column, snakeCase, type Table, type Value } from "./columns.ts";
import { shortest } from "./decimal_text.ts";

/** Of all columns, in their order. Throws ProblemError StoreRow for a value that its column cannot hold. */
export function valuesIn(table: Table, row: AnyRow): Value[] {
  return Object.keys(table.columns).map((name) => valueIn(table, name, row[name]));
}

/** Of the key, in its order. */
export function keyIn(table: Table, row: AnyRow): Value[] {
  return table.key.map((name) => valueIn(table, name, row[name]));
}

export function valueIn(table: Table, name: string, value: Value | undefined): Value {
  const column = table.columns[name] as Column;
  if (value === null && column.nullable === true) return null;
  switch (column.kind) {
    case "int":
    case "timeUs":
      // -0 is 0 in a database.
      if (Number.isSafeInteger(value)) return (value as number) + 0;
      break;
    case "flag":
      if (typeof value === "boolean") return value;
      break;
    case "decimal":
      if (typeof value === "string") return shortest(value);
      break;
    default:
      if (typeof value === "string") return storable(value);
  }
  const what = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 64);
  throw new ProblemError(problem(Code.StoreRow, `${table.name}.${snakeCase(name)} cannot be ${what}`));
}

/** From a row with the database's column names: SQLite has 0 and 1 for flags, PostgreSQL texts for int8. */
export function rowOut(table: Table, raw: Readonly<Record<string, unknown>>): AnyRow {
  const row: Record<string, Value> = {};
  for (const [name, column] of Object.entries(table.columns)) row[name] = valueOut(column, raw[snakeCase(name)]);
  return row;
}

function valueOut(column: Column, value: unknown): Value {
  if (value === null || value === undefined) return null;
  switch (column.kind) {
    case "int":
    case "timeUs":
      return typeof value === "number" ? value : Number.parseInt(String(value), 10);
    case "flag":
      return value === true || value === 1;
    case "decimal":
      return shortest(String(value));
    default:
      return String(value);
  }
}

/** A venue's text may hold what PostgreSQL refuses: a zero byte would stop the projection for ever. */
function storable(text: string): string {
  return (text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text).toWellFormed();
}
