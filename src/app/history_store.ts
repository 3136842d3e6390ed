/** The store of a data directory's history, as configured: SQLite beside the journal where nothing else is said. */

import { join } from "node:path";
import { SqliteStore } from "../store/sqlite_store.ts";
import type { Store } from "../store/store.ts";
import type { Config } from "./config_schema.ts";

const FILE = "history.sqlite";
const BUSY_TIMEOUT_MS = 1_000;

/** Nothing is connected to yet; `prepare` does that. Throws ProblemError. */
export function openConfiguredStore(_config: Config, dataDir: string): Store {
  return new SqliteStore({ file: join(dataDir, FILE), busyTimeoutMs: BUSY_TIMEOUT_MS });
}
