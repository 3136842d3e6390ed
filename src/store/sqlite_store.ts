/** The history in an SQLite file of the data directory: WAL, one writer, prepared statements made from the tables. */

import { Database, type SQLQueryBindings, type Statement } from "bun:sqlite";
import { closeSync, openSync } from "node:fs";
import type { SQL } from "drizzle-orm";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { snakeCase, type Value } from "./columns.ts";
import { compact, type TableChanges } from "./compact.ts";
import { databaseFault, gap } from "./database_faults.ts";
import { migrateUp } from "./migrations.ts";
import { MIGRATIONS } from "./migrations_embedded.ts";
import { SqliteMigrations } from "./sqlite_migrations.ts";
import { type Applied, type Batch, PROJECTION, type RowChange, type Store } from "./store.ts";
import { type RawRow, StoreQueries } from "./store_queries.ts";
import { BESIDE_THE_JOURNAL, TABLE_NAMES, type TableName, tableOf } from "./tables.ts";

export interface SqlitePlace {
  readonly file: string;
  /** How long a statement waits for another process's lock; the thread waits with it. */
  readonly busyTimeoutMs: number;
}

interface Statements {
  readonly put: Statement;
  readonly add: Statement;
  readonly delete: Statement;
}

export class SqliteStore extends StoreQueries implements Store {
  readonly dialect = "sqlite";
  protected override readonly hasStatistics = false;
  readonly migrations: SqliteMigrations;
  readonly #database: Database;
  readonly #drizzle: BunSQLiteDatabase;
  readonly #statements = new Map<TableName, Statements>();

  /** Makes the file when it is not there. Throws ProblemError. */
  constructor(readonly place: SqlitePlace) {
    super();
    this.#database = openDatabase(place);
    this.#drizzle = drizzle(this.#database);
    this.migrations = new SqliteMigrations(this.#database, place.file);
  }

  prepare(nowUs: number): Promise<readonly string[]> {
    return migrateUp(this.migrations, MIGRATIONS.sqlite, nowUs);
  }

  async apply({ from, to, rows }: Batch): Promise<Applied> {
    assert(from >= 1 && from <= to, Code.ValueOutOfRange);
    const changes = compact(rows);
    return this.#transaction(() => {
      const stands = this.#record(PROJECTION);
      if (to <= stands) return "skipped";
      if (from !== stands + 1) throw gap(this.place.file, from, stands);
      for (const change of changes) this.#write(change);
      this.#move(PROJECTION, to);
      return "applied";
    });
  }

  async write(rows: readonly RowChange[]): Promise<void> {
    const changes = compact(rows);
    this.#transaction(() => {
      for (const change of changes) this.#write(change);
    });
  }

  async moveCursor(name: string, record: number): Promise<void> {
    assert(Number.isSafeInteger(record) && record >= 0, Code.ValueOutOfRange);
    this.#transaction(() => this.#move(name, record));
  }

  source(): Promise<string | undefined> {
    return this.sourceOf(PROJECTION);
  }

  async setSource(source: string): Promise<void> {
    const text = `insert into cursors (name, record, source) values (?, 0, ?)
      on conflict (name) do update set source = excluded.source where source = ''`;
    this.#transaction(() => this.#database.query(text).run(PROJECTION, source));
  }

  async clear(): Promise<void> {
    this.#transaction(() => {
      for (const name of TABLE_NAMES) {
        if (!BESIDE_THE_JOURNAL.includes(name)) this.#database.run(`delete from "${tableOf(name).name}"`);
      }
      this.#database.query("delete from cursors where name = ?").run(PROJECTION);
    });
  }

  async close(): Promise<void> {
    for (const statements of this.#statements.values())
      for (const statement of Object.values(statements)) statement.finalize();
    this.#statements.clear();
    this.#database.close(false);
  }

  protected override async select(query: SQL): Promise<readonly RawRow[]> {
    try {
      return this.#drizzle.all<RawRow>(query);
    } catch (error) {
      throw databaseFault(error, this.place.file);
    }
  }

  protected override flag(value: boolean): Value {
    return value ? 1 : 0;
  }

  #record(name: string): number {
    const row = this.#database
      .query<{ record: number }, [string]>("select record from cursors where name = ?")
      .get(name);
    return row?.record ?? 0;
  }

  #move(name: string, record: number): void {
    const text = `insert into cursors (name, record, source) values (?, ?, '')
      on conflict (name) do update set record = excluded.record`;
    this.#database.query(text).run(name, record);
  }

  #write({ table, puts, adds, deletes }: TableChanges): void {
    const statements = this.#of(table);
    for (const values of deletes) statements.delete.run(...bindings(values));
    for (const values of adds) statements.add.run(...bindings(values));
    for (const values of puts) statements.put.run(...bindings(values));
  }

  #of(name: TableName): Statements {
    const known = this.#statements.get(name);
    if (known !== undefined) return known;
    const made = prepared(this.#database, name);
    this.#statements.set(name, made);
    return made;
  }

  /** Takes the write lock at once: a lock that is taken later may not be had any more. */
  #transaction<T>(act: () => T): T {
    try {
      return this.#database.transaction(act).immediate();
    } catch (error) {
      throw databaseFault(error, this.place.file);
    }
  }
}

function openDatabase({ file, busyTimeoutMs }: SqlitePlace): Database {
  let database: Database | undefined;
  try {
    closeSync(openSync(file, "a", 0o600)); // Orders and balances are nobody else's business; SQLite would make it 0644.
    database = new Database(file);
    database.run(`pragma busy_timeout = ${Math.trunc(busyTimeoutMs)}`);
    database.run("pragma journal_mode = wal");
    // A power cut may take the last transactions, each with its cursor: they are projected again.
    database.run("pragma synchronous = normal");
    database.run("pragma temp_store = memory");
    return database;
  } catch (error) {
    database?.close(false);
    throw databaseFault(error, file);
  }
}

function prepared(database: Database, name: TableName): Statements {
  const table = tableOf(name);
  const quoted = (names: readonly string[]) => names.map((column) => `"${snakeCase(column)}"`);
  const columns = quoted(Object.keys(table.columns));
  const key = quoted(table.key);
  const others = columns.filter((column) => !key.includes(column));
  const insert = `insert into "${table.name}" (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`;
  const onto = `on conflict (${key.join(", ")}) do`;
  const set = others.map((column) => `${column} = excluded.${column}`).join(", ");
  return {
    put: database.prepare(`${insert} ${onto} ${set === "" ? "nothing" : `update set ${set}`}`),
    add: database.prepare(`${insert} ${onto} nothing`),
    delete: database.prepare(`delete from "${table.name}" where ${key.map((column) => `${column} = ?`).join(" and ")}`),
  };
}

function bindings(values: readonly Value[]): SQLQueryBindings[] {
  return values as SQLQueryBindings[];
}
