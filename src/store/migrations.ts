/** Migrations: which there are, which a database has, and the steps between; each step is one transaction. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

export interface Migration {
  readonly name: string;
  readonly up: string;
  readonly down: string;
}

/** A migration that a database has had: by name and by the hash of what was done. */
export interface AppliedMigration {
  readonly name: string;
  readonly hash: string;
  readonly timeUs: number;
}

/** What both databases do for migrations; a step runs its statements and notes (or forgets) the migration, all or nothing. */
export interface MigrationDatabase {
  applied(): Promise<readonly AppliedMigration[]>;
  /** False: another migrator was faster, and nothing was done. */
  up(migration: AppliedMigration, statements: readonly string[]): Promise<boolean>;
  down(name: string, statements: readonly string[]): Promise<void>;
}

export interface MigrationState {
  readonly name: string;
  readonly applied: boolean;
  /** Epoch µs; null: not applied. */
  readonly timeUs: number | null;
}

export interface MigrationStatus {
  readonly migrations: readonly MigrationState[];
  readonly pending: number;
}

/** The table that a database keeps of its own migrations; it is no part of the schema. */
export const MIGRATIONS_TABLE = "meltica_migrations";

export async function migrationStatus(
  database: MigrationDatabase,
  migrations: readonly Migration[],
): Promise<MigrationStatus> {
  return statusOf(await database.applied(), migrations);
}

/** Applies all that are missing, or the next `steps`; answers their names. */
export async function migrateUp(
  database: MigrationDatabase,
  migrations: readonly Migration[],
  nowUs: number,
  steps = migrations.length,
): Promise<readonly string[]> {
  const applied = checked(await database.applied(), migrations);
  const missing = migrations.slice(applied.length, applied.length + steps);
  const done: string[] = [];
  for (const migration of missing) {
    const { name, up } = migration;
    if (await database.up({ name, hash: hashOf(migration), timeUs: nowUs }, statementsOf(up))) done.push(name);
  }
  return done;
}

/** Takes the last `steps` back; answers their names, the last one first. */
export async function migrateDown(
  database: MigrationDatabase,
  migrations: readonly Migration[],
  steps: number,
): Promise<readonly string[]> {
  const applied = checked(await database.applied(), migrations);
  const last = migrations.slice(Math.max(0, applied.length - steps), applied.length).reverse();
  for (const { name, down } of last) await database.down(name, statementsOf(down));
  return last.map(({ name }) => name);
}

/** Of a database that has had `applied`. */
export function statusOf(applied: readonly AppliedMigration[], migrations: readonly Migration[]): MigrationStatus {
  checked(applied, migrations);
  const states = migrations.map(({ name }, at) => {
    const timeUs = applied[at]?.timeUs ?? null;
    return { name, applied: timeUs !== null, timeUs };
  });
  return { migrations: states, pending: states.filter((state) => !state.applied).length };
}

/** What a database has had must be the beginning of what we know, unchanged. */
function checked(applied: readonly AppliedMigration[], migrations: readonly Migration[]): readonly AppliedMigration[] {
  for (const [at, { name, hash }] of applied.entries()) {
    const known = migrations[at];
    if (known?.name !== name) {
      throw new ProblemError(
        problem(Code.StoreNewer, `the database has had migration ${name}, which is not known here`),
      );
    }
    if (hashOf(known) !== hash) {
      throw new ProblemError(problem(Code.MigrationChanged, `migration ${name} is not the one that was applied`));
    }
  }
  return applied;
}

function hashOf({ up }: Migration): string {
  return new Bun.CryptoHasher("sha256").update(up).digest("hex");
}

/** As drizzle-kit separates them. */
export function statementsOf(script: string): string[] {
  return script
    .split("--> statement-breakpoint")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
