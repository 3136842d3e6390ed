/** Migrations of a PostgreSQL schema: each step and its note are one message, which the server does whole or not at all. */

import { type AppliedMigration, MIGRATIONS_TABLE, type MigrationDatabase } from "./migrations.ts";
import type { PostgresClient } from "./postgres_client.ts";

/** Of the advisory lock, with the schema's name: any number that nobody else uses. Other schemas' migrators do not wait. */
const LOCK = 7_236_154;
const PLAIN = /^[\w.-]+$/;

export class PostgresMigrations implements MigrationDatabase {
  constructor(readonly client: PostgresClient) {}

  async applied(): Promise<readonly AppliedMigration[]> {
    return this.client.run(async (pool) => {
      const [there] = await pool`select to_regclass(${MIGRATIONS_TABLE}) is not null as "is"`;
      if (there?.["is"] !== true) return [];
      const rows = await pool.unsafe(`select name, hash, time_us from ${MIGRATIONS_TABLE} order by name`);
      return rows.map((row) => ({
        name: String(row["name"]),
        hash: String(row["hash"]),
        timeUs: Number.parseInt(String(row["time_us"]), 10),
      }));
    });
  }

  async up({ name, hash, timeUs }: AppliedMigration, statements: readonly string[]): Promise<boolean> {
    // Who waited for another migrator finds its note here: then nothing is done.
    const note = `insert into ${MIGRATIONS_TABLE} (name, hash, time_us)
      values (${literal(name)}, ${literal(hash)}, ${Math.trunc(timeUs)})`;
    const table = `create table if not exists ${MIGRATIONS_TABLE}
      (name text primary key not null, hash text not null, time_us bigint not null)`;
    try {
      const schema = `create schema if not exists "${this.client.place.schema}"`;
      await this.#step([schema, table, note, ...statements]);
      return true;
    } catch (error) {
      if ((await this.applied()).some((applied) => applied.name === name && applied.hash === hash)) return false;
      throw error;
    }
  }

  async down(name: string, statements: readonly string[]): Promise<void> {
    await this.#step([...statements, `delete from ${MIGRATIONS_TABLE} where name = ${literal(name)}`]);
  }

  /** Statements of one message are one transaction; an index of a large table takes as long as it takes. */
  async #step(statements: readonly string[]): Promise<void> {
    const lock = `select pg_advisory_xact_lock(${LOCK}, hashtext('${this.client.place.schema}'))`;
    const first = ["set local statement_timeout = 0", lock];
    const text = [...first, ...statements].map((statement) => statement.replace(/;\s*$/, "")).join(";\n");
    await this.client.runLong((pool) => pool.unsafe(text).simple());
  }
}

/** Names and hashes need no quoting; what would need it is none. */
function literal(text: string): string {
  if (!PLAIN.test(text)) throw new Error(`a migration cannot be called ${text}`);
  return `'${text}'`;
}
