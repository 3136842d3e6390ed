/** Both databases have the same tables, columns, keys and indexes, and the migrations make exactly what the code says. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { Prng } from "../../src/core/prng.ts";
import { indexName, snakeCase, type Table } from "../../src/store/columns.ts";
import { type Migration, migrateDown, migrateUp, migrationStatus, statementsOf } from "../../src/store/migrations.ts";
import { MIGRATIONS } from "../../src/store/migrations_embedded.ts";
import { postgresAbsent, startPostgres, type TestPostgres } from "../../src/store/postgres.testing.ts";
import { PostgresStore } from "../../src/store/postgres_store.ts";
import { anyRow, change } from "../../src/store/rows.testing.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import type { Dialect, Store } from "../../src/store/store.ts";
import { BESIDE_THE_JOURNAL, TABLE_NAMES, type TableName, tableOf } from "../../src/store/tables.ts";
import { DIALECTS, EMBEDDED_FILE, embeddedModule, migrationNames, nextStep } from "./migration_files.ts";

interface Shape {
  /** name:kind[?], in their order. */
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly indexes: readonly string[];
}
type Shapes = Readonly<Record<string, Shape>>;

interface Backend {
  readonly store: Store;
  /** What the database itself says that it has. */
  shapes(): Promise<Shapes>;
  close(): Promise<void>;
}

const absent = postgresAbsent();
const folder = mkdtempSync(join(tmpdir(), "meltica-schema-"));
let server: TestPostgres | undefined;
let files = 0;

beforeAll(async () => {
  if (absent === undefined) server = await startPostgres();
}, 60_000);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("migration files", () => {
  for (const dialect of DIALECTS) {
    test(`${dialect}: drizzle-kit finds nothing to add: the schema in code is the one of the last migration`, async () => {
      expect((await nextStep(dialect)).statements).toEqual([]);
    });

    test(`${dialect}: each has a way down`, () => {
      expect(MIGRATIONS[dialect].map(({ name }) => name)).toEqual(migrationNames(dialect));
      for (const { down } of MIGRATIONS[dialect]) expect(statementsOf(down).length).toBeGreaterThan(0);
    });
  }

  test("all are embedded", () => {
    expect(unformatted(readFileSync(EMBEDDED_FILE, "utf8"))).toBe(unformatted(embeddedModule()));
  });

  test("both dialects have the same ones", () => {
    expect(migrationNames("postgres")).toEqual(migrationNames("sqlite"));
  });
});

