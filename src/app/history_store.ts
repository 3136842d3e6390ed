/** The store of a data directory's history, as configured: PostgreSQL, or SQLite beside the journal where nothing else is said. */

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { placeText } from "../store/postgres_place.ts";
import { PostgresStore } from "../store/postgres_store.ts";
import { SqliteStore } from "../store/sqlite_store.ts";
import type { Store } from "../store/store.ts";
import { postgresOf } from "./config_database.ts";
import type { Config } from "./config_schema.ts";
import { readSecret } from "./live_keys.ts";

const FILE = "history.sqlite";
const BUSY_TIMEOUT_MS = 1_000;

type Places = Pick<Config, "database" | "secrets" | "dataDir">;
type Env = Readonly<Record<string, string | undefined>>;

/** Nothing is connected to yet; `prepare` does that. Throws ProblemError. */
export function openConfiguredStore(config: Places, dataDir: string, env: Env = process.env): Store {
  const { database } = config;
  if (database.url === undefined) {
    return new SqliteStore({ file: join(dataDir, FILE), busyTimeoutMs: BUSY_TIMEOUT_MS });
  }
  const place = postgresOf(database, database.caFile === undefined ? undefined : readCa(database.caFile));
  return new PostgresStore(place, () => passwordOf(config, env));
}

/** For people: where the history is, without any secret. */
export function storeText({ database }: Places, dataDir: string): string {
  return database.url === undefined ? join(dataDir, FILE) : placeText(postgresOf(database, undefined));
}

/** Gives the database's password to `take`, as bytes that it must not keep: for the log. Nothing when it cannot be read. */
export function databaseSecret(config: Places, take: (secret: Uint8Array) => void, env: Env = process.env): void {
  const { password } = config.database;
  if (password === undefined) return;
  try {
    const material = readSecret(config, password, env);
    take(material.bytes());
    material.wipe();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error; // The connection says what is wrong with it.
  }
}

/** The driver wants a text; it is read for each connection, so that a new password needs no restart. */
function passwordOf(config: Places, env: Env): string | undefined {
  const { password } = config.database;
  if (password === undefined) return undefined;
  try {
    const material = readSecret(config, password, env);
    const text = new TextDecoder().decode(material.bytes());
    material.wipe();
    return text;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError({ ...error.problem, detail: `database.password: ${error.problem.detail}` });
  }
}

/** The driver opens TLS where nothing catches what it throws: a text that is no certificate must not get so far. */
function readCa(file: string): string {
  const text = textOf(file);
  try {
    new X509Certificate(text);
    return text;
  } catch {
    const hint = "the PEM file of the authority that signed the server's certificate";
    throw new ProblemError(
      problem(Code.FileCorrupt, `database.caFile ${file}: it holds no certificate`, { file }, hint),
    );
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error);
    throw new ProblemError(problem(Code.FileNotFound, `database.caFile ${file}: ${code}`, { file }));
  }
}
