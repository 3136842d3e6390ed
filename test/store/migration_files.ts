/** Writes the migrations that lead from the last snapshot to the tables of `src/store`: `npm run migrations -- NAME`. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from "drizzle-kit/api";
import { postgresSchema } from "../../src/store/schema_postgres.ts";
import { sqliteSchema } from "../../src/store/schema_sqlite.ts";
import type { Dialect } from "../../src/store/store.ts";
import { ROOT } from "../support/source.ts";

export const DIALECTS: readonly Dialect[] = ["sqlite", "postgres"];

export interface Step {
  /** Empty: the schema is what the last migration left. */
  readonly statements: readonly string[];
  readonly snapshot: object;
}

/** What drizzle-kit would do now. */
export async function nextStep(dialect: Dialect, tables?: readonly string[]): Promise<Step> {
  const file = snapshotFile(dialect);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  if (dialect === "sqlite") {
    const snapshot = await generateSQLiteDrizzleJson(only(sqliteSchema(), tables), before?.id);
    const statements = await generateSQLiteMigration(before ?? (await generateSQLiteDrizzleJson({})), snapshot);
    return { statements, snapshot };
  }
  const snapshot = generateDrizzleJson(only(postgresSchema(), tables), before?.id);
  return { statements: await generateMigration(before ?? generateDrizzleJson({}), snapshot), snapshot };
}

/** Names of the migrations of a dialect, in their order. */
export function migrationNames(dialect: Dialect): string[] {
  const names = existsSync(folder(dialect)) ? readdirSync(folder(dialect)) : [];
  return names
    .filter((name) => /^\d{4}_.*(?<!\.down)\.sql$/.test(name))
    .map((name) => name.slice(0, -4))
    .sort();
}

/** The module that embeds every migration into the executable. */
export function embeddedModule(): string {
  const lines = [
    "/** All migrations, embedded. Written by `npm run migrations`; `test/store` checks that none is missing. */",
    "",
  ];
  const parts = DIALECTS.flatMap((dialect) => migrationNames(dialect).map((name) => ({ dialect, name })));
  const variable = (dialect: string, name: string, way: string) => `${dialect}${name.slice(0, 4)}${way}`;
  for (const dialect of [...DIALECTS].sort())
    for (const name of migrationNames(dialect))
      for (const [way, end] of [
        ["Down", ".down.sql"],
        ["Up", ".sql"],
      ] as const)
        lines.push(
          `import ${variable(dialect, name, way)} from "../../drizzle/${dialect}/${name}${end}" with { type: "text" };`,
        );
  lines.push('import type { Migration } from "./migrations.ts";', 'import type { Dialect } from "./store.ts";', "");
  lines.push("export const MIGRATIONS: Readonly<Record<Dialect, readonly Migration[]>> = Object.freeze({");
  for (const dialect of DIALECTS) {
    lines.push(`  ${dialect}: [`);
    for (const { name } of parts.filter((part) => part.dialect === dialect)) {
      const [up, down] = [variable(dialect, name, "Up"), variable(dialect, name, "Down")];
      lines.push(`    { name: "${name}", up: ${up}, down: ${down} },`);
    }
    lines.push("  ],");
  }
  return `${[...lines, "});"].join("\n")}\n`;
}

export const EMBEDDED_FILE = join(ROOT, "src/store/migrations_embedded.ts");

function only<T extends object>(schema: T, tables: readonly string[] | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => tables?.includes(name) ?? true));
}

function folder(dialect: Dialect): string {
  return join(ROOT, "drizzle", dialect);
}

function snapshotFile(dialect: Dialect): string {
  return join(folder(dialect), "snapshot.json");
}

async function write(name: string, tables: readonly string[] | undefined): Promise<void> {
  for (const dialect of DIALECTS) {
    const { statements, snapshot } = await nextStep(dialect, tables);
    if (statements.length === 0) continue;
    mkdirSync(folder(dialect), { recursive: true });
    const number = String(migrationNames(dialect).length).padStart(4, "0");
    const script = `${statements.map((statement) => statement.trim()).join("\n--> statement-breakpoint\n")}\n`;
    writeFileSync(join(folder(dialect), `${number}_${name}.sql`), script);
    const down = join(folder(dialect), `${number}_${name}.down.sql`);
    if (!existsSync(down)) writeFileSync(down, "");
    writeFileSync(snapshotFile(dialect), `${JSON.stringify(snapshot, null, 1)}\n`);
    process.stdout.write(`${dialect}: ${number}_${name}.sql; now write ${number}_${name}.down.sql\n`);
  }
  writeFileSync(EMBEDDED_FILE, embeddedModule());
}

if (import.meta.main) {
  const [name, tables] = process.argv.slice(2);
  if (name === undefined || !/^[a-z0-9_]+$/.test(name)) throw new Error("give a name: npm run migrations -- add_x");
  await write(name, tables?.split(","));
}