for (const dialect of DIALECTS) {
  const skip = dialect === "postgres" ? absent : undefined;
  describe.skipIf(skip !== undefined)(`${dialect}${skip === undefined ? "" : `: ${skip}`}`, () => {
    test("the migrations make the tables, columns, keys and indexes of tables.ts", async () => {
      const backend = make(dialect);
      await backend.store.prepare(1);
      expect(await backend.shapes()).toEqual(wantedShapes());
      await backend.close();
    });

    test("up, down, up leaves the same schema, step by step", async () => {
      const backend = make(dialect);
      const { migrations } = backend.store;
      const known = MIGRATIONS[dialect];
      const shapes: Shapes[] = [await backend.shapes()];
      for (const { name } of known) {
        expect(await migrateUp(migrations, known, 7, 1)).toEqual([name]);
        shapes.push(await backend.shapes());
      }
      expect(await migrateUp(migrations, known, 7)).toEqual([]);
      for (let at = known.length - 1; at >= 0; at--) {
        expect(await migrateDown(migrations, known, 1)).toEqual([known[at]?.name as string]);
        expect(await backend.shapes()).toEqual(shapes[at] as Shapes);
      }
      expect(await migrateDown(migrations, known, 1)).toEqual([]);
      await migrateUp(migrations, known, 8);
      expect(await backend.shapes()).toEqual(wantedShapes());
      const status = await migrationStatus(migrations, known);
      expect(status.pending).toBe(0);
      expect(status.migrations.map(({ timeUs }) => timeUs)).toEqual(known.map(() => 8));
      await backend.close();
    });

    test("what no rebuild brings back outlives a way down that does not name it", async () => {
      const backend = make(dialect);
      const { store } = backend;
      await store.prepare(1);
      const random = new Prng(9);
      const rows = TABLE_NAMES.filter((name) => name !== "cursors").map(
        (name) => [name, anyRow(name, 1, random)] as const,
      );
      await store.write(rows.map(([name, row]) => change(name, "put", row)));
      await store.apply({ from: 1, to: 5, rows: [] });
      await store.moveCursor("outbox:hook", 3);
      // Indexes alone: no row is touched.
      await migrateDown(store.migrations, MIGRATIONS[dialect], 1);
      for (const [name, row] of rows) expect(await store.scan(name, 2)).toEqual([row] as never);
      await migrateDown(store.migrations, MIGRATIONS[dialect], MIGRATIONS[dialect].length - 2);
      await store.prepare(2);
      for (const [name, row] of rows) {
        const isKept = BESIDE_THE_JOURNAL.includes(name);
        expect(await store.scan(name, 2)).toEqual((isKept ? [row] : []) as never);
      }
      // The journal's tables are empty, so they are to be filled from the first record on.
      expect([await store.cursor("projection"), await store.cursor("outbox:hook")]).toEqual([0, 3]);
      await backend.close();
    });

    test("a step that fails leaves nothing of itself; a later version's and a changed migration are refused", async () => {
      const backend = make(dialect);
      const { store } = backend;
      const known = MIGRATIONS[dialect];
      await store.prepare(1);
      const broken: Migration = {
        name: "9999_broken",
        up: "create table left_over (id integer)\n--> statement-breakpoint\ncreate table orders (id integer)",
        down: "drop table left_over",
      };
      const fault = await migrateUp(store.migrations, [...known, broken], 1).catch((error: unknown) => String(error));
      expect(String(fault)).toContain("StoreFailed");
      expect(await backend.shapes()).toEqual(wantedShapes());
      const later: Migration = { ...broken, up: "create table later (id integer)", down: "drop table later" };
      await migrateUp(store.migrations, [...known, later], 1);
      expect(store.prepare(1)).rejects.toThrow("StoreNewer");
      await migrateDown(store.migrations, [...known, later], 1);
      const changed = known.map((migration) => ({ ...migration, up: `${migration.up} ` }));
      expect(migrateUp(store.migrations, changed, 1)).rejects.toThrow("MigrationChanged");
      expect(await store.prepare(1)).toEqual([]);
      await backend.close();
    });

    test("two that migrate at once: all is applied once", async () => {
      const backend = make(dialect);
      const { store } = backend;
      const other =
        store instanceof PostgresStore
          ? new PostgresStore(store.place, () => server?.password)
          : new SqliteStore((store as SqliteStore).place);
      const done = await Promise.all([store.prepare(1), other.prepare(1)]);
      expect(done.flat().sort()).toEqual(MIGRATIONS[dialect].map(({ name }) => name));
      await other.close();
      await backend.close();
    });
  });
}

test.skipIf(absent !== undefined)(
  "postgres: a migrator of another schema in the same database is not waited for",
  async () => {
    const of = server as TestPostgres;
    const [one, other] = [of.place(), of.place({ lockTimeoutMs: 300 })].map(
      (at) => new PostgresStore(at, () => of.password),
    ) as [PostgresStore, PostgresStore];
    await one.prepare(1);
    const slow: Migration = { name: "9999_slow", up: "select pg_sleep(1.5)", down: "select 1" };
    const done = migrateUp(one.migrations, [...MIGRATIONS.postgres, slow], 1);
    await Bun.sleep(300);
    expect((await other.prepare(1)).length).toBe(MIGRATIONS.postgres.length);
    expect(await done).toEqual(["9999_slow"]);
    await Promise.all([one.close(), other.close()]);
  },
);

function wantedShapes(): Shapes {
  return Object.fromEntries(TABLE_NAMES.map((name: TableName) => [tableOf(name).name, shapeOf(tableOf(name))]));
}

function shapeOf(table: Table): Shape {
  return {
    columns: Object.entries(table.columns).map(
      ([name, { kind, nullable }]) => `${snakeCase(name)}:${KINDS[kind]}${nullable === true ? "?" : ""}`,
    ),
    key: table.key.map(snakeCase),
    indexes: table.indexes.map((names) => `${indexName(table, names)}(${names.map(snakeCase).join(",")})`).sort(),
  };
}

/** SQLite has neither flags nor decimals: its shapes are told in the words of its own types. */
const KINDS = { int: "int", timeUs: "int", flag: "flag", decimal: "decimal", text: "text", json: "text" } as const;

function make(dialect: Dialect): Backend {
  if (dialect === "sqlite") return new SqliteBackend(join(folder, `${++files}.db`));
  return new PostgresBackend(server as TestPostgres);
}

class SqliteBackend implements Backend {
  readonly store: SqliteStore;
  readonly #database: Database;

