/** The projector on a real PostgreSQL: resumed, with the server killed in between, rebuilt; row by row as on SQLite. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { postgresAbsent, startPostgres, type TestPostgres } from "../store/postgres.testing.ts";
import { PostgresStore } from "../store/postgres_store.ts";
import { dumpStore, follow, journaled, NODE, projectorOf, SMALL, sqlite } from "./projector.testing.ts";
import { rebuildStore } from "./store_rebuild.ts";

const absent = postgresAbsent();

describe.skipIf(absent !== undefined)(`PostgreSQL${absent === undefined ? "" : `: ${absent}`}`, () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  test("the same rows as on SQLite, through restarts of the projector, and rebuilt", async () => {
    const { dir, journalDir, records, chance } = journaled(21, 1_500);
    const file = sqlite(dir);
    await follow(projectorOf(file, dir), records.length);
    const expected = await dumpStore(file);
    await file.close();
    const place = server.place();
    let record = 0;
    while (record < records.length) {
      const store = new PostgresStore(place, () => server.password);
      const projector = projectorOf(store, dir, { batchRecords: 1 + chance.nextBelow(250) });
      for (let n = 0; n < 3; n++) await projector.step(records.length);
      ({ record } = projector.figures);
      await store.close();
    }
    const store = new PostgresStore(place, () => server.password);
    expect(await dumpStore(store)).toEqual(expected);
    const options = { store, journalDir, limits: SMALL, node: NODE, source: "test", onProblem: () => {} };
    await rebuildStore({ ...options, nowMs: () => performance.now(), nowUs: () => 1, onProgress: () => {} });
    expect(await dumpStore(store)).toEqual(expected);
    await store.close();
  }, 60_000);
});
