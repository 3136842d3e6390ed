/** Stores that are away for a second under load, and engines that are replaced: the history is whole; `npm run test:store`. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { randomSession, SMALL, sqlite, tempDir, writeJournal } from "../../src/app/projector.testing.ts";
import { Prng } from "../../src/core/prng.ts";
import { postgresAbsent } from "../../src/store/postgres.testing.ts";
import { faultsOf, replacedFaults, runOutage, runReplaced } from "./outage_run.testing.ts";
import { truthOf } from "./outage_truth.testing.ts";

// All at once: each waits most of its time, and none of them judges latency.
const SECONDS = 1;
const absent = postgresAbsent({});

describe("a store that is away while orders are placed", () => {
  test.concurrent("sqlite, locked by another process: told, nothing waits, nothing is missing or twice", async () => {
    const outage = await runOutage({ dialect: "sqlite", seconds: SECONDS, rounds: 0 });
    expect(faultsOf(outage)).toEqual([]);
  }, 60_000);

  test.concurrent.skipIf(absent !== undefined)(
    `postgres, killed${absent === undefined ? "" : `: ${absent}`}`,
    async () => {
      const outage = await runOutage({ dialect: "postgres", seconds: SECONDS, rounds: 0 });
      expect(faultsOf(outage)).toEqual([]);
    },
    60_000,
  );
});

test.concurrent("engines replaced while the projector follows and while its store is away", async () => {
  expect(replacedFaults(await runReplaced("sqlite"))).toEqual([]);
}, 60_000);

test("the comparison finds a row that is missing, one that is changed, and one that no record gives", async () => {
  const dir = tempDir();
  writeJournal(join(dir, "journal"), randomSession(3, 900).records, new Prng(3), 20);
  const store = sqlite(dir);
  await store.prepare(1);
  const whole = await truthOf(dir, store, SMALL);
  expect(whole).toMatchObject({ gaps: 0, duplicates: 0, different: 0, resumedAt: 0 });
  expect(whole.rows).toBeGreaterThan(300);
  const database = new Database(join(dir, "store.sqlite"));
  database.run("update orders set why = 'another' where id = 2");
  expect(await truthOf(dir, store, SMALL)).toMatchObject({ gaps: 0, duplicates: 0, different: 1 });
  database.run("update order_events set record = 1000000 where record = (select max(record) from order_events)");
  // Once as a number of a record, once as a row.
  expect(await truthOf(dir, store, SMALL)).toMatchObject({ gaps: 2, duplicates: 2, different: 1 });
  database.close();
  await store.close();
});
