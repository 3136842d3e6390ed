/** Where the verb `store` meets the projector: loaded here, and only when it runs. */

import { join } from "node:path";
import type { Config } from "../app/config_schema.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";

export interface StoreStanding {
  readonly dialect: string;
  readonly record: number;
  readonly lastRecord: number;
}

export interface StoreFunctions {
  /** Of a data directory whose gateway is down. Throws ProblemError DataDirLocked when it is up. */
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
  const [{ openConfiguredStore }, { rebuildStore }, { lockDirectory }, { journalSource }, { RecordCursor }] =
    await Promise.all([
      import("../app/history_store.ts"),
      import("../app/store_rebuild.ts"),
      import("../journal/lock.ts"),
      import("../app/journal_source.ts"),
      import("../journal/record_cursor.ts"),
    ]);
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
    standing: (config) =>
      locked(config, async () => {
        const store = openConfiguredStore(config, config.dataDir);
        try {
          await store.prepare(nowUs());
          const lastRecord = new RecordCursor(journalOf(config)).lastRecord();
          return { dialect: store.dialect, record: await store.cursor("projection"), lastRecord };
        } finally {
          await store.close();
        }
      }),
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
