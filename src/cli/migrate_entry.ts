/** Where the verb `migrate` meets the store: loaded here, and only when it runs. */

import { existsSync, mkdirSync } from "node:fs";
import type { Config } from "../app/config_schema.ts";
import type { MigrationStatus } from "../store/migrations.ts";

export interface MigrateFunctions {
  /** Where the history is, without any secret. */
  where(config: Config): string;
  status(config: Config): Promise<MigrationStatus>;
  /** Names of what was applied, or taken back. */
  up(config: Config, steps: number): Promise<readonly string[]>;
  /** Throws ProblemError DataDirLocked while a gateway runs. */
  down(config: Config, steps: number): Promise<readonly string[]>;
}

export async function migrateFunctions(): Promise<MigrateFunctions> {
  const [{ openConfiguredStore, storeText }, { lockDirectory }, migrations, { MIGRATIONS }] = await Promise.all([
    import("../app/history_store.ts"),
    import("../journal/lock.ts"),
    import("../store/migrations.ts"),
    import("../store/migrations_embedded.ts"),
  ]);
  const where = (config: Config) => storeText(config, config.dataDir);
  const opened = async <T>(config: Config, act: (store: ReturnType<typeof openConfiguredStore>) => Promise<T>) => {
    const store = openConfiguredStore(config, config.dataDir);
    try {
      return await act(store);
    } finally {
      await store.close();
    }
  };
  return {
    where,
    async status(config) {
      const isNew = config.database.url === undefined && !existsSync(where(config));
      // To look is not to make: a file that is not there has had nothing.
      if (isNew) return migrations.statusOf([], MIGRATIONS.sqlite);
      return opened(config, (store) => migrations.migrationStatus(store.migrations, MIGRATIONS[store.dialect]));
    },
    up(config, steps) {
      if (config.database.url === undefined) mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
      const nowUs = Date.now() * 1_000; // det-ok: a time for people
      return opened(config, (store) => migrations.migrateUp(store.migrations, MIGRATIONS[store.dialect], nowUs, steps));
    },
    async down(config, steps) {
      const lock = lockDirectory(config.dataDir);
      try {
        return await opened(config, (store) =>
          migrations.migrateDown(store.migrations, MIGRATIONS[store.dialect], steps),
        );
      } finally {
        lock.release();
      }
    },
  };
}
