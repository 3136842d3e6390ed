/** The history in PostgreSQL: each table's rows of a batch in one statement, all statements of a batch on their way at once. */

import type { SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import type postgres from "postgres";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Column, snakeCase, type Value } from "./columns.ts";
import { compact, type TableChanges } from "./compact.ts";
import { gap } from "./database_faults.ts";
import { migrateUp } from "./migrations.ts";
import { MIGRATIONS } from "./migrations_embedded.ts";
import { PostgresClient } from "./postgres_client.ts";
import { PostgresMigrations } from "./postgres_migrations.ts";
import type { PostgresPlace } from "./postgres_place.ts";
import { type Applied, type Batch, PROJECTION, type RowChange, type Store } from "./store.ts";
import { type RawRow, StoreQueries } from "./store_queries.ts";
import { BESIDE_THE_JOURNAL, TABLE_NAMES, type TableName, tableOf } from "./tables.ts";

/** Of one statement; a batch may have more. */
const ROWS_PER_STATEMENT_MAX = 4_000;

type Transaction = postgres.TransactionSql;

export class PostgresStore extends StoreQueries implements Store {
  readonly dialect = "postgres";
  protected override readonly hasStatistics = true;
  readonly migrations: PostgresMigrations;
  readonly #client: PostgresClient;
  readonly #texts = new Map<string, string>();

  /** Connects when it is first asked something. */
  constructor(
    readonly place: PostgresPlace,
    password: () => string | undefined,
  ) {
    super();
    this.#client = new PostgresClient(place, password);
    this.migrations = new PostgresMigrations(this.#client);
  }

  prepare(nowUs: number): Promise<readonly string[]> {
    return migrateUp(this.migrations, MIGRATIONS.postgres, nowUs);
  }

  async apply({ from, to, rows }: Batch): Promise<Applied> {
    assert(from >= 1 && from <= to, Code.ValueOutOfRange);
    const changes = compact(rows);
    return this.#transaction(async (sql) => {
      // The row is locked until the end: a second projection waits here, and then finds itself too late.
      await sql`insert into cursors (name, record, source) values (${PROJECTION}, 0, '') on conflict (name) do nothing`;
      const found = await sql`select record from cursors where name = ${PROJECTION} for update`;
      const stands = Number.parseInt(String(found[0]?.["record"]), 10);
      if (to <= stands) return "skipped";
      if (from !== stands + 1) throw gap(this.#client.where, from, stands);
      const writes = changes.flatMap((change) => this.#writes(sql, change));
      await Promise.all([...writes, sql`update cursors set record = ${to} where name = ${PROJECTION}`]);
      return "applied";
    });
  }

  async write(rows: readonly RowChange[]): Promise<void> {
    const changes = compact(rows);
    await this.#transaction((sql) => Promise.all(changes.flatMap((change) => this.#writes(sql, change))));
  }

  async moveCursor(name: string, record: number): Promise<void> {
    assert(Number.isSafeInteger(record) && record >= 0, Code.ValueOutOfRange);
    await this.#client.run(
      (sql) => sql`insert into cursors (name, record, source) values (${name}, ${record}, '')
        on conflict (name) do update set record = excluded.record`,
    );
  }

  source(): Promise<string | undefined> {
    return this.sourceOf(PROJECTION);
  }

  async setSource(source: string): Promise<void> {
    await this.#client.run(
      (sql) => sql`insert into cursors (name, record, source) values (${PROJECTION}, 0, ${source})
        on conflict (name) do update set source = excluded.source where cursors.source = ''`,
    );
  }

  async clear(): Promise<void> {
    const tables = TABLE_NAMES.filter((name) => !BESIDE_THE_JOURNAL.includes(name)).map(
      (name) => `"${tableOf(name).name}"`,
    );
    await this.#transaction(async (sql) => {
      await sql.unsafe(`truncate ${tables.join(", ")}`);
      await sql`delete from cursors where name = ${PROJECTION}`;
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  protected override select(query: SQL): Promise<readonly RawRow[]> {
    return this.#client.run(async (pool) => drizzle(pool).execute<RawRow>(query));
  }

  protected override flag(value: boolean): Value {
    return value;
  }

  #transaction<T>(act: (sql: Transaction) => Promise<T>): Promise<T> {
    return this.#client.run(async (pool) => {
      const result = await pool.begin(async (sql) => {
        // A crash of the server may take the last transactions, each with its cursor: they are projected again.
        await sql`set local synchronous_commit = off`;
        return { value: await act(sql) };
      });
      return (result as { value: T }).value;
    });
  }

  #writes(sql: Transaction, { table, puts, adds, deletes }: TableChanges): Promise<unknown>[] {
    return [
      ...this.#pieces(sql, table, "delete", deletes),
      ...this.#pieces(sql, table, "add", adds),
      ...this.#pieces(sql, table, "put", puts),
    ];
  }

  #pieces(sql: Transaction, table: TableName, op: RowChange["op"], rows: readonly (readonly Value[])[]) {
    const pieces: Promise<unknown>[] = [];
    for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT_MAX) {
      const piece = rows.slice(at, at + ROWS_PER_STATEMENT_MAX);
      pieces.push(sql.unsafe(this.#text(table, op), columnsOf(piece)).then(() => {}));
    }
    return pieces;
  }

  #text(table: TableName, op: RowChange["op"]): string {
    const at = `${op} ${table}`;
    const text = this.#texts.get(at) ?? statementText(table, op);
    this.#texts.set(at, text);
    return text;
  }
}

/** Rows come as an array of texts for each column: one statement for any number of rows; `numeric` reads a text exactly. */
function statementText(name: TableName, op: RowChange["op"]): string {
  const table = tableOf(name);
  const names = op === "delete" ? table.key : Object.keys(table.columns);
  const arrays = names.map((column, at) => `$${at + 1}::text[]::${typeOf(table.columns[column] as Column)}[]`);
  const rows = `select * from unnest(${arrays.join(", ")})`;
  const quoted = (columns: readonly string[]) => columns.map((column) => `"${snakeCase(column)}"`);
  const key = quoted(table.key).join(", ");
  if (op === "delete") return `delete from "${table.name}" where (${key}) in (${rows})`;
  const insert = `insert into "${table.name}" (${quoted(names).join(", ")}) ${rows} on conflict (${key}) do`;
  const others = quoted(names.filter((column) => !table.key.includes(column)));
  if (op === "add" || others.length === 0) return `${insert} nothing`;
  return `${insert} update set ${others.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}

function typeOf({ kind }: Column): string {
  if (kind === "int" || kind === "timeUs") return "bigint";
  if (kind === "flag") return "boolean";
  return kind === "decimal" ? "numeric" : "text";
}

/** Arrays as PostgreSQL writes them: quoted, so that nothing in a text means anything. */
function columnsOf(rows: readonly (readonly Value[])[]): string[] {
  const width = rows[0]?.length ?? 0;
  return Array.from({ length: width }, (_, at) => `{${rows.map((row) => element(row[at] as Value)).join(",")}}`);
}

function element(value: Value): string {
  if (typeof value !== "string") return value === null ? "NULL" : String(value);
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
