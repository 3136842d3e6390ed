/** A short share of `npm run test:rebuild`: a history that grew through restarts, and one made anew, row by row on both databases. */

import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresAbsent, startPostgres } from "../../src/store/postgres.testing.ts";
import { PostgresStore } from "../../src/store/postgres_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import type { Store } from "../../src/store/store.ts";
import { compareStores, showRebuild } from "./rebuild_show.ts";

const absent = postgresAbsent();

test(`what is made anew is what had grown${absent === undefined ? "" : ` (${absent})`}`, async () => {
  const dir = mkdtempSync(join(tmpdir(), "meltica-rebuild-"));
  mkdirSync(join(dir, "journal"));
  const server = absent === undefined ? await startPostgres() : undefined;
  const sqlite = (name: string) => new SqliteStore({ file: join(dir, `${name}.sqlite`), busyTimeoutMs: 1_000 });
  const filled: Store[] = [sqlite("measure"), sqlite("again")];
  if (server !== undefined) filled.push(new PostgresStore(server.place(), () => server.password));
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  try {
    const show = { dir, records: 1_500, portion: 500, seed: 5, filled, rebuilt: filled.slice(1), say };
    expect(await showRebuild(show)).toBeGreaterThan(2 * 1_500);
    // A row that is not as it was is found, whichever it is.
    const [measure, other] = filled as [Store, Store];
    const [order] = await measure.scan("orders", 1);
    await other.write([
      { table: "orders", op: "put", row: { ...(order as NonNullable<typeof order>), why: "changed" } },
    ]);
    expect(compareStores(measure, other)).rejects.toThrow("orders, row 0");
  } finally {
    for (const store of filled) await store.close();
    await server?.stop();
  }
}, 60_000);
