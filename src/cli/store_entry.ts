/** Where the verb `store` meets the projector: loaded here, and only when it runs. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../app/config_schema.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";

export interface StoreStanding {
  readonly dialect: string;
  /** Migrations that the database has not had. */
  readonly pending: number;
  readonly record: number;
  readonly lastRecord: number;
}

export interface StoreFunctions {
  /** Where the history is, without any secret. */
  where(config: Config): string;
  /** Of a data directory whose gateway is down; nothing is made or changed by looking. Throws ProblemError DataDirLocked when it is up. */
  standing(config: Config): Promise<StoreStanding>;
  /** The same; makes the tables anew. */
  rebuild(
    config: Config,
    onProgress: (record: number, last: number) => void,
    onProblem: (found: Problem) => void,
  ): Promise<{
    readonly records: number;
    readonly rows: number;
    readonly seconds: number;
  }>;
  /** While the gateway runs: its projector finds nothing and begins anew. */
  clear(config: Config): Promise<void>;
}

export async function storeFunctions(): Promise<StoreFunctions> {
  const [{ openConfiguredStore, storeText }, { rebuildStore }, { lockDirectory }, { journalSource }, { RecordCursor }] =
    await Promise.all([
      import("../app/history_store.ts"),
      import("../app/store_rebuild.ts"),
      import("../journal/lock.ts"),
      import("../app/journal_source.ts"),
      import("../journal/record_cursor.ts"),
    ]);
  const [{ migrationStatus }, { MIGRATIONS }] = await Promise.all([
    import("../store/migrations.ts"),
    import("../store/migrations_embedded.ts"),
  ]);
  const absent = ({ database }: Config) => {
    const dialect = database.url === undefined ? "sqlite" : "postgres";
    return { dialect, pending: MIGRATIONS[dialect].length, record: 0 } as const;
  };
  const nowUs = () => Date.now() * 1_000; // det-ok: a time for people
  const journalOf = ({ dataDir }: Config) => join(dataDir, "journal");
  const locked = async <T>(config: Config, work: () => Promise<T>): Promise<T> => {
    const lock = lockDirectory(config.dataDir);
    try {
      return await work();
    } finally {
      lock.release();
    }
  };
  return {
    where: (config) => storeText(config, config.dataDir),
    async standing(config) {
      if (!existsSync(config.dataDir)) return { ...absent(config), lastRecord: 0 };
      return locked(config, async () => {
        const lastRecord = new RecordCursor(journalOf(config)).lastRecord();
        const isNew = config.database.url === undefined && !existsSync(storeText(config, config.dataDir));
        if (isNew) return { ...absent(config), lastRecord };
        const store = openConfiguredStore(config, config.dataDir);
        try {
          const { dialect } = store;
          const { migrations, pending } = await migrationStatus(store.migrations, MIGRATIONS[dialect]);
          // The first one makes the cursors.
          const record = migrations[0]?.applied === true ? await store.cursor("projection") : 0;
          return { dialect, pending, record, lastRecord };
        } finally {
          await store.close();
        }
      });
    },
    rebuild: (config, onProgress, onProblem) =>
      locked(config, async () => {
        const store = openConfiguredStore(config, config.dataDir);
        try {
          return await rebuildStore({
            ...{ store, limits: DEFAULT_LIMITS, node: config.node, source: journalSource(config.dataDir) },
            ...{ journalDir: journalOf(config), nowMs: () => performance.now(), nowUs, onProgress, onProblem },
          });
        } finally {
          await store.close();
        }
      }),
    async clear(config) {
      const store = openConfiguredStore(config, config.dataDir);
      try {
        await store.clear();
      } finally {
        await store.close();
      }
    },
  };
}
