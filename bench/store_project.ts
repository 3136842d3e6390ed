/** Durable records a second from the journal's files into the history: SQLite, and PostgreSQL where its binaries are here. */

import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Projector } from "../src/app/projector.ts";
import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { TradingRecord } from "../src/model/record.ts";
import { postgresAbsent, startPostgres } from "../src/store/postgres.testing.ts";
import { PostgresStore } from "../src/store/postgres_store.ts";
import { SqliteStore } from "../src/store/sqlite_store.ts";
import type { Store } from "../src/store/store.ts";
import type { Measured, MeasuredBench } from "./bench.ts";
import { JournalLoad, writeLoad } from "./journal_load.ts";

const RECORDS = 200_000;
const RECORDS_QUICK = 10_000;
const BATCH = 4_000;

const bench: MeasuredBench = {
  name: "store.project",
  unit: "events/s",
  baseline: "each record as one line of JSON into one table of SQLite",
  async measure(quick: boolean): Promise<Measured> {
    const folder = mkdtempSync(join(tmpdir(), "meltica-bench-"));
    const records = quick ? RECORDS_QUICK : RECORDS;
    try {
      writeLoad(join(folder, "journal"), records);
      const file = join(folder, "history.sqlite");
      const value = await project(folder, records, new SqliteStore({ file, busyTimeoutMs: 100 }));
      const baselineValue = plain(join(folder, "plain.sqlite"), records);
      const postgres = await onPostgres(folder, records);
      return { value, baselineValue, figures: { records, ...(postgres === undefined ? {} : { postgres }) } };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Records a second, the reading of the files and `apply` included; closes the store. */
async function project(folder: string, records: number, store: Store): Promise<number> {
  await store.prepare(0);
  const projector = new Projector({
    ...{ journalDir: join(folder, "journal"), limits: DEFAULT_LIMITS, node: 1, store, source: "bench" },
    ...{ nowMs: () => performance.now(), nowUs: () => 0, onProblem: () => {} },
  });
  const sinceMs = performance.now();
  while (projector.figures.record < records) {
    await projector.step(records);
    if (projector.problem !== undefined) throw new Error(projector.problem.detail);
  }
  const seconds = (performance.now() - sinceMs) / 1_000;
  await store.close();
  return records / seconds;
}

/** Never the server of DATABASE_URL: whoever measures may have other things there. */
async function onPostgres(folder: string, records: number): Promise<number | undefined> {
  if (postgresAbsent({}) !== undefined) {
    process.stderr.write("store.project: no PostgreSQL in /usr/lib/postgresql, so SQLite alone\n");
    return undefined;
  }
  const server = await startPostgres({});
  try {
    return await project(folder, records, new PostgresStore(server.place(), () => server.password));
  } finally {
    await server.stop();
  }
}

function plain(file: string, records: number): number {
  const load = new JournalLoad();
  const copies = Array.from({ length: records }, () => new TradingRecord().copyFrom(load.next()));
  const database = new Database(file);
  database.run("pragma journal_mode = wal");
  database.run("pragma synchronous = normal");
  database.run("create table records (record integer primary key, line text not null)");
  const insert = database.prepare("insert into records values (?, ?)");
  const sinceMs = performance.now();
  for (let at = 0; at < records; at += BATCH) {
    database.transaction(() => {
      for (const record of copies.slice(at, at + BATCH)) insert.run(record.record, JSON.stringify(record));
    })();
  }
  const seconds = (performance.now() - sinceMs) / 1_000;
  insert.finalize();
  database.close(false);
  return records / seconds;
}

export default bench;
