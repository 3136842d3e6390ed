/** Migrations of a PostgreSQL schema: one connection, one advisory lock, each step and its note in one transaction. */

import type postgres from "postgres";
import { type AppliedMigration, MIGRATIONS_TABLE, type MigrationDatabase } from "./migrations.ts";
import type { PostgresClient } from "./postgres_client.ts";

/** Of the advisory lock; any number that nobody else uses. */
const LOCK = 7_236_154;

export class PostgresMigrations implements MigrationDatabase {
  #connection: postgres.ReservedSql | undefined;

  constructor(readonly client: PostgresClient) {}

  async begin(): Promise<void> {
    // What does not answer is found out by a statement that has a time-out.
    await this.client.run((pool) => pool`select 1`);
    const connection = await this.client.runLong((pool) => pool.reserve());
    this.#connection = connection;
    try {
      await this.client.runLong(() => connection`select pg_advisory_lock(${LOCK})`);
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  async applied(): Promise<readonly AppliedMigration[]> {
    const connection = this.#held();
    return this.client.runLong(async () => {
      const [there] = await connection`select to_regclass(${MIGRATIONS_TABLE}) is not null as "is"`;
      if (there?.["is"] !== true) return [];
      const rows = await connection.unsafe(`select name, hash, time_us from ${MIGRATIONS_TABLE} order by name`);
      return rows.map((row) => ({
        name: String(row["name"]),
        hash: String(row["hash"]),
        timeUs: Number.parseInt(String(row["time_us"]), 10),
      }));
    });
  }

  up({ name, hash, timeUs }: AppliedMigration, statements: readonly string[]): Promise<void> {
    const { schema } = this.client.place;
    const table = `create table if not exists ${MIGRATIONS_TABLE}
      (name text primary key not null, hash text not null, time_us bigint not null)`;
    return this.#step([`create schema if not exists "${schema}"`, table, ...statements], async (connection) => {
      const text = `insert into ${MIGRATIONS_TABLE} (name, hash, time_us) values ($1, $2, $3)`;
      await connection.unsafe(text, [name, hash, timeUs]);
    });
  }

  down(name: string, statements: readonly string[]): Promise<void> {
    return this.#step(statements, async (connection) => {
      await connection.unsafe(`delete from ${MIGRATIONS_TABLE} where name = $1`, [name]);
    });
  }

  async release(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    try {
      await connection`select pg_advisory_unlock(${LOCK})`;
    } catch {
      // The connection is gone, and its lock with it.
      return;
    }
    connection.release();
  }

  #step(statements: readonly string[], note: (connection: postgres.ReservedSql) => Promise<void>): Promise<void> {
    const connection = this.#held();
    return this.client.runLong(async () => {
      await connection`begin`;
      try {
        await connection`set local statement_timeout = 0`;
        for (const statement of statements) await connection.unsafe(statement);
        await note(connection);
        await connection`commit`;
      } catch (error) {
        await connection`rollback`.catch(() => {}); // A connection that is gone rolls back by itself.
        throw error;
      }
    });
  }

  #held(): postgres.ReservedSql {
    if (this.#connection === undefined) throw new Error("migrations have not begun");
    return this.#connection;
  }
}
