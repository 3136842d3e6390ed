/** `npm run test:rebuild -- [--records 1000000] [--seed 1]`: a history that grew and one made anew, on both databases. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { postgresAbsent, startPostgres } from "../../src/store/postgres.testing.ts";
import { PostgresStore } from "../../src/store/postgres_store.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import type { Store } from "../../src/store/store.ts";
import { showRebuild } from "./rebuild_show.ts";

const { values } = parseArgs({
  options: { records: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const [records, seed] = [Number.parseInt(values.records, 10), Number.parseInt(values.seed, 10)];
const say = (line: string) => void process.stdout.write(`${line}\n`);

const dir = mkdtempSync(join(tmpdir(), "meltica-rebuild-"));
mkdirSync(join(dir, "journal"));
const absent = postgresAbsent();
if (absent !== undefined) say(absent);
const server = absent === undefined ? await startPostgres() : undefined;
const sqlite = (name: string) => new SqliteStore({ file: join(dir, `${name}.sqlite`), busyTimeoutMs: 1_000 });
const filled: Store[] = [sqlite("measure"), sqlite("again")];
if (server !== undefined) filled.push(new PostgresStore(server.place(), () => server.password));
try {
  say(`seed ${seed}, ${records} records`);
  const portion = Math.max(1, Math.ceil(records / 20));
  const rows = await showRebuild({ dir, records, portion, seed, filled, rebuilt: filled.slice(1), say });
  say(`${rows} rows compared, all equal`);
} finally {
  for (const store of filled) await store.close();
  await server?.stop();
  rmSync(dir, { recursive: true });
}
