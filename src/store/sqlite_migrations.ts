/** Migrations of an SQLite file: each step and its note in one transaction, which keeps other migrators out. */

import type { Database } from "bun:sqlite";
import { databaseFault } from "./database_faults.ts";
import { type AppliedMigration, MIGRATIONS_TABLE, type MigrationDatabase } from "./migrations.ts";

const MAKE = `create table if not exists ${MIGRATIONS_TABLE}
  (name text primary key not null, hash text not null, time_us integer not null)`;

export class SqliteMigrations implements MigrationDatabase {
  constructor(
    readonly database: Database,
    readonly file: string,
  ) {}

  async applied(): Promise<readonly AppliedMigration[]> {
    return this.#try(() => {
      const there = this.database.query("select 1 from sqlite_master where name = ?").get(MIGRATIONS_TABLE);
      if (there === null) return [];
      return this.database
        .query<AppliedMigration, []>(`select name, hash, time_us as "timeUs" from ${MIGRATIONS_TABLE} order by name`)
        .all();
    });
  }

  async up({ name, hash, timeUs }: AppliedMigration, statements: readonly string[]): Promise<boolean> {
    return this.#step(() => {
      this.database.run(MAKE);
      // Another migrator was faster.
      if (this.database.query(`select 1 from ${MIGRATIONS_TABLE} where name = ?`).get(name) !== null) return false;
      this.database
        .query(`insert into ${MIGRATIONS_TABLE} (name, hash, time_us) values (?, ?, ?)`)
        .run(name, hash, timeUs);
      for (const statement of statements) this.database.run(statement);
      return true;
    });
  }

  async down(name: string, statements: readonly string[]): Promise<void> {
    this.#step(() => {
      for (const statement of statements) this.database.run(statement);
      this.database.query(`delete from ${MIGRATIONS_TABLE} where name = ?`).run(name);
    });
  }

  #step<T>(act: () => T): T {
    return this.#try(() => this.database.transaction(act).immediate());
  }

  #try<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw databaseFault(error, this.file);
    }
  }
}
