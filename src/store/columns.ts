/** What a column of the store may be, said once for both databases, and the type that a row of such columns has. */

/**
 * `int`: a whole number that a double holds exactly. `timeUs`: the same, epoch microseconds. `decimal`: exact text in units,
 * see `decimal_text.ts`. `json`: text that is JSON. `flag`: true or false.
 */
export type ColumnKind = "int" | "timeUs" | "text" | "flag" | "decimal" | "json";

export interface Column {
  readonly kind: ColumnKind;
  readonly nullable?: true;
  readonly note?: string;
}

export interface Table {
  readonly name: string;
  /** What one row is. */
  readonly note: string;
  /** By the name that rows use; the database has it in snake case. */
  readonly columns: Readonly<Record<string, Column>>;
  readonly key: readonly string[];
  /** Beside the key's own. */
  readonly indexes: readonly (readonly string[])[];
}

type ValueOf<C extends Column> = C["kind"] extends "int" | "timeUs"
  ? number
  : C["kind"] extends "flag"
    ? boolean
    : string;

/** A row of a table: every column is there, null only where the table says so. */
export type RowOf<T extends Table> = {
  readonly [Name in keyof T["columns"]]: T["columns"][Name] extends { readonly nullable: true }
    ? ValueOf<T["columns"][Name]> | null
    : ValueOf<T["columns"][Name]>;
};

/** What a column may hold. */
export type Value = number | string | boolean | null;
export type AnyRow = Readonly<Record<string, Value>>;

/** `averageEntry` → `average_entry`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Indexes have one name space in a database, so the table's name is part of theirs. */
export function indexName(table: Table, columns: readonly string[]): string {
  return `${table.name}_${columns.map(snakeCase).join("_")}`;
}

export function keyName(table: Table): string {
  return `${table.name}_key`;
}
