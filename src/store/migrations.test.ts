/** Migrations of any database: their order, what is refused, what is done when another was faster. The schemas that they make,
 * schema_sqlite.ts and schema_postgres.ts, by sqlite_migrations.ts and postgres_migrations.ts: `test/store/schema.test.ts`. */

import { expect, test } from "bun:test";
import {
  type AppliedMigration,
  type Migration,
  type MigrationDatabase,
  migrateDown,
  migrateUp,
  migrationStatus,
  statementsOf,
} from "./migrations.ts";

class PlainDatabase implements MigrationDatabase {
  readonly done: string[] = [];
  readonly notes: AppliedMigration[] = [];
  /** Applies it first, as another process would. */
  faster: string | undefined;

  async applied(): Promise<readonly AppliedMigration[]> {
    return [...this.notes];
  }

  async up(migration: AppliedMigration, statements: readonly string[]): Promise<boolean> {
    this.notes.push(migration);
    if (migration.name === this.faster) return false;
    this.done.push(...statements);
    return true;
  }

  async down(name: string, statements: readonly string[]): Promise<void> {
    this.notes.splice(
      this.notes.findIndex((note) => note.name === name),
      1,
    );
    this.done.push(...statements);
  }
}

const KNOWN: readonly Migration[] = ["a", "b", "c"].map((name) => ({
  name,
  up: `+${name}1\n--> statement-breakpoint\n+${name}2;\n`,
  down: `-${name}`,
}));

test("what is missing is applied in its order, once; the way back is the other way round", async () => {
  const database = new PlainDatabase();
  expect(await migrateUp(database, KNOWN, 5, 2)).toEqual(["a", "b"]);
  expect(database.done).toEqual(["+a1", "+a2;", "+b1", "+b2;"]);
  expect((await migrationStatus(database, KNOWN)).migrations).toEqual([
    { name: "a", applied: true, timeUs: 5 },
    { name: "b", applied: true, timeUs: 5 },
    { name: "c", applied: false, timeUs: null },
  ]);
  expect(await migrateUp(database, KNOWN, 6)).toEqual(["c"]);
  expect(await migrateUp(database, KNOWN, 7)).toEqual([]);
  expect(await migrateDown(database, KNOWN, 2)).toEqual(["c", "b"]);
  expect(database.done.slice(-2)).toEqual(["-c", "-b"]);
});

test("who finds that another was faster has applied nothing itself", async () => {
  const database = new PlainDatabase();
  database.faster = "b";
  expect(await migrateUp(database, KNOWN, 5)).toEqual(["a", "c"]);
});

test("a database of a newer version, or one whose migration was another, is left alone", async () => {
  const database = new PlainDatabase();
  await migrateUp(database, KNOWN, 5);
  const before = [...database.done];
  expect(migrateUp(database, KNOWN.slice(0, 2), 6)).rejects.toThrow("StoreNewer");
  expect(migrateDown(database, KNOWN.slice(0, 2), 1)).rejects.toThrow("StoreNewer");
  const changed = KNOWN.map((migration) => ({ ...migration, up: `${migration.up} ` }));
  expect(migrateUp(database, changed, 6)).rejects.toThrow("MigrationChanged");
  expect(database.done).toEqual(before);
});

test("statements are cut where drizzle-kit cuts them", () => {
  expect(statementsOf("a;\n--> statement-breakpoint\n\n--> statement-breakpoint\nb;\n")).toEqual(["a;", "b;"]);
});