  constructor(file: string) {
    this.store = new SqliteStore({ file, busyTimeoutMs: 100 });
    this.#database = new Database(file);
  }

  async shapes(): Promise<Shapes> {
    const tables = this.#all<{ name: string }>("select name from sqlite_master where type = 'table'");
    const shapes = tables
      .filter(({ name }) => name !== "meltica_migrations")
      .map(({ name }) => [name, this.#shape(name)]);
    return Object.fromEntries(shapes);
  }

  async close(): Promise<void> {
    this.#database.close();
    await this.store.close();
  }

  #shape(table: string): Shape {
    type Info = { name: string; type: string; notnull: number; pk: number };
    const columns = this.#all<Info>(`pragma table_info("${table}")`);
    const indexes = this.#all<{ name: string; origin: string }>(`pragma index_list("${table}")`);
    const columnsOf = (index: string) =>
      this.#all<{ name: string }>(`pragma index_info("${index}")`).map((c) => c.name);
    return {
      columns: columns.map(({ name, type, notnull }) => {
        const kind = kindOf(table, name);
        expect(type.toLowerCase()).toBe(kind === "int" || kind === "flag" ? "integer" : "text");
        return `${name}:${kind}${notnull === 0 ? "?" : ""}`;
      }),
      key: columns
        .filter(({ pk }) => pk > 0)
        .sort((a, b) => a.pk - b.pk)
        .map(({ name }) => name),
      indexes: indexes
        .filter(({ origin }) => origin === "c")
        .map(({ name }) => `${name}(${columnsOf(name)})`)
        .sort(),
    };
  }

  #all<T>(query: string): T[] {
    return this.#database.query(query).all() as T[];
  }
}

class PostgresBackend implements Backend {
  readonly store: PostgresStore;
  readonly #sql: postgres.Sql;

  constructor(readonly of: TestPostgres) {
    const place = of.place();
    this.store = new PostgresStore(place, () => of.password);
    const { host, port, user, database } = place;
    const password = of.password === undefined ? {} : { password: of.password };
    this.#sql = postgres({ host, port, user, database, ...password, max: 1, onnotice: () => {} });
  }

  async shapes(): Promise<Shapes> {
    const { schema } = this.store.place;
    const columns = await this.#sql`select table_name, column_name, data_type, is_nullable
      from information_schema.columns where table_schema = ${schema} order by table_name, ordinal_position`;
    const indexes = await this.#sql`select t.relname as table_name, i.relname as name, x.indisprimary,
        array(select a.attname::text from unnest(x.indkey) with ordinality k(n, at)
          join pg_attribute a on a.attrelid = t.oid and a.attnum = k.n order by k.at)::text as columns
      from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
      join pg_namespace s on s.oid = t.relnamespace where s.nspname = ${schema}`;
    const shapes: Record<string, Shape> = {};
    for (const table of new Set(columns.map((row) => String(row["table_name"])))) {
      if (table === "meltica_migrations") continue;
      const own = indexes
        .filter((row) => row["table_name"] === table)
        .map((row) => ({ primary: row["indisprimary"] === true, name: row["name"], columns: braced(row["columns"]) }));
      shapes[table] = {
        columns: columns
          .filter((row) => row["table_name"] === table)
          .map((row) => {
            const kind = TYPES[String(row["data_type"])];
            return `${row["column_name"]}:${kind}${row["is_nullable"] === "YES" ? "?" : ""}`;
          }),
        key: own.find(({ primary }) => primary)?.columns ?? [],
        indexes: own
          .filter(({ primary }) => !primary)
          .map(({ name, columns }) => `${name}(${columns})`)
          .sort(),
      };
    }
    return shapes;
  }

  async close(): Promise<void> {
    await this.#sql.end();
    await this.store.close();
  }
}

const TYPES: Readonly<Record<string, string>> = { bigint: "int", boolean: "flag", numeric: "decimal", text: "text" };

function kindOf(sqlTable: string, sqlColumn: string): string {
  const table = TABLE_NAMES.map(tableOf).find(({ name }) => name === sqlTable);
  const [, column] = Object.entries(table?.columns ?? {}).find(([name]) => snakeCase(name) === sqlColumn) ?? [];
  return column === undefined ? "unknown" : KINDS[column.kind];
}

function braced(text: unknown): string[] {
  return String(text)
    .replace(/^\{|\}$/g, "")
    .split(",")
    .filter((name) => name !== "");
}

function unformatted(text: string): string {
  return text.replace(/\s+/g, " ");
}
